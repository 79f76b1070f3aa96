// LIBSVM text: what is read is a valid dataset, comes back the same from what
// the writer makes of it, and took memory in proportion to the text.

#include <cmath>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/dataset/libsvm_reader.h"
#include "lib/dataset/libsvm_writer.h"
#include "lib/dataset/sparse_dataset.h"
#include "tests/fuzz/allocations.h"
#include "tests/fuzz/dataset_properties.h"
#include "tests/fuzz/fuzz_target.h"

namespace local_sgd {

void FuzzOneInput(absl::string_view bytes) {
  const PeakAllocation peak;
  const absl::StatusOr<SparseDataset> data = ParseLibsvm(bytes, "input");
  // A label alone, two bytes, takes 16, and a vector that grows three times so.
  Require(peak.bytes() <= 4096 + 32 * static_cast<int64_t>(bytes.size()),
          "memory in proportion to the text",
          absl::StrCat(peak.bytes(), " bytes for ", bytes.size()));
  if (!data.ok()) {
    Require(absl::StartsWith(data.status().message(), "input:"),
            "an error that names the file", data.status().ToString());
    return;
  }
  RequireValid(*data);
  const absl::StatusOr<SparseDataset> again =
      ParseLibsvm(WriteLibsvm(*data), "written");
  Require(again.ok(), "what is written can be read", again.status().ToString());
  RequireSame(*data, *again);
}

}  // namespace local_sgd
