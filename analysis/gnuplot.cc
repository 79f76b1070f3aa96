#include "analysis/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/results/output_file.h"
#include "lib/results/table.h"

namespace local_sgd {
namespace {

// Inches. A panel's box and what stands around it.
constexpr double kPanelWidth = 2.35;  // at least
constexpr double kPanelHeight = 1.9;
constexpr double kLeastWidth = 6.5;  // for title and legend
constexpr double kLeft = 0.75;       // y label and ticks
constexpr double kYLabel = 0.14;     // its middle
constexpr double kRight = 0.2;
constexpr double kColumnGap = 0.4;
constexpr double kPanelTitle = 0.3;  // above each row
constexpr double kTicks = 0.32;      // below each row
constexpr double kXLabel = 0.25;     // below the last row
constexpr double kLegendRow = 0.22;  // at the bottom
constexpr double kTitle = 0.35;      // at the top
constexpr double kNotice = 0.35;     // above that

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

constexpr char kCircle[] =
    "points pointtype 6 pointsize 1.6 linewidth 1.4 linecolor rgb '#000000'";
constexpr char kLinear[] =
    "lines linecolor rgb '#888888' linewidth 1 dashtype (4,4)";
constexpr char kTarget[] =
    "lines linecolor rgb '#444444' linewidth 1 dashtype solid";

// gnuplot takes a single-quoted string as it stands.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "'";
}

// The terminals raise what follows a ^, which only tick labels mean.
std::string Plain(const std::string& text) {
  return Quoted(text) + " noenhanced";
}

// Exponents of the powers of a base around a set of positive values.
struct Span {
  int low = 0;
  int high = 0;
};

Span PowersAround(const std::vector<double>& values, int base) {
  Span span;
  if (values.empty()) return {0, 1};
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  while (pow(base, span.low) > *least) --span.low;
  while (pow(base, span.low + 1) <= *least) ++span.low;
  span.high = span.low;
  while (pow(base, span.high) < *most) ++span.high;
  if (span.high == span.low) ++span.high;
  return span;
}

// ('1/4' 0.25, '1' 1, ...), at most eight labels; where they would be long, and
// for powers of ten, '2^{20}', then at most `most_powers`; every one empty
// without `labelled`.
std::string Ticks(Span span, int base, int most_powers, bool labelled) {
  const bool as_powers = base != 2 || span.high > 14 || span.low < -9;
  const int most = as_powers ? most_powers : 8;
  const int step = (span.high - span.low + most - 1) / most;
  std::string ticks = "(";
  for (int power = span.low; power <= span.high; ++power) {
    // Labels keep step with 1, so that 1 itself is always one of them.
    if (power % step != 0) continue;
    const std::string value = ShortestText(pow(base, power));
    const std::string label =
        as_powers && power != 0
            ? absl::StrCat(base, "^{", power < 0 ? "\u2212" : "", abs(power),
                           "}")
        : power >= 0 ? value
                     : absl::StrCat("1/", ShortestText(pow(base, -power)));
    absl::StrAppend(&ticks, ticks.size() > 1 ? ", " : "",
                    Quoted(labelled ? label : ""), " ", value);
  }
  return ticks + ")";
}

size_t Rows(const Figure& figure) {
  return (figure.panels.size() + figure.columns - 1) / figure.columns;
}

// Labels of all panels, in order of appearance.
std::vector<std::string> Labels(const Figure& figure) {
  std::vector<std::string> labels;
  for (const Panel& panel : figure.panels) {
    for (const Line& line : panel.lines) {
      if (std::find(labels.begin(), labels.end(), line.label) == labels.end()) {
        labels.push_back(line.label);
      }
    }
  }
  return labels;
}

bool HasCircles(const Figure& figure) {
  return std::any_of(figure.panels.begin(), figure.panels.end(),
                     [](const Panel& panel) { return !panel.circled.empty(); });
}

bool HasTargets(const Figure& figure) {
  return std::any_of(
      figure.panels.begin(), figure.panels.end(),
      [](const Panel& panel) { return panel.target.has_value(); });
}

double Top(const Figure& figure) {
  return kTitle + (figure.notice.empty() ? 0 : kNotice);
}

double PanelWidth(const Figure& figure) {
  const auto columns = static_cast<double>(figure.columns);
  const double around = kLeft + (columns - 1) * kColumnGap + kRight;
  return std::max(kPanelWidth, (kLeastWidth - around) / columns);
}

double Width(const Figure& figure) {
  const auto columns = static_cast<double>(figure.columns);
  return kLeft + columns * PanelWidth(figure) + (columns - 1) * kColumnGap +
         kRight;
}

// How the legend's entries stand: in rows of as many as fit.
struct LegendShape {
  size_t columns = 1;
  double height = 0;  // inches
};

LegendShape Legend(const Figure& figure) {
  std::vector<std::string> texts = Labels(figure);
  if (figure.linear) texts.push_back("linear");
  if (HasTargets(figure)) texts.push_back(figure.target_label);
  if (HasCircles(figure)) texts.push_back(figure.circle_label);
  size_t longest = 0;
  for (const std::string& text : texts) {
    longest = std::max(longest, text.size());
  }
  const size_t entries = std::max<size_t>(texts.size(), 1);
  const double entry = 0.5 + 0.075 * static_cast<double>(longest);
  const auto most =
      std::max<size_t>(static_cast<size_t>(Width(figure) / entry), 1);
  const size_t rows = (entries + most - 1) / most;
  return {(entries + rows - 1) / rows,
          0.13 + kLegendRow * static_cast<double>(rows)};
}

double Height(const Figure& figure) {
  return Top(figure) +
         static_cast<double>(Rows(figure)) *
             (kPanelTitle + kPanelHeight + kTicks) +
         kXLabel + Legend(figure).height;
}

// A temporary folder that goes away with its contents.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code error;
    path_ = (std::filesystem::temp_directory_path(error) / "figure.XXXXXX")
                .string();
    if (error || mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }  // empty: none was made

