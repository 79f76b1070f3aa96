// How much an estimate would change with other seeds, for estimates that are no
// mean of one number a seed: leave out one seed at a time and look.

#ifndef LIB_STATISTICS_JACKKNIFE_H_
#define LIB_STATISTICS_JACKKNIFE_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/statistics/interval.h"

namespace local_sgd {

// The seeds that an estimate is made from, ascending: all of 0..m-1, or all but
// one.
using Kept = absl::Span<const int64_t>;

// The estimate from the seeds 0..m-1 (m >= 1), plus or minus Student's t with
// m - 1 degrees of freedom times the jackknife's standard error,
//
//   var = (m - 1)/m sum_i (estimate without seed i - their mean)^2
//
// which for the mean of one number a seed is the usual one. `estimate` gets the
// seeds that it is to use, ascending. One seed has no interval; low and high
// are then the value. The first error of `estimate` is returned.
absl::StatusOr<Interval> Jackknife(
    int64_t m, const std::function<absl::StatusOr<double>(Kept)>& estimate);

// The mean of one number a seed, summed in order, over those kept.
double MeanOf(absl::Span<const double> samples, Kept kept);

// MeanOf each of several quantities.
std::vector<double> MeansOf(const std::vector<std::vector<double>>& samples,
                            Kept kept);

}  // namespace local_sgd

#endif  // LIB_STATISTICS_JACKKNIFE_H_
