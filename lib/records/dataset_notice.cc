#include "lib/records/dataset_notice.h"

namespace local_sgd {

std::vector<std::string> DatasetNotice(const std::string& dataset) {
  if (dataset != kSurrogateName) return {};
  return {
      ShortDatasetNotice(dataset) +
      " Random data with the statistics of w8a stood in for the file; numbers "
      "differ from those of the real data."};
}

std::string ShortDatasetNotice(const std::string& dataset) {
  return dataset == kSurrogateName ? "!!! SURROGATE DATA, not w8a !!!" : "";
}

}  // namespace local_sgd
