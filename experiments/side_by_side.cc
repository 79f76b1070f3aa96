#include "experiments/side_by_side.h"

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/problem.h"
#include "experiments/single/single_run.h"
#include "lib/solver/lane_runs.h"
#include "lib/solver/run.h"
#include "lib/status_macros.h"

namespace local_sgd {

absl::Status ValidateSideBySide(const Problem& problem,
                                const std::vector<RunSettings>& settings) {
  for (const RunSettings& run : settings) {
    RETURN_IF_ERROR(ValidateRun(problem, run));
  }
  if (settings.size() < 2) return absl::OkStatus();
  return ValidateLaneRuns(problem.rows, OptionsOfRun(problem, settings[0]),
                          static_cast<int64_t>(settings.size()));
}

absl::StatusOr<std::vector<RunSummary>> RunSideBySide(
    const Problem& problem, const std::vector<RunSettings>& settings) {
  if (settings.size() == 1) {
    ASSIGN_OR_RETURN(RunSummary alone, RunOnce(problem, settings[0]));
    return std::vector<RunSummary>{std::move(alone)};
  }
  RETURN_IF_ERROR(ValidateSideBySide(problem, settings));
  const auto start = std::chrono::steady_clock::now();
  std::vector<LaneRun> runs;
  for (const RunSettings& run : settings) {
    runs.push_back(StartLaneRun(problem.rows, problem.objective.lambda,
                                OptionsOfRun(problem, run),
                                run.termination.epsilons));
  }
  LaneRuns lanes(problem.objective, problem.rows, problem.optimum.value,
                 settings[0].termination.max_iterations, std::move(runs));
  while (lanes.AdvanceInterval()) {
  }
  const std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  std::vector<RunSummary> summaries;
  for (const LaneRun& run : lanes.runs()) {
    RunSummary summary;
    summary.reached = run.reached;
    summary.diverged = run.outcome == RunOutcome::kDiverged;
    CountExchange(problem.rows, run.options, run.end, summary);
    summary.gaps = run.end_gaps;
    summary.wall_seconds = elapsed.count();
    summary.step_seconds = lanes.times().step_seconds;
    summary.gradients_per_second =
        static_cast<double>(lanes.times().gradients) /
        lanes.times().step_seconds;
    summary.runs_side_by_side = static_cast<int64_t>(settings.size());
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace local_sgd
