#include "lib/solver/run.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/check_points.h"
#include "lib/solver/clock.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

// A run under way: Algorithm 1, the clock that runs only while it computes, and
// f - f* on demand.
class MeasuredRun {
 public:
  MeasuredRun(const LogisticRegression& problem, const StepRows& rows,
              double optimal_value, const LocalSgdOptions& options)
      : problem_(problem),
        optimal_value_(optimal_value),
        options_(options),
        algorithm_(rows, problem.lambda, options) {}

  LocalSgd& algorithm() { return algorithm_; }

  void AdvanceTo(int64_t t) {
    const Clock::time_point start = Clock::now();
    computed_iterations_ += t - algorithm_.iteration();
    algorithm_.AdvanceTo(t);
    step_seconds_ += SecondsSince(start);
  }

  Gaps ComputeGaps() const {
    Gaps gaps =
        ValuesAtFour(problem_, algorithm_.MeanIterates(), options_.threads);
    for (double& gap : gaps) gap -= optimal_value_;
    return gaps;
  }

  double step_seconds() const { return step_seconds_; }
  double gradients_per_second() const {
    return static_cast<double>(computed_iterations_ * options_.workers *
                               options_.batch) /
           step_seconds_;
  }

 private:
  const LogisticRegression& problem_;
  const double optimal_value_;
  const LocalSgdOptions& options_;
  LocalSgd algorithm_;
  int64_t computed_iterations_ = 0;
  double step_seconds_ = 0.0;
};

// Goes on to the next coarse point until every epsilon is reached, replaying an
// interval whose end reaches another one. Returns the gaps where it stopped.
Gaps RunToAccuracy(const Termination& termination, MeasuredRun& run,
                   std::vector<Reached>& reached, bool& diverged) {
  const int64_t max_iterations = termination.max_iterations;
  LocalSgd& algorithm = run.algorithm();
  for (int64_t coarse = 1; coarse <= max_iterations;
       coarse = NextCoarsePoint(coarse)) {
    const LocalSgd::State interval_start = algorithm.state();
    run.AdvanceTo(coarse);
    if (termination.progress) termination.progress(coarse);
    const Gaps coarse_gaps = run.ComputeGaps();
    const double coarse_gap = SmallestGap(coarse_gaps);
    if (ReachesAnother(reached, coarse_gap)) {
      algorithm.Restore(interval_start);
      while (ReachesAnother(reached, coarse_gap)) {
        const int64_t fine = NextFinePoint(algorithm.iteration(), coarse);
        run.AdvanceTo(fine);
        const Gaps gaps = fine == coarse ? coarse_gaps : run.ComputeGaps();
        NoteReached(fine, gaps, coarse_gap, reached);
        if (ReachedAll(reached)) return gaps;
      }
      run.AdvanceTo(coarse);
    }
    if (!std::isfinite(coarse_gaps[0])) {
      diverged = true;
      return coarse_gaps;
    }
  }
  run.AdvanceTo(max_iterations);
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
  summary.bytes = summary.vectors * rows.num_features *
                  static_cast<int64_t>(sizeof(double));
}

absl::StatusOr<RunSummary> RunLocalSgd(const LogisticRegression& problem,
                                       const StepRows& rows,
                                       double optimal_value,
                                       const LocalSgdOptions& options,
                                       const Termination& termination) {
  absl::Status valid = ValidateOptions(rows, options);
  if (valid.ok()) valid = ValidateTermination(options, termination);
  if (!valid.ok()) return valid;

  const Clock::time_point start = Clock::now();
  MeasuredRun run(problem, rows, optimal_value, options);
  RunSummary summary;
  for (const double epsilon : termination.epsilons) {
    summary.reached.push_back({.epsilon = epsilon});
  }
  if (summary.reached.empty()) {
    for (int64_t t = 1; t < termination.max_iterations;
         t = NextCoarsePoint(t)) {
      run.AdvanceTo(t);
      if (termination.progress) termination.progress(t);
    }
    run.AdvanceTo(termination.max_iterations);
    summary.gaps = run.ComputeGaps();
  } else {
    summary.gaps =
        RunToAccuracy(termination, run, summary.reached, summary.diverged);
  }
  summary.diverged = summary.diverged || !std::isfinite(summary.gaps[0]);
  CountExchange(rows, options, run.algorithm().iteration(), summary);
  summary.wall_seconds = SecondsSince(start);
  summary.step_seconds = run.step_seconds();
  summary.gradients_per_second = run.gradients_per_second();
  return summary;
}

}  // namespace local_sgd
