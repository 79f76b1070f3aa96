#include "lib/objective/logistic_regression.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/distinct_rows.h"
#include "lib/objective/logistic_loss.h"

namespace local_sgd {
namespace {

// The sum of the losses of one chunk of distinct rows at kPoints points, entry
// j of point q at kPoints j + q.
template <int kPoints>
std::array<double, kPoints> ChunkLoss(const DistinctRows& rows,
                                      const double* points, int64_t chunk) {
  const int64_t end = std::min((chunk + 1) * kRowsPerChunk, rows.num_rows());
  std::array<double, kPoints> sum = {};
  for (int64_t r = chunk * kRowsPerChunk; r < end; ++r) {
    std::array<double, kPoints> margin = {};
    for (int64_t p = rows.row_begin[r]; p < rows.row_begin[r + 1]; ++p) {
      const double* x = points + int64_t{kPoints} * rows.columns[p];
      const double value = rows.values[p];
      for (int q = 0; q < kPoints; ++q) margin[q] += value * x[q];
    }
    for (int q = 0; q < kPoints; ++q) {
      const LogisticLosses losses = LogisticLossesAt(margin[q]);
      sum[q] += rows.positives[r] * losses.positive +
                rows.negatives[r] * losses.negative;
    }
  }
  return sum;
}

// The sums of the chunks [begin, end), one after the other.
template <int kPoints>
std::vector<double> ChunkLosses(const LogisticRegression& problem,
                                const double* points, int64_t begin,
                                int64_t end, int threads) {
  std::vector<double> losses(kPoints * (end - begin));
#pragma omp parallel for num_threads(threads) if (threads > 1)
  for (int64_t c = begin; c < end; ++c) {
    const std::array<double, kPoints> sum =
        ChunkLoss<kPoints>(problem.distinct, points, c);
    std::copy(sum.begin(), sum.end(), &losses[kPoints * (c - begin)]);
  }
  return losses;
}

// f from the sums of all chunks of n samples.
template <int kPoints>
std::array<double, kPoints> ValuesFrom(absl::Span<const double> losses,
                                       int64_t num_samples, double lambda,
                                       absl::Span<const double> points) {
  std::array<double, kPoints> value = {};
  for (size_t i = 0; i < losses.size(); i += kPoints) {
    for (int q = 0; q < kPoints; ++q) value[q] += losses[i + q];
  }
  std::array<double, kPoints> squared_norm = {};
  for (size_t j = 0; j < points.size(); j += kPoints) {
    for (int q = 0; q < kPoints; ++q) {
      const double x = points[j + q];
      squared_norm[q] += x * x;
    }
  }
  const double n = static_cast<double>(num_samples);
  for (int q = 0; q < kPoints; ++q) {
    value[q] = value[q] / n + 0.5 * lambda * squared_norm[q];
  }
  return value;
}

template <int kPoints>
std::array<double, kPoints> ValuesAt(const LogisticRegression& problem,
                                     absl::Span<const double> points,
                                     int threads) {
  return ValuesFrom<kPoints>(ChunkLosses<kPoints>(problem, points.data(), 0,
                                                  NumChunks(problem), threads),
                             problem.num_samples(), problem.lambda, points);
}

double Margin(const DistinctRows& rows, int64_t r, absl::Span<const double> x) {
  double margin = 0.0;
  for (int64_t p = rows.row_begin[r]; p < rows.row_begin[r + 1]; ++p) {
    margin += rows.values[p] * x[rows.columns[p]];
  }
  return margin;
}

void AddRow(const DistinctRows& rows, int64_t r, double factor,
            std::vector<double>& sum) {
  for (int64_t p = rows.row_begin[r]; p < rows.row_begin[r + 1]; ++p) {
    sum[rows.columns[p]] += factor * rows.values[p];
  }
}

// A margin of r terms is rounded r + 2 times, so that it changes by no more
// than m u / (1 - m u) of the sum of its terms' magnitudes for any m >= r + 2
// with m u < 1; a loss changes by no more than its margin. (m = r + 4 also
// covers the rounding here.)
std::vector<double> MarginRounding(const DistinctRows& rows,
                                   int64_t num_samples, int64_t num_features) {
  constexpr double kUnitRoundoff = 0x1p-24;
  std::vector<double> rounding(num_features, 0.0);
  for (int64_t r = 0; r < rows.num_rows(); ++r) {
    const double change =
        kUnitRoundoff *
        static_cast<double>(rows.row_begin[r + 1] - rows.row_begin[r] + 4);
    const double relative = change < 1.0
                                ? change / (1.0 - change)
                                : std::numeric_limits<double>::infinity();
    const double weight = (rows.positives[r] + rows.negatives[r]) /
                          static_cast<double>(num_samples);
    for (int64_t p = rows.row_begin[r]; p < rows.row_begin[r + 1]; ++p) {
      rounding[rows.columns[p]] += relative * weight * std::abs(rows.values[p]);
    }
  }
  return rounding;
}

}  // namespace

absl::StatusOr<LogisticRegression> MakeLogisticRegression(SparseDataset data,
                                                          double lambda) {
  if (!(lambda > 0.0) || !std::isfinite(lambda)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "regularization must be positive and finite, but is ", lambda));
  }
  if (data.num_samples() == 0 || data.num_features == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the dataset has ", data.num_samples(), " samples and ",
        data.num_features, " features; at least 1 of each needed"));
  }
  LogisticRegression problem;
  problem.data = std::move(data);
  problem.lambda = lambda;
  problem.distinct = MergeRows(problem.data);
  problem.margin_rounding = MarginRounding(
      problem.distinct, problem.num_samples(), problem.num_features());
  return problem;
}

