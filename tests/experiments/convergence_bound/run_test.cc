#include "experiments/convergence_bound/run.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "data/open_dataset.h"
#include "data/w8a_surrogate.h"
#include "experiments/convergence_bound/findings.h"
#include "experiments/convergence_bound/records.h"
#include "experiments/convergence_bound/report.h"
#include "experiments/convergence_bound/series.h"
#include "experiments/experiment.h"
#include "experiments/problem.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/problem_constants.h"
#include "lib/records/csv_reader.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/worker_measures.h"
#include "lib/theory/convergence_bound.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "tests/experiments/find_finding.h"
#include "tests/experiments/small_problem.h"

namespace local_sgd {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Settings = ConvergenceBoundSettings;

std::string Folder(const std::string& name) {
  const std::string folder = std::string(getenv("TEST_TMPDIR")) + "/" + name;
  std::filesystem::remove_all(folder);
  return folder;
}

absl::StatusOr<WrittenStudy<ConvergenceBound>> RunIn(const std::string& folder,
                                                     const Problem& problem,
                                                     const Settings& settings) {
  return RunExperiment(ConvergenceBoundExperiment(), problem, settings, "v",
                       folder);
}

ConvergenceBound RunBound(const Problem& problem, const Settings& settings) {
  return RunRecords(ConvergenceBoundExperiment(), problem, settings).value();
}

Settings SmallSettings() {
  Settings settings;
  BoundGrid grid;
  grid.lambda = 0.05;
  grid.configurations = {{1, 1}, {2, 1}, {4, 1}, {2, 3}};
  grid.periods = {1, 4, 8, 16};
  grid.max_iterations = 1 << 14;
  grid.seeds = 4;
  settings.grids = {grid};
  settings.gradient_draws = 500;
  return settings;
}

// The surrogate with lambda = 0.01: H = 1, where bound (5) is closest.
TEST(ConvergenceBoundTest, TheErrorIsBelowTheBoundAndAboveATwentyThousandth) {
  NamedDataset dataset;
  dataset.name = kSurrogateName;
  dataset.sha256 = "00";
  dataset.data = MakeW8aSurrogate();
  const Problem problem = MakeProblem(std::move(dataset), 0.01).value();
  Settings settings;
  BoundGrid grid;
  grid.lambda = 0.01;
  grid.configurations = {{1, 1}, {4, 1}};
  grid.periods = {1, 16};
  grid.max_iterations = 2048;
  grid.seeds = 4;
  settings.grids = {grid};
  settings.gradient_draws = 10'000;
  const ConvergenceBound result = RunBound(problem, settings);
  ASSERT_EQ(result.means.size(), 3 * 12);
  for (const ConvergenceBoundRecord& r : result.means) {
    EXPECT_LT(r.error, r.path.total);
    EXPECT_LT(r.path.total, r.a_priori.total);
    EXPECT_GE(r.path.total, r.bias + r.path.variance);
    if (r.period == 1) {
      EXPECT_GT(r.error, r.path.total / 2e4);
    }
  }
  const std::vector<FindingRecord>& findings = result.findings;
  EXPECT_GT(
      Find(findings, "smallest_bound_over_error", "lambda=0.01, constants=path")
          .low,
      1.0);
  const FindingRecord drift =
      Find(findings, "largest_drift_over_bound", "lambda=0.01, constants=path");
  EXPECT_LT(*drift.high, 1.0);
  EXPECT_GT(drift.value, 1e-3);
  const FindingRecord ratio =
      Find(findings, "gradient_variance_ratio", "lambda=0.01, all K and b");
  const FindingRecord at_the_end =
      Find(findings, "bound_over_error",
           "lambda=0.01, K=4, b=1, H=16, T=2048, constants=path");
  EXPECT_EQ(at_the_end.seeds, 4);
  EXPECT_FALSE(at_the_end.low.has_value());
  EXPECT_LT(*ratio.high - *ratio.low, 0.3);
  EXPECT_LT(*ratio.low, 1.0);
  EXPECT_GT(*ratio.high, 1.0);
}

// Two seeds of three numbers of workers, with these errors at every T.
ConvergenceBound WithErrors(const std::vector<double>& errors) {
  BoundConstants constants = {"none", "00", "0.5", {}, {}};
  constants.path.strong_convexity = 0.5;
  constants.path.smoothness = 1.0;
  constants.a_priori = constants.path;
  ConvergenceBound data;
  data.constants = {constants};
  for (const int64_t workers : {1, 2, 4}) {
    for (const int64_t period : {1, 2, 4, 8}) {
      if (workers == 1 && period > 1) continue;
      for (size_t s = 0; s < errors.size(); ++s) {
        for (int64_t T = 1 << 5; T <= 1 << 16; T *= 2) {
          BoundRunRecord r;
          r.lambda = 0.5;
          r.workers = workers;
          r.batch = 1;
          r.period = period;
          r.seed = 1 + s;
          r.iterations = T;
          r.error = errors[s];
          r.step_size = 1.0 / static_cast<double>(T);
          data.runs.push_back(r);
        }
      }
    }
  }
  data.means = BoundMeans(data);
  return data;
}

// x* = 0 and no variance: the bound is 0, and so are the errors, or below by
// rounding.
TEST(ConvergenceBoundTest, ErrorsOfNothingHaveNoRatiosAndNoSlopes) {
  for (const double error : {0.0, -1e-17}) {
    const ConvergenceBound result = WithErrors({error, 0.0});
    const auto findings = BoundFindings(result);
    ASSERT_TRUE(findings.ok()) << findings.status();
    for (const FindingRecord& finding : *findings) {
      EXPECT_TRUE(IsDefined(finding)) << finding.name;
      EXPECT_THAT(finding.name,
                  Not(AnyOf(HasSubstr("exponent"), HasSubstr("over_error"),
                            HasSubstr("share"), HasSubstr("variance_ratio"))));
    }
    ASSERT_EQ(result.means.size(), 9 * 12);
    for (const ConvergenceBoundRecord& r : result.means) {
      EXPECT_EQ(r.path.ratio, std::nullopt);
      EXPECT_EQ(r.path.total, 0.0);
    }
    const auto csv = ToCsv(ToTable(ConvergenceBoundSchema(), result.means));
    ASSERT_TRUE(csv.ok()) << csv.status();
    EXPECT_TRUE(
        ParseRecords(ConvergenceBoundSchema(), *ParseCsv(*csv, "c.csv")).ok());
  }
}

TEST(ConvergenceBoundTest, SlopesAreMinusOneWhereTheVarianceDominates) {
  const ConvergenceBound result = RunBound(SmallProblem(), SmallSettings());
  for (const auto& [name, setting] :
       {std::pair{"exponent_T", "lambda=0.05, H=1"},
        std::pair{"exponent_K_b", "lambda=0.05, H=1"},
        std::pair{"exponent_K", "lambda=0.05, b=1, H=1, T=16384"},
        std::pair{"exponent_T", "lambda=0.05, K=4, b=1, H=1"}}) {
    const FindingRecord exponent = Find(result.findings, name, setting);
    EXPECT_LT(*exponent.low, -1.0) << setting;
    EXPECT_GT(*exponent.high, -1.0) << setting;
    EXPECT_NEAR(exponent.value, -1.0, 0.5) << setting;
  }
}

// Each record of K = 4 is what a run alone says.
TEST(ConvergenceBoundTest, RecordsAreThoseOfRunsAlone) {
  const Problem problem = WithRegularization(SmallProblem(), 0.05).value();
  const ConvergenceBound result = RunBound(SmallProblem(), SmallSettings());
  size_t found = 0;
  for (const BoundRunRecord& r : result.runs) {
    if (r.workers != 4 || r.seed != 2 || r.iterations > 1024) continue;
    ++found;
    LocalSgdOptions options;
    options.workers = 4;
    options.averaging_shift =
        TheoremShift(problem.curvature.condition_number, r.period);
    options.step_size = TheoremStepSize(0.05, options.averaging_shift);
    options.synchronisation = EveryPeriod(r.period);
    options.seed = 2;
    LocalSgd run(problem.rows, 0.05, options);
    run.AdvanceTo(r.iterations - 1);
    EXPECT_EQ(r.step_size, options.step_size(r.iterations - 1));
    EXPECT_EQ(r.drift, WorkerDrift(run.state().iterates));
    EXPECT_EQ(
        *r.drift_bound_path,
        SynchronousDriftBound(
            r.step_size, result.constants[0].path.second_moment, r.period));
    EXPECT_FALSE(r.variance.has_value());  // the first seed's only
    run.AdvanceTo(r.iterations);
    std::vector<double> quadratic;
    const std::vector<double> iterates = run.MeanIterates();
    for (size_t j = static_cast<size_t>(Iterate::kQuadratic);
         j < iterates.size(); j += kNumIterates) {
      quadratic.push_back(iterates[j]);
    }
    EXPECT_EQ(r.error,
              Value(problem.objective, quadratic) - problem.optimum.value);
  }
  EXPECT_EQ(found, 4u * 8);  // T = 8, ..., 1024
}

// The path's constants are the largest of all runs, the start included.
TEST(ConvergenceBoundTest, ThePathHasTheLargestMoments) {
  const Problem problem = WithRegularization(SmallProblem(), 0.05).value();
  const ConvergenceBound result = RunBound(SmallProblem(), SmallSettings());
  const std::vector<double> start(
      static_cast<size_t>(problem.objective.num_features()), 0.0);
  GradientMoments largest = MomentsAt(problem.objective, start);
  int64_t ratios = 0;
  for (const BoundRunRecord& r : result.runs) {
    EXPECT_EQ(r.variance.has_value(), r.seed == 1);
    largest.variance = std::max(largest.variance, r.variance.value_or(0));
    largest.second_moment =
        std::max(largest.second_moment, r.second_moment.value_or(0));
    if (!r.gradient_variance_ratio) continue;
    ++ratios;
    EXPECT_EQ(r.iterations, 1 << 14);
    EXPECT_EQ(r.period, r.workers == 1 ? 1 : 16);
  }
  EXPECT_EQ(ratios, 4 * 4);  // K and b, seeds
  ASSERT_EQ(result.constants.size(), 1u);
  EXPECT_EQ(result.constants[0].path.variance, largest.variance);
  EXPECT_EQ(result.constants[0].path.second_moment, largest.second_moment);
}

TEST(ConvergenceBoundTest, ThreadsAndAJournalChangeNothing) {
  const Problem problem = SmallProblem();
  Settings settings = SmallSettings();
  auto one = RunIn(Folder("one"), problem, settings);
  ASSERT_TRUE(one.ok()) << one.status();
  ASSERT_EQ(one->files.size(), 3);
  const std::string again = Folder("again");
  {  // Killed with everything in the journal.
    const auto run = RunIn(again, problem, settings);
    ASSERT_TRUE(run.ok()) << run.status();
  }
  settings.threads = 3;
  {
    const auto run = RunIn(again, problem, settings);
    ASSERT_TRUE(run.ok()) << run.status();
    EXPECT_EQ(run->journal.num_recovered(), 4 * 4);
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_EQ(*ReadFile(one->files[i]), *ReadFile(run->files[i]));
    }
  }
  // A journal of other settings is refused.
  settings.grids[0].seeds = 5;
  EXPECT_FALSE(RunIn(again, problem, settings).ok());
}

