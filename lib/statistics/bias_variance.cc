#include "lib/statistics/bias_variance.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

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

// From the mean of the n single errors and the error of the mean.
BiasVariance Apart(double total, double of_mean, size_t n) {
  const double count = static_cast<double>(n);
  const double variance = count / (count - 1.0) * (total - of_mean);
  return {total, total - variance, variance};
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
  const std::vector<double> mean = MeanPoint(points, kNone);
  std::vector<SeedError> seeds(points.size());
  for (size_t s = 0; s < points.size(); ++s) {
    for (size_t j = 0; j < mean.size(); ++j) {
      const double deviation = points[s][j] - optimum[j];
      seeds[s].squared_distance += deviation * deviation;
      seeds[s].product_with_mean += deviation * (mean[j] - optimum[j]);
    }
  }
  return seeds;
}

absl::StatusOr<BiasVariance> DistanceBiasVariance(
    absl::Span<const SeedError> seeds, absl::Span<const int64_t> kept) {
  const absl::StatusOr<int64_t> left_out = LeftOut(seeds.size(), kept);
  if (!left_out.ok()) return left_out.status();
  double total = 0;
  double of_mean = 0;  // |m - x*|^2 = mean <x_s - x*, m - x*> over all seeds
  for (const SeedError& seed : seeds) of_mean += seed.product_with_mean;
  of_mean /= static_cast<double>(seeds.size());
  for (int64_t s : kept) {
    total += seeds[static_cast<size_t>(s)].squared_distance;
  }
  total /= static_cast<double>(kept.size());
  if (*left_out != kNone) {
    // The sum over the others is S (m - x*) - (x_s - x*).
    const SeedError& out = seeds[static_cast<size_t>(*left_out)];
    const double S = static_cast<double>(seeds.size());
    of_mean = (S * S * of_mean - 2.0 * S * out.product_with_mean +
               out.squared_distance) /
              ((S - 1.0) * (S - 1.0));
  }
  return Apart(total, of_mean, kept.size());
}

absl::StatusOr<BiasVariance> GapBiasVariance(absl::Span<const SeedError> seeds,
                                             absl::Span<const int64_t> kept) {
  const absl::StatusOr<int64_t> left_out = LeftOut(seeds.size(), kept);
  if (!left_out.ok()) return left_out.status();
  double total = 0;
  for (int64_t s : kept) total += seeds[static_cast<size_t>(s)].gap;
  total /= static_cast<double>(kept.size());
  return Apart(total,
               *left_out == kNone
                   ? seeds[0].gap_of_mean
                   : seeds[static_cast<size_t>(*left_out)].gap_of_others,
               kept.size());
}

}  // namespace local_sgd
