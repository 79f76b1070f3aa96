// Sample means, their standard errors and intervals.

#ifndef LIB_STATISTICS_MEAN_H_
#define LIB_STATISTICS_MEAN_H_

#include <optional>

#include "absl/types/span.h"
#include "lib/statistics/interval.h"

namespace local_sgd {

// The arithmetic mean, summed in order; of at least one sample.
double Mean(absl::Span<const double> samples);

// Estimated standard error of the mean, s / sqrt(m) with the sample standard
// deviation s (divisor m - 1); nothing for m < 2 samples.
std::optional<double> StandardError(absl::Span<const double> samples);

// The mean plus or minus Student's t with m - 1 degrees of freedom times its
// standard error; one sample has no interval, low and high are then the mean.
Interval MeanInterval(absl::Span<const double> samples);

}  // namespace local_sgd

#endif  // LIB_STATISTICS_MEAN_H_
