#include "experiments/communication_period/period_runs.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/communication_period/findings.h"
#include "experiments/communication_period/records.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "lib/records/table.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/trajectories.h"
#include "lib/status_macros.h"
#include "lib/theory/step_size_choice.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"

namespace local_sgd {
namespace {

using Pieces = std::vector<RecordPiece<CommunicationPeriod>>;

constexpr char kFixedShift[] = "theory_fixed_shift";

struct PeriodCell {
  int64_t workers = 1;
  int64_t batch = 1;

  friend bool operator==(const PeriodCell&, const PeriodCell&) = default;
};

std::vector<PeriodCell> CellsOf(const PeriodCells& cells) {
  std::vector<PeriodCell> result;
  const auto add = [&result](int64_t K, int64_t b) {
    const PeriodCell cell = {K, b};
    if (std::find(result.begin(), result.end(), cell) == result.end()) {
      result.push_back(cell);
    }
  };
  for (const int64_t K : cells.workers) add(K, cells.reference_batch);
  for (const int64_t b : cells.batches) add(cells.reference_workers, b);
  return result;
}

// All candidates, the constant family first.
std::vector<StepSizeCandidate> Candidates() {
  std::vector<StepSizeCandidate> candidates;
  for (const StepSizeFamily family :
       {StepSizeFamily::kConstant, StepSizeFamily::kDecaying}) {
    for (int i = kSmallestExponent; i <= kLargestExponent; ++i) {
      candidates.push_back({family, i});
    }
  }
  return candidates;
}

LocalSgdOptions OptionsOf(const PeriodCell& cell, const SynchronisationSet& set,
                          uint64_t seed) {
  LocalSgdOptions options;
  options.workers = cell.workers;
  options.batch = cell.batch;
  options.synchronisation = set;
  options.seed = seed;
  return options;
}

void SetStepSize(const Problem& problem, const StepSizeChoice& choice,
                 int64_t gap, LocalSgdOptions& options) {
  const ChosenStepSize chosen =
      ChooseStepSize(choice, problem.objective.num_samples(),
                     problem.curvature.strong_convexity,
                     problem.curvature.condition_number, gap);
  options.step_size = chosen.step_size;
  options.averaging_shift = chosen.averaging_shift;
}

// The periods of all T.
std::vector<int64_t> AllPeriods(const PeriodArm& arm) {
  std::set<int64_t> periods;
  for (const int64_t T : arm.iterations) {
    const auto ladder = PeriodLadder(arm.periods_per_octave, T);
    periods.insert(ladder.begin(), ladder.end());
  }
  return {periods.begin(), periods.end()};
}

// The T that have a period.
std::vector<int64_t> TimesOf(const PeriodArm& arm, int64_t H) {
  std::vector<int64_t> times;
  for (const int64_t T : arm.iterations) {
    const auto ladder = PeriodLadder(arm.periods_per_octave, T);
    if (std::binary_search(ladder.begin(), ladder.end(), H)) {
      times.push_back(T);
    }
  }
  return times;
}

std::string PeriodText(int64_t H) { return absl::StrCat("period:", H); }

// For one K, b and H: the best candidate at every T that has H. Among equals
// the first.
CommunicationPeriod TunePeriod(const Problem& problem, const PeriodArm& arm,
                               const PeriodCell& cell, int64_t H,
                               uint64_t seed) {
  const std::vector<int64_t> times = TimesOf(arm, H);
  const std::vector<StepSizeCandidate> candidates = Candidates();
  const std::vector<size_t> winners =
      BestStepSizes(problem.objective, problem.rows, problem.optimum.value,
                    OptionsOf(cell, EveryPeriod(H), seed), times, candidates);
  CommunicationPeriod result;
  for (size_t t = 0; t < times.size(); ++t) {
    ScheduleRecord& tuned = result.tunings.emplace_back();
    tuned.dataset = problem.dataset;
    tuned.regularization = problem.objective.lambda;
    tuned.workers = cell.workers;
    tuned.batch = cell.batch;
    tuned.kind = kTuned;
    tuned.schedule = PeriodText(H);
    tuned.chosen = ChoiceOf(candidates[winners[t]]).text;
    tuned.seed = seed;
    tuned.iterations = times[t];
    tuned.rounds = CountRounds(EveryPeriod(H), times[t]);
  }
  return result;
}

// The step size that was tuned for what a record is about.
absl::StatusOr<StepSizeChoice> TunedFor(
    const PeriodRecord& record, const std::vector<ScheduleRecord>& tunings) {
  const std::string schedule = PeriodText(record.period);
  for (const ScheduleRecord& tuned : tunings) {
    if (!tuned.epsilon && tuned.schedule == schedule &&
        tuned.iterations == record.iterations &&
        tuned.workers == record.workers && tuned.batch == record.batch &&
        tuned.regularization == record.regularization) {
      return ParseStepSize(tuned.chosen);
    }
  }
  return absl::InternalError(absl::StrCat(
      "no step size for H = ", record.period, ", T = ", record.iterations));
}

// One record that a piece is to fill in.
struct Wanted {
  PeriodRecord record;
  LocalSgdOptions options;
};

// The records of one K and b, still without seed and errors, by period.
absl::StatusOr<std::vector<Wanted>> WantedOf(
    const Problem& problem, const PeriodArm& arm, double loss,
    const std::vector<ScheduleRecord>& tunings, const PeriodCell& cell) {
  std::vector<Wanted> all;
  for (const int64_t H : AllPeriods(arm)) {
    for (const int64_t T : TimesOf(arm, H)) {
      Wanted wanted;
      wanted.record.dataset = problem.dataset;
      wanted.record.regularization = problem.objective.lambda;
      wanted.record.workers = cell.workers;
      wanted.record.batch = cell.batch;
      wanted.record.iterations = T;
      wanted.record.period = H;
      wanted.record.iterations_later = LaterIterations(T, loss);
      wanted.options = OptionsOf(cell, EveryPeriod(H), /*seed=*/0);
      const auto add = [&](const char* name, const StepSizeChoice& choice,
                           int64_t gap) {
        wanted.record.step_size = name;
        wanted.record.chosen = choice.text;
        SetStepSize(problem, choice, gap, wanted.options);
        all.push_back(wanted);
        return ValidateOptions(problem.rows, wanted.options);
      };
      if (arm.tuned) {
        ASSIGN_OR_RETURN(const auto choice, TunedFor(wanted.record, tunings));
        RETURN_IF_ERROR(add(kTuned, choice, H));
      } else {
        RETURN_IF_ERROR(add(kTheory, StepSizeChoice(), H));
        RETURN_IF_ERROR(add(kFixedShift, StepSizeChoice(), 1));
      }
    }
  }
  return all;
}

bool SameRun(const LocalSgdOptions& a, const LocalSgdOptions& b) {
  return a.synchronisation.period == b.synchronisation.period &&
         a.step_size.cap == b.step_size.cap &&
         a.step_size.numerator == b.step_size.numerator &&
         a.step_size.shift == b.step_size.shift &&
         a.averaging_shift == b.averaging_shift;
}

// The wanted records on one seed. Those of the same run share it.
CommunicationPeriod MeasurePeriods(const Problem& problem,
                                   const std::vector<Wanted>& wanted,
                                   bool tuned, uint64_t seed) {
  std::vector<Trajectory> runs;
  std::vector<size_t> run_of;
  for (const Wanted& w : wanted) {
    const auto same =
        std::find_if(runs.begin(), runs.end(), [&w](const Trajectory& run) {
          return SameRun(run.options, w.options);
        });
    run_of.push_back(static_cast<size_t>(same - runs.begin()));
    if (same == runs.end()) {
      runs.push_back({w.options, {}});
      runs.back().options.seed = seed;
    }
    std::vector<int64_t>& times = runs[run_of.back()].iterations;
    times.push_back(w.record.iterations);
    times.push_back(w.record.iterations_later);
  }
  for (Trajectory& run : runs) {
    std::vector<int64_t>& times = run.iterations;
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
  }
  const std::vector<std::vector<Gaps>> curves =
      GapCurves(problem.objective, problem.rows, problem.optimum.value, runs);
  CommunicationPeriod result;
  for (size_t i = 0; i < wanted.size(); ++i) {
    const std::vector<int64_t>& times = runs[run_of[i]].iterations;
    const auto gap_at = [&](int64_t t) {
      const auto place = std::lower_bound(times.begin(), times.end(), t);
      const Gaps& gaps =
          curves[run_of[i]][static_cast<size_t>(place - times.begin())];
      return FiniteGap(tuned ? SmallestGap(gaps)
                             : gaps[static_cast<int>(Iterate::kQuadratic)]);
    };
    PeriodRecord& record = result.periods.emplace_back(wanted[i].record);
    record.seed = seed;
    record.gap = gap_at(record.iterations);
    record.gap_later = gap_at(record.iterations_later);
  }
  return result;
}

std::string CellName(const Problem& problem, const PeriodCell& cell) {
  return absl::StrCat("lambda = ", ShortestText(problem.objective.lambda),
                      ", K = ", cell.workers, ", b = ", cell.batch);
}

// About a second of a core on w8a for each unit.
double LaneCost(const PeriodArm& arm, const PeriodCell& cell, size_t lanes,
                size_t evaluations) {
  const auto L = static_cast<double>(lanes);
  return 1e-8 * L *
             static_cast<double>(arm.iterations.back() * cell.workers *
                                 cell.batch) +
         1.2e-3 * L * static_cast<double>(evaluations);
}

double MeasuringCost(const PeriodArm& arm, const PeriodCell& cell) {
  return LaneCost(arm, cell, AllPeriods(arm).size(), 2 * arm.iterations.size());
}

}  // namespace

std::vector<int64_t> PeriodLadder(int per_octave, int64_t T) {
  std::vector<int64_t> ladder = {1};
  // 2^(i/2) is exact, or one rounding and one of the square root.
  for (int i = 1;; ++i) {
    const double power = std::ldexp(1.0, per_octave == 2 ? i / 2 : i) *
                         (per_octave == 2 && i % 2 == 1 ? std::sqrt(2.0) : 1.0);
    const auto H = static_cast<int64_t>(std::floor(power + 0.5));
    if (H >= T) break;
    if (H > ladder.back()) ladder.push_back(H);
  }
  if (T > 1) ladder.push_back(T);
  return ladder;
}

Pieces PeriodTunings(std::shared_ptr<const Problem> problem,
                     const PeriodArm& arm, uint64_t selection_seed) {
  Pieces pieces;
  for (const PeriodCell& cell : CellsOf(arm.cells)) {
    const double cost =
        LaneCost(arm, cell, Candidates().size(), arm.iterations.size());
    for (const int64_t H : AllPeriods(arm)) {
      pieces.push_back(
          {absl::StrCat("tuning ", CellName(*problem, cell), ", H = ", H), cost,
           [=]() -> absl::StatusOr<CommunicationPeriod> {
             return TunePeriod(*problem, arm, cell, H, selection_seed);
           }});
    }
  }
  return pieces;
}

absl::StatusOr<Pieces> PeriodRuns(std::shared_ptr<const Problem> problem,
                                  const PeriodArm& arm, double loss,
                                  const std::vector<ScheduleRecord>& tunings,
                                  uint64_t first_seed, int64_t seeds) {
  Pieces pieces;
  for (const PeriodCell& cell : CellsOf(arm.cells)) {
    ASSIGN_OR_RETURN(const auto wanted,
                     WantedOf(*problem, arm, loss, tunings, cell));
    for (int64_t i = 0; i < seeds; ++i) {
      const uint64_t seed = first_seed + static_cast<uint64_t>(i);
      pieces.push_back(
          {absl::StrCat(arm.name(), " ", CellName(*problem, cell), ", seed ",
                        seed),
           MeasuringCost(arm, cell),
           [=, tuned = arm.tuned]() -> absl::StatusOr<CommunicationPeriod> {
             return MeasurePeriods(*problem, wanted, tuned, seed);
           }});
    }
  }
  return pieces;
}

double PeriodRunsCost(const PeriodArm& arm, int64_t seeds) {
  double cost = 0.0;
  for (const PeriodCell& cell : CellsOf(arm.cells))
    cost += MeasuringCost(arm, cell);
  return cost * static_cast<double>(seeds);
}

}  // namespace local_sgd
