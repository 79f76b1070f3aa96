#include "experiments/communication_period/run.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "data/open_dataset.h"
#include "experiments/communication_period/advice.h"
#include "experiments/communication_period/findings.h"
#include "experiments/communication_period/records.h"
#include "experiments/experiment.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/run_settings.h"
#include "experiments/single/single_run.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/csv_reader.h"
#include "lib/records/table.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/theory/speedup_model.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/experiments/small_problem.h"

namespace local_sgd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The gaps of one run after T iterations.
Gaps GapsAlone(const Problem& problem, RunSettings settings, int64_t T) {
  settings.termination.epsilons.clear();
  settings.termination.max_iterations = T;
  return RunOnce(problem, settings).value().gaps;
}

TEST(PeriodLadder, HasDistinctPowersOfTheSquareRootOfTwo) {
  EXPECT_THAT(PeriodLadder(2, 40),
              ElementsAre(1, 2, 3, 4, 6, 8, 11, 16, 23, 32, 40));
  EXPECT_THAT(PeriodLadder(1, 16), ElementsAre(1, 2, 4, 8, 16));
  EXPECT_THAT(PeriodLadder(1, 1), ElementsAre(1));
}

CommunicationPeriodSettings SmallSettings() {
  CommunicationPeriodSettings settings =
      CommunicationPeriodExperiment().settings(/*quick=*/true);
  settings.arms[0].regularization = 0.05;
  for (PeriodArm& arm : settings.arms) {
    arm.iterations = {8, 64};
    arm.cells = {{2, 4}, {1, 2}, 2, 1};
  }
  settings.schedules.workers = 2;
  settings.schedules.batch = 1;
  settings.schedules.epsilons = {0.02, 0.002};
  settings.schedules.max_iterations = 4096;
  settings.schedules.curve_iterations = 64;
  settings.seeds = 3;
  return settings;
}

CommunicationPeriod Measured(const Problem& problem,
                             const CommunicationPeriodSettings& settings) {
  return RunRecords(CommunicationPeriodExperiment(), problem, settings).value();
}

TEST(RunCommunicationPeriod, RecordsWhatSingleRunsGive) {
  const Problem problem = SmallProblem();
  const auto result = Measured(problem, SmallSettings());
  int64_t theory = 0;
  int64_t fixed_shift = 0;
  int64_t tuned = 0;
  for (const PeriodRecord& r : result.periods) {
    RunSettings run;
    run.workers = r.workers;
    run.batch = r.batch;
    run.synchronisation = EveryPeriod(r.period);
    run.step_size = ParseStepSize(r.chosen).value();
    run.seed = r.seed;
    if (r.step_size == "tuned") {
      ++tuned;
      EXPECT_EQ(*r.gap, SmallestGap(GapsAlone(problem, run, r.iterations)));
      EXPECT_EQ(*r.gap_later,
                SmallestGap(GapsAlone(problem, run, r.iterations_later)));
    }
    theory += r.step_size == "theory";
    fixed_shift += r.step_size == "theory_fixed_shift";
  }
  // (K, b) = (2, 1), (4, 1), (2, 2); 4 periods up to 8 and 7 up to 64; 3 seeds.
  EXPECT_EQ(tuned, 3 * (4 + 7) * 3);
  EXPECT_EQ(theory, tuned);
  EXPECT_EQ(fixed_shift, tuned);
  EXPECT_FALSE(result.findings.empty());
}

// One row of the theoretical arm, by its definition.
TEST(RunCommunicationPeriod, HasTheShiftOfTheTheorem) {
  const Problem base = SmallProblem();
  const auto result = Measured(base, SmallSettings());
  NamedDataset dataset = {base.dataset, base.dataset_sha256,
                          base.objective.data};
  const Problem problem = MakeProblem(std::move(dataset), 0.05).value();
  int found = 0;
  for (const PeriodRecord& r : result.periods) {
    if (r.step_size == "tuned" || r.workers != 4 || r.iterations != 64 ||
        r.seed != 2 || (r.period != 64 && r.period != 1)) {
      continue;
    }
    RunSettings run;
    run.workers = 4;
    run.batch = 1;
    run.synchronisation = EveryPeriod(r.period);
    run.seed = 2;
    run.termination.max_iterations = 64;
    LocalSgdOptions options = OptionsOfRun(problem, run);
    if (r.step_size == "theory_fixed_shift") {
      run.synchronisation = EveryPeriod(1);
      const LocalSgdOptions every_step = OptionsOfRun(problem, run);
      options.step_size = every_step.step_size;
      options.averaging_shift = every_step.averaging_shift;
    }
    EXPECT_EQ(*r.gap,
              RunLocalSgd(problem.objective, problem.rows,
                          problem.optimum.value, options, run.termination)
                  .value()
                  .gaps[static_cast<int>(Iterate::kQuadratic)]);
    ++found;
  }
  EXPECT_EQ(found, 4);
}

