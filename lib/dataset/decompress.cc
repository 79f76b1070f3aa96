#include "lib/dataset/decompress.h"

#include <bzlib.h>
#include <zlib.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/dataset/file_bytes.h"
#include "lib/dataset/sha256.h"

namespace local_sgd {
namespace {

constexpr size_t kOutputBytes = size_t{1} << 18;

absl::Status Corrupt(absl::string_view format, absl::string_view detail) {
  return absl::DataLossError(absl::StrCat("found corrupt ", format, " data (",
                                          detail, "), expected an intact ",
                                          format, " archive"));
}

absl::Status Truncated(absl::string_view format) {
  return absl::DataLossError(
      absl::StrCat("found a truncated ", format,
                   " archive, expected the rest of its last member"));
}

// Both unpackers: Feed takes the stored bytes in order, Finish says whether
// they ended where a member ends. Content may stay inside between two calls of
// Feed, but not behind the end of a member, whose last bytes are its check sum.
class Gunzip {
 public:
  Gunzip() = default;
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip() {
    if (initialised_) inflateEnd(&stream_);
  }

  absl::Status Feed(absl::string_view stored, ByteSink sink) {
    stream_.next_in =
        reinterpret_cast<Bytef*>(const_cast<char*>(stored.data()));
    stream_.avail_in = static_cast<uInt>(stored.size());
    while (stream_.avail_in > 0) {
      if (!in_member_) {
        if (absl::Status status = BeginMember(); !status.ok()) return status;
      }
      stream_.next_out = reinterpret_cast<Bytef*>(output_.data());
      stream_.avail_out = static_cast<uInt>(output_.size());
      const int code = inflate(&stream_, Z_NO_FLUSH);
      // No progress without more input is no error.
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
        return Corrupt(
            "gzip", stream_.msg != nullptr ? stream_.msg : "no details given");
      }
      const size_t size = output_.size() - stream_.avail_out;
      if (absl::Status status = sink(absl::string_view(output_.data(), size));
          !status.ok()) {
        return status;
      }
      in_member_ = code != Z_STREAM_END;
    }
    return absl::OkStatus();
  }

  absl::Status Finish() const {
    return in_member_ ? Truncated("gzip") : absl::OkStatus();
  }

 private:
  absl::Status BeginMember() {
    constexpr int kGzipOnly = 16;
    const int code = initialised_
                         ? inflateReset(&stream_)
                         : inflateInit2(&stream_, MAX_WBITS + kGzipOnly);
    if (code != Z_OK) return absl::ResourceExhaustedError("zlib cannot start");
    initialised_ = true;
    in_member_ = true;
    return absl::OkStatus();
  }

  z_stream stream_ = {};
  bool initialised_ = false;
  bool in_member_ = false;
  std::string output_ = std::string(kOutputBytes, '\0');
};

class Bunzip2 {
 public:
  Bunzip2() = default;
  Bunzip2(const Bunzip2&) = delete;
  Bunzip2& operator=(const Bunzip2&) = delete;
  ~Bunzip2() {
    if (in_member_) BZ2_bzDecompressEnd(&stream_);
  }

  absl::Status Feed(absl::string_view stored, ByteSink sink) {
    stream_.next_in = const_cast<char*>(stored.data());
    stream_.avail_in = static_cast<unsigned int>(stored.size());
    while (stream_.avail_in > 0) {
      if (!in_member_) {
        if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) {
          return absl::ResourceExhaustedError("bzip2 cannot start");
        }
        in_member_ = true;
      }
      stream_.next_out = output_.data();
      stream_.avail_out = static_cast<unsigned int>(output_.size());
      const int code = BZ2_bzDecompress(&stream_);
      if (code == BZ_MEM_ERROR) {
        return absl::ResourceExhaustedError("out of memory for bzip2");
      }
      if (code != BZ_OK && code != BZ_STREAM_END) {
        return Corrupt("bzip2", code == BZ_DATA_ERROR_MAGIC
                                    ? "no header where a member begins"
                                    : "a check sum does not match");
      }
      const size_t size = output_.size() - stream_.avail_out;
      if (absl::Status status = sink(absl::string_view(output_.data(), size));
          !status.ok()) {
        return status;
      }
      if (code == BZ_STREAM_END) {
        BZ2_bzDecompressEnd(&stream_);
        in_member_ = false;
      }
    }
    return absl::OkStatus();
  }

  absl::Status Finish() const {
    return in_member_ ? Truncated("bzip2") : absl::OkStatus();
  }

 private:
  bz_stream stream_ = {};
  bool in_member_ = false;
  std::string output_ = std::string(kOutputBytes, '\0');
};

enum class Format { kUnknown, kPlain, kGzip, kBzip2 };

Format DetectFormat(absl::string_view first_bytes) {
  if (absl::StartsWith(first_bytes, "\x1f\x8b")) return Format::kGzip;
  if (absl::StartsWith(first_bytes, "BZh")) return Format::kBzip2;
  return Format::kPlain;
}

absl::Status WithPath(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(path, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::string> ReadDecompressed(const std::string& path,
                                             int64_t max_bytes, ByteSink sink) {
  Sha256 hash;
  Format format = Format::kUnknown;
  Gunzip gunzip;
  Bunzip2 bunzip2;
  int64_t stored_bytes = 0;
  int64_t content_bytes = 0;
  absl::Status sink_status;  // already says where it happened

  const auto counted_sink = [&](absl::string_view content) -> absl::Status {
    content_bytes += static_cast<int64_t>(content.size());
    if (content_bytes > max_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "found more than ", max_bytes, " bytes of content", " (",
          format == Format::kPlain ? "not compressed" : "after decompression",
          "), expected at most that many"));
    }
    if (format != Format::kPlain && content_bytes > kSmallContent &&
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
        if (format == Format::kUnknown) format = DetectFormat(stored);
        switch (format) {
          case Format::kGzip:
            status = gunzip.Feed(stored, counted_sink);
            break;
          case Format::kBzip2:
            status = bunzip2.Feed(stored, counted_sink);
            break;
          default:
            status = counted_sink(stored);
        }
        return status;
      });
  if (!sink_status.ok()) return sink_status;
  if (!status.ok()) return WithPath(path, status);
  if (!read_status.ok()) return read_status;
  if (format == Format::kGzip) status = gunzip.Finish();
  if (format == Format::kBzip2) status = bunzip2.Finish();
  if (!status.ok()) return WithPath(path, status);
  return hash.HexDigest();
}

}  // namespace local_sgd
