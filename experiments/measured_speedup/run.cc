#include "experiments/measured_speedup/run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
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
#include "experiments/measured_speedup/iterations_record.h"
#include "experiments/measured_speedup/measured_json.h"
#include "experiments/measured_speedup/speedup_record.h"
#include "experiments/measured_speedup/tuning_record.h"
#include "experiments/pieces.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/side_by_side.h"
#include "experiments/single/single_run.h"
#include "lib/files/output_file.h"
#include "lib/records/table.h"
#include "lib/solver/run.h"
#include "lib/solver/step_size_search.h"
#include "lib/statistics/mean.h"
#include "lib/statistics/paired_ratio.h"
#include "lib/status_macros.h"
#include "lib/theory/speedup_model.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

std::string ArmName(const MeasuredSpeedupGrid& grid) {
  return grid.tuning ? kTunedStepSize : grid.step_size.text;
}

// With one worker the first period stands for all.
std::vector<int64_t> DistinctPeriods(const MeasuredSpeedupGrid& grid,
                                     int64_t workers) {
  return workers == 1 ? std::vector<int64_t>{grid.periods[0]} : grid.periods;
}

uint64_t Seed(const MeasuredSpeedupGrid& grid, int64_t i) {
  return grid.first_seed + static_cast<uint64_t>(i);
}

// Expected costs, in about a second of a core on w8a with the paper's settings.
double TuningCost(int64_t b, int64_t K) {
  return 1.0 + 0.003 * static_cast<double>(b * K);
}
double MeasuringCost(const MeasuredSpeedupGrid& grid, int64_t b, int64_t K) {
  return grid.tuning ? 0.6 + 0.003 * static_cast<double>(b * K)
                     : 0.06 * static_cast<double>(b * (K + 2));
}

RunSettings SettingsOf(const MeasuredSpeedupGrid& grid, int64_t b, int64_t K,
                       int64_t H, uint64_t seed) {
  RunSettings settings;
  settings.workers = K;
  settings.batch = b;
  settings.step_size = grid.step_size;
  settings.synchronisation = EveryPeriod(H);
  settings.synchronisation_text = absl::StrCat("period:", H);
  settings.termination.epsilons = grid.epsilons;
  settings.termination.max_iterations =
      grid.tuning ? grid.tuning->max_gradients / (b * K) : grid.max_iterations;
  settings.seed = seed;
  settings.threads = 1;
  return settings;
}

StepSizeSearchOptions SearchOptions(const MeasuredSpeedupGrid& grid, int64_t b,
                                    int64_t K, int64_t H) {
  StepSizeSearchOptions options;
  options.workers = K;
  options.batch = b;
  options.synchronisation = EveryPeriod(H);
  options.seed = grid.tuning->selection_seed;
  options.epsilons = grid.epsilons;
  std::sort(options.epsilons.begin(), options.epsilons.end(),
            std::greater<double>());
  options.max_gradients = grid.tuning->max_gradients;
  options.smallest_exponent = grid.tuning->smallest_exponent;
  options.largest_exponent = grid.tuning->largest_exponent;
  options.exhaustive = grid.tuning->exhaustive;
  return options;
}

using Configuration = std::tuple<int64_t, int64_t, int64_t>;  // b, K, H

// What the selection seed says about every configuration.
using Searches = std::map<Configuration, std::vector<StepSizeSearch>>;

const StepSizeSearch& SearchFor(const std::vector<StepSizeSearch>& searches,
                                double epsilon) {
  return *std::find_if(searches.begin(), searches.end(),
                       [epsilon](const StepSizeSearch& search) {
                         return search.epsilon == epsilon;
                       });
}

absl::StatusOr<Searches> Tune(const Problem& problem,
                              const MeasuredSpeedupGrid& grid,
                              const PieceReports& reports) {
  std::vector<Piece> pieces;
  std::vector<Configuration> configurations;
  for (const int64_t b : grid.batches) {
    for (const int64_t K : grid.workers) {
      for (const int64_t H : DistinctPeriods(grid, K)) {
        Piece piece;
        piece.key = absl::StrCat("tuning b = ", b, ", K = ", K, ", H = ", H);
        piece.cost = TuningCost(b, K);
        piece.run = [&problem,
                     options = SearchOptions(grid, b, K, H)]() -> Json {
          return ToJson(SearchStepSizes(problem.objective, problem.rows,
                                        problem.optimum.value, options,
                                        /*times=*/nullptr));
        };
        configurations.push_back({b, K, H});
        pieces.push_back(std::move(piece));
      }
    }
  }
  ASSIGN_OR_RETURN(const auto results,
                   RunPieces(pieces, grid.threads, reports));
  Searches searches;
  for (size_t i = 0; i < pieces.size(); ++i) {
    ASSIGN_OR_RETURN(std::vector<StepSizeSearch> search,
                     SearchesFromJson(results.at(pieces[i].key)));
    searches[configurations[i]] = std::move(search);
  }
  return searches;
}

