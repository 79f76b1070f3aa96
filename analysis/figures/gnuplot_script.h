// What gnuplot is told to draw a figure.

#ifndef ANALYSIS_FIGURES_GNUPLOT_SCRIPT_H_
#define ANALYSIS_FIGURES_GNUPLOT_SCRIPT_H_

#include <string>

#include "analysis/figures/figure.h"

namespace local_sgd {

// A string of a script; gnuplot takes a single-quoted one as it stands.
std::string Quoted(const std::string& text);

// Plain text, without terminal and output. The figure's numbers are those that
// Draw() accepts.
std::string GnuplotScript(const Figure& figure, Page page = Page::kScreen);

}  // namespace local_sgd

#endif  // ANALYSIS_FIGURES_GNUPLOT_SCRIPT_H_
