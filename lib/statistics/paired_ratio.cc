#include "lib/statistics/paired_ratio.h"

#include <cmath>
#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "lib/check.h"
#include "lib/statistics/mean.h"

namespace local_sgd {

RatioEstimate PairedRatio(absl::Span<const double> numerators,
                          absl::Span<const double> denominators) {
  LOCAL_SGD_CHECK(numerators.size() == denominators.size());
  const double y = Mean(denominators);
  RatioEstimate estimate;
  estimate.ratio = Mean(numerators) / y;
  // x_i - ratio y_i has the variance s_x^2 + ratio^2 s_y^2 - 2 ratio s_xy,
  // which is the sum in the header times y^2 and cannot round below zero.
  std::vector<double> residuals;
  for (size_t i = 0; i < numerators.size(); ++i) {
    residuals.push_back(numerators[i] - estimate.ratio * denominators[i]);
  }
  estimate.standard_error = StandardError(residuals);
  if (estimate.standard_error) *estimate.standard_error /= std::abs(y);
  return estimate;
}

}  // namespace local_sgd