// The runs of one b, K and seed, which run side by side. A chosen step size
// that serves two epsilons is run once.
std::vector<GridRun> RunsOf(const MeasuredSpeedupGrid& grid,
                            const Searches& searches, int64_t b, int64_t K,
                            uint64_t seed) {
  std::vector<GridRun> runs;
  for (const int64_t H : DistinctPeriods(grid, K)) {
    GridRun run;
    run.arm = ArmName(grid);
    run.settings = SettingsOf(grid, b, K, H, seed);
    run.period = H;
    if (!grid.tuning) {
      runs.push_back(std::move(run));
      continue;
    }
    const size_t first = runs.size();
    for (const double epsilon : grid.epsilons) {
      const StepSizeSearch& search = SearchFor(searches.at({b, K, H}), epsilon);
      if (!search.winner) continue;
      const StepSizeChoice choice =
          ChoiceOf(search.ledger[*search.winner].candidate);
      const auto same =
          std::find_if(runs.begin() + static_cast<int64_t>(first), runs.end(),
                       [&choice](const GridRun& other) {
                         return other.settings.step_size.text == choice.text;
                       });
      if (same != runs.end()) {
        same->settings.termination.epsilons.push_back(epsilon);
        continue;
      }
      run.settings.step_size = choice;
      run.settings.termination.epsilons = {epsilon};
      runs.push_back(run);
    }
  }
  return runs;
}

absl::StatusOr<std::vector<GridRun>> Measure(const Problem& problem,
                                             const MeasuredSpeedupGrid& grid,
                                             const Searches& searches,
                                             const PieceReports& reports) {
  std::vector<Piece> pieces;
  std::vector<std::vector<GridRun>> runs_of;
  for (const int64_t b : grid.batches) {
    for (const int64_t K : grid.workers) {
      for (int64_t i = 0; i < grid.seeds; ++i) {
        runs_of.push_back(RunsOf(grid, searches, b, K, Seed(grid, i)));
        std::vector<RunSettings> settings;
        for (const GridRun& run : runs_of.back()) {
          settings.push_back(run.settings);
        }
        Piece piece;
        piece.key = absl::StrCat(ArmName(grid), " b = ", b, ", K = ", K,
                                 ", seed ", Seed(grid, i));
        piece.cost = MeasuringCost(grid, b, K);
        piece.run = [&problem, settings]() -> absl::StatusOr<Json> {
          if (settings.empty()) return Json::array();
          ASSIGN_OR_RETURN(const auto summaries,
                           RunSideBySide(problem, settings));
          return ToJson(summaries);
        };
        pieces.push_back(std::move(piece));
      }
    }
  }
  ASSIGN_OR_RETURN(const auto results,
                   RunPieces(pieces, grid.threads, reports));
  std::vector<GridRun> runs;
  for (size_t i = 0; i < pieces.size(); ++i) {
    ASSIGN_OR_RETURN(const auto summaries,
                     SummariesFromJson(results.at(pieces[i].key)));
    if (summaries.size() != runs_of[i].size()) {
      return absl::InternalError(absl::StrCat(pieces[i].key, ": ",
                                              summaries.size(), " runs, not ",
                                              runs_of[i].size()));
    }
    for (size_t r = 0; r < runs_of[i].size(); ++r) {
      runs_of[i][r].summary = summaries[r];
      runs.push_back(std::move(runs_of[i][r]));
    }
  }
  return runs;
}

// T(epsilon) of each measuring seed, by configuration; not reached where there
// was no run.
using Measured =
    std::map<std::pair<double, Configuration>, std::vector<Reached>>;

Measured BySetting(const MeasuredSpeedupGrid& grid,
                   const std::vector<GridRun>& runs) {
  Measured measured;
  for (const GridRun& run : runs) {
    const size_t i = static_cast<size_t>(run.settings.seed - grid.first_seed);
    for (const Reached& reached : run.summary.reached) {
      std::vector<Reached>& seeds =
          measured[{reached.epsilon,
                    {run.settings.batch, run.settings.workers, run.period}}];
      seeds.resize(static_cast<size_t>(grid.seeds));
      seeds[i] = reached;
    }
  }
  return measured;
}

