#include "experiments/convergence_bound/report.h"

#include <stdlib.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "analysis/figures/gnuplot.h"
#include "analysis/report_files.h"
#include "experiments/convergence_bound/records.h"
#include "experiments/study.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

using ::testing::HasSubstr;

// Two lambda, K in {1, 4}, H in {1, 16} where K > 1, T in {64, 128}.
std::vector<ConvergenceBoundRecord> Records() {
  std::vector<ConvergenceBoundRecord> records;
  for (const double lambda : {0.002, 0.01}) {
    for (const int64_t K : {1, 4}) {
      for (const int64_t H : {1, 16}) {
        if (K == 1 && H > 1) continue;
        for (const int64_t T : {64, 128}) {
          ConvergenceBoundRecord r;
          r.dataset = "w8a_surrogate";
          r.dataset_sha256 = "6a";
          r.lambda = lambda;
          r.workers = K;
          r.batch = 1;
          r.period = H;
          r.iterations = T;
          r.seeds = 3;
          r.error = 1.0 / static_cast<double>(K * T);
          r.error_stderr = 0.1 * r.error;
          r.bias = 1;
          r.path = {2, 3, 6, 6 / r.error};
          r.a_priori = {20, 30, 51, 51 / r.error};
          records.push_back(r);
        }
      }
    }
  }
  return records;
}

ExperimentReport Report() {
  return ConvergenceBoundStudy().report({Records(), {}, {}, {}});
}

TEST(ConvergenceBoundReportTest, TablesShowTheLastTOfEverySetting) {
  const std::vector<LabelledTable> tables = Report().tables;
  ASSERT_EQ(tables.size(), 2);
  EXPECT_THAT(tables[1].table.title, HasSubstr("lambda = 0.01"));
  const Table& table = tables[0].table;
  ASSERT_EQ(table.rows.size(), 3);
  for (const std::vector<Cell>& row : table.rows) {
    EXPECT_EQ(row[3], Cell(int64_t{128}));
  }
  EXPECT_EQ(table.rows[2][2], Cell(int64_t{16}));
  EXPECT_EQ(table.notes_above.size(), 1);
  EXPECT_THAT(*TablesText(tables), HasSubstr("SURROGATE"));
}

TEST(ConvergenceBoundReportTest, TheFigureHasARowForEachLambda) {
  const NamedFigure named = Report().figures.at(0);
  EXPECT_EQ(named.name, "convergence_bound");
  const Figure& figure = named.figure;
  ASSERT_EQ(figure.panels.size(), 6);
  EXPECT_EQ(figure.columns, 3);
  EXPECT_EQ(figure.panels[5].title, "lambda = 0.01, K = 4, H = 16");
  EXPECT_EQ(figure.panels[4].title, "lambda = 0.01, K = 4, H = 1");
  ASSERT_EQ(figure.panels[0].lines.size(), 6);
  EXPECT_EQ(figure.panels[0].lines[0].points[1].second, 1.0 / 128);
  EXPECT_EQ(figure.panels[0].lines[0].errors[1], 0.1 / 128);
  EXPECT_EQ(figure.panels[0].lines[1].points[0].second, 6);
  EXPECT_EQ(figure.panels[0].lines[4].points[0].second, 3);
  EXPECT_EQ(figure.panels[0].lines[5].points[0].second, 51);
  EXPECT_THAT(figure.notice, HasSubstr("SURROGATE"));
}

TEST(ConvergenceBoundReportTest, TheTermsStandOnTopOfEachOther) {
  const NamedFigure named = Report().figures.at(1);
  EXPECT_EQ(named.name, "convergence_bound_terms");
  const Figure& figure = named.figure;
  ASSERT_EQ(figure.panels.size(), 8);
  EXPECT_EQ(figure.columns, 2);
  EXPECT_THAT(figure.notice, HasSubstr("SURROGATE"));
  // A row with the error, a row of shares, for each lambda.
  EXPECT_EQ(figure.panels[5].title, "lambda = 0.01, K = 4, H = 16");
  for (const size_t i : {5, 7}) {
    const Panel& panel = figure.panels[i];
    EXPECT_EQ(panel.shares, i == 7);
    EXPECT_EQ(panel.lines.size(), i == 7 ? 0 : 1);
    ASSERT_EQ(panel.stacked.size(), 3);
    EXPECT_EQ(panel.stacked[0].points[1], std::pair(128.0, 1.0));
    EXPECT_EQ(panel.stacked[1].points[1], std::pair(128.0, 2.0));
    EXPECT_EQ(panel.stacked[2].points[1], std::pair(128.0, 3.0));
  }
  EXPECT_EQ(figure.panels[5].lines[0].points[1].second, 1.0 / 512);
  EXPECT_EQ(figure.panels[5].lines[0].errors[1], 0.1 / 512);
  const std::vector<std::string>& caption = named.caption;
  EXPECT_THAT(caption[0], HasSubstr("SURROGATE"));
  EXPECT_THAT(
      caption.back(),
      HasSubstr("lambda = 0.01, K = 4, H = 16, T = 128: the bound is 6 "
                "(bias 16.7 %, variance 33.3 %, drift 50.0 %), the error "
                "0.00195."));
  EXPECT_THAT(caption[2], HasSubstr("sha256 6a, b = 1"));
  EXPECT_THAT(caption[2], HasSubstr("3 seeds"));
}

TEST(ConvergenceBoundReportTest, FilesAreMadeFromTheRecordsAlone) {
  const std::string folder = std::string(getenv("TEST_TMPDIR")) + "/report";
  const auto read = [&folder] {
    return ReadReport(ConvergenceBoundStudy(), folder);
  };
  EXPECT_TRUE(absl::IsNotFound(read().status()));
  ASSERT_TRUE(EnsureFolder(folder).ok());
  const auto write = [&folder](const ConvergenceBound& data) {
    const RecordFile<ConvergenceBound>& file = ConvergenceBoundStudy().files[0];
    EXPECT_EQ(file.name, "convergence_bound.csv");
    ASSERT_TRUE(WriteFileAtomically(folder + "/convergence_bound.csv",
                                    *ToCsv(file.table(data)))
                    .ok());
  };
  write({});
  EXPECT_TRUE(absl::IsNotFound(read().status()));
  write({Records(), {}, {}, {}});
  const auto report = read();
  ASSERT_TRUE(report.ok()) << report.status();
  const auto files = WriteReportFiles(*report, folder, folder);
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(files->size(), 3 + 2 * 4);
  const std::string caption =
      *ReadFile(folder + "/convergence_bound_caption.txt");
  EXPECT_THAT(caption, HasSubstr("SURROGATE"));
  EXPECT_THAT(caption,
              HasSubstr("lambda = 0.002: over all K, b, H and T the bound is "
                        "384 times the error (K = 1, b = 1, H = 1, T = 64)"));
}

}  // namespace
}  // namespace local_sgd
