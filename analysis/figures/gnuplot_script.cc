#include "analysis/figures/gnuplot_script.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_axes.h"
#include "analysis/figures/figure_layout.h"
#include "lib/math/integer_power.h"
#include "lib/records/table.h"

namespace local_sgd {
namespace {

// Okabe and Ito's colours, told apart by colour-blind readers; a marker and a
// dash of its own for each make them readable in grey too.
struct Style {
  const char* colour;
  int marker;
  const char* dash;
};
constexpr Style kStyles[] = {
    {"#0072B2", 7, "solid"},  {"#D55E00", 5, "(12,4)"},
    {"#009E73", 9, "(6,3)"},  {"#CC79A7", 11, "(12,3,3,3)"},
    {"#000000", 13, "(3,3)"}, {"#E69F00", 4, "(12,3,3,3,3,3)"},
    {"#56B4E9", 6, "(18,5)"}, {"#999999", 8, "(6,6)"},
};

// Areas, from the bottom: as far apart in grey as in colour.
constexpr const char* kAreas[] = {"#0072B2", "#56B4E9", "#F0E442", "#CC79A7"};

constexpr char kOverAreas[] = "#000000";  // every line that lies on them

constexpr char kCircle[] =
    "points pointtype 6 pointsize 1.6 linewidth 1.4 linecolor rgb '#000000'";
constexpr char kLinear[] =
    "lines linecolor rgb '#888888' linewidth 1 dashtype (4,4)";
constexpr char kTarget[] =
    "lines linecolor rgb '#444444' linewidth 1 dashtype solid";

// The terminals raise what follows a ^, which only tick labels mean.
std::string Plain(const std::string& text) {
  return Quoted(text) + " noenhanced";
}

// "8", "1/8".
std::string PowerOfTwo(int power) {
  const std::string value = ShortestText(std::ldexp(1.0, std::abs(power)));
  return power < 0 ? absl::StrCat("1/", value) : value;
}

// How many labels an axis has at the most.
struct TickRoom {
  int labels = 8;
  int powers = 8;        // of those like 2^20
  double letters = 1e9;  // beside each other
};

// The powers between two labels, so that there is room for all.
int TickStep(Span span, bool as_powers, const TickRoom& room) {
  const int powers = span.high - span.low;
  const int most = as_powers ? room.powers : room.labels;
  const int step = (powers + most - 1) / most;
  if (as_powers) return step;
  size_t longest = 0;
  for (const int power : {span.low, span.high}) {
    longest = std::max(longest, PowerOfTwo(power).size());
  }
  // Each has a letter's width to the next.
  const double letters = static_cast<double>((longest + 1) * powers);
  return std::max(step, static_cast<int>(std::ceil(letters / room.letters)));
}

// ('1/4' 0.25, '1' 1, ...); where they would be long, and for powers of ten,
// '2^{20}'; every label empty without `labelled`.
std::string Ticks(Span span, int base, const TickRoom& room, bool labelled) {
  const bool as_powers = base != 2 || span.high > 14 || span.low < -9;
  const int step = TickStep(span, as_powers, room);
  std::string ticks = "(";
  for (int power = span.low; power <= span.high; ++power) {
    // Labels keep step with 1, so that 1 itself is always one of them.
    if (power % step != 0) continue;
    const std::string value = ShortestText(IntegerPower(base, power));
    const std::string label =
        as_powers && power != 0
            ? absl::StrCat(base, "^{", power < 0 ? "\u2212" : "", abs(power),
                           "}")
            : PowerOfTwo(power);
    absl::StrAppend(&ticks, ticks.size() > 1 ? ", " : "",
                    Quoted(labelled ? label : ""), " ", value);
  }
  return ticks + ")";
}

std::string ShareTicks(bool labelled) {
  std::string ticks = "(";
  for (int percent : {0, 25, 50, 75, 100}) {
    absl::StrAppend(&ticks, percent > 0 ? ", " : "",
                    Quoted(labelled ? absl::StrCat(percent, " %%") : ""), " ",
                    ShortestText(percent / 100.0));
  }
  return ticks + ")";
}

// What every part of the script needs.
struct Sheet {
  const Figure& figure;
  Layout layout;
  LegendEntries legend;

