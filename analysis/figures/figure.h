// Figures as values: panels of lines over areas, both axes logarithmic.

#ifndef ANALYSIS_FIGURES_FIGURE_H_
#define ANALYSIS_FIGURES_FIGURE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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
  // The parts of a sum as areas, each on top of those before it, under the
  // lines. All have the same x; no errors.
  std::vector<Line> stacked = {};
  // The areas are shares of their sum and the y axis is linear, 0 to 1. No
  // lines.
  bool shares = false;
  // In place of the figure's; empty: the figure's.
  std::string y_label = {};
  std::string nothing_to_show = {};
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

// Where a figure is shown. A printed one has the width of the text of a paper
// with two columns, 7 inches, or of one of its columns, 3.4 inches, and then
// at most two panels side by side; it is no higher than a page if it can be.
enum class Page { kScreen, kTwoColumns, kOneColumn };

}  // namespace local_sgd

#endif  // ANALYSIS_FIGURES_FIGURE_H_
