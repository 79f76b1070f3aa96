// Step sizes and synchronisation sets as users type them.

#ifndef EXPERIMENTS_RUN_SETTINGS_H_
#define EXPERIMENTS_RUN_SETTINGS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/theory/step_size_choice.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {

// --step_size: "theory" (Theorem 2.2), "constant:ETA", or "decaying:C", which
// is min(32, C n / (t + 1)) of section 4.
//
// InvalidArgument naming the flag and its value as it was typed: `text`, or
// `typed` where `text` is one of several.
absl::StatusOr<StepSizeChoice> ParseStepSize(const std::string& text,
                                             const std::string& typed = "");

// A candidate of section 4's grid as a user would type it.
StepSizeChoice ChoiceOf(const StepSizeCandidate& candidate);

// --synchronisation: "period:H", "final", "growing:C" (after t comes t + max(1,
// floor(C sqrt(t/(K b)))) for K workers with mini-batches of b),
// "phases:H,S,H2" (every H up to iteration S, then every H2), "doubling" (gaps
// 1, 2, 4, ...), "doubling:CAP" or "list:FILE" with ascending iterations
// separated by white space. InvalidArgument naming the flag and the value, or
// the file and the line.
absl::StatusOr<SynchronisationSet> ParseSynchronisation(const std::string& text,
                                                        int64_t workers,
                                                        int64_t batch);

// InvalidArgument unless the seeds first_seed, first_seed + 1, ... are all
// below 2^63, as records have them.
absl::Status ValidateSeeds(uint64_t first_seed, int64_t seeds);

// The seed that step sizes are chosen on when results are measured on the seeds
// first_seed, first_seed + 1, ...: 0, or the one after those where 0 is one of
// them.
inline uint64_t SelectionSeedFor(uint64_t first_seed, int64_t seeds) {
  return first_seed == 0 ? static_cast<uint64_t>(seeds) : 0;
}

}  // namespace local_sgd

#endif  // EXPERIMENTS_RUN_SETTINGS_H_
