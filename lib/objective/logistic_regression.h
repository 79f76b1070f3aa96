// The objective of the paper's section 4,
//
//   f(x) = (1/n) sum_i log(1 + exp(-y_i <a_i, x>)) + lambda/2 |x|^2,
//
// its gradient and its Hessian. Every sum has one order, whatever the number of
// threads, so f has the same bits everywhere.

#ifndef LIB_OBJECTIVE_LOGISTIC_REGRESSION_H_
#define LIB_OBJECTIVE_LOGISTIC_REGRESSION_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/dataset/sparse_dataset.h"
#include "lib/objective/distinct_rows.h"

namespace local_sgd {

// Data and lambda. Made by MakeLogisticRegression; not changed afterwards.
struct LogisticRegression {
  SparseDataset data;
  double lambda = 0.0;  // L2 regularisation, the mu of the theorems
  DistinctRows distinct;
  // d entries: sum_j margin_rounding_j |x_j| bounds what rounding <a_i, x> to
  // single precision can change f(x) by.
  std::vector<double> margin_rounding;

  int64_t num_samples() const { return data.num_samples(); }  // n
  int64_t num_features() const { return data.num_features; }  // d
};

// Takes `data` over. InvalidArgument unless lambda is positive and finite and
// there is at least one sample and one feature.
absl::StatusOr<LogisticRegression> MakeLogisticRegression(SparseDataset data,
                                                          double lambda);

// The largest magnitude of a value, 0 without one.
double LargestValue(const SparseDataset& data);

// Which number makes a sum over f overflow: "the largest |value| of the data is
// 1e+160", or "lambda is 1e+300". The curvature of f is of the order of the
// square of the one and of the other.
std::string OverflowCause(const LogisticRegression& problem);

// The order of the sum of losses: over the distinct rows of a chunk, then over
// the chunks.
inline constexpr int64_t kRowsPerChunk = 256;

// f(x), x of d entries.
double Value(const LogisticRegression& problem, absl::Span<const double> x);

// Four values of f at once: `points` has 4 d entries, entry j of point q at
// 4 j + q. Like four calls of Value, bit for bit, on `threads` threads.
std::array<double, 4> ValuesAtFour(const LogisticRegression& problem,
                                   absl::Span<const double> points,
                                   int threads);

// The chunks that the distinct rows of the data fall into.
int64_t NumChunks(const LogisticRegression& problem);

// The sums of losses at four points, laid out as above, of the chunks [begin,
// end): four entries a chunk.
std::vector<double> ChunkLossesAtFour(const LogisticRegression& problem,
                                      absl::Span<const double> points,
                                      int64_t begin, int64_t end, int threads);

// ValuesAtFour from what ChunkLossesAtFour gives for all chunks of the data,
// whoever computed them, and the number of their samples n.
std::array<double, 4> ValuesFromChunkLosses(absl::Span<const double> losses,
                                            int64_t num_samples, double lambda,
                                            absl::Span<const double> points);

// The gradient of the mean loss alone, without the ridge's lambda x; d entries.
std::vector<double> LossGradient(const LogisticRegression& problem,
                                 absl::Span<const double> x);

// grad f(x), d entries.
std::vector<double> Gradient(const LogisticRegression& problem,
                             absl::Span<const double> x);

// The weights h_r of the Hessian (1/n) sum_r h_r a_r a_r' + lambda I at x, one
// for each distinct row r.
std::vector<double> HessianWeights(const LogisticRegression& problem,
                                   absl::Span<const double> x);

// ((1/n) sum_r weights_r a_r a_r' + lambda I) v, d entries: the Hessian for the
// weights of HessianWeights.
std::vector<double> HessianTimes(const LogisticRegression& problem,
                                 absl::Span<const double> weights,
                                 absl::Span<const double> v);

}  // namespace local_sgd

#endif  // LIB_OBJECTIVE_LOGISTIC_REGRESSION_H_
