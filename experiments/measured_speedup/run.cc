#include "experiments/measured_speedup/run.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/measured_speedup/groups.h"
#include "experiments/measured_speedup/report.h"
#include "experiments/side_by_side.h"
#include "experiments/single/single_run.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/run.h"
#include "lib/solver/step_size_search.h"
#include "lib/statistics/mean.h"
#include "lib/statistics/paired_ratio.h"
#include "lib/status_macros.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Grid = MeasuredSpeedupGrid;
using Json = nlohmann::ordered_json;
using Pieces = std::vector<RecordPiece<MeasuredSpeedup>>;

std::string NameOf(const MeasuredArm& arm) {
  return arm.step_size ? arm.step_size->text : kTunedStepSize;
}

struct Size {
  int64_t b;
  int64_t K;
};

std::vector<Size> SizesOf(const Grid& grid) {
  std::vector<Size> sizes;
  for (const int64_t b : grid.batches) {
    for (const int64_t K : grid.workers) sizes.push_back({b, K});
  }
  return sizes;
}

// The periods that are run, and the one that stands for H.
std::vector<int64_t> DistinctPeriods(const Grid& grid, int64_t K) {
  return K == 1 ? std::vector<int64_t>{grid.periods[0]} : grid.periods;
}
int64_t PeriodRun(const Grid& grid, int64_t K, int64_t H) {
  return K == 1 ? grid.periods[0] : H;
}

uint64_t Seed(const Grid& grid, int64_t i) {
  return grid.first_seed + static_cast<uint64_t>(i);
}

uint64_t SelectionSeed(const Grid& grid) {
  return grid.tuning.selection_seed.value_or(
      SelectionSeedFor(grid.first_seed, grid.seeds));
}

// Expected costs, in about a second of a core on w8a with the paper's settings.
double TuningCost(const Size& size) {
  return 1.0 + 0.003 * static_cast<double>(size.b * size.K);
}
double MeasuringCost(const MeasuredArm& arm, const Size& size) {
  return arm.step_size ? 0.06 * static_cast<double>(size.b * (size.K + 2))
                       : 0.6 + 0.003 * static_cast<double>(size.b * size.K);
}

StepSizeSearchOptions SearchOptions(const Grid& grid, const MeasuredArm& arm,
                                    const Size& size, int64_t H) {
  StepSizeSearchOptions options;
  options.workers = size.K;
  options.batch = size.b;
  options.synchronisation = EveryPeriod(H);
  options.seed = SelectionSeed(grid);
  options.epsilons = arm.epsilons;
  std::sort(options.epsilons.begin(), options.epsilons.end(),
            std::greater<double>());
  options.max_gradients = grid.tuning.max_gradients;
  options.smallest_exponent = grid.tuning.smallest_exponent;
  options.largest_exponent = grid.tuning.largest_exponent;
  options.exhaustive = grid.tuning.exhaustive;
  return options;
}

// A run of given step sizes; of a tuned arm these are still to come.
RunSettings SettingsOf(const Grid& grid, const MeasuredArm& arm,
                       const Size& size, int64_t H, uint64_t seed) {
  RunSettings settings;
  settings.workers = size.K;
  settings.batch = size.b;
  settings.step_size = arm.step_size.value_or(StepSizeChoice());
  settings.synchronisation = EveryPeriod(H);
  settings.synchronisation_text = absl::StrCat("period:", H);
  settings.termination.epsilons = arm.epsilons;
  settings.termination.max_iterations =
      arm.step_size ? grid.max_iterations
                    : grid.tuning.max_gradients / (size.b * size.K);
  settings.seed = seed;
  settings.threads = 1;
  return settings;
}

// The cell of a SpeedupRecord or an IterationsRecord.
using Setting = std::tuple<std::string, double, int64_t, int64_t, int64_t>;

template <class Record>
Setting SettingOf(const Record& r) {
  return {r.step_size, r.epsilon, r.batch, r.workers, r.period};
}
Setting SettingOf(const MeasuredArm& arm, double epsilon, const Size& size,
                  int64_t H) {
  return {NameOf(arm), epsilon, size.b, size.K, H};
}

// What a record of any kind says of a search's b, K, H and epsilon.
template <class Record>
Record RecordOf(const StepSizeSearchOptions& options, double epsilon) {
  Record record;
  record.epsilon = epsilon;
  record.batch = options.batch;
  record.workers = options.workers;
  record.period = options.synchronisation.period;
  return record;
}