TEST(RunCommunicationPeriod, DoesNotDependOnThreads) {
  const Problem problem = SmallProblem();
  CommunicationPeriodSettings settings = SmallSettings();
  const auto one = Measured(problem, settings);
  settings.threads = 2;
  const auto two = Measured(problem, settings);
  EXPECT_EQ(ToCsv(ToTable(PeriodSchema(), one.periods)).value(),
            ToCsv(ToTable(PeriodSchema(), two.periods)).value());
  EXPECT_EQ(ToCsv(ToTable(ScheduleSchema(), one.schedules)).value(),
            ToCsv(ToTable(ScheduleSchema(), two.schedules)).value());
}

// Tuned step sizes: at every T and H the best on the selection seed.
TEST(RunCommunicationPeriod, ChoosesTheBestOnTheSelectionSeed) {
  const Problem problem = SmallProblem();
  const auto result = Measured(problem, SmallSettings());
  const auto chosen = std::find_if(
      result.periods.begin(), result.periods.end(), [](const PeriodRecord& r) {
        return r.step_size == "tuned" && r.iterations == 64 && r.period == 8;
      });
  ASSERT_NE(chosen, result.periods.end());
  RunSettings run;
  run.workers = chosen->workers;
  run.batch = chosen->batch;
  run.synchronisation = EveryPeriod(8);
  run.seed = 0;
  run.step_size = ParseStepSize(chosen->chosen).value();
  const double best = SmallestGap(GapsAlone(problem, run, 64));
  for (int i = -11; i <= 0; ++i) {
    for (const StepSizeFamily family :
         {StepSizeFamily::kConstant, StepSizeFamily::kDecaying}) {
      run.step_size = ChoiceOf({family, i});
      EXPECT_GE(SmallestGap(GapsAlone(problem, run, 64)), best);
    }
  }
}

TEST(RunCommunicationPeriod, CountsIterationsAndRoundsOfSchedules) {
  const Problem problem = SmallProblem();
  const auto result = Measured(problem, SmallSettings());
  int reached = 0;
  for (const ScheduleRecord& r : result.schedules) {
    const SynchronisationSet set =
        ParseSynchronisation(r.schedule, r.workers, r.batch).value();
    if (!r.iterations) continue;
    EXPECT_EQ(*r.rounds, CountRounds(set, *r.iterations));
    RunSettings run;
    run.workers = r.workers;
    run.batch = r.batch;
    run.synchronisation = set;
    run.step_size = ParseStepSize(r.chosen).value();
    run.seed = r.seed;
    if (r.epsilon) {
      run.termination.epsilons = {*r.epsilon};
      EXPECT_EQ(RunOnce(problem, run).value().reached[0].iterations,
                *r.iterations);
      ++reached;
    } else {
      EXPECT_EQ(SmallestGap(GapsAlone(problem, run, *r.iterations)), *r.gap);
    }
  }
  EXPECT_GT(reached, 0);
}

// Whatever was run first.
TEST(RunCommunicationPeriod, HasItsRecordsInOrder) {
  CommunicationPeriodSettings settings = SmallSettings();
  std::reverse(settings.arms.begin(), settings.arms.end());
  const auto result = Measured(SmallProblem(), settings);
  std::vector<std::string> arms;
  for (const PeriodRecord& r : result.periods) {
    if (arms.empty() || arms.back() != r.step_size) arms.push_back(r.step_size);
  }
  EXPECT_THAT(arms, ElementsAre("tuned", "theory", "theory_fixed_shift"));
  EXPECT_TRUE(std::is_sorted(
      result.periods.begin(), result.periods.end(),
      [](const PeriodRecord& a, const PeriodRecord& b) {
        return a.step_size == b.step_size &&
               std::tie(a.workers, a.batch, a.iterations, a.period, a.seed) <
                   std::tie(b.workers, b.batch, b.iterations, b.period, b.seed);
      }));
  std::vector<std::string> runs;  // schedule, step size and seed
  for (const ScheduleRecord& r : result.schedules) {
    const std::string run =
        absl::StrCat(r.schedule, " ", r.chosen, " ", r.seed);
    if (runs.empty() || runs.back() != run) runs.push_back(run);
  }
  EXPECT_EQ(runs.size(), std::set(runs.begin(), runs.end()).size());
  EXPECT_EQ(runs[0].substr(0, 9), "period:1 ");
  EXPECT_EQ(runs[2].back(), '3');
}

