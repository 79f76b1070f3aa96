// When does asynchrony pay? Algorithm 2 beside Algorithm 1 in modelled
// clusters, where a step takes 1 second on average:
//   speed      T(eps) and modelled seconds against K, H and the delays
//   straggler  the same with one worker s times slower
//   delay      the error at T that a given tau costs, beside the bound of
//              Theorem 5.1, and what happens with a straggler, whose tau grows
//              with t

#ifndef EXPERIMENTS_ASYNCHRONOUS_RUN_H_
#define EXPERIMENTS_ASYNCHRONOUS_RUN_H_

#include <cstdint>
#include <vector>

#include "experiments/asynchronous/records.h"
#include "experiments/experiment.h"
#include "experiments/run_settings.h"

namespace local_sgd {

inline constexpr char kAsynchronousStepSize[] = "decaying:0.125";

struct AsynchronousGrid {
  // The arms speed and straggler, at lambda = 1/n.
  StepSizeChoice step_size = ParseStepSize(kAsynchronousStepSize).value();
  std::vector<double> epsilons = {0.005, 0.001};
  int64_t batch = 4;
  std::vector<int64_t> workers = {4, 16};  // of speed
  std::vector<int64_t> periods = {1, 16};  // of speed
  double message_seconds = 8.0;            // of speed, where messages take time
  int64_t straggler_workers = 16;
  int64_t straggler_period = 16;
  std::vector<double> slowdowns = {1.0, 1.25, 1.5, 2.0, 4.0, 8.0, 16.0};
  int64_t max_iterations = 100'000;
  // The arm delay, at lambda = 1/n and 0.01 with the step sizes of Theorem 5.1
  // and b = 1; half of the workers start so much later.
  int64_t delay_workers = 8;
  int64_t delay_period = 16;
  int64_t delay_iterations = 16'384;  // T
  std::vector<double> head_starts = {0, 64, 128, 256, 512, 960};
  double delay_slowdown = 4.0;  // of the straggler there
  int64_t delay_seeds = 8;
  int64_t seeds = 3;  // of the other arms; first_seed, first_seed + 1, ...
  uint64_t first_seed = 1;
  int threads = 1;
};

const Experiment<AsynchronousGrid, Asynchronous>& AsynchronousExperiment();

}  // namespace local_sgd

#endif  // EXPERIMENTS_ASYNCHRONOUS_RUN_H_
