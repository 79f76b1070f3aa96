// Plain, gzip, bzip2, xz and zstd files look the same to a reader: told apart
// by their first bytes, unpacked chunk by chunk, so that memory does not grow
// with what an archive claims to hold.

#ifndef LIB_DATASET_DECOMPRESS_H_
#define LIB_DATASET_DECOMPRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "lib/dataset/file_bytes.h"

namespace local_sgd {

// What an archive may expand to: kMaxExpansion bytes of content for each stored
// byte, and any content up to kSmallContent. Text of data shrinks 4 to 40
// times; gzip can hold 1030 times its size of nothing, the others ten thousand
// to a million times.
inline constexpr int64_t kMaxExpansion = 256;
inline constexpr int64_t kSmallContent = int64_t{1} << 20;

// Gives `sink` the content of the file in chunks and returns the SHA-256 of its
// bytes as stored. Archives may consist of several members, with zeros between
// and behind them. Errors, each naming the path: those of ReadFileBytes and of
// `sink`; DataLoss for a truncated or corrupt archive, also for anything else
// behind its last member; ResourceExhausted as soon as the content is longer
// than `max_bytes`, or than what the bytes of the archive that were read so far
// may expand to, and for a member that takes more than kMaxDecoderMemory
// (archive_decoder.h).
absl::StatusOr<std::string> ReadDecompressed(const std::string& path,
                                             int64_t max_bytes, ByteSink sink);

}  // namespace local_sgd

#endif  // LIB_DATASET_DECOMPRESS_H_
