#include "lib/files/output_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "lib/files/path_error.h"

namespace local_sgd {
namespace {

absl::Status ErrnoError(const std::string& what, const std::string& path,
                        int error) {
  const std::string message =
      absl::StrCat(what, " ", path, ": ", PathErrorText(path, error));
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

std::string FolderOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  return parent.empty() ? std::string(".") : parent;
}

constexpr char kTemporaryEnd[] = ".tmp";

std::string TemporaryOf(const std::string& path, int64_t process) {
  return absl::StrCat(path, ".", process, kTemporaryEnd);
}

// Whether the process that wrote this temporary file was killed: it is no
// longer there, and (should it have lived on another machine that shares the
// folder) nobody holds the file's lock.
bool IsLeftOver(const std::string& temporary, int64_t process) {
  if (kill(static_cast<pid_t>(process), 0) == 0 || errno != ESRCH) return false;
  const int descriptor = open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool is_unlocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  close(descriptor);
  return is_unlocked;
}

// Removes the temporary files of `path` whose writers were killed. What cannot
// be removed stays: it is in nobody's way.
void RemoveLeftOvers(const std::string& path) {
  const std::string prefix =
      absl::StrCat(std::filesystem::path(path).filename().string(), ".");
  std::vector<std::string> left_over;
  std::error_code error;
  for (auto entry = std::filesystem::directory_iterator(FolderOf(path), error);
       !error && entry != std::filesystem::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    absl::string_view number = name;
    int64_t process = 0;
    if (absl::ConsumePrefix(&number, prefix) &&
        absl::ConsumeSuffix(&number, kTemporaryEnd) &&
        absl::SimpleAtoi(number, &process) && process > 0 &&
        IsLeftOver(entry->path().string(), process)) {
      left_over.push_back(entry->path().string());
    }
  }
  for (const std::string& temporary : left_over) unlink(temporary.c_str());
}

}  // namespace

absl::Status WriteFileAtomically(const std::string& path,
                                 const std::string& contents) {
  RemoveLeftOvers(path);
  const std::string temporary = TemporaryOf(path, getpid());
  const int descriptor =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return ErrnoError("cannot write", path, errno);
  flock(descriptor, LOCK_EX | LOCK_NB);  // see IsLeftOver
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
  const std::string folder = FolderOf(path);
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
  std::vector<std::string> missing;
  for (std::filesystem::path above = path;
       !above.empty() && !std::filesystem::exists(above, error) && !error;
       above = above.parent_path()) {
    missing.push_back(above.string());
  }
  std::filesystem::create_directories(path, error);
  if (!error && !std::filesystem::is_directory(path, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (error) return ErrnoError("cannot make folder", path, error.value());
  // A folder that one may write to but not read cannot be synced.
  for (const std::string& made : missing) SyncFolderOf(made).IgnoreError();
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
