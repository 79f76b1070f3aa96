#include "experiments/convergence_bound/run.h"

#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/open_dataset.h"
#include "data/w8a_surrogate.h"
#include "experiments/convergence_bound/records.h"
#include "experiments/problem.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/csv_reader.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"
#include "tests/experiments/find_finding.h"
#include "tests/experiments/small_problem.h"

namespace local_sgd {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string Folder(const std::string& name) {
  const std::string folder = std::string(getenv("TEST_TMPDIR")) + "/" + name;
  std::filesystem::remove_all(folder);
  EXPECT_TRUE(EnsureFolder(folder).ok());
  return folder;
}

ConvergenceBound RunBound(const Problem& problem,
                          const ConvergenceBoundSettings& settings,
                          const std::string& folder) {
  auto run = RunConvergenceBound(problem, settings, "v", folder);
  EXPECT_TRUE(run.ok()) << run.status();
  EXPECT_TRUE(run->journal.Remove().ok());
  return std::move(run->result);
}

ConvergenceBoundSettings SmallSettings() {
  ConvergenceBoundSettings settings;
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
  ConvergenceBoundSettings settings;
  BoundGrid grid;
  grid.lambda = 0.01;
  grid.configurations = {{1, 1}, {4, 1}};
  grid.periods = {1, 16};
  grid.max_iterations = 2048;
  grid.seeds = 4;
  settings.grids = {grid};
  settings.gradient_draws = 10'000;
  const ConvergenceBound result =
      RunBound(problem, settings, Folder("surrogate"));
  const std::vector<ConvergenceBoundRecord> records = BoundRecords(result);
  ASSERT_EQ(records.size(), 3 * 12);
  for (const ConvergenceBoundRecord& r : records) {
    EXPECT_LT(r.error, r.path.total);
    EXPECT_LT(r.path.total, r.a_priori.total);
    EXPECT_GE(r.path.total, r.bias + r.path.variance);
    if (r.period == 1) {
      EXPECT_GT(r.error, r.path.total / 2e4);
    }
  }
  const auto findings = BoundFindings(result);
  ASSERT_TRUE(findings.ok()) << findings.status();
  EXPECT_GT(Find(*findings, "smallest_bound_over_error",
                 "lambda=0.01, constants=path")
                .low,
            1.0);
  const FindingRecord drift = Find(*findings, "largest_drift_over_bound",
                                   "lambda=0.01, constants=path");
  EXPECT_LT(*drift.high, 1.0);
  EXPECT_GT(drift.value, 1e-3);
  const FindingRecord ratio =
      Find(*findings, "gradient_variance_ratio", "lambda=0.01, all K and b");
  const FindingRecord at_the_end =
      Find(*findings, "bound_over_error",
           "lambda=0.01, K=4, b=1, H=16, T=2048, constants=path");
  EXPECT_EQ(at_the_end.seeds, 4);
  EXPECT_FALSE(at_the_end.low.has_value());
  EXPECT_LT(*ratio.high - *ratio.low, 0.3);
  EXPECT_LT(*ratio.low, 1.0);
  EXPECT_GT(*ratio.high, 1.0);
}

// Two seeds of two numbers of workers, with these errors at every T.
ConvergenceBound WithErrors(const std::vector<double>& errors) {
  BoundRuns runs;
  runs.lambda_text = "0.5";
  runs.lambda = 0.5;
  runs.curvature = {1.0, 0.5, 2.0};
  runs.grid.configurations = {{1, 1}, {2, 1}, {4, 1}};
  runs.grid.periods = {1, 2, 4, 8};
  runs.grid.max_iterations = int64_t{1} << 16;
  runs.grid.seeds = 2;
  const size_t points = CheckPoints(runs.grid).size();
  for (const WorkersAndBatch& c : runs.grid.configurations) {
    for (const int64_t period : PeriodsOf(runs.grid, c)) {
      for (size_t s = 0; s < errors.size(); ++s) {
        BoundRun run;
        run.configuration = c;
        run.period = period;
        run.seed = 1 + s;
        run.errors.assign(points, errors[s]);
        run.drifts.assign(points, 0.0);
        runs.runs.push_back(std::move(run));
      }
    }
  }
  return {"none", "00", 1, {runs}};
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
    for (const ConvergenceBoundRecord& r : BoundRecords(result)) {
      EXPECT_EQ(r.path.ratio, std::nullopt);
      EXPECT_EQ(r.path.total, 0.0);
    }
    const std::string folder = Folder("nothing");
    const auto files = WriteConvergenceBound(result, folder);
    ASSERT_TRUE(files.ok()) << files.status();
    EXPECT_TRUE(
        ParseRecords(ConvergenceBoundSchema(), *ReadCsv(files->at(0))).ok());
  }
}

