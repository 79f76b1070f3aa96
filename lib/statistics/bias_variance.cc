#include "lib/statistics/bias_variance.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/check.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

// The one seed that is not kept, or kNone.
absl::StatusOr<int64_t> LeftOut(size_t seeds, absl::Span<const int64_t> kept) {
  int64_t left_out = kNone;
  size_t next = 0;
  for (size_t s = 0; s < seeds; ++s) {
    if (next < kept.size() && kept[next] == static_cast<int64_t>(s)) {
      ++next;
    } else if (left_out == kNone) {
      left_out = static_cast<int64_t>(s);
    } else {
      next = kept.size() + 1;
    }
  }
  if (next != kept.size() || kept.size() < 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("bias and variance from ", kept.size(), " of ", seeds,
                     " seeds, expected all or all but one, at least two"));
  }
  return left_out;
}

BiasVariance Apart(double total, double variance) {
  return {total, total - variance, variance};
}

double SquaredDistance(const std::vector<double>& x,
                       absl::Span<const double> y) {
  double sum = 0;
  for (size_t j = 0; j < x.size(); ++j) sum += (x[j] - y[j]) * (x[j] - y[j]);
  return sum;
}

// The sum of |x_s - m|^2 over the points but that of index `left_out`, m their
// mean, where `each` gets the terms. From the differences to one of the points,
// so that points which agree have none: their mean need not round to them.
double SumOfSquaredDeviations(const std::vector<std::vector<double>>& points,
                              int64_t left_out, std::vector<double>& each) {
  std::vector<std::vector<double>> differences;
  for (size_t s = 0; s < points.size(); ++s) {
    if (static_cast<int64_t>(s) == left_out) continue;
    std::vector<double>& difference = differences.emplace_back(points[s]);
    const std::vector<double>& origin = points[left_out == 0 ? 1 : 0];
    for (size_t j = 0; j < difference.size(); ++j) difference[j] -= origin[j];
  }
  const std::vector<double> mean = MeanPoint(differences, kNone);
  double sum = 0;
  each.clear();
  for (const std::vector<double>& difference : differences) {
    each.push_back(SquaredDistance(difference, mean));
    sum += each.back();
  }
  return sum;
}

// The variance of the distances.
double DistanceVariance(absl::Span<const SeedError> seeds, int64_t left_out) {
  if (left_out != kNone) {
    return seeds[static_cast<size_t>(left_out)].variance_of_others;
  }
  double variance = 0;
  for (const SeedError& seed : seeds) variance += seed.squared_deviation;
  return variance / static_cast<double>(seeds.size() - 1);
}

}  // namespace

std::vector<double> MeanPoint(const std::vector<std::vector<double>>& points,
                              int64_t left_out) {
  LOCAL_SGD_CHECK(!points.empty());
  std::vector<double> mean(points[0].size());
  for (size_t s = 0; s < points.size(); ++s) {
    if (static_cast<int64_t>(s) == left_out) continue;
    for (size_t j = 0; j < mean.size(); ++j) mean[j] += points[s][j];
  }
  const size_t n = points.size() - (left_out == kNone ? 0 : 1);
  for (double& entry : mean) entry /= static_cast<double>(n);
  return mean;
}

std::vector<SeedError> DistancesOf(
    const std::vector<std::vector<double>>& points,
    absl::Span<const double> optimum) {
  LOCAL_SGD_CHECK(!points.empty());
  const size_t S = points.size();
  std::vector<SeedError> seeds(S);
  std::vector<double> deviations;
  SumOfSquaredDeviations(points, kNone, deviations);
  std::vector<double> of_others;
  for (size_t s = 0; s < S; ++s) {
    seeds[s].squared_distance = SquaredDistance(points[s], optimum);
    seeds[s].squared_deviation = deviations[s];
    if (S < 3) continue;
    seeds[s].variance_of_others =
        SumOfSquaredDeviations(points, static_cast<int64_t>(s), of_others) /
        static_cast<double>(S - 2);
  }
  return seeds;
}

absl::StatusOr<BiasVariance> DistanceBiasVariance(
    absl::Span<const SeedError> seeds, absl::Span<const int64_t> kept) {
  ASSIGN_OR_RETURN(const int64_t left_out, LeftOut(seeds.size(), kept));
  double total = 0;
  for (int64_t s : kept) {
    total += seeds[static_cast<size_t>(s)].squared_distance;
  }
  total /= static_cast<double>(kept.size());
  return Apart(total, DistanceVariance(seeds, left_out));
}

absl::StatusOr<BiasVariance> GapBiasVariance(absl::Span<const SeedError> seeds,
                                             absl::Span<const int64_t> kept) {
  ASSIGN_OR_RETURN(const int64_t left_out, LeftOut(seeds.size(), kept));
  double total = 0;
  for (int64_t s : kept) total += seeds[static_cast<size_t>(s)].gap;
  total /= static_cast<double>(kept.size());
  // Of points that agree f differs by rounding only.
  if (DistanceVariance(seeds, left_out) == 0) return Apart(total, 0);
  const double of_mean =
      left_out == kNone ? seeds[0].gap_of_mean
                        : seeds[static_cast<size_t>(left_out)].gap_of_others;
  const double count = static_cast<double>(kept.size());
  const double variance = count / (count - 1.0) * (total - of_mean);
  return Apart(total, variance < 0 ? 0 : variance);
}

}  // namespace local_sgd
