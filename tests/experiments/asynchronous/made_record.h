// A record of the arm straggler by hand, K = 4, that reached eps = 0.01.

#ifndef TESTS_EXPERIMENTS_ASYNCHRONOUS_MADE_RECORD_H_
#define TESTS_EXPERIMENTS_ASYNCHRONOUS_MADE_RECORD_H_

#include <cstdint>
#include <string>

#include "experiments/asynchronous/records.h"

namespace local_sgd {

inline AsynchronousRecord Made(const std::string& method, uint64_t seed,
                               double slowdown, double iterations,
                               double seconds) {
  AsynchronousRecord r;
  r.dataset = "made";
  r.arm = "straggler";
  r.method = method;
  r.workers = 4;
  r.seed = seed;
  r.slowdown = slowdown;
  r.epsilon = 0.01;
  r.iterations = iterations;
  r.seconds = seconds;
  r.foreign_steps_median = static_cast<int64_t>(seed);
  return r;
}

}  // namespace local_sgd

#endif  // TESTS_EXPERIMENTS_ASYNCHRONOUS_MADE_RECORD_H_
