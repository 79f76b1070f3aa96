// stdout as a place that can fail: a full disk, a closed descriptor.

#ifndef LIB_PROGRAM_STANDARD_OUTPUT_H_
#define LIB_PROGRAM_STANDARD_OUTPUT_H_

#include "absl/status/status.h"

namespace local_sgd {

// From now on std::cout writes to descriptor 1 without stdio between, so that
// the reason of the first failed write is known later, to FlushStandardOutput.
// Once in a process; nobody may have written to stdout before, and nobody mixes
// it with printf.
void TakeOverStandardOutput();

// Writes out what std::cout holds. Unavailable, "cannot write to standard
// output: " and the system's reason, when this or any write before failed.
absl::Status FlushStandardOutput();

}  // namespace local_sgd

#endif  // LIB_PROGRAM_STANDARD_OUTPUT_H_