TuningRecord LedgerRecord(const StepSizeSearchOptions& options, double epsilon,
                          const CandidateResult& result) {
  auto record = RecordOf<TuningRecord>(options, epsilon);
  record.seed = options.seed;
  record.family = FamilyName(result.candidate.family);
  record.exponent = result.candidate.exponent;
  record.outcome = OutcomeName(result.outcome);
  switch (result.outcome) {
    case CandidateOutcome::kSame:
      record.same_as_family = FamilyName(result.same_as.family);
      record.same_as_exponent = result.same_as.exponent;
      break;
    case CandidateOutcome::kNotTried:
      break;
    default:
      record.iterations = result.iterations;
      if (std::isfinite(result.gap)) record.gap = result.gap;
  }
  if (result.outcome == CandidateOutcome::kReached) {
    record.iterate = std::string(IterateName(result.iterate));
  }
  return record;
}

// What was chosen, with nothing measured.
SpeedupRecord SelectionRecord(const StepSizeSearchOptions& options,
                              const StepSizeSearch& search) {
  auto record = RecordOf<SpeedupRecord>(options, search.epsilon);
  record.step_size = kTunedStepSize;
  record.seeds = 1;
  if (!search.winner) return record;
  const CandidateResult& winner = search.ledger[*search.winner];
  record.iterations_selected = winner.iterations;
  record.chosen_family = FamilyName(winner.candidate.family);
  record.chosen_exponent = winner.candidate.exponent;
  record.chosen_iterate = std::string(IterateName(winner.iterate));
  record.chosen_interior = search.interior ? "yes" : "no";
  if (!search.runner_up) return record;
  const CandidateResult& second = search.ledger[*search.runner_up];
  record.runner_up_family = FamilyName(second.candidate.family);
  record.runner_up_exponent = second.candidate.exponent;
  record.runner_up_iterations = second.iterations;
  record.runner_up_iterate = std::string(IterateName(second.iterate));
  return record;
}

MeasuredSpeedup Tune(const Problem& problem,
                     const StepSizeSearchOptions& options) {
  MeasuredSpeedup tuned;
  for (const StepSizeSearch& search :
       SearchStepSizes(problem.objective, problem.rows, problem.optimum.value,
                       options, /*times=*/nullptr)) {
    tuned.speedups.push_back(SelectionRecord(options, search));
    for (const CandidateResult& result : search.ledger) {
      tuned.ledger.push_back(LedgerRecord(options, search.epsilon, result));
    }
  }
  return tuned;
}

Pieces TuningPieces(const Problem& problem, const Grid& grid) {
  Pieces pieces;
  for (const MeasuredArm& arm : grid.arms) {
    if (arm.step_size) continue;
    for (const Size& size : SizesOf(grid)) {
      for (const int64_t H : DistinctPeriods(grid, size.K)) {
        pieces.push_back(
            {absl::StrCat("tuning b = ", size.b, ", K = ", size.K, ", H = ", H),
             TuningCost(size),
             [&problem, options = SearchOptions(grid, arm, size, H)] {
               return Tune(problem, options);
             }});
      }
    }
  }
  return pieces;
}

// By setting, what the selection seed says.
using Selections = std::map<Setting, SpeedupRecord>;

Selections SelectionsOf(const MeasuredSpeedup& tuned) {
  Selections selections;
  for (const SpeedupRecord& r : tuned.speedups) selections[SettingOf(r)] = r;
  return selections;
}

// The runs of one b, K and seed, which run side by side. A chosen step size
// that serves two epsilons is run once.
std::vector<RunSettings> RunsOf(const Grid& grid, const MeasuredArm& arm,
                                const Selections& selections, const Size& size,
                                uint64_t seed) {
  std::vector<RunSettings> runs;
  for (const int64_t H : DistinctPeriods(grid, size.K)) {
    RunSettings run = SettingsOf(grid, arm, size, H, seed);
    if (arm.step_size) {
      runs.push_back(std::move(run));
      continue;
    }
    std::map<std::string, size_t> run_of;  // by step size
    for (const double epsilon : arm.epsilons) {
      const auto chosen = selections.find(SettingOf(arm, epsilon, size, H));
      if (chosen == selections.end() || !chosen->second.chosen_family) continue;
      const bool is_constant = *chosen->second.chosen_family ==
                               FamilyName(StepSizeFamily::kConstant);
      run.step_size = ChoiceOf(
          {is_constant ? StepSizeFamily::kConstant : StepSizeFamily::kDecaying,
           static_cast<int>(*chosen->second.chosen_exponent)});
      run.termination.epsilons = {epsilon};
      const auto [found, is_new] =
          run_of.insert({run.step_size.text, runs.size()});
      if (is_new) {
        runs.push_back(run);
      } else {
        runs[found->second].termination.epsilons.push_back(epsilon);
      }
    }
  }
  return runs;
}

