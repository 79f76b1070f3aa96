#include "lib/solver/async_worker.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "lib/comm/exchange.h"
#include "lib/comm/rank_plan.h"
#include "lib/solver/iterates.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/status_macros.h"
#include "lib/theory/averaging_weights.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

// The options of a worker on its own, which averages with nobody.
LocalSgdOptions OfOneWorker(LocalSgdOptions options) {
  options.workers = 1;
  options.threads = 1;
  options.exchange = nullptr;
  return options;
}

}  // namespace

absl::Status ValidateAsyncOptions(const StepRows& rows,
                                  const LocalSgdOptions& options) {
  RETURN_IF_ERROR(ValidateOptions(rows, options));
  // A column and entries of the common point, the averages' base, x_r and the
  // update; all but the update once more for a replay.
  const double bytes_per_entry =
      2.0 * (sizeof(WorkerColumn) + sizeof(double) * (2 + kNumAverages)) +
      sizeof(double);
  int64_t workers = options.workers;
  if (const Exchange* exchange = options.exchange; exchange != nullptr) {
    workers =
        WorkersOfRank(workers, exchange->ranks(), exchange->rank()).size();
  }
  return ValidateMemory(rows, options,
                        static_cast<double>(workers) *
                            static_cast<double>(rows.num_features) *
                            bytes_per_entry);
}

AsyncWorker::AsyncWorker(const StepRows& rows, double lambda,
                         const LocalSgdOptions& options, int64_t k,
                         int64_t max_iterations)
    : algorithm_(rows, lambda, OfOneWorker(options), /*first_worker=*/k),
      synchronisation_(options.synchronisation),
      workers_(options.workers),
      max_iterations_(max_iterations),
      next_synchronisation_(
          std::min(NextSynchronisation(synchronisation_, 0), max_iterations)),
      read_point_(rows.num_features, 0.0),
      update_(rows.num_features, 0.0) {}

absl::Span<const double> AsyncWorker::Update() {
  const Iterates& iterates = algorithm_.state().iterates;
  const WorkerColumn* columns = iterates.worker(0);
  const double inverse = 1.0 / static_cast<double>(workers_);
  for (size_t j = 0; j < update_.size(); ++j) {
    const double x =
        iterates.scale * (iterates.common[j] + columns[j].difference);
    update_[j] = inverse * (x - read_point_[j]);
  }
  return update_;
}

void AsyncWorker::Read() {
  algorithm_.MoveTo(read_point_);
  next_synchronisation_ =
      iteration() >= max_iterations_
          ? max_iterations_ + 1
          : std::min(NextSynchronisation(synchronisation_, iteration()),
                     max_iterations_);
}

AsyncWorker::State AsyncWorker::Save() const {
  return {algorithm_.state(), next_synchronisation_, read_point_};
}

void AsyncWorker::Restore(const State& state) {
  algorithm_.Restore(state.local);
  next_synchronisation_ = state.next_synchronisation;
  read_point_ = state.read_point;
}

std::vector<double> AsyncIterates(const std::vector<AsyncWorker>& workers,
                                  absl::Span<const double> xbar, double a) {
  std::vector<double> points = PartOfAverages(
      workers, SumsOfWeights(workers, a), static_cast<int64_t>(xbar.size()), a);
  for (size_t j = 0; j < xbar.size(); ++j) points[4 * j] = xbar[j];
  return points;
}

WeightSums SumsOfWeights(const std::vector<AsyncWorker>& workers, double a) {
  WeightSums total = {};
  for (const AsyncWorker& worker : workers) {
    const WeightSums sums = AveragingWeightSums(a, worker.iteration());
    for (int q = 0; q < kNumAverages; ++q) total[q] += sums[q];
  }
  return total;
}

std::vector<double> PartOfAverages(const std::vector<AsyncWorker>& workers,
                                   const WeightSums& total,
                                   int64_t num_features, double a) {
  std::vector<double> points(4 * num_features, 0.0);
  for (const AsyncWorker& worker : workers) {
    if (worker.iteration() == 0) continue;
    const std::vector<double> own = worker.OwnIterates();
    const WeightSums sums = AveragingWeightSums(a, worker.iteration());
    for (int q = 0; q < kNumAverages; ++q) {
      const double share = sums[q] / total[q];
      for (int64_t j = 0; j < num_features; ++j) {
        points[4 * j + 1 + q] += share * own[4 * j + 1 + q];
      }
    }
  }
  return points;
}

}  // namespace local_sgd
