// What the model of a large cluster says of one network, workload, exchange,
// period and number of workers: a row of cluster_extrapolation.csv. Nothing in
// it was run.

#ifndef EXPERIMENTS_CLUSTER_EXTRAPOLATION_RECORDS_H_
#define EXPERIMENTS_CLUSTER_EXTRAPOLATION_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/records/schema.h"

namespace local_sgd {

struct ExtrapolationRecord {
  std::string network;
  std::string network_source;  // where its three numbers are from
  double latency_seconds = 0;
  double message_seconds = 0;
  double bytes_per_second = 0;
  int64_t features = 1;
  double gradient_seconds = 0;
  std::string gradient_source;
  int64_t batch = 1;
  double noise_seconds = 0;
  double epsilon = 0;    // in the units of (9); 0: no drift
  std::string exchange;  // "tree", "ring" or "server"
  int64_t period = 1;
  int64_t workers = 1;
  double compute_seconds = 0;  // of a round: H b gradients
  double waiting_seconds = 0;  // of a round, for the slowest worker
  double exchange_seconds = 0;
  double iteration_factor = 1;  // of (9): how much more steps it takes
  double speedup = 0;           // in time to epsilon, over one worker
  // What the speedup comes to with K without epsilon and waiting, if anything.
  std::optional<double> limit;
};

const Schema<ExtrapolationRecord>& ExtrapolationSchema();

// All that the study has in a results folder.
struct ClusterExtrapolation {
  std::vector<ExtrapolationRecord> records;
};

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_EXTRAPOLATION_RECORDS_H_
