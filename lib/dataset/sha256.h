// SHA-256 checksums: how a dataset's exact bytes are named in every record.

#ifndef LIB_DATASET_SHA256_H_
#define LIB_DATASET_SHA256_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

extern "C" {
struct evp_md_ctx_st;
}

namespace local_sgd {

// The SHA-256 of bytes that arrive in pieces.
class Sha256 {
 public:
  Sha256();

  void Update(absl::string_view bytes);

  // 64 lower-case hexadecimal digits. Call once, after the last Update.
  std::string HexDigest();

 private:
  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, FreeContext> context_;
};

// The SHA-256 of `bytes`, 64 lower-case hexadecimal digits.
std::string Sha256Hex(absl::string_view bytes);

}  // namespace local_sgd

#endif  // LIB_DATASET_SHA256_H_
