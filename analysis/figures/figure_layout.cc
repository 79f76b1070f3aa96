#include "analysis/figures/figure_layout.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "analysis/figures/figure.h"
#include "analysis/figures/figure_axes.h"

namespace local_sgd {
namespace {

// Inches, like those of the header.
constexpr double kPanelHeight = 1.9;
constexpr double kLeastWidth = 6.5;  // for title and legend
constexpr double kLeft = 0.75;       // y label and ticks
constexpr double kRight = 0.2;
constexpr double kColumnGap = 0.4;
constexpr double kTickGap = 0.55;     // where ticks have labels in it
constexpr double kPanelTitle = 0.14;  // above each row, and for each line
constexpr double kTicks = 0.32;       // below each row
constexpr double kXLabel = 0.25;      // below the last row
constexpr double kLegendRow = 0.22;   // at the bottom
constexpr double kTitle = 0.15;       // at the top, and for each line
constexpr double kNotice = 0.05;      // above that, and for each line

// Printed.
constexpr double kTwoColumnWidth = 7.0;
constexpr double kOneColumnWidth = 3.4;
constexpr double kMostHeight = 8.5;      // a page without its caption
constexpr double kTwoColumnScale = 0.8;  // of letters: 7.5 points
constexpr double kOneColumnScale = 0.7;  // 6.6 points
constexpr size_t kMostColumns = 2;       // of panels in one column

// Lines of at most that many letters, broken between words and, `at_commas`,
// after commas where that is enough.
std::vector<std::string> Wrapped(const std::string& text, size_t most,
                                 bool at_commas) {
  std::vector<std::string> lines;
  std::string line;
  const auto end_line = [&lines, &line] {
    if (!line.empty()) lines.push_back(line);
    line.clear();
  };
  std::vector<std::string> pieces = {""};
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    std::string& piece = pieces.back();
    absl::StrAppend(&piece, piece.empty() ? "" : " ", word);
    if (at_commas && (absl::EndsWith(word, ",") || absl::EndsWith(word, ";"))) {
      pieces.emplace_back();
    }
  }
  for (const std::string& piece : pieces) {
    if (piece.empty()) continue;
    if (!line.empty() && line.size() + 1 + piece.size() > most) end_line();
    if (piece.size() <= most) {
      absl::StrAppend(&line, line.empty() ? "" : " ", piece);
      continue;
    }
    for (absl::string_view word : absl::StrSplit(piece, ' ')) {
      if (!line.empty() && line.size() + 1 + word.size() > most) end_line();
      absl::StrAppend(&line, line.empty() ? "" : " ", word);
    }
  }
  end_line();
  return lines;
}

// How many panels stand side by side, and how large they are.
void SizePanels(const Figure& figure, Page page, Layout& layout) {
  layout.columns = figure.columns;
  if (page == Page::kTwoColumns) {
    layout.scale = kTwoColumnScale;
    layout.width = kTwoColumnWidth;
  } else if (page == Page::kOneColumn) {
    layout.scale = kOneColumnScale;
    layout.width = kOneColumnWidth;
    layout.columns = std::min(figure.columns, kMostColumns);
  }
  const auto columns = static_cast<double>(layout.columns);
  layout.rows = (figure.panels.size() + layout.columns - 1) / layout.columns;
  bool ticks_between = false;
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    ticks_between |= i % layout.columns != 0 && layout.HasYLabels(figure, i);
  }
  layout.gap = (ticks_between ? kTickGap : kColumnGap) * layout.scale;
  const double around =
      (kLeft + kRight) * layout.scale + (columns - 1) * layout.gap;
  if (page == Page::kScreen) {
    layout.panel_width =
        std::max(kPanelWidth, (kLeastWidth - around) / columns);
    layout.width = around + columns * layout.panel_width;
    layout.panel_height = kPanelHeight;
  } else {
    layout.panel_width = (layout.width - around) / columns;
    layout.panel_height =
        std::clamp(0.8 * layout.panel_width, 1.1, kPanelHeight);
  }
}

// How many letters of a width stand beside each other.
size_t Letters(double width, double letter) {
  return static_cast<size_t>(std::max(width / letter, 8.0));
}