// The epsilons, configurations and measuring seeds whose run diverged before it
// reached epsilon.
using Diverged = std::set<std::tuple<double, Configuration, uint64_t>>;

Diverged DivergedRuns(const std::vector<GridRun>& runs) {
  Diverged diverged;
  for (const GridRun& run : runs) {
    if (!run.summary.diverged) continue;
    for (const Reached& reached : run.summary.reached) {
      if (reached.iterations > 0) continue;
      diverged.insert({reached.epsilon,
                       {run.settings.batch, run.settings.workers, run.period},
                       run.settings.seed});
    }
  }
  return diverged;
}

// The name that most seeds give, the first in the order of Iterate among
// equals.
std::string MostFrequent(const std::vector<Reached>& seeds) {
  std::array<int, kNumIterates> counts = {};
  for (const Reached& r : seeds) ++counts[static_cast<int>(r.iterate)];
  const auto most = std::max_element(counts.begin(), counts.end());
  return std::string(IterateName(static_cast<Iterate>(most - counts.begin())));
}

// T of every seed, or nothing when one misses the target.
std::optional<std::vector<double>> Iterations(
    const std::vector<Reached>& seeds) {
  std::vector<double> iterations;
  for (const Reached& r : seeds) {
    if (r.iterations <= 0) return std::nullopt;
    iterations.push_back(static_cast<double>(r.iterations));
  }
  if (iterations.empty()) return std::nullopt;
  return iterations;
}

void SummariseSeeds(const std::vector<Reached>& seeds, SpeedupRecord& record) {
  for (const Reached& r : seeds) record.seeds_reached += r.iterations > 0;
  const auto iterations = Iterations(seeds);
  if (!iterations) return;
  record.iterations = Mean(*iterations);
  record.iterations_stderr = StandardError(*iterations);
  record.iterate = MostFrequent(seeds);
}

void DescribeSelection(const StepSizeSearch& search, SpeedupRecord& record) {
  if (!search.winner) return;
  const CandidateResult& winner = search.ledger[*search.winner];
  record.iterations_selected = winner.iterations;
  record.chosen_family = FamilyName(winner.candidate.family);
  record.chosen_exponent = winner.candidate.exponent;
  record.chosen_iterate = std::string(IterateName(winner.iterate));
  record.chosen_interior = search.interior ? "yes" : "no";
  if (!search.runner_up) return;
  const CandidateResult& second = search.ledger[*search.runner_up];
  record.runner_up_family = FamilyName(second.candidate.family);
  record.runner_up_exponent = second.candidate.exponent;
  record.runner_up_iterations = second.iterations;
  record.runner_up_iterate = std::string(IterateName(second.iterate));
}

// T(1, 1) / T(K, H), paired by seed, and divided by what communication costs.
void PriceSpeedup(const std::vector<Reached>& base,
                  const std::vector<Reached>& seeds, double rho,
                  SpeedupRecord& record) {
  record.rho = rho;
  const auto base_iterations = Iterations(base);
  const auto iterations = Iterations(seeds);
  if (!base_iterations || !iterations) return;
  const RatioEstimate free = PairedRatio(*base_iterations, *iterations);
  const auto priced = [&](CostModel model) {
    return free.ratio / CommunicationFactor(model, rho, record.workers,
                                            record.period, record.batch);
  };
  record.speedup_free = free.ratio;
  record.speedup_free_stderr = free.standard_error;
  record.speedup_star = priced(CostModel::kStar);
  record.speedup_ring = priced(CostModel::kRing);
}

void AddLedger(const MeasuredSpeedupGrid& grid, const StepSizeSearch& search,
               int64_t b, int64_t K, int64_t H,
               std::vector<TuningRecord>& ledger) {
  for (const CandidateResult& result : search.ledger) {
    TuningRecord record;
    record.epsilon = search.epsilon;
    record.batch = b;
    record.workers = K;
    record.period = H;
    record.seed = grid.tuning->selection_seed;
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
    ledger.push_back(std::move(record));
  }
}

