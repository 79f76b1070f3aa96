#include "lib/program/file_checksum.h"

#include <openssl/evp.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "lib/files/output_file.h"
#include "lib/status_macros.h"

namespace local_sgd {

absl::StatusOr<std::string> FileChecksum(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string contents, ReadFile(path));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(contents.data(), contents.size(), digest, &size, EVP_sha256(),
                 nullptr) != 1) {
    return absl::InternalError("OpenSSL does not offer SHA-256 here");
  }
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), size));
}

}  // namespace local_sgd
