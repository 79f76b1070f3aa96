#include "experiments/variance_reduction/run.h"

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/variance_reduction/findings.h"
#include "experiments/variance_reduction/records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/objective/logistic_regression.h"
#include "lib/program/journal.h"
#include "lib/records/csv_reader.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"
#include "lib/solver/local_sgd.h"
#include "lib/statistics/bias_variance.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"
#include "tests/experiments/find_finding.h"
#include "tests/experiments/small_problem.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

// On the small problem kappa is small, so that a few hundred iterations forget
// the start.
VarianceReductionGrid SmallGrid() {
  VarianceReductionGrid grid;
  grid.arms = ParseVarianceArms("0.5", "theory").value();
  grid.workers = {1, 2, 4, 8};
  grid.periods = {1, 4};
  grid.batch = 2;
  grid.iterations = 128;
  grid.gradients = 512;
  grid.samples = 256;
  grid.seeds = 40;
  grid.first_seed = 5;
  return grid;
}

absl::StatusOr<VarianceReduction> RunGrid(const VarianceReductionGrid& grid,
                                          Journal* journal = nullptr) {
  return RunRecords(VarianceReductionExperiment(), SmallProblem(), grid,
                    journal);
}

const VarianceReduction& SmallRun() {
  static const auto& result =
      *new VarianceReduction(RunGrid(SmallGrid()).value());
  return result;
}

// Whatever the problem, K workers that never meet are independent: the mean of
// their iterates has 1/K of the variance of one, and all of its bias.
TEST(VarianceReduction, SlopesAreMinusOne) {
  const auto& findings = SmallRun().findings;
  for (const char* setting :
       {"lambda=0.5, theory, one-shot, last, equal T",
        "lambda=0.5, theory, one-shot, quadratic, equal T",
        "lambda=0.5, theory, H=1, last, equal T"}) {
    const FindingRecord slope = Find(findings, "variance_slope", setting);
    EXPECT_EQ(slope.seeds, 40);
    EXPECT_LE(*slope.low, -1) << setting;
    EXPECT_GE(*slope.high, -1) << setting;
    EXPECT_LT(*slope.high - *slope.low, 0.6) << setting;
  }
}

TEST(VarianceReduction, GradientsVaryAsTheTheorySays) {
  const auto& findings = SmallRun().findings;
  for (const char* setting :
       {"lambda=0.5, start", "lambda=0.5, optimum",
        "lambda=0.5, theory, H=1, path", "lambda=0.5, theory, H=4, path",
        "lambda=0.5, theory, one-shot, path"}) {
    const FindingRecord slope =
        Find(findings, "gradient_variance_slope", setting);
    EXPECT_LE(*slope.low, -1) << setting;
    EXPECT_GE(*slope.high, -1) << setting;
    EXPECT_LT(*slope.high - *slope.low, 0.2) << setting;
    const FindingRecord ratio =
        Find(findings, "gradient_variance_ratio", setting);
    EXPECT_LE(*ratio.low, 1) << setting;
    EXPECT_GE(*ratio.high, 1) << setting;
    EXPECT_LT(*ratio.high - *ratio.low, 0.2) << setting;
  }
}

// The variance of a gradient that is averaged with another divisor than K b is
// seen to be wrong, and so is one that does not fall with K at all.
TEST(VarianceReduction, AWrongDivisorIsCaught) {
  const VarianceReduction& right = SmallRun();
  std::vector<GradientVarianceRecord> gradients = right.gradients;
  for (GradientVarianceRecord& r : gradients) {
    r.variance *= static_cast<double>(r.batch);
  }
  auto findings = VarianceFindings({{}, gradients, {}});
  ASSERT_TRUE(findings.ok()) << findings.status();
  EXPECT_GT(
      *Find(*findings, "gradient_variance_ratio", "lambda=0.5, start").low,
      1.5);
  gradients = right.gradients;
  for (GradientVarianceRecord& r : gradients) {
    r.variance *= std::sqrt(static_cast<double>(r.workers));
  }
  findings = VarianceFindings({{}, gradients, {}});
  ASSERT_TRUE(findings.ok()) << findings.status();
  EXPECT_GT(
      *Find(*findings, "gradient_variance_slope", "lambda=0.5, start").low,
      -0.7);
}

