// Algorithm 2 in simulated clusters against Algorithm 1, where they must agree,
// and against a dense simulation that does everything one thing at a time.

#include "lib/simulation/async_simulation.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/simulation/cluster.h"
#include "lib/simulation/time_model.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/solver/dense_async_sgd.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kLong = 1'000'000;  // a T that is not reached

LocalSgdOptions SeveralWorkers() {
  LocalSgdOptions options;
  options.workers = 5;
  options.batch = 3;
  options.step_size = DecayingStepSize(0.1, 50);
  options.averaging_shift = 7.5;
  options.synchronisation = EveryPeriod(4);
  options.seed = 11;
  return options;
}

std::vector<SimulatedWorker> Steady(int64_t workers) {
  return WorkersAlike(workers, ConstantTime(0.1), ConstantTime(0.0));
}

// Everything that can happen to workers, one kind each.
std::vector<SimulatedWorker> Mixed() {
  std::vector<SimulatedWorker> cluster =
      WorkersAlike(8, ConstantTime(1.0), ConstantTime(0.0));
  cluster[1].compute = UniformTime(1.0, 0.5);
  cluster[2].compute = ExponentialTime(1.0);
  cluster[2].message = ExponentialTime(2.0);
  cluster[3].compute = ParetoTime(1.0, 1.5);
  cluster[3].message = ConstantTime(0.5);
  cluster[4].slowdown = 5.0;
  cluster[5].pause_start = 20.5;
  cluster[5].pause_seconds = 60.0;
  cluster[6].death = 45.0;
  cluster[6].message = UniformTime(3.0, 1.0);
  return cluster;
}

