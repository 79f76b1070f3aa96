#include "lib/solver/local_sgd.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/math/compensated_sum.h"
#include "lib/solver/iterates.h"
#include "lib/solver/round_draws.h"
#include "lib/solver/sample_stream.h"
#include "lib/solver/scale_range.h"
#include "lib/solver/step_kernel.h"
#include "lib/solver/step_rows.h"
#include "lib/status_macros.h"
#include "lib/theory/averaging_weights.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

// C_{t+1} = C_t + w_t s_t for the three averages.
void AccumulateWeights(double a, int64_t t, Iterates& iterates) {
  const std::array<double, kNumAverages> weights = AveragingWeights(a, t);
  for (int q = 0; q < kNumAverages; ++q) {
    AddCompensated(weights[q] * iterates.scale, iterates.cumulative[q],
                   iterates.cumulative_error[q]);
  }
}

// Calls first(k), and when a thread is through with its workers second(k), for
// each worker k; the same thread for both.
template <class First, class Second>
void ForEachWorkerInTurn(int threads, int64_t workers, const First& first,
                         const Second& second) {
  if (threads == 1) {  // A parallel region costs a microsecond even so.
    for (int64_t k = 0; k < workers; ++k) first(k);
    for (int64_t k = 0; k < workers; ++k) second(k);
    return;
  }
#pragma omp parallel num_threads(threads)
  {
#pragma omp for schedule(static) nowait
    for (int64_t k = 0; k < workers; ++k) first(k);
#pragma omp for schedule(static)
    for (int64_t k = 0; k < workers; ++k) second(k);
  }
}

}  // namespace

absl::Status ValidateOptions(const StepRows& rows,
                             const LocalSgdOptions& options) {
  constexpr int64_t kMaxWorkers = 1 << 20;
  constexpr int64_t kMaxBatch = 1 << 24;
  const auto out_of_range = [](absl::string_view name, auto value,
                               absl::string_view range) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " must be ", range, ", but is ", value));
  };
  const int64_t K = options.workers;
  const int64_t b = options.batch;
  if (rows.num_rows() == 0) return absl::InvalidArgumentError("no samples");
  if (K < 1 || K > kMaxWorkers) {
    return out_of_range("workers", K, "between 1 and 2^20");
  }
  if (b < 1 || b > kMaxBatch) {
    return out_of_range("batch", b, "between 1 and 2^24");
  }
  if (options.threads < 1) {
    return out_of_range("threads", options.threads, "at least 1");
  }
  const StepSize& step_size = options.step_size;
  if (!(step_size.cap > 0.0) || !(step_size.numerator > 0.0) ||
      !(step_size.shift > 0.0) || !std::isfinite(step_size(0))) {
    return out_of_range("step size", step_size(0), "positive and finite");
  }
  // (a + t)^2 and its sums over t stay far from overflow and from underflow.
  if (!(options.averaging_shift >= 1e-100) ||
      !(options.averaging_shift <= 1e100)) {
    return out_of_range("averaging shift", options.averaging_shift,
                        "between 1e-100 and 1e100");
  }
  RETURN_IF_ERROR(ValidateSynchronisationSet(options.synchronisation));
  int64_t most_workers = K;  // in one process
  if (options.exchange != nullptr) {
    const int64_t R = options.exchange->ranks();
    if (R > K) {
      return absl::InvalidArgumentError(absl::StrCat(
          "ranks must be at most the ", K, " workers, but is ", R));
    }
    most_workers = (K + R - 1) / R;
  }
  // Columns of every worker, once more for a replay, its drawn rows and slopes.
  const double bytes =
      static_cast<double>(most_workers) *
      (2.0 * sizeof(WorkerColumn) * static_cast<double>(rows.num_features) +
       static_cast<double>(sizeof(uint32_t) * DrawsKept(rows, b)) +
       static_cast<double>(sizeof(double) * b));
  return ValidateMemory(rows, options, bytes);
}

absl::Status ValidateMemory(const StepRows& rows,
                            const LocalSgdOptions& options, double bytes) {
  constexpr double kMaxBytes = 16.0 * (1 << 30);
  if (bytes <= kMaxBytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(
      "workers = ", options.workers, ", batch = ", options.batch, " and ",
      rows.num_features,
      rows.num_absent_features == 0
          ? ""
          : absl::StrCat(" of ", rows.num_features + rows.num_absent_features),
      " features need ", static_cast<int64_t>(bytes / (1 << 20)),
      " MiB; at most ", static_cast<int64_t>(kMaxBytes / (1 << 20)),
      " MiB are used"));
}

LocalSgd::LocalSgd(const StepRows& rows, double lambda, LocalSgdOptions options,
                   int64_t first_worker)
    : rows_(rows),
      lambda_(lambda),
      options_(std::move(options)),
      group_(MakeWorkerGroup(options_.workers, options_.exchange)),
      num_workers_(group_.plan.block.size()),
      first_worker_(first_worker + group_.plan.block.begin),
      threads_(
          static_cast<int>(std::min<int64_t>(options_.threads, num_workers_))) {
  state_.iterates = StartIterates(num_workers_, rows.num_features);
  // With one worker a synchronisation changes nothing, so none is made.
  state_.next_synchronisation =
      options_.workers == 1 ? kNever
                            : NextSynchronisation(options_.synchronisation, 0);
  draws_.capacity = DrawsKept(rows, options_.batch);
  draws_.rows.resize(num_workers_ * draws_.capacity);
  slopes_.resize(num_workers_ * options_.batch);
}