// The records of the runs, which they take over.
MeasuredSpeedup MakeRecords(const Problem& problem,
                            const MeasuredSpeedupGrid& grid,
                            const Searches& searches,
                            std::vector<GridRun> runs) {
  MeasuredSpeedup result;
  Measured measured = BySetting(grid, runs);
  const Diverged diverged = DivergedRuns(runs);
  const auto seeds_of = [&](double epsilon, int64_t b, int64_t K, int64_t H) {
    const int64_t period = K == 1 ? grid.periods[0] : H;
    std::vector<Reached>& seeds = measured[{epsilon, {b, K, period}}];
    seeds.resize(static_cast<size_t>(grid.seeds));
    return seeds;
  };
  const bool has_base =
      std::count(grid.workers.begin(), grid.workers.end(), 1) > 0 &&
      std::count(grid.periods.begin(), grid.periods.end(), 1) > 0;
  for (const double epsilon : grid.epsilons) {
    for (const int64_t b : grid.batches) {
      for (const int64_t K : grid.workers) {
        for (const int64_t H : grid.periods) {
          const std::vector<Reached> seeds = seeds_of(epsilon, b, K, H);
          SpeedupRecord record;
          record.dataset = problem.dataset;
          record.dataset_sha256 = problem.dataset_sha256;
          record.step_size = ArmName(grid);
          record.epsilon = epsilon;
          record.batch = b;
          record.workers = K;
          record.period = H;
          record.seeds = grid.seeds;
          SummariseSeeds(seeds, record);
          PriceSpeedup(
              has_base ? seeds_of(epsilon, b, 1, 1) : std::vector<Reached>(),
              seeds, grid.rho, record);
          if (grid.tuning) {
            const int64_t period = K == 1 ? grid.periods[0] : H;
            const StepSizeSearch& search =
                SearchFor(searches.at({b, K, period}), epsilon);
            DescribeSelection(search, record);
            if (H == period) AddLedger(grid, search, b, K, H, result.ledger);
          }
          for (int64_t i = 0; i < grid.seeds; ++i) {
            const Reached& reached = seeds[static_cast<size_t>(i)];
            IterationsRecord iterations;
            iterations.step_size = record.step_size;
            iterations.epsilon = epsilon;
            iterations.batch = b;
            iterations.workers = K;
            iterations.period = H;
            iterations.seed = Seed(grid, i);
            if (reached.iterations > 0) {
              iterations.iterations = reached.iterations;
              iterations.iterate = std::string(IterateName(reached.iterate));
            }
            iterations.diverged =
                diverged.count({epsilon,
                                {b, K, K == 1 ? grid.periods[0] : H},
                                iterations.seed}) > 0;
            result.iterations.push_back(std::move(iterations));
          }
          result.records.push_back(std::move(record));
        }
      }
    }
  }
  result.runs = std::move(runs);
  return result;
}

template <class T>
void MoveTo(std::vector<T>& from, std::vector<T>& to) {
  for (T& element : from) to.push_back(std::move(element));
}

}  // namespace

std::vector<MeasuredSpeedupGrid> TunedAndTheoretical(
    const MeasuredSpeedupGrid& theoretical) {
  MeasuredSpeedupGrid tuned = theoretical;
  tuned.tuning.emplace();
  tuned.tuning->selection_seed =
      SelectionSeedFor(tuned.first_seed, tuned.seeds);
  tuned.epsilons = TunedEpsilons();
  return {std::move(tuned), theoretical};
}

void Append(MeasuredSpeedup addend, MeasuredSpeedup& sum) {
  MoveTo(addend.runs, sum.runs);
  MoveTo(addend.records, sum.records);
  MoveTo(addend.iterations, sum.iterations);
  MoveTo(addend.ledger, sum.ledger);
}

Json JournalSettings(const Problem& problem, const MeasuredSpeedupGrid& grid) {
  Json settings;
  settings["dataset_sha256"] = problem.dataset_sha256;
  settings["index_base"] = problem.index_base;
  settings["step_size"] = ArmName(grid);
  settings["epsilon"] = grid.epsilons;
  settings["batch"] = grid.batches;
  settings["periods"] = grid.periods;
  settings["workers"] = grid.workers;
  settings["seeds"] = grid.seeds;
  settings["seed"] = grid.first_seed;
  if (grid.tuning) {
    settings["selection_seed"] = grid.tuning->selection_seed;
    settings["max_gradients"] = grid.tuning->max_gradients;
    settings["exponents"] = {grid.tuning->smallest_exponent,
                             grid.tuning->largest_exponent};
    settings["exhaustive"] = grid.tuning->exhaustive;
  } else {
    settings["max_iterations"] = grid.max_iterations;
  }
  return settings;
}

