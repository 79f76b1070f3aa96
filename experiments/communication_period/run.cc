#include "experiments/communication_period/run.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/communication_period/findings.h"
#include "experiments/communication_period/records.h"
#include "experiments/pieces.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/run_settings.h"
#include "experiments/side_by_side.h"
#include "experiments/single/single_run.h"
#include "lib/files/output_file.h"
#include "lib/program/journal.h"
#include "lib/program/progress.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_size_search.h"
#include "lib/solver/trajectories.h"
#include "lib/status_macros.h"
#include "lib/theory/step_size.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kProgram[] = "communication_period";
constexpr char kTheory[] = "theory";
constexpr char kFixedShift[] = "theory_fixed_shift";
constexpr char kTuned[] = "tuned";

// i of c = 2^i of the step sizes that are tried: with w8a no winner is at an
// end of it.
constexpr int kSmallestExponent = -11;
constexpr int kLargestExponent = 0;

struct Cell {
  int64_t workers = 1;
  int64_t batch = 1;
};

std::vector<Cell> CellsOf(const PeriodCells& cells) {
  std::vector<Cell> result;
  const auto add = [&result](int64_t K, int64_t b) {
    for (const Cell& cell : result) {
      if (cell.workers == K && cell.batch == b) return;
    }
    result.push_back({K, b});
  };
  for (const int64_t K : cells.workers) add(K, cells.reference_batch);
  for (const int64_t b : cells.batches) add(cells.reference_workers, b);
  return result;
}

