#include "experiments/variance_reduction/report.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"
#include "lib/statistics/bias_variance.h"

namespace local_sgd {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

// x of the seeds 1, 2, 3 and f(x) - f* = x^2; K = 1 at x = 2, 3, 4, so that the
// variance is 1 and the bias 9 - 1/3; K workers have 1/sqrt(K) of the spread.
std::vector<VarianceRecord> Records() {
  std::vector<VarianceRecord> records;
  const auto add = [&](const char* synchronisation, int64_t workers,
                       int64_t iterations, double spread) {
    for (const char* iterate : {"last", "quadratic"}) {
      const std::vector<std::vector<double>> points = {
          {3 - spread}, {3}, {3 + spread}};
      std::vector<SeedError> errors = DistancesOf(points, {0.0});
      for (size_t s = 0; s < 3; ++s) {
        const double others = MeanPoint(points, static_cast<int64_t>(s))[0];
        errors[s].gap = errors[s].squared_distance;
        errors[s].gap_of_others = others * others;
        errors[s].gap_of_mean = 9;
        records.push_back({"w8a_surrogate",
                           "12ab",
                           {"1/n", "theory", synchronisation},
                           1,
                           workers,
                           iterations,
                           iterate,
                           s + 1,
                           errors[s]});
      }
    }
  };
  add("period:1", 1, 100, 1);
  add("period:1", 1, 400, 1);
  for (const char* synchronisation : {"period:1", "final"}) {
    add(synchronisation, 4, 100, 0.5);
  }
  return records;
}

std::vector<FindingRecord> Findings() {
  return {{"variance_reduction", "gradient_variance_slope", "lambda=1/n, start",
           -1.0625, -1.125, -1, 3, "w8a_surrogate"},
          {"variance_reduction", "gap_slope", "lambda=1/n, equal T", -0.5,
           std::nullopt, std::nullopt, 1, "w8a_surrogate"},
          {"variance_reduction", "gap_bias", "elsewhere", 9, 8, 10, 3,
           "w8a_surrogate"}};
}

ExperimentReport Report() {
  return VarianceReductionStudy().report({Records(), {}, Findings()});
}

TEST(VarianceReductionReportTest, Tables) {
  std::vector<Table> tables;
  for (const LabelledTable& labelled : Report().tables) {
    tables.push_back(labelled.table);
  }
  // Three of findings, then two comparisons of two iterates.
  ASSERT_EQ(tables.size(), 7u);
  for (const Table& table : tables) {
    EXPECT_TRUE(Validate(table).ok()) << Validate(table);
    EXPECT_THAT(table.notes_above[0], HasSubstr("SURROGATE"));
  }
  EXPECT_EQ(tables[0].rows.size(), 1u);
  EXPECT_EQ(std::get<std::string>(tables[0].rows[0][1]),
            "-1.06 [-1.12, -1.00]");
  EXPECT_EQ(tables[1].rows.size(), 1u);
  EXPECT_EQ(std::get<std::string>(tables[1].rows[0][3]), "-0.50");
  EXPECT_TRUE(tables[2].rows.empty());
  const Table& last = tables[3];
  EXPECT_EQ(last.title,
            "Bias and variance of f - f*, lambda = 1/n, step sizes theory, "
            "last iterate, equal T = 100");
  std::vector<std::string> headings;
  for (const Column& column : last.columns) headings.push_back(column.heading);
  EXPECT_THAT(headings, ElementsAre("K", "T", "H = 1: bias", "H = 1: variance",
                                    "one-shot: bias", "one-shot: variance"));
  ASSERT_EQ(last.rows.size(), 2u);
  // Without one seed the variance is 1/2, 2 and 1/2: jackknife error 1, times
  // 4.3027.
  EXPECT_EQ(std::get<std::string>(last.rows[0][3]), "1 ± 4.3");
  EXPECT_EQ(std::get<std::string>(last.rows[1][5]), "0.25 ± 1.1");
  EXPECT_EQ(std::get<int64_t>(last.rows[1][0]), 4);
}

TEST(VarianceReductionReportTest, FigureAndCaption) {
  const NamedFigure named = Report().figures.at(1);
  EXPECT_EQ(named.name, "variance_reduction_quadratic");
  const Figure& figure = named.figure;
  EXPECT_THAT(figure.notice, HasSubstr("SURROGATE"));
  ASSERT_EQ(figure.panels.size(), 3u);
  EXPECT_EQ(figure.panels[0].title, "1/n theory: variance, equal T");
  ASSERT_EQ(figure.panels[0].lines.size(), 2u);
  EXPECT_EQ(figure.panels[0].lines[1].label, "one-shot");
  const Line& line = figure.panels[0].lines[0];
  EXPECT_THAT(line.points, ElementsAre(Pair(1, DoubleNear(1, 1e-12)),
                                       Pair(4, DoubleNear(0.25, 1e-12))));
  EXPECT_NEAR(line.errors.at(1), 0.25 * 4.302652730, 1e-8);
  // The total is 9 + 2/3 at K = 1, and 9 + 1/6 at K = 4.
  EXPECT_NEAR(figure.panels[1].lines[0].points.at(1).second, 9 + 1.0 / 6,
              1e-12);
  EXPECT_EQ(figure.panels[2].title, "1/n theory: error, equal T K b");
  const auto& caption = named.caption;
  EXPECT_THAT(caption[0], HasSubstr("SURROGATE"));
  EXPECT_THAT(caption.back(),
              HasSubstr("equal T = 100 and equal gradients T K b = 400."));
}

TEST(VarianceReductionReportTest, ReadsTheFilesThatItShows) {
  const std::string folder =
      std::string(getenv("TEST_TMPDIR")) + "/variance_report";
  const auto read = [&folder] {
    return ReadReport(VarianceReductionStudy(), folder);
  };
  std::filesystem::remove_all(folder);
  EXPECT_TRUE(absl::IsNotFound(read().status()));
  ASSERT_TRUE(EnsureFolder(folder).ok());
  const VarianceReduction data = {Records(), {}, Findings()};
  for (const auto& file : VarianceReductionStudy().files) {
    if (!file.is_shown) continue;
    ASSERT_TRUE(
        WriteFileAtomically(folder + "/" + file.name, *ToCsv(file.table(data)))
            .ok());
  }
  const auto report = read();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->tables.size(), 7u);
  ASSERT_TRUE(
      WriteFileAtomically(folder + "/variance_reduction_findings.csv",
                          *ToCsv(VarianceReductionStudy().files[2].table({})))
          .ok());
  EXPECT_EQ(read().status().message(),
            folder + "/variance_reduction_findings.csv: no records");
}

}  // namespace
}  // namespace local_sgd
