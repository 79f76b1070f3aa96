// Checkpoints of 2 workers and 3 features. The first byte says what the rest
// is: 0, the bytes of the file; 1, those before the checksum, which is added
// here; 2, likewise behind the identity. (Modulo 3.) What is accepted is
// written again as it was.

#include "lib/solver/checkpoint.h"

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/dataset/sha256.h"
#include "lib/solver/run.h"
#include "tests/fuzz/allocations.h"
#include "tests/fuzz/fuzz_target.h"

namespace local_sgd {

void FuzzOneInput(absl::string_view bytes) {
  if (bytes.empty()) return;
  const int kind = static_cast<unsigned char>(bytes[0]) % 3;
  bytes.remove_prefix(1);
  const std::string identity = "dataset=d\nworkers=2";
  std::string stored(bytes);
  if (kind == 2) {
    std::string start = "local-sgd checkpoint 1\n";
    const uint64_t size = identity.size();
    start.append(reinterpret_cast<const char*>(&size), sizeof(size));
    stored = absl::StrCat(start, identity, bytes);
  }
  // Always, so that what OpenSSL keeps from its first use on is not counted.
  const std::string digest = Sha256Hex(stored);
  if (kind != 0) stored += digest;
  const PeakAllocation peak;
  const absl::StatusOr<RunPosition> position =
      ReadCheckpoint(stored, identity, /*num_workers=*/2, /*num_features=*/3);
  Require(peak.bytes() <= 4096 + 4 * static_cast<int64_t>(stored.size()),
          "memory of a few times the bytes",
          absl::StrCat(peak.bytes(), " bytes for ", stored.size()));
  if (!position.ok()) {
    Require(
        position.status().code() == absl::StatusCode::kDataLoss ||
            position.status().code() == absl::StatusCode::kFailedPrecondition,
        "an error of the contract", position.status().ToString());
    return;
  }
  Require(WriteCheckpoint(identity, *position) == stored, "the same bytes");
}

}  // namespace local_sgd
