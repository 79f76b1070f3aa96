#include "experiments/measured_speedup/figures.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "experiments/measured_speedup/records.h"
#include "experiments/measured_speedup/tuning_figure.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/experiments/measured_speedup/figure_records.h"

namespace local_sgd {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using ::testing::Pair;
using ::testing::SizeIs;

std::string AllCaptions(const FigureSet& set) {
  std::string text;
  for (const NamedFigure& named : set) {
    absl::StrAppend(&text, absl::StrJoin(named.caption, "\n"), "\n");
  }
  return text;
}

TEST(FiguresTest, Figure3HasAFigureForEveryCostModelAndAPanelForEveryBatch) {
  const FigureSet set = Figure3(Records("data/mine.gz", "constant:0.1"));
  ASSERT_THAT(set, SizeIs(3));
  EXPECT_EQ(set[0].name, "figure3_constant-0.1_star");
  EXPECT_EQ(set[1].name, "figure3_constant-0.1_ring");
  EXPECT_EQ(set[2].name, "figure3_constant-0.1_free");
  const Figure& free = set[2].figure;
  EXPECT_EQ(free.title,
            "Measured speedup, data mine.gz, step sizes constant:0.1, free");
  EXPECT_EQ(set[0].figure.title,
            "Measured speedup, data mine.gz, step sizes constant:0.1, star, "
            "rho = 25");
  EXPECT_EQ(free.notice, "");
  EXPECT_EQ(free.columns, 2);
  ASSERT_THAT(free.panels, SizeIs(2));
  EXPECT_EQ(free.panels[1].title, "eps = 0.005, b = 16");
  ASSERT_THAT(free.panels[1].lines, SizeIs(2));
  // In the order of K; what was not reached is left out.
  EXPECT_THAT(free.panels[1].lines[0].points,
              ElementsAre(Pair(1, 1), Pair(2, 1.25), Pair(32, 8.75)));
  EXPECT_THAT(free.panels[1].lines[1].points,
              ElementsAre(Pair(1, 1), Pair(2, 1.25)));
  EXPECT_THAT(set[1].figure.panels[0].lines[0].points[0], Pair(1, 0.5));
}

TEST(FiguresTest, Figure3HasBandsWhereThereAreErrors) {
  std::vector<SpeedupRecord> records = Records("w8a", "theory");
  FigureSet set = Figure3(records);
  EXPECT_TRUE(set[2].figure.panels[0].lines[0].errors.empty());
  EXPECT_THAT(AllCaptions(set), Not(HasSubstr("Shaded")));
  records[0].speedup_free_stderr = 0.25;  // K = 2, H = 1, b = 4
  records[2].speedup_free_stderr = 0;     // K = 1
  set = Figure3(records);
  const auto& lines = set[2].figure.panels[0].lines;
  EXPECT_THAT(lines[0].errors, ElementsAre(0, 0.25, 0));
  EXPECT_TRUE(lines[1].errors.empty());
  // Under star 0.25 of 1.25.
  EXPECT_THAT(set[0].figure.panels[0].lines[0].errors, ElementsAre(0, 0.05, 0));
  EXPECT_THAT(AllCaptions(set), HasSubstr("Shaded"));
}

TEST(FiguresTest, TheTuningFigureShowsHowFarStepSizesCame) {
  std::vector<SpeedupRecord> records = Records("w8a_surrogate", "tuned");
  for (SpeedupRecord& r : records) {
    r.chosen_family = "constant";
    r.chosen_exponent = r.period == 1 ? 0 : -1;
  }
  const FigureSet set = TuningFigure(Ledger(), records);
  ASSERT_THAT(set, SizeIs(1));
  EXPECT_EQ(set[0].name, "tuning");
  const Figure& figure = set[0].figure;
  EXPECT_THAT(figure.notice, HasSubstr("SURROGATE DATA, not w8a"));
  EXPECT_FALSE(figure.linear);
  EXPECT_EQ(figure.columns, 2);
  // The smallest and the largest K; for one worker the smallest H alone.
  ASSERT_THAT(figure.panels, SizeIs(2));
  EXPECT_EQ(figure.panels[0].title, "eps = 0.005, b = 4, K = 1");
  ASSERT_THAT(figure.panels[0].lines, SizeIs(2));
  EXPECT_EQ(figure.panels[1].title, "eps = 0.005, b = 4, K = 32");
  const auto& lines = figure.panels[1].lines;
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_EQ(lines[0].label, "constant, H = 1");
  // Ascending; what reached eps between eps/4 and eps. The axis cuts above 1.
  EXPECT_THAT(lines[0].points,
              ElementsAre(Pair(0.25, 0.00125), Pair(0.5, 0.0041),
                          Pair(1, 0.005), Pair(2, 0.5), Pair(4, 2)));
  EXPECT_EQ(lines[1].label, "decaying, H = 1");
  // Without those that are the same as others.
  EXPECT_THAT(lines[1].points,
              ElementsAre(Pair(0.25, 0.0201), Pair(0.5, 0.01)));
  EXPECT_EQ(lines[3].label, "decaying, H = 8");
  EXPECT_THAT(lines[3].points,
              ElementsAre(Pair(0.25, 0.0208), Pair(0.5, 0.01)));
  EXPECT_THAT(figure.panels[1].circled,
              ElementsAre(Pair(1, 0.005), Pair(0.5, DoubleEq(0.0048))));
  EXPECT_EQ(figure.panels[1].target, 0.005);
  EXPECT_THAT(figure.panels[1].y_limits, Optional(Pair(0.00125, 1)));
  const std::string caption = AllCaptions(set);
  EXPECT_THAT(caption, HasSubstr("SURROGATE DATA, not w8a"));
  EXPECT_THAT(caption, HasSubstr("selection seed 7"));
  // K = 1 with H = 1, K = 32 with H = 1 and H = 8.
  EXPECT_THAT(caption, HasSubstr("18 have a point, 3 stand above 1"));
  EXPECT_THAT(caption, HasSubstr("left out: diverged 6, not_tried 3, same 6."));
  EXPECT_THAT(caption, HasSubstr("diverged 18, dropped 27, limit 9, not_tried "
                                 "9, reached 27, same 18."));
}

TEST(FiguresTest, ARowOfTheTuningFigureHasOneAccuracy) {
  std::vector<TuningRecord> ledger = Ledger();
  const std::vector<TuningRecord> one = ledger;
  for (int64_t batch : {16, 64}) {
    for (TuningRecord r : one) {
      r.batch = batch;
      ledger.push_back(r);
    }
  }
  const Figure figure = TuningFigure(ledger, Records("w8a", "tuned"))[0].figure;
  EXPECT_TRUE(figure.axes_by_row);
  ASSERT_THAT(figure.panels, SizeIs(6));
  EXPECT_EQ(figure.columns, 2);  // four would be in two accuracies
}

TEST(FiguresTest, NoTuningFigureWithoutTunedRecords) {
  EXPECT_TRUE(TuningFigure(Ledger(), Records("w8a", "theory")).empty());
  EXPECT_TRUE(TuningFigure({}, Records("w8a", "tuned")).empty());
}

TEST(FiguresTest, Figure3CaptionComputesTheLimit) {
  const auto caption = [](const std::string& dataset,
                          const std::string& step_size) {
    return AllCaptions(Figure3(Records(dataset, step_size)));
  };
  EXPECT_THAT(caption("w8a", "theory"),
              HasSubstr("8.75 (eps = 0.005, b = 4, K = 32, H = 1)"));
  EXPECT_THAT(caption("w8a", "theory"), HasSubstr("the bias term"));
  EXPECT_THAT(caption("w8a", "tuned"), Not(HasSubstr("the bias term")));
}

TEST(FiguresTest, SurrogateDataIsNoticedInEveryFigureAndCaption) {
  const FigureSet set = Figure3(Records("w8a_surrogate", "theory"));
  for (const NamedFigure& named : set) {
    EXPECT_THAT(named.figure.notice, HasSubstr("SURROGATE DATA, not w8a"));
  }
  EXPECT_THAT(AllCaptions(set), HasSubstr("SURROGATE DATA, not w8a"));
}

}  // namespace
}  // namespace local_sgd
