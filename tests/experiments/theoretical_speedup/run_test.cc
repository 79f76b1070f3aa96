#include "experiments/theoretical_speedup/run.h"

#include <stdlib.h>

#include <cmath>
#include <set>

#include "gtest/gtest.h"
#include "lib/files/output_file.h"
#include "lib/records/csv_reader.h"
#include "lib/theory/speedup_model.h"

namespace local_sgd {
namespace {

TEST(TheoreticalSpeedupTest, TheFileHoldsTheWholeGridOfFigureTwo) {
  const std::string folder = std::string(getenv("TEST_TMPDIR")) + "/new/folder";
  const auto files =
      WriteTheoreticalSpeedup(TheoreticalSpeedupGrid(), "v", folder);
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_EQ(*files,
            std::vector<std::string>{folder + "/theoretical_speedup.csv"});
  const auto file = ReadCsv(files->front());
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(ExpectColumns(*file, {"model", "cost_model", "rho", "epsilon",
                                    "workers", "period", "speedup"})
                  .ok());
  EXPECT_EQ(file->records.size(), 2 * 3 * 2 * 11 * 5);
  std::set<std::vector<std::optional<std::string>>> settings;
  for (const CsvRecord& record : file->records) {
    settings.insert({record.fields.begin(), record.fields.end() - 1});
    const auto number = [&](const char* column) {
      return *NumberField(*file, record, column);
    };
    // Equation (9) once more, as docs/paper.md, "Cost model", has it.
    const double k = number("workers");
    const double h = number("period");
    const bool printed = *TextField(*file, record, "model") == "printed";
    const std::string cost = *TextField(*file, record, "cost_model");
    const double inside =
        printed ? 1 + h + h * h * k : 4 * k * (1 + h + h * h * k);
    const double first = 0.5 + 0.5 * std::sqrt(1 + number("epsilon") * inside);
    const double vectors = cost == "star"   ? 2 * (k - 1)
                           : cost == "ring" ? 2 * (k - 1) / k
                                            : 0;
    EXPECT_EQ(number("rho"), 25);
    EXPECT_NEAR(number("speedup"), k / (first * (1 + 25 * vectors / h)),
                1e-12 * number("speedup"));
  }
  EXPECT_EQ(settings.size(), file->records.size());
}

TEST(TheoreticalSpeedupTest, PagesShowTheNumbersOfTheTable) {
  TheoreticalSpeedupGrid grid;
  grid.epsilons = {0.005};
  grid.workers = {2, 32};
  grid.periods = {4};
  const std::vector<Table> pages = TheoreticalSpeedupPages(grid);
  const Table table =
      ToTable(ModelledSpeedupSchema(), TheoreticalSpeedups(grid));
  ASSERT_EQ(pages.size(), 6);
  ASSERT_EQ(table.rows.size(), 12);
  for (size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(pages[i / 2].rows[i % 2][0], table.rows[i][4]);
    EXPECT_EQ(pages[i / 2].rows[i % 2][1], table.rows[i][6]);
  }
  EXPECT_EQ(pages[1].title,
            "Speedup S(K) of equation (9): model printed, cost model ring, "
            "rho = 25, eps = 0.005");
}

TEST(TheoreticalSpeedupTest, AFolderThatCannotBeIsAnError) {
  const std::string path = std::string(getenv("TEST_TMPDIR")) + "/file";
  ASSERT_TRUE(WriteFileAtomically(path, "").ok());
  EXPECT_FALSE(
      WriteTheoreticalSpeedup(TheoreticalSpeedupGrid(), "v", path).ok());
}

}  // namespace
}  // namespace local_sgd
