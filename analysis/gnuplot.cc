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
constexpr double kRight = 0.2;
constexpr double kColumnGap = 0.3;
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
    "pointtype 6 pointsize 1.6 linewidth 1.4 linecolor rgb '#000000'";

// gnuplot takes a single-quoted string as it stands.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "'";
}

// Exponents of the powers of two around a set of positive values.
struct Span {
  int low = 0;
  int high = 0;
};

Span PowersAround(const std::vector<double>& values) {
  Span span;
  if (values.empty()) return {0, 1};
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  frexp(*least, &span.low);  // least = m 2^low with m in [1/2, 1)
  --span.low;
  span.high = span.low;
  while (ldexp(1, span.high) < *most) ++span.high;
  if (span.high == span.low) ++span.high;
  return span;
}

// ('1/4' 0.25, '1' 1, ...), at most eight labels, and '2^20' where they would
// be long, then at most `most_powers`; every one empty without `labelled`.
std::string Ticks(Span span, int most_powers, bool labelled) {
  const bool as_powers = std::max(span.high, -span.low) > 14;
  const int most = as_powers ? most_powers : 8;
  const int step = (span.high - span.low + most - 1) / most;
  std::string ticks = "(";
  for (int power = span.low; power <= span.high; ++power) {
    // Labels keep step with 1, so that 1 itself is always one of them.
    if (power % step != 0) continue;
    const std::string label =
        as_powers    ? absl::StrCat("2^", power)
        : power >= 0 ? ShortestText(ldexp(1, power))
                     : absl::StrCat("1/", ShortestText(ldexp(1, -power)));
    absl::StrAppend(&ticks, ticks.size() > 1 ? ", " : "",
                    Quoted(labelled ? label : ""), " ",
                    ShortestText(ldexp(1, power)));
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

// Room for a legend of six entries a row, of as many as fit when they are long.
double Legend(const Figure& figure) {
  const std::vector<std::string> labels = Labels(figure);
  size_t longest = figure.circle_label.size();
  for (const std::string& label : labels) {
    longest = std::max(longest, label.size());
  }
  const size_t entries =
      labels.size() + (figure.linear ? 1 : 0) + (HasCircles(figure) ? 1 : 0);
  const size_t row = longest > 8 ? 3 : 6;
  const size_t rows = std::max<size_t>((entries + row - 1) / row, 1);
  return 0.13 + kLegendRow * static_cast<double>(rows);
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

double Height(const Figure& figure) {
  return Top(figure) +
         static_cast<double>(Rows(figure)) *
             (kPanelTitle + kPanelHeight + kTicks) +
         kXLabel + Legend(figure);
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

}  // namespace

std::string GnuplotScript(const Figure& figure) {
  const std::vector<std::string> labels = Labels(figure);
  std::vector<double> xs;
  std::vector<double> ys;
  for (const Panel& panel : figure.panels) {
    for (const Line& line : panel.lines) {
      for (size_t j = 0; j < line.points.size(); ++j) {
        const auto& [x, y] = line.points[j];
        xs.push_back(x);
        ys.push_back(y);
        if (line.errors.empty()) continue;
        ys.push_back(y + line.errors[j]);
        ys.push_back(std::max(y - line.errors[j], y / 2));
      }
    }
  }
  const Span x_span = PowersAround(xs);
  // The line y = x shows in full.
  if (figure.linear) ys.insert(ys.end(), xs.begin(), xs.end());
  const Span y_span = PowersAround(ys);
  const double y_low = ldexp(1, y_span.low);
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
  absl::StrAppend(&script, "set label 1 ", Quoted(figure.title),
                  absl::StrFormat(" at screen 0.5, screen %.4f center font "
                                  "',11'\n",
                                  1 - (Top(figure) - 0.15) / height));
  if (!figure.notice.empty()) {
    absl::StrAppend(&script, "set label 2 ", Quoted(figure.notice),
                    absl::StrFormat(" at screen 0.5, screen %.4f center font "
                                    "',16' textcolor rgb '#D55E00'\n",
                                    1 - 0.22 / height));
  }
  absl::StrAppend(
      &script,
      "unset key\n"
      "set border 3 linecolor rgb '#444444'\n"
      "set grid linecolor rgb '#DDDDDD' linewidth 0.5 dashtype solid\n"
      "set logscale xy 2\n"
      "set tics nomirror out scale 0.5\n",
      absl::StrFormat("set xrange [%.6g:%.6g]\nset yrange [%s:%s]\n",
                      ldexp(1, x_span.low) / 1.09, ldexp(1, x_span.high) * 1.09,
                      ShortestText(y_low),
                      ShortestText(ldexp(1, y_span.high) * 1.09)),
      "set xtics ", Ticks(x_span, 5, true), "\n");

  for (size_t i = 0; i < figure.panels.size(); ++i) {
    const Panel& panel = figure.panels[i];
    const size_t column = i % figure.columns;
    const size_t row = i / figure.columns;
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
        "set title ", Quoted(panel.title), " offset 0,-0.6 font ',10'\n",
        "set xlabel ", Quoted(lowest ? figure.x_label : ""), " offset 0,0.6\n",
        "set ylabel ", Quoted(column == 0 ? figure.y_label : ""),
        " offset -0.6,0\n", "set ytics ", Ticks(y_span, 8, column == 0), "\n");
    std::string plot =
        figure.linear ? "plot x with lines linecolor rgb '#888888' linewidth 1 "
                        "dashtype (4,4) notitle"
                      : "plot NaN notitle";
    std::string line_plots;  // above all bands
    bool empty = true;
    for (size_t k = 0; k < panel.lines.size(); ++k) {
      const Line& line = panel.lines[k];
      if (line.points.empty()) continue;
      empty = false;
      const std::string name = absl::StrCat("$line_", i, "_", k);
      absl::StrAppend(&script, name, " << EOD\n");
      for (size_t j = 0; j < line.points.size(); ++j) {
        const auto& [x, y] = line.points[j];
        absl::StrAppend(&script, ShortestText(x), " ", ShortestText(y));
        if (!line.errors.empty()) {
          // A logarithmic axis has no zero.
          const double low = std::max(y - line.errors[j], y_low);
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
      absl::StrAppend(&line_plots, ", ", name, " with points ", kCircle,
                      " notitle");
    }
    absl::StrAppend(
        &script,
        empty ? absl::StrCat("set label 3 ", Quoted(figure.nothing_to_show),
                             " at graph 0.5, graph 0.5 center\n")
              : "unset label 3\n",
        plot, line_plots, "\n");
    // Title and notice are drawn once.
    if (i == 0) absl::StrAppend(&script, "unset label 1\nunset label 2\n");
  }

  // The legend: a plot over the whole figure that shows nothing else.
  absl::StrAppend(&script,
                  "unset label\nunset title\nunset xlabel\nunset ylabel\n"
                  "unset border\nunset tics\nunset grid\nunset logscale\n"
                  "set lmargin at screen 0\nset rmargin at screen 1\n"
                  "set tmargin at screen 1\nset bmargin at screen 0\n"
                  "set xrange [0:1]\nset yrange [0:1]\n",
                  absl::StrFormat("set key at screen 0.5, screen %.4f",
                                  0.5 * Legend(figure) / height),
                  " center center horizontal samplen 2.5\n"
                  "plot 2 notitle");
  if (figure.linear) {
    absl::StrAppend(&script,
                    ", keyentry with lines linecolor rgb '#888888' linewidth 1 "
                    "dashtype (4,4) title 'linear'");
  }
  for (size_t k = 0; k < labels.size(); ++k) {
    absl::StrAppend(&script, ", keyentry with linespoints linetype ",
                    k % std::size(kStyles) + 1, " title ", Quoted(labels[k]));
  }
  if (HasCircles(figure)) {
    absl::StrAppend(&script, ", keyentry with points ", kCircle, " title ",
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
      {svg, absl::StrFormat("set terminal svg noenhanced size %.0f,%.0f "
                            "font 'DejaVu Sans,10' fontscale 1.25 "
                            "background rgb 'white'\n",
                            96 * width, 96 * height)},
      {pdf, absl::StrFormat("set terminal pdfcairo noenhanced color "
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
