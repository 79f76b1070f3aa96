// What the runs say of Theorem 2.2 in numbers with intervals.

#ifndef EXPERIMENTS_CONVERGENCE_BOUND_FINDINGS_H_
#define EXPERIMENTS_CONVERGENCE_BOUND_FINDINGS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "experiments/convergence_bound/records.h"
#include "lib/records/finding_record.h"

namespace local_sgd {

// From the runs and the constants, lambda by lambda: the constants; how far the
// bound is above the errors; the slopes of the errors against T, K and K b; how
// far the bound of the drift is above the drifts; and the variance of the
// averaged gradient. What the numbers do not determine is left out.
absl::StatusOr<std::vector<FindingRecord>> BoundFindings(
    const ConvergenceBound& data);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CONVERGENCE_BOUND_FINDINGS_H_
