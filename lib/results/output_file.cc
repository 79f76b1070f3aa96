#include "lib/results/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace local_sgd {
namespace {

absl::Status ErrnoError(const std::string& what, const std::string& path,
                        int error) {
  const std::string message =
      absl::StrCat(what, " ", path, ": ", strerror(error));
  return error == ENOENT ? absl::NotFoundError(message)
                         : absl::UnavailableError(message);
}

// Returns 0 or errno.
int WriteAll(int descriptor, const std::string& contents) {
  size_t written = 0;
  while (written < contents.size()) {
    const ssize_t count =
        write(descriptor, contents.data() + written, contents.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    written += static_cast<size_t>(count);
  }
  return 0;
}

}  // namespace

absl::Status WriteFileAtomically(const std::string& path,
                                 const std::string& contents) {
  const std::string temporary = absl::StrCat(path, ".", getpid(), ".tmp");
  const int descriptor =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return ErrnoError("cannot write", path, errno);
  int error = WriteAll(descriptor, contents);
  if (error == 0 && fsync(descriptor) != 0) error = errno;
  if (close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) {
    unlink(temporary.c_str());
    return ErrnoError("cannot write", path, error);
  }
  return SyncFolderOf(path);
}

absl::Status SyncFolderOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  const std::string folder = parent.empty() ? std::string(".") : parent;
  const int descriptor =
      open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return ErrnoError("cannot sync folder", folder, errno);
  // Some file systems do not sync folders; that is not a failure.
  const bool synced = fsync(descriptor) == 0 || errno == EINVAL;
  const int error = errno;
  close(descriptor);
  if (!synced) return ErrnoError("cannot sync folder", folder, error);
  return absl::OkStatus();
}

absl::Status EnsureFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error && !std::filesystem::is_directory(path, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (error) return ErrnoError("cannot make folder", path, error.value());
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return ErrnoError("cannot read", path, errno);
  std::string contents;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = read(descriptor, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int error = errno;
      close(descriptor);
      return ErrnoError("cannot read", path, error);
    }
    if (count == 0) break;
    contents.append(buffer, static_cast<size_t>(count));
  }
  close(descriptor);
  return contents;
}

}  // namespace local_sgd