 private:
  std::string path_;
};

// Runs gnuplot on a script file; what it says goes into a log file.
absl::Status RunGnuplot(const std::string& script, const std::string& log) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  std::string name = "gnuplot";
  std::string defaults = "--default-settings";  // not the user's own
  std::string file = script;
  char* const arguments[] = {name.data(), defaults.data(), file.data(),
                             nullptr};
  std::string utc = "TZ=UTC0";  // gives the date in a PDF a fixed length
  std::vector<char*> environment = {utc.data()};
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (strncmp(*variable, "TZ=", 3) != 0) environment.push_back(*variable);
  }
  environment.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, name.c_str(), &actions, nullptr,
                                 arguments, environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error == ENOENT) {
    return absl::FailedPreconditionError(
        "gnuplot is not installed (Debian package gnuplot-nox): no figures");
  }
  if (error != 0) {
    return absl::InternalError(
        absl::StrCat("cannot run gnuplot: ", strerror(error)));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      return absl::InternalError(
          absl::StrCat("cannot wait for gnuplot: ", strerror(errno)));
    }
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return absl::InternalError(
        absl::StrCat("gnuplot failed: ", ReadFile(log).value_or("")));
  }
  return absl::OkStatus();
}

// cairo dates a PDF; the same figure must have the same bytes.
void RemoveDate(std::string& pdf) {
  const std::string key = "/CreationDate (D:";
  const size_t at = pdf.find(key);
  if (at == std::string::npos) return;
  const std::string date = "19700101000000";
  for (size_t i = 0; i < date.size(); ++i) {
    char& c = pdf[std::min(at + key.size() + i, pdf.size() - 1)];
    if (c >= '0' && c <= '9') c = date[i];
  }
}

// What the axes of some panels show.
struct Axes {
  Span x;  // powers of two
  Span y;  // powers of the figure's base
  double y_low = 0;
  double y_high = 0;
};

