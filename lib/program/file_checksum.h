// The sha256 of a file of results, in hexadecimal.

#ifndef LIB_PROGRAM_FILE_CHECKSUM_H_
#define LIB_PROGRAM_FILE_CHECKSUM_H_

#include <string>

#include "absl/status/statusor.h"

namespace local_sgd {

// Errors: those of ReadFile (lib/files/output_file.h).
absl::StatusOr<std::string> FileChecksum(const std::string& path);

}  // namespace local_sgd

#endif  // LIB_PROGRAM_FILE_CHECKSUM_H_
