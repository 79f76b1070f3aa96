#include "lib/solver/step_rows.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

absl::StatusOr<StepRows> MakeStepRows(const SparseDataset& data) {
  if (data.num_nonzeros() > std::numeric_limits<uint32_t>::max()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the dataset has ", data.num_nonzeros(),
                     " nonzeros; the solver takes fewer than 2^32"));
  }
  StepRows rows;
  rows.num_features = data.num_features;
  rows.begin.assign(data.row_begin.begin(), data.row_begin.end());
  rows.columns.assign(data.columns.begin(), data.columns.end());
  const bool all_ones = std::all_of(data.values.begin(), data.values.end(),
                                    [](double value) { return value == 1.0; });
  if (!all_ones) rows.values = data.values;
  rows.labels = data.labels;
  if (rows.num_rows() > 0) {
    rows.mean_length = static_cast<double>(data.num_nonzeros()) /
                       static_cast<double>(data.num_samples());
  }
  return rows;
}

}  // namespace local_sgd
