#include "lib/solver/lane_local_sgd.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/check.h"
#include "lib/objective/lanes.h"
#include "lib/solver/lane_iterates.h"
#include "lib/solver/lane_kernel.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/round_draws.h"
#include "lib/solver/sample_stream.h"
#include "lib/solver/scale_range.h"
#include "lib/solver/step_kernel.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/averaging_weights.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

// A lane's round, some of whose draws are not kept.
constexpr int64_t kForgotten = -1;

// Of all runs.
const LaneLocalSgd::Run& Common(absl::Span<const LaneLocalSgd::Run> runs) {
  LOCAL_SGD_CHECK(!runs.empty() && runs.size() <= kLanes);
  for (const LaneLocalSgd::Run& run : runs) {
    LOCAL_SGD_CHECK(run.options.workers == runs[0].options.workers);
    LOCAL_SGD_CHECK(run.options.batch == runs[0].options.batch);
    LOCAL_SGD_CHECK(run.options.seed == runs[0].options.seed);
    LOCAL_SGD_CHECK(run.state.t == runs[0].state.t);
  }
  return runs[0];
}

}  // namespace

LaneLocalSgd::LaneLocalSgd(const StepRows& rows, double lambda,
                           absl::Span<const Run> runs)
    : rows_(rows),
      lambda_(lambda),
      workers_(Common(runs).options.workers),
      batch_(runs[0].options.batch),
      seed_(runs[0].options.seed) {
  state_.t = runs[0].state.t;
  state_.iterates = MakeLaneIterates(workers_, rows.num_features);
  for (int l = 0; l < kLanes; ++l) {
    if (l >= static_cast<int>(runs.size())) {
      Release(l);
      continue;
    }
    const LocalSgdOptions& options = runs[l].options;
    sets_[l] = options.synchronisation;
    policies_.cap[l] = options.step_size.cap;
    policies_.numerator[l] = options.step_size.numerator;
    policies_.shift[l] = options.step_size.shift;
    policies_.averaging_shift[l] = options.averaging_shift;
    state_.next_synchronisation[l] = runs[l].state.next_synchronisation;
    PutLane(runs[l].state.iterates, l, state_.iterates);
  }
  draws_.capacity = DrawsKept(rows, batch_);
  draws_.rows.resize(workers_ * draws_.capacity);
  if (state_.t > 0) ForgetDraws();
  slopes_.resize(workers_ * batch_);
  touched_.words = (workers_ + 63) / 64;
  touched_.masks.resize((rows.num_features + 1) * touched_.words);
}

// Algorithm 1. Between synchronisations the workers are independent.
void LaneLocalSgd::AdvanceTo(int64_t end) {
  while (state_.t < end) {
    const auto& next = state_.next_synchronisation;
    LocalSteps(std::min(end, *std::min_element(next.begin(), next.end())));
    LaneMask due;
    for (int l = 0; l < kLanes; ++l) due[l] = next[l] == state_.t;
    if (due.any()) Synchronise(due);
  }
}

// x_{t+1}^k = x_t^k - eta_t grad f_i(x_t^k) on every worker k, for at least one
// iteration and at most up to `end`.
void LaneLocalSgd::LocalSteps(int64_t end) {
  const int64_t most = std::max<int64_t>(1, kPlannedDraws / batch_);
  plan_.resize(std::min(end - state_.t, most));
  const int64_t steps = PlanLaneSteps(policies_, lambda_, batch_, state_.t,
                                      state_.iterates, absl::MakeSpan(plan_));
  if (steps == 0) return RebasingStep();
  const int64_t count = steps * batch_;
  const int64_t offset = ReserveDraws(count);
  for (int64_t k = 0; k < workers_; ++k) {
    uint32_t* const drawn = draws_.worker(k) + offset;
    DrawRows(seed_, k, state_.t * batch_, count, rows_.num_rows(), drawn);
    for (int64_t i = 0; i < std::min(count, kRowsAhead); ++i) {
      PrefetchRow(rows_, drawn[i]);
    }
  }
  for (int64_t k = 0; k < workers_; ++k) {
    RunLaneSteps(rows_, absl::MakeConstSpan(draws_.worker(k) + offset, count),
                 batch_, absl::MakeConstSpan(plan_.data(), steps),
                 workers_ > 1 ? &state_.iterates.common[0] : nullptr,
                 state_.iterates.worker(k), &slopes_[k * batch_]);
  }
  state_.t += steps;
}

// One iteration in which s would leave its range in some lanes: between the
// gradients at x_t and the updates, all workers rebase there to s_{t+1} = 1.
// The other lanes make a usual step.
void LaneLocalSgd::RebasingStep() {
  LaneIterates& iterates = state_.iterates;
  const int64_t offset = ReserveDraws(batch_);
  const auto drawn = [&](int64_t k) {
    return absl::MakeConstSpan(draws_.worker(k) + offset, batch_);
  };
  for (int64_t k = 0; k < workers_; ++k) {
    DrawRows(seed_, k, state_.t * batch_, batch_, rows_.num_rows(),
             draws_.worker(k) + offset);
    ComputeLaneSlopes(rows_, drawn(k), iterates.scale, iterates.common,
                      iterates.worker(k), &slopes_[k * batch_]);
  }
  AccumulateLaneWeights(policies_, state_.t, iterates);
  LaneStepScalars step;
  LaneMask rebasing;
  LaneDoubles shrink;
  for (int l = 0; l < kLanes; ++l) {
    const StepSize step_size = {policies_.cap[l], policies_.numerator[l],
                                policies_.shift[l]};
    const double eta = step_size(state_.t);
    shrink[l] = 1.0 - eta * lambda_;
    const double next_scale = shrink[l] * iterates.scale[l];
    rebasing[l] = !IsInScaleRange(next_scale);
    step.descent[l] =
        eta / (rebasing[l] ? static_cast<double>(batch_)
                           : static_cast<double>(batch_) * next_scale);
    if (!rebasing[l]) iterates.scale[l] = next_scale;
  }
  RebaseLanes(rebasing, shrink, iterates);
  for (int q = 0; q < kNumAverages; ++q) {
    step.cumulative[q] = iterates.cumulative[q];
  }
  for (int64_t k = 0; k < workers_; ++k) {
    ApplyLaneSlopes(rows_, drawn(k), step, &slopes_[k * batch_],
                    iterates.worker(k));
  }
  ++state_.t;
}

