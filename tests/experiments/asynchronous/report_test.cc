#include "experiments/asynchronous/report.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "experiments/asynchronous/records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/records/table.h"
#include "tests/experiments/asynchronous/made_record.h"

namespace local_sgd {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// Seeds 1 and 3; the synchronous method waits for a worker 4 times slower.
std::vector<AsynchronousRecord> Records() {
  std::vector<AsynchronousRecord> records;
  for (const uint64_t seed : {1, 3}) {
    const double more = static_cast<double>(seed) - 2;
    for (const double slowdown : {4.0, 1.0}) {
      records.push_back(
          Made("synchronous", seed, slowdown, 100, 100 * slowdown + more));
      records.push_back(
          Made("asynchronous", seed, slowdown, 150 + more, 200 + 2 * more));
      records.back().tau = static_cast<int64_t>(seed);
    }
    AsynchronousRecord r = Made("asynchronous", seed, 1, 64, 64);
    r.arm = "delay";
    r.epsilon.reset();
    r.gap = 0.5 + more / 4;
    r.bound = 2;
    records.push_back(r);
  }
  return records;
}

TEST(AsynchronousReport, TablesAreOfMeansOverSeeds) {
  const auto report = AsynchronousStudy().report({Records(), {}});
  ASSERT_EQ(report.tables.size(), 3u);
  EXPECT_TRUE(report.tables[0].table.rows.empty());
  const Table& straggler = report.tables[1].table;
  EXPECT_TRUE(Validate(straggler).ok()) << Validate(straggler);
  EXPECT_EQ(straggler.title, "One worker s times slower, data made");
  // K, H, message, s, eps, seeds, T of both, seconds of both, gain, tau and
  // foreign steps.
  ASSERT_EQ(straggler.rows.size(), 2u);
  EXPECT_THAT(straggler.rows[0],
              ElementsAre(Cell(int64_t{4}), Cell(int64_t{1}), Cell("none"),
                          Cell(4.0), Cell(0.01), Cell(int64_t{2}), Cell(100.0),
                          Cell(150.0), Cell(400.0), Cell(200.0), Cell(2.0),
                          Cell(int64_t{3}), Cell(int64_t{3})));
  const Table& delay = report.tables[2].table;
  ASSERT_EQ(delay.rows.size(), 1u);
  EXPECT_EQ(delay.rows[0][8], Cell(0.5));
  EXPECT_EQ(delay.rows[0][9], Cell(0.25));
  EXPECT_EQ(delay.rows[0][10], Cell(2.0));
}

TEST(AsynchronousReport, NoMeanWhereASeedDidNotReachEpsilon) {
  std::vector<AsynchronousRecord> records = Records();
  records[1].iterations.reset();
  records[1].seconds.reset();
  const auto report = AsynchronousStudy().report({records, {}});
  const auto& row = report.tables[1].table.rows.at(0);
  EXPECT_EQ(row[7], Cell());
  EXPECT_EQ(row[8], Cell(400.0));
  EXPECT_EQ(row[9], Cell());
  EXPECT_EQ(row[10], Cell());
  EXPECT_EQ(report.figures.at(0).figure.panels.at(0).lines.at(1).points.size(),
            1u);
}

TEST(AsynchronousReport, TheFigureIsBySlowdown) {
  const auto report = AsynchronousStudy().report({Records(), {}});
  ASSERT_EQ(report.figures.size(), 1u);
  EXPECT_EQ(report.figures[0].name, "asynchronous");
  const auto& panels = report.figures[0].figure.panels;
  ASSERT_EQ(panels.size(), 1u);
  EXPECT_EQ(panels[0].title, "eps = 0.01, K = 4, H = 1");
  ASSERT_EQ(panels[0].lines.size(), 2u);
  EXPECT_EQ(panels[0].lines[1].label, "asynchronous");
  EXPECT_THAT(panels[0].lines[0].points,
              ElementsAre(Pair(1, 100), Pair(4, 400)));
  EXPECT_THAT(panels[0].lines[1].errors,
              ElementsAre(DoubleNear(2, 1e-12), DoubleNear(2, 1e-12)));
  EXPECT_THAT(report.figures[0].caption.back(), HasSubstr("Seeds: 1, 3."));
}

}  // namespace
}  // namespace local_sgd
