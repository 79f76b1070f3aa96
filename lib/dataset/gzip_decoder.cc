#include <zlib.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/dataset/archive_decoder.h"

namespace local_sgd {
namespace {

class GzipDecoder : public ArchiveDecoder {
 public:
  GzipDecoder() = default;
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  ~GzipDecoder() override {
    if (initialised_) inflateEnd(&stream_);
  }

  absl::string_view format() const override { return "gzip"; }

  absl::Status Begin() override {
    constexpr int kGzipOnly = 16;
    const int code = initialised_
                         ? inflateReset(&stream_)
                         : inflateInit2(&stream_, MAX_WBITS + kGzipOnly);
    if (code != Z_OK) return absl::ResourceExhaustedError("zlib cannot start");
    initialised_ = true;
    return absl::OkStatus();
  }

  absl::StatusOr<Step> Decode(absl::string_view& stored,
                              absl::Span<char> output) override {
    stream_.next_in =
        reinterpret_cast<Bytef*>(const_cast<char*>(stored.data()));
    stream_.avail_in = static_cast<uInt>(stored.size());
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<uInt>(output.size());
    const int code = inflate(&stream_, Z_NO_FLUSH);
    // No progress without more input is no error.
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
      return Corrupt(stream_.msg != nullptr ? stream_.msg : "no details given");
    }
    stored.remove_prefix(stored.size() - stream_.avail_in);
    return Step{output.size() - stream_.avail_out, code == Z_STREAM_END};
  }

 private:
  z_stream stream_ = {};
  bool initialised_ = false;
};

}  // namespace

std::unique_ptr<ArchiveDecoder> MakeGzipDecoder() {
  return std::make_unique<GzipDecoder>();
}

}  // namespace local_sgd