TEST(ConvergenceBoundTest, FilesAreReadBack) {
  const std::string folder = Folder("files");
  const auto run = RunIn(folder, SmallProblem(), SmallSettings());
  ASSERT_TRUE(run.ok()) << run.status();
  ConvergenceBound read;
  for (const auto& file : ConvergenceBoundStudy().files) {
    const std::string path = folder + "/" + file.name;
    const auto added = file.add(*ReadCsv(path), read);
    ASSERT_TRUE(added.ok()) << added;
    EXPECT_EQ(*ToCsv(file.table(read)), *ReadFile(path));
  }
  EXPECT_EQ(read.means.size(), run->records.means.size());
  EXPECT_EQ(read.runs.size(), run->records.runs.size());
  EXPECT_GT(read.findings.size(), 20);
}

TEST(ConvergenceBoundTest, SettingsThatCannotBeRunAreRefused) {
  const auto& experiment = ConvergenceBoundExperiment();
  const auto message = [&](const Settings& settings) {
    return std::string(experiment.validate({}, settings).message());
  };
  Settings settings = SmallSettings();
  settings.grids[0].periods = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_EQ(message(settings), "--periods: 9 periods, expected at most 8");
  settings = SmallSettings();
  settings.grids[0].seeds = 0;
  EXPECT_THAT(message(settings), HasSubstr("must be at least 1"));
  EXPECT_EQ(message(experiment.settings(/*quick=*/false)), "");
  EXPECT_EQ(message(experiment.settings(/*quick=*/true)), "");
}

}  // namespace
}  // namespace local_sgd
