// The experiments that //:reproduce and //:verify run beside the paper's own
// measurement, one after another: a new one is a line of the list.

#ifndef EXPERIMENTS_ALL_EXPERIMENTS_H_
#define EXPERIMENTS_ALL_EXPERIMENTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "lib/program/journal.h"
#include "lib/program/results_origin.h"

namespace local_sgd {

// Each runs in its default size, or in a few seconds if `quick`. Seed and
// threads are those of the flags; how many seeds it takes is its own.

// InvalidArgument, naming --seeds, when --seed is so large that the seeds of
// some experiment would be beyond what records hold.
absl::Status ValidateSeedOfAll(const CommonFlags& flags);

// Which data and settings their files will be of.
std::vector<ResultsOrigin> OriginsOfAll(const Problem& problem,
                                        const CommonFlags& flags, bool quick);

struct WrittenExperiments {
  std::vector<std::string> files;  // paths of the records
  std::vector<Journal> journals;   // to be removed when nothing else can fail
};

// Writes their records into the folder, which exists. Errors: those of each.
absl::StatusOr<WrittenExperiments> RunAll(const Problem& problem,
                                          const CommonFlags& flags, bool quick,
                                          const std::string& version,
                                          const std::string& folder);

// Removes the journals.
absl::Status EndAll(WrittenExperiments& written);

}  // namespace local_sgd

#endif  // EXPERIMENTS_ALL_EXPERIMENTS_H_
