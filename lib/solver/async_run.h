// One run of Algorithm 2 to given accuracies on an executor that cannot be
// replayed, threads or ranks: when it looks and what it reports.

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

// `run` is at its start; options and termination are valid. It has
// AdvanceTo(local_steps), local_steps(), finished(), FourIterates(), Delays()
// and WorkerSteps(), as AsyncThreads and AsyncRanks have; on ranks they are
// collective, and so is this. The accuracy is looked at when the local steps of
// all workers first come to K c for a coarse check point c.
template <class Executor>
AsyncSummary RunToAccuracies(const LogisticRegression& problem,
                             const StepRows& rows, double optimal_value,
                             const LocalSgdOptions& options,
                             const Termination& termination, Executor& run) {
  const Clock::time_point start = Clock::now();
  AsyncTargets targets(termination.epsilons, options.workers);
  AsyncSummary summary;
  const auto gaps_now = [&] {
    Gaps gaps = ValuesOnRanks(problem, options, run.FourIterates());
    for (double& gap : gaps) gap -= optimal_value;
    return gaps;
  };
  for (int64_t coarse = 1; !run.finished(); coarse = NextCoarsePoint(coarse)) {
    if (options.workers * coarse <= run.local_steps()) continue;
    const Clock::time_point segment_start = Clock::now();
    run.AdvanceTo(options.workers * coarse);
    summary.step_seconds += SecondsSince(segment_start);
    if (termination.progress) {
      termination.progress(run.local_steps() / options.workers);
    }
    if (termination.epsilons.empty()) {
      if (!IsLastFinite(run.FourIterates())) break;
      continue;
    }
    summary.gaps = gaps_now();
    targets.Note(run.local_steps(), summary.step_seconds, summary.gaps,
                 SmallestGap(summary.gaps));
    if (targets.ReachedAll() || !std::isfinite(summary.gaps[0])) break;
  }
  if (termination.epsilons.empty()) summary.gaps = gaps_now();
  summary.reached = targets.reached();
  summary.local_steps = run.local_steps();
  summary.worker_steps = run.WorkerSteps();
  summary.delays = run.Delays();
  summary.adds = summary.delays.tau.count();
  CompleteSummary(rows, options, summary);
  summary.seconds = summary.step_seconds;
  summary.wall_seconds = SecondsSince(start);
  summary.gradients_per_second =
      static_cast<double>(summary.gradients) / summary.step_seconds;
  return summary;
}

}  // namespace local_sgd

#endif  // LIB_SOLVER_ASYNC_RUN_H_
