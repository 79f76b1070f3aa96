// One run of Algorithm 2, asynchronous local SGD, whose workers are spread over
// the ranks of an MPI job: //experiments:cluster --asynchronous. What it is for
// is the delay: how stale what a worker reads really is.
//
// Every function that takes an Exchange is collective.

#ifndef EXPERIMENTS_CLUSTER_CLUSTER_ASYNCHRONOUS_H_
#define EXPERIMENTS_CLUSTER_CLUSTER_ASYNCHRONOUS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/cluster/cluster.h"
#include "experiments/problem.h"
#include "lib/comm/exchange.h"
#include "lib/program/build_info.h"
#include "lib/records/table.h"
#include "lib/solver/async_ranks.h"
#include "lib/solver/async_summary.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

struct AsynchronousClusterRun {
  AsyncSummary summary;  // the same on every rank, but for the times
  std::vector<int64_t> peak_memory_bytes;  // of each rank's process
};

// settings.fast is not used. Errors: those of RunAsyncRanks.
absl::StatusOr<AsynchronousClusterRun> RunAsynchronouslyOnRanks(
    const Problem& problem, const ClusterSettings& settings, Exchange& exchange,
    const AsyncShared& shared);

// The settings as RunRecord has them; `reached`, {epsilon, iterations,
// local_steps, seconds, iterate} with null where it was not reached; `delay`,
// tau of Theorem 5.1 and the steps of others between a worker's read and its
// next add, each with max, mean, median, and the quantiles 0.9 and 0.99;
// counts, times, program and machine, the cluster as RanksRecord has it.
nlohmann::ordered_json AsynchronousClusterRecord(
    const Problem& problem, const ClusterSettings& settings,
    const AsynchronousClusterRun& run, const ClusterFacts& facts,
    const BuildInfo& build);

// The same for a reader: one row an epsilon, or one row.
Table AsynchronousClusterTable(const Problem& problem,
                               const ClusterSettings& settings,
                               const AsynchronousClusterRun& run,
                               const ClusterFacts& facts);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_CLUSTER_ASYNCHRONOUS_H_
