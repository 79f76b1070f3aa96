#include "lib/simulation/cluster.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/check.h"
#include "lib/simulation/time_model.h"
#include "lib/status_macros.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {

std::vector<SimulatedWorker> WorkersAlike(int64_t workers,
                                          const TimeModel& compute,
                                          const TimeModel& message) {
  SimulatedWorker worker;
  worker.compute = compute;
  worker.message = message;
  return std::vector<SimulatedWorker>(workers, worker);
}

absl::Status ValidateCluster(const std::vector<SimulatedWorker>& cluster,
                             int64_t workers) {
  if (static_cast<int64_t>(cluster.size()) != workers) {
    return absl::InvalidArgumentError(
        absl::StrCat("the cluster describes ", cluster.size(),
                     " workers, but there are ", workers));
  }
  bool some_alive = false;
  for (int64_t k = 0; k < workers; ++k) {
    const SimulatedWorker& worker = cluster[k];
    const auto out_of_range = [k](absl::string_view name,
                                  absl::string_view range, double value) {
      return absl::InvalidArgumentError(absl::StrCat(
          name, " of worker ", k, " must be ", range, ", but is ", value));
    };
    RETURN_IF_ERROR(ValidateTimeModel(
        absl::StrCat("compute time of worker ", k), worker.compute));
    RETURN_IF_ERROR(ValidateTimeModel(
        absl::StrCat("message delay of worker ", k), worker.message));
    if (worker.compute.mean == 0.0) {
      return out_of_range("mean compute time", "positive", worker.compute.mean);
    }
    if (!(worker.slowdown >= 1.0) || !std::isfinite(worker.slowdown)) {
      return out_of_range("slowdown", "at least 1 and finite", worker.slowdown);
    }
    if (!(worker.pause_start >= 0.0)) {
      return out_of_range("start of the pause", "at least 0 seconds",
                          worker.pause_start);
    }
    if (!(worker.pause_seconds >= 0.0) ||
        !std::isfinite(worker.pause_seconds)) {
      return out_of_range("pause", "at least 0 seconds and finite",
                          worker.pause_seconds);
    }
    if (!(worker.death >= 0.0)) {
      return out_of_range("death", "at least 0 seconds", worker.death);
    }
    some_alive = some_alive || worker.death > 0.0;
  }
  if (!some_alive) {
    return absl::InvalidArgumentError(absl::StrCat(
        "all ", workers,
        " workers are dead from the start (death at 0 seconds); some worker "
        "must live"));
  }
  return absl::OkStatus();
}

double StepSeconds(const SimulatedWorker& worker, uint64_t seed, int64_t k,
                   int64_t t) {
  return worker.slowdown *
         DrawTime(worker.compute, seed, TimeStream::kCompute, k, t);
}

double MessageSeconds(const SimulatedWorker& worker, uint64_t seed, int64_t k,
                      int64_t number) {
  return DrawTime(worker.message, seed, TimeStream::kMessage, k, number);
}

double FinishTime(const SimulatedWorker& worker, double start, double seconds) {
  const double pause_end = worker.pause_start + worker.pause_seconds;
  double finish = start + seconds;
  if (start >= worker.pause_start && start < pause_end) {
    finish = pause_end + seconds;
  } else if (start < worker.pause_start && finish > worker.pause_start) {
    finish += worker.pause_seconds;
  }
  return finish > worker.death ? kNeverSeconds : finish;
}

double SynchronousSeconds(const std::vector<SimulatedWorker>& cluster,
                          const SynchronisationSet& synchronisation,
                          uint64_t seed, int64_t T) {
  LOCAL_SGD_CHECK(!cluster.empty() && T >= 1);
  const int64_t workers = static_cast<int64_t>(cluster.size());
  std::vector<double> ready(workers, 0.0);  // when a worker can go on
  double round_end = 0.0;
  int64_t round = 0;
  for (int64_t t = 0; t < T; ++round) {
    const int64_t end = std::min(NextSynchronisation(synchronisation, t), T);
    round_end = 0.0;
    for (int64_t k = 0; k < workers; ++k) {
      double time = ready[k];
      for (int64_t step = t; step < end; ++step) {
        time = FinishTime(cluster[k], time,
                          StepSeconds(cluster[k], seed, k, step));
      }
      round_end = std::max(
          round_end, time + MessageSeconds(cluster[k], seed, k, 2 * round));
    }
    if (round_end == kNeverSeconds) return kNeverSeconds;
    for (int64_t k = 0; k < workers; ++k) {
      ready[k] = round_end + MessageSeconds(cluster[k], seed, k, 2 * round + 1);
    }
    t = end;
  }
  return round_end;
}

}  // namespace local_sgd
