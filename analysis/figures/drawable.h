// What of a figure a logarithmic axis can show: it has no place for 0, for what
// is below, and for what is not finite.

#ifndef ANALYSIS_FIGURES_DRAWABLE_H_
#define ANALYSIS_FIGURES_DRAWABLE_H_

#include <cstdint>
#include <string>

#include "analysis/figures/figure.h"

namespace local_sgd {

// The ends of what can be drawn, well inside the range of a double: axes end a
// power beyond their points.
inline constexpr double kLeastDrawable = 1e-300;
inline constexpr double kMostDrawable = 1e300;
bool IsDrawable(double value);

struct DrawableFigure {
  Figure figure;
  int64_t points_left_out = 0;
};

// The figure with the points of its lines, the heights of its areas, the
// circles and the targets that can be drawn; a panel of which none is left says
// so. Points and heights are counted, each once. What Draw() accepts is left as
// it is.
DrawableFigure LeaveOutUndrawable(const Figure& figure);

// "3 points are left out: ..." for a caption; empty for none.
std::string LeftOutText(int64_t points);

}  // namespace local_sgd

#endif  // ANALYSIS_FIGURES_DRAWABLE_H_
