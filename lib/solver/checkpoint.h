// The position of a run as bytes, to go on from after the process is gone.

#ifndef LIB_SOLVER_CHECKPOINT_H_
#define LIB_SOLVER_CHECKPOINT_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/solver/run.h"

namespace local_sgd {

// `identity` says what the run computes, line by line, each line "NAME=VALUE";
// only a run with the same goes on from it. Ends with a sha256 of all before
// it. About 64 d bytes for each worker here.
std::string WriteCheckpoint(absl::string_view identity,
                            const RunPosition& position);

// The position that WriteCheckpoint wrote, for the `num_workers` workers here
// and d = num_features. DataLoss for bytes that were cut or changed;
// FailedPrecondition, with the first line that differs, for another identity.
// Never allocates more than the bytes' size a few times over.
absl::StatusOr<RunPosition> ReadCheckpoint(absl::string_view bytes,
                                           absl::string_view identity,
                                           int64_t num_workers,
                                           int64_t num_features);

}  // namespace local_sgd

#endif  // LIB_SOLVER_CHECKPOINT_H_
