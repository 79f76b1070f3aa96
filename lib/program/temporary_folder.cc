#include "lib/program/temporary_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace local_sgd {

absl::StatusOr<std::string> FindTemporaryFolder() {
  const char* variable = getenv("TMPDIR");
  const bool is_set = variable != nullptr && *variable != '\0';
  const std::string folder = is_set ? variable : "/tmp";
  // Only making one tells: root may write everywhere, also in /proc.
  std::string probe = absl::StrCat(folder, "/probe.XXXXXX");
  if (mkdtemp(probe.data()) != nullptr) {
    rmdir(probe.c_str());
    return folder;
  }
  return absl::FailedPreconditionError(
      absl::StrCat(is_set ? "TMPDIR=" : "", folder,
                   ": no folder for temporary files, ", strerror(errno)));
}

}  // namespace local_sgd
