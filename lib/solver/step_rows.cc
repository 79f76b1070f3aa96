#include "lib/solver/step_rows.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {

absl::StatusOr<StepRows> MakeStepRows(const SparseDataset& data) {
  constexpr int64_t kMaxFeatures = int64_t{1} << 29;
  constexpr int64_t kMaxNonzeros = int64_t{1} << 31;
  if (data.num_features >= kMaxFeatures ||
      data.num_nonzeros() >= kMaxNonzeros) {
    return absl::InvalidArgumentError(
        absl::StrCat("the dataset has ", data.num_features, " features and ",
                     data.num_nonzeros(),
                     " nonzeros; the solver takes fewer than 2^29 and 2^31"));
  }
  StepRows rows;
  rows.num_features = data.num_features;
  rows.num_absent_features = data.num_absent_features;
  const bool all_ones = std::all_of(data.values.begin(), data.values.end(),
                                    [](double value) { return value == 1.0; });
  rows.begin.push_back(0);
  for (int64_t i = 0; i < data.num_samples(); ++i) {
    for (int64_t p = data.row_begin[i]; p < data.row_begin[i + 1]; ++p) {
      rows.offsets.push_back(kColumnDoubles *
                             static_cast<uint32_t>(data.columns[p]));
      if (!all_ones) rows.values.push_back(data.values[p]);
    }
    while (rows.offsets.size() % kRowUnit != 0) {
      rows.offsets.push_back(kColumnDoubles *
                             static_cast<uint32_t>(data.num_features));
      if (!all_ones) rows.values.push_back(0.0);
    }
    rows.begin.push_back(static_cast<uint32_t>(rows.offsets.size() / kRowUnit));
  }
  rows.labels = data.labels;
  if (rows.num_rows() > 0) {
    rows.mean_length = static_cast<double>(data.num_nonzeros()) /
                       static_cast<double>(data.num_samples());
  }
  return rows;
}

}  // namespace local_sgd
