// The ratio of two means over paired samples, and how sure it is.

#ifndef LIB_STATISTICS_PAIRED_RATIO_H_
#define LIB_STATISTICS_PAIRED_RATIO_H_

#include <optional>

#include "absl/types/span.h"

namespace local_sgd {

struct RatioEstimate {
  double ratio = 0.0;                    // mean(x) / mean(y)
  std::optional<double> standard_error;  // nothing for fewer than two pairs
};

// Pair i is numerators[i], denominators[i]; as many of one as of the other, at
// least one, and mean(y) != 0. The standard error is the delta method's, to
// first order in the deviations of the means x and y from what they estimate:
//
//   var = 1/m (s_x^2 / y^2 + x^2 s_y^2 / y^4 - 2 x s_xy / y^3)
//
// with the sample variances and covariance s (divisor m - 1). Pairs that go
// together make it smaller, so it needs the pairs and not the means alone.
RatioEstimate PairedRatio(absl::Span<const double> numerators,
                          absl::Span<const double> denominators);

}  // namespace local_sgd

#endif  // LIB_STATISTICS_PAIRED_RATIO_H_