// Appends the records of one run.
void AddRun(const Problem& problem, const std::string& arm,
            const RunSettings& run, const RunSummary& summary,
            const BuildInfo& build, MeasuredSpeedup& measured) {
  for (const Reached& reached : summary.reached) {
    IterationsRecord record;
    record.step_size = arm;
    record.epsilon = reached.epsilon;
    record.batch = run.batch;
    record.workers = run.workers;
    record.period = run.synchronisation.period;
    record.seed = run.seed;
    if (reached.iterations > 0) {
      record.iterations = reached.iterations;
      record.iterate = std::string(IterateName(reached.iterate));
    }
    record.diverged = summary.diverged && !record.iterations;
    measured.iterations.push_back(std::move(record));
  }
  Json line;
  line["arm"] = arm;
  line.update(RunRecord(problem, run, summary, build));
  measured.runs.push_back(
      {line.dump(-1, ' ', false, Json::error_handler_t::replace)});
}

absl::StatusOr<MeasuredSpeedup> Measure(const Problem& problem,
                                        const std::string& arm,
                                        const std::vector<RunSettings>& runs,
                                        const BuildInfo& build) {
  MeasuredSpeedup measured;
  if (runs.empty()) return measured;
  ASSIGN_OR_RETURN(auto summaries, RunSideBySide(problem, runs));
  for (size_t i = 0; i < runs.size(); ++i) {
    summaries[i].iterates.clear();  // that of a run alone is no record either
    AddRun(problem, arm, runs[i], summaries[i], build, measured);
  }
  return measured;
}

Pieces MeasuringPieces(const Problem& problem, const Grid& grid,
                       const MeasuredSpeedup& tuned) {
  const Selections selections = SelectionsOf(tuned);
  Pieces pieces;
  for (const MeasuredArm& arm : grid.arms) {
    for (const Size& size : SizesOf(grid)) {
      for (int64_t i = 0; i < grid.seeds; ++i) {
        const uint64_t seed = Seed(grid, i);
        pieces.push_back({absl::StrCat(NameOf(arm), " b = ", size.b,
                                       ", K = ", size.K, ", seed ", seed),
                          MeasuringCost(arm, size),
                          [&problem, name = NameOf(arm),
                           runs = RunsOf(grid, arm, selections, size, seed),
                           &build = grid.build] {
                            return Measure(problem, name, runs, build);
                          }});
      }
    }
  }
  return pieces;
}

absl::StatusOr<Stages<MeasuredSpeedup>> StagesOf(const Problem& problem,
                                                 const Grid& grid) {
  Stages<MeasuredSpeedup> stages = OneStage(TuningPieces(problem, grid));
  double cost = 0;
  for (const MeasuredArm& arm : grid.arms) {
    for (const Size& size : SizesOf(grid)) {
      cost += static_cast<double>(grid.seeds) * MeasuringCost(arm, size);
    }
  }
  stages.push_back({cost, [&problem, &grid](const MeasuredSpeedup& tuned) {
                      return MeasuringPieces(problem, grid, tuned);
                    }});
  return stages;
}

// T of every seed, or nothing when one misses the target.
std::optional<std::vector<double>> Iterations(
    const std::vector<IterationsRecord>& seeds) {
  std::vector<double> iterations;
  for (const IterationsRecord& r : seeds) {
    if (!r.iterations) return std::nullopt;
    iterations.push_back(static_cast<double>(*r.iterations));
  }
  return iterations;
}

// The iterate of most seeds, the first in the order of Iterate among equals.
std::string MostFrequent(const std::vector<IterationsRecord>& seeds) {
  std::string most;
  int64_t most_seeds = 0;
  for (int q = 0; q < kNumIterates; ++q) {
    const std::string name(IterateName(static_cast<Iterate>(q)));
    const int64_t count =
        std::count_if(seeds.begin(), seeds.end(),
                      [&](const auto& r) { return r.iterate == name; });
    if (count > most_seeds) most = name;
    most_seeds = std::max(most_seeds, count);
  }
  return most;
}

