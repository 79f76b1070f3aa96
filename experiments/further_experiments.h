// The experiments that go beyond the paper's own measurement, one after
// another, for //:reproduce and //:verify.

#ifndef EXPERIMENTS_FURTHER_EXPERIMENTS_H_
#define EXPERIMENTS_FURTHER_EXPERIMENTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "lib/program/journal.h"
#include "lib/program/results_origin.h"

namespace local_sgd {

struct FurtherExperiments {
  std::vector<std::string> files;  // paths of the records
  std::vector<Journal> journals;   // to be removed when nothing else can fail
};

// InvalidArgument, naming --seeds, when --seed is so large that the seeds of
// some of these experiments would be beyond what records hold.
absl::Status ValidateFurtherFlags(const CommonFlags& flags);

// Which data and settings their files will be of.
std::vector<ResultsOrigin> OriginsOfFurther(const Problem& problem,
                                            const CommonFlags& flags,
                                            bool quick);

// convergence_bound, variance_reduction, communication_period and asynchronous
// in their default size, or all of them in a few seconds if `quick`. Seed and
// threads are those of the flags; how many seeds each takes is its own. The
// records are written into the folder, which exists. Errors: those of each.
absl::StatusOr<FurtherExperiments> RunFurtherExperiments(
    const Problem& problem, const CommonFlags& flags, bool quick,
    const std::string& version, const std::string& folder);

// Removes the journals.
absl::Status EndFurtherExperiments(FurtherExperiments& experiments);

}  // namespace local_sgd

#endif  // EXPERIMENTS_FURTHER_EXPERIMENTS_H_
