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

// What an archive may expand to: kMaxExpansion bytes of content for each stored
// byte, and any content up to kSmallContent. Text of data shrinks 4 to 40
// times; gzip can hold 1030 times its size of nothing, and bzip2 a million
// times.
inline constexpr int64_t kMaxExpansion = 256;
inline constexpr int64_t kSmallContent = int64_t{1} << 20;

// Gives `sink` the content of the file in chunks and returns the SHA-256 of its
// bytes as stored. Archives may consist of several members. Errors, each naming
// the path: those of ReadFileBytes and of `sink`; DataLoss for a truncated or
// corrupt archive, also for anything behind its last member;
// ResourceExhausted as soon as the content is longer than `max_bytes`, or than
// what the bytes of the archive that were read so far may expand to.
absl::StatusOr<std::string> ReadDecompressed(const std::string& path,
                                             int64_t max_bytes, ByteSink sink);

}  // namespace local_sgd

#endif  // LIB_DATASET_DECOMPRESS_H_
