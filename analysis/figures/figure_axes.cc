#include "analysis/figures/figure_axes.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "analysis/figures/figure.h"
#include "lib/math/integer_power.h"

namespace local_sgd {
namespace {

Span PowersAround(const std::vector<double>& values, int base) {
  Span span;
  if (values.empty()) return {0, 1};
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  while (IntegerPower(base, span.low) > *least) --span.low;
  while (IntegerPower(base, span.low + 1) <= *least) ++span.low;
  span.high = span.low;
  while (IntegerPower(base, span.high) < *most) ++span.high;
  if (span.high == span.low) ++span.high;
  return span;
}

}  // namespace

size_t AxesBegin(const Figure& figure, size_t panel) {
  return figure.axes_by_row ? panel / figure.columns * figure.columns : 0;
}

size_t AxesEnd(const Figure& figure, size_t panel) {
  return figure.axes_by_row
             ? std::min(AxesBegin(figure, panel) + figure.columns,
                        figure.panels.size())
             : figure.panels.size();
}

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
    // The sum shows; what is below the lines may leave the axis.
    const std::vector<Line>& parts = figure.panels[i].stacked;
    for (size_t j = 0; !parts.empty() && j < parts[0].points.size(); ++j) {
      double sum = 0;
      for (const Line& part : parts) sum += part.points[j].second;
      xs.push_back(parts[0].points[j].first);
      ys.push_back(sum);
    }
  }
  Axes axes;
  axes.x = PowersAround(xs, 2);
  // The line y = x shows in full.
  if (figure.linear) ys.insert(ys.end(), xs.begin(), xs.end());
  axes.y = PowersAround(ys, figure.y_base);
  // Just outside the outermost labels, which gnuplot may lose otherwise.
  axes.y_low = IntegerPower(figure.y_base, axes.y.low) / 1.09;
  axes.y_high = IntegerPower(figure.y_base, axes.y.high) * 1.09;
  if (limits) {
    axes.y_low = std::max(axes.y_low, limits->first);
    axes.y_high = std::min(axes.y_high, limits->second);
  }
  return axes;
}

}  // namespace local_sgd
