// What must stand in every table, figure and file made from surrogate data.

#ifndef LIB_RECORDS_DATASET_NOTICE_H_
#define LIB_RECORDS_DATASET_NOTICE_H_

#include <string>
#include <vector>

namespace local_sgd {

inline constexpr char kSurrogateName[] = "w8a_surrogate";

// A note to put above a table, or nothing for real data.
std::vector<std::string> DatasetNotice(const std::string& dataset);

// The same in the few words that fit a figure; empty for real data.
std::string ShortDatasetNotice(const std::string& dataset);

}  // namespace local_sgd

#endif  // LIB_RECORDS_DATASET_NOTICE_H_