// Fills in what the measuring seeds say; `base` are those of K = H = 1, if
// there are any.
void Summarise(const std::vector<IterationsRecord>& seeds,
               const std::optional<std::vector<double>>& base,
               SpeedupRecord& record) {
  record.seeds = static_cast<int64_t>(seeds.size());
  record.seeds_reached =
      std::count_if(seeds.begin(), seeds.end(),
                    [](const auto& r) { return r.iterations.has_value(); });
  const auto iterations = Iterations(seeds);
  if (!iterations) return;
  record.iterations = Mean(*iterations);
  record.iterations_stderr = StandardError(*iterations);
  record.iterate = MostFrequent(seeds);
  if (!base) return;
  // T(1, 1) / T(K, H), paired by seed.
  const RatioEstimate free = PairedRatio(*base, *iterations);
  record.speedup_free = free.ratio;
  record.speedup_free_stderr = free.standard_error;
}

// T(epsilon) of every setting that was run, by seed.
using Measured = std::map<Setting, std::map<uint64_t, IterationsRecord>>;

// Those of one setting for all measuring seeds: not reached where there was no
// run.
std::vector<IterationsRecord> SeedsOf(const Grid& grid, const MeasuredArm& arm,
                                      const Measured& measured, double epsilon,
                                      const Size& size, int64_t H) {
  const auto found =
      measured.find(SettingOf(arm, epsilon, size, PeriodRun(grid, size.K, H)));
  std::vector<IterationsRecord> seeds;
  for (int64_t i = 0; i < grid.seeds; ++i) {
    IterationsRecord& record = seeds.emplace_back();
    const uint64_t seed = Seed(grid, i);
    if (found != measured.end() && found->second.count(seed) > 0) {
      record = found->second.at(seed);
    }
    std::tie(record.step_size, record.epsilon, record.batch, record.workers,
             record.period) = SettingOf(arm, epsilon, size, H);
    record.seed = seed;
  }
  return seeds;
}

// Puts the records of the pieces into the grid's order, each period with its
// own, and makes the speedups.
absl::Status Complete(const Problem& problem, const Grid& grid,
                      MeasuredSpeedup& all) {
  const Selections selections = SelectionsOf(all);
  Measured measured;
  for (const IterationsRecord& r : all.iterations) {
    measured[SettingOf(r)][r.seed] = r;
  }
  all.speedups.clear();
  all.iterations.clear();
  const bool has_base =
      std::count(grid.workers.begin(), grid.workers.end(), 1) > 0 &&
      std::count(grid.periods.begin(), grid.periods.end(), 1) > 0;
  std::vector<TuningRecord> ledger;
  for (const MeasuredArm& arm : grid.arms) {
    for (const double epsilon : arm.epsilons) {
      if (!arm.step_size) {
        std::copy_if(all.ledger.begin(), all.ledger.end(),
                     std::back_inserter(ledger),
                     [&](const auto& r) { return r.epsilon == epsilon; });
      }
      for (const Size& size : SizesOf(grid)) {
        std::optional<std::vector<double>> base;
        if (has_base) {
          base =
              Iterations(SeedsOf(grid, arm, measured, epsilon, {size.b, 1}, 1));
        }
        for (const int64_t H : grid.periods) {
          const auto seeds = SeedsOf(grid, arm, measured, epsilon, size, H);
          all.iterations.insert(all.iterations.end(), seeds.begin(),
                                seeds.end());
          SpeedupRecord& record = all.speedups.emplace_back();
          const auto chosen = selections.find(
              SettingOf(arm, epsilon, size, PeriodRun(grid, size.K, H)));
          if (chosen != selections.end()) record = chosen->second;
          record.dataset = problem.dataset;
          record.dataset_sha256 = problem.dataset_sha256;
          std::tie(record.step_size, record.epsilon, record.batch,
                   record.workers, record.period) =
              SettingOf(arm, epsilon, size, H);
          Summarise(seeds, base, record);
          Price(grid.rho, record);
        }
      }
    }
  }
  all.ledger = std::move(ledger);
  return absl::OkStatus();
}

Json DescribeArm(const Problem& problem, const Grid& grid,
                 const MeasuredArm& arm) {
  Json settings;
  settings["index_base"] = problem.index_base;
  settings["epsilon"] = arm.epsilons;
  settings["batch"] = grid.batches;
  settings["periods"] = grid.periods;
  settings["workers"] = grid.workers;
  settings["seeds"] = grid.seeds;
  settings["seed"] = grid.first_seed;
  if (arm.step_size) {
    settings["max_iterations"] = grid.max_iterations;
    return settings;
  }
  settings["selection_seed"] = SelectionSeed(grid);
  settings["max_gradients"] = grid.tuning.max_gradients;
  settings["exponents"] = {grid.tuning.smallest_exponent,
                           grid.tuning.largest_exponent};
  settings["exhaustive"] = grid.tuning.exhaustive;
  return settings;
}

