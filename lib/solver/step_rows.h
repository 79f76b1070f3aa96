// The samples laid out for the inner loop of a stochastic gradient step.

#ifndef LIB_SOLVER_STEP_ROWS_H_
#define LIB_SOLVER_STEP_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

// Rows are padded to a multiple of kRowUnit nonzeros, so that the loops over
// them have few different lengths (a mispredicted exit costs as much as five
// nonzeros). The padding has column d, one past the last, and value 0: vectors
// that the solver indexes by column have d + 1 entries, and v of the last one
// stays zero.
inline constexpr int kRowUnit = 4;

// A column's place is stored as an offset in doubles into a worker's columns of
// kColumnDoubles doubles each (WorkerColumn), which spares the loops a shift.
inline constexpr int kColumnDoubles = 4;

// Row i holds offsets (and values) [kRowUnit begin[i], kRowUnit begin[i + 1]).
struct StepRows {
  int64_t num_features = 0;  // d, as everywhere in the solver: those that occur
  int64_t num_absent_features = 0;  // of the data besides, for messages
  std::vector<uint32_t> begin;
  std::vector<uint32_t> offsets;  // kColumnDoubles times the column
  std::vector<double> values;     // empty when every value of the data is 1
  std::vector<double> labels;     // -1 or +1
  double mean_length = 0.0;       // nonzeros per row

  int64_t num_rows() const { return static_cast<int64_t>(labels.size()); }
};

// InvalidArgument when the data have 2^31 nonzeros or more, or 2^29 features.
absl::StatusOr<StepRows> MakeStepRows(const SparseDataset& data);

}  // namespace local_sgd

#endif  // LIB_SOLVER_STEP_ROWS_H_
