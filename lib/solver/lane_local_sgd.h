// Algorithm 1 for up to eight configurations at once. Runs with the same seed,
// K and b draw the same rows; they may differ in step sizes and synchronisation
// set, and each has a SIMD lane of its own. Every lane has the bits of LocalSgd
// with its configuration.

#ifndef LIB_SOLVER_LANE_LOCAL_SGD_H_
#define LIB_SOLVER_LANE_LOCAL_SGD_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/objective/lanes.h"
#include "lib/solver/lane_iterates.h"
#include "lib/solver/lane_kernel.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/round_draws.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {

class LaneLocalSgd {
 public:
  // A run that goes on from `state`.
  struct Run {
    LocalSgdOptions options;
    LocalSgd::State state;
  };

  // 1 to kLanes runs of one iteration t, with the same workers, batch and seed;
  // `threads` of their options is not used. `rows` must outlive it.
  LaneLocalSgd(const StepRows& rows, double lambda, absl::Span<const Run> runs);

  // Runs Algorithm 1 in every lane up to iteration `end`.
  void AdvanceTo(int64_t end);

  int64_t iteration() const { return state_.t; }

  // As MeanLaneIterates gives them; those of released and unused lanes are
  // zero. iteration() >= 1.
  std::vector<LaneDoubles> MeanIterates() const;

  // What LocalSgd with the lane's options would have as its state.
  LocalSgd::State LaneState(int lane) const;

  // The lane's run ends: its iterate becomes zero and costs nothing special.
  void Release(int lane);

  // Everything that a later iteration depends on.
  struct State {
    int64_t t = 0;
    std::array<int64_t, kLanes> next_synchronisation = {};
    LaneIterates iterates;
  };
  const State& state() const { return state_; }
  void Restore(const State& state);

 private:
  void LocalSteps(int64_t end);
  void RebasingStep();
  void Synchronise(const LaneMask& mask);
  void ListTouched(int64_t first_draw);
  int64_t ReserveDraws(int64_t count);
  void ForgetDraws();

  const StepRows& rows_;
  const double lambda_;
  const int64_t workers_;  // K
  const int64_t batch_;    // b
  const uint64_t seed_;
  std::array<SynchronisationSet, kLanes> sets_;
  LanePolicies policies_;
  State state_;
  RoundDraws draws_;
  // Where each lane's round begins in draws_.
  std::array<int64_t, kLanes> round_begin_ = {};
  std::vector<LaneStepScalars> plan_;
  std::vector<LaneDoubles> slopes_;  // worker k's mini-batch at k b
  TouchedColumns touched_;
};

}  // namespace local_sgd

#endif  // LIB_SOLVER_LANE_LOCAL_SGD_H_
