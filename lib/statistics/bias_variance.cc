#include "lib/statistics/bias_variance.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
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

}  // namespace

std::vector<double> MeanPoint(const std::vector<std::vector<double>>& points,
                              int64_t left_out) {
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
  const size_t S = points.size();
  const std::vector<double> mean = MeanPoint(points, kNone);
  std::vector<SeedError> seeds(S);
  for (size_t s = 0; s < S; ++s) {
    seeds[s].squared_distance = SquaredDistance(points[s], optimum);
    seeds[s].squared_deviation = SquaredDistance(points[s], mean);
    if (S < 3) continue;
    const std::vector<double> others =
        MeanPoint(points, static_cast<int64_t>(s));
    for (size_t other = 0; other < S; ++other) {
      if (other == s) continue;
      seeds[s].variance_of_others += SquaredDistance(points[other], others);
    }
    seeds[s].variance_of_others /= static_cast<double>(S - 2);
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
  if (left_out != kNone) {
    return Apart(total,
                 seeds[static_cast<size_t>(left_out)].variance_of_others);
  }
  double variance = 0;
  for (const SeedError& seed : seeds) variance += seed.squared_deviation;
  return Apart(total, variance / static_cast<double>(seeds.size() - 1));
}

absl::StatusOr<BiasVariance> GapBiasVariance(absl::Span<const SeedError> seeds,
                                             absl::Span<const int64_t> kept) {
  ASSIGN_OR_RETURN(const int64_t left_out, LeftOut(seeds.size(), kept));
  double total = 0;
  for (int64_t s : kept) total += seeds[static_cast<size_t>(s)].gap;
  total /= static_cast<double>(kept.size());
  const double of_mean =
      left_out == kNone ? seeds[0].gap_of_mean
                        : seeds[static_cast<size_t>(left_out)].gap_of_others;
  const double count = static_cast<double>(kept.size());
  return Apart(total, std::max(0.0, count / (count - 1.0) * (total - of_mean)));
}

}  // namespace local_sgd
