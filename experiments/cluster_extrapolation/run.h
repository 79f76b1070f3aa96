// On paper: what thousands of workers would gain, by a model of their exchange
// (lib/simulation/exchange_model.h) and of their iterations (equation (9)), and
// where each exchange saturates. Nothing is run.

#ifndef EXPERIMENTS_CLUSTER_EXTRAPOLATION_RUN_H_
#define EXPERIMENTS_CLUSTER_EXTRAPOLATION_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/cluster_extrapolation/records.h"
#include "experiments/model.h"
#include "lib/simulation/exchange_model.h"

namespace local_sgd {

// What a gradient costs a worker, and how long the vectors are.
struct Workload {
  int64_t features = 1;  // d
  double gradient_seconds = 0.0;
  std::string source;  // where the seconds are from
};

struct ExtrapolationGrid {
  std::vector<Network> networks;
  std::vector<Workload> workloads;
  int64_t batch = 4;
  std::vector<int64_t> periods = {1, 16, 256, 4096};
  std::vector<int64_t> workers = {1,    2,    4,    8,    16,   32,
                                  64,   128,  256,  512,  1000, 1024,
                                  2048, 4096, 8192, 10000};
  // In the units of (9): without drift T = 1/(K b epsilon) iterations. 1e-9 is
  // a quarter of a million iterations of a thousand workers with b = 4.
  std::vector<double> epsilons = {0, 1e-9};
  // Means of the exponential time by which each worker is held up in a round.
  std::vector<double> noise_seconds = {0, 1e-4};
  int64_t rounds = 64;  // simulated, for what the slowest costs
  uint64_t seed = 1;
};

// w8a's vectors and gradients, and a large problem's, on the network of one
// machine and on one of 10 Gbit/s.
ExtrapolationGrid DefaultExtrapolation();

// A record for each network, workload, noise, epsilon, exchange, period and
// number of workers. With F the corollary reading of (9)'s first factor for K b
// workers, the speedup in time to epsilon over one worker without drift is
//
//   S(K) = K / (F (1 + (waiting + exchange) / compute)),  compute = H b
//   gradient
//
// Not valid are numbers out of range, and workers and rounds whose simulation
// takes more than seconds.
const Model<ExtrapolationGrid, ClusterExtrapolation>&
ClusterExtrapolationModel();

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_EXTRAPOLATION_RUN_H_
