#include "lib/solver/run.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/objective/logistic_regression.h"
#include "lib/solver/check_points.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/step_rows.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

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

// The iterate with the smallest gap. A gap that is not a number counts as
// infinite.
Iterate Best(const Gaps& gaps) {
  int best = 0;
  for (int q = 1; q < kNumIterates; ++q) {
    if (gaps[q] < gaps[best] || std::isnan(gaps[best])) best = q;
  }
  return static_cast<Iterate>(best);
}

double Smallest(const Gaps& gaps) { return gaps[static_cast<int>(Best(gaps))]; }

// Whether some epsilon is still to be reached and `gap` reaches it.
bool ReachesAnother(const std::vector<Reached>& reached, double gap) {
  return std::any_of(reached.begin(), reached.end(), [gap](const Reached& r) {
    return r.iterations == 0 && gap <= r.epsilon;
  });
}

bool ReachedAll(const std::vector<Reached>& reached) {
  return std::all_of(reached.begin(), reached.end(),
                     [](const Reached& r) { return r.iterations > 0; });
}

// Notes iteration t, a fine point, for every epsilon that is reached there for
// the first time, if the coarse point at the end of the interval, with the gap
// `coarse_gap`, reaches it too: only then is the interval replayed for it.
void NoteReached(int64_t t, const Gaps& gaps, double coarse_gap,
                 std::vector<Reached>& reached) {
  for (Reached& r : reached) {
    if (r.iterations == 0 && coarse_gap <= r.epsilon &&
        Smallest(gaps) <= r.epsilon) {
      r.iterations = t;
      r.iterate = Best(gaps);
    }
  }
}

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
    const double coarse_gap = Smallest(coarse_gaps);
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

absl::string_view IterateName(Iterate iterate) {
  switch (iterate) {
    case Iterate::kLast:
      return "last";
    case Iterate::kUniform:
      return "uniform";
    case Iterate::kLinear:
      return "linear";
    case Iterate::kQuadratic:
      return "quadratic";
  }
  return "";
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
  const int64_t T = run.algorithm().iteration();
  summary.iterations = T;
  summary.diverged = summary.diverged || !std::isfinite(summary.gaps[0]);
  summary.gradients = T * options.workers * options.batch;
  summary.rounds = CountRounds(options.synchronisation, T);
  summary.vectors = 2 * (options.workers - 1) * summary.rounds;
  summary.bytes = summary.vectors * rows.num_features *
                  static_cast<int64_t>(sizeof(double));
  summary.wall_seconds = SecondsSince(start);
  summary.step_seconds = run.step_seconds();
  summary.gradients_per_second = run.gradients_per_second();
  return summary;
}

}  // namespace local_sgd
