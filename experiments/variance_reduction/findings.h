// What the records of the variance experiment say, as numbers with intervals.
//
// Slopes are exponents of K in a power law, fitted to all numbers of workers:
//
//   gradient_variance_slope  of the variance of the averaged gradient; -1
//   gradient_variance_ratio  that variance over sigma_t^2/(K b); 1
//   variance_slope           of the spread of x over seeds, E|x - E x|^2
//   variance_slope_fit       the same, with the interval of the residuals: how
//                            well a power law describes it at all
//   gap_variance_slope       of E f(x) - f(E x)
//   gap_slope                of E f(x) - f*, bias and variance together
//
// where -1 is what Theorem 2.2's variance term sigma^2/(T K b) has at equal T,
// and 0 at equal numbers of gradients. With K the smallest and the largest
// number of workers, as the setting says:
//
//   gap_bias                 f(E x) - f*
//   gap_bias_share           the same over E f(x) - f*
//
// and at the largest K, of local SGD and of one-shot averaging against parallel
// SGD, H = 1:
//
//   variance_over_parallel   the spread over its spread, both of x
//   gap_over_parallel        E f(x) - f* over its E f(x) - f*
//
// A setting is "lambda=0.01, theory, H=16, last, equal T", say, with "one-shot"
// in place of H and "equal gradients" in place of equal T; of the gradient
// "lambda=0.01, optimum" or "lambda=0.01, theory, H=16, path".

#ifndef EXPERIMENTS_VARIANCE_REDUCTION_FINDINGS_H_
#define EXPERIMENTS_VARIANCE_REDUCTION_FINDINGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/variance_reduction/records.h"
#include "lib/records/finding_record.h"

namespace local_sgd {

inline constexpr char kVarianceExperiment[] = "variance_reduction";

// Intervals are the jackknife's over seeds, of which every cell needs at least
// three: cells share their draws. Numbers that have no logarithm or no divisor
// (a bias share of a gap that is zero, say) are left out, and so are slopes of
// fewer than three numbers of workers.
absl::StatusOr<std::vector<FindingRecord>> VarianceFindings(
    const VarianceReduction& records);

}  // namespace local_sgd

#endif  // EXPERIMENTS_VARIANCE_REDUCTION_FINDINGS_H_