double LargestValue(const SparseDataset& data) {
  double largest = 0.0;
  for (const double value : data.values) {
    largest = std::max(largest, std::abs(value));
  }
  return largest;
}

std::string OverflowCause(const LogisticRegression& problem) {
  const double largest = LargestValue(problem.data);
  return std::sqrt(problem.lambda) > largest
             ? absl::StrCat("lambda is ", problem.lambda)
             : absl::StrCat("the largest |value| of the data is ", largest);
}

double Value(const LogisticRegression& problem, absl::Span<const double> x) {
  return ValuesAt<1>(problem, x, /*threads=*/1)[0];
}

std::array<double, 4> ValuesAtFour(const LogisticRegression& problem,
                                   absl::Span<const double> points,
                                   int threads) {
  return ValuesAt<4>(problem, points, threads);
}

int64_t NumChunks(const LogisticRegression& problem) {
  return (problem.distinct.num_rows() + kRowsPerChunk - 1) / kRowsPerChunk;
}

std::vector<double> ChunkLossesAtFour(const LogisticRegression& problem,
                                      absl::Span<const double> points,
                                      int64_t begin, int64_t end, int threads) {
  return ChunkLosses<4>(problem, points.data(), begin, end, threads);
}

std::array<double, 4> ValuesFromChunkLosses(absl::Span<const double> losses,
                                            int64_t num_samples, double lambda,
                                            absl::Span<const double> points) {
  return ValuesFrom<4>(losses, num_samples, lambda, points);
}

std::vector<double> LossGradient(const LogisticRegression& problem,
                                 absl::Span<const double> x) {
  const DistinctRows& rows = problem.distinct;
  std::vector<double> gradient(problem.num_features(), 0.0);
  for (int64_t r = 0; r < rows.num_rows(); ++r) {
    const double margin = Margin(rows, r, x);
    AddRow(rows, r,
           rows.negatives[r] * LogisticSlope(-margin) -
               rows.positives[r] * LogisticSlope(margin),
           gradient);
  }
  const double n = static_cast<double>(problem.num_samples());
  for (double& entry : gradient) entry /= n;
  return gradient;
}

std::vector<double> Gradient(const LogisticRegression& problem,
                             absl::Span<const double> x) {
  std::vector<double> gradient = LossGradient(problem, x);
  for (int64_t j = 0; j < problem.num_features(); ++j) {
    gradient[j] += problem.lambda * x[j];
  }
  return gradient;
}

std::vector<double> HessianWeights(const LogisticRegression& problem,
                                   absl::Span<const double> x) {
  const DistinctRows& rows = problem.distinct;
  std::vector<double> weights(rows.num_rows());
  for (int64_t r = 0; r < rows.num_rows(); ++r) {
    const double margin = Margin(rows, r, x);
    weights[r] = (rows.positives[r] + rows.negatives[r]) *
                 LogisticSlope(margin) * LogisticSlope(-margin);
  }
  return weights;
}

std::vector<double> HessianTimes(const LogisticRegression& problem,
                                 absl::Span<const double> weights,
                                 absl::Span<const double> v) {
  const DistinctRows& rows = problem.distinct;
  std::vector<double> product(problem.num_features(), 0.0);
  for (int64_t r = 0; r < rows.num_rows(); ++r) {
    AddRow(rows, r, weights[r] * Margin(rows, r, v), product);
  }
  const double n = static_cast<double>(problem.num_samples());
  for (int64_t j = 0; j < problem.num_features(); ++j) {
    product[j] = product[j] / n + problem.lambda * v[j];
  }
  return product;
}

}  // namespace local_sgd
