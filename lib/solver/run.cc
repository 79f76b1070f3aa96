#include "lib/solver/run.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/check_points.h"
#include "lib/solver/clock.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/rank_values.h"
#include "lib/solver/step_rows.h"
#include "lib/solver/vector_bytes.h"
#include "lib/status_macros.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

// A run under way: Algorithm 1, the clock that runs only while it computes,
// f - f* on demand, and saving what is needed to go on from here.
class MeasuredRun {
 public:
  MeasuredRun(const LogisticRegression& problem, const StepRows& rows,
              double optimal_value, const LocalSgdOptions& options,
              const Termination& termination, const Checkpoints& checkpoints)
      : problem_(problem),
        optimal_value_(optimal_value),
        options_(options),
        termination_(termination),
        checkpoints_(checkpoints),
        algorithm_(rows, problem.lambda, options) {
    if (checkpoints.resume_from.has_value()) {
      position_ = *checkpoints.resume_from;
      algorithm_.Restore(position_.state);
      position_.state = LocalSgd::State();
      interval_begun_ = true;
    } else {
      for (const double epsilon : termination.epsilons) {
        position_.reached.push_back({.epsilon = epsilon});
      }
    }
    PlanSave();
  }

  int64_t iteration() const { return algorithm_.iteration(); }
  int64_t next_check() const { return position_.next_check; }
  std::vector<Reached>& reached() { return position_.reached; }

  // The check point that was gone to is done with.
  void EndInterval() {
    position_.next_check = NextCoarsePoint(position_.next_check);
    interval_begun_ = false;
  }

  // Goes on to next_check(), or less far, and saves on the way.
  absl::Status AdvanceTo(int64_t end) {
    if (!interval_begun_ && !termination_.epsilons.empty()) {
      position_.interval_start = algorithm_.state();
    }
    interval_begun_ = true;
    while (next_save_ <= end) {
      Compute(next_save_);
      RETURN_IF_ERROR(Save());
      PlanSave();
    }
    Compute(end);
    return absl::OkStatus();
  }

  // Goes back to where the interval before next_check() begins ...
  void BeginReplay() { algorithm_.Restore(position_.interval_start); }
  // ... and from there to t again.
  void ReplayTo(int64_t t) { Compute(t); }

  // f - f* of the four iterates here, whose points are kept.
  Gaps ComputeGaps() {
    iterates_ = algorithm_.MeanIterates();
    Gaps gaps = ValuesOnRanks(problem_, options_, iterates_);
    for (double& gap : gaps) gap -= optimal_value_;
    return gaps;
  }
  std::vector<double>& iterates() { return iterates_; }

  bool HasDiverged() const { return !IsLastFinite(algorithm_.MeanIterates()); }

  double wall_seconds() const {
    return position_.wall_seconds + SecondsSince(start_);
  }
  double step_seconds() const { return position_.step_seconds; }
  double gradients_per_second() const {
    return static_cast<double>(position_.computed_iterations *
                               options_.workers * options_.batch) /
           step_seconds();
  }

 private:
  void Compute(int64_t end) {
    // On ranks the caller would know where they were when one is lost.
    constexpr int64_t kReports = 64;
    const int64_t length = end - algorithm_.iteration();
    const int64_t piece = options_.exchange == nullptr
                              ? length
                              : std::max<int64_t>(1, length / kReports);
    while (algorithm_.iteration() < end) {
      const int64_t begin = algorithm_.iteration();
      const Clock::time_point start = Clock::now();
      algorithm_.AdvanceTo(std::min(end, begin + piece));
      position_.step_seconds += SecondsSince(start);
      position_.computed_iterations += algorithm_.iteration() - begin;
      if (termination_.progress) {
        termination_.progress(algorithm_.iteration());
      }
    }
  }

  absl::Status Save() {
    RunPosition position = position_;
    position.state = algorithm_.state();
    position.wall_seconds = wall_seconds();
    return checkpoints_.save(position);
  }

  // The iteration of the last of the next every_rounds synchronisations, if it
  // comes before the end.
  void PlanSave() {
    next_save_ = kNever;
    if (checkpoints_.every_rounds == 0) return;
    int64_t t = algorithm_.iteration();
    for (int64_t i = 0; i < checkpoints_.every_rounds; ++i) {
      t = NextSynchronisation(options_.synchronisation, t);
      if (t > termination_.max_iterations) return;
    }
    next_save_ = t;
  }

  const LogisticRegression& problem_;
  const double optimal_value_;
  const LocalSgdOptions& options_;
  const Termination& termination_;
  const Checkpoints& checkpoints_;
  const Clock::time_point start_ = Clock::now();
  LocalSgd algorithm_;
  RunPosition position_;         // its `state` is in algorithm_
  bool interval_begun_ = false;  // the one up to position_.next_check
  int64_t next_save_ = kNever;
  std::vector<double> iterates_;
};

