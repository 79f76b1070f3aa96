// Where everything of a figure stands on a page.

#ifndef ANALYSIS_FIGURES_FIGURE_LAYOUT_H_
#define ANALYSIS_FIGURES_FIGURE_LAYOUT_H_

#include <cstddef>
#include <string>
#include <vector>

#include "analysis/figures/figure.h"

namespace local_sgd {

// Inches, on the screen; printed ones are smaller like their letters.
inline constexpr double kPanelWidth = 2.35;  // of a panel's box, at least
inline constexpr double kYLabel = 0.14;      // the middle of the y label
inline constexpr double kTitleLine = 0.16;   // of a panel's title
inline constexpr double kHeadingLine = 0.2;
inline constexpr double kNoticeLine = 0.3;
inline constexpr double kLetter = 0.075;  // a letter's width on average

// What the legend names.
struct LegendEntries {
  std::vector<std::string> lines;  // labels of all panels, as they first appear
  std::vector<std::string> areas;  // likewise
  bool targets = false;            // whether a panel has one
  bool circles = false;
};

LegendEntries LegendEntriesOf(const Figure& figure);

// In inches, from the left and from the top.
struct Layout {
  double scale = 1;  // of letters, and of what is as large as they are
  double width = 0;
  double height = 0;
  size_t columns = 1;  // of panels
  size_t rows = 1;
  double gap = 0;  // between columns
  double panel_width = 0;
  double panel_height = 0;
  double panel_title = 0;                        // above each row
  std::vector<std::vector<std::string>> titles;  // lines, of each panel
  std::vector<std::string> notice;               // lines
  std::vector<std::string> heading;              // lines
  double top = 0;                                // above the first row
  size_t legend_columns = 1;
  double legend_height = 0;

  // Of the box of a panel.
  double Left(size_t column) const;
  double Top(size_t row) const;
  // Whether the y axis of a panel has labels of its own.
  bool HasYLabels(const Figure& figure, size_t panel) const;
};

Layout LayoutOf(const Figure& figure, Page page);

}  // namespace local_sgd

#endif  // ANALYSIS_FIGURES_FIGURE_LAYOUT_H_
