#include "lib/simulation/async_simulation.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/objective/logistic_regression.h"
#include "lib/simulation/cluster.h"
#include "lib/solver/async_run.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/async_worker.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"
#include "lib/status_macros.h"

namespace local_sgd {
namespace {

// For a heap with the first event on top.
bool Later(const AsyncSimulation::Event& left,
           const AsyncSimulation::Event& right) {
  return std::tie(left.seconds, left.kind, left.worker) >
         std::tie(right.seconds, right.kind, right.worker);
}

}  // namespace

AsyncSimulation::AsyncSimulation(const StepRows& rows, double lambda,
                                 const LocalSgdOptions& options,
                                 std::vector<SimulatedWorker> cluster,
                                 ReadOrder read_order, int64_t max_iterations)
    : options_(options),
      cluster_(std::move(cluster)),
      read_order_(read_order),
      max_iterations_(max_iterations) {
  const int64_t workers = options.workers;
  state_.xbar.assign(rows.num_features, 0.0);
  state_.worker_steps.assign(workers, 0);
  state_.worker_added.assign(workers, 0);
  state_.worker_reads.assign(workers, 0);
  state_.added_at_read.assign(workers, 0);
  workers_.reserve(workers);
  for (int64_t k = 0; k < workers; ++k) {
    workers_.emplace_back(rows, lambda, options, k, max_iterations);
    BeginStep(/*start=*/0.0, k);
  }
}

void AsyncSimulation::AdvanceTo(int64_t local_steps) {
  std::vector<Event>& events = state_.events;
  while (!events.empty() && state_.local_steps < local_steps) {
    state_.seconds = events.front().seconds;
    while (!events.empty() && events.front().seconds == state_.seconds) {
      const Event event = events.front();
      std::pop_heap(events.begin(), events.end(), Later);
      events.pop_back();
      Happen(event);
    }
  }
}

void AsyncSimulation::Push(double seconds, EventKind kind, int64_t k) {
  state_.events.push_back({seconds, kind, k});
  std::push_heap(state_.events.begin(), state_.events.end(), Later);
}

// A worker that will not end its next step is not heard of again.
void AsyncSimulation::BeginStep(double start, int64_t k) {
  const double finish = FinishTime(
      cluster_[k], start,
      StepSeconds(cluster_[k], options_.seed, k, state_.worker_steps[k]));
  if (finish != kNeverSeconds) Push(finish, kStep, k);
}

void AsyncSimulation::Happen(const Event& event) {
  const int64_t k = event.worker;
  switch (event.kind) {
    case kStep:
      // The arithmetic waits until somebody asks: many steps at once are
      // faster, and nobody sees them before.
      ++state_.worker_steps[k];
      ++state_.local_steps;
      if (state_.worker_steps[k] == workers_[k].next_synchronisation()) {
        Push(event.seconds + MessageSeconds(cluster_[k], options_.seed, k,
                                            2 * state_.worker_reads[k]),
             kAdd, k);
      } else {
        BeginStep(event.seconds, k);
      }
      return;
    case kAdd:
      Add(k);
      if (read_order_ == ReadOrder::kAfterAllAdds) {
        Push(event.seconds, kRead, k);
        return;
      }
      [[fallthrough]];
    case kRead:
      Read(k);
      return;
  }
}

void AsyncSimulation::Add(int64_t k) {
  workers_[k].StepTo(state_.worker_steps[k]);
  const absl::Span<const double> update = workers_[k].Update();
  for (size_t j = 0; j < update.size(); ++j) state_.xbar[j] += update[j];
  state_.delays.foreign_steps.Add(state_.added - state_.added_at_read[k]);
  state_.added += state_.worker_steps[k] - state_.worker_added[k];
  state_.worker_added[k] = state_.worker_steps[k];
}

// The answer is on its way from here on, and then the worker goes on.
void AsyncSimulation::Read(int64_t k) {
  state_.delays.tau.Add(state_.worker_steps[k] -
                        *std::min_element(state_.worker_added.begin(),
                                          state_.worker_added.end()));
  state_.added_at_read[k] = state_.added;
  std::copy(state_.xbar.begin(), state_.xbar.end(),
            workers_[k].read_point().begin());
  workers_[k].Read();
  const double answer =
      state_.seconds + MessageSeconds(cluster_[k], options_.seed, k,
                                      2 * state_.worker_reads[k] + 1);
  ++state_.worker_reads[k];
  if (!workers_[k].finished()) BeginStep(answer, k);
}

bool AsyncSimulation::all_died() const {
  return finished() &&
         std::all_of(state_.worker_steps.begin(), state_.worker_steps.end(),
                     [this](int64_t t) { return t < max_iterations_; });
}

std::vector<double> AsyncSimulation::FourIterates() {
  for (int64_t k = 0; k < options_.workers; ++k) {
    workers_[k].StepTo(state_.worker_steps[k]);
  }
  return AsyncIterates(workers_, state_.xbar, options_.averaging_shift);
}

AsyncSimulation::State AsyncSimulation::Save() const {
  State state = state_;
  for (const AsyncWorker& worker : workers_) {
    state.workers.push_back(worker.Save());
  }
  return state;
}

void AsyncSimulation::Restore(const State& state) {
  for (int64_t k = 0; k < options_.workers; ++k) {
    workers_[k].Restore(state.workers[k]);
  }
  state_ = state;
  state_.workers.clear();
}

absl::StatusOr<AsyncSummary> RunAsyncSimulation(
    const LogisticRegression& problem, const StepRows& rows,
    double optimal_value, const LocalSgdOptions& options,
    const std::vector<SimulatedWorker>& cluster, ReadOrder read_order,
    const Termination& termination) {
  RETURN_IF_ERROR(ValidateAsyncOptions(rows, options));
  RETURN_IF_ERROR(ValidateTermination(options, termination));
  RETURN_IF_ERROR(ValidateCluster(cluster, options.workers));

  AsyncSimulation run(rows, problem.lambda, options, cluster, read_order,
                      termination.max_iterations);
  AsyncSummary summary =
      RunToAccuracies(problem, rows, optimal_value, options, termination, run);
  summary.all_died = run.all_died();
  return summary;
}

}  // namespace local_sgd
