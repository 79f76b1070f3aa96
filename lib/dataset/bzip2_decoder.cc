#include <bzlib.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/dataset/archive_decoder.h"

namespace local_sgd {
namespace {

class Bzip2Decoder : public ArchiveDecoder {
 public:
  Bzip2Decoder() = default;
  Bzip2Decoder(const Bzip2Decoder&) = delete;
  Bzip2Decoder& operator=(const Bzip2Decoder&) = delete;
  ~Bzip2Decoder() override { End(); }

  absl::string_view format() const override { return "bzip2"; }

  absl::Status Begin() override {
    End();
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) {
      return absl::ResourceExhaustedError("bzip2 cannot start");
    }
    initialised_ = true;
    return absl::OkStatus();
  }

  absl::StatusOr<Step> Decode(absl::string_view& stored,
                              absl::Span<char> output) override {
    stream_.next_in = const_cast<char*>(stored.data());
    stream_.avail_in = static_cast<unsigned int>(stored.size());
    stream_.next_out = output.data();
    stream_.avail_out = static_cast<unsigned int>(output.size());
    const int code = BZ2_bzDecompress(&stream_);
    if (code == BZ_MEM_ERROR) {
      return absl::ResourceExhaustedError("out of memory for bzip2");
    }
    if (code != BZ_OK && code != BZ_STREAM_END) {
      return Corrupt(code == BZ_DATA_ERROR_MAGIC
                         ? "no header where a member begins"
                         : "damaged");
    }
    stored.remove_prefix(stored.size() - stream_.avail_in);
    return Step{output.size() - stream_.avail_out, code == BZ_STREAM_END};
  }

 private:
  void End() {
    if (initialised_) BZ2_bzDecompressEnd(&stream_);
    initialised_ = false;
  }

  bz_stream stream_ = {};
  bool initialised_ = false;
};

}  // namespace

std::unique_ptr<ArchiveDecoder> MakeBzip2Decoder() {
  return std::make_unique<Bzip2Decoder>();
}

}  // namespace local_sgd
