// Algorithm 2 on the ranks of a job, here threads or those of an MPI job (see
// on_ranks.h). What is tested on several ranks is what holds for every run:
// nothing is lost, nothing arrives twice, the delays are counted, the accuracy
// is reached.

#include "lib/solver/async_ranks.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/comm/exchange.h"
#include "lib/comm/rank_plan.h"
#include "lib/comm/shared_vector.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/async_threads.h"
#include "lib/solver/delay_counts.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/comm/on_ranks.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kWorkers = 7;

struct Fixture {
  Fixture() {
    problem = MakeLogisticRegression(
                  MakeSyntheticData({.samples = 300, .features = 40}), 0.01)
                  .value();
    rows = MakeStepRows(problem.data).value();
    optimal_value = FindOptimum(problem).value().value;
    options.workers = kWorkers;
    options.batch = 2;
    options.step_size = DecayingStepSize(0.2, 200);
    options.averaging_shift = 7.5;
    options.synchronisation = EveryPeriod(4);
    options.seed = 11;
  }
  std::vector<int64_t> SharedSizes() const {
    return {rows.num_features, 2 * options.workers};
  }
  LogisticRegression problem;
  StepRows rows;
  double optimal_value = 0.0;
  LocalSgdOptions options;
};

std::vector<double> SumOverRanks(Exchange& exchange,
                                 const std::vector<double>& here) {
  const std::vector<double> all = exchange.Gather(here);
  std::vector<double> sum(here.size(), 0.0);
  for (size_t i = 0; i < all.size(); ++i) sum[i % sum.size()] += all[i];
  return sum;
}

void ExpectSameCounts(const DelayCounts& counts, const DelayCounts& expected) {
  EXPECT_EQ(counts.ToNumbers(), expected.ToNumbers());
}

// Also where a turn ends without a read, and where a segment ends amid a round.
TEST(AsyncRanks, OneRankHasTheBitsOfOneThread) {
  const Fixture f;
  for (const SynchronisationSet& set :
       {EveryPeriod(1), EveryPeriod(4), EveryPeriod(1500), OnlyFinal(),
        FromList({1, 2, 5, 11, 12, 40})}) {
    OnRanks(
        f.SharedSizes(), [&](Exchange& exchange, const SharedVectors& shared) {
          if (exchange.ranks() > 1) return;
          LocalSgdOptions options = f.options;
          options.synchronisation = set;
          constexpr int64_t T = 3200;
          AsyncThreads threads(f.rows, 0.02, options, T);
          options.exchange = &exchange;
          AsyncRanks ranks(f.rows, 0.02, options, T, {*shared[0], *shared[1]});
          for (const int64_t local_steps : {1, 30, 31, 5000, 9000, 1'000'000}) {
            threads.AdvanceTo(local_steps);
            ranks.AdvanceTo(local_steps);
            EXPECT_EQ(ranks.local_steps(), threads.local_steps());
            EXPECT_EQ(ranks.finished(), threads.finished());
            EXPECT_EQ(ranks.WorkerSteps(), threads.WorkerSteps());
            EXPECT_EQ(ranks.SharedIterate(), threads.SharedIterate());
            EXPECT_EQ(ranks.FourIterates(), threads.FourIterates());
            ExpectSameCounts(ranks.Delays().tau, threads.Delays().tau);
            ExpectSameCounts(ranks.Delays().foreign_steps,
                             threads.Delays().foreign_steps);
          }
          EXPECT_TRUE(ranks.finished());
        });
  }
}

