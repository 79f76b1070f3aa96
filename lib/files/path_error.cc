#include "lib/files/path_error.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace local_sgd {
namespace {

// The first link on the way along `path` that leads nowhere, empty if none.
std::string DanglingLink(const std::string& path) {
  for (size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    struct stat info;
    if (lstat(part.c_str(), &info) != 0) return "";
    if (S_ISLNK(info.st_mode) && stat(part.c_str(), &info) != 0) {
      return errno == ENOENT ? part : "";
    }
    if (end == std::string::npos) return "";
  }
}

}  // namespace

std::string PathErrorText(const std::string& path, int error) {
  if (error == ENOENT || error == EEXIST || error == ENOTDIR) {
    const std::string link = DanglingLink(path);
    std::error_code unread;
    const std::filesystem::path target =
        std::filesystem::read_symlink(link, unread);
    if (!link.empty() && !unread) {
      return absl::StrCat(link, " is a symbolic link to ", target.string(),
                          ", which leads nowhere");
    }
  }
  return strerror(error);
}

}  // namespace local_sgd
