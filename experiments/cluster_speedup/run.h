// What communication really costs between the ranks of an MPI job: the time of
// a gradient, of an exchange, and of an iteration of local SGD with period H.
// From the first two follows the rho of the paper's model, whose prediction the
// third one tests.
//
// T(epsilon) does not depend on where the workers are, so rank 0 finds it alone
// and the ranks are timed for as long as a median needs, not for all of T.

#ifndef EXPERIMENTS_CLUSTER_SPEEDUP_RUN_H_
#define EXPERIMENTS_CLUSTER_SPEEDUP_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/cluster_speedup/records.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "lib/comm/exchange.h"
#include "lib/program/build_info.h"
#include "lib/program/results_origin.h"

namespace local_sgd {

struct ClusterSpeedupSettings {
  std::string network = "loopback";  // what lies between the ranks
  std::vector<int64_t> periods = {1, 4, 16, 64};
  StepSizeChoice step_size;  // the same for all K and H
  double epsilon = 0.0005;
  int64_t batch = 4;
  int64_t max_iterations = 2'000'000;
  uint64_t seed = 1;
  double seconds = 0.5;  // of timing for each of the numbers
};

// Collective. The times of the ranks of `exchange`, one worker each, on
// `nodes` machines: one record a period, the same on every rank. Errors: those
// of RunLocalSgd.
absl::StatusOr<std::vector<ClusterRecord>> TimeRanks(
    const Problem& problem, const ClusterSpeedupSettings& settings, int nodes,
    const BuildInfo& build, Exchange& exchange);

// Before that, in one process: may they be added to cluster_speedup.csv in
// `folder`? Errors: those of AddToClusterRecords and MayReplace
// (lib/program/results_origin.h).
absl::StatusOr<ReplacedResults> MayAddToClusterRecords(
    const Problem& problem, const ClusterSpeedupSettings& settings,
    const BuildInfo& build, const std::string& folder, bool overwrite);

// Adds the records to cluster_speedup.csv in `folder`, in place of those of the
// same network and number of ranks, in order of network, ranks, period. Errors
// name the file; a file that cannot be read stays as it is, and so does one of
// another machine, other data or settings, with FailedPrecondition: speedups
// compare the times of all its records. With `overwrite` such records go.
absl::Status AddToClusterRecords(const std::vector<ClusterRecord>& records,
                                 const std::string& folder,
                                 bool overwrite = false);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_SPEEDUP_RUN_H_
