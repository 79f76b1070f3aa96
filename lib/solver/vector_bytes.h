// What exchanged vectors amount to in bytes.

#ifndef LIB_SOLVER_VECTOR_BYTES_H_
#define LIB_SOLVER_VECTOR_BYTES_H_

#include <cstdint>
#include <limits>

namespace local_sgd {

// 8 bytes for each of `num_features`, the entries of a vector; the largest
// number where they are more. Features that no sample has are no entries
// (sparse_dataset.h): workers agree on their 0 without a message.
inline int64_t VectorBytes(int64_t vectors, int64_t num_features) {
  const int64_t bytes = num_features * static_cast<int64_t>(sizeof(double));
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  return bytes > 0 && vectors > kMost / bytes ? kMost : vectors * bytes;
}

}  // namespace local_sgd

#endif  // LIB_SOLVER_VECTOR_BYTES_H_
