#include "lib/results/file_checksum.h"

#include <openssl/evp.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "lib/results/output_file.h"

namespace local_sgd {

absl::StatusOr<std::string> FileChecksum(const std::string& path) {
  const absl::StatusOr<std::string> contents = ReadFile(path);
  if (!contents.ok()) return contents.status();
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(contents->data(), contents->size(), digest, &size,
                 EVP_sha256(), nullptr) != 1) {
    return absl::InternalError("OpenSSL does not offer SHA-256 here");
  }
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), size));
}

}  // namespace local_sgd
