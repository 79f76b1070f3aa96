#include "analysis/gnuplot.h"

#include <stdlib.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace local_sgd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Figure Example() {
  Figure figure;
  figure.title = "Speedup of 'my_data' at K^2";
  figure.x_label = "workers K";
  figure.y_label = "speedup";
  figure.nothing_to_show = "no speedup was measured";
  figure.columns = 2;
  figure.panels = {
      {"left", {{"H = 1", {{1, 1}, {2, 1.5}, {4, 0.3}}}, {"H = 2", {{1, 1}}}}},
      {"right", {{"H = 2", {{1, 1}, {4, 3}}}}},
      {"below", {{"H = 1", {}}}}};
  return figure;
}

TEST(GnuplotTest, TheScriptHoldsEveryPointAndQuotesText) {
  const std::string script = GnuplotScript(Example());
  EXPECT_THAT(script, HasSubstr("'Speedup of ''my_data'' at K^2'"));
  EXPECT_THAT(script, HasSubstr("$line_0_0 << EOD\n1 1\n2 1.5\n4 0.3\nEOD\n"));
  EXPECT_THAT(script, HasSubstr("$line_1_0 << EOD\n1 1\n4 3\nEOD\n"));
  // 0.3 lies above 1/4, and y = x reaches 4.
  EXPECT_THAT(script, HasSubstr("set ytics ('1/4' 0.25, '1/2' 0.5, '1' 1, '2' "
                                "2, '4' 4)"));
  EXPECT_THAT(script, HasSubstr("'no speedup was measured'"));
}

TEST(GnuplotTest, ALabelLooksTheSameInEveryPanel) {
  const std::string script = GnuplotScript(Example());
  EXPECT_THAT(script,
              HasSubstr("$line_0_1 using 1:2 with linespoints linetype 2 "));
  EXPECT_THAT(script,
              HasSubstr("$line_1_0 using 1:2 with linespoints linetype 2 "));
  EXPECT_THAT(script,
              HasSubstr("keyentry with linespoints linetype 2 title 'H = 2'"));
}

TEST(GnuplotTest, ErrorsAreBandsWithinTheAxes) {
  Figure figure = Example();
  EXPECT_THAT(GnuplotScript(figure), Not(HasSubstr("filledcurves")));
  figure.panels[0].lines[0].errors = {0, 0.5, 0.3};
  figure.panels[1].lines[0].errors = {0, 2};
  const std::string script = GnuplotScript(figure);
  // A logarithmic axis ends above zero, here at 1/8 below half of 0.3; and 3
  // plus 2 is below 8.
  EXPECT_THAT(script, HasSubstr("1 1 1 1\n2 1.5 1 2\n4 0.3 0.11467889908"));
  EXPECT_THAT(script, HasSubstr("set yrange [0.114679:8.72]"));
  EXPECT_THAT(script,
              HasSubstr("$line_0_0 using 1:3:4 with filledcurves fillcolor rgb "
                        "'#0072B2'"));
  EXPECT_THAT(script, HasSubstr("$line_1_0 using 1:3:4 with filledcurves "
                                "fillcolor rgb '#D55E00'"));
  const auto drawing = Draw(figure);
  ASSERT_TRUE(drawing.ok()) << drawing.status();
  EXPECT_NE(drawing->svg, Draw(Example())->svg);
}

TEST(GnuplotTest, CirclesAndAxesOfPowers) {
  Figure figure = Example();
  figure.linear = false;
  figure.circle_label = "the best";
  figure.panels = {{"", {{"a", {{0x1p-20, 100}, {0x1p-6, 300}}}}}, {"", {}}};
  std::string script = GnuplotScript(figure);
  EXPECT_THAT(script, Not(HasSubstr("linear")));
  EXPECT_THAT(script, Not(HasSubstr("the best")));
  // y = x is not shown, so the axis does not reach it.
  EXPECT_THAT(script, HasSubstr("set yrange [58.7156:558.08]"));
  EXPECT_THAT(script, HasSubstr("set xrange [8.74931e-07:0.0170313]"));
  EXPECT_THAT(script, HasSubstr("set xtics offset 0,0.3 ('2^{\u221218}' "));
  figure.panels[0].circled = {{0x1p-20, 100}};
  script = GnuplotScript(figure);
  EXPECT_THAT(script, HasSubstr("$circled_0 << EOD\n9.5367431640625e-07 "
                                "100\nEOD\n"));
  EXPECT_THAT(script, HasSubstr("title 'the best'"));
  EXPECT_TRUE(Draw(figure).ok()) << Draw(figure).status();
}

