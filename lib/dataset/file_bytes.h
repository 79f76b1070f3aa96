// A file's bytes, read front to back once, in chunks: files need not fit into
// memory, and what is hashed is exactly what is parsed.

#ifndef LIB_DATASET_FILE_BYTES_H_
#define LIB_DATASET_FILE_BYTES_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace local_sgd {

// Takes the next bytes; an error ends the reading.
using ByteSink = absl::FunctionRef<absl::Status(absl::string_view)>;

// Gives `sink` the file's bytes in chunks, all of one size but for the last.
// An empty file makes no call. Errors name the path: NotFound,
// PermissionDenied, InvalidArgument for a folder, and whatever `sink` returns.
absl::Status ReadFileBytes(const std::string& path, ByteSink sink);

// The SHA-256 of the file as stored. Errors as ReadFileBytes.
absl::StatusOr<std::string> Sha256OfFile(const std::string& path);

}  // namespace local_sgd

#endif  // LIB_DATASET_FILE_BYTES_H_