// xbar = x_0 + the sum of all updates that the workers report.
TEST(AsyncRanks, EveryUpdateArrivesExactlyOnce) {
  const Fixture f;
  const int64_t d = f.rows.num_features;
  for (const int64_t period : {1, 3}) {
    OnRanks(f.SharedSizes(), [&](Exchange& exchange,
                                 const SharedVectors& shared) {
      LocalSgdOptions options = f.options;
      options.exchange = &exchange;
      options.step_size = ConstantStepSize(0.3);
      options.synchronisation = EveryPeriod(period);
      const WorkerRange block =
          WorkersOfRank(kWorkers, exchange.ranks(), exchange.rank());
      constexpr int64_t T = 100;
      std::vector<double> sums(d, 0.0);
      std::vector<double> magnitudes(d, 0.0);
      int64_t adds = 0;
      AsyncRanks run(f.rows, 0.02, options, T, {*shared[0], *shared[1]},
                     [&](int64_t k, absl::Span<const double> update) {
                       EXPECT_GE(k, block.begin);
                       EXPECT_LT(k, block.end);
                       ++adds;
                       for (int64_t j = 0; j < d; ++j) {
                         sums[j] += update[j];
                         magnitudes[j] += std::abs(update[j]);
                       }
                     });
      for (int64_t piece = 1; piece <= 6; ++piece) {
        run.AdvanceTo(kWorkers * T * piece / 7);
        EXPECT_GE(run.local_steps(), kWorkers * T * piece / 7);
      }
      run.AdvanceTo(1'000'000);
      EXPECT_TRUE(run.finished());
      EXPECT_EQ(run.local_steps(), kWorkers * T);
      EXPECT_EQ(run.WorkerSteps(), std::vector<int64_t>(kWorkers, T));
      EXPECT_EQ(adds, block.size() * CountRounds(options.synchronisation, T));
      const int64_t all_adds =
          kWorkers * CountRounds(options.synchronisation, T);
      const std::vector<double> xbar = run.SharedIterate();
      const std::vector<double> sum = SumOverRanks(exchange, sums);
      const std::vector<double> magnitude = SumOverRanks(exchange, magnitudes);
      for (int64_t j = 0; j < d; ++j) {
        // Rounding of 2^-53 of the largest partial sum in each addition.
        EXPECT_NEAR(xbar[j], sum[j],
                    0x1p-52 * static_cast<double>(all_adds) * magnitude[j])
            << "column " << j;
      }
      const AsyncDelays delays = run.Delays();
      EXPECT_EQ(delays.tau.count(), all_adds);
      EXPECT_EQ(delays.foreign_steps.count(), all_adds);
      EXPECT_LE(delays.tau.max(), T);
      EXPECT_LE(delays.foreign_steps.max(), (kWorkers - 1) * T);
      EXPECT_GT(delays.foreign_steps.max(), 0);
      // What the ranks know of each other is right in the end.
      std::vector<double> steps(shared[1]->size());
      shared[1]->Read(0, absl::MakeSpan(steps));
      EXPECT_EQ(steps, std::vector<double>(steps.size(), T));
    });
  }
}

// Adds 1 to `reads`, another shared vector, after every read.
class ReadsCountedVector : public SharedVector {
 public:
  ReadsCountedVector(SharedVector& vector, SharedVector& reads)
      : vector_(vector), reads_(reads) {}

  int64_t size() const override { return vector_.size(); }
  void Add(int64_t begin, absl::Span<const double> update) override {
    vector_.Add(begin, update);
  }
  void Read(int64_t begin, absl::Span<double> entries) override {
    vector_.Read(begin, entries);
    constexpr double kOne = 1.0;
    reads_.Add(0, absl::MakeConstSpan(&kOne, 1));
  }
  void LetOthersGoOn() override { vector_.LetOthersGoOn(); }

 private:
  SharedVector& vector_;
  SharedVector& reads_;
};

// Worker 1 holds its first update back, as it were, until worker 0 has read for
// the last time: what either sees of the other is known then.
TEST(AsyncRanks, DelaysAreThoseOfTheOtherRank) {
  Fixture f;
  f.options.workers = 2;
  constexpr int64_t kPeriod = 4;
  constexpr int64_t kReads = 5;
  constexpr int64_t T = kPeriod * kReads;
  std::vector<int64_t> sizes = f.SharedSizes();
  sizes.push_back(1);
  OnRanks(sizes, [&](Exchange& exchange, const SharedVectors& shared) {
    if (exchange.ranks() != 2) return;
    LocalSgdOptions options = f.options;
    options.exchange = &exchange;
    options.synchronisation = EveryPeriod(kPeriod);
    SharedVector& reads_of_0 = *shared[2];
    ReadsCountedVector xbar_of_0(*shared[0], reads_of_0);
    SharedVector& xbar = exchange.rank() == 0 ? xbar_of_0 : *shared[0];
    AsyncRanks run(f.rows, 0.02, options, T, {xbar, *shared[1]},
                   [&](int64_t k, absl::Span<const double>) {
                     double reads = k == 0 ? kReads : 0;
                     while (reads < kReads) {
                       reads_of_0.Read(0, absl::MakeSpan(&reads, 1));
                     }
                   });
    run.AdvanceTo(2 * T);
    DelayCounts tau;
    DelayCounts foreign_steps;
    for (int64_t read = 1; read <= kReads; ++read) {
      tau.Add(kPeriod * read);  // of worker 0; nothing of worker 1 is there
      tau.Add(0);               // of worker 1, which is behind
      foreign_steps.Add(0);
      foreign_steps.Add(read == 1 ? T : 0);
    }
    ExpectSameCounts(run.Delays().tau, tau);
    ExpectSameCounts(run.Delays().foreign_steps, foreign_steps);
  });
}

