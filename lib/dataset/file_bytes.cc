#include "lib/dataset/file_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/dataset/sha256.h"
#include "lib/files/path_error.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 18;

absl::Status ErrnoError(const std::string& path, absl::string_view what,
                        int error) {
  return absl::Status(
      absl::ErrnoToStatusCode(error),
      absl::StrCat(path, ": ", what, ": ", PathErrorText(path, error)));
}

// Reads until `chunk` is full or the file ends; the number of bytes or -1.
ssize_t ReadFull(int file, std::string& chunk) {
  size_t filled = 0;
  while (filled < chunk.size()) {
    const ssize_t got =
        read(file, chunk.data() + filled, chunk.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(filled);
}

}  // namespace

absl::Status ReadFileBytes(const std::string& path, ByteSink sink) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return ErrnoError(path, "cannot open", errno);
  const auto close_file = absl::MakeCleanup([file] { close(file); });
  struct stat info;
  if (fstat(file, &info) == 0 && S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": found a folder, expected a file"));
  }
  std::string chunk(kChunkBytes, '\0');
  while (true) {
    const ssize_t got = ReadFull(file, chunk);
    if (got < 0) return ErrnoError(path, "cannot read", errno);
    if (got == 0) return absl::OkStatus();
    const auto bytes = absl::string_view(chunk.data(), got);
    RETURN_IF_ERROR(sink(bytes));
    if (bytes.size() < chunk.size()) return absl::OkStatus();
  }
}

absl::StatusOr<std::string> Sha256OfFile(const std::string& path) {
  Sha256 hash;
  RETURN_IF_ERROR(ReadFileBytes(path, [&](absl::string_view bytes) {
    hash.Update(bytes);
    return absl::OkStatus();
  }));
  return hash.HexDigest();
}

}  // namespace local_sgd
