// Files that are there whole or not at all, whatever happens while they are
// written.

#ifndef LIB_FILES_OUTPUT_FILE_H_
#define LIB_FILES_OUTPUT_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace local_sgd {

// Writes a temporary file PATH.PID.tmp in the same folder, syncs it, renames it
// to `path` and syncs the folder. On an error the temporary file is gone, an
// older file at `path` is untouched, and the message names the path and errno's
// text. A process that is killed may leave its temporary file; the next write
// to `path` removes it.
absl::Status WriteFileAtomically(const std::string& path,
                                 const std::string& contents);

// Syncs the folder that holds `path`, so that a new file's name outlives a
// power cut. The error names the folder and errno's text.
absl::Status SyncFolderOf(const std::string& path);

// Makes the folder and those above it where missing, and syncs their names. The
// error names the folder and why.
absl::Status EnsureFolder(const std::string& path);

// The whole file; NotFound when there is none, otherwise Unavailable.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace local_sgd

#endif  // LIB_FILES_OUTPUT_FILE_H_