TEST(GnuplotTest, EachRowHasAxesOfItsOwnWithinItsLimits) {
  Figure figure = Example();
  figure.linear = false;
  figure.axes_by_row = true;
  figure.y_base = 10;
  figure.target_label = "the target";
  figure.panels = {{"", {{"a", {{0.25, 0.03}, {1, 0.004}, {64, 50}}}}},
                   {"", {{"a", {{4, 0.2}}}}},
                   {"", {{"a", {{2, 0.0005}, {8, 0.006}}}}}};
  for (Panel& panel : figure.panels) panel.y_limits = {0.00125, 1};
  figure.panels[2].y_limits = {0.00002, 1};
  figure.panels[2].target = 0.0002;
  const std::string script = GnuplotScript(figure);
  // 50 is outside, so the axes do not reach to 64 and 50, but the line does.
  EXPECT_THAT(script, HasSubstr("set xrange [0.229358:4.36]\n"
                                "set yrange [0.00125:1]\n"));
  EXPECT_THAT(script, HasSubstr("\n64 50\n"));
  EXPECT_THAT(script,
              HasSubstr("set ytics ('10^{\u22123}' 0.001, '10^{\u22122}' 0.01, "
                        "'10^{\u22121}' 0.1, '1' 1)"));
  // The second row: the target is below every point, all of it below 1/100.
  EXPECT_THAT(script, HasSubstr("set xrange [1.83486:8.72]\n"
                                "set yrange [9.17431e-05:0.0109]\n"));
  EXPECT_THAT(script, HasSubstr("0.0002 with lines"));
  EXPECT_THAT(script, HasSubstr("title 'the target'"));
  EXPECT_THAT(script, Not(HasSubstr("'no speedup was measured'")));
  figure.panels[1].lines[0].points = {{4, 20}};
  EXPECT_THAT(GnuplotScript(figure), HasSubstr("'no speedup was measured'"));
  figure.axes_by_row = false;
  EXPECT_THAT(GnuplotScript(figure),
              AllOf(HasSubstr("set yrange [9.17431e-05:0.109]"),
                    Not(HasSubstr("set xrange [1.83486:"))));
}

TEST(GnuplotTest, OnlyTickLabelsHaveSuperscripts) {
  Figure figure = Example();
  figure.notice = "N^1_2";
  figure.x_label = "X^1_2";
  figure.y_label = "Y^1_2";
  figure.circle_label = "C^1_2";
  figure.panels[0].title = "P^1_2";
  figure.panels[0].lines = {{"L^1_2", {{0x1p-20, 1}, {1, 2}}}};
  figure.panels[0].circled = {{1, 2}};
  figure.nothing_to_show = "E^1_2";
  const auto drawing = Draw(figure);
  ASSERT_TRUE(drawing.ok()) << drawing.status();
  for (const char* text : {"N^1_2", "X^1_2", "Y^1_2", "C^1_2", "P^1_2", "L^1_2",
                           "E^1_2", "at K^2"}) {
    EXPECT_THAT(drawing->svg, HasSubstr(text));
  }
  EXPECT_THAT(drawing->svg, Not(HasSubstr("2^{")));
}

TEST(GnuplotTest, ANoticeIsDrawn) {
  Figure figure = Example();
  EXPECT_THAT(GnuplotScript(figure), Not(HasSubstr("font ',16'")));
  figure.notice = "NOT THE DATA";
  EXPECT_THAT(GnuplotScript(figure), HasSubstr("'NOT THE DATA'"));
}

TEST(GnuplotTest, DrawsSvgAndPdfWithFontsAndWithoutDate) {
  Figure figure = Example();
  figure.notice = "NOT THE DATA";
  const auto drawing = Draw(figure);
  ASSERT_TRUE(drawing.ok()) << drawing.status();
  EXPECT_THAT(drawing->svg, AllOf(HasSubstr("<svg"), HasSubstr("</svg>"),
                                  HasSubstr("NOT THE DATA"),
                                  HasSubstr("my_data"), HasSubstr("H = 2")));
  EXPECT_THAT(drawing->pdf,
              AllOf(StartsWith("%PDF"), HasSubstr("/FontFile"),
                    HasSubstr("/CreationDate (D:19700101000000")));
  const auto again = Draw(figure);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->svg, drawing->svg);
  EXPECT_TRUE(again->pdf == drawing->pdf);
}

TEST(GnuplotTest, DrawsAFigureWithoutAnyPoint) {
  Figure figure = Example();
  figure.panels = {{"empty", {{"H = 1", {}}}}};
  EXPECT_TRUE(Draw(figure).ok()) << Draw(figure).status();
}

TEST(GnuplotTest, WithoutGnuplotTheErrorNamesThePackage) {
  const std::string path = getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  const absl::Status status = Draw(Example()).status();
  setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("gnuplot-nox"));
}

}  // namespace
}  // namespace local_sgd
