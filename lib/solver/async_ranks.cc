#include "lib/solver/async_ranks.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/comm/agreement.h"
#include "lib/comm/exchange.h"
#include "lib/comm/rank_plan.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/async_run.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/async_worker.h"
#include "lib/solver/clock.h"
#include "lib/solver/delay_counts.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {
namespace {

// How long a rank computes before it lets the others' accesses go on: less than
// a message takes between machines, much more than it takes to ask.
constexpr double kPauseSeconds = 50e-6;

// The counts of all ranks together.
DelayCounts OfAllRanks(Exchange& exchange, const DelayCounts& here) {
  std::vector<double> numbers = here.ToNumbers();
  const double count = static_cast<double>(numbers.size());
  const std::vector<double> sizes =
      exchange.Gather(absl::MakeConstSpan(&count, 1));
  const std::vector<double> all = exchange.Gather(numbers);
  DelayCounts sum;
  size_t begin = 0;
  for (const double size : sizes) {
    const size_t part = static_cast<size_t>(size);
    sum.Add(DelayCounts::FromNumbers(
        absl::MakeConstSpan(all).subspan(begin, part)));
    begin += part;
  }
  return sum;
}

}  // namespace

AsyncRanks::AsyncRanks(const StepRows& rows, double lambda,
                       const LocalSgdOptions& options, int64_t max_iterations,
                       const AsyncShared& shared, OnAdd on_add)
    : averaging_shift_(options.averaging_shift),
      num_features_(rows.num_features),
      exchange_(*options.exchange),
      block_(
          WorkersOfRank(options.workers, exchange_.ranks(), exchange_.rank())),
      shared_(shared),
      on_add_(std::move(on_add)),
      counts_(block_.size()),
      seen_steps_(2 * options.workers, 0.0) {
  workers_.reserve(block_.size());
  for (int64_t k = block_.begin; k < block_.end; ++k) {
    workers_.emplace_back(rows, lambda, options, k, max_iterations);
  }
}

void AsyncRanks::AdvanceTo(int64_t local_steps) {
  const auto num_finished = [this] {
    return std::count_if(workers_.begin(), workers_.end(),
                         [](const AsyncWorker& w) { return w.finished(); });
  };
  const int64_t block_size = block_.size();
  while (local_steps_ < local_steps && num_finished() < block_size) {
    if (!workers_[next_].finished()) TakeTurn(next_);
    next_ = (next_ + 1) % workers_.size();
  }
  // Whatever a rank has done is done when it comes here.
  std::array<double, 2> here = {
      0.0, static_cast<double>(block_size - num_finished())};
  for (const AsyncWorker& worker : workers_) {
    here[0] += static_cast<double>(worker.iteration());
  }
  const std::vector<double> all = exchange_.Gather(here);
  local_steps_ = 0;
  finished_ = true;
  for (size_t rank = 0; 2 * rank < all.size(); ++rank) {
    local_steps_ += static_cast<int64_t>(all[2 * rank]);
    finished_ = finished_ && all[2 * rank + 1] == 0.0;
  }
}

void AsyncRanks::TakeTurn(size_t i) {
  AsyncWorker& worker = workers_[i];
  Count& count = counts_[i];
  const int64_t k = block_.begin + static_cast<int64_t>(i);
  const int64_t begin = worker.iteration();
  const int64_t t = std::min(worker.next_synchronisation(), begin + kMaxTurn);
  StepTo(worker, t);
  const bool synchronises = t == worker.next_synchronisation();
  int64_t own = 0;
  if (synchronises) {
    const absl::Span<const double> update = worker.Update();
    shared_.xbar.Add(0, update);
    if (on_add_) on_add_(k, update);
    own = t - count.added;
    count.added = t;
  }
  // Whoever reads this also reads, afterwards, what was added to xbar.
  const std::array<double, 2> news = {static_cast<double>(t - begin),
                                      static_cast<double>(own)};
  shared_.steps.Add(2 * k, news);
  shared_.steps.Read(0, absl::MakeSpan(seen_steps_));
  local_steps_ = 0;
  int64_t added = 0;
  int64_t least_added = t;
  for (size_t h = 0; 2 * h < seen_steps_.size(); ++h) {
    local_steps_ += static_cast<int64_t>(seen_steps_[2 * h]);
    const int64_t added_by_h = static_cast<int64_t>(seen_steps_[2 * h + 1]);
    added += added_by_h;
    least_added = std::min(least_added, added_by_h);
  }
  if (!synchronises) return;
  delays_.foreign_steps.Add(added - own - count.added_at_read);
  delays_.tau.Add(t - least_added);
  count.added_at_read = added;
  shared_.xbar.Read(0, worker.read_point());
  worker.Read();
}

