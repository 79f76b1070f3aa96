// bazel run //tests/benchmarks:asynchronous
//
// What lock-free sharing costs: vectors a second that are added to a shared
// point, coordinate by coordinate atomically, and read from it; and gradients a
// second of Algorithm 2 on threads beside Algorithm 1, both on two threads.
// Elapsed time, since threads share a machine; medians of repetitions in turns.

#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "benchmark/benchmark.h"
#include "data/open_dataset.h"
#include "data/w8a.h"
#include "lib/solver/async_threads.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/shared_point.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

constexpr int kRepetitions = 5;
constexpr double kSeconds = 0.2;  // of one repetition, at least
constexpr int64_t kFeatures[] = {300, 100'000};

// The point that the threads of one benchmark share, by its number of features.
SharedPoint& PointOf(int64_t num_features) {
  static SharedPoint small(kFeatures[0]);
  static SharedPoint large(kFeatures[1]);
  return num_features == kFeatures[0] ? small : large;
}

// Vectors a second of all threads together.
void CountVectors(benchmark::State& state) {
  state.counters["vectors"] = benchmark::Counter(
      static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

// Argument: d.
void BM_AtomicAdd(benchmark::State& state) {
  SharedPoint& point = PointOf(state.range(0));
  const std::vector<double> update(state.range(0), 1e-3);
  for (auto _ : state) point.Add(update);
  CountVectors(state);
}

void BM_AtomicRead(benchmark::State& state) {
  SharedPoint& point = PointOf(state.range(0));
  std::vector<double> copy(state.range(0));
  for (auto _ : state) {
    point.Read(absl::MakeSpan(copy));
    benchmark::DoNotOptimize(copy.data());
  }
  CountVectors(state);
}

// What a single thread would do without atomics.
void BM_PlainAdd(benchmark::State& state) {
  std::vector<double> point(state.range(0), 0.0);
  const std::vector<double> update(state.range(0), 1e-3);
  for (auto _ : state) {
    for (size_t j = 0; j < point.size(); ++j) point[j] += update[j];
    benchmark::DoNotOptimize(point.data());
    benchmark::ClobberMemory();
  }
  CountVectors(state);
}

// Arguments of both: K, H. b = 4, two threads.
LocalSgdOptions OptionsOf(const benchmark::State& state, const StepRows& rows) {
  LocalSgdOptions options;
  options.workers = state.range(0);
  options.batch = 4;
  options.synchronisation = EveryPeriod(state.range(1));
  options.step_size = DecayingStepSize(0.125, rows.num_rows());
  options.threads = 2;
  return options;
}

// Local steps of one iteration of the benchmark, of all workers.
constexpr int64_t kSteps = 1 << 16;

void BM_Synchronous(benchmark::State& state, const StepRows& rows) {
  const LocalSgdOptions options = OptionsOf(state, rows);
  LocalSgd algorithm(rows, 1.0 / static_cast<double>(rows.num_rows()), options);
  for (auto _ : state) {
    algorithm.AdvanceTo(algorithm.iteration() + kSteps / options.workers);
  }
  state.counters["gradients"] =
      benchmark::Counter(static_cast<double>(algorithm.iteration() *
                                             options.workers * options.batch),
                         benchmark::Counter::kIsRate);
}

void BM_Threads(benchmark::State& state, const StepRows& rows) {
  const LocalSgdOptions options = OptionsOf(state, rows);
  AsyncThreads run(rows, 1.0 / static_cast<double>(rows.num_rows()), options,
                   /*max_iterations=*/int64_t{1} << 40);
  for (auto _ : state) run.AdvanceTo(run.local_steps() + kSteps);
  state.counters["gradients"] =
      benchmark::Counter(static_cast<double>(run.local_steps() * options.batch),
                         benchmark::Counter::kIsRate);
  const AsyncDelays delays = run.Delays();
  state.counters["tau_median"] = static_cast<double>(delays.tau.Quantile(0.5));
  state.counters["tau_max"] = static_cast<double>(delays.tau.max());
}

int Main(int argc, char** argv) {
  // What is compared is measured in turns; a flag that the user types wins.
  std::string interleaving = "--benchmark_enable_random_interleaving=true";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, interleaving.data());
  argc = static_cast<int>(arguments.size());
  benchmark::Initialize(&argc, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(argc, arguments.data())) return 2;
  const absl::StatusOr<NamedDataset> dataset =
      OpenDataset("w8a", DataEnvironment::FromProcess());
  if (!dataset.ok()) {
    std::cerr << "error: " << dataset.status().message() << "\n";
    return 1;
  }
  const absl::StatusOr<StepRows> rows = MakeStepRows(dataset->data);
  if (!rows.ok()) {
    std::cerr << "error: " << rows.status().message() << "\n";
    return 1;
  }
  const auto complete = [](benchmark::internal::Benchmark* benchmark) {
    benchmark->MinTime(kSeconds)
        ->Repetitions(kRepetitions)
        ->ReportAggregatesOnly()
        ->UseRealTime();
  };
  for (const int threads : {1, 2}) {
    for (const auto& [name, function] :
         {std::pair{"AtomicAdd", &BM_AtomicAdd},
          std::pair{"AtomicRead", &BM_AtomicRead}}) {
      complete(benchmark::RegisterBenchmark(name, function)
                   ->ArgName("d")
                   ->Args({kFeatures[0]})
                   ->Args({kFeatures[1]})
                   ->Threads(threads));
    }
  }
  complete(benchmark::RegisterBenchmark("PlainAdd", BM_PlainAdd)
               ->ArgName("d")
               ->Args({kFeatures[0]})
               ->Args({kFeatures[1]}));
  for (const auto& [name, function] :
       {std::pair{"Synchronous", &BM_Synchronous},
        std::pair{"Threads", &BM_Threads}}) {
    complete(benchmark::RegisterBenchmark(
                 name, [&rows, function](
                           benchmark::State& state) { function(state, *rows); })
                 ->ArgNames({"K", "H"})
                 ->ArgsProduct({{2, 16}, {1, 16, 256}})
                 ->Unit(benchmark::kMillisecond));
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) { return local_sgd::Main(argc, argv); }
