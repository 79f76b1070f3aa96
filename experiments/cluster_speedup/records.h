// One period H on one number of ranks across one network: a row of
// cluster_speedup.csv, measured times only.

#ifndef EXPERIMENTS_CLUSTER_SPEEDUP_RECORDS_H_
#define EXPERIMENTS_CLUSTER_SPEEDUP_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/records/schema.h"

namespace local_sgd {

struct ClusterRecord {
  std::string dataset;
  std::string dataset_sha256;
  std::string step_size;  // as --step_size takes it
  double epsilon = 0.0;
  int64_t batch = 1;
  uint64_t seed = 0;
  std::string network;  // the user's name for what lies between the ranks
  int64_t nodes = 1;    // machines
  std::string cpu;      // of rank 0
  int64_t cores = 1;    // of rank 0, which its machine's other ranks share
  int64_t ranks = 1;    // R, with one worker each: K = R
  int64_t period = 1;   // H
  std::optional<int64_t> iterations;  // T(epsilon); nothing if not reached
  // Medians: one gradient while all ranks compute, one exchange of d doubles
  // (nothing for one rank), and one iteration of the run, its share of the
  // exchanges included, with quartiles.
  double gradient_seconds = 0.0;
  std::optional<double> exchange_seconds;
  double iteration_seconds = 0.0;
  double iteration_seconds_low = 0.0;
  double iteration_seconds_high = 0.0;
};

const Schema<ClusterRecord>& ClusterSchema();

// All that the study has in a results folder.
struct ClusterSpeedup {
  std::vector<ClusterRecord> records;
};

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_SPEEDUP_RECORDS_H_
