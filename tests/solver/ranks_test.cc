// A run whose workers live on several ranks, and one that goes on from where it
// was saved: the bits of a run in one process, without a stop.

#include <cmath>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/comm/exchange.h"
#include "lib/dataset/shard.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/optimum.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/rank_values.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/comm/thread_ranks.h"
#include "tests/testing/synthetic_data.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

struct Fixture {
  Fixture() {
    // Several chunks of rows to evaluate, and columns that a round leaves out.
    SparseDataset data = MakeSyntheticData({.samples = 1500, .features = 80});
    rows = MakeStepRows(data).value();
    problem = MakeLogisticRegression(std::move(data), 0.02).value();
    optimum = FindOptimum(problem).value();
    options.workers = 8;
    options.batch = 2;
    options.step_size = DecayingStepSize(0.02, 200);
    options.synchronisation = EveryPeriod(4);
    options.seed = 7;
    termination.epsilons = {0.01, 0.007};
    termination.max_iterations = 20'000;
  }
  absl::StatusOr<RunSummary> Run(Exchange* exchange = nullptr,
                                 const Checkpoints& checkpoints = {}) const {
    LocalSgdOptions on_ranks = options;
    on_ranks.exchange = exchange;
    return RunLocalSgd(problem, rows, optimum.value, on_ranks, termination,
                       checkpoints);
  }
  LogisticRegression problem;
  StepRows rows;
  Optimum optimum;
  LocalSgdOptions options;
  Termination termination;
};

void ExpectSame(const RunSummary& summary, const RunSummary& expected) {
  EXPECT_EQ(summary.iterations, expected.iterations);
  EXPECT_EQ(summary.gaps, expected.gaps);
  EXPECT_EQ(summary.iterates, expected.iterates);
  EXPECT_EQ(summary.rounds, expected.rounds);
  ASSERT_EQ(summary.reached.size(), expected.reached.size());
  for (size_t i = 0; i < expected.reached.size(); ++i) {
    EXPECT_EQ(summary.reached[i].iterations, expected.reached[i].iterations);
    EXPECT_EQ(summary.reached[i].iterate, expected.reached[i].iterate);
  }
}

TEST(Ranks, IteratesHaveTheSameBits) {
  const Fixture f;
  LocalSgdOptions options = f.options;
  // s leaves its range now and then: workers rebase.
  for (const double lambda : {0.02, 0.5}) {
    for (const int64_t workers : {2, 5, 8, 13}) {
      options.workers = workers;
      for (const int64_t period : {1, 4, 50, 1000}) {
        options.synchronisation = EveryPeriod(period);
        LocalSgd whole(f.rows, lambda, options);
        whole.AdvanceTo(301);
        const std::vector<double> expected = whole.MeanIterates();
        for (const int ranks : {1, 2, 3, 4, 5}) {
          if (ranks > workers) continue;
          RunOnThreadRanks(ranks, [&](Exchange& exchange) {
            LocalSgdOptions here = options;
            here.exchange = &exchange;
            here.threads = ranks == 2 ? 1 + exchange.rank() : 1;
            LocalSgd part(f.rows, lambda, here);
            part.AdvanceTo(100);
            part.AdvanceTo(301);
            EXPECT_EQ(part.MeanIterates(), expected)
                << workers << " workers, period " << period << ", " << ranks
                << " ranks, lambda " << lambda;
          });
        }
      }
    }
  }
}

// With eta lambda = 1.2 every step turns the iterates' signs, that of a zero,
// too, and every fifth rebases to it. A synchronisation passes such columns
// over or not, as ranks and a restart have it; the iterates do not show which.
TEST(Ranks, ZerosHaveNoSign) {
  constexpr double kLambda = 0.5;
  const StepRows rows =
      MakeStepRows(
          MakeSyntheticData({.samples = 300, .features = 80, .density = 0.03}))
          .value();
  LocalSgdOptions options;
  options.workers = 2;
  options.step_size = ConstantStepSize(1.2 / kLambda);
  options.synchronisation = EveryPeriod(3);
  const auto signs = [](const LocalSgd& algorithm) {
    std::vector<bool> negative;
    for (const double entry : algorithm.MeanIterates()) {
      negative.push_back(std::signbit(entry));
    }
    return negative;
  };
  for (int64_t T = 1; T < 20; ++T) {
    LocalSgd whole(rows, kLambda, options);
    whole.AdvanceTo(T);
    const std::vector<bool> expected = signs(whole);
    LocalSgd restarted(rows, kLambda, options);
    for (int64_t t = 1; t <= T; ++t) {
      restarted.AdvanceTo(t);
      restarted.Restore(LocalSgd::State(restarted.state()));
    }
    EXPECT_EQ(signs(restarted), expected) << "restarts, T = " << T;
    RunOnThreadRanks(2, [&](Exchange& exchange) {
      LocalSgdOptions here = options;
      here.exchange = &exchange;
      LocalSgd part(rows, kLambda, here);
      part.AdvanceTo(T);
      EXPECT_EQ(signs(part), expected) << "ranks, T = " << T;
    });
  }
}