TEST(RunCommunicationPeriod, WritesRecordsThatReadBack) {
  const Problem problem = SmallProblem();
  const std::string folder = testing::TempDir() + "/communication_period";
  auto written = RunExperiment(CommunicationPeriodExperiment(), problem,
                               SmallSettings(), "test", folder);
  ASSERT_TRUE(written.ok()) << written.status();
  const std::vector<std::string>& files = written->files;
  ASSERT_EQ(files.size(), 3);
  const std::string journal = folder + "/communication_period.journal";
  EXPECT_TRUE(ReadFile(journal).ok());  // until nothing can fail
  EXPECT_TRUE(EndResumable(written->journal).ok());
  EXPECT_FALSE(ReadFile(journal).ok());
  const auto records =
      ParseRecords(PeriodSchema(), ReadCsv(files[0]).value()).value();
  const auto findings = PeriodFindings(records, 0.1);
  EXPECT_TRUE(findings.ok());
  EXPECT_TRUE(ParseRecords(ScheduleSchema(), ReadCsv(files[1]).value()).ok());
}

TEST(CommunicationPeriodExperiment, RefusesSettingsWithoutMeaning) {
  const auto message = [](const CommunicationPeriodSettings& settings) {
    return std::string(CommunicationPeriodExperiment()
                           .validate(SmallProblem(), settings)
                           .message());
  };
  CommunicationPeriodSettings settings = SmallSettings();
  EXPECT_EQ(message(settings), "");
  settings.loss = 0;
  EXPECT_THAT(message(settings), HasSubstr("--loss=0"));
  settings = SmallSettings();
  settings.arms[0].iterations = {64, 8};
  EXPECT_THAT(message(settings), HasSubstr("--iterations"));
  settings = SmallSettings();
  settings.schedules.schedules.push_back({"growing", "growing:0"});
  EXPECT_THAT(message(settings), HasSubstr("growing:0"));
}

AdviceSettings SmallAdvice() {
  AdviceSettings settings;
  settings.schedules.workers = 2;
  settings.schedules.batch = 1;
  settings.schedules.epsilons = {0.002};
  settings.schedules.schedules = {{"constant", "period:1"},
                                  {"constant", "period:8"}};
  settings.schedules.max_iterations = 4096;
  settings.seeds = 3;
  return settings;
}

TEST(Advise, CommunicatesLessWhereItCostsMore) {
  const Problem problem = SmallProblem();
  AdviceSettings settings = SmallAdvice();
  settings.rho = 1e6;
  const auto dear = Advise(problem, settings).value();
  ASSERT_EQ(dear.size(), 3);
  EXPECT_EQ(dear[0].pilot.schedule, "period:8");
  const ScheduleRecord& pilot = dear[0].pilot;
  EXPECT_EQ(*pilot.rounds, (*pilot.iterations + 7) / 8);
  EXPECT_DOUBLE_EQ(dear[0].cost,
                   static_cast<double>(*pilot.iterations) +
                       1e6 * 2.0 * static_cast<double>(*pilot.rounds));
  EXPECT_GT(*dear[0].every_step, dear[0].cost);
  // Free communication: whatever needs the fewest iterations.
  EXPECT_LE(dear[2].cost, *dear[2].every_step);
  EXPECT_FALSE(dear[0].measured.has_value());
}

TEST(Advise, VerifiesOnOtherSeeds) {
  const Problem problem = SmallProblem();
  AdviceSettings settings = SmallAdvice();
  settings.verify = true;
  const auto advice = Advise(problem, settings).value();
  for (const Advice& a : advice) {
    double sum = 0;
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      RunSettings run;
      run.workers = 2;
      run.synchronisation =
          ParseSynchronisation(a.pilot.schedule, 2, 1).value();
      run.step_size = ParseStepSize(a.pilot.chosen).value();
      run.termination.epsilons = {0.002};
      run.seed = seed;
      const int64_t T = RunOnce(problem, run).value().reached[0].iterations;
      sum += ModelledTime(
          a.cost_model, settings.rho, 2, 1, static_cast<double>(T),
          static_cast<double>(CountRounds(run.synchronisation, T)));
    }
    ASSERT_TRUE(a.measured.has_value());
    EXPECT_DOUBLE_EQ(a.measured->value, sum / 3);
    EXPECT_EQ(a.seeds_reached, 3);
  }
  EXPECT_TRUE(ToText(AdviceTable(problem, settings, advice)).ok());
}

TEST(Advise, SaysWhenNothingReachesTheTarget) {
  AdviceSettings settings = SmallAdvice();
  settings.schedules.epsilons = {1e-12};
  settings.schedules.max_iterations = 16;
  const absl::Status status = Advise(SmallProblem(), settings).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("epsilon = 1e-12"));
}

}  // namespace
}  // namespace local_sgd
