// Curves between their points: straight lines of logarithms.

#ifndef LIB_STATISTICS_LOG_INTERPOLATION_H_
#define LIB_STATISTICS_LOG_INTERPOLATION_H_

#include <cstdint>

#include "absl/types/span.h"

namespace local_sgd {

// y at x on the line through both points of log y against log x; no number
// where there are no logarithms.
double InterpolateLogs(double x0, double y0, double x1, double y1, double x);

// What a period costs: a ratio to H = 1; not finite where a run has diverged.
struct LossPoint {
  int64_t period = 1;  // H
  double ratio = 1;
};

enum class Censoring {
  kNone,
  kAbove,  // no period of the curve exceeds the limit
  kBelow,  // the first one does
};

struct PeriodEstimate {
  double period = 1;  // H; the last or the first one where it is censored
  Censoring censoring = Censoring::kNone;
};

// The largest H up to which every period of the curve has at most the ratio
// `limit` > 0: between the last such period and the next one, log ratio is
// interpolated in log H; where the next one diverged, the last such period
// itself. The curve has at least one point, H ascending.
PeriodEstimate LargestPeriodWithin(absl::Span<const LossPoint> curve,
                                   double limit);

}  // namespace local_sgd

#endif  // LIB_STATISTICS_LOG_INTERPOLATION_H_