double LargestDifference(const std::vector<double>& x,
                         const std::vector<double>& y) {
  double largest = 0.0;
  for (size_t j = 0; j < x.size(); ++j) {
    const double difference = std::abs(x[j] - y[j]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

TEST(AsyncSimulation, SteadyWorkersWithoutDelayAreAlgorithmOne) {
  const StepRows rows = MakeStepRows(MakeSyntheticData({})).value();
  LocalSgdOptions options = SeveralWorkers();
  for (const int64_t workers : {1, 2, 5, 16}) {
    options.workers = workers;
    for (const SynchronisationSet& set :
         {EveryPeriod(1), EveryPeriod(7), OnlyFinal(),
          GrowingPeriod(3.0, workers, 3), FromList({1, 2, 5, 11, 12, 40})}) {
      options.synchronisation = set;
      for (const int64_t T : {1, 13, 400}) {
        AsyncSimulation simulation(rows, 0.02, options, Steady(workers),
                                   ReadOrder::kAfterAllAdds, T);
        simulation.AdvanceTo(workers * T);
        // T belongs to I_T: then all workers are at the mean in either.
        LocalSgd algorithm(rows, 0.02, options);
        algorithm.AdvanceTo(T);
        EXPECT_LT(LargestDifference(simulation.FourIterates(),
                                    algorithm.MeanIterates()),
                  1e-12)
            << workers << " workers, set " << set.kind << ", T = " << T;
        EXPECT_TRUE(simulation.finished());
        EXPECT_EQ(simulation.Delays().tau.max(), 0);
        EXPECT_NEAR(simulation.seconds(), 0.1 * T, 1e-9);
        EXPECT_EQ(simulation.seconds(),
                  SynchronousSeconds(Steady(workers), set, options.seed, T));
      }
    }
  }
}

// eta lambda >= 1, and rounds in which s leaves its range.
TEST(AsyncSimulation, LargeShrinksToo) {
  const StepRows rows = MakeStepRows(MakeSyntheticData({})).value();
  LocalSgdOptions options = SeveralWorkers();
  options.synchronisation = EveryPeriod(30);
  options.step_size = ConstantStepSize(0.5);
  for (const double lambda : {1.0, 2.0, 3.0}) {
    AsyncSimulation simulation(rows, lambda, options, Steady(5),
                               ReadOrder::kAfterAllAdds, 300);
    simulation.AdvanceTo(5 * 300);
    LocalSgd algorithm(rows, lambda, options);
    algorithm.AdvanceTo(300);
    EXPECT_LT(
        LargestDifference(simulation.FourIterates(), algorithm.MeanIterates()),
        1e-12);
  }
}

// One thing at a time, everything kept for each worker by itself. Returns the
// modelled time.
double SimulateDense(const LocalSgdOptions& options,
                     const std::vector<SimulatedWorker>& cluster,
                     ReadOrder read_order, int64_t T, int64_t local_steps,
                     DenseAsyncSgd& dense) {
  const int64_t workers = options.workers;
  enum Phase { kComputes, kSends, kReads, kIdle };
  struct Worker {
    Phase phase = kComputes;
    double until = 0.0;
    int64_t next = 0;
    int64_t messages = 0;
  };
  std::vector<Worker> state(workers);
  const auto begin_step = [&](int64_t k, double start) {
    state[k].phase = kComputes;
    state[k].until = FinishTime(
        cluster[k], start,
        StepSeconds(cluster[k], options.seed, k, dense.iteration(k)));
  };
  const auto message = [&](int64_t k) {
    return MessageSeconds(cluster[k], options.seed, k, state[k].messages++);
  };
  const auto read = [&](int64_t k, double now) {
    dense.Read(k);
    state[k].phase = kIdle;
    state[k].until = kNeverSeconds;
    state[k].next = std::min(
        NextSynchronisation(options.synchronisation, dense.iteration(k)), T);
    const double answer = now + message(k);
    if (dense.iteration(k) < T) begin_step(k, answer);
  };
  for (int64_t k = 0; k < workers; ++k) {
    state[k].next =
        std::min(NextSynchronisation(options.synchronisation, 0), T);
    begin_step(k, 0.0);
  }
  double last = 0.0;
  while (dense.local_steps() < local_steps) {
    double now = kNeverSeconds;
    for (const Worker& worker : state) now = std::min(now, worker.until);
    if (now == kNeverSeconds) break;
    last = now;
    for (int64_t k = 0; k < workers; ++k) {
      if (state[k].phase != kComputes || state[k].until != now) continue;
      dense.Step(k);
      if (dense.iteration(k) == state[k].next) {
        state[k].phase = kSends;
        state[k].until = now + message(k);
      } else {
        begin_step(k, now);
      }
    }
    for (int64_t k = 0; k < workers; ++k) {
      if (state[k].phase != kSends || state[k].until != now) continue;
      dense.Add(k);
      state[k].phase = kReads;
      if (read_order == ReadOrder::kAfterOwnAdd) read(k, now);
    }
    for (int64_t k = 0; k < workers; ++k) {
      if (state[k].phase == kReads) read(k, now);
    }
  }
  return last;
}

// The same delays, whatever their order: number, largest, mean.
void ExpectDelays(const DelayCounts& counts,
                  const std::vector<int64_t>& delays) {
  ASSERT_FALSE(delays.empty());
  EXPECT_EQ(counts.count(), static_cast<int64_t>(delays.size()));
  EXPECT_EQ(counts.max(), *std::max_element(delays.begin(), delays.end()));
  double sum = 0.0;
  for (const int64_t delay : delays) sum += static_cast<double>(delay);
  EXPECT_NEAR(counts.mean(), sum / static_cast<double>(delays.size()), 1e-9);
}

TEST(AsyncSimulation, AgreesWithTheDenseSimulation) {
  const SparseDataset data = MakeSyntheticData({});
  const StepRows rows = MakeStepRows(data).value();
  LocalSgdOptions options = SeveralWorkers();
  options.workers = 8;
  for (const ReadOrder read_order :
       {ReadOrder::kAfterAllAdds, ReadOrder::kAfterOwnAdd}) {
    for (const SynchronisationSet& set :
         {EveryPeriod(1), EveryPeriod(4), GrowingPeriod(2.0, 8, 3)}) {
      options.synchronisation = set;
      for (const int64_t steps : {7, 200, 1000, 8 * 200}) {
        constexpr int64_t T = 200;
        AsyncSimulation simulation(rows, 0.02, options, Mixed(), read_order, T);
        simulation.AdvanceTo(steps);
        DenseAsyncSgd dense(data, 0.02, options);
        const double seconds =
            SimulateDense(options, Mixed(), read_order, T, steps, dense);
        EXPECT_LT(dense.LargestError(simulation.FourIterates()), 1e-12);
        EXPECT_EQ(simulation.seconds(), seconds);
        EXPECT_EQ(simulation.local_steps(), dense.local_steps());
        if (steps < 200) continue;
        ExpectDelays(simulation.Delays().tau, dense.taus);
        ExpectDelays(simulation.Delays().foreign_steps, dense.foreign_steps);
      }
    }
  }
}

// Worker by worker in turn instead: what Algorithm 1 is not.
TEST(AsyncSimulation, ReadingAfterTheOwnAddIsAnotherMethod) {
  const StepRows rows = MakeStepRows(MakeSyntheticData({})).value();
  const LocalSgdOptions options = SeveralWorkers();
  std::vector<double> iterates[2];
  for (const ReadOrder read_order :
       {ReadOrder::kAfterAllAdds, ReadOrder::kAfterOwnAdd}) {
    AsyncSimulation simulation(rows, 0.02, options, Steady(5), read_order,
                               kLong);
    simulation.AdvanceTo(5 * 40);
    iterates[static_cast<int>(read_order)] = simulation.FourIterates();
    EXPECT_EQ(simulation.Delays().tau.max(),
              read_order == ReadOrder::kAfterAllAdds ? 0 : 4);
  }
  EXPECT_GT(LargestDifference(iterates[0], iterates[1]), 1e-6);
}

TEST(AsyncSimulation, StopsAndReplaysDoNotChangeTheBits) {
  const StepRows rows = MakeStepRows(MakeSyntheticData({})).value();
  LocalSgdOptions options = SeveralWorkers();
  options.workers = 8;
  const auto make = [&] {
    return AsyncSimulation(rows, 0.02, options, Mixed(),
                           ReadOrder::kAfterAllAdds, kLong);
  };
  AsyncSimulation at_once = make();
  at_once.AdvanceTo(900);
  AsyncSimulation stopped = make();
  stopped.AdvanceTo(333);
  const AsyncSimulation::State saved = stopped.Save();
  stopped.AdvanceTo(700);
  stopped.FourIterates();
  stopped.Restore(saved);
  for (int64_t steps = 340; steps <= 900; steps += 7) {
    stopped.AdvanceTo(steps);
    stopped.FourIterates();
  }
  stopped.AdvanceTo(900);
  EXPECT_EQ(stopped.FourIterates(), at_once.FourIterates());
  EXPECT_EQ(stopped.seconds(), at_once.seconds());
  EXPECT_EQ(stopped.Delays().tau.count(), at_once.Delays().tau.count());
  EXPECT_EQ(stopped.Delays().tau.mean(), at_once.Delays().tau.mean());
}

// The same on every machine: the time, the delays, and the bits of all four
// iterates.
TEST(AsyncSimulation, PinnedBits) {
  const StepRows rows = MakeStepRows(MakeSyntheticData({})).value();
  LocalSgdOptions options = SeveralWorkers();
  options.workers = 8;
  AsyncSimulation simulation(rows, 0.02, options, Mixed(),
                             ReadOrder::kAfterAllAdds, kLong);
  simulation.AdvanceTo(2000);
  uint64_t hash = 14695981039346656037u;  // FNV-1a over 64-bit words
  for (const double entry : simulation.FourIterates()) {
    hash = (hash ^ std::bit_cast<uint64_t>(entry)) * 1099511628211u;
  }
  EXPECT_EQ(hash, 12409603069628807021u);
  EXPECT_EQ(simulation.seconds(), 369.0);
  EXPECT_EQ(simulation.Delays().tau.max(), 352);
  EXPECT_EQ(simulation.Delays().foreign_steps.max(), 288);
}

// s of a straggler grows a slowdown slower than t, so tau grows with t: no
// bound of Theorem 5.1 holds for all t.
TEST(AsyncSimulation, TauOfAStragglerGrows) {
  const StepRows rows = MakeStepRows(MakeSyntheticData({})).value();
  LocalSgdOptions options = SeveralWorkers();
  std::vector<SimulatedWorker> cluster = Steady(5);
  cluster[2].slowdown = 4.0;
  int64_t previous = 0;
  for (const int64_t T : {40, 400, 4000}) {
    AsyncSimulation simulation(rows, 0.02, options, cluster,
                               ReadOrder::kAfterAllAdds, T);
    simulation.AdvanceTo(5 * T);
    // When the others read at T, the straggler has added T / 4 steps.
    EXPECT_NEAR(static_cast<double>(simulation.Delays().tau.max()), 0.75 * T,
                5.0);
    EXPECT_GT(simulation.Delays().tau.max(), previous);
    previous = simulation.Delays().tau.max();
    EXPECT_NEAR(simulation.seconds(), 0.4 * T, 1e-6);
  }
}

struct SmallProblem {
  LogisticRegression problem;
  StepRows rows;
  double optimal_value = 0.0;
};

SmallProblem MakeSmallProblem() {
  SmallProblem small;
  small.problem =
      MakeLogisticRegression(MakeSyntheticData({.samples = 200}), 0.01).value();
  small.rows = MakeStepRows(small.problem.data).value();
  small.optimal_value = FindOptimum(small.problem).value().value;
  return small;
}

TEST(RunAsyncSimulation, SteadyWorkersReachWhereAlgorithmOneDoes) {
  const SmallProblem small = MakeSmallProblem();
  LocalSgdOptions options = SeveralWorkers();
  options.step_size = DecayingStepSize(0.2, 200);
  for (const int64_t period : {1, 4}) {
    options.synchronisation = EveryPeriod(period);
    const Termination termination = {.epsilons = {0.02, 0.005, 0.001},
                                     .max_iterations = 100'000};
    const RunSummary synchronous =
        RunLocalSgd(small.problem, small.rows, small.optimal_value, options,
                    termination)
            .value();
    const AsyncSummary asynchronous =
        RunAsyncSimulation(small.problem, small.rows, small.optimal_value,
                           options, Steady(5), ReadOrder::kAfterAllAdds,
                           termination)
            .value();
    ASSERT_EQ(asynchronous.reached.size(), 3u);
    for (int e = 0; e < 3; ++e) {
      const AsyncReached& reached = asynchronous.reached[e];
      if (period == 1) {  // else the last iterates differ within a round
        EXPECT_EQ(reached.iterations, synchronous.reached[e].iterations);
        EXPECT_EQ(reached.iterate, synchronous.reached[e].iterate);
      }
      EXPECT_GT(reached.local_steps, 0);
      EXPECT_EQ(reached.local_steps, 5 * reached.iterations);
      EXPECT_NEAR(reached.seconds, 0.1 * reached.iterations, 1e-6);
    }
    EXPECT_EQ(asynchronous.gradients, 3 * asynchronous.local_steps);
    EXPECT_FALSE(asynchronous.all_died);
    EXPECT_FALSE(asynchronous.diverged);
    EXPECT_LE(SmallestGap(asynchronous.gaps), 0.001);
  }
}

TEST(RunAsyncSimulation, StopsWhenItDivergesWithAndWithoutATarget) {
  const SmallProblem small = MakeSmallProblem();
  LocalSgdOptions options = SeveralWorkers();
  options.step_size = ConstantStepSize(1e6);
  for (const std::vector<double>& epsilons :
       {std::vector<double>{1e-12}, std::vector<double>{}}) {
    const AsyncSummary summary =
        RunAsyncSimulation(small.problem, small.rows, small.optimal_value,
                           options, Steady(options.workers),
                           ReadOrder::kAfterAllAdds,
                           {.epsilons = epsilons, .max_iterations = 1'000'000})
            .value();
    EXPECT_TRUE(summary.diverged);
    EXPECT_LT(summary.local_steps, options.workers * 10'000);
  }
}

// A check comes at the end of the instant in which K c steps are done.
TEST(RunAsyncSimulation, CountsTheLocalStepsOfAllWorkers) {
  const SmallProblem small = MakeSmallProblem();
  LocalSgdOptions options = SeveralWorkers();
  options.workers = 8;
  const AsyncSummary summary =
      RunAsyncSimulation(small.problem, small.rows, small.optimal_value,
                         options, Mixed(), ReadOrder::kAfterAllAdds,
                         {.epsilons = {0.01}, .max_iterations = 100'000})
          .value();
  ASSERT_GT(summary.reached[0].local_steps, 0);
  EXPECT_EQ(summary.reached[0].local_steps, summary.local_steps);
  EXPECT_EQ(summary.reached[0].seconds, summary.seconds);
  int64_t sum = 0;
  for (const int64_t t : summary.worker_steps) sum += t;
  EXPECT_EQ(sum, summary.local_steps);
  EXPECT_EQ(summary.vectors, 2 * summary.adds);
  EXPECT_EQ(summary.bytes, 8 * 12 * summary.vectors);
}

TEST(RunAsyncSimulation, SaysThatAllWorkersDied) {
  const SmallProblem small = MakeSmallProblem();
  const LocalSgdOptions options = SeveralWorkers();
  std::vector<SimulatedWorker> cluster = Steady(5);
  for (int k = 0; k < 5; ++k) cluster[k].death = 2.05 + 0.1 * k;
  const Termination termination = {.epsilons = {1e-9},
                                   .max_iterations = 100'000};
  const AsyncSummary dead =
      RunAsyncSimulation(small.problem, small.rows, small.optimal_value,
                         options, cluster, ReadOrder::kAfterAllAdds,
                         termination)
          .value();
  EXPECT_TRUE(dead.all_died);
  EXPECT_EQ(dead.reached[0].local_steps, 0);
  EXPECT_EQ(dead.reached[0].iterations, 0.0);
  EXPECT_EQ(dead.local_steps, 20 + 21 + 22 + 23 + 24);
  cluster[3].death = kNeverSeconds;
  Termination shorter = termination;
  shorter.max_iterations = 100;
  const AsyncSummary one_left =
      RunAsyncSimulation(small.problem, small.rows, small.optimal_value,
                         options, cluster, ReadOrder::kAfterAllAdds, shorter)
          .value();
  EXPECT_FALSE(one_left.all_died);
  EXPECT_EQ(one_left.reached[0].local_steps, 0);
  EXPECT_EQ(one_left.worker_steps[3], 100);
  // Reached before they die: that counts.
  const AsyncSummary before =
      RunAsyncSimulation(small.problem, small.rows, small.optimal_value,
                         options, Steady(5), ReadOrder::kAfterAllAdds,
                         {.epsilons = {0.3}, .max_iterations = 100})
          .value();
  EXPECT_GT(before.reached[0].local_steps, 0);
}

TEST(RunAsyncSimulation, BadInputIsAnError) {
  const SmallProblem small = MakeSmallProblem();
  const auto message = [&](const LocalSgdOptions& options,
                           const std::vector<SimulatedWorker>& cluster,
                           const Termination& termination) {
    return std::string(RunAsyncSimulation(small.problem, small.rows,
                                          small.optimal_value, options, cluster,
                                          ReadOrder::kAfterAllAdds, termination)
                           .status()
                           .message());
  };
  const LocalSgdOptions good = SeveralWorkers();
  const Termination termination = {.epsilons = {}, .max_iterations = 10};
  EXPECT_EQ(message(good, Steady(5), termination), "");
  LocalSgdOptions bad = good;
  bad.workers = 0;
  EXPECT_THAT(message(bad, Steady(0), termination), HasSubstr("but is 0"));
  EXPECT_THAT(message(good, Steady(4), termination), HasSubstr("4 workers"));
  EXPECT_THAT(message(good, Steady(5), {.epsilons = {-1.0}}),
              HasSubstr("but is -1"));
  std::vector<SimulatedWorker> cluster = Steady(5);
  cluster[4].slowdown = 0.25;
  EXPECT_THAT(message(good, cluster, termination),
              HasSubstr("slowdown of worker 4 must be at least 1 and finite, "
                        "but is 0.25"));
}

TEST(RunAsyncSimulation, ManyWorkers) {
  const SmallProblem small = MakeSmallProblem();
  LocalSgdOptions options = SeveralWorkers();
  options.workers = 256;
  std::vector<SimulatedWorker> cluster =
      WorkersAlike(256, ExponentialTime(1.0), ParetoTime(0.5, 1.5));
  const AsyncSummary summary =
      RunAsyncSimulation(small.problem, small.rows, small.optimal_value,
                         options, cluster, ReadOrder::kAfterAllAdds,
                         {.epsilons = {}, .max_iterations = 100})
          .value();
  EXPECT_EQ(summary.local_steps, 25'600);
  EXPECT_EQ(summary.adds, 256 * 25);
  EXPECT_GT(summary.delays.tau.max(), 4);
}

}  // namespace
}  // namespace local_sgd
