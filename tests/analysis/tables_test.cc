#include "analysis/tables.h"

#include <stdlib.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/results/output_file.h"

namespace local_sgd {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// K in {1, 2, 4}, H in {1, 2}; T = 1000, or 1000 / K, and H - 1 beyond one
// worker.
std::vector<SpeedupRecord> Records(const std::string& dataset,
                                   const std::string& step_size, bool scales) {
  std::vector<SpeedupRecord> records;
  for (int64_t workers : {1, 2, 4}) {
    for (int64_t period : {1, 2}) {
      SpeedupRecord r;
      r.dataset = dataset;
      r.dataset_sha256 = "12ab";
      r.step_size = step_size;
      r.epsilon = 0.005;
      r.batch = 4;
      r.workers = workers;
      r.period = period;
      r.seeds = r.seeds_reached = 2;
      r.rho = 25;
      double t = scales ? 1000.0 / static_cast<double>(workers) : 1000;
      if (workers > 1) t += static_cast<double>(period) - 1;
      r.iterations = t;
      r.iterations_stderr = 0.02 * t;
      r.iterate = workers == 1 ? "last" : "quadratic";
      r.speedup_free = 1000 / t;
      r.speedup_star = *r.speedup_free / 10;
      r.speedup_ring = *r.speedup_free / 5;
      records.push_back(r);
    }
  }
  return records;
}

TEST(TablesTest, RowsAreWorkersAndColumnsPeriods) {
  const auto tables = SpeedupTables(Records("w8a", "tuned", true));
  ASSERT_EQ(tables.size(), 5);
  const Table& iterations = tables[1].table;
  EXPECT_EQ(iterations.title,
            "Iterations T(eps) per worker, eps = 0.005, b = 4, step sizes "
            "tuned");
  ASSERT_EQ(iterations.columns.size(), 3);
  EXPECT_EQ(iterations.columns[2].heading, "H = 2");
  ASSERT_EQ(iterations.rows.size(), 3);
  EXPECT_EQ(iterations.rows[2], (std::vector<Cell>{int64_t{4}, 250.0, 251.0}));
  EXPECT_THAT(iterations.notes_below,
              Contains("Means over seeds; the largest standard error is 2.0 % "
                       "of its mean."));
  EXPECT_THAT(iterations.notes_below,
              Contains("Iterate that reached the target, and in how many "
                       "settings: last 2, quadratic 4."));

  const Table& free = tables[2].table;
  EXPECT_EQ(free.title,
            "Speedup ignoring communication, eps = 0.005, b = 4, step sizes "
            "tuned");
  EXPECT_EQ(free.rows[2], (std::vector<Cell>{int64_t{4}, 4.0, 1000 / 251.0,
                                             std::string("1")}));
  EXPECT_EQ(free.rows[0].back(), Cell(std::string("any")));
  EXPECT_THAT(tables[3].table.title, HasSubstr("under ring at rho = 25"));
  EXPECT_EQ(tables[3].table.rows[2][1], Cell(4.0 / 5));
  EXPECT_THAT(tables[4].table.title, HasSubstr("under star at rho = 25"));
  EXPECT_EQ(tables[4].table.rows[2][1], Cell(4.0 / 10));
  EXPECT_EQ(tables[4].label, "speedup-w8a-tuned-eps0-005-b4-star");
}

TEST(TablesTest, TheSummaryNamesTheLargestSpeedups) {
  const Table summary = SpeedupTables(Records("w8a", "tuned", true))[0].table;
  ASSERT_EQ(summary.rows.size(), 1);
  EXPECT_EQ(summary.rows[0],
            (std::vector<Cell>{0.005, int64_t{4}, 1000.0,
                               std::string("4.00 (K = 4, H = 1)"),
                               std::string("0.80 (K = 4, H = 1)"),
                               std::string("0.40 (K = 4, H = 1)")}));
  EXPECT_TRUE(summary.notes_below.empty());
}

TEST(TablesTest, WhatWasNotReachedIsADashAndExplained) {
  std::vector<SpeedupRecord> records = Records("w8a", "tuned", true);
  records[5].iterations = records[5].speedup_free = std::nullopt;
  records[5].iterations_stderr = records[5].speedup_star = std::nullopt;
  records.erase(records.begin() + 3);  // never run
  const std::string text = *SpeedupTablesText(records);
  EXPECT_THAT(text, HasSubstr("\n2    500      -\n4    250      -\n"));
  EXPECT_THAT(text, HasSubstr("-: the target was not reached"));
}

TEST(TablesTest, TheLimitOfTheoreticalStepSizesIsComputed) {
  for (const auto& labelled : SpeedupTables(Records("w8a", "tuned", false))) {
    for (const std::string& note : labelled.table.notes_below) {
      EXPECT_THAT(note, Not(HasSubstr("Theorem 2.2")));
    }
  }
  const auto limited = SpeedupTables(Records("w8a", "theory", false));
  for (const auto& labelled : limited) {
    EXPECT_THAT(labelled.table.notes_below, Contains(HasSubstr("Theorem 2.2")));
  }
  EXPECT_THAT(
      limited[2].table.notes_below.back(),
      AllOf(HasSubstr("1.00 at K = 1, H = 1; linear would be 4 at K = 4"),
            HasSubstr("the bias term limits the speedup"), HasSubstr("5.3e5")));
  EXPECT_THAT(
      SpeedupTables(Records("w8a", "theory", true))[2].table.notes_below.back(),
      AllOf(HasSubstr("4.00 at K = 4, H = 1"),
            HasSubstr("within a factor of two of linear"),
            Not(HasSubstr("limits the speedup"))));
  EXPECT_THAT(SpeedupTables(Records("mine", "theory", false))[2]
                  .table.notes_below.back(),
              Not(HasSubstr("5.3e5")));
}

TEST(TablesTest, SurrogateDataIsNoticedAboveEveryTable) {
  for (const auto& labelled :
       SpeedupTables(Records("w8a_surrogate", "theory", false))) {
    EXPECT_THAT(labelled.table.notes_above.front(),
                HasSubstr("SURROGATE DATA, not w8a"));
  }
  for (const auto& labelled : SpeedupTables(Records("w8a", "theory", false))) {
    for (const std::string& note : labelled.table.notes_above) {
      EXPECT_THAT(note, Not(HasSubstr("SURROGATE")));
    }
  }
}

TEST(TablesTest, WritesThreeFilesAndReprices) {
  const std::string folder = std::string(getenv("TEST_TMPDIR")) + "/tables";
  EXPECT_EQ(WriteTables(folder, folder, {}).status().code(),
            absl::StatusCode::kNotFound);
  ASSERT_TRUE(EnsureFolder(folder).ok());
  ASSERT_TRUE(WriteFileAtomically(folder + "/measured_speedup.csv",
                                  *ToCsv(SpeedupRecordTable(Records(
                                      "w8a_surrogate", "theory", false))))
                  .ok());
  const auto files = WriteTables(folder, folder + "/out", 100);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_EQ(*files,
            (std::vector<std::string>{folder + "/out/speedup_tables.md",
                                      folder + "/out/speedup_tables.tex",
                                      folder + "/out/speedup_tables.txt"}));
  for (const std::string& path : *files) {
    const std::string text = *ReadFile(path);
    EXPECT_THAT(text, HasSubstr("SURROGATE DATA, not w8a"));
    EXPECT_THAT(text, HasSubstr("rho = 100"));
    EXPECT_THAT(text, HasSubstr("12ab"));
  }
}

}  // namespace
}  // namespace local_sgd