Json DescribeArms(const Problem& problem, const Grid& grid) {
  Json arms;
  for (const MeasuredArm& arm : grid.arms) {
    arms[NameOf(arm)] = DescribeArm(problem, grid, arm);
  }
  return arms;
}

std::string DescribePieces(const Problem& problem, const Grid& grid) {
  return Json{{"arms", DescribeArms(problem, grid)}}.dump();
}

std::string Describe(const Problem& problem, const Grid& grid) {
  return Json{{"rho", grid.rho}, {"arms", DescribeArms(problem, grid)}}.dump();
}

absl::Status ValidateArm(const Problem& problem, const Grid& grid,
                         const MeasuredArm& arm) {
  for (const Size& size : SizesOf(grid)) {
    std::vector<RunSettings> settings;
    for (const int64_t H : DistinctPeriods(grid, size.K)) {
      if (!arm.step_size) {
        RETURN_IF_ERROR(
            ValidateSearch(problem.rows, SearchOptions(grid, arm, size, H)));
        continue;
      }
      settings.push_back(SettingsOf(grid, arm, size, H, grid.first_seed));
    }
    RETURN_IF_ERROR(ValidateSideBySide(problem, settings));
  }
  return absl::OkStatus();
}

absl::Status Validate(const Problem& problem, const Grid& grid) {
  RETURN_IF_ERROR(ValidateGridFlags(grid));
  for (const MeasuredArm& arm : grid.arms) {
    const absl::Status status = ValidateArm(problem, grid, arm);
    // What the solver does not take is no error of the command line.
    if (absl::IsInvalidArgument(status)) {
      return absl::FailedPreconditionError(status.message());
    }
    RETURN_IF_ERROR(status);
  }
  return absl::OkStatus();
}

MeasuredSpeedupGrid GridOf(bool quick) {
  MeasuredSpeedupGrid grid;
  if (!quick) return grid;
  for (MeasuredArm& arm : grid.arms) arm.epsilons = {0.005, 0.0001};
  grid.batches = {4};
  grid.periods = {1, 16};
  grid.workers = {1, 4, 16};
  return grid;
}

std::vector<double> EpsilonsOf(const Grid& grid) {
  std::vector<double> epsilons;
  for (const MeasuredArm& arm : grid.arms) {
    epsilons.insert(epsilons.end(), arm.epsilons.begin(), arm.epsilons.end());
  }
  return epsilons;
}

}  // namespace

absl::Status ValidateGridFlags(const MeasuredSpeedupGrid& grid) {
  RETURN_IF_ERROR(ValidateSeeds(grid.first_seed, grid.seeds));
  if (std::all_of(grid.arms.begin(), grid.arms.end(),
                  [](const auto& arm) { return arm.step_size.has_value(); })) {
    return absl::OkStatus();
  }
  const uint64_t selection = SelectionSeed(grid);
  if (selection - grid.first_seed < static_cast<uint64_t>(grid.seeds)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--selection_seed: ", selection, " is one of the measuring seeds ",
        grid.first_seed, " to ", Seed(grid, grid.seeds - 1),
        "; step sizes are chosen on another"));
  }
  const int64_t b = *std::max_element(grid.batches.begin(), grid.batches.end());
  const int64_t K = *std::max_element(grid.workers.begin(), grid.workers.end());
  if (grid.tuning.max_gradients < b * K) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--max_gradients=", grid.tuning.max_gradients, ": expected at least ",
        b * K, ", one iteration of b = ", b, " and K = ", K));
  }
  return absl::OkStatus();
}

const Experiment<MeasuredSpeedupGrid, MeasuredSpeedup>&
MeasuredSpeedupExperiment() {
  static const auto& experiment =
      *new Experiment<MeasuredSpeedupGrid, MeasuredSpeedup>{
          .study = &MeasuredSpeedupStudy(),
          .usage =
              "Measures T(epsilon) and the speedups of local SGD over a grid "
              "and writes measured_speedup.csv, measured_iterations.csv, "
              "measured_speedup_runs.jsonl and, when tuned, "
              "tuning_ledger.csv.",
          .settings = GridOf,
          .describe = Describe,
          .describe_pieces = DescribePieces,
          .validate = Validate,
          .stages = StagesOf,
          .complete = Complete,
          .epsilons = EpsilonsOf,
          .text = [](const MeasuredSpeedup& measured) {
            return SpeedupTablesText(measured.speedups);
          }};
  return experiment;
}

}  // namespace local_sgd
