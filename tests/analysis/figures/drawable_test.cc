#include "analysis/figures/drawable.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "analysis/figures/gnuplot.h"
#include "analysis/report_files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/files/output_file.h"

namespace local_sgd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Figure Example() {
  Figure figure;
  figure.title = "gaps";
  figure.linear = false;
  figure.y_base = 10;
  figure.nothing_to_show = "no runs";
  figure.columns = 2;
  figure.panels = {
      {"left", {{"H = 1", {{1, 1}, {2, 0.5}, {4, 0.25}}, {0.1, 0.1, 0.1}}}},
      {"right", {{"H = 2", {{1, 1}, {4, 3}}}}}};
  return figure;
}

TEST(LeaveOutUndrawable, KeepsAFigureThatCanBeDrawn) {
  const DrawableFigure drawable = LeaveOutUndrawable(Example());
  EXPECT_EQ(drawable.points_left_out, 0);
  EXPECT_EQ(LeftOutText(0), "");
  EXPECT_EQ(Draw(drawable.figure)->svg, Draw(Example())->svg);
}

TEST(LeaveOutUndrawable, CountsEveryPointThatIsNoPositiveNumber) {
  for (const double value :
       {0.0, -1e-17, -0.0, kInfinity, -kInfinity, kNan, 5e-324, 1e308}) {
    Figure figure = Example();
    figure.panels[0].lines[0].points[1].second = value;
    figure.panels[0].circled = {figure.panels[0].lines[0].points[1], {1, 1}};
    figure.panels[1].lines[0].points[0].first = value;
    figure.panels[1].target = value;
    EXPECT_FALSE(Draw(figure).ok()) << value;
    const DrawableFigure drawable = LeaveOutUndrawable(figure);
    EXPECT_EQ(drawable.points_left_out, 2) << value;
    const Line& line = drawable.figure.panels[0].lines[0];
    EXPECT_THAT(line.points, ElementsAre(Pair(1, 1), Pair(4, 0.25))) << value;
    EXPECT_THAT(line.errors, ElementsAre(0.1, 0.1)) << value;
    EXPECT_THAT(drawable.figure.panels[0].circled, ElementsAre(Pair(1, 1)));
    EXPECT_FALSE(drawable.figure.panels[1].target.has_value());
    const auto drawing = Draw(drawable.figure);
    EXPECT_TRUE(drawing.ok()) << drawing.status();
  }
}

TEST(LeaveOutUndrawable, DropsAPointWithABandWithoutEnd) {
  Figure figure = Example();
  figure.panels[0].lines[0].errors[2] = kInfinity;
  const DrawableFigure drawable = LeaveOutUndrawable(figure);
  EXPECT_EQ(drawable.points_left_out, 1);
  EXPECT_TRUE(Draw(drawable.figure).ok());
}

TEST(LeaveOutUndrawable, DropsAHeightOfAreasThroughAllParts) {
  for (const bool shares : {false, true}) {
    Figure figure = Example();
    figure.panels.resize(1);
    Panel& panel = figure.panels[0];
    panel.shares = shares;
    panel.lines.clear();
    panel.stacked = {{"a", {{1, 0}, {2, 0}, {4, 1}, {8, kInfinity}}},
                     {"b", {{1, 2}, {2, 0}, {4, -1}, {8, 1}}}};
    const DrawableFigure drawable = LeaveOutUndrawable(figure);
    EXPECT_EQ(drawable.points_left_out, 3);
    for (const Line& part : drawable.figure.panels[0].stacked) {
      EXPECT_THAT(part.points, ElementsAre(Pair(1, part.label == "a" ? 0 : 2)));
    }
    EXPECT_TRUE(Draw(drawable.figure).ok());
  }
}

TEST(LeaveOutUndrawable, DrawsTheOutermostNumbers) {
  Figure figure = Example();
  figure.panels[0].lines = {
      {"", {{1, kLeastDrawable}, {2, kMostDrawable}}, {0.0, 0.0}}};
  const auto drawing = Draw(LeaveOutUndrawable(figure).figure);
  ASSERT_TRUE(drawing.ok()) << drawing.status();
}

TEST(WriteFigureFiles, SayInTheCaptionHowManyPointsAreLeftOut) {
  const std::string folder = ::testing::TempDir() + "/left_out";
  Figure figure = Example();
  figure.panels[0].lines[0].points[0].second = 0.0;
  figure.panels[1].lines[0].points = {{1, 0.0}, {2, -1.0}};
  const auto files = WriteFigureFiles(
      {{"some", figure, {"The caption."}}, {"all", Example(), {"The other."}}},
      folder, folder);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(*ReadFile(folder + "/some_caption.txt"),
              HasSubstr("The caption.\n\n3 points are left out: a logarithmic "
                        "axis has no place for"));
  // The panel without a point says so, and the other is drawn.
  EXPECT_THAT(*ReadFile(folder + "/some.svg"),
              HasSubstr("no point that can be drawn"));
  EXPECT_EQ(*ReadFile(folder + "/all_caption.txt"), "The other.\n");
  EXPECT_THAT(*ReadFile(folder + "/all.svg"),
              Not(HasSubstr("no point that can be drawn")));
}

TEST(WriteFigureFiles, DrawAFigureOfWhichNothingCanBeDrawn) {
  const std::string folder = ::testing::TempDir() + "/nothing";
  Figure figure = Example();
  figure.linear = true;
  for (Panel& panel : figure.panels) {
    for (auto& [x, y] : panel.lines[0].points) y = 0.0;
  }
  const auto files = WriteFigureFiles({{"none", figure, {}}}, folder, folder);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(*ReadFile(folder + "/none_caption.txt"),
              HasSubstr("5 points are left out"));
  EXPECT_THAT(*ReadFile(folder + "/none.svg"),
              HasSubstr("no point that can be drawn"));
}

}  // namespace
}  // namespace local_sgd
