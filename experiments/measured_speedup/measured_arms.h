// Several arms of the measured experiment (tuned and theoretical step sizes) as
// one long run that can be killed at any moment and goes on when it is started
// again.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_MEASURED_ARMS_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_MEASURED_ARMS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/measured_speedup/run.h"
#include "experiments/problem.h"
#include "lib/program/journal.h"
#include "lib/program/results_origin.h"

namespace local_sgd {

// Which data and settings its files are of.
ResultsOrigin OriginOf(const Problem& problem,
                       const std::vector<MeasuredSpeedupGrid>& arms);

struct MeasuredArms {
  MeasuredSpeedup measured;
  Journal journal;  // for EndResumable, when the results are written
};

// Runs them one after another, with progress on stderr. Finished pieces are
// kept in PROGRAM.journal in the folder, which exists; on a signal the user is
// told how to go on. Errors: those of RunMeasuredSpeedup and Journal::Open,
// which refuses a journal of other settings or of another version of the
// program.
absl::StatusOr<MeasuredArms> RunArms(
    const Problem& problem, const std::vector<MeasuredSpeedupGrid>& arms,
    const std::string& program, const std::string& version,
    const std::string& folder);

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_MEASURED_ARMS_H_
