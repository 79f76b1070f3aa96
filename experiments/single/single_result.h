// What a program that makes one record leaves behind.

#ifndef EXPERIMENTS_SINGLE_SINGLE_RESULT_H_
#define EXPERIMENTS_SINGLE_SINGLE_RESULT_H_

#include <string>

#include "absl/status/status.h"
#include "lib/program/results_origin.h"

namespace local_sgd {

// The record as STUDY.json in the folder, which is made if missing, in place of
// what MayReplace found there; then `text` on stdout.
absl::Status WriteAndPrint(const std::string& study, const std::string& json,
                           const std::string& text,
                           const ReplacedResults& replaced,
                           const std::string& folder);

}  // namespace local_sgd

#endif  // EXPERIMENTS_SINGLE_SINGLE_RESULT_H_
