#include "analysis/figures/drawable.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis/figures/figure.h"

namespace local_sgd {
namespace {

// Leaves out point j of the line where keep(j) is false.
template <class Keep>
void KeepPoints(const Keep& keep, Line& line) {
  Line kept = {line.label, {}};
  for (size_t j = 0; j < line.points.size(); ++j) {
    if (!keep(j)) continue;
    kept.points.push_back(line.points[j]);
    if (!line.errors.empty()) kept.errors.push_back(line.errors[j]);
  }
  line = std::move(kept);
}

bool IsDrawablePoint(const std::pair<double, double>& point) {
  return IsDrawable(point.first) && IsDrawable(point.second);
}

// Returns how many points it leaves out.
int64_t LeaveOut(Line& line) {
  const size_t before = line.points.size();
  const Line all = line;
  KeepPoints(
      [&all](size_t j) {
        const bool has_band = !all.errors.empty();
        return IsDrawablePoint(all.points[j]) &&
               (!has_band ||
                (all.errors[j] >= 0 &&
                 IsDrawable(all.points[j].second + all.errors[j])));
      },
      line);
  return static_cast<int64_t>(before - line.points.size());
}

// Of areas a whole height is left out: the parts above would stand wrong.
int64_t LeaveOutHeights(std::vector<Line>& parts) {
  if (parts.empty()) return 0;
  const std::vector<Line> all = parts;
  const auto can_stand = [&all](size_t j) {
    double sum = 0;
    for (const Line& part : all) {
      const auto& [x, y] = part.points[j];
      if (!IsDrawable(x) || !std::isfinite(y) || y < 0) return false;
      sum += y;
    }
    return IsDrawable(sum);
  };
  for (Line& part : parts) KeepPoints(can_stand, part);
  return static_cast<int64_t>(all[0].points.size() - parts[0].points.size());
}

bool IsEmpty(const Panel& panel) {
  const auto has_points = [](const Line& line) { return !line.points.empty(); };
  return std::none_of(panel.lines.begin(), panel.lines.end(), has_points) &&
         std::none_of(panel.stacked.begin(), panel.stacked.end(), has_points);
}

}  // namespace

bool IsDrawable(double value) {
  return value >= kLeastDrawable && value <= kMostDrawable;
}

DrawableFigure LeaveOutUndrawable(const Figure& figure) {
  DrawableFigure drawable = {figure};
  for (Panel& panel : drawable.figure.panels) {
    int64_t left_out = LeaveOutHeights(panel.stacked);
    for (Line& line : panel.lines) left_out += LeaveOut(line);
    std::erase_if(panel.circled,
                  [](const auto& point) { return !IsDrawablePoint(point); });
    if (panel.target && !IsDrawable(*panel.target)) panel.target.reset();
    if (left_out > 0 && IsEmpty(panel)) {
      panel.nothing_to_show = "no point that can be drawn";
    }
    drawable.points_left_out += left_out;
  }
  return drawable;
}

std::string LeftOutText(int64_t points) {
  if (points == 0) return "";
  return absl::StrCat(
      points, points == 1 ? " point is" : " points are",
      " left out: a logarithmic axis has no place for what is 0 or below, nor "
      "for what is not between 1e-300 and 1e300.");
}

}  // namespace local_sgd
