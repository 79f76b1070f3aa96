#include "experiments/communication_period/schedule_runs.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/communication_period/period_runs.h"
#include "experiments/communication_period/records.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/side_by_side.h"
#include "experiments/single/single_run.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/run.h"
#include "lib/solver/step_size_search.h"
#include "lib/solver/trajectories.h"
#include "lib/status_macros.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

using Pieces = std::vector<RecordPiece<CommunicationPeriod>>;

// A schedule with one step size.
struct ScheduleRun {
  ScheduleRecord record;  // but for its seed and what it found
  RunSettings settings;   // but for the seed
  bool has_curve = false;
};

void SetIterations(int64_t iterations, const SynchronisationSet& set,
                   ScheduleRecord& record) {
  record.iterations = iterations;
  record.rounds = CountRounds(set, iterations);
}

std::vector<ScheduleRecord> TuneSchedule(const Problem& problem,
                                         const StepSizeSearchOptions& options,
                                         ScheduleRecord record) {
  std::vector<ScheduleRecord> tunings;
  for (const StepSizeSearch& search :
       SearchStepSizes(problem.objective, problem.rows, problem.optimum.value,
                       options, /*times=*/nullptr)) {
    record.epsilon = search.epsilon;
    ScheduleRecord& tuned = tunings.emplace_back(record);
    if (!search.winner) continue;
    const CandidateResult& winner = search.ledger[*search.winner];
    tuned.chosen = ChoiceOf(winner.candidate).text;
    SetIterations(winner.iterations, options.synchronisation, tuned);
  }
  return tunings;
}

// The runs of all schedules; those of equal step sizes are one.
absl::StatusOr<std::vector<ScheduleRun>> RunsOf(
    const ScheduleSettings& settings,
    const std::vector<ScheduleRecord>& tunings) {
  std::vector<ScheduleRun> runs;
  for (const ScheduleRecord& tuned : tunings) {
    if (!tuned.epsilon || tuned.chosen.empty()) continue;
    auto same =
        std::find_if(runs.begin(), runs.end(), [&tuned](const auto& run) {
          return run.record.schedule == tuned.schedule &&
                 run.record.chosen == tuned.chosen;
        });
    if (same == runs.end()) {
      ScheduleRun run = {tuned, {}};
      run.record.epsilon.reset();
      run.record.iterations.reset();
      run.record.rounds.reset();
      run.settings.workers = tuned.workers;
      run.settings.batch = tuned.batch;
      ASSIGN_OR_RETURN(run.settings.step_size, ParseStepSize(tuned.chosen));
      ASSIGN_OR_RETURN(
          run.settings.synchronisation,
          ParseSynchronisation(tuned.schedule, tuned.workers, tuned.batch));
      run.settings.termination.max_iterations = settings.max_iterations;
      runs.push_back(std::move(run));
      same = std::prev(runs.end());
    }
    same->settings.termination.epsilons.push_back(*tuned.epsilon);
    for (ScheduleRun& run : runs) {
      if (run.record.schedule == tuned.schedule) run.has_curve = false;
    }
    same->has_curve = settings.curve_iterations > 0;
  }
  return runs;
}

// T(epsilon) of a run.
void AddReached(const ScheduleRun& run, const RunSummary& summary,
                uint64_t seed, std::vector<ScheduleRecord>& records) {
  for (const Reached& reached : summary.reached) {
    ScheduleRecord& record = records.emplace_back(run.record);
    record.seed = seed;
    record.epsilon = reached.epsilon;
    if (reached.iterations > 0) {
      SetIterations(reached.iterations, run.settings.synchronisation, record);
    } else {
      record.diverged = summary.diverged;
    }
  }
}

// Its errors after these iterations.
void AddCurve(const ScheduleRun& run, const std::vector<int64_t>& iterations,
              const std::vector<Gaps>& gaps, uint64_t seed,
              std::vector<ScheduleRecord>& records) {
  for (size_t t = 0; t < iterations.size(); ++t) {
    ScheduleRecord& record = records.emplace_back(run.record);
    record.seed = seed;
    SetIterations(iterations[t], run.settings.synchronisation, record);
    record.gap = FiniteGap(SmallestGap(gaps[t]));
    record.diverged = !record.gap;
  }
}

