// Plain, gzip and bzip2 files look the same to a reader: told apart by their
// first bytes, unpacked chunk by chunk, so that memory does not grow with what
// an archive claims to hold.

#ifndef LIB_DATASET_DECOMPRESS_H_
#define LIB_DATASET_DECOMPRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "lib/dataset/file_bytes.h"

namespace local_sgd {

// Gives `sink` the content of the file in chunks and returns the SHA-256 of its
// bytes as stored. Archives may consist of several members. Errors, each naming
// the path: those of ReadFileBytes and of `sink`; DataLoss for a truncated or
// corrupt archive, also for anything behind its last member;
// ResourceExhausted as soon as the content is longer than `max_bytes`.
absl::StatusOr<std::string> ReadDecompressed(const std::string& path,
                                             int64_t max_bytes, ByteSink sink);

}  // namespace local_sgd

#endif  // LIB_DATASET_DECOMPRESS_H_