TEST(Ranks, RunsReachTheSameAccuraciesAtTheSameIterations) {
  Fixture f;
  const RunSummary expected = f.Run().value();
  ASSERT_GT(expected.reached[1].iterations, expected.reached[0].iterations);
  ASSERT_GT(expected.reached[0].iterations, 1);
  for (const int ranks : {1, 2, 3, 4, 8}) {
    RunOnThreadRanks(ranks, [&](Exchange& exchange) {
      ExpectSame(f.Run(&exchange).value(), expected);
    });
  }
}

TEST(Ranks, MoreRanksThanWorkersAreRefused) {
  const Fixture f;
  RunOnThreadRanks(9, [&](Exchange& exchange) {
    const absl::Status status = f.Run(&exchange).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("ranks must be at most the 8 workers, but is 9"));
  });
}

// Rows r mod R on rank r: f is that of all of them.
TEST(Ranks, ValueOfShardedData) {
  const Fixture f;
  const SparseDataset& whole = f.problem.data;
  std::vector<double> points(4 * f.problem.num_features());
  for (size_t i = 0; i < points.size(); ++i) points[i] = 0.01 * (i % 17) - 0.05;
  const auto expected = ValuesAtFour(f.problem, points, 1);
  RunOnThreadRanks(3, [&](Exchange& exchange) {
    SparseDataset shard = SamplesOfShard(whole, {exchange.rank(), 3});
    const LogisticRegression problem =
        MakeLogisticRegression(std::move(shard), f.problem.lambda).value();
    LocalSgdOptions options = f.options;
    options.exchange = &exchange;
    options.sharded_data = true;
    const auto values = ValuesOnRanks(problem, options, points);
    for (int q = 0; q < 4; ++q) EXPECT_NEAR(values[q], expected[q], 1e-15);
  });
}

// Every position that a run saves leads to the same end, from any number of
// ranks, and to the same positions on the way.
TEST(Checkpoints, RunsGoOnToTheSameBits) {
  for (const bool to_accuracy : {true, false}) {
    Fixture f;
    if (!to_accuracy) {
      f.termination.epsilons.clear();
      f.termination.max_iterations = 350;
    }
    const RunSummary expected = f.Run().value();
    for (const int ranks : {1, 3}) {
      std::vector<std::vector<RunPosition>> saved(ranks);
      RunOnThreadRanks(ranks, [&](Exchange& exchange) {
        Checkpoints checkpoints;
        checkpoints.every_rounds = 7;
        checkpoints.save = [&](const RunPosition& position) {
          saved[exchange.rank()].push_back(position);
          return absl::OkStatus();
        };
        ExpectSame(f.Run(&exchange, checkpoints).value(), expected);
      });
      ASSERT_GT(saved[0].size(), 8u);
      for (size_t i = 0; i < saved[0].size(); ++i) {
        EXPECT_EQ(saved[0][i].state.t, static_cast<int64_t>(i + 1) * 28);
        RunOnThreadRanks(ranks, [&](Exchange& exchange) {
          const std::vector<RunPosition>& mine = saved[exchange.rank()];
          size_t next = i + 1;
          Checkpoints checkpoints;
          checkpoints.every_rounds = 7;
          checkpoints.save = [&](const RunPosition& position) {
            EXPECT_LT(next, mine.size());
            EXPECT_EQ(position.state.t, mine[next].state.t);
            EXPECT_EQ(position.next_check, mine[next].next_check);
            EXPECT_EQ(position.interval_start.t, mine[next].interval_start.t);
            EXPECT_EQ(position.computed_iterations,
                      mine[next].computed_iterations);
            ++next;
            return absl::OkStatus();
          };
          checkpoints.resume_from = mine[i];
          ExpectSame(f.Run(&exchange, checkpoints).value(), expected);
          EXPECT_EQ(next, mine.size());
        });
      }
    }
  }
}

// Counting so many rounds would take years.
TEST(Checkpoints, RoundsThatNeverComeAreNotCounted) {
  Fixture f;
  f.termination.epsilons.clear();
  f.termination.max_iterations = 100;
  Checkpoints checkpoints;
  checkpoints.every_rounds = std::numeric_limits<int64_t>::max();
  checkpoints.save = [&](const RunPosition&) {
    return absl::InternalError("saved");
  };
  EXPECT_EQ(f.Run(nullptr, checkpoints).value().iterations, 100);
}

TEST(Checkpoints, AnErrorOfSavingEndsTheRun) {
  const Fixture f;
  int calls = 0;
  Checkpoints checkpoints;
  checkpoints.every_rounds = 2;
  checkpoints.save = [&](const RunPosition&) {
    return ++calls < 3 ? absl::OkStatus() : absl::UnavailableError("disk full");
  };
  EXPECT_EQ(f.Run(nullptr, checkpoints).status(),
            absl::UnavailableError("disk full"));
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace local_sgd
