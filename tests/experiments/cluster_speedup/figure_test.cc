#include "experiments/cluster_speedup/figure.h"

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/cluster_speedup/records.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/experiments/cluster_speedup/cluster_record.h"

namespace local_sgd {
namespace {

using ::testing::AllOf;
using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// K = 1 and 2 with H = 1 and 4; one rank is slower with H = 4, by chance. An
// exchange between two ranks costs four gradients of one second, b = 4; twice
// as many workers need half the iterations.
std::vector<ClusterRecord> Records() {
  std::vector<ClusterRecord> records;
  for (const int64_t ranks : {1, 2}) {
    for (const int64_t period : {1, 4}) {
      ClusterRecord r = UntimedRecord(ranks, period);
      r.iterations = 1000 / ranks;
      r.gradient_seconds = 1;
      if (ranks > 1) r.exchange_seconds = 4;
      r.iteration_seconds = ranks == 1 ? 4.0 * period : 4 + 8.0 / period;
      r.iteration_seconds_low = r.iteration_seconds / 1.25;
      r.iteration_seconds_high = 2 * r.iteration_seconds;
      records.push_back(r);
    }
  }
  return records;
}

TEST(ClusterSpeedupFigureTest, MeasuredStandsBesideBothPredictions) {
  const Figure figure = ClusterSpeedupFigure(Records());
  EXPECT_THAT(figure.notice, HasSubstr("SURROGATE"));
  ASSERT_EQ(figure.panels.size(), 2);
  EXPECT_EQ(figure.columns, 2);
  EXPECT_TRUE(figure.axes_by_row);
  EXPECT_EQ(figure.panels[1].title, "ideal, H = 4");
  const std::vector<Line>& lines = figure.panels[1].lines;
  ASSERT_EQ(lines.size(), 3);
  EXPECT_EQ(lines[0].label, "measured");
  // One rank with H = 1 is in every panel. 4000 seconds over 500 times 6.
  EXPECT_THAT(lines[0].points,
              ElementsAre(Pair(1, 1), Pair(2, DoubleEq(4.0 / 3))));
  EXPECT_THAT(lines[0].errors,
              ElementsAre(DoubleEq((1.25 - 0.5) / 2),
                          DoubleEq(4.0 / 3 * (1.25 - 0.5) / 2)));
  // Two gradients a vector under star, four under ring, both two vectors'
  // or one vector's time a round: 2 over 1 + 4/(4 * 4).
  EXPECT_THAT(lines[1].points, ElementsAre(Pair(1, 1), Pair(2, DoubleEq(1.6))));
  EXPECT_THAT(lines[2].points, ElementsAre(Pair(1, 1), Pair(2, DoubleEq(1.6))));
}

TEST(ClusterSpeedupFigureTest, WithoutTheTargetThereIsNoPoint) {
  std::vector<ClusterRecord> records = Records();
  for (ClusterRecord& r : records) r.iterations.reset();
  const Figure figure = ClusterSpeedupFigure(records);
  ASSERT_EQ(figure.panels.size(), 2);
  EXPECT_TRUE(figure.panels[0].lines[0].points.empty());
}

TEST(ClusterSpeedupFigureTest, TheCaptionSaysWhatWasTimed) {
  const std::vector<std::string> caption = ClusterSpeedupCaption(Records());
  EXPECT_THAT(caption.front(), HasSubstr("SURROGATE"));
  EXPECT_THAT(caption[2],
              "Network ideal, rho = 2 under star, rho = 4 under "
              "ring.");
  EXPECT_THAT(caption[3], HasSubstr("More ranks than cores"));
  EXPECT_THAT(caption.back(), AllOf(HasSubstr("A chip, 1 cores"),
                                    HasSubstr("sha256 0123456789abcdef0123"),
                                    HasSubstr("eps = 0.005, b = 4, seed 0")));
}

}  // namespace
}  // namespace local_sgd
