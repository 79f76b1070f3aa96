#include "analysis/figures/gnuplot.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/status/status.h"
#include "analysis/figures/gnuplot_script.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/analysis/figures/pdf_facts.h"

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

TEST(GnuplotTest, AreasStandOnEachOtherAndAsSharesOfTheirSum) {
  Figure figure = Example();
  figure.linear = false;
  figure.axes_by_row = true;
  figure.y_base = 10;
  figure.columns = 1;
  const std::vector<Line> parts = {{"bias", {{1, 30}, {4, 0.001}}},
                                   {"drift", {{1, 10}, {4, 1}}}};
  figure.panels = {{"all", {{"measured", {{1, 1}, {4, 0.5}}}}}, {"shares", {}}};
  figure.panels[0].stacked = parts;
  figure.panels[1].stacked = parts;
  figure.panels[1].shares = true;
  const std::string script = GnuplotScript(figure);
  // The sum and the line show; where an area is below the axis it is cut.
  EXPECT_THAT(script, HasSubstr("set yrange [0.0917431:109]"));
  EXPECT_THAT(script, HasSubstr("$area_0_0 << EOD\n1 0.0917431192660550"));
  EXPECT_THAT(script, HasSubstr("$area_0_1 << EOD\n1 30 40\n4 0.0917431192"));
  EXPECT_THAT(script, HasSubstr("$area_1_0 << EOD\n1 0 0.75\n"));
  EXPECT_THAT(script, HasSubstr("$area_1_1 << EOD\n1 0.75 1\n"));
  EXPECT_THAT(script, HasSubstr("unset logscale y\nset yrange [0:1]\n"));
  EXPECT_THAT(script, HasSubstr("'25 %%' 0.25"));
  EXPECT_THAT(script, HasSubstr("fillcolor rgb '#56B4E9' fillstyle solid 1.0 "
                                "noborder title 'drift'"));
  EXPECT_THAT(script, HasSubstr("set linetype 1 linecolor rgb '#000000'"));
  EXPECT_THAT(script, HasSubstr("$line_0_0 using 1:2 with lines linecolor rgb "
                                "'#FFFFFF'"));
  EXPECT_THAT(script, Not(HasSubstr("'no speedup was measured'")));
  EXPECT_TRUE(Draw(figure).ok()) << Draw(figure).status();
}

