#include <lzma.h>

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/dataset/archive_decoder.h"

namespace local_sgd {
namespace {

class XzDecoder : public ArchiveDecoder {
 public:
  XzDecoder() = default;
  XzDecoder(const XzDecoder&) = delete;
  XzDecoder& operator=(const XzDecoder&) = delete;
  ~XzDecoder() override { lzma_end(&stream_); }

  absl::string_view format() const override { return "xz"; }

  absl::Status Begin() override {
    // A check sum of an unknown kind would be passed over in silence.
    if (lzma_stream_decoder(&stream_, kMaxDecoderMemory,
                            LZMA_TELL_UNSUPPORTED_CHECK) != LZMA_OK) {
      return absl::ResourceExhaustedError("liblzma cannot start");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Step> Decode(absl::string_view& stored,
                              absl::Span<char> output) override {
    stream_.next_in = reinterpret_cast<const uint8_t*>(stored.data());
    stream_.avail_in = stored.size();
    stream_.next_out = reinterpret_cast<uint8_t*>(output.data());
    stream_.avail_out = output.size();
    const lzma_ret code = lzma_code(&stream_, LZMA_RUN);
    switch (code) {
      case LZMA_OK:
      case LZMA_STREAM_END:
      case LZMA_BUF_ERROR:  // no progress without more input
        break;
      case LZMA_MEM_ERROR:
        return absl::ResourceExhaustedError("out of memory for xz");
      case LZMA_MEMLIMIT_ERROR:
        return absl::ResourceExhaustedError(absl::StrCat(
            "found xz data that take ", (lzma_memusage(&stream_) >> 20) + 1,
            " MiB of memory to unpack, expected at most ",
            kMaxDecoderMemory >> 20, "; unpack it first"));
      case LZMA_FORMAT_ERROR:
        return Corrupt("no header where a member begins");
      case LZMA_OPTIONS_ERROR:
      case LZMA_UNSUPPORTED_CHECK:
        return Corrupt("a filter or check sum that liblzma does not know");
      default:
        return Corrupt("damaged");
    }
    stored.remove_prefix(stored.size() - stream_.avail_in);
    return Step{output.size() - stream_.avail_out, code == LZMA_STREAM_END};
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

}  // namespace

std::unique_ptr<ArchiveDecoder> MakeXzDecoder() {
  return std::make_unique<XzDecoder>();
}

}  // namespace local_sgd
