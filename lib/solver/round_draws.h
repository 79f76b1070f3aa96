// The rows that the workers have drawn since a synchronisation, from which the
// columns that it has to touch follow.

#ifndef LIB_SOLVER_ROUND_DRAWS_H_
#define LIB_SOLVER_ROUND_DRAWS_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "lib/solver/step_rows.h"

namespace local_sgd {

// Draws that a worker plans ahead; bounds the scratch memory only.
inline constexpr int64_t kPlannedDraws = 256;

// The draws of a round that are kept for one worker: those that touch less than
// all columns.
inline int64_t DrawsKept(const StepRows& rows, int64_t batch) {
  const double useful =
      static_cast<double>(rows.num_features) / std::max(rows.mean_length, 1.0);
  return std::max(
      {kPlannedDraws, batch, static_cast<int64_t>(std::min(useful, 65536.0))});
}

// Draws of K workers, those of one side by side.
struct RoundDraws {
  int64_t capacity = 0;        // draws kept for one worker
  int64_t count = 0;           // draws of each worker in this round
  bool known = true;           // count <= capacity, and all of them are kept
  std::vector<uint32_t> rows;  // worker k's at k capacity

  uint32_t* worker(int64_t k) { return rows.data() + k * capacity; }
  const uint32_t* worker(int64_t k) const { return rows.data() + k * capacity; }
};

// Calls visit(j) for every column of the rows that worker k drew, draws
// [first_draw, draws.count); some more than once.
template <class Visit>
void ForEachDrawnColumn(const StepRows& rows, const RoundDraws& draws,
                        int64_t first_draw, int64_t k, Visit&& visit) {
  const uint32_t* drawn = draws.worker(k);
  for (int64_t i = first_draw; i < draws.count; ++i) {
    const uint32_t* offset =
        rows.offsets.data() + int64_t{kRowUnit} * rows.begin[drawn[i]];
    const uint32_t* row_end =
        rows.offsets.data() + int64_t{kRowUnit} * rows.begin[drawn[i] + 1];
    for (; offset < row_end; ++offset) visit(*offset / kColumnDoubles);
  }
}

}  // namespace local_sgd

#endif  // LIB_SOLVER_ROUND_DRAWS_H_
