#include "experiments/measured_speedup/report.h"

#include <stdlib.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"

namespace local_sgd {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// K in {1, 2, 4}, H in {1, 2}; T = 1000, or 1000 / K, and H - 1 beyond one
// worker. One seed, and for tuned step sizes two.
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
      const bool tuned = step_size == "tuned";
      r.seeds = r.seeds_reached = tuned ? 2 : 1;
      r.rho = 25;
      double t = scales ? 1000.0 / static_cast<double>(workers) : 1000;
      if (workers > 1) t += static_cast<double>(period) - 1;
      r.iterations = t;
      r.iterate = workers == 1 ? "last" : "quadratic";
      r.speedup_free = 1000 / t;
      r.speedup_star = *r.speedup_free / 10;
      r.speedup_ring = *r.speedup_free / 5;
      if (tuned) {
        r.iterations_stderr = 0.02 * t;
        r.speedup_free_stderr = 0.125 * *r.speedup_free;
        r.iterations_selected = 200;
        r.chosen_family = "constant";
        r.chosen_exponent = -workers;
        r.chosen_iterate = "last";
        r.chosen_interior = "yes";
        r.runner_up_family = "decaying";
        r.runner_up_exponent = period;
        r.runner_up_iterations = 208;
        r.runner_up_iterate = "uniform";
      }
      records.push_back(r);
    }
  }
  return records;
}

// The table of that label.
Table Find(const std::vector<SpeedupRecord>& records,
           const std::string& label) {
  for (const LabelledTable& labelled : SpeedupTables(records)) {
    if (labelled.label == label) return labelled.table;
  }
  ADD_FAILURE() << "no table " << label;
  return {};
}

std::string Text(const char* text) { return text; }

TEST(TablesTest, RowsAreWorkersAndColumnsPeriods) {
  const auto tables = SpeedupTables(Records("w8a", "constant:1", true));
  ASSERT_EQ(tables.size(), 5);
  const Table& iterations = tables[1].table;
  EXPECT_EQ(iterations.title,
            "Iterations T(eps) per worker, eps = 0.005, b = 4, step sizes "
            "constant:1");
  ASSERT_EQ(iterations.columns.size(), 3);
  EXPECT_EQ(iterations.columns[2].heading, "H = 2");
  ASSERT_EQ(iterations.rows.size(), 3);
  EXPECT_EQ(iterations.rows[2], (std::vector<Cell>{int64_t{4}, 250.0, 251.0}));
  EXPECT_EQ(CellText(iterations.rows[2][1], iterations.columns[1].precision),
            "250");
  EXPECT_THAT(iterations.notes_above,
              Contains("Data w8a, step sizes constant:1, 1 measuring seed."));
  EXPECT_THAT(iterations.notes_below,
              Contains("Iterate that reached the target, and in how many "
                       "settings: last 2, quadratic 4."));

  const Table& free = tables[2].table;
  EXPECT_EQ(free.title,
            "Speedup ignoring communication, eps = 0.005, b = 4, step sizes "
            "constant:1");
  EXPECT_EQ(free.rows[2],
            (std::vector<Cell>{int64_t{4}, 4.0, 1000 / 251.0, Text("1")}));
  EXPECT_EQ(free.rows[0].back(), Cell(Text("any")));
  EXPECT_THAT(tables[3].table.title, HasSubstr("under ring at rho = 25"));
  EXPECT_EQ(tables[3].table.rows[2][1], Cell(4.0 / 5));
  EXPECT_THAT(tables[4].table.title, HasSubstr("under star at rho = 25"));
  EXPECT_EQ(tables[4].table.rows[2][1], Cell(4.0 / 10));
  EXPECT_EQ(tables[4].label, "speedup-w8a-constant-1-eps0-005-b4-star");
}