// Of the panels from `begin` to `end`.
Axes AxesOf(const Figure& figure, size_t begin, size_t end) {
  std::optional<std::pair<double, double>> limits;
  for (size_t i = begin; i < end; ++i) {
    const auto& own = figure.panels[i].y_limits;
    if (!own) continue;
    limits = limits ? std::pair(std::min(limits->first, own->first),
                                std::max(limits->second, own->second))
                    : *own;
  }
  std::vector<double> xs;
  std::vector<double> ys;
  for (size_t i = begin; i < end; ++i) {
    for (const Line& line : figure.panels[i].lines) {
      for (size_t j = 0; j < line.points.size(); ++j) {
        const auto& [x, y] = line.points[j];
        if (limits && (y < limits->first || y > limits->second)) continue;
        xs.push_back(x);
        ys.push_back(y);
        if (line.errors.empty()) continue;
        ys.push_back(y + line.errors[j]);
        ys.push_back(std::max(y - line.errors[j], y / 2));
      }
    }
    if (figure.panels[i].target) ys.push_back(*figure.panels[i].target);
  }
  Axes axes;
  axes.x = PowersAround(xs, 2);
  // The line y = x shows in full.
  if (figure.linear) ys.insert(ys.end(), xs.begin(), xs.end());
  axes.y = PowersAround(ys, figure.y_base);
  // Just outside the outermost labels, which gnuplot may lose otherwise.
  axes.y_low = pow(figure.y_base, axes.y.low) / 1.09;
  axes.y_high = pow(figure.y_base, axes.y.high) * 1.09;
  if (limits) {
    axes.y_low = std::max(axes.y_low, limits->first);
    axes.y_high = std::min(axes.y_high, limits->second);
  }
  return axes;
}

}  // namespace

