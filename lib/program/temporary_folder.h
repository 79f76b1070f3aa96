// Where files may be for a while.

#ifndef LIB_PROGRAM_TEMPORARY_FOLDER_H_
#define LIB_PROGRAM_TEMPORARY_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"

namespace local_sgd {

// $TMPDIR, or /tmp where that is not set or empty: a folder that files can be
// made in. FailedPrecondition naming variable, path and reason otherwise.
absl::StatusOr<std::string> FindTemporaryFolder();

}  // namespace local_sgd

#endif  // LIB_PROGRAM_TEMPORARY_FOLDER_H_