TEST(TablesTest, MeansStandWithTheirStandardErrors) {
  const auto records = Records("w8a", "tuned", true);
  const Table iterations =
      Find(records, "speedup-w8a-tuned-eps0-005-b4-iterations");
  EXPECT_EQ(iterations.rows[2],
            (std::vector<Cell>{int64_t{4}, Text("250 ± 5"), Text("251 ± 5")}));
  EXPECT_THAT(iterations.notes_above,
              Contains("Data w8a, step sizes tuned, 2 measuring seeds."));
  EXPECT_THAT(iterations.notes_below,
              Contains("Means over seeds, ± one standard error; the largest is "
                       "2.0 % of its mean."));
  // The error is priced like the speedup: an eighth of it.
  const Table free = Find(records, "speedup-w8a-tuned-eps0-005-b4-free");
  EXPECT_EQ(free.rows[2][1], Cell(Text("4.00 ± 0.50")));
  EXPECT_THAT(free.notes_below, Contains(HasSubstr("± one standard error")));
  EXPECT_EQ(Find(records, "speedup-w8a-tuned-eps0-005-b4-star").rows[2][1],
            Cell(Text("0.40 ± 0.05")));
  // Not all of them have one.
  std::vector<SpeedupRecord> mixed = records;
  mixed[4].speedup_free_stderr.reset();
  mixed[5].speedup_free_stderr = 0.0004;
  const Table some = Find(mixed, "speedup-w8a-tuned-eps0-005-b4-free");
  EXPECT_EQ(some.rows[2][1], Cell(Text("4.00")));
  EXPECT_EQ(some.rows[2][2], Cell(Text("3.98 ± 0.0004")));
}

TEST(TablesTest, TheSummaryNamesTheLargestSpeedups) {
  const Table summary =
      SpeedupTables(Records("w8a", "constant:1", true))[0].table;
  ASSERT_EQ(summary.rows.size(), 1);
  EXPECT_EQ(summary.rows[0],
            (std::vector<Cell>{
                0.005, int64_t{4}, 1000.0, Text("4.00 (K = 4, H = 1)"),
                Text("0.80 (K = 4, H = 1)"), Text("0.40 (K = 4, H = 1)")}));
  EXPECT_TRUE(summary.notes_below.empty());
  const Table tuned = SpeedupTables(Records("w8a", "tuned", true))[0].table;
  EXPECT_EQ(tuned.rows[0],
            (std::vector<Cell>{0.005, int64_t{4}, Text("1000 ± 20"),
                               Text("4.00 ± 0.50 (K = 4, H = 1)"),
                               Text("0.80 ± 0.10 (K = 4, H = 1)"),
                               Text("0.40 ± 0.05 (K = 4, H = 1)")}));
}

TEST(TablesTest, WhatWasNotReachedIsADashAndExplained) {
  std::vector<SpeedupRecord> records = Records("w8a", "constant:1", true);
  records[5].seeds_reached = 0;
  records[5].iterations.reset();
  records[5].speedup_free.reset();
  records[5].speedup_star.reset();
  records[5].speedup_ring.reset();
  records.erase(records.begin() + 3);  // never run
  const std::string text = *SpeedupTablesText(records);
  EXPECT_THAT(text, HasSubstr("\n2    500      -\n4    250      -\n"));
  EXPECT_THAT(text, HasSubstr("-: the target was not reached"));
}

TEST(TablesTest, ChosenAndSecondBestStepSizesStandInTables) {
  std::vector<SpeedupRecord> records = Records("w8a", "tuned", true);
  records[1].chosen_interior = "no";
  records[3].runner_up_family.reset();
  records[3].runner_up_exponent.reset();
  records[3].runner_up_iterations.reset();
  records[3].runner_up_iterate.reset();
  const Table chosen = Find(records, "speedup-w8a-tuned-eps0-005-b4-chosen");
  EXPECT_EQ(chosen.title,
            "Chosen step sizes, eps = 0.005, b = 4, step sizes tuned");
  EXPECT_EQ(chosen.rows[0],
            (std::vector<Cell>{int64_t{1}, Text("constant 2^-1 (last)"),
                               Text("constant 2^-1 (last), edge")}));
  const Table second = Find(records, "speedup-w8a-tuned-eps0-005-b4-runner-up");
  EXPECT_EQ(second.rows[0],
            (std::vector<Cell>{int64_t{1}, Text("decaying 2^1 (uniform, +4 %)"),
                               Text("decaying 2^2 (uniform, +4 %)")}));
  EXPECT_EQ(second.rows[1][2], Cell());
  for (const LabelledTable& other :
       SpeedupTables(Records("w8a", "theory", true))) {
    EXPECT_THAT(other.label, Not(HasSubstr("chosen")));
    EXPECT_THAT(other.label, Not(HasSubstr("runner-up")));
  }
}

TEST(TablesTest, TheSelectionRuleStandsUnderEveryTunedTable) {
  for (const LabelledTable& labelled :
       SpeedupTables(Records("w8a", "tuned", true))) {
    EXPECT_THAT(labelled.table.notes_below,
                Contains(AllOf(HasSubstr("min(32, c n/(t+1))"),
                               HasSubstr("selection seed"),
                               HasSubstr("measured on other seeds"))))
        << labelled.label;
  }
  for (const LabelledTable& labelled :
       SpeedupTables(Records("w8a", "theory", true))) {
    for (const std::string& note : labelled.table.notes_below) {
      EXPECT_THAT(note, Not(HasSubstr("selection seed")));
    }
  }
}