std::string GnuplotScript(const Figure& figure) {
  const std::vector<std::string> labels = Labels(figure);
  const double width = Width(figure);
  const double height = Height(figure);
  const double panel_width = PanelWidth(figure);

  std::string script = "set encoding utf8\nset multiplot\n";
  for (size_t i = 0; i < std::size(kStyles); ++i) {
    absl::StrAppend(&script, "set linetype ", i + 1, " linecolor rgb '",
                    kStyles[i].colour, "' linewidth 1.6 pointtype ",
                    kStyles[i].marker, " pointsize 0.6 dashtype ",
                    kStyles[i].dash, "\n");
  }
  absl::StrAppend(&script, "set linetype cycle ", std::size(kStyles), "\n");
  absl::StrAppend(&script, "set label 1 ", Plain(figure.title),
                  absl::StrFormat(" at screen 0.5, screen %.4f center font "
                                  "',11'\n",
                                  1 - (Top(figure) - 0.15) / height));
  if (!figure.notice.empty()) {
    absl::StrAppend(&script, "set label 2 ", Plain(figure.notice),
                    absl::StrFormat(" at screen 0.5, screen %.4f center font "
                                    "',16' textcolor rgb '#D55E00'\n",
                                    1 - 0.22 / height));
  }
  absl::StrAppend(
      &script,
      "unset key\n"
      "set border 3 linecolor rgb '#444444'\n"
      "set grid linetype 1 linecolor rgb '#DDDDDD' linewidth 0.5 dashtype "
      "solid\n"
      "set logscale x 2\n",
      "set logscale y ", figure.y_base,
      "\n"
      "set tics nomirror out scale 0.5\n");

  for (size_t i = 0; i < figure.panels.size(); ++i) {
    const Panel& panel = figure.panels[i];
    const size_t column = i % figure.columns;
    const size_t row = i / figure.columns;
    const size_t first = figure.axes_by_row ? row * figure.columns : 0;
    const Axes axes =
        AxesOf(figure, first,
               figure.axes_by_row
                   ? std::min(first + figure.columns, figure.panels.size())
                   : figure.panels.size());
    const double left =
        kLeft + static_cast<double>(column) * (panel_width + kColumnGap);
    const double top =
        Top(figure) + kPanelTitle +
        static_cast<double>(row) * (kPanelTitle + kPanelHeight + kTicks);
    // The last panel of its column also names the axis.
    const bool lowest = i + figure.columns >= figure.panels.size();
    absl::StrAppend(
        &script,
        absl::StrFormat("set lmargin at screen %.4f\n"
                        "set rmargin at screen %.4f\n"
                        "set tmargin at screen %.4f\n"
                        "set bmargin at screen %.4f\n",
                        left / width, (left + panel_width) / width,
                        1 - top / height, 1 - (top + kPanelHeight) / height),
        "set title ", Plain(panel.title), " offset 0,-0.6 font ',10'\n",
        "set xlabel ", Plain(lowest ? figure.x_label : ""), " offset 0,0.6\n",
        "set label 4 ", Plain(column == 0 ? figure.y_label : ""),
        absl::StrFormat(" at screen %.4f, screen %.4f center rotate by 90\n",
                        kYLabel / width,
                        1 - (top + 0.5 * kPanelHeight) / height),
        absl::StrFormat("set xrange [%.6g:%.6g]\nset yrange [%.6g:%.6g]\n",
                        ldexp(1, axes.x.low) / 1.09,
                        ldexp(1, axes.x.high) * 1.09, axes.y_low, axes.y_high),
        "set xtics offset 0,0.3 ", Ticks(axes.x, 2, 5, true), "\n",
        "set ytics ", Ticks(axes.y, figure.y_base, 8, column == 0), "\n");
    std::string plot = figure.linear
                           ? absl::StrCat("plot x with ", kLinear, " notitle")
                           : "plot NaN notitle";
    if (panel.target) {
      absl::StrAppend(&plot, ", ", ShortestText(*panel.target), " with ",
                      kTarget, " notitle");
    }
    std::string line_plots;  // above all bands
    bool empty = true;
    for (size_t k = 0; k < panel.lines.size(); ++k) {
      const Line& line = panel.lines[k];
      if (line.points.empty()) continue;
      empty &= std::none_of(
          line.points.begin(), line.points.end(), [&](const auto& point) {
            return point.second >= axes.y_low && point.second <= axes.y_high;
          });
      const std::string name = absl::StrCat("$line_", i, "_", k);
      absl::StrAppend(&script, name, " << EOD\n");
      for (size_t j = 0; j < line.points.size(); ++j) {
        const auto& [x, y] = line.points[j];
        absl::StrAppend(&script, ShortestText(x), " ", ShortestText(y));
        if (!line.errors.empty()) {
          // A logarithmic axis has no zero.
          const double low = std::max(y - line.errors[j], axes.y_low);
          absl::StrAppend(&script, " ", ShortestText(low), " ",
                          ShortestText(y + line.errors[j]));
        }
        script += "\n";
      }
      const size_t style =
          (std::find(labels.begin(), labels.end(), line.label) -
           labels.begin()) %
          std::size(kStyles);
      absl::StrAppend(&script, "EOD\n");
      if (!line.errors.empty()) {
        absl::StrAppend(&plot, ", ", name,
                        " using 1:3:4 with filledcurves fillcolor rgb '",
                        kStyles[style].colour,
                        "' fillstyle transparent solid 0.2 noborder notitle");
      }
      absl::StrAppend(&line_plots, ", ", name, " using 1:2",
                      " with linespoints linetype ", style + 1, " notitle");
    }
    if (!panel.circled.empty()) {
      const std::string name = absl::StrCat("$circled_", i);
      absl::StrAppend(&script, name, " << EOD\n");
      for (const auto& [x, y] : panel.circled) {
        absl::StrAppend(&script, ShortestText(x), " ", ShortestText(y), "\n");
      }
      absl::StrAppend(&script, "EOD\n");
      absl::StrAppend(&line_plots, ", ", name, " with ", kCircle, " notitle");
    }
    absl::StrAppend(
        &script,
        empty ? absl::StrCat("set label 3 ", Plain(figure.nothing_to_show),
                             " at graph 0.5, graph 0.5 center\n")
              : "unset label 3\n",
        plot, line_plots, "\n");
    // Title and notice are drawn once.
    if (i == 0) absl::StrAppend(&script, "unset label 1\nunset label 2\n");
  }

  // The legend: a plot over the whole figure that shows nothing else.
  absl::StrAppend(&script,
                  "unset label\nunset title\nunset xlabel\n"
                  "unset border\nunset tics\nunset grid\nunset logscale\n"
                  "set lmargin at screen 0\nset rmargin at screen 1\n"
                  "set tmargin at screen 1\nset bmargin at screen 0\n"
                  "set xrange [0:1]\nset yrange [0:1]\n",
                  absl::StrFormat("set key at screen 0.5, screen %.4f",
                                  0.5 * Legend(figure).height / height),
                  " center center horizontal Left reverse samplen 2.5 maxcols ",
                  Legend(figure).columns,
                  " noenhanced\n"
                  "plot 2 notitle");
  if (figure.linear) {
    absl::StrAppend(&script, ", keyentry with ", kLinear, " title 'linear'");
  }
  for (size_t k = 0; k < labels.size(); ++k) {
    absl::StrAppend(&script, ", keyentry with linespoints linetype ",
                    k % std::size(kStyles) + 1, " title ", Quoted(labels[k]));
  }
  if (HasTargets(figure)) {
    absl::StrAppend(&script, ", keyentry with ", kTarget, " title ",
                    Quoted(figure.target_label));
  }
  if (HasCircles(figure)) {
    absl::StrAppend(&script, ", keyentry with ", kCircle, " title ",
                    Quoted(figure.circle_label));
  }
  return script + "\nunset multiplot\n";
}

