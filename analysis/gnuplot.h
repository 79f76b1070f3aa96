// Figures as values, drawn by gnuplot: panels of lines over K, both axes in
// powers of two.

#ifndef ANALYSIS_GNUPLOT_H_
#define ANALYSIS_GNUPLOT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace local_sgd {

struct Line {
  std::string label;  // the same label looks the same in every panel
  std::vector<std::pair<double, double>> points;  // x, y > 0; x ascending
};

struct Panel {
  std::string title;
  std::vector<Line> lines;
};

// Panels share their axes, the legend below them and the dashed grey line
// y = x, which is linear speedup.
struct Figure {
  std::string notice;  // unmissable, above everything; may be empty
  std::string title;
  std::string x_label;
  std::string y_label;
  size_t columns = 1;  // panels side by side, filled row by row
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
