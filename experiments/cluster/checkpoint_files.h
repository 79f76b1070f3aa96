// The checkpoints of the ranks of a run as files of which a complete set is
// there at any moment.
//
// Rank r writes FOLDER/rank-R-at-T; when all have, rank 0 makes FOLDER/current
// name T, and the files of the set before go. Killed anywhere in between, the
// run goes on from the set that `current` names. The folder may be shared by
// all ranks or one on each machine, if the ranks come to the same machines
// again.
//
// Every function is collective.

#ifndef EXPERIMENTS_CLUSTER_CHECKPOINT_FILES_H_
#define EXPERIMENTS_CLUSTER_CHECKPOINT_FILES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/comm/exchange.h"
#include "lib/solver/run.h"

namespace local_sgd {

// Makes `folder` and saves the position of this rank in it; `previous` is the
// iteration of the set before, 0 if none, and becomes that of this one.
absl::Status SaveCheckpoint(const std::string& folder,
                            const std::string& identity,
                            const RunPosition& position, Exchange& exchange,
                            int64_t& previous);

// The position of this rank, with `num_workers` workers and d = num_features,
// from the set that `current` names; nothing where there is none. Errors name
// the file: those of ReadCheckpoint and ReadFile. Files of a set that was never
// complete are removed.
absl::StatusOr<std::optional<RunPosition>> LoadCheckpoint(
    const std::string& folder, const std::string& identity, int64_t num_workers,
    int64_t num_features, Exchange& exchange);

// The run is done: its checkpoint goes.
absl::Status RemoveCheckpoint(const std::string& folder, Exchange& exchange);

// The iteration of the complete set in the folder, without a rank's help;
// nothing where there is none.
std::optional<int64_t> CheckpointIteration(const std::string& folder);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_CHECKPOINT_FILES_H_
