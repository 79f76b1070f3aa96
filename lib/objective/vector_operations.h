// Sums over dense vectors in index order, for code whose result must not depend
// on how a library blocks or vectorises them.

#ifndef LIB_OBJECTIVE_VECTOR_OPERATIONS_H_
#define LIB_OBJECTIVE_VECTOR_OPERATIONS_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"

namespace local_sgd {

// <x, y>; x and y of one length.
inline double Dot(absl::Span<const double> x, absl::Span<const double> y) {
  double sum = 0.0;
  for (size_t j = 0; j < x.size(); ++j) sum += x[j] * y[j];
  return sum;
}

inline double SquaredNorm(absl::Span<const double> x) { return Dot(x, x); }

// y += factor x; x and y of one length.
inline void AddScaled(double factor, absl::Span<const double> x,
                      std::vector<double>& y) {
  for (size_t j = 0; j < x.size(); ++j) y[j] += factor * x[j];
}

}  // namespace local_sgd

#endif  // LIB_OBJECTIVE_VECTOR_OPERATIONS_H_