// Counts how often others are let go on.
class CountingVector : public SharedVector {
 public:
  CountingVector(SharedVector& vector, int64_t& calls)
      : vector_(vector), calls_(calls) {}

  int64_t size() const override { return vector_.size(); }
  void Add(int64_t begin, absl::Span<const double> update) override {
    vector_.Add(begin, update);
  }
  void Read(int64_t begin, absl::Span<double> entries) override {
    vector_.Read(begin, entries);
  }
  void LetOthersGoOn() override {
    ++calls_;
    vector_.LetOthersGoOn();
  }

 private:
  SharedVector& vector_;
  int64_t& calls_;
};

TEST(AsyncRanks, OthersGoOnDuringLongRounds) {
  const Fixture f;
  OnRanks(f.SharedSizes(),
          [&](Exchange& exchange, const SharedVectors& shared) {
            LocalSgdOptions options = f.options;
            options.exchange = &exchange;
            options.synchronisation = OnlyFinal();
            int64_t calls = 0;
            CountingVector xbar(*shared[0], calls);
            AsyncRanks run(f.rows, 0.02, options, 50'000, {xbar, *shared[1]});
            run.AdvanceTo(kWorkers * 50'000);
            EXPECT_TRUE(run.finished());
            // The first turn, 1024 steps, in pieces of 1, 2, 4, ... or fewer.
            EXPECT_GE(calls, 10);
          });
}

// All ranks come to the same numbers, whatever they were.
TEST(RunAsyncRanks, ReachesTheAccuracy) {
  const Fixture f;
  OnRanks(f.SharedSizes(), [&](Exchange& exchange,
                               const SharedVectors& shared) {
    LocalSgdOptions options = f.options;
    options.exchange = &exchange;
    const Termination termination = {.epsilons = {0.05, 0.005},
                                     .max_iterations = 200'000};
    const AsyncSummary summary =
        RunAsyncRanks(f.problem, f.rows, f.optimal_value, options, termination,
                      {*shared[0], *shared[1]})
            .value();
    EXPECT_EQ(summary.reached.size(), 2u);
    EXPECT_GT(summary.reached[0].local_steps, 0);
    EXPECT_GT(summary.reached[1].local_steps, summary.reached[0].local_steps);
    EXPECT_EQ(summary.reached[1].local_steps, summary.local_steps);
    EXPECT_LE(SmallestGap(summary.gaps), 0.005);
    EXPECT_FALSE(summary.diverged);
    EXPECT_EQ(std::accumulate(summary.worker_steps.begin(),
                              summary.worker_steps.end(), int64_t{0}),
              summary.local_steps);
    EXPECT_EQ(summary.gradients, 2 * summary.local_steps);
    EXPECT_EQ(summary.vectors, 2 * summary.adds);
    for (const double here : {summary.gaps[0], summary.gaps[3],
                              static_cast<double>(summary.local_steps),
                              summary.delays.tau.mean()}) {
      for (const double there :
           exchange.Gather(absl::MakeConstSpan(&here, 1))) {
        EXPECT_EQ(there, here);
      }
    }
    if (exchange.ranks() == 1) {
      options.exchange = nullptr;
      const AsyncSummary threads =
          RunAsyncThreads(f.problem, f.rows, f.optimal_value, options,
                          termination)
              .value();
      EXPECT_EQ(summary.gaps, threads.gaps);
      EXPECT_EQ(summary.local_steps, threads.local_steps);
    }
  });
}

TEST(RunAsyncRanks, BadInputIsAnErrorOnAllRanks) {
  const Fixture f;
  OnRanks(f.SharedSizes(),
          [&](Exchange& exchange, const SharedVectors& shared) {
            LocalSgdOptions options = f.options;
            options.exchange = &exchange;
            const bool is_last = exchange.rank() == exchange.ranks() - 1;
            options.batch = is_last ? 0 : 1;
            const absl::Status status =
                RunAsyncRanks(f.problem, f.rows, f.optimal_value, options, {},
                              {*shared[0], *shared[1]})
                    .status();
            EXPECT_THAT(std::string(status.message()),
                        HasSubstr(is_last ? "batch must be" : "failed"));
          });
}

}  // namespace
}  // namespace local_sgd