// The averaging of Algorithm 1 in the lanes whose I_T contains t: the sum along
// the fixed tree over workers, as Synchronise of one run takes it. A lane may
// touch more columns than it has to: those add an exact zero.
void LaneLocalSgd::Synchronise(const LaneMask& mask) {
  int64_t first_draw = draws_.count;
  for (int l = 0; l < kLanes; ++l) {
    if (mask[l]) first_draw = std::min(first_draw, round_begin_[l]);
  }
  ListTouched(first_draw);
  AverageListed(touched_, mask, state_.iterates);

  bool is_drawn_for_a_round = false;
  for (int l = 0; l < kLanes; ++l) {
    if (mask[l]) {
      round_begin_[l] = draws_.count;
      state_.next_synchronisation[l] = NextSynchronisation(sets_[l], state_.t);
    }
    is_drawn_for_a_round |= state_.next_synchronisation[l] != kNever &&
                            round_begin_[l] != kForgotten &&
                            round_begin_[l] < draws_.count;
  }
  if (is_drawn_for_a_round) return;
  draws_.count = 0;
  for (int64_t& begin : round_begin_) begin = std::min<int64_t>(begin, 0);
}

// The columns of the draws from `first_draw` on, and whose. Every column of
// every worker when these are forgotten, or when that is less work than to walk
// through the rows.
void LaneLocalSgd::ListTouched(int64_t first_draw) {
  const double touches =
      static_cast<double>(draws_.count - first_draw) * rows_.mean_length;
  const bool all = first_draw == kForgotten ||
                   2.0 * touches >= static_cast<double>(rows_.num_features);
  if (all && touched_.is_full) return;
  const int64_t words = touched_.words;
  uint64_t* const masks = touched_.masks.data();
  for (const uint32_t j : touched_.listed) {
    std::fill_n(masks + j * words, words, uint64_t{0});
  }
  touched_.listed.clear();
  touched_.is_full = all;
  if (all) {
    for (int64_t j = 0; j < rows_.num_features; ++j) {
      touched_.listed.push_back(static_cast<uint32_t>(j));
      for (int64_t k = 0; k < workers_; ++k) {
        masks[j * words + k / 64] |= uint64_t{1} << (k % 64);
      }
    }
    return;
  }
  for (int64_t k = 0; k < workers_; ++k) {
    const uint64_t bit = uint64_t{1} << (k % 64);
    if (words == 1) {
      ForEachDrawnColumn(rows_, draws_, first_draw, k, [&](int64_t j) {
        const uint64_t mask = masks[j];
        if (mask == 0) touched_.listed.push_back(static_cast<uint32_t>(j));
        masks[j] = mask | bit;
      });
      continue;
    }
    ForEachDrawnColumn(rows_, draws_, first_draw, k, [&](int64_t j) {
      uint64_t* const mask = masks + j * words;
      const bool is_new =
          std::all_of(mask, mask + words, [](uint64_t w) { return w == 0; });
      if (is_new) touched_.listed.push_back(static_cast<uint32_t>(j));
      mask[k / 64] |= bit;
    });
  }
}

// Room for `count` more draws of every worker: where it begins. When there is
// none left, those of the rounds under way are forgotten.
int64_t LaneLocalSgd::ReserveDraws(int64_t count) {
  if (draws_.count + count > draws_.capacity) ForgetDraws();
  draws_.count += count;
  return draws_.count - count;
}

// The lanes' next synchronisations then count every column as touched.
void LaneLocalSgd::ForgetDraws() {
  draws_.count = 0;
  round_begin_.fill(kForgotten);
}

std::vector<LaneDoubles> LaneLocalSgd::MeanIterates() const {
  return MeanLaneIterates(state_.iterates, policies_.averaging_shift, state_.t);
}

LocalSgd::State LaneLocalSgd::LaneState(int lane) const {
  return {state_.t, state_.next_synchronisation[lane],
          GetLane(state_.iterates, lane)};
}

void LaneLocalSgd::Release(int lane) {
  PutLane(StartIterates(workers_, rows_.num_features), lane, state_.iterates);
  sets_[lane] = OnlyFinal();
  state_.next_synchronisation[lane] = kNever;
  policies_.cap[lane] = 0.0;
  policies_.numerator[lane] = 0.0;
  policies_.shift[lane] = 1.0;
  policies_.averaging_shift[lane] = 1.0;
}

void LaneLocalSgd::Restore(const State& state) {
  state_ = state;
  ForgetDraws();
}

}  // namespace local_sgd