// Every record is what a run alone and f say.
TEST(VarianceReduction, RecordsAreThoseOfRunsAlone) {
  VarianceReductionGrid grid = SmallGrid();
  grid.seeds = 3;
  const Problem problem = WithRegularization(SmallProblem(), 0.5).value();
  const auto result = RunGrid(grid);
  ASSERT_TRUE(result.ok()) << result.status();
  // K = 1: 2 check points; the others 3 synchronisations and 2 check points,
  // one for K = 2, where T is the same; 2 iterates, 3 seeds.
  ASSERT_EQ(result->iterates.size(), (2u + 3 * (1 + 2 + 2)) * 2 * 3);
  std::vector<std::vector<double>> last, quadratic;
  for (uint64_t seed : {5, 6, 7}) {
    LocalSgdOptions options;
    options.workers = 8;
    options.batch = 2;
    options.averaging_shift =
        TheoremShift(problem.curvature.condition_number, 4);
    options.step_size = TheoremStepSize(0.5, options.averaging_shift);
    options.synchronisation = EveryPeriod(4);
    options.seed = seed;
    LocalSgd run(problem.rows, 0.5, options);
    run.AdvanceTo(32);
    const std::vector<double> iterates = run.MeanIterates();
    last.emplace_back();
    quadratic.emplace_back();
    for (size_t j = 0; j < 6; ++j) {
      last.back().push_back(iterates[4 * j]);
      quadratic.back().push_back(iterates[4 * j + 3]);
    }
  }
  size_t found = 0;
  for (const VarianceRecord& r : result->iterates) {
    if (r.workers != 8 || r.iterations != 32 ||
        r.method != VarianceMethod{"0.5", "theory", "period:4"}) {
      continue;
    }
    ++found;
    EXPECT_EQ(r.dataset, "small");
    EXPECT_EQ(r.batch, 2);
    const auto& points = r.iterate == "last" ? last : quadratic;
    const auto s = static_cast<int64_t>(r.seed - 5);
    const double f_star = problem.optimum.value;
    const SeedError expected = DistancesOf(points, problem.optimum.point).at(s);
    EXPECT_EQ(r.error.squared_distance, expected.squared_distance);
    EXPECT_EQ(r.error.squared_deviation, expected.squared_deviation);
    EXPECT_EQ(r.error.variance_of_others, expected.variance_of_others);
    EXPECT_EQ(r.error.gap, Value(problem.objective, points.at(s)) - f_star);
    EXPECT_EQ(r.error.gap_of_others,
              Value(problem.objective, MeanPoint(points, s)) - f_star);
    EXPECT_EQ(r.error.gap_of_mean,
              Value(problem.objective, MeanPoint(points, kNone)) - f_star);
  }
  EXPECT_EQ(found, 6u);
}

TEST(VarianceReduction, TheMeanIsBiasPlusVariance) {
  size_t cells = 0;
  for (const VarianceSeries& series : SeriesOf(SmallRun().iterates)) {
    for (const VarianceCell& cell : series.cells) {
      std::vector<int64_t> all;
      double distance = 0, gap = 0;
      for (size_t s = 0; s < cell.seeds.size(); ++s) {
        all.push_back(static_cast<int64_t>(s));
        distance += cell.seeds[s].squared_distance / 40;
        gap += cell.seeds[s].gap / 40;
      }
      const auto of_distance = DistanceBiasVariance(cell.seeds, all);
      const auto of_gap = GapBiasVariance(cell.seeds, all);
      ASSERT_TRUE(of_distance.ok() && of_gap.ok());
      EXPECT_NEAR((of_distance->bias + of_distance->variance) / distance, 1,
                  1e-12);
      EXPECT_NEAR((of_gap->bias + of_gap->variance) / gap, 1, 1e-12);
      EXPECT_GT(of_distance->variance, 0);
      ++cells;
    }
  }
  EXPECT_EQ(cells, 3u * 2 * 2 * 4);
}

TEST(VarianceReduction, ThreadsAndAJournalChangeNothing) {
  VarianceReductionGrid grid = SmallGrid();
  grid.seeds = 3;
  const auto csv = [](const VarianceReduction& result) {
    return *ToCsv(ToTable(VarianceSchema(), result.iterates)) +
           *ToCsv(ToTable(GradientVarianceSchema(), result.gradients)) +
           *ToCsv(ToTable(FindingSchema(), result.findings));
  };
  const std::string alone = csv(*RunGrid(grid));
  grid.threads = 2;
  const std::string path =
      std::string(getenv("TEST_TMPDIR")) + "/variance.journal";
  for (int64_t recovered : {0, 4}) {
    auto journal = Journal::Open(path, {});
    ASSERT_TRUE(journal.ok()) << journal.status();
    EXPECT_EQ(journal->num_recovered(), recovered);
    const auto result = RunGrid(grid, &*journal);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(csv(*result), alone);
  }
}