uint64_t Seed(const CommunicationPeriodSettings& settings, int64_t i) {
  return settings.first_seed + static_cast<uint64_t>(i);
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

LocalSgdOptions OptionsOf(const Cell& cell, const SynchronisationSet& set,
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

Json FiniteOrNullJson(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

std::optional<double> FiniteNumber(const Json& json) {
  if (!json.is_number()) return std::nullopt;
  return json.get<double>();
}

// The periods of all T.
std::vector<int64_t> AllPeriods(const PeriodArm& arm) {
  std::set<int64_t> periods;
  for (const int64_t T : arm.iterations) {
    const std::vector<int64_t> ladder = PeriodLadder(arm, T);
    periods.insert(ladder.begin(), ladder.end());
  }
  return {periods.begin(), periods.end()};
}

// For one K, b and H: the best candidate at every T that has H, on the
// selection seed; as indices of Candidates(). Among equals the first.
Json TunePeriod(const Problem& problem, const PeriodArm& arm, const Cell& cell,
                int64_t H, uint64_t seed) {
  std::vector<int64_t> times;
  for (const int64_t T : arm.iterations) {
    const std::vector<int64_t> ladder = PeriodLadder(arm, T);
    if (std::binary_search(ladder.begin(), ladder.end(), H)) {
      times.push_back(T);
    }
  }
  const std::vector<size_t> winners =
      BestStepSizes(problem.objective, problem.rows, problem.optimum.value,
                    OptionsOf(cell, EveryPeriod(H), seed), times, Candidates());
  Json best = Json::object();
  for (size_t t = 0; t < times.size(); ++t) {
    best[absl::StrCat(times[t])] = winners[t];
  }
  return best;
}

// One record that a piece is to fill in.
struct Wanted {
  PeriodRecord record;
  LocalSgdOptions options;
};

bool SameRun(const LocalSgdOptions& a, const LocalSgdOptions& b) {
  return a.synchronisation.period == b.synchronisation.period &&
         a.step_size.cap == b.step_size.cap &&
         a.step_size.numerator == b.step_size.numerator &&
         a.step_size.shift == b.step_size.shift &&
         a.averaging_shift == b.averaging_shift;
}

// [gap, gap_later] of every wanted record, which have the same K, b and seed
// and come by period. Records of the same run share it.
Json MeasurePeriods(const Problem& problem, const std::vector<Wanted>& wanted,
                    bool tuned) {
  std::vector<Trajectory> runs;
  std::vector<std::set<int64_t>> times;
  std::vector<size_t> run_of;
  for (const Wanted& w : wanted) {
    size_t r = 0;
    while (r < runs.size() && !SameRun(runs[r].options, w.options)) ++r;
    if (r == runs.size()) {
      runs.push_back({w.options, {}});
      times.emplace_back();
    }
    times[r].insert({w.record.iterations, w.record.iterations_later});
    run_of.push_back(r);
  }
  for (size_t r = 0; r < runs.size(); ++r) {
    runs[r].iterations.assign(times[r].begin(), times[r].end());
  }
  const std::vector<std::vector<Gaps>> curves =
      GapCurves(problem.objective, problem.rows, problem.optimum.value, runs);
  Json result = Json::array();
  for (size_t i = 0; i < wanted.size(); ++i) {
    const size_t r = run_of[i];
    const auto gap_at = [&](int64_t t) {
      const auto place = times[r].find(t);
      const Gaps& gaps =
          curves[r]
                [static_cast<size_t>(std::distance(times[r].begin(), place))];
      return FiniteOrNullJson(
          tuned ? SmallestGap(gaps)
                : gaps[static_cast<int>(Iterate::kQuadratic)]);
    };
    result.push_back(Json::array({gap_at(wanted[i].record.iterations),
                                  gap_at(wanted[i].record.iterations_later)}));
  }
  return result;
}

std::string CellName(const Problem& problem, const Cell& cell) {
  return absl::StrCat("lambda = ", ShortestText(problem.objective.lambda),
                      ", K = ", cell.workers, ", b = ", cell.batch);
}

// About a second of a core on w8a for each unit.
double LaneCost(const Cell& cell, int64_t lanes, int64_t iterations,
                int64_t evaluations) {
  return 1e-8 * static_cast<double>(lanes * iterations * cell.workers *
                                    cell.batch) +
         1.2e-3 * static_cast<double>(lanes * evaluations);
}

// By K, b, H: the candidate of every T.
using Tuned = std::map<std::tuple<int64_t, int64_t, int64_t>, Json>;

absl::StatusOr<Tuned> TuneArm(const Problem& problem, const PeriodArm& arm,
                              const CommunicationPeriodSettings& settings,
                              const PieceReports& reports) {
  std::vector<Piece> pieces;
  std::vector<std::tuple<int64_t, int64_t, int64_t>> keys;
  const uint64_t seed = SelectionSeedFor(settings.first_seed, settings.seeds);
  for (const Cell& cell : CellsOf(arm.cells)) {
    for (const int64_t H : AllPeriods(arm)) {
      Piece piece;
      piece.key = absl::StrCat("tuning ", CellName(problem, cell), ", H = ", H);
      piece.cost = LaneCost(cell, static_cast<int64_t>(Candidates().size()),
                            arm.iterations.back(),
                            static_cast<int64_t>(arm.iterations.size()));
      piece.run = [&problem, &arm, cell, H, seed]() -> absl::StatusOr<Json> {
        return TunePeriod(problem, arm, cell, H, seed);
      };
      keys.push_back({cell.workers, cell.batch, H});
      pieces.push_back(std::move(piece));
    }
  }
  ASSIGN_OR_RETURN(const auto results,
                   RunPieces(pieces, settings.threads, reports));
  Tuned tuned;
  for (size_t i = 0; i < pieces.size(); ++i) {
    tuned[keys[i]] = results.at(pieces[i].key);
  }
  return tuned;
}

// The records of one K, b and seed, still without errors, by period.
absl::StatusOr<std::vector<Wanted>> WantedOf(
    const Problem& problem, const PeriodArm& arm,
    const CommunicationPeriodSettings& settings, const Tuned& tuned,
    const Cell& cell, uint64_t seed) {
  const std::vector<StepSizeCandidate> candidates = Candidates();
  std::vector<Wanted> wanted;
  for (const int64_t H : AllPeriods(arm)) {
    for (const int64_t T : arm.iterations) {
      const std::vector<int64_t> ladder = PeriodLadder(arm, T);
      if (!std::binary_search(ladder.begin(), ladder.end(), H)) continue;
      Wanted w;
      w.record.dataset = problem.dataset;
      w.record.regularization = problem.objective.lambda;
      w.record.workers = cell.workers;
      w.record.batch = cell.batch;
      w.record.iterations = T;
      w.record.period = H;
      w.record.seed = seed;
      w.record.iterations_later = LaterIterations(T, settings.loss);
      w.options = OptionsOf(cell, EveryPeriod(H), seed);
      if (arm.tuned) {
        const Json& best = tuned.at({cell.workers, cell.batch, H});
        const auto found = best.find(absl::StrCat(T));
        if (found == best.end() || !found->is_number_unsigned() ||
            found->get<size_t>() >= candidates.size()) {
          return absl::InternalError(
              absl::StrCat("no step size for H = ", H, ", T = ", T));
        }
        const StepSizeChoice choice = ChoiceOf(candidates[*found]);
        w.record.step_size = kTuned;
        w.record.chosen = choice.text;
        SetStepSize(problem, choice, H, w.options);
        wanted.push_back(std::move(w));
        continue;
      }
      w.record.chosen = kTheory;
      for (const bool fixed : {false, true}) {
        w.record.step_size = fixed ? kFixedShift : kTheory;
        SetStepSize(problem, StepSizeChoice(), fixed ? 1 : H, w.options);
        wanted.push_back(w);
      }
    }
  }
  return wanted;
}

absl::StatusOr<std::vector<PeriodRecord>> MeasureArm(
    const Problem& problem, const PeriodArm& arm,
    const CommunicationPeriodSettings& settings, const Tuned& tuned,
    const PieceReports& reports) {
  std::vector<Piece> pieces;
  std::vector<std::vector<Wanted>> wanted;
  for (const Cell& cell : CellsOf(arm.cells)) {
    for (int64_t i = 0; i < settings.seeds; ++i) {
      ASSIGN_OR_RETURN(
          std::vector<Wanted> records,
          WantedOf(problem, arm, settings, tuned, cell, Seed(settings, i)));
      Piece piece;
      piece.key =
          absl::StrCat(arm.tuned ? kTuned : kTheory, " ",
                       CellName(problem, cell), ", seed ", Seed(settings, i));
      piece.cost = LaneCost(cell, static_cast<int64_t>(AllPeriods(arm).size()),
                            arm.iterations.back(),
                            2 * static_cast<int64_t>(arm.iterations.size()));
      wanted.push_back(std::move(records));
      const size_t index = wanted.size() - 1;
      piece.run = [&problem, &arm, &wanted, index]() -> absl::StatusOr<Json> {
        return MeasurePeriods(problem, wanted[index], arm.tuned);
      };
      pieces.push_back(std::move(piece));
    }
  }
  ASSIGN_OR_RETURN(const auto results,
                   RunPieces(pieces, settings.threads, reports));
  std::vector<PeriodRecord> records;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const Json& gaps = results.at(pieces[i].key);
    if (!gaps.is_array() || gaps.size() != wanted[i].size()) {
      return absl::InternalError(
          absl::StrCat(pieces[i].key, ": not one result for each record"));
    }
    for (size_t w = 0; w < wanted[i].size(); ++w) {
      PeriodRecord record = std::move(wanted[i][w].record);
      if (!gaps[w].is_array() || gaps[w].size() != 2) {
        return absl::InternalError(
            absl::StrCat(pieces[i].key, ": not two errors for a record"));
      }
      record.gap = FiniteNumber(gaps[w][0]);
      record.gap_later = FiniteNumber(gaps[w][1]);
      records.push_back(std::move(record));
    }
  }
  std::stable_sort(records.begin(), records.end(),
                   [](const PeriodRecord& a, const PeriodRecord& b) {
                     return std::tie(a.step_size, a.workers, a.batch,
                                     a.iterations, a.period, a.seed) <
                            std::tie(b.step_size, b.workers, b.batch,
                                     b.iterations, b.period, b.seed);
                   });
  return records;
}

// The problem of an arm.
absl::StatusOr<Problem> ProblemOf(const Problem& base,
                                  std::optional<double> lambda) {
  const double value =
      lambda.value_or(1.0 / static_cast<double>(base.objective.num_samples()));
  if (value == base.objective.lambda) return base;
  return WithRegularization(base, value);
}

// OK when the runs of the arms with the theorem's step sizes are possible.
absl::Status ValidateArms(const Problem& base,
                          const CommunicationPeriodSettings& settings) {
  for (const PeriodArm& arm : settings.arms) {
    if (arm.tuned) continue;
    ASSIGN_OR_RETURN(const auto problem, ProblemOf(base, arm.regularization));
    for (const Cell& cell : CellsOf(arm.cells)) {
      ASSIGN_OR_RETURN(const auto wanted, WantedOf(problem, arm, settings, {},
                                                   cell, settings.first_seed));
      for (const Wanted& w : wanted) {
        RETURN_IF_ERROR(ValidateOptions(problem.rows, w.options));
      }
    }
  }
  return absl::OkStatus();
}

// Powers of sqrt 2, at which the error is recorded along a run.
std::vector<int64_t> CurveIterations(int64_t most) {
  PeriodArm ladder;
  ladder.periods_per_octave = 2;
  return PeriodLadder(ladder, most);
}

// A schedule with one step size, and the epsilons that it is tuned for.
struct ScheduleRun {
  NamedSchedule schedule;
  StepSizeChoice step_size;
  std::vector<double> epsilons;
  bool has_curve = false;
};

// What one seed has to say: {"reached": [[T or null, ...], ...], "curves":
// [[gap or null, ...], ...]}, each by run.
absl::StatusOr<Json> MeasureSchedules(const Problem& problem,
                                      const ScheduleSettings& settings,
                                      const std::vector<ScheduleRun>& runs,
                                      uint64_t seed) {
  std::vector<RunSettings> side_by_side;
  std::vector<Trajectory> curve_runs;
  for (const ScheduleRun& run : runs) {
    ASSIGN_OR_RETURN(const auto set,
                     ParseSynchronisation(run.schedule.text, settings.workers,
                                          settings.batch));
    RunSettings one;
    one.workers = settings.workers;
    one.batch = settings.batch;
    one.step_size = run.step_size;
    one.synchronisation = set;
    one.synchronisation_text = run.schedule.text;
    one.termination.epsilons = run.epsilons;
    one.termination.max_iterations = settings.max_iterations;
    one.seed = seed;
    if (run.has_curve) {
      curve_runs.push_back({OptionsOfRun(problem, one),
                            CurveIterations(settings.curve_iterations)});
    }
    side_by_side.push_back(std::move(one));
  }
  ASSIGN_OR_RETURN(const auto summaries, RunSideBySide(problem, side_by_side));
  Json result = {{"reached", Json::array()}, {"curves", Json::array()}};
  for (const RunSummary& summary : summaries) {
    Json reached = Json::array();
    for (const Reached& r : summary.reached) {
      reached.push_back(r.iterations > 0 ? Json(r.iterations) : Json());
    }
    result["reached"].push_back(std::move(reached));
    result["diverged"].push_back(summary.diverged);
  }
  for (const std::vector<Gaps>& curve :
       GapCurves(problem.objective, problem.rows, problem.optimum.value,
                 curve_runs)) {
    Json gaps = Json::array();
    for (const Gaps& g : curve)
      gaps.push_back(FiniteOrNullJson(SmallestGap(g)));
    result["curves"].push_back(std::move(gaps));
  }
  return result;
}

// [step size or null, T] of every epsilon, for the journal.
Json ToJson(const std::vector<TunedSchedule>& tuned) {
  Json json = Json::array();
  for (const TunedSchedule& t : tuned) {
    json.push_back(Json::array(
        {t.step_size ? Json(t.step_size->text) : Json(), t.iterations}));
  }
  return json;
}

// The runs of one schedule; those of equal step sizes are one.
absl::StatusOr<std::vector<ScheduleRun>> RunsOf(
    const NamedSchedule& schedule, const ScheduleSettings& settings,
    const Json& tuned) {
  if (!tuned.is_array() || tuned.size() != settings.epsilons.size()) {
    return absl::InternalError(
        absl::StrCat(schedule.text, ": not one step size for each epsilon"));
  }
  std::vector<ScheduleRun> runs;
  for (size_t e = 0; e < settings.epsilons.size(); ++e) {
    if (!tuned[e].is_array() || tuned[e].empty()) {
      return absl::InternalError(
          absl::StrCat(schedule.text, ": not a step size and its iterations"));
    }
    const Json& text = tuned[e].front();
    if (!text.is_string()) continue;
    const auto step_size = ParseStepSize(text.get<std::string>());
    if (!step_size.ok()) return step_size.status();
    auto same = std::find_if(runs.begin(), runs.end(),
                             [&step_size](const ScheduleRun& run) {
                               return run.step_size.text == step_size->text;
                             });
    if (same == runs.end()) {
      runs.push_back({schedule, *step_size, {}, false});
      same = std::prev(runs.end());
    }
    same->epsilons.push_back(settings.epsilons[e]);
    // The curve is the one of the smallest epsilon that was reached.
    for (ScheduleRun& run : runs) run.has_curve = false;
    same->has_curve = true;
  }
  return runs;
}

// Whether it is a list of lists, one for each size and so long.
bool HasSizes(const Json& result, const char* name,
              const std::vector<size_t>& sizes) {
  const auto lists = result.find(name);  // none in what is no object
  if (lists == result.end() || !lists->is_array() ||
      lists->size() != sizes.size()) {
    return false;
  }
  for (size_t i = 0; i < sizes.size(); ++i) {
    const Json& list = (*lists)[i];
    if (!list.is_array() || list.size() != sizes[i]) return false;
  }
  return true;
}

absl::StatusOr<std::vector<ScheduleRecord>> RunSchedules(
    const Problem& problem, const CommunicationPeriodSettings& settings,
    const PieceReports& reports) {
  const ScheduleSettings& schedules = settings.schedules;
  std::vector<Piece> tunings;
  const uint64_t selection =
      SelectionSeedFor(settings.first_seed, settings.seeds);
  for (const NamedSchedule& schedule : schedules.schedules) {
    Piece piece;
    piece.key = absl::StrCat("tuning ", schedule.text);
    piece.cost = 1.2;
    piece.run = [&problem, &schedules, &schedule,
                 selection]() -> absl::StatusOr<Json> {
      ASSIGN_OR_RETURN(const auto tuned,
                       TuneSchedule(problem, schedules, schedule, selection));
      return ToJson(tuned);
    };
    tunings.push_back(std::move(piece));
  }
  ASSIGN_OR_RETURN(const auto tuned,
                   RunPieces(tunings, settings.threads, reports));
  std::vector<ScheduleRun> runs;
  for (size_t i = 0; i < tunings.size(); ++i) {
    ASSIGN_OR_RETURN(const auto some, RunsOf(schedules.schedules[i], schedules,
                                             tuned.at(tunings[i].key)));
    runs.insert(runs.end(), some.begin(), some.end());
  }
  if (runs.empty()) return std::vector<ScheduleRecord>();

  std::vector<Piece> pieces;
  for (int64_t i = 0; i < settings.seeds; ++i) {
    Piece piece;
    piece.key = absl::StrCat("schedules, seed ", Seed(settings, i));
    piece.cost = 0.1 * static_cast<double>(runs.size());
    piece.run = [&problem, &schedules, &runs, seed = Seed(settings, i)] {
      return MeasureSchedules(problem, schedules, runs, seed);
    };
    pieces.push_back(std::move(piece));
  }
  ASSIGN_OR_RETURN(const auto results,
                   RunPieces(pieces, settings.threads, reports));

  std::vector<ScheduleRecord> records;
  const std::vector<int64_t> times =
      CurveIterations(schedules.curve_iterations);
  std::vector<size_t> epsilons;
  std::vector<size_t> curve_sizes;
  for (const ScheduleRun& run : runs) {
    epsilons.push_back(run.epsilons.size());
    if (run.has_curve) curve_sizes.push_back(times.size());
  }
  for (const Piece& piece : pieces) {
    const Json& result = results.at(piece.key);
    if (!HasSizes(result, "reached", epsilons) ||
        !HasSizes(result, "curves", curve_sizes)) {
      return absl::InternalError(
          absl::StrCat(piece.key, ": a record of another shape"));
    }
  }
  size_t curve = 0;
  for (size_t r = 0; r < runs.size(); ++r) {
    const ScheduleRun& run = runs[r];
    ASSIGN_OR_RETURN(const auto set,
                     ParseSynchronisation(run.schedule.text, schedules.workers,
                                          schedules.batch));
    ScheduleRecord record;
    record.dataset = problem.dataset;
    record.regularization = problem.objective.lambda;
    record.workers = schedules.workers;
    record.batch = schedules.batch;
    record.kind = run.schedule.kind;
    record.schedule = run.schedule.text;
    record.chosen = run.step_size.text;
    for (int64_t i = 0; i < settings.seeds; ++i) {
      const Json& result = results.at(pieces[static_cast<size_t>(i)].key);
      record.seed = Seed(settings, i);
      for (size_t e = 0; e < run.epsilons.size(); ++e) {
        const Json& reached = result.at("reached").at(r).at(e);
        ScheduleRecord one = record;
        one.epsilon = run.epsilons[e];
        if (reached.is_number_integer()) {
          one.iterations = reached.get<int64_t>();
          one.rounds = CountRounds(set, *one.iterations);
        } else {
          one.diverged = result.at("diverged").at(r).get<bool>();
        }
        records.push_back(std::move(one));
      }
      if (!run.has_curve) continue;
      const Json& gaps = result.at("curves").at(curve);
      for (size_t t = 0; t < times.size(); ++t) {
        ScheduleRecord one = record;
        one.iterations = times[t];
        one.rounds = CountRounds(set, times[t]);
        one.gap = FiniteNumber(gaps.at(t));
        one.diverged = !one.gap;
        records.push_back(std::move(one));
      }
    }
    curve += run.has_curve;
  }
  return records;
}

Json JournalSettings(const Problem& base,
                     const CommunicationPeriodSettings& settings,
                     const std::string& version) {
  Json json;
  json["program"] = kProgram;
  json["version"] = version;
  json["dataset_sha256"] = base.dataset_sha256;
  json["index_base"] = base.index_base;
  json["regularization"] = base.objective.lambda;
  for (const PeriodArm& arm : settings.arms) {
    Json a;
    a["step_size"] = arm.tuned ? kTuned : kTheory;
    a["regularization"] =
        arm.regularization ? Json(*arm.regularization) : Json();
    a["iterations"] = arm.iterations;
    a["periods_per_octave"] = arm.periods_per_octave;
    a["workers"] = arm.cells.workers;
    a["batch"] = arm.cells.batches;
    a["reference"] = {arm.cells.reference_workers, arm.cells.reference_batch};
    json["arms"].push_back(std::move(a));
  }
  const ScheduleSettings& schedules = settings.schedules;
  Json& s = json["schedules"];
  s["workers"] = schedules.workers;
  s["batch"] = schedules.batch;
  s["epsilon"] = schedules.epsilons;
  s["max_iterations"] = schedules.max_iterations;
  s["curve_iterations"] = schedules.curve_iterations;
  for (const NamedSchedule& schedule : schedules.schedules) {
    s["schedules"].push_back(schedule.text);
  }
  json["loss"] = settings.loss;
  json["seeds"] = settings.seeds;
  json["seed"] = settings.first_seed;
  return json;
}

double ExpectedCost(const CommunicationPeriodSettings& settings) {
  double cost = 0.0;
  for (const PeriodArm& arm : settings.arms) {
    const auto times = static_cast<int64_t>(arm.iterations.size());
    const auto periods = static_cast<int64_t>(AllPeriods(arm).size());
    for (const Cell& cell : CellsOf(arm.cells)) {
      cost += static_cast<double>(settings.seeds) *
              LaneCost(cell, periods, arm.iterations.back(), 2 * times);
      if (!arm.tuned) continue;
      cost += static_cast<double>(periods) *
              LaneCost(cell, static_cast<int64_t>(Candidates().size()),
                       arm.iterations.back(), times);
    }
  }
  // As RunSchedules has it, with one or two step sizes a schedule.
  return cost + static_cast<double>(settings.schedules.schedules.size()) *
                    (1.2 + 0.15 * static_cast<double>(settings.seeds));
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

PeriodArm TheoryArm() {
  PeriodArm arm;
  arm.regularization = 0.01;
  arm.iterations = {2048, 4096, 8192};
  arm.cells.workers = {4, 8, 16, 32};
  arm.cells.batches = {1, 4, 16};
  return arm;
}

PeriodArm TunedArm() {
  PeriodArm arm;
  arm.tuned = true;
  arm.iterations = {256, 1024, 4096};
  arm.periods_per_octave = 1;
  arm.cells.workers = {2, 4, 8, 16};
  arm.cells.batches = {1, 4, 16};
  return arm;
}

CommunicationPeriodSettings DefaultCommunicationPeriod() {
  CommunicationPeriodSettings settings;
  settings.arms = {TheoryArm(), TunedArm()};
  settings.schedules.schedules = DefaultSchedules();
  return settings;
}

CommunicationPeriodSettings QuickCommunicationPeriod() {
  CommunicationPeriodSettings settings = DefaultCommunicationPeriod();
  settings.seeds = 2;
  for (PeriodArm& arm : settings.arms) {
    arm.iterations = {256, 512};
    arm.periods_per_octave = 1;
    arm.cells.workers = {4, 8};
    arm.cells.batches = {4};
  }
  settings.schedules.epsilons = {0.02};
  settings.schedules.max_iterations = 8192;
  settings.schedules.curve_iterations = 512;
  settings.schedules.schedules = {{"constant", "period:1"},
                                  {"constant", "period:16"},
                                  {"frequent start", "phases:1,64,16"}};
  return settings;
}

std::vector<int64_t> PeriodLadder(const PeriodArm& arm, int64_t T) {
  std::vector<int64_t> ladder = {1};
  // 2^(i/2) is exact, or one rounding and one of the square root.
  for (int i = 1;; ++i) {
    const double power =
        std::ldexp(1.0, arm.periods_per_octave == 2 ? i / 2 : i) *
        (arm.periods_per_octave == 2 && i % 2 == 1 ? std::sqrt(2.0) : 1.0);
    const auto H = static_cast<int64_t>(std::floor(power + 0.5));
    if (H >= T) break;
    if (H > ladder.back()) ladder.push_back(H);
  }
  if (T > 1) ladder.push_back(T);
  return ladder;
}

absl::Status ValidateCommunicationPeriod(
    const CommunicationPeriodSettings& settings) {
  RETURN_IF_ERROR(ValidateSeeds(settings.first_seed, settings.seeds));
  if (!(settings.loss > 0.0) || settings.loss > 10.0) {
    return absl::InvalidArgumentError(
        absl::StrCat("--loss=", ShortestText(settings.loss),
                     ": expected a number above 0, at most 10"));
  }
  for (const PeriodArm& arm : settings.arms) {
    if (!std::is_sorted(arm.iterations.begin(), arm.iterations.end())) {
      return absl::InvalidArgumentError("--iterations: expected ascending");
    }
  }
  for (const NamedSchedule& schedule : settings.schedules.schedules) {
    ASSIGN_OR_RETURN(
        const auto set,
        ParseSynchronisation(schedule.text, settings.schedules.workers,
                             settings.schedules.batch));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TunedSchedule>> TuneSchedule(
    const Problem& problem, const ScheduleSettings& settings,
    const NamedSchedule& schedule, uint64_t selection_seed) {
  ASSIGN_OR_RETURN(
      const auto set,
      ParseSynchronisation(schedule.text, settings.workers, settings.batch));
  StepSizeSearchOptions options;
  options.workers = settings.workers;
  options.batch = settings.batch;
  options.synchronisation = set;
  options.seed = selection_seed;
  options.epsilons = settings.epsilons;
  options.max_gradients =
      settings.max_iterations * settings.workers * settings.batch;
  options.smallest_exponent = kSmallestExponent;
  options.largest_exponent = kLargestExponent;
  RETURN_IF_ERROR(ValidateSearch(problem.rows, options));
  std::vector<TunedSchedule> tuned;
  for (const StepSizeSearch& search :
       SearchStepSizes(problem.objective, problem.rows, problem.optimum.value,
                       options, /*times=*/nullptr)) {
    tuned.emplace_back();
    if (!search.winner) continue;
    const CandidateResult& winner = search.ledger[*search.winner];
    tuned.back() = {ChoiceOf(winner.candidate), winner.iterations};
  }
  return tuned;
}

absl::StatusOr<CommunicationPeriod> RunCommunicationPeriod(
    const Problem& base, const CommunicationPeriodSettings& settings,
    const PieceReports& reports) {
  RETURN_IF_ERROR(ValidateCommunicationPeriod(settings));
  WarnOfCertificate(base, settings.schedules.epsilons);
  CommunicationPeriod result;
  for (const PeriodArm& arm : settings.arms) {
    ASSIGN_OR_RETURN(const auto problem, ProblemOf(base, arm.regularization));
    Tuned tuned;
    if (arm.tuned) {
      ASSIGN_OR_RETURN(tuned, TuneArm(problem, arm, settings, reports));
    }
    ASSIGN_OR_RETURN(auto records,
                     MeasureArm(problem, arm, settings, tuned, reports));
    result.periods.insert(result.periods.end(), records.begin(), records.end());
  }
  ASSIGN_OR_RETURN(result.schedules, RunSchedules(base, settings, reports));
  ASSIGN_OR_RETURN(auto findings,
                   PeriodFindings(result.periods, settings.loss));
  ASSIGN_OR_RETURN(const auto more, ScheduleFindings(result.schedules));
  findings.insert(findings.end(), more.begin(), more.end());
  result.findings = std::move(findings);
  return result;
}

absl::StatusOr<std::vector<std::string>> WriteCommunicationPeriod(
    const CommunicationPeriod& result, const std::string& output_dir) {
  RETURN_IF_ERROR(EnsureFolder(output_dir));
  std::vector<std::string> paths;
  for (const auto& [name, contents] :
       {std::pair("communication_period",
                  ToCsv(ToTable(PeriodSchema(), result.periods))),
        std::pair("communication_schedules",
                  ToCsv(ToTable(ScheduleSchema(), result.schedules))),
        std::pair("communication_period_findings",
                  ToCsv(ToTable(FindingSchema(), result.findings)))}) {
    if (!contents.ok()) return contents.status();
    paths.push_back(absl::StrCat(output_dir, "/", name, ".csv"));
    RETURN_IF_ERROR(WriteFileAtomically(paths.back(), *contents));
  }
  return paths;
}

absl::StatusOr<WrittenCommunicationPeriod> RunAndWriteCommunicationPeriod(
    const Problem& base, const CommunicationPeriodSettings& settings,
    const std::string& version, const std::string& output_dir) {
  RETURN_IF_ERROR(ValidateCommunicationPeriod(settings));
  RETURN_IF_ERROR(ValidateArms(base, settings));
  RETURN_IF_ERROR(EnsureFolder(output_dir));
  ASSIGN_OR_RETURN(Journal journal,
                   BeginResumable(kProgram, output_dir,
                                  JournalSettings(base, settings, version)));
  Progress progress(kProgram, ExpectedCost(settings), std::cerr,
                    StderrIsTerminal());
  ASSIGN_OR_RETURN(
      const auto result,
      RunCommunicationPeriod(base, settings, {&journal, &progress}));
  ASSIGN_OR_RETURN(auto paths, WriteCommunicationPeriod(result, output_dir));
  RETURN_IF_ERROR(
      WriteOrigin(OriginOf(base, settings), paths, version, output_dir));
  return WrittenCommunicationPeriod{std::move(paths), std::move(journal)};
}

ResultsOrigin OriginOf(const Problem& base,
                       const CommunicationPeriodSettings& settings) {
  Json json = JournalSettings(base, settings, /*version=*/"");
  for (const char* key : {"program", "version", "dataset_sha256"}) {
    json.erase(key);
  }
  return {kProgram, base.dataset, base.dataset_sha256, json.dump()};
}

}  // namespace local_sgd
