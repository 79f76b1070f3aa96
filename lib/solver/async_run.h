// One run of Algorithm 2 to given accuracies, on threads, on ranks or
// simulated: when it looks and what it reports.

#ifndef LIB_SOLVER_ASYNC_RUN_H_
#define LIB_SOLVER_ASYNC_RUN_H_

#include <cmath>
#include <cstdint>

#include "lib/objective/logistic_regression.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/check_points.h"
#include "lib/solver/clock.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/rank_values.h"
#include "lib/solver/run.h"
#include "lib/solver/step_rows.h"

namespace local_sgd {

// An executor that can go back to where it was, as AsyncSimulation can.
template <class Executor>
concept Replayable = requires(Executor run) {
  run.Restore(run.Save());
};

// What a replay goes back to, if there may be one.
template <class Executor>
auto BeginInterval(const Executor& run, bool to_accuracy) {
  if constexpr (Replayable<Executor>) {
    return to_accuracy ? run.Save() : decltype(run.Save())();
  } else {
    return to_accuracy;
  }
}

// `run` is at its start; options and termination are valid. It has
// AdvanceTo(local_steps), local_steps(), finished(), FourIterates(), Delays()
// and WorkerSteps(), as AsyncThreads, AsyncRanks and AsyncSimulation have; on
// ranks they are collective, and so is this. The accuracy is looked at when the
// local steps of all workers first come to K c for a coarse check point c; a
// Replayable run also looks at the fine points before one where it reaches
// another epsilon, and has modelled seconds() of its own.
template <class Executor>
AsyncSummary RunToAccuracies(const LogisticRegression& problem,
                             const StepRows& rows, double optimal_value,
                             const LocalSgdOptions& options,
                             const Termination& termination, Executor& run) {
  const Clock::time_point start = Clock::now();
  const int64_t workers = options.workers;
  const bool to_accuracy = !termination.epsilons.empty();
  AsyncTargets targets(termination.epsilons, workers);
  AsyncSummary summary;
  int64_t computed_steps = 0;  // with replays
  const auto advance_to = [&](int64_t check) {
    const Clock::time_point segment_start = Clock::now();
    const int64_t before = run.local_steps();
    run.AdvanceTo(workers * check);
    computed_steps += run.local_steps() - before;
    summary.step_seconds += SecondsSince(segment_start);
    if constexpr (Replayable<Executor>) {
      summary.seconds = run.seconds();
    } else {
      summary.seconds = summary.step_seconds;
    }
  };
  const auto gaps_now = [&] {
    Gaps gaps = ValuesOnRanks(problem, options, run.FourIterates());
    for (double& gap : gaps) gap -= optimal_value;
    return gaps;
  };
  const auto note = [&](double coarse_gap) {
    targets.Note(run.local_steps(), summary.seconds, summary.gaps, coarse_gap);
  };
  int64_t previous = 0;
  for (int64_t coarse = 1; !run.finished();
       previous = coarse, coarse = NextCoarsePoint(coarse)) {
    if (workers * coarse <= run.local_steps()) continue;
    const auto interval_start = BeginInterval(run, to_accuracy);
    advance_to(coarse);
    if (termination.progress) {
      termination.progress(run.local_steps() / workers);
    }
    if (!to_accuracy) {
      if (!IsLastFinite(run.FourIterates())) break;
      continue;
    }
    const Gaps coarse_gaps = gaps_now();
    const double coarse_gap = SmallestGap(coarse_gaps);
    summary.gaps = coarse_gaps;
    if constexpr (Replayable<Executor>) {
      if (targets.ReachesAnother(coarse_gap)) {
        run.Restore(interval_start);
        ReplayThroughFinePoints(
            previous, coarse,
            [&] { return targets.ReachesAnother(coarse_gap); },
            [&](int64_t fine) {
              advance_to(fine);
              summary.gaps = fine == coarse ? coarse_gaps : gaps_now();
              note(coarse_gap);
            });
        if (targets.ReachedAll()) break;
        advance_to(coarse);
        summary.gaps = coarse_gaps;
      }
    } else {
      note(coarse_gap);
      if (targets.ReachedAll()) break;
    }
    if (!std::isfinite(coarse_gaps[0])) break;
  }
  if (!to_accuracy) summary.gaps = gaps_now();
  summary.reached = targets.reached();
  summary.local_steps = run.local_steps();
  summary.worker_steps = run.WorkerSteps();
  summary.delays = run.Delays();
  summary.adds = summary.delays.foreign_steps.count();
  CompleteSummary(rows, options, summary);
  summary.wall_seconds = SecondsSince(start);
  summary.gradients_per_second =
      static_cast<double>(computed_steps * options.batch) /
      summary.step_seconds;
  return summary;
}

}  // namespace local_sgd

#endif  // LIB_SOLVER_ASYNC_RUN_H_
