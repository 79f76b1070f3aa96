// One run of Algorithm 1 whose workers are spread over the ranks of an MPI job:
// the run of //experiments:local_sgd, to the same bits.
//
// Every function here is collective: all ranks call it with the same arguments.

#ifndef EXPERIMENTS_CLUSTER_CLUSTER_H_
#define EXPERIMENTS_CLUSTER_CLUSTER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/problem.h"
#include "experiments/single/single_run.h"
#include "lib/comm/exchange.h"
#include "lib/program/build_info.h"
#include "lib/records/table.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

struct ClusterSettings {
  RunSettings run;     // its threads are those of one rank
  bool fast = false;   // sums in MPI's order: other bits
  bool shard = false;  // rank r keeps rows r mod R only
  // f*, when it is known: then no rank needs all the data, even once, but nor
  // is L known, on which Theorem 2.2's step sizes depend.
  std::optional<double> optimal_value;
  std::string version;  // of the program
};

// InvalidArgument, naming the flags, for settings that exclude each other.
absl::Status ValidateClusterSettings(const ClusterSettings& settings);

// The problem on this rank. Every rank reads the data; rank 0 finds the optimum
// and the constants, for which it has all the data in memory for a while, also
// with a shard, and tells the others. Errors on one rank become errors on all
// (AgreeOn); FailedPrecondition when ranks read different files.
absl::StatusOr<Problem> OpenProblemOnRanks(const std::string& dataset,
                                           int index_base,
                                           std::optional<double> lambda,
                                           const ClusterSettings& settings,
                                           Exchange& exchange);

// OptionsOfRun for this rank.
LocalSgdOptions OptionsOnRanks(const Problem& problem,
                               const ClusterSettings& settings,
                               Exchange& exchange);

// Where a run saves itself.
struct CheckpointSettings {
  std::string folder;
  int64_t every_rounds = 0;  // 0: never
};

struct ClusterRun {
  RunSummary summary;      // the same on every rank, but for the times
  int64_t resumed_at = 0;  // iteration; 0: from the start
  std::vector<int64_t> peak_memory_bytes;  // of each rank's process
};

// Runs on the ranks of `exchange`, from the checkpoint in the folder if there
// is one, which must be of the same run. Removing it is the caller's, once
// results are written. Errors: those of RunLocalSgd and of the checkpoint.
absl::StatusOr<ClusterRun> RunOnRanks(const Problem& problem,
                                      const ClusterSettings& settings,
                                      const CheckpointSettings& checkpoints,
                                      Exchange& exchange);

// What made and surrounded a run.
struct ClusterFacts {
  int ranks = 1;
  int nodes = 1;  // machines
  // Of rank 0, in a resumed run since then: sums over all workers, and the
  // seconds in them, waiting included.
  int64_t exchanges = 0;
  double exchange_seconds = 0.0;
};

// The peak memory of each rank's process so far. Collective.
std::vector<int64_t> PeakMemoryOfRanks(Exchange& exchange);

// Parts of a record and of a table: ranks, nodes, workers of each rank, data
// ("whole" or "sharded"), peak_memory_bytes of each rank; and what a reader has
// to know of them.
nlohmann::ordered_json RanksRecord(
    const ClusterSettings& settings, const ClusterFacts& facts,
    const std::vector<int64_t>& peak_memory_bytes);
void AddRanksNotes(const ClusterSettings& settings, const ClusterFacts& facts,
                   const std::vector<int64_t>& peak_memory_bytes, Table& table);

// RunRecord's object and after it what is about the cluster: RanksRecord's,
// reduction, exchanges, exchange_seconds, resumed_at.
nlohmann::ordered_json ClusterRunRecord(const Problem& problem,
                                        const ClusterSettings& settings,
                                        const ClusterRun& run,
                                        const ClusterFacts& facts,
                                        const BuildInfo& build);

// RunTable with lines on the cluster.
Table ClusterTable(const Problem& problem, const ClusterSettings& settings,
                   const ClusterRun& run, const ClusterFacts& facts);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_CLUSTER_H_
