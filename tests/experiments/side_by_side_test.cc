#include "experiments/side_by_side.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/single/single_run.h"
#include "gtest/gtest.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/run.h"
#include "tests/experiments/small_problem.h"

namespace local_sgd {
namespace {

RunSettings Settings(int64_t K, int64_t b, const std::string& step_size,
                     const std::string& synchronisation,
                     const std::vector<double>& epsilons,
                     int64_t max_iterations) {
  RunSettings settings;
  settings.workers = K;
  settings.batch = b;
  settings.step_size = ParseStepSize(step_size).value();
  settings.synchronisation =
      ParseSynchronisation(synchronisation, K, b).value();
  settings.synchronisation_text = synchronisation;
  settings.termination.epsilons = epsilons;
  settings.termination.max_iterations = max_iterations;
  settings.seed = 3;
  return settings;
}

// Everything but the times.
void ExpectTheSame(const RunSummary& run, const RunSummary& alone) {
  ASSERT_EQ(run.reached.size(), alone.reached.size());
  for (size_t e = 0; e < run.reached.size(); ++e) {
    EXPECT_EQ(run.reached[e].epsilon, alone.reached[e].epsilon);
    EXPECT_EQ(run.reached[e].iterations, alone.reached[e].iterations);
    EXPECT_EQ(run.reached[e].iterate, alone.reached[e].iterate);
  }
  EXPECT_EQ(run.iterations, alone.iterations);
  for (int q = 0; q < kNumIterates; ++q) {
    if (std::isnan(run.gaps[q]) && std::isnan(alone.gaps[q])) continue;
    EXPECT_EQ(std::bit_cast<uint64_t>(run.gaps[q]),
              std::bit_cast<uint64_t>(alone.gaps[q]))
        << q << ": " << run.gaps[q] << " and " << alone.gaps[q];
  }
  EXPECT_EQ(run.diverged, alone.diverged);
  EXPECT_EQ(run.gradients, alone.gradients);
  EXPECT_EQ(run.rounds, alone.rounds);
  EXPECT_EQ(run.vectors, alone.vectors);
  EXPECT_EQ(run.bytes, alone.bytes);
}

struct Outcomes {
  int reached_all = 0;
  int diverged = 0;
  int limit = 0;
};

Outcomes ExpectLikeRunOnce(const Problem& problem,
                           const std::vector<RunSettings>& settings) {
  Outcomes outcomes;
  const auto summaries = RunSideBySide(problem, settings);
  EXPECT_TRUE(summaries.ok()) << summaries.status();
  if (!summaries.ok()) return outcomes;
  EXPECT_EQ(summaries->size(), settings.size());
  for (size_t i = 0; i < settings.size(); ++i) {
    SCOPED_TRACE(absl::StrCat("run ", i, ", K = ", settings[i].workers,
                              ", b = ", settings[i].batch, ", ",
                              settings[i].step_size.text, ", ",
                              settings[i].synchronisation_text, ", at most ",
                              settings[i].termination.max_iterations));
    const RunSummary alone = RunOnce(problem, settings[i]).value();
    ExpectTheSame((*summaries)[i], alone);
    EXPECT_EQ((*summaries)[i].runs_side_by_side, settings.size());
    outcomes.diverged += alone.diverged;
    outcomes.reached_all += ReachedAll(alone.reached);
    outcomes.limit += !alone.diverged && !ReachedAll(alone.reached);
  }
  return outcomes;
}

TEST(RunSideBySide, EveryRunIsAsAlone) {
  // 20,000 is no check point, 11,167 is a coarse one.
  for (const int64_t max_iterations : {1, 20'000}) {
    for (const bool unit_values : {false, true}) {
      const Problem problem = SmallProblem(unit_values);
      for (const int64_t K : {1, 5}) {
        for (const int64_t b : {1, 3}) {
          std::vector<RunSettings> settings;
          const auto add = [&](const std::string& step_size,
                               const std::string& synchronisation,
                               const std::vector<double>& epsilons) {
            settings.push_back(Settings(K, b, step_size, synchronisation,
                                        epsilons, max_iterations));
          };
          // More than there are lanes; each theory run has its period's shift.
          add("theory", "period:1", {0.02, 0.005});
          add("theory", "period:7", {0.005});
          add("theory", "period:5000", {0.001, 0.01, 0.1});
          add("theory", "final", {0.02});
          add("decaying:0.5", "period:3", {0.002, 0.1});
          add("decaying:4", "growing:1.5", {0.01});
          add("constant:0.25", "period:2", {0.05});
          add("constant:0.25", "period:2", {0.01});
          add("constant:1e6", "period:3", {0.001});       // diverges
          add("constant:1e-7", "period:4", {1e-9});       // gets nowhere
          add("constant:0.03", "period:1", {0.1, 1e-9});  // halfway
          const Outcomes outcomes = ExpectLikeRunOnce(problem, settings);
          if (max_iterations == 1) continue;
          EXPECT_GE(outcomes.reached_all, 5);
          EXPECT_GE(outcomes.diverged, 1);
          EXPECT_GE(outcomes.limit, 2);
        }
      }
    }
  }
}

TEST(RunSideBySide, OneRunIsRunOnce) {
  const Problem problem = SmallProblem();
  ExpectLikeRunOnce(problem,
                    {Settings(3, 2, "theory", "period:4", {0.01}, 100'000)});
}

TEST(RunSideBySide, PeriodsHaveShiftsOfTheirOwn) {
  const Problem problem = SmallProblem();
  const std::vector<RunSettings> settings = {
      Settings(2, 1, "theory", "period:1", {0.01}, 100'000),
      Settings(2, 1, "theory", "period:50000", {0.01}, 100'000)};
  EXPECT_LT(StepSizeOfRun(problem, settings[0]).averaging_shift, 50'000);
  EXPECT_EQ(StepSizeOfRun(problem, settings[1]).averaging_shift, 50'000);
  ExpectLikeRunOnce(problem, settings);
}

TEST(RunSideBySide, RefusesWhatRunOnceRefuses) {
  const Problem problem = SmallProblem();
  const RunSettings good =
      Settings(2, 1, "theory", "period:1", {0.01}, 100'000);
  RunSettings bad = good;
  bad.workers = int64_t{1} << 21;
  const absl::Status alone = RunOnce(problem, bad).status();
  EXPECT_FALSE(alone.ok());
  EXPECT_EQ(RunSideBySide(problem, {bad}).status(), alone);
  EXPECT_EQ(RunSideBySide(problem, {bad, bad}).status(), alone);
}

TEST(RunSideBySide, RefusesMoreThanFitsTheMemory) {
  Problem problem = SmallProblem();
  problem.rows.num_features = 1 << 24;
  const RunSettings one = Settings(4, 1, "theory", "period:1", {0.01}, 100'000);
  EXPECT_EQ(ValidateSideBySide(problem, {one}), absl::OkStatus());
  EXPECT_EQ(ValidateSideBySide(problem, {one, one}).code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace local_sgd