TEST(ConvergenceBoundTest, SlopesAreMinusOneWhereTheVarianceDominates) {
  const Problem problem = SmallProblem();
  const ConvergenceBound result =
      RunBound(problem, SmallSettings(), Folder("slopes"));
  const auto findings = BoundFindings(result);
  ASSERT_TRUE(findings.ok()) << findings.status();
  for (const auto& [name, setting] :
       {std::pair{"exponent_T", "lambda=0.05, H=1"},
        std::pair{"exponent_K_b", "lambda=0.05, H=1"},
        std::pair{"exponent_K", "lambda=0.05, b=1, H=1, T=16384"},
        std::pair{"exponent_T", "lambda=0.05, K=4, b=1, H=1"}}) {
    const FindingRecord exponent = Find(*findings, name, setting);
    EXPECT_LT(*exponent.low, -1.0) << setting;
    EXPECT_GT(*exponent.high, -1.0) << setting;
    EXPECT_NEAR(exponent.value, -1.0, 0.5) << setting;
  }
}

TEST(ConvergenceBoundTest, ThreadsAndAJournalChangeNothing) {
  const Problem problem = SmallProblem();
  ConvergenceBoundSettings settings = SmallSettings();
  const std::string one = Folder("one");
  const auto files =
      WriteConvergenceBound(RunBound(problem, settings, one), one);
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), 3);
  const std::string again = Folder("again");
  {  // Killed with everything in the journal.
    const auto run = RunConvergenceBound(problem, settings, "v", again);
    ASSERT_TRUE(run.ok()) << run.status();
  }
  settings.threads = 3;
  const auto again_files =
      WriteConvergenceBound(RunBound(problem, settings, again), again);
  ASSERT_TRUE(again_files.ok());
  for (size_t i = 0; i < files->size(); ++i) {
    EXPECT_EQ(*ReadFile((*files)[i]), *ReadFile((*again_files)[i]));
  }
  // A journal of other settings is refused.
  {
    const auto run = RunConvergenceBound(problem, settings, "v", again);
    ASSERT_TRUE(run.ok());
  }
  settings.grids[0].seeds = 5;
  EXPECT_FALSE(RunConvergenceBound(problem, settings, "v", again).ok());
}

TEST(ConvergenceBoundTest, FilesAreReadBack) {
  const std::string folder = Folder("files");
  const ConvergenceBound result =
      RunBound(SmallProblem(), SmallSettings(), folder);
  const auto files = WriteConvergenceBound(result, folder);
  ASSERT_TRUE(files.ok());
  const auto records = ParseRecords(
      ConvergenceBoundSchema(), *ReadCsv(folder + "/convergence_bound.csv"));
  ASSERT_TRUE(records.ok()) << records.status();
  EXPECT_EQ(*ToCsv(ToTable(ConvergenceBoundSchema(), *records)),
            *ReadFile(folder + "/convergence_bound.csv"));
  const auto findings = ParseRecords(
      FindingSchema(), *ReadCsv(folder + "/convergence_bound_findings.csv"));
  ASSERT_TRUE(findings.ok()) << findings.status();
  EXPECT_GT(findings->size(), 20);
}

TEST(ConvergenceBoundTest, SettingsThatCannotBeRunAreRefused) {
  ConvergenceBoundSettings settings = SmallSettings();
  settings.grids[0].periods = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_FALSE(ValidateConvergenceBound(settings).ok());
  settings = SmallSettings();
  settings.grids[0].seeds = 0;
  EXPECT_FALSE(ValidateConvergenceBound(settings).ok());
  EXPECT_TRUE(ValidateConvergenceBound(DefaultConvergenceBound()).ok());
  EXPECT_TRUE(ValidateConvergenceBound(QuickConvergenceBound()).ok());
}

}  // namespace
}  // namespace local_sgd
