// bazel run //tests/benchmarks:step_kernel
//
// Gradients per second of one worker on one core, all three averages kept, for
// b in {1, 4, 16}; of K workers; of eight runs in SIMD lanes; and, where
// Debian's python3-sklearn is installed, of scikit-learn's averaged
// SGDClassifier in the same run. Processor time, medians of repetitions, since
// machines are shared.

#include <cmath>
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "benchmark/benchmark.h"
#include "data/open_dataset.h"
#include "data/w8a.h"
#include "lib/objective/lanes.h"
#include "lib/solver/lane_local_sgd.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"
#include "tests/benchmarks/sklearn.h"

namespace local_sgd {
namespace {

constexpr int kRepetitions = 11;
constexpr double kSeconds = 0.15;  // of one repetition, at least

// Arguments: K, b, H. One benchmark iteration computes 400,000 gradients.
void BM_LocalSgd(benchmark::State& state, const StepRows& rows) {
  LocalSgdOptions options;
  options.workers = state.range(0);
  options.batch = state.range(1);
  options.synchronisation = EveryPeriod(state.range(2));
  const double n = static_cast<double>(rows.num_rows());
  options.averaging_shift = 16.0 * 0.661219485401 * n;  // 16 kappa of w8a
  options.step_size = TheoremStepSize(1.0 / n, options.averaging_shift);
  LocalSgd algorithm(rows, 1.0 / n, options);
  const int64_t steps = 400'000 / (options.workers * options.batch);
  for (auto _ : state) {
    algorithm.AdvanceTo(algorithm.iteration() + steps);
  }
  state.counters["gradients"] =
      benchmark::Counter(static_cast<double>(algorithm.iteration() *
                                             options.workers * options.batch),
                         benchmark::Counter::kIsRate);
}

// The same for eight runs in SIMD lanes, whose step sizes differ; the rate
// counts the gradients of all.
void BM_Lanes(benchmark::State& state, const StepRows& rows) {
  std::vector<LaneLocalSgd::Run> runs;
  const double lambda = 1.0 / static_cast<double>(rows.num_rows());
  for (int l = 0; l < kLanes; ++l) {
    LocalSgdOptions options;
    options.workers = state.range(0);
    options.batch = state.range(1);
    options.synchronisation = EveryPeriod(state.range(2));
    options.step_size = ConstantStepSize(std::ldexp(1.0, l - 4));
    runs.push_back({options, LocalSgd(rows, lambda, options).state()});
  }
  LaneLocalSgd lanes(rows, lambda, runs);
  const int64_t steps = 100'000 / (state.range(0) * state.range(1));
  for (auto _ : state) lanes.AdvanceTo(lanes.iteration() + steps);
  state.counters["gradients"] =
      benchmark::Counter(static_cast<double>(kLanes * lanes.iteration() *
                                             state.range(0) * state.range(1)),
                         benchmark::Counter::kIsRate);
}

// Prints as usual and keeps the median rates by name and arguments.
class MedianReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.aggregate_name != "median") continue;
      medians_[absl::StrCat(run.run_name.function_name, "/",
                            run.run_name.args)] =
          run.counters.at("gradients").value;
    }
    ConsoleReporter::ReportRuns(runs);
  }
  const std::map<std::string, double>& medians() const { return medians_; }

 private:
  std::map<std::string, double> medians_;
};

// The rate of scikit-learn, or nothing where the script fails.
std::optional<double> SklearnRate(const std::string& path) {
  const std::optional<nlohmann::json> printed =
      RunSklearn("sklearn_sgd.py", {path});
  if (!printed) return std::nullopt;
  const double rate = printed->value("gradients_per_second", 0.0);
  return rate > 0.0 ? std::optional(rate) : std::nullopt;
}

// The lane kernel beside the single run, unless a filter left one out.
void PrintLanesBesideSingle(const std::map<std::string, double>& medians) {
  const auto single = medians.find("LocalSgd/K:1/b:4/H:1");
  const auto lanes = medians.find("Lanes/K:1/b:4/H:1");
  if (single == medians.end() || lanes == medians.end()) return;
  std::cout << absl::StrFormat(
      "%d lanes at K = 1, b = 4: %.2f million gradients a second, %.2f times "
      "the single run's %.2f million\n",
      kLanes, lanes->second / 1e6, lanes->second / single->second,
      single->second / 1e6);
}

int Main(int argc, char** argv) {
  // What is compared is measured in turns; a flag that the user types wins.
  std::string interleaving = "--benchmark_enable_random_interleaving=true";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, interleaving.data());
  argc = static_cast<int>(arguments.size());
  benchmark::Initialize(&argc, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(argc, arguments.data())) return 2;
  const DataEnvironment environment = DataEnvironment::FromProcess();
  const absl::StatusOr<NamedDataset> dataset = OpenDataset("w8a", environment);
  if (!dataset.ok()) {
    std::cerr << "error: " << dataset.status().message() << "\n";
    return 1;
  }
  const absl::StatusOr<StepRows> rows = MakeStepRows(dataset->data);
  if (!rows.ok()) {
    std::cerr << "error: " << rows.status().message() << "\n";
    return 1;
  }
  benchmark::RegisterBenchmark(
      "LocalSgd",
      [&rows](benchmark::State& state) { BM_LocalSgd(state, *rows); })
      ->ArgNames({"K", "b", "H"})
      ->ArgsProduct({{1}, {1, 4, 16}, {1}})
      ->ArgsProduct({{8, 32}, {4, 16}, {1, 16}})
      ->MinTime(kSeconds)
      ->Repetitions(kRepetitions)
      ->ReportAggregatesOnly()
      ->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark(
      "Lanes", [&rows](benchmark::State& state) { BM_Lanes(state, *rows); })
      ->ArgNames({"K", "b", "H"})
      ->ArgsProduct({{1}, {1, 4, 16}, {1}})
      ->ArgsProduct({{8, 32}, {4, 16}, {1, 16}})
      ->MinTime(kSeconds)
      ->Repetitions(kRepetitions)
      ->ReportAggregatesOnly()
      ->Unit(benchmark::kMillisecond);
  // Before and after, as its turns.
  const bool has_sklearn = HasSklearn();
  const std::string path = *FindW8a(environment);
  std::optional<double> before;
  if (has_sklearn) before = SklearnRate(path);
  MedianReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  PrintLanesBesideSingle(reporter.medians());
  if (!has_sklearn) return 0;
  const std::optional<double> after = SklearnRate(path);
  if (!before || !after) {
    std::cerr << "error: scikit-learn's measurement failed\n";
    return 1;
  }
  const double theirs = 0.5 * (*before + *after);
  std::cout << absl::StrFormat(
      "scikit-learn's SGDClassifier(average=True): %.2f million gradients a "
      "second (%.2f before, %.2f after)\n",
      theirs / 1e6, *before / 1e6, *after / 1e6);
  for (const auto& [name, ours] : reporter.medians()) {
    if (!absl::StrContains(name, "/K:1/") &&
        !absl::StartsWith(name, "Lanes/")) {
      continue;
    }
    std::cout << absl::StrFormat("%s: %.2f million, %.2f times that\n", name,
                                 ours / 1e6, ours / theirs);
  }
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) { return local_sgd::Main(argc, argv); }
