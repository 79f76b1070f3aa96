// What the records of the tests have in common, without a time.

#ifndef TESTS_EXPERIMENTS_CLUSTER_SPEEDUP_CLUSTER_RECORD_H_
#define TESTS_EXPERIMENTS_CLUSTER_SPEEDUP_CLUSTER_RECORD_H_

#include <cstdint>

#include "experiments/cluster_speedup/records.h"

namespace local_sgd {

inline ClusterRecord UntimedRecord(int64_t ranks, int64_t period) {
  ClusterRecord r;
  r.dataset = "w8a_surrogate";
  r.dataset_sha256 = "0123456789abcdef0123";
  r.step_size = "constant:0.5";
  r.epsilon = 0.005;
  r.batch = 4;
  r.network = "ideal";
  r.cpu = "A chip";
  r.ranks = ranks;
  r.period = period;
  return r;
}

}  // namespace local_sgd

#endif  // TESTS_EXPERIMENTS_CLUSTER_SPEEDUP_CLUSTER_RECORD_H_