// Algorithm 1. Between synchronisations the workers are independent.
void LocalSgd::AdvanceTo(int64_t end) {
  while (state_.t < end) {
    LocalSteps(std::min(end, state_.next_synchronisation));
    if (state_.t == state_.next_synchronisation) {
      Synchronise(rows_, group_, threads_, state_.iterates, draws_);
      state_.next_synchronisation =
          NextSynchronisation(options_.synchronisation, state_.t);
    }
  }
}

// x_{t+1}^k = x_t^k - eta_t grad f_i(x_t^k) on every worker k, for at least one
// iteration and at most up to `end`.
void LocalSgd::LocalSteps(int64_t end) {
  PlanSteps(end);
  if (plan_.empty()) return RebasingStep();
  const int64_t b = options_.batch;
  const int64_t count = static_cast<int64_t>(plan_.size()) * b;
  const int64_t offset = ReserveDraws(count);
  const auto draw = [&](int64_t k) {
    uint32_t* drawn = draws_.worker(k) + offset;
    DrawRows(options_.seed, first_worker_ + k, state_.t * b, count,
             rows_.num_rows(), drawn);
    for (int64_t i = 0; i < std::min(count, kRowsAhead); ++i) {
      PrefetchRow(rows_, drawn[i]);
    }
  };
  const auto run = [&](int64_t k) {
    RunSteps(rows_, absl::MakeConstSpan(draws_.worker(k) + offset, count), b,
             plan_, state_.iterates.common, state_.iterates.worker(k),
             &slopes_[k * b]);
  };
  ForEachWorkerInTurn(threads_, num_workers_, draw, run);
  state_.t += static_cast<int64_t>(plan_.size());
}

// The scalars of the steps from t on: up to `end`, or until s would leave its
// range, or for as many as are planned ahead. Moves s and C past them.
void LocalSgd::PlanSteps(int64_t end) {
  plan_.clear();
  Iterates& iterates = state_.iterates;
  const int64_t most = std::max<int64_t>(1, kPlannedDraws / options_.batch);
  end = std::min(end, state_.t + most);
  for (int64_t t = state_.t; t < end; ++t) {
    const double eta = options_.step_size(t);
    const double next_scale = (1.0 - eta * lambda_) * iterates.scale;
    if (!IsInScaleRange(next_scale)) return;
    StepScalars step;
    step.scale = iterates.scale;
    step.descent = eta / (static_cast<double>(options_.batch) * next_scale);
    AccumulateWeights(options_.averaging_shift, t, iterates);
    std::copy(iterates.cumulative.begin(), iterates.cumulative.end(),
              step.cumulative);
    plan_.push_back(step);
    iterates.scale = next_scale;
  }
}

// One iteration in which s would leave its range (1 - eta lambda may even be
// zero or negative): between the gradients at x_t and the updates, all workers
// rebase to s_{t+1} = 1.
void LocalSgd::RebasingStep() {
  const double eta = options_.step_size(state_.t);
  const int64_t b = options_.batch;
  const int64_t offset = ReserveDraws(b);
  Iterates& iterates = state_.iterates;
  const auto draw = [&](int64_t k) {
    DrawRows(options_.seed, first_worker_ + k, state_.t * b, b,
             rows_.num_rows(), draws_.worker(k) + offset);
  };
  const auto compute = [&](int64_t k) {
    ComputeSlopes(rows_, absl::MakeConstSpan(draws_.worker(k) + offset, b),
                  iterates.scale, iterates.common, iterates.worker(k),
                  &slopes_[k * b]);
  };
  ForEachWorkerInTurn(threads_, num_workers_, draw, compute);
  AccumulateWeights(options_.averaging_shift, state_.t, iterates);
  Rebase(1.0 - eta * lambda_, group_, threads_, iterates);
  StepScalars step;  // s = 1 and C = 0 now
  step.descent = eta / static_cast<double>(b);
  for (int64_t k = 0; k < num_workers_; ++k) {
    ApplySlopes(rows_, absl::MakeConstSpan(draws_.worker(k) + offset, b), step,
                &slopes_[k * b], iterates.worker(k));
  }
  ++state_.t;
}

// Room for `count` more draws of every worker in this round: where it begins.
int64_t LocalSgd::ReserveDraws(int64_t count) {
  if (draws_.known && draws_.count + count <= draws_.capacity) {
    draws_.count += count;
    return draws_.count - count;
  }
  draws_.known = false;
  return 0;
}

std::vector<double> LocalSgd::MeanIterates() const {
  return local_sgd::MeanIterates(state_.iterates, group_,
                                 options_.averaging_shift, state_.t, threads_);
}

void LocalSgd::MoveTo(absl::Span<const double> point) {
  local_sgd::MoveTo(point, group_, threads_, state_.iterates);
  draws_.count = 0;
  draws_.known = true;
}

void LocalSgd::Restore(const State& state) {
  state_ = state;
  draws_.known = false;
}

}  // namespace local_sgd
