#include "lib/dataset/decompress.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/dataset/archive_decoder.h"
#include "lib/dataset/file_bytes.h"
#include "lib/dataset/sha256.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

constexpr size_t kOutputBytes = size_t{1} << 18;

// Unpacks the members of an archive, which come in order.
class Unpacker {
 public:
  explicit Unpacker(std::unique_ptr<ArchiveDecoder> decoder)
      : decoder_(std::move(decoder)) {}

  // The next stored bytes. Content may stay inside until the next call, but not
  // behind the end of a member.
  absl::Status Feed(absl::string_view stored, ByteSink sink) {
    while (true) {
      if (!in_member_) {
        // Tapes and some writers pad with zeros, which no member begins with.
        stored.remove_prefix(
            std::min(stored.find_first_not_of('\0'), stored.size()));
        if (stored.empty()) return absl::OkStatus();
        RETURN_IF_ERROR(decoder_->Begin());
        in_member_ = true;
      }
      ASSIGN_OR_RETURN(const ArchiveDecoder::Step step,
                       decoder_->Decode(stored, absl::MakeSpan(output_)));
      RETURN_IF_ERROR(sink(absl::string_view(output_.data(), step.written)));
      in_member_ = !step.at_end;
      if (in_member_ && stored.empty() && step.written < output_.size()) {
        return absl::OkStatus();
      }
    }
  }

  // Whether the stored bytes ended where a member ends.
  absl::Status Finish() const {
    if (!in_member_) return absl::OkStatus();
    return absl::DataLossError(
        absl::StrCat("found a truncated ", decoder_->format(),
                     " archive, expected the rest of its last member"));
  }

 private:
  std::unique_ptr<ArchiveDecoder> decoder_;
  bool in_member_ = false;
  std::string output_ = std::string(kOutputBytes, '\0');
};

absl::Status WithPath(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(path, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::string> ReadDecompressed(const std::string& path,
                                             int64_t max_bytes, ByteSink sink) {
  Sha256 hash;
  bool has_begun = false;
  std::optional<Unpacker> unpacker;  // none: plain text
  int64_t stored_bytes = 0;
  int64_t content_bytes = 0;
  absl::Status sink_status;  // already says where it happened

  const auto counted_sink = [&](absl::string_view content) -> absl::Status {
    content_bytes += static_cast<int64_t>(content.size());
    if (content_bytes > max_bytes) {
      return absl::ResourceExhaustedError(
          absl::StrCat("found more than ", max_bytes, " bytes of content", " (",
                       unpacker ? "after decompression" : "not compressed",
                       "), expected at most that many"));
    }
    if (unpacker && content_bytes > kSmallContent &&
        content_bytes > kMaxExpansion * stored_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "found an archive whose first ", stored_bytes,
          " bytes expand more than ", kMaxExpansion,
          " times, expected data that compresses less; if it is what it should "
          "be, unpack it first"));
    }
    sink_status = sink(content);
    return sink_status;
  };
  absl::Status status;
  const absl::Status read_status =
      ReadFileBytes(path, [&](absl::string_view stored) {
        hash.Update(stored);
        stored_bytes += static_cast<int64_t>(stored.size());
        if (!has_begun) {
          has_begun = true;
          auto decoder = MakeArchiveDecoder(stored);
          if (decoder != nullptr) unpacker.emplace(std::move(decoder));
        }
        status = unpacker ? unpacker->Feed(stored, counted_sink)
                          : counted_sink(stored);
        return status;
      });
  if (!sink_status.ok()) return sink_status;
  if (!status.ok()) return WithPath(path, status);
  if (!read_status.ok()) return read_status;
  if (unpacker) status = unpacker->Finish();
  if (!status.ok()) return WithPath(path, status);
  return hash.HexDigest();
}

}  // namespace local_sgd
