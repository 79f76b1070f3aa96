// Figures as values, drawn by gnuplot: panels of lines, both axes logarithmic.

#ifndef ANALYSIS_GNUPLOT_H_
#define ANALYSIS_GNUPLOT_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace local_sgd {

struct Line {
  std::string label;  // the same label looks the same in every panel
  std::vector<std::pair<double, double>> points;  // x, y > 0; x ascending
  // Half-width >= 0 of a shaded band around each point; empty: no band.
  std::vector<double> errors = {};
};

struct Panel {
  std::string title;
  std::vector<Line> lines;
  std::vector<std::pair<double, double>> circled = {};  // points of the lines
  std::optional<double> target = {};  // y > 0 of a thin horizontal line
  // The y axis shows at most this, 0 < low < high: lines that leave it are cut
  // there, and the x axis holds the points inside.
  std::optional<std::pair<double, double>> y_limits = {};
};

// Panels share their axes, all of them or those of a row, and the legend below
// them.
struct Figure {
  std::string notice;  // unmissable, above everything; may be empty
  std::string title;
  std::string x_label;
  std::string y_label;
  // Whether the dashed grey line y = x, linear speedup, is in every panel.
  bool linear = true;
  bool axes_by_row = false;     // whether each row has axes of its own
  int y_base = 2;               // of the powers that the y axis names: 2 or 10
  std::string circle_label;     // of the circled points in the legend
  std::string target_label;     // of the targets in the legend
  std::string nothing_to_show;  // in a panel without points
  size_t columns = 1;           // panels side by side, filled row by row
  std::vector<Panel> panels;
};

struct Drawing {
  std::string svg;
  std::string pdf;  // fonts embedded, no date: same figure, same bytes
};

// What gnuplot is told, without terminal and output: plain text, for tests.
std::string GnuplotScript(const Figure& figure);

// FailedPrecondition, naming the Debian package, without gnuplot; Internal with
// gnuplot's own words when it fails.
absl::StatusOr<Drawing> Draw(const Figure& figure);

}  // namespace local_sgd

#endif  // ANALYSIS_GNUPLOT_H_
