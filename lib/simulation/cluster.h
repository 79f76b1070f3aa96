// A simulated cluster: how fast each worker computes, how long its messages
// take, and what goes wrong with it; and the time that Algorithm 1, which waits
// for the slowest, takes there.

#ifndef LIB_SIMULATION_CLUSTER_H_
#define LIB_SIMULATION_CLUSTER_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "lib/simulation/time_model.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {

inline constexpr double kNeverSeconds = std::numeric_limits<double>::infinity();

struct SimulatedWorker {
  TimeModel compute = ConstantTime(1.0);  // of one local step, all b gradients
  TimeModel message = ConstantTime(0.0);  // of one vector, either way
  double slowdown = 1.0;  // of every step; a straggler's is above 1
  // It computes nothing in [pause_start, pause_start + pause_seconds); what it
  // had begun goes on afterwards. Messages under way arrive.
  double pause_start = kNeverSeconds;
  double pause_seconds = 0.0;
  // From then on it computes nothing. What it had sent still arrives.
  double death = kNeverSeconds;
};

// K workers alike; change some afterwards.
std::vector<SimulatedWorker> WorkersAlike(int64_t workers,
                                          const TimeModel& compute,
                                          const TimeModel& message);

// InvalidArgument unless there is one entry for each of K `workers`, with valid
// times, positive mean compute time, slowdown at least 1, pauses and deaths not
// negative, and some worker alive after time 0; names the worker and the value.
absl::Status ValidateCluster(const std::vector<SimulatedWorker>& cluster,
                             int64_t workers);

// The seconds of step t of `worker`, slowdown included, undisturbed.
double StepSeconds(const SimulatedWorker& worker, uint64_t seed, int64_t k,
                   int64_t t);

// The seconds of message `number` of worker k: 2 i is what it sends at its i-th
// synchronisation, 2 i + 1 the answer.
double MessageSeconds(const SimulatedWorker& worker, uint64_t seed, int64_t k,
                      int64_t number);

// When a computation of `seconds` ends that can begin at `start`: later by a
// pause, kNeverSeconds after a death.
double FinishTime(const SimulatedWorker& worker, double start, double seconds);

// The modelled time of Algorithm 1 from the start until the iterates of T >= 1
// steps have been averaged (T belongs to I_T), with the times that the
// simulator draws for the same seed. A round ends when the slowest worker's
// message has arrived; each worker goes on when the answer has come.
// kNeverSeconds when a worker dies before. O(K T).
double SynchronousSeconds(const std::vector<SimulatedWorker>& cluster,
                          const SynchronisationSet& synchronisation,
                          uint64_t seed, int64_t T);

}  // namespace local_sgd

#endif  // LIB_SIMULATION_CLUSTER_H_