absl::StatusOr<Drawing> Draw(const Figure& figure) {
  const TemporaryFolder folder;
  if (folder.path().empty()) {
    return absl::UnavailableError(absl::StrCat(
        "cannot make a temporary folder for gnuplot: ", strerror(errno)));
  }
  const std::string body = GnuplotScript(figure);
  const double width = Width(figure);
  const double height = Height(figure);
  const std::string svg = folder.path() + "/figure.svg";
  const std::string pdf = folder.path() + "/figure.pdf";
  // 96 SVG units are an inch, and so are 72 points of font size.
  const std::pair<std::string, std::string> runs[] = {
      {svg, absl::StrFormat("set terminal svg enhanced size %.0f,%.0f "
                            "font 'DejaVu Sans,10' fontscale 1.25 "
                            "background rgb 'white'\n",
                            96 * width, 96 * height)},
      {pdf, absl::StrFormat("set terminal pdfcairo enhanced color "
                            "size %.3fin,%.3fin font 'DejaVu Sans,10' "
                            "fontscale 0.75 background rgb 'white'\n",
                            width, height)}};
  for (const auto& [path, terminal] : runs) {
    const std::string script = path + ".gp";
    if (absl::Status status = WriteFileAtomically(
            script, absl::StrCat(terminal, "set output ", Quoted(path), "\n",
                                 body, "set output\n"));
        !status.ok()) {
      return status;
    }
    if (absl::Status status = RunGnuplot(script, path + ".log"); !status.ok()) {
      return status;
    }
  }
  Drawing drawing;
  for (auto [path, contents] :
       {std::pair(&svg, &drawing.svg), std::pair(&pdf, &drawing.pdf)}) {
    auto read = ReadFile(*path);
    if (!read.ok() || read->empty()) {
      return absl::InternalError(absl::StrCat(
          "gnuplot drew nothing: ", ReadFile(*path + ".log").value_or("")));
    }
    *contents = *std::move(read);
  }
  RemoveDate(drawing.pdf);
  return drawing;
}

}  // namespace local_sgd