TEST(VarianceReduction, WritesItsFiles) {
  VarianceReductionGrid grid = SmallGrid();
  grid.seeds = 3;
  const std::string folder =
      std::string(getenv("TEST_TMPDIR")) + "/variance_reduction";
  auto written = RunExperiment(VarianceReductionExperiment(), SmallProblem(),
                               grid, "v", folder);
  ASSERT_TRUE(written.ok()) << written.status();
  ASSERT_EQ(written->files.size(), 3u);
  EXPECT_EQ(ParseRecords(VarianceSchema(),
                         *ReadCsv(folder + "/variance_reduction.csv"))
                ->size(),
            written->records.iterates.size());
  EXPECT_EQ(ParseRecords(GradientVarianceSchema(),
                         *ReadCsv(folder + "/variance_reduction_gradients.csv"))
                ->size(),
            written->records.gradients.size());
  EXPECT_EQ(ParseRecords(FindingSchema(),
                         *ReadCsv(folder + "/variance_reduction_findings.csv"))
                ->size(),
            written->records.findings.size());
  const std::string journal = folder + "/variance_reduction.journal";
  EXPECT_TRUE(std::filesystem::exists(journal));  // until nothing can fail
  EXPECT_TRUE(EndResumable(written->journal).ok());
  EXPECT_FALSE(std::filesystem::exists(journal));
}

TEST(VarianceReduction, WrongSettingsNameTheFlag) {
  const Problem problem = SmallProblem();
  const auto message = [&](const auto& change) {
    VarianceReductionGrid grid = SmallGrid();
    change(grid);
    return std::string(
        VarianceReductionExperiment().validate(problem, grid).message());
  };
  EXPECT_EQ(message([](auto&) {}), "");
  EXPECT_THAT(message([](auto& grid) { grid.seeds = 2; }),
              HasSubstr("--seeds=2: expected at least 3"));
  EXPECT_THAT(message([](auto& grid) { grid.gradients = 520; }),
              HasSubstr("--gradients=520: expected a multiple of the K b = "
                        "16"));
  EXPECT_THAT(message([](auto& grid) { grid.samples = 15; }),
              HasSubstr("--samples=15: expected at least"));
  EXPECT_THAT(message([](auto& grid) { grid.iterations = 1; }),
              HasSubstr("--iterations=1:"));
  EXPECT_THAT(message([](auto& grid) {
                grid.workers = {2, 1};
              }),
              HasSubstr("--workers=2,1:"));
}

TEST(DistinctArms, OneLambdaHasOneNameAndRunsOnce) {
  const Problem problem = SmallProblem();  // n = 80
  const auto names = [&problem](const std::string& lambdas,
                                const std::string& step_sizes) {
    std::string text;
    for (const VarianceArm& arm : DistinctArms(
             problem, ParseVarianceArms(lambdas, step_sizes).value())) {
      absl::StrAppend(&text, arm.regularization, " ", arm.step_size.text, ";");
    }
    return text;
  };
  EXPECT_EQ(names("0.01,1/n,1/n", "theory,theory,decaying:1"),
            "0.01 theory;1/n theory;1/n decaying:1;");
  EXPECT_EQ(names("0.0125,1/n,1/n", "theory,theory,decaying:1"),
            "0.0125 theory;0.0125 decaying:1;");
  EXPECT_EQ(names("1/n,0.0125", "theory,constant:1"),
            "1/n theory;1/n constant:1;");
}

TEST(ParseVarianceArmsTest, PairsListsAndNamesWrongOnes) {
  const auto arms = ParseVarianceArms("0.010,1/n", "theory");
  ASSERT_TRUE(arms.ok()) << arms.status();
  ASSERT_EQ(arms->size(), 2u);
  EXPECT_EQ((*arms)[0].regularization, "0.01");
  EXPECT_EQ((*arms)[0].lambda, 0.01);
  EXPECT_EQ((*arms)[1].lambda, std::nullopt);
  EXPECT_EQ(ParseVarianceArms("1/n", "theory,constant:1")->size(), 2u);
  const auto message = [](const char* regularization, const char* step_size) {
    return std::string(
        ParseVarianceArms(regularization, step_size).status().message());
  };
  EXPECT_THAT(message("1,2,3", "theory,theory"),
              HasSubstr("--step_size=theory,theory: expected one, or one for"));
  EXPECT_THAT(message("2/n", "theory"),
              HasSubstr("--regularization=2/n: expected 1/n or"));
  EXPECT_THAT(message("", "theory"), HasSubstr("--regularization=: expected"));
  EXPECT_THAT(message("1", "tuned"), HasSubstr("--step_size=tuned: expected"));
  EXPECT_THAT(message("1,1.0", "theory"), HasSubstr("stands twice"));
}

}  // namespace
}  // namespace local_sgd
