// Figures drawn by gnuplot, for the screen and for print.

#ifndef ANALYSIS_FIGURES_GNUPLOT_H_
#define ANALYSIS_FIGURES_GNUPLOT_H_

#include <string>

#include "absl/status/statusor.h"
#include "analysis/figures/figure.h"

namespace local_sgd {

// In the PDFs fonts are embedded and there is no date: same figure, same bytes.
struct Drawing {
  std::string svg;         // kScreen
  std::string pdf;         // kTwoColumns
  std::string column_pdf;  // kOneColumn
};

// InvalidArgument, naming figure, panel and line, for a number that a
// logarithmic axis cannot show (see drawable.h), a band that is not finite, and
// areas below 0 or without a sum above 0; FailedPrecondition,
// naming the Debian package, without gnuplot; Internal with gnuplot's own words
// when it fails.
absl::StatusOr<Drawing> Draw(const Figure& figure);

}  // namespace local_sgd

#endif  // ANALYSIS_FIGURES_GNUPLOT_H_
