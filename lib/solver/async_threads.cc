#include "lib/solver/async_threads.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/async_run.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/async_worker.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"
#include "lib/status_macros.h"

namespace local_sgd {

AsyncThreads::AsyncThreads(const StepRows& rows, double lambda,
                           const LocalSgdOptions& options,
                           int64_t max_iterations, OnAdd on_add)
    : averaging_shift_(options.averaging_shift),
      threads_(static_cast<int>(
          std::min<int64_t>(options.threads, options.workers))),
      on_add_(std::move(on_add)),
      slots_(options.workers),
      xbar_(rows.num_features),
      num_features_(rows.num_features) {
  workers_.reserve(options.workers);
  for (int64_t k = 0; k < options.workers; ++k) {
    workers_.emplace_back(rows, lambda, options, k, max_iterations);
  }
}

void AsyncThreads::AdvanceTo(int64_t local_steps) {
  if (threads_ == 1) return WorkUntil(local_steps);
#pragma omp parallel num_threads(threads_)
  WorkUntil(local_steps);
}

// What every thread does.
void AsyncThreads::WorkUntil(int64_t local_steps) {
  int64_t passed_over = 0;
  while (local_steps_.load(std::memory_order_relaxed) < local_steps &&
         num_finished_.load(std::memory_order_relaxed) < num_workers()) {
    const int64_t k =
        static_cast<int64_t>(ticket_.fetch_add(1, std::memory_order_relaxed) %
                             static_cast<uint64_t>(num_workers()));
    // With the release below, hands the worker from thread to thread.
    if (slots_[k].held.exchange(true, std::memory_order_acquire)) {
      if (++passed_over % num_workers() == 0) std::this_thread::yield();
      continue;
    }
    if (!workers_[k].finished()) TakeTurn(k);
    slots_[k].held.store(false, std::memory_order_release);
  }
}

void AsyncThreads::TakeTurn(int64_t k) {
  AsyncWorker& worker = workers_[k];
  const int64_t begin = worker.iteration();
  const int64_t end = std::min(worker.next_synchronisation(), begin + kMaxTurn);
  worker.StepTo(end);
  local_steps_.fetch_add(end - begin, std::memory_order_relaxed);
  if (end == worker.next_synchronisation()) AddAndRead(k);
}

void AsyncThreads::AddAndRead(int64_t k) {
  AsyncWorker& worker = workers_[k];
  Slot& slot = slots_[k];
  const int64_t t = worker.iteration();
  const absl::Span<const double> update = worker.Update();
  slot.delays.foreign_steps.Add(added_.load(std::memory_order_relaxed) -
                                slot.added_at_read);
  xbar_.Add(update);
  if (on_add_) on_add_(k, update);
  const int64_t own = t - slot.added.load(std::memory_order_relaxed);
  added_.fetch_add(own, std::memory_order_relaxed);
  // Whoever sees t here also sees, with an acquire, all that was added up to t.
  slot.added.store(t, std::memory_order_release);

  int64_t least_added = t;
  for (const Slot& other : slots_) {
    least_added =
        std::min(least_added, other.added.load(std::memory_order_acquire));
  }
  slot.delays.tau.Add(t - least_added);
  slot.added_at_read = added_.load(std::memory_order_relaxed);
  xbar_.Read(worker.read_point());
  worker.Read();
  if (worker.finished()) num_finished_.fetch_add(1, std::memory_order_relaxed);
}

std::vector<int64_t> AsyncThreads::WorkerSteps() const {
  std::vector<int64_t> steps;
  steps.reserve(workers_.size());
  for (const AsyncWorker& worker : workers_) {
    steps.push_back(worker.iteration());
  }
  return steps;
}

int64_t AsyncThreads::adds() const { return Delays().tau.count(); }

std::vector<double> AsyncThreads::SharedIterate() {
  std::vector<double> point(num_features_);
  xbar_.Read(absl::MakeSpan(point));
  return point;
}

std::vector<double> AsyncThreads::FourIterates() {
  return AsyncIterates(workers_, SharedIterate(), averaging_shift_);
}

AsyncDelays AsyncThreads::Delays() const {
  AsyncDelays all;
  for (const Slot& slot : slots_) {
    all.tau.Add(slot.delays.tau);
    all.foreign_steps.Add(slot.delays.foreign_steps);
  }
  return all;
}

absl::StatusOr<AsyncSummary> RunAsyncThreads(const LogisticRegression& problem,
                                             const StepRows& rows,
                                             double optimal_value,
                                             const LocalSgdOptions& options,
                                             const Termination& termination) {
  RETURN_IF_ERROR(ValidateAsyncOptions(rows, options));
  RETURN_IF_ERROR(ValidateTermination(options, termination));

  AsyncThreads run(rows, problem.lambda, options, termination.max_iterations);
  return RunToAccuracies(problem, rows, optimal_value, options, termination,
                         run);
}

}  // namespace local_sgd