// Goes on to the next coarse point until every epsilon is reached, replaying an
// interval whose end reaches another one. Returns the gaps where it stopped.
absl::StatusOr<Gaps> RunToAccuracy(int64_t max_iterations, MeasuredRun& run,
                                   bool& diverged) {
  std::vector<Reached>& reached = run.reached();
  while (run.next_check() <= max_iterations) {
    const int64_t coarse = run.next_check();
    RETURN_IF_ERROR(run.AdvanceTo(coarse));
    const Gaps coarse_gaps = run.ComputeGaps();
    const double coarse_gap = SmallestGap(coarse_gaps);
    if (ReachesAnother(reached, coarse_gap)) {
      run.BeginReplay();
      Gaps gaps = {};
      ReplayThroughFinePoints(
          run.iteration(), coarse,
          [&] { return ReachesAnother(reached, coarse_gap); },
          [&](int64_t fine) {
            run.ReplayTo(fine);
            gaps = run.ComputeGaps();
            NoteReached(fine, gaps, coarse_gap, reached);
          });
      if (ReachedAll(reached)) return gaps;
      run.ReplayTo(coarse);
    }
    if (!std::isfinite(coarse_gaps[0])) {
      diverged = true;
      return coarse_gaps;
    }
    run.EndInterval();
  }
  RETURN_IF_ERROR(run.AdvanceTo(max_iterations));
  return run.ComputeGaps();
}

// Runs to max_iterations, or to a coarse point where it has diverged. Returns
// the gaps there.
absl::StatusOr<Gaps> RunToEnd(int64_t max_iterations, MeasuredRun& run) {
  for (; run.next_check() < max_iterations; run.EndInterval()) {
    RETURN_IF_ERROR(run.AdvanceTo(run.next_check()));
    if (run.HasDiverged()) return run.ComputeGaps();
  }
  RETURN_IF_ERROR(run.AdvanceTo(max_iterations));
  return run.ComputeGaps();
}

}  // namespace

absl::Status ValidateTermination(const LocalSgdOptions& options,
                                 const Termination& termination) {
  for (const double epsilon : termination.epsilons) {
    if (!(epsilon > 0.0) || !std::isfinite(epsilon)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "epsilon must be positive and finite, but is ", epsilon));
    }
  }
  // Keeps T K b, and the draws' numbers, within 62 bits.
  const double gradients = static_cast<double>(termination.max_iterations) *
                           static_cast<double>(options.workers) *
                           static_cast<double>(options.batch);
  if (termination.max_iterations < 1 || gradients > 0x1p62) {
    return absl::InvalidArgumentError(absl::StrCat(
        "max_iterations must be at least 1 and, times workers and batch, at "
        "most 2^62, but is ",
        termination.max_iterations));
  }
  return absl::OkStatus();
}

void CountExchange(const StepRows& rows, const LocalSgdOptions& options,
                   int64_t T, RunSummary& summary) {
  summary.iterations = T;
  summary.gradients = T * options.workers * options.batch;
  summary.rounds = CountRounds(options.synchronisation, T);
  summary.vectors = 2 * (options.workers - 1) * summary.rounds;
  summary.bytes = VectorBytes(summary.vectors, rows.num_features);
}

absl::StatusOr<RunSummary> RunLocalSgd(const LogisticRegression& problem,
                                       const StepRows& rows,
                                       double optimal_value,
                                       const LocalSgdOptions& options,
                                       const Termination& termination,
                                       const Checkpoints& checkpoints) {
  RETURN_IF_ERROR(ValidateOptions(rows, options));
  RETURN_IF_ERROR(ValidateTermination(options, termination));

  MeasuredRun run(problem, rows, optimal_value, options, termination,
                  checkpoints);
  RunSummary summary;
  ASSIGN_OR_RETURN(
      const Gaps gaps,
      termination.epsilons.empty()
          ? RunToEnd(termination.max_iterations, run)
          : RunToAccuracy(termination.max_iterations, run, summary.diverged));
  summary.reached = std::move(run.reached());
  summary.gaps = gaps;
  summary.diverged = summary.diverged || !std::isfinite(summary.gaps[0]);
  CountExchange(rows, options, run.iteration(), summary);
  summary.wall_seconds = run.wall_seconds();
  summary.step_seconds = run.step_seconds();
  summary.gradients_per_second = run.gradients_per_second();
  summary.iterates = std::move(run.iterates());
  return summary;
}

}  // namespace local_sgd