double ExpectedCost(const MeasuredSpeedupGrid& grid) {
  double cost = 0.0;
  for (const int64_t b : grid.batches) {
    for (const int64_t K : grid.workers) {
      cost += static_cast<double>(grid.seeds) * MeasuringCost(grid, b, K);
      if (grid.tuning) {
        cost += TuningCost(b, K) *
                static_cast<double>(DistinctPeriods(grid, K).size());
      }
    }
  }
  return cost;
}

absl::Status ValidateGridFlags(const MeasuredSpeedupGrid& grid) {
  RETURN_IF_ERROR(ValidateSeeds(grid.first_seed, grid.seeds));
  if (!grid.tuning) return absl::OkStatus();
  const uint64_t selection = grid.tuning->selection_seed;
  if (selection - grid.first_seed < static_cast<uint64_t>(grid.seeds)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--selection_seed: ", selection, " is one of the measuring seeds ",
        grid.first_seed, " to ", Seed(grid, grid.seeds - 1),
        "; step sizes are chosen on another"));
  }
  const int64_t b = *std::max_element(grid.batches.begin(), grid.batches.end());
  const int64_t K = *std::max_element(grid.workers.begin(), grid.workers.end());
  if (grid.tuning->max_gradients < b * K) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--max_gradients=", grid.tuning->max_gradients, ": expected at least ",
        b * K, ", one iteration of b = ", b, " and K = ", K));
  }
  return absl::OkStatus();
}

absl::Status ValidateGrid(const Problem& problem,
                          const MeasuredSpeedupGrid& grid) {
  RETURN_IF_ERROR(ValidateGridFlags(grid));
  for (const int64_t b : grid.batches) {
    for (const int64_t K : grid.workers) {
      if (!grid.tuning) {
        std::vector<RunSettings> settings;
        for (const int64_t H : DistinctPeriods(grid, K)) {
          settings.push_back(SettingsOf(grid, b, K, H, grid.first_seed));
        }
        RETURN_IF_ERROR(ValidateSideBySide(problem, settings));
        continue;
      }
      for (const int64_t H : DistinctPeriods(grid, K)) {
        RETURN_IF_ERROR(
            ValidateSearch(problem.rows, SearchOptions(grid, b, K, H)));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<MeasuredSpeedup> RunMeasuredSpeedup(
    const Problem& problem, const MeasuredSpeedupGrid& grid,
    const PieceReports& reports) {
  RETURN_IF_ERROR(ValidateGrid(problem, grid));
  Searches searches;
  if (grid.tuning) {
    ASSIGN_OR_RETURN(searches, Tune(problem, grid, reports));
  }
  ASSIGN_OR_RETURN(std::vector<GridRun> runs,
                   Measure(problem, grid, searches, reports));
  return MakeRecords(problem, grid, searches, std::move(runs));
}

absl::StatusOr<std::vector<std::string>> WriteMeasuredSpeedup(
    const Problem& problem, const MeasuredSpeedup& measured,
    const BuildInfo& build, const std::string& output_dir) {
  RETURN_IF_ERROR(EnsureFolder(output_dir));
  std::string lines;
  for (const GridRun& run : measured.runs) {
    Json record;
    record["arm"] = run.arm;
    record.update(RunRecord(problem, run.settings, run.summary, build));
    absl::StrAppend(&lines,
                    record.dump(-1, ' ', false, Json::error_handler_t::replace),
                    "\n");
  }
  std::vector<std::pair<std::string, absl::StatusOr<std::string>>> files = {
      {"measured_speedup.csv",
       ToCsv(ToTable(SpeedupSchema(), measured.records))},
      {"measured_iterations.csv",
       ToCsv(ToTable(IterationsSchema(), measured.iterations))},
      {"measured_speedup_runs.jsonl", lines}};
  const std::string ledger_name = "tuning_ledger.csv";
  if (!measured.ledger.empty()) {
    files.push_back(
        {ledger_name, ToCsv(ToTable(TuningSchema(), measured.ledger))});
  }
  std::vector<std::string> paths;
  for (const auto& [name, contents] : files) {
    if (!contents.ok()) return contents.status();
    paths.push_back(absl::StrCat(output_dir, "/", name));
    RETURN_IF_ERROR(WriteFileAtomically(paths.back(), *contents));
  }
  // That of an earlier run goes when all that takes its place is there.
  if (measured.ledger.empty()) {
    std::remove(absl::StrCat(output_dir, "/", ledger_name).c_str());
  }
  return paths;
}

}  // namespace local_sgd
