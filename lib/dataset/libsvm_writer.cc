#include "lib/dataset/libsvm_writer.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/dataset/sparse_dataset.h"

namespace local_sgd {
namespace {

void AppendShortest(std::string& text, double value) {
  char digits[32];  // the longest shortest double has 24 characters
  const std::to_chars_result result =
      std::to_chars(digits, digits + sizeof(digits), value);
  text.append(digits, result.ptr);
}

}  // namespace

std::string WriteLibsvm(const SparseDataset& data) {
  int64_t largest_index = 0;
  for (const int32_t column : data.columns) {
    largest_index =
        std::max<int64_t>(largest_index, int64_t{data.feature(column)} + 1);
  }
  std::string text;
  for (int64_t row = 0; row < data.num_samples(); ++row) {
    text += data.labels[row] > 0 ? "+1" : "-1";
    for (int64_t k = data.row_begin[row]; k < data.row_begin[row + 1]; ++k) {
      absl::StrAppend(&text, " ", int64_t{data.feature(data.columns[k])} + 1,
                      ":");
      AppendShortest(text, data.values[k]);
    }
    if (row == 0 && largest_index < data.num_all_features()) {
      absl::StrAppend(&text, " ", data.num_all_features(), ":0");
    }
    text += '\n';
  }
  return text;
}

}  // namespace local_sgd
