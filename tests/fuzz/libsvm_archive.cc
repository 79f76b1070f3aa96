// LIBSVM files. The first byte says what the rest is: 0, the bytes of a file as
// they are; 1 to 4, its text, which reads the same plain and in a gzip, bzip2,
// xz or zstd archive. (All of it modulo 5.)

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/dataset/archive_decoder.h"
#include "lib/dataset/libsvm_reader.h"
#include "tests/dataset/archives.h"
#include "tests/fuzz/allocations.h"
#include "tests/fuzz/dataset_properties.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace local_sgd {
namespace {

// Little, so that many inputs are tried; what an archive may expand to beyond
// that is libsvm_memory_test's.
constexpr int64_t kMaxBytes = int64_t{1} << 16;

// What begins like an archive. Text that does is one.
bool IsArchive(absl::string_view stored) {
  return MakeArchiveDecoder(stored) != nullptr;
}

// What is read, in memory that its limit accounts for, with the buffers of the
// reader, and those of a decoder, which are from malloc: seen under
// AddressSanitizer alone.
absl::StatusOr<SparseDataset> Read(absl::string_view stored) {
  const MemoryFile file(stored);
  const std::string path = file.path();
  LibsvmLimits limits;
  limits.max_bytes = kMaxBytes;
  const PeakAllocation peak;
  absl::StatusOr<LibsvmFile> read = ReadLibsvm(path, limits);
  const bool is_small = !IsArchive(stored) || absl::StartsWith(stored, "BZh") ||
                        absl::StartsWith(stored, "\x1f\x8b");
  const int64_t buffers =
      is_small ? int64_t{8} << 20 : (int64_t{8} << 20) + kMaxDecoderMemory;
  Require(peak.bytes() <= buffers + 32 * kMaxBytes, "memory within the limit",
          absl::StrCat(peak.bytes(), " bytes"));
  if (!read.ok()) {
    Require(absl::StartsWith(read.status().message(), path + ":"),
            "an error that names the file", read.status().ToString());
    return read.status();
  }
  Require(read->num_samples == read->data.num_samples(), "all samples kept");
  RequireValid(read->data);
  return std::move(read->data);
}

}  // namespace

void FuzzOneInput(absl::string_view bytes) {
  if (bytes.empty()) return;
  const int kind = static_cast<unsigned char>(bytes[0]) % 5;
  bytes.remove_prefix(1);
  if (kind == 0) {
    (void)Read(bytes);
    return;
  }
  // Longer text only as a file.
  if (IsArchive(bytes) || static_cast<int64_t>(bytes.size()) > kMaxBytes) {
    return;
  }
  const std::string text(bytes);
  const absl::StatusOr<SparseDataset> expected = Read(text);
  const absl::StatusOr<SparseDataset> data = Read(kind == 1   ? Gzip(text)
                                                  : kind == 2 ? Bzip2(text)
                                                  : kind == 3 ? Xz(text)
                                                              : Zstd(text));
  Require(data.status().code() == expected.status().code(),
          "the same outcome for text and archive",
          absl::StrCat(expected.status().ToString(), " but ",
                       data.status().ToString()));
  if (data.ok()) RequireSame(*expected, *data);
}

}  // namespace local_sgd