TEST(GnuplotTest, PrintedFiguresHaveTheWidthsOfAPaper) {
  Figure figure = Example();
  figure.columns = 3;
  figure.panels[1].title =
      "a title that is too long, for a small panel, in a column";
  const auto drawing = Draw(figure);
  ASSERT_TRUE(drawing.ok()) << drawing.status();
  const PdfFacts two_columns = ReadPdf(drawing->pdf);
  const PdfFacts one_column = ReadPdf(drawing->column_pdf);
  EXPECT_EQ(two_columns.width, 504);  // 7 inches
  EXPECT_EQ(one_column.width, 244);   // 3.4, in whole points
  for (const PdfFacts& facts : {two_columns, one_column}) {
    EXPECT_GT(facts.fonts, 0);
    EXPECT_EQ(facts.embedded_fonts, facts.fonts);
  }
  EXPECT_THAT(drawing->svg,
              HasSubstr("font-family=\"DejaVu Sans, Verdana, sans-serif\""));
  // In one column two panels stand side by side, and titles have lines.
  const std::string column = GnuplotScript(figure, Page::kOneColumn);
  EXPECT_THAT(column, HasSubstr("set label 5 'in a column' noenhanced"));
  EXPECT_THAT(column, HasSubstr("set label 6 'for a small panel,' noenhanced"));
  const auto count = [](const std::string& script, const std::string& text) {
    int found = 0;
    for (size_t at = script.find(text); at != std::string::npos;
         at = script.find(text, at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(count(GnuplotScript(figure), "set xlabel 'workers K'"), 3);
  EXPECT_EQ(count(column, "set xlabel 'workers K'"), 2);
}

TEST(GnuplotTest, PrintedFiguresFitOnAPage) {
  Figure figure = Example();
  figure.panels.insert(figure.panels.end(), 5, figure.panels[0]);
  const auto drawing = Draw(figure);
  ASSERT_TRUE(drawing.ok()) << drawing.status();
  // Four rows of two panels would be 10 inches high.
  const PdfFacts facts = ReadPdf(drawing->pdf);
  EXPECT_EQ(facts.width, 504);
  EXPECT_EQ(facts.height, 612);
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

// One that is too long for the page would be cut at both ends.
TEST(GnuplotTest, ALongNoticeIsBroken) {
  Figure figure = Example();
  figure.notice =
      "A model, not a measurement: no cluster of this size was run.";
  figure.columns = 3;
  EXPECT_THAT(GnuplotScript(figure), HasSubstr("'" + figure.notice + "'"));
  const std::string script = GnuplotScript(figure, Page::kOneColumn);
  EXPECT_THAT(script,
              HasSubstr("'A model, not a measurement: no cluster' noenhanced"));
  EXPECT_THAT(script, HasSubstr("'of this size was run.' noenhanced"));
}

TEST(GnuplotTest, LongTickLabelsHaveRoom) {
  Figure figure = Example();
  figure.columns = 3;
  figure.panels[0].lines[0].points = {{1, 1}, {1024, 3}};
  EXPECT_THAT(GnuplotScript(figure),
              HasSubstr("set xtics offset 0,0.3 ('1' 1, '4' 4, '16' 16, '64' "
                        "64, '256' 256, '1024' 1024)"));
  figure.panels[0].lines[0].points = {{1, 1}, {16384, 3}};
  EXPECT_THAT(GnuplotScript(figure),
              HasSubstr("set xtics offset 0,0.3 ('1' 1, '8' 8, '64' 64, '512' "
                        "512, '4096' 4096)"));
}

TEST(GnuplotTest, DrawsSvgAndPdfWithFontsAndWithoutDate) {
  Figure figure = Example();
  figure.notice = "NOT THE DATA";
  const auto drawing = Draw(figure);
  ASSERT_TRUE(drawing.ok()) << drawing.status();
  EXPECT_THAT(drawing->svg, AllOf(HasSubstr("<svg"), HasSubstr("</svg>"),
                                  HasSubstr("NOT THE DATA"),
                                  HasSubstr("my_data"), HasSubstr("H = 2")));
  for (const std::string& pdf : {drawing->pdf, drawing->column_pdf}) {
    EXPECT_THAT(pdf, StartsWith("%PDF"));
    const PdfFacts facts = ReadPdf(pdf);
    EXPECT_GT(facts.embedded_fonts, 0);
    EXPECT_THAT(facts.created, StartsWith("D:19700101000000"));
  }
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

TEST(GnuplotTest, AFolderThatIsMissingIsNamed) {
  const char* before = getenv("TMPDIR");
  const std::string kept = before == nullptr ? "" : before;
  setenv("TMPDIR", "/no/such/folder", 1);
  EXPECT_THAT(std::string(Draw(Example()).status().message()),
              StartsWith("TMPDIR=/no/such/folder: no folder"));
  setenv("TMPDIR", kept.c_str(), 1);
}

// In a process of its own: the limit stays. This program hears of it by an
// error, gnuplot by the signal.
[[noreturn]] void DrawWithSmallFiles() {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {20 << 10, 20 << 10};
  setrlimit(RLIMIT_FSIZE, &limit);
  const absl::Status status = Draw(Example()).status();
  std::fprintf(stderr, "%s", std::string(status.message()).c_str());
  std::_Exit(status.ok() ? 0 : 1);
}

TEST(GnuplotTest, AFileThatGrowsTooLargeIsNoFigure) {
  EXPECT_EXIT(DrawWithSmallFiles(), ::testing::ExitedWithCode(1),
              "^gnuplot was ended by a signal: File size");
}

TEST(GnuplotTest, AValueThatNoAxisShowsIsAnError) {
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL, 0.0, -1.0}) {
    Figure figure = Example();
    figure.panels[1].lines[0].points[1].second = bad;
    const absl::Status status = Draw(figure).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("panel 'right': H = 2 has the value "));
    figure = Example();
    figure.panels[1].target = bad;
    EXPECT_EQ(Draw(figure).status().code(), absl::StatusCode::kInvalidArgument);
    figure = Example();
    figure.panels[0].circled = {{1.0, bad}};
    EXPECT_EQ(Draw(figure).status().code(), absl::StatusCode::kInvalidArgument);
  }
  Figure figure = Example();
  figure.panels[0].lines[0].errors = {0, std::nan(""), 0};
  EXPECT_EQ(Draw(figure).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(GnuplotTest, AreasThatHaveNoSumAreAnError) {
  const auto message = [](const Line& below, const Line& above) {
    Figure figure = Example();
    figure.panels[0].stacked = {below, above};
    return std::string(Draw(figure).status().message());
  };
  const Line below = {"a", {{1, 0.5}, {2, 0}}};
  EXPECT_EQ(message(below, {"b", {{1, 0}, {2, 3}}}), "");
  EXPECT_THAT(message(below, {"b", {{1, 1}, {2, 0}}}),
              HasSubstr("panel 'left': the sum of the areas has the value 0"));
  EXPECT_THAT(message(below, {"b", {{1, 1}, {2, -1}}}),
              HasSubstr("b has the value -1"));
  EXPECT_THAT(message(below, {"b", {{1, 1}, {2, std::nan("")}}}),
              HasSubstr("b has the value nan"));
}

}  // namespace
}  // namespace local_sgd
