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
  EXPECT_THAT(script, HasSubstr("1 1 1 1\n2 1.5 1 2\n4 0.3 0.125 0.6\n"));
  EXPECT_THAT(script, HasSubstr("set yrange [0.125:8.72]"));
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
  EXPECT_THAT(script, HasSubstr("set yrange [64:558.08]"));
  EXPECT_THAT(script, HasSubstr("set xrange [8.74931e-07:0.0170313]"));
  EXPECT_THAT(script, HasSubstr("set xtics ('2^-18' "));
  figure.panels[0].circled = {{0x1p-20, 100}};
  script = GnuplotScript(figure);
  EXPECT_THAT(script, HasSubstr("$circled_0 << EOD\n9.5367431640625e-07 "
                                "100\nEOD\n"));
  EXPECT_THAT(script, HasSubstr("title 'the best'"));
  EXPECT_TRUE(Draw(figure).ok()) << Draw(figure).status();
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