// Everything of one seed.
absl::StatusOr<CommunicationPeriod> MeasureSchedules(
    const Problem& problem, const std::vector<int64_t>& curve_iterations,
    const std::vector<ScheduleRun>& runs, uint64_t seed) {
  std::vector<RunSettings> side_by_side;
  std::vector<Trajectory> curves;
  for (const ScheduleRun& run : runs) {
    RunSettings& settings = side_by_side.emplace_back(run.settings);
    settings.seed = seed;
    if (!run.has_curve) continue;
    curves.push_back({OptionsOfRun(problem, settings), curve_iterations});
  }
  ASSIGN_OR_RETURN(const auto summaries, RunSideBySide(problem, side_by_side));
  const std::vector<std::vector<Gaps>> gaps =
      GapCurves(problem.objective, problem.rows, problem.optimum.value, curves);
  CommunicationPeriod result;
  size_t curve = 0;
  for (size_t r = 0; r < runs.size(); ++r) {
    AddReached(runs[r], summaries[r], seed, result.schedules);
    if (!runs[r].has_curve) continue;
    AddCurve(runs[r], curve_iterations, gaps[curve], seed, result.schedules);
    ++curve;
  }
  return result;
}

}  // namespace

std::vector<NamedSchedule> DefaultSchedules() {
  return {{"constant", "period:1"},
          {"constant", "period:4"},
          {"constant", "period:16"},
          {"constant", "period:64"},
          {"constant", "period:256"},
          {"one-shot", "final"},
          {"growing", "growing:1"},
          {"growing", "growing:4"},
          {"growing", "growing:16"},
          {"frequent start", "phases:1,64,16"},
          {"frequent start", "phases:1,64,64"},
          {"frequent end", "phases:16,1024,1"},
          {"frequent end", "phases:64,1024,4"},
          {"doubling", "doubling"},
          {"doubling", "doubling:64"}};
}

absl::StatusOr<Pieces> ScheduleTunings(const Problem& problem,
                                       const ScheduleSettings& settings,
                                       uint64_t selection_seed) {
  StepSizeSearchOptions options;
  options.workers = settings.workers;
  options.batch = settings.batch;
  options.seed = selection_seed;
  options.epsilons = settings.epsilons;
  options.max_gradients =
      settings.max_iterations * settings.workers * settings.batch;
  options.smallest_exponent = kSmallestExponent;
  options.largest_exponent = kLargestExponent;
  ScheduleRecord record;
  record.dataset = problem.dataset;
  record.regularization = problem.objective.lambda;
  record.workers = settings.workers;
  record.batch = settings.batch;
  record.seed = selection_seed;
  Pieces pieces;
  for (const NamedSchedule& schedule : settings.schedules) {
    ASSIGN_OR_RETURN(
        options.synchronisation,
        ParseSynchronisation(schedule.text, settings.workers, settings.batch));
    RETURN_IF_ERROR(ValidateSearch(problem.rows, options));
    record.kind = schedule.kind;
    record.schedule = schedule.text;
    pieces.push_back(
        {absl::StrCat("tuning ", schedule.text), 1.2,
         [&problem, options, record]() -> absl::StatusOr<CommunicationPeriod> {
           CommunicationPeriod result;
           result.tunings = TuneSchedule(problem, options, record);
           return result;
         }});
  }
  return pieces;
}

absl::StatusOr<Pieces> ScheduleRuns(const Problem& problem,
                                    const ScheduleSettings& settings,
                                    const std::vector<ScheduleRecord>& tunings,
                                    uint64_t first_seed, int64_t seeds) {
  ASSIGN_OR_RETURN(const auto runs, RunsOf(settings, tunings));
  if (runs.empty()) return Pieces();
  // Powers of sqrt 2, at which the error is recorded along a run.
  const std::vector<int64_t> iterations =
      PeriodLadder(/*per_octave=*/2, settings.curve_iterations);
  Pieces pieces;
  for (int64_t i = 0; i < seeds; ++i) {
    const uint64_t seed = first_seed + static_cast<uint64_t>(i);
    pieces.push_back({absl::StrCat("schedules, seed ", seed),
                      ScheduleRunsCost(settings, /*seeds=*/1),
                      [&problem, iterations, runs, seed] {
                        return MeasureSchedules(problem, iterations, runs,
                                                seed);
                      }});
  }
  return pieces;
}

double ScheduleRunsCost(const ScheduleSettings& settings, int64_t seeds) {
  // With one or two step sizes a schedule.
  return 0.15 * static_cast<double>(settings.schedules.size()) *
         static_cast<double>(seeds);
}

}  // namespace local_sgd
