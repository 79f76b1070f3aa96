// What the axes of a figure's panels show.

#ifndef ANALYSIS_FIGURES_FIGURE_AXES_H_
#define ANALYSIS_FIGURES_FIGURE_AXES_H_

#include <cstddef>

#include "analysis/figures/figure.h"

namespace local_sgd {

// The panels from AxesBegin() to AxesEnd() have the same axes as this one.
size_t AxesBegin(const Figure& figure, size_t panel);
size_t AxesEnd(const Figure& figure, size_t panel);

// Exponents of the powers of a base around a set of positive values.
struct Span {
  int low = 0;
  int high = 0;
};

struct Axes {
  Span x;  // powers of two
  Span y;  // powers of the figure's base
  double y_low = 0;
  double y_high = 0;
};

// Of the panels from `begin` to `end`.
Axes AxesOf(const Figure& figure, size_t begin, size_t end);

}  // namespace local_sgd

#endif  // ANALYSIS_FIGURES_FIGURE_AXES_H_