  // A place on the page as gnuplot counts it, from 0 to 1 and upwards.
  double X(double inches) const { return inches / layout.width; }
  double Y(double inches) const { return 1 - inches / layout.height; }
};

// Which of all labels this one is.
size_t IndexOf(const std::vector<std::string>& labels,
               const std::string& label) {
  return std::find(labels.begin(), labels.end(), label) - labels.begin();
}

std::string StyleColour(const Sheet& sheet, size_t style) {
  return sheet.legend.areas.empty() ? kStyles[style].colour : kOverAreas;
}

const char* AreaColour(size_t area) { return kAreas[area % std::size(kAreas)]; }

std::string LineTypes(const Sheet& sheet) {
  const double scale = sheet.layout.scale;
  std::string script;
  for (size_t i = 0; i < std::size(kStyles); ++i) {
    absl::StrAppend(&script, "set linetype ", i + 1, " linecolor rgb '",
                    StyleColour(sheet, i), "' linewidth ",
                    absl::StrFormat("%.3g", 1.6 * scale), " pointtype ",
                    kStyles[i].marker, " pointsize ",
                    absl::StrFormat("%.3g", 0.6 * scale), " dashtype ",
                    kStyles[i].dash, "\n");
  }
  return absl::StrCat(script, "set linetype cycle ", std::size(kStyles), "\n");
}

constexpr int kFirstOnce = 10;  // labels from this number on are drawn once

// The title and the notice.
std::string Heading(const Sheet& sheet, int& once) {
  const Layout& layout = sheet.layout;
  const size_t lines = layout.heading.size();
  std::string script;
  for (size_t i = 0; i < lines; ++i) {
    const double up = 0.15 + kHeadingLine * static_cast<double>(lines - 1 - i);
    absl::StrAppend(
        &script, "set label ", once++, " ", Plain(layout.heading[i]),
        absl::StrFormat(" at screen 0.5, screen %.4f center font ',11'\n",
                        sheet.Y(layout.top - layout.scale * up)));
  }
  for (size_t i = 0; i < layout.notice.size(); ++i) {
    const double down = 0.22 + kNoticeLine * static_cast<double>(i);
    absl::StrAppend(&script, "set label ", once++, " ", Plain(layout.notice[i]),
                    absl::StrFormat(" at screen 0.5, screen %.4f center font "
                                    "',16' textcolor rgb '#D55E00'\n",
                                    sheet.Y(layout.scale * down)));
  }
  return script;
}

// The box of a panel, its title and its axes, of which only those at the left
// and at the bottom are named.
std::string Frame(const Sheet& sheet, size_t i, const Axes& axes) {
  const Figure& figure = sheet.figure;
  const Layout& layout = sheet.layout;
  const double scale = layout.scale;
  const Panel& panel = figure.panels[i];
  const size_t column = i % layout.columns;
  const double left = layout.Left(column);
  const double top = layout.Top(i / layout.columns);
  std::string script = absl::StrFormat(
      "set lmargin at screen %.4f\n"
      "set rmargin at screen %.4f\n"
      "set tmargin at screen %.4f\n"
      "set bmargin at screen %.4f\n",
      sheet.X(left), sheet.X(left + layout.panel_width), sheet.Y(top),
      sheet.Y(top + layout.panel_height));
  for (size_t j = 0; j < 3; ++j) {  // lines of the title, the last lowest
    const std::vector<std::string>& lines = layout.titles[i];
    if (j >= lines.size()) {
      absl::StrAppend(&script, "unset label ", 5 + j, "\n");
      continue;
    }
    const double up = 0.13 + kTitleLine * static_cast<double>(j);
    absl::StrAppend(
        &script, "set label ", 5 + j, " ", Plain(lines[lines.size() - 1 - j]),
        absl::StrFormat(" at screen %.4f, screen %.4f center font ',10'\n",
                        sheet.X(left + 0.5 * layout.panel_width),
                        sheet.Y(top - scale * up)));
  }
  // As many labels as fit beside each other.
  const double room = layout.panel_width / (kPanelWidth * scale);
  TickRoom x_room;
  x_room.labels = std::clamp(static_cast<int>(7 * room), 3, 8);
  x_room.powers = std::clamp(static_cast<int>(5 * room), 2, 5);
  x_room.letters = layout.panel_width / (kLetter * scale);
  TickRoom y_room;
  y_room.labels = y_room.powers = std::clamp(
      static_cast<int>(8 * layout.panel_height / (1.6 * scale)), 4, 8);
  // The last panel of its column also names the axis.
  const bool lowest = i + layout.columns >= figure.panels.size();
  const bool has_labels = layout.HasYLabels(figure, i);
  const std::string& y_label =
      panel.y_label.empty() ? figure.y_label : panel.y_label;
  absl::StrAppend(
      &script, "set xlabel ", Plain(lowest ? figure.x_label : ""),
      " offset 0,0.6\n", "set label 4 ", Plain(column == 0 ? y_label : ""),
      absl::StrFormat(" at screen %.4f, screen %.4f center rotate by 90\n",
                      sheet.X(kYLabel * scale),
                      sheet.Y(top + 0.5 * layout.panel_height)),
      absl::StrFormat("set xrange [%.6g:%.6g]\n", ldexp(1, axes.x.low) / 1.09,
                      ldexp(1, axes.x.high) * 1.09),
      panel.shares ? "unset logscale y\nset yrange [0:1]\n"
                   : absl::StrFormat("set yrange [%.6g:%.6g]\n", axes.y_low,
                                     axes.y_high),
      "set xtics offset 0,0.3 ", Ticks(axes.x, 2, x_room, true), "\n",
      "set ytics ",
      panel.shares ? ShareTicks(has_labels)
                   : Ticks(axes.y, figure.y_base, y_room, has_labels),
      "\n");
  return script;
}

// What is drawn in a panel.
struct Plot {
  std::string data;   // blocks of numbers
  std::string lower;  // areas, the target, bands: under the lines
  std::string upper;  // lines and circles
  bool empty = true;  // whether nothing is in sight
};

// The parts of a sum, each from the sum of those before it up.
void AddAreas(const Sheet& sheet, size_t i, const Axes& axes, Plot& plot) {
  const Panel& panel = sheet.figure.panels[i];
  const std::vector<Line>& parts = panel.stacked;
  const size_t xs = parts.empty() ? 0 : parts[0].points.size();
  std::vector<double> sums(xs, 0);
  for (const Line& part : parts) {
    for (size_t j = 0; j < xs; ++j) sums[j] += part.points[j].second;
  }
  std::vector<double> below(xs, 0);
  for (size_t k = 0; k < parts.size(); ++k) {
    const std::string name = absl::StrCat("$area_", i, "_", k);
    absl::StrAppend(&plot.data, name, " << EOD\n");
    for (size_t j = 0; j < xs; ++j) {
      const double low = below[j];
      below[j] += parts[k].points[j].second;
      const double unit = panel.shares ? sums[j] : 1;
      const double least = panel.shares ? 0 : axes.y_low;
      absl::StrAppend(&plot.data, ShortestText(parts[k].points[j].first), " ",
                      ShortestText(std::max(low / unit, least)), " ",
                      ShortestText(std::max(below[j] / unit, least)), "\n");
      plot.empty = false;
    }
    absl::StrAppend(&plot.data, "EOD\n");
    absl::StrAppend(&plot.lower, ", ", name,
                    " using 1:2:3 with filledcurves fillcolor rgb '",
                    AreaColour(IndexOf(sheet.legend.areas, parts[k].label)),
                    "' fillstyle solid 1.0 noborder notitle");
  }
}

// The numbers of a line; with bands also their ends.
std::string LineData(const Line& line, const Axes& axes) {
  std::string data;
  for (size_t j = 0; j < line.points.size(); ++j) {
    const auto& [x, y] = line.points[j];
    absl::StrAppend(&data, ShortestText(x), " ", ShortestText(y));
    if (!line.errors.empty()) {
      // A logarithmic axis has no zero.
      const double low = std::max(y - line.errors[j], axes.y_low);
      absl::StrAppend(&data, " ", ShortestText(low), " ",
                      ShortestText(y + line.errors[j]));
    }
    data += "\n";
  }
  return data;
}

void AddLines(const Sheet& sheet, size_t i, const Axes& axes, Plot& plot) {
  const bool over_areas = !sheet.legend.areas.empty();
  const std::vector<Line>& lines = sheet.figure.panels[i].lines;
  for (size_t k = 0; k < lines.size(); ++k) {
    const Line& line = lines[k];
    if (line.points.empty()) continue;
    plot.empty &= std::none_of(
        line.points.begin(), line.points.end(), [&](const auto& point) {
          return point.second >= axes.y_low && point.second <= axes.y_high;
        });
    const std::string name = absl::StrCat("$line_", i, "_", k);
    absl::StrAppend(&plot.data, name, " << EOD\n", LineData(line, axes),
                    "EOD\n");
    const size_t style =
        IndexOf(sheet.legend.lines, line.label) % std::size(kStyles);
    if (!line.errors.empty()) {
      absl::StrAppend(&plot.lower, ", ", name,
                      " using 1:3:4 with filledcurves fillcolor rgb '",
                      StyleColour(sheet, style),
                      "' fillstyle transparent solid 0.2 noborder notitle");
    }
    if (over_areas) {  // set off from them
      absl::StrAppend(&plot.upper, ", ", name,
                      " using 1:2 with lines linecolor rgb '#FFFFFF' "
                      "dashtype solid linewidth ",
                      absl::StrFormat("%.3g", 5 * sheet.layout.scale),
                      " notitle");
    }
    absl::StrAppend(&plot.upper, ", ", name, " using 1:2",
                    " with linespoints linetype ", style + 1, " notitle");
  }
}

void AddCircles(const Panel& panel, size_t i, Plot& plot) {
  if (panel.circled.empty()) return;
  const std::string name = absl::StrCat("$circled_", i);
  absl::StrAppend(&plot.data, name, " << EOD\n");
  for (const auto& [x, y] : panel.circled) {
    absl::StrAppend(&plot.data, ShortestText(x), " ", ShortestText(y), "\n");
  }
  absl::StrAppend(&plot.data, "EOD\n");
  absl::StrAppend(&plot.upper, ", ", name, " with ", kCircle, " notitle");
}

std::string PanelScript(const Sheet& sheet, size_t i) {
  const Figure& figure = sheet.figure;
  const Panel& panel = figure.panels[i];
  const Axes axes = AxesOf(figure, AxesBegin(figure, i), AxesEnd(figure, i));
  Plot plot;
  plot.lower = figure.linear ? absl::StrCat("plot x with ", kLinear, " notitle")
                             : "plot NaN notitle";
  AddAreas(sheet, i, axes, plot);
  if (panel.target) {
    absl::StrAppend(&plot.lower, ", ", ShortestText(*panel.target), " with ",
                    kTarget, " notitle");
  }
  AddLines(sheet, i, axes, plot);
  AddCircles(panel, i, plot);
  return absl::StrCat(
      Frame(sheet, i, axes), plot.data,
      plot.empty ? absl::StrCat("set label 3 ",
                                Plain(panel.nothing_to_show.empty()
                                          ? figure.nothing_to_show
                                          : panel.nothing_to_show),
                                " at graph 0.5, graph 0.5 center\n")
                 : "unset label 3\n",
      plot.lower, plot.upper, "\n",
      panel.shares ? absl::StrCat("set logscale y ", figure.y_base, "\n") : "");
}

// A plot over the whole figure that shows nothing else.
std::string Legend(const Sheet& sheet) {
  const Figure& figure = sheet.figure;
  const LegendEntries& legend = sheet.legend;
  std::string script = absl::StrCat(
      "unset label\nunset xlabel\n"
      "unset border\nunset tics\nunset grid\nunset logscale\n"
      "set lmargin at screen 0\nset rmargin at screen 1\n"
      "set tmargin at screen 1\nset bmargin at screen 0\n"
      "set xrange [0:1]\nset yrange [0:1]\n",
      absl::StrFormat("set key at screen 0.5, screen %.4f",
                      0.5 * sheet.layout.legend_height / sheet.layout.height),
      " center center horizontal Left reverse samplen 2.5 maxcols ",
      sheet.layout.legend_columns,
      " noenhanced\n"
      "plot 2 notitle");
  if (figure.linear) {
    absl::StrAppend(&script, ", keyentry with ", kLinear, " title 'linear'");
  }
  for (size_t k = 0; k < legend.lines.size(); ++k) {
    absl::StrAppend(&script, ", keyentry with linespoints linetype ",
                    k % std::size(kStyles) + 1, " title ",
                    Quoted(legend.lines[k]));
  }
  for (size_t k = 0; k < legend.areas.size(); ++k) {
    absl::StrAppend(&script, ", keyentry with boxes fillcolor rgb '",
                    AreaColour(k), "' fillstyle solid 1.0 noborder title ",
                    Quoted(legend.areas[k]));
  }
  if (legend.targets) {
    absl::StrAppend(&script, ", keyentry with ", kTarget, " title ",
                    Quoted(figure.target_label));
  }
  if (legend.circles) {
    absl::StrAppend(&script, ", keyentry with ", kCircle, " title ",
                    Quoted(figure.circle_label));
  }
  return script + "\n";
}

}  // namespace

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "'";
}

std::string GnuplotScript(const Figure& figure, Page page) {
  const Sheet sheet = {figure, LayoutOf(figure, page), LegendEntriesOf(figure)};
  int once = kFirstOnce;
  std::string script = absl::StrCat(
      "set encoding utf8\nset multiplot\n", LineTypes(sheet),
      Heading(sheet, once),
      "unset key\n"
      "set border 3 linecolor rgb '#444444'\n"
      "set grid linetype 1 linecolor rgb '#DDDDDD' linewidth 0.5 dashtype "
      "solid\n"
      "set logscale x 2\n"
      "set logscale y ",
      figure.y_base,
      "\n"
      "set tics nomirror out scale 0.5\n");
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    script += PanelScript(sheet, i);
    for (int label = kFirstOnce; i == 0 && label < once; ++label) {
      absl::StrAppend(&script, "unset label ", label, "\n");
    }
  }
  return absl::StrCat(script, Legend(sheet), "unset multiplot\n");
}

}  // namespace local_sgd
