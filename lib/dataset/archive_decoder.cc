#include "lib/dataset/archive_decoder.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace local_sgd {

absl::Status ArchiveDecoder::Corrupt(absl::string_view detail) const {
  return absl::DataLossError(absl::StrCat("found corrupt ", format(), " data (",
                                          detail, "), expected an intact ",
                                          format(), " archive"));
}

std::unique_ptr<ArchiveDecoder> MakeArchiveDecoder(
    absl::string_view first_bytes) {
  if (absl::StartsWith(first_bytes, "\x1f\x8b")) return MakeGzipDecoder();
  if (absl::StartsWith(first_bytes, "BZh")) return MakeBzip2Decoder();
  if (absl::StartsWith(first_bytes, absl::string_view("\xfd"
                                                      "7zXZ\0",
                                                      6))) {
    return MakeXzDecoder();
  }
  // A frame, or one of 16 kinds to be skipped, with which pzstd begins.
  const bool is_skippable = first_bytes.size() >= 4 &&
                            (first_bytes[0] & 0xf0) == 0x50 &&
                            absl::StartsWith(first_bytes.substr(1), "*M\x18");
  if (is_skippable || absl::StartsWith(first_bytes, "\x28\xb5\x2f\xfd")) {
    return MakeZstdDecoder();
  }
  return nullptr;
}

}  // namespace local_sgd
