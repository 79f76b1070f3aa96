// The xbar of Algorithm 2: a vector that several threads add to and read at the
// same time, without locks.

#ifndef LIB_SOLVER_SHARED_POINT_H_
#define LIB_SOLVER_SHARED_POINT_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace local_sgd {

class SharedPoint {
 public:
  // x_0 = 0, d entries.
  explicit SharedPoint(int64_t num_features) : entries_(num_features, 0.0) {}

  // xbar += update, d entries. Every entry is added atomically, so none is
  // lost; the vector as a whole is not, so a reader may see a part of it.
  // Orders nothing else: who announces the add does so with a release.
  void Add(absl::Span<const double> update) {
    for (size_t j = 0; j < entries_.size(); ++j) {
      std::atomic_ref<double>(entries_[j])
          .fetch_add(update[j], std::memory_order_relaxed);
    }
  }

  // point = xbar, d entries, each read atomically.
  void Read(absl::Span<double> point) {
    for (size_t j = 0; j < entries_.size(); ++j) {
      point[j] =
          std::atomic_ref<double>(entries_[j]).load(std::memory_order_relaxed);
    }
  }

 private:
  std::vector<double> entries_;
};

}  // namespace local_sgd

#endif  // LIB_SOLVER_SHARED_POINT_H_
