// Bias and variance of an iterate apart: over seeds,
//
//   E |x - x*|^2  = |E x - x*|^2  + E |x - E x|^2
//   E f(x) - f*   = (f(E x) - f*) + (E f(x) - f(E x))
//
// where the first term is what no averaging over seeds or workers removes, the
// bias, and the second is the variance. E x is estimated by the mean m of x
// over n seeds. Its own variance, 1/n of that of x, makes |m - x*|^2 and f(m)
// too large, exactly so for a quadratic f; it is taken off the bias:
//
//   variance = 1/(n-1) sum |x_s - m|^2
//            = n/(n-1) (mean |x_s - x*|^2 - |m - x*|^2),
//   bias     = mean |x_s - x*|^2 - variance,
//
// by the first form, which loses nothing where the seeds agree and is never
// negative; and the second form with f(.) - f* in place of |. - x*|^2, where a
// variance below 0 can only be rounding, f being convex, and counts as 0. The
// estimates are free of bias (for f up to third order in x - E x), so that of a
// bias near zero may be negative.

#ifndef LIB_STATISTICS_BIAS_VARIANCE_H_
#define LIB_STATISTICS_BIAS_VARIANCE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace local_sgd {

// What one seed s brings, enough to leave any one seed out; m is the mean of x
// over all seeds.
struct SeedError {
  double squared_distance = 0;    // |x_s - x*|^2
  double squared_deviation = 0;   // |x_s - m|^2
  double variance_of_others = 0;  // that of the other seeds, three at least
  double gap = 0;                 // f(x_s) - f*
  double gap_of_others = 0;       // f(mean of x over the other seeds) - f*
  double gap_of_mean = 0;         // f(m) - f*, the same for every seed
};

// total = bias + variance, up to rounding.
struct BiasVariance {
  double total = 0;
  double bias = 0;
  double variance = 0;
};

// The mean of the points, each of d entries, except that of index `left_out`;
// kNone: all of them.
inline constexpr int64_t kNone = -1;
std::vector<double> MeanPoint(const std::vector<std::vector<double>>& points,
                              int64_t left_out);

// The distances of points[s] = x_s, d entries each, from x* and from each
// other; the gaps are left at zero. At least one point.
std::vector<SeedError> DistancesOf(
    const std::vector<std::vector<double>>& points,
    absl::Span<const double> optimum);

// Of the seeds kept, as Jackknife gives them: all, or all but one.
// InvalidArgument for anything else and for fewer than two.
absl::StatusOr<BiasVariance> DistanceBiasVariance(
    absl::Span<const SeedError> seeds, absl::Span<const int64_t> kept);
absl::StatusOr<BiasVariance> GapBiasVariance(absl::Span<const SeedError> seeds,
                                             absl::Span<const int64_t> kept);

}  // namespace local_sgd

#endif  // LIB_STATISTICS_BIAS_VARIANCE_H_