TEST(TablesTest, EdgesAndMissedTargetsAreNamed) {
  const std::string label = "speedup-w8a-tuned-eps0-005-b4-iterations";
  std::vector<SpeedupRecord> records = Records("w8a", "tuned", true);
  EXPECT_THAT(
      Find(records, label).notes_below,
      AllOf(Contains("No winner is at an edge of the range."),
            Contains("No chosen step size missed eps on a measuring seed."),
            Not(Contains(HasSubstr("No candidate reached")))));
  records[0].chosen_interior = "no";
  records[5].chosen_interior = "no";
  for (const size_t missed : {3, 4}) {
    records[missed].seeds_reached = missed == 3 ? 1 : 0;
    records[missed].iterations.reset();
    records[missed].iterations_stderr.reset();
    records[missed].speedup_free.reset();
  }
  records[2].seeds_reached = 0;
  records[2].iterations.reset();
  records[2].chosen_family.reset();
  const Table table = Find(records, label);
  EXPECT_THAT(
      table.notes_below,
      AllOf(Contains("Winners at an edge of the range, where a better step "
                     "size may lie outside: (K, H) = (1, 1), (4, 2)."),
            Contains("Chosen step sizes that missed eps on a measuring seed: 2 "
                     "of 6, at (K, H) = (2, 2) on 1 of 2 seeds, (4, 1) on 2 of "
                     "2 seeds."),
            Contains("No candidate reached eps on the selection seed at (K, H) "
                     "= (2, 1).")));
  EXPECT_EQ(table.rows[1][2], Cell());
}

TEST(TablesTest, TheoreticalStepSizesAgainstTunedOnes) {
  std::vector<SpeedupRecord> records = Records("w8a", "theory", false);
  for (const SpeedupRecord& r : Records("w8a", "tuned", true)) {
    records.push_back(r);
  }
  records[3].iterations.reset();  // (2, 2) of theory
  records[3].seeds_reached = 0;
  const LabelledTable last = SpeedupTables(records).back();
  EXPECT_EQ(last.label, "theory-against-tuned-w8a-eps0-005-b4");
  const Table& table = last.table;
  EXPECT_EQ(table.rows[0], (std::vector<Cell>{int64_t{1}, 1.0, 1.0}));
  EXPECT_EQ(table.rows[1], (std::vector<Cell>{int64_t{2}, 2.0, Cell()}));
  EXPECT_EQ(table.rows[2],
            (std::vector<Cell>{int64_t{4}, 4.0, 1001.0 / 251.0}));
  EXPECT_THAT(table.notes_above,
              Contains("Data w8a, step sizes theory, 1 measuring seed."));
  EXPECT_THAT(table.notes_below,
              Contains("The step sizes of Theorem 2.2 take from 1.00 (K = 1, H "
                       "= 1) to 4.00 (K = 4, H = 1) times the iterations of "
                       "tuned ones."));
  // Not across data sets, accuracies or batches.
  const size_t both = SpeedupTables(records).size();
  for (SpeedupRecord& r : records) {
    if (r.step_size == "tuned") r.batch = 16;
  }
  EXPECT_EQ(SpeedupTables(records).size(), both - 1);
  for (SpeedupRecord& r : records) {
    if (r.step_size == "tuned") r.batch = 4;
    if (r.step_size == "tuned") r.dataset_sha256 = "34cd";
  }
  EXPECT_EQ(SpeedupTables(records).size(), both - 1);
}

TEST(TablesTest, TheLimitOfTheoreticalStepSizesIsComputed) {
  for (const auto& labelled :
       SpeedupTables(Records("w8a", "constant:1", false))) {
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
  ASSERT_TRUE(WriteFileAtomically(
                  folder + "/measured_speedup.csv",
                  *ToCsv(ToTable(SpeedupSchema(),
                                 Records("w8a_surrogate", "tuned", false))))
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
    // An eighth of (K, H) = (2, 1): ring (4 + 100) / 4, star the same.
    const bool latex = path.find(".tex") != std::string::npos;
    EXPECT_THAT(text, HasSubstr(latex ? "0.04 $\\pm$ 0.005" : "0.04 ± 0.005"));
    EXPECT_EQ(latex, text.find("±") == std::string::npos);
  }
}

}  // namespace
}  // namespace local_sgd
