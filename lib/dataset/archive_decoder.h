// Archives are a sequence of members, each of which a decoder of its format
// unpacks piece by piece.

#ifndef LIB_DATASET_ARCHIVE_DECODER_H_
#define LIB_DATASET_ARCHIVE_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace local_sgd {

// The memory that a member may ask for, at most, to be unpacked with: what it
// refers back to. xz and zstd write down how much that is, up to 4 GiB and
// more; their usual levels stay below this.
inline constexpr int64_t kMaxDecoderMemory = int64_t{136} << 20;

class ArchiveDecoder {
 public:
  struct Step {
    size_t written = 0;   // bytes at the front of `output`
    bool at_end = false;  // of the member, with nothing left inside
  };

  virtual ~ArchiveDecoder() = default;

  // "gzip", "bzip2", "xz" or "zstd".
  virtual absl::string_view format() const = 0;

  // Gets ready for the first byte of a member.
  virtual absl::Status Begin() = 0;

  // Unpacks from the front of `stored`, which loses what was taken, until
  // `output` is full, nothing is stored any more, or the member ends. Errors,
  // without a path: DataLoss for what is no intact member; ResourceExhausted
  // for one that needs more than kMaxDecoderMemory.
  virtual absl::StatusOr<Step> Decode(absl::string_view& stored,
                                      absl::Span<char> output) = 0;

 protected:
  absl::Status Corrupt(absl::string_view detail) const;
};

// The decoder for a file that begins so; null for none of the formats, which is
// plain text.
std::unique_ptr<ArchiveDecoder> MakeArchiveDecoder(
    absl::string_view first_bytes);

std::unique_ptr<ArchiveDecoder> MakeGzipDecoder();
std::unique_ptr<ArchiveDecoder> MakeBzip2Decoder();
std::unique_ptr<ArchiveDecoder> MakeXzDecoder();
std::unique_ptr<ArchiveDecoder> MakeZstdDecoder();

}  // namespace local_sgd

#endif  // LIB_DATASET_ARCHIVE_DECODER_H_