// In pieces of about kPauseSeconds, however long a step takes.
void AsyncRanks::StepTo(AsyncWorker& worker, int64_t end) {
  while (worker.iteration() < end) {
    const int64_t begin = worker.iteration();
    const Clock::time_point start = Clock::now();
    worker.StepTo(std::min(end, begin + steps_per_pause_));
    const double seconds = SecondsSince(start);
    if (seconds > kPauseSeconds) {
      steps_per_pause_ = std::max<int64_t>(1, steps_per_pause_ / 2);
    } else if (worker.iteration() - begin == steps_per_pause_ &&
               seconds < kPauseSeconds / 2) {
      steps_per_pause_ = std::min(kMaxTurn, 2 * steps_per_pause_);
    }
    if (worker.iteration() < end) shared_.xbar.LetOthersGoOn();
  }
}

std::vector<double> AsyncRanks::SharedIterate() const {
  std::vector<double> point(num_features_);
  shared_.xbar.Read(0, absl::MakeSpan(point));
  exchange_.Gather({});  // nobody goes on before all have read
  return point;
}

std::vector<double> AsyncRanks::FourIterates() const {
  const std::vector<double> xbar = SharedIterate();
  const WeightSums here = SumsOfWeights(workers_, averaging_shift_);
  const std::vector<double> all = exchange_.Gather(here);
  WeightSums total = {};
  for (size_t i = 0; i < all.size(); ++i) total[i % kNumAverages] += all[i];
  std::vector<double> parts =
      PartOfAverages(workers_, total, num_features_, averaging_shift_);
  std::vector<double> points(parts.size());
  const RankPlan one_each =
      MakeRankPlan(exchange_.ranks(), exchange_.ranks(), exchange_.rank());
  exchange_.Sum(one_each, absl::MakeSpan(parts), absl::MakeSpan(points));
  for (size_t j = 0; j < xbar.size(); ++j) points[4 * j] = xbar[j];
  return points;
}

std::vector<int64_t> AsyncRanks::WorkerSteps() const {
  std::vector<double> here;
  here.reserve(workers_.size());
  for (const AsyncWorker& worker : workers_) {
    here.push_back(static_cast<double>(worker.iteration()));
  }
  const std::vector<double> all = exchange_.Gather(here);
  return std::vector<int64_t>(all.begin(), all.end());
}

AsyncDelays AsyncRanks::Delays() const {
  AsyncDelays all;
  all.tau = OfAllRanks(exchange_, delays_.tau);
  all.foreign_steps = OfAllRanks(exchange_, delays_.foreign_steps);
  return all;
}

absl::StatusOr<AsyncSummary> RunAsyncRanks(const LogisticRegression& problem,
                                           const StepRows& rows,
                                           double optimal_value,
                                           const LocalSgdOptions& options,
                                           const Termination& termination,
                                           const AsyncShared& shared) {
  absl::Status valid = ValidateAsyncOptions(rows, options);
  if (valid.ok()) valid = ValidateTermination(options, termination);
  valid = AgreeOn(*options.exchange, valid);
  if (!valid.ok()) return valid;
  AsyncRanks run(rows, problem.lambda, options, termination.max_iterations,
                 shared);
  return RunToAccuracies(problem, rows, optimal_value, options, termination,
                         run);
}

}  // namespace local_sgd
