#include <zstd.h>
#include <zstd_errors.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/dataset/archive_decoder.h"

namespace local_sgd {
namespace {

// The largest window, which level 22 and --long use: 2^27 bytes.
constexpr int kMaxWindowLog = 27;
static_assert((int64_t{1} << kMaxWindowLog) < kMaxDecoderMemory);

class ZstdDecoder : public ArchiveDecoder {
 public:
  absl::string_view format() const override { return "zstd"; }

  absl::Status Begin() override {
    if (context_ == nullptr) context_.reset(ZSTD_createDCtx());
    if (context_ == nullptr ||
        ZSTD_isError(
            ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only)) != 0 ||
        ZSTD_isError(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax,
                                            kMaxWindowLog)) != 0) {
      return absl::ResourceExhaustedError("zstd cannot start");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Step> Decode(absl::string_view& stored,
                              absl::Span<char> output) override {
    ZSTD_inBuffer in = {stored.data(), stored.size(), 0};
    ZSTD_outBuffer out = {output.data(), output.size(), 0};
    const size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(left) != 0) {
      switch (ZSTD_getErrorCode(left)) {
        case ZSTD_error_frameParameter_windowTooLarge:
          return absl::ResourceExhaustedError(absl::StrCat(
              "found zstd data with a window of more than ",
              1 << (kMaxWindowLog - 20),
              " MiB, expected at most that many; unpack it first"));
        case ZSTD_error_memory_allocation:
          return absl::ResourceExhaustedError("out of memory for zstd");
        case ZSTD_error_prefix_unknown:
          return Corrupt("no header where a member begins");
        default:
          return Corrupt(ZSTD_getErrorName(left));
      }
    }
    stored.remove_prefix(in.pos);
    return Step{out.pos, left == 0};
  }

 private:
  struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
};

}  // namespace

std::unique_ptr<ArchiveDecoder> MakeZstdDecoder() {
  return std::make_unique<ZstdDecoder>();
}

}  // namespace local_sgd