// The lines of the notice, of the heading and of the panels' titles, and their
// heights.
void BreakTitles(const Figure& figure, Layout& layout) {
  const double scale = layout.scale;
  const double letter = kLetter * scale;
  size_t most_lines = 1;
  for (const Panel& panel : figure.panels) {
    layout.titles.push_back(
        Wrapped(panel.title,
                Letters(layout.panel_width + 0.4 * layout.gap, letter), true));
    most_lines = std::max(most_lines, layout.titles.back().size());
  }
  layout.panel_title =
      scale * (kPanelTitle + kTitleLine * static_cast<double>(most_lines));
  layout.heading =
      Wrapped(figure.title, Letters(layout.width, 1.1 * letter), true);
  const size_t heading_lines = std::max<size_t>(layout.heading.size(), 1);
  layout.notice =
      Wrapped(figure.notice, Letters(layout.width, 1.6 * letter), false);
  const auto notice_lines = static_cast<double>(layout.notice.size());
  layout.top =
      scale *
      (kTitle + kHeadingLine * static_cast<double>(heading_lines) +
       (layout.notice.empty() ? 0 : kNotice + kNoticeLine * notice_lines));
}

// As many entries in a row as the longest lets fit, in rows of about one
// length.
void SizeLegend(const Figure& figure, Layout& layout) {
  const LegendEntries legend = LegendEntriesOf(figure);
  std::vector<std::string> entries = legend.lines;
  for (const std::string& label : legend.areas) entries.push_back(label);
  if (figure.linear) entries.push_back("linear");
  if (legend.targets) entries.push_back(figure.target_label);
  if (legend.circles) entries.push_back(figure.circle_label);
  size_t longest = 0;
  for (const std::string& entry : entries) {
    longest = std::max(longest, entry.size());
  }
  const size_t count = std::max<size_t>(entries.size(), 1);
  const double scale = layout.scale;
  const double entry =
      0.5 * scale + kLetter * scale * static_cast<double>(longest);
  const auto most =
      std::max<size_t>(static_cast<size_t>(layout.width / entry), 1);
  const size_t rows = (count + most - 1) / most;
  layout.legend_columns = (count + rows - 1) / rows;
  layout.legend_height =
      scale * (0.13 + kLegendRow * static_cast<double>(rows));
}

double HeightOf(const Layout& layout) {
  return layout.Top(layout.rows) - layout.panel_title + kXLabel * layout.scale +
         layout.legend_height;
}

void AddDistinct(const std::string& label, std::vector<std::string>& labels) {
  if (std::find(labels.begin(), labels.end(), label) == labels.end()) {
    labels.push_back(label);
  }
}

}  // namespace

LegendEntries LegendEntriesOf(const Figure& figure) {
  LegendEntries entries;
  for (const Panel& panel : figure.panels) {
    for (const Line& line : panel.lines) AddDistinct(line.label, entries.lines);
    for (const Line& part : panel.stacked) {
      AddDistinct(part.label, entries.areas);
    }
    entries.targets |= panel.target.has_value();
    entries.circles |= !panel.circled.empty();
  }
  return entries;
}

double Layout::Left(size_t column) const {
  return kLeft * scale + static_cast<double>(column) * (panel_width + gap);
}

double Layout::Top(size_t row) const {
  return top + panel_title +
         static_cast<double>(row) *
             (panel_title + panel_height + kTicks * scale);
}

bool Layout::HasYLabels(const Figure& figure, size_t panel) const {
  return panel % columns == 0 ||
         AxesBegin(figure, panel - 1) != AxesBegin(figure, panel);
}

Layout LayoutOf(const Figure& figure, Page page) {
  Layout layout;
  SizePanels(figure, page, layout);
  BreakTitles(figure, layout);
  SizeLegend(figure, layout);
  layout.height = HeightOf(layout);
  if (page != Page::kScreen && layout.height > kMostHeight) {
    layout.panel_height = std::max(
        1.0, layout.panel_height - (layout.height - kMostHeight) /
                                       static_cast<double>(layout.rows));
    layout.height = HeightOf(layout);
  }
  return layout;
}

}  // namespace local_sgd
