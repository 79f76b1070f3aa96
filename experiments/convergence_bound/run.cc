#include "experiments/convergence_bound/run.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/convergence_bound/records.h"
#include "experiments/pieces.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/run_settings.h"
#include "lib/files/output_file.h"
#include "lib/objective/lanes.h"
#include "lib/objective/problem_constants.h"
#include "lib/objective/vector_operations.h"
#include "lib/program/journal.h"
#include "lib/program/progress.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/iterates.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/trajectories.h"
#include "lib/solver/worker_measures.h"
#include "lib/statistics/mean.h"
#include "lib/status_macros.h"
#include "lib/theory/convergence_bound.h"
#include "lib/theory/step_size.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kExperiment[] = "convergence_bound";

// Moments are exact over the samples, so two workers of K do.
constexpr int64_t kWorkersLookedAt = 2;

LocalSgdOptions OptionsOf(const BoundRuns& runs,
                          const WorkersAndBatch& configuration, int64_t period,
                          uint64_t seed) {
  LocalSgdOptions options;
  options.workers = configuration.workers;
  options.batch = configuration.batch;
  options.averaging_shift = ShiftOf(runs, period);
  options.step_size =
      TheoremStepSize(runs.curvature.strong_convexity, options.averaging_shift);
  options.synchronisation = EveryPeriod(period);
  options.seed = seed;
  return options;
}

// What a piece runs: one configuration and seed, every period in a lane.
struct PieceSettings {
  WorkersAndBatch configuration;
  std::vector<int64_t> periods;
  uint64_t seed = 0;
  bool with_moments = false;
  // Of the draws for the averaged gradient; no two configurations share it.
  int64_t first_measuring_worker = 0;
  int64_t gradient_draws = 0;
};

// The drifts and moments at a check point T, at the last step before it.
void MeasureWorkers(const Problem& problem, const PieceSettings& settings,
                    const TrajectoryLanes& at, bool last_check,
                    std::vector<BoundRun>& results) {
  const WorkersAndBatch& c = settings.configuration;
  for (const int l : at.lanes) {
    BoundRun& run = results[at.Place(l)];
    const Iterates iterates = at.algorithm.LaneState(l).iterates;
    run.drifts.push_back(WorkerDrift(iterates));
    if (settings.with_moments) {
      const int64_t looked_at = std::min(kWorkersLookedAt, c.workers);
      run.moments.push_back(
          MomentsAtWorkers(problem.objective, iterates, looked_at).largest);
    }
    if (!last_check || at.Place(l) + 1 != results.size()) continue;
    const double variance =
        MomentsAtWorkers(problem.objective, iterates, c.workers).mean_variance;
    const double ratio =
        static_cast<double>(c.workers * c.batch) / variance *
        Mean(AveragedGradientDeviations(
            problem.objective, iterates, c.batch, settings.seed,
            settings.first_measuring_worker, settings.gradient_draws));
    // Samples that agree have no variance to compare with.
    if (std::isfinite(ratio)) run.gradient_variance_ratio = ratio;
  }
}

std::vector<BoundRun> RunPiece(const Problem& problem, const BoundRuns& runs,
                               const PieceSettings& settings) {
  const std::vector<int64_t> checks = CheckPoints(runs.grid);
  const std::set<int64_t> ends(checks.begin(), checks.end());
  std::set<int64_t> looks = ends;
  for (const int64_t T : checks) looks.insert(T - 1);
  std::vector<BoundRun> results;
  std::vector<Trajectory> trajectories;
  for (const int64_t period : settings.periods) {
    trajectories.push_back(
        {OptionsOf(runs, settings.configuration, period, settings.seed),
         {looks.begin(), looks.end()}});
    BoundRun run;
    run.configuration = settings.configuration;
    run.period = period;
    run.seed = settings.seed;
    results.push_back(std::move(run));
  }
  FollowTrajectories(
      problem.rows, problem.objective.lambda, trajectories,
      [&](const TrajectoryLanes& at) {
        const int64_t t = at.algorithm.iteration();
        if (ends.count(t + 1) > 0) {
          MeasureWorkers(problem, settings, at, t + 1 == checks.back(),
                         results);
        }
        if (ends.count(t) == 0) return;
        const std::vector<double> errors =
            GapsAt(problem.objective, problem.optimum.value,
                   MeanIteratesOf(at, Iterate::kQuadratic));
        for (size_t i = 0; i < errors.size(); ++i) {
          results[at.Place(at.lanes[i])].errors.push_back(errors[i]);
        }
      });
  return results;
}

Json ToJson(const std::vector<BoundRun>& runs) {
  Json json = Json::array();
  for (const BoundRun& run : runs) {
    Json item;
    item["period"] = run.period;
    item["errors"] = run.errors;
    item["drifts"] = run.drifts;
    item["variances"] = Json::array();
    item["second_moments"] = Json::array();
    for (const GradientMoments& moments : run.moments) {
      item["variances"].push_back(moments.variance);
      item["second_moments"].push_back(moments.second_moment);
    }
    if (run.gradient_variance_ratio) {
      item["gradient_variance_ratio"] = *run.gradient_variance_ratio;
    }
    json.push_back(std::move(item));
  }
  return json;
}

std::optional<std::vector<double>> Numbers(const Json& item, const char* name) {
  if (!item.is_object() || !item.contains(name) || !item[name].is_array()) {
    return std::nullopt;
  }
  std::vector<double> numbers;
  for (const Json& number : item[name]) {
    if (!number.is_number()) return std::nullopt;
    numbers.push_back(number.get<double>());
  }
  return numbers;
}

absl::StatusOr<std::vector<BoundRun>> RunsFromJson(
    const Json& json, const PieceSettings& settings, size_t check_points) {
  const auto wrong = [] {
    return absl::InternalError(
        "a journal line of convergence_bound has "
        "another shape than expected");
  };
  if (!json.is_array() || json.size() != settings.periods.size()) {
    return wrong();
  }
  std::vector<BoundRun> runs;
  for (size_t i = 0; i < json.size(); ++i) {
    const auto errors = Numbers(json[i], "errors");
    const auto drifts = Numbers(json[i], "drifts");
    const auto variances = Numbers(json[i], "variances");
    const auto second_moments = Numbers(json[i], "second_moments");
    const size_t moments = settings.with_moments ? check_points : 0;
    if (!errors || !drifts || !variances || !second_moments ||
        errors->size() != check_points || drifts->size() != check_points ||
        variances->size() != moments || second_moments->size() != moments) {
      return wrong();
    }
    BoundRun run;
    run.configuration = settings.configuration;
    run.period = settings.periods[i];
    run.seed = settings.seed;
    run.errors = *errors;
    run.drifts = *drifts;
    for (size_t m = 0; m < moments; ++m) {
      run.moments.push_back({(*second_moments)[m], (*variances)[m]});
    }
    const auto ratio = json[i].find("gradient_variance_ratio");
    if (i + 1 == json.size() && ratio != json[i].end()) {
      if (!ratio->is_number()) return wrong();
      run.gradient_variance_ratio = ratio->get<double>();
    }
    runs.push_back(std::move(run));
  }
  return runs;
}

Json JournalSettings(const Problem& problem,
                     const ConvergenceBoundSettings& settings,
                     const std::string& version) {
  Json json;
  json["experiment"] = kExperiment;
  json["version"] = version;
  json["dataset_sha256"] = problem.dataset_sha256;
  json["index_base"] = problem.index_base;
  json["first_seed"] = settings.first_seed;
  json["gradient_draws"] = settings.gradient_draws;
  json["grids"] = Json::array();
  for (const BoundGrid& grid : settings.grids) {
    Json item;
    item["lambda"] = grid.lambda ? Json(*grid.lambda) : Json("1/n");
    for (const WorkersAndBatch& c : grid.configurations) {
      item["configurations"].push_back({c.workers, c.batch});
    }
    item["periods"] = grid.periods;
    item["max_iterations"] = grid.max_iterations;
    item["seeds"] = grid.seeds;
    json["grids"].push_back(std::move(item));
  }
  return json;
}

double LambdaOf(const Problem& problem, const BoundGrid& grid) {
  return grid.lambda.value_or(
      1.0 / static_cast<double>(problem.objective.num_samples()));
}

// Of the grids that have the same lambda on these data, as 1/n and 0.01 with
// n = 100, the first one stands for all.
std::vector<BoundGrid> DistinctGrids(const Problem& problem,
                                     const std::vector<BoundGrid>& grids) {
  std::vector<BoundGrid> distinct;
  std::set<double> lambdas;
  for (const BoundGrid& grid : grids) {
    if (lambdas.insert(LambdaOf(problem, grid)).second)
      distinct.push_back(grid);
  }
  return distinct;
}

// The problem's constants, without runs.
BoundRuns Prepare(const Problem& problem, const BoundGrid& grid) {
  BoundRuns runs;
  runs.lambda_text = grid.lambda ? ShortestText(*grid.lambda) : "1/n";
  runs.lambda = problem.objective.lambda;
  runs.curvature = problem.curvature;
  runs.start_distance_square = SquaredNorm(problem.optimum.point);
  runs.a_priori = APrioriMoments(problem.objective);
  runs.path =
      MomentsAt(problem.objective,
                std::vector<double>(problem.objective.num_features(), 0.0));
  runs.grid = grid;
  return runs;
}

}  // namespace

ConvergenceBoundSettings DefaultConvergenceBound() {
  ConvergenceBoundSettings settings;
  BoundGrid paper;
  paper.configurations = {{1, 1}, {4, 1}};
  paper.periods = {1, 256, 4096};
  paper.max_iterations = int64_t{1} << 22;
  paper.seeds = 3;
  BoundGrid conditioned;
  conditioned.lambda = 0.01;
  conditioned.configurations = {{1, 1}, {1, 4}, {4, 1}, {16, 1}};
  conditioned.periods = {1, 16, 64, 256, 1024};
  conditioned.max_iterations = int64_t{1} << 19;
  conditioned.seeds = 9;
  settings.grids = {paper, conditioned};
  return settings;
}

ConvergenceBoundSettings QuickConvergenceBound() {
  ConvergenceBoundSettings settings = DefaultConvergenceBound();
  settings.gradient_draws = 1000;
  for (BoundGrid& grid : settings.grids) {
    grid.configurations = {{1, 1}, {4, 1}};
    grid.periods = {1, 16, 64};
    grid.max_iterations = int64_t{1} << 13;
    grid.seeds = 2;
  }
  return settings;
}

absl::Status ValidateConvergenceBound(
    const ConvergenceBoundSettings& settings) {
  if (settings.gradient_draws < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "gradient_draws must be at least 2, but is ", settings.gradient_draws));
  }
  if (settings.grids.empty()) {
    return absl::InvalidArgumentError("no grid of runs");
  }
  for (const BoundGrid& grid : settings.grids) {
    if (grid.configurations.empty() || grid.periods.empty()) {
      return absl::InvalidArgumentError(
          "a grid needs at least one K, one b and one H");
    }
    if (grid.periods.size() > kLanes) {
      return absl::InvalidArgumentError(
          absl::StrCat("--periods: ", grid.periods.size(),
                       " periods, expected at most ", kLanes));
    }
    if (grid.max_iterations < 1 || grid.seeds < 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("max_iterations and seeds must be at least 1, but are ",
                       grid.max_iterations, " and ", grid.seeds));
    }
    RETURN_IF_ERROR(ValidateSeeds(settings.first_seed, grid.seeds));
  }
  return absl::OkStatus();
}

absl::StatusOr<JournaledConvergenceBound> RunConvergenceBound(
    const Problem& problem, const ConvergenceBoundSettings& all,
    const std::string& version, const std::string& folder) {
  RETURN_IF_ERROR(ValidateConvergenceBound(all));
  ConvergenceBoundSettings settings = all;
  settings.grids = DistinctGrids(problem, all.grids);
  ConvergenceBound result;
  result.dataset = problem.dataset;
  result.dataset_sha256 = problem.dataset_sha256;
  std::vector<Problem> others;  // with another lambda than `problem`
  others.reserve(settings.grids.size());
  std::vector<const Problem*> problems;  // of each grid
  for (const BoundGrid& grid : settings.grids) {
    const double lambda = LambdaOf(problem, grid);
    if (lambda == problem.objective.lambda) {
      problems.push_back(&problem);
    } else {
      ASSIGN_OR_RETURN(Problem other, WithRegularization(problem, lambda));
      others.push_back(std::move(other));
      problems.push_back(&others.back());
    }
    result.problems.push_back(Prepare(*problems.back(), grid));
  }

  std::vector<Piece> pieces;
  std::vector<std::pair<size_t, PieceSettings>> settings_of;  // problem
  int64_t blocks = 0;
  double cost = 0.0;
  for (size_t p = 0; p < problems.size(); ++p) {
    const BoundRuns& runs = result.problems[p];
    for (const WorkersAndBatch& c : runs.grid.configurations) {
      for (int64_t i = 0; i < runs.grid.seeds; ++i) {
        PieceSettings piece_settings;
        piece_settings.configuration = c;
        piece_settings.periods = PeriodsOf(runs.grid, c);
        piece_settings.seed = settings.first_seed + static_cast<uint64_t>(i);
        piece_settings.with_moments = i == 0;
        piece_settings.first_measuring_worker =
            kFirstMeasuringWorker * (1 + blocks);
        piece_settings.gradient_draws = settings.gradient_draws;
        for (const int64_t period : piece_settings.periods) {
          RETURN_IF_ERROR(
              ValidateOptions(problems[p]->rows,
                              OptionsOf(runs, c, period, piece_settings.seed)));
        }
        Piece piece;
        piece.key =
            absl::StrCat("lambda = ", runs.lambda_text, ", K = ", c.workers,
                         ", b = ", c.batch, ", seed ", piece_settings.seed);
        piece.cost =
            static_cast<double>(runs.grid.max_iterations * c.workers * c.batch);
        piece.run = [&problems, &runs, p,
                     piece_settings]() -> absl::StatusOr<Json> {
          return ToJson(RunPiece(*problems[p], runs, piece_settings));
        };
        cost += piece.cost;
        pieces.push_back(std::move(piece));
        settings_of.emplace_back(p, std::move(piece_settings));
      }
      ++blocks;
    }
  }
  ASSIGN_OR_RETURN(Journal journal,
                   BeginResumable(kExperiment, folder,
                                  JournalSettings(problem, settings, version)));
  Progress progress(kExperiment, cost, std::cerr, StderrIsTerminal());
  ASSIGN_OR_RETURN(const auto results,
                   RunPieces(pieces, settings.threads, {&journal, &progress}));
  for (size_t i = 0; i < pieces.size(); ++i) {
    const auto& [p, piece_settings] = settings_of[i];
    BoundRuns& runs = result.problems[p];
    ASSIGN_OR_RETURN(const auto of_piece,
                     RunsFromJson(results.at(pieces[i].key), piece_settings,
                                  CheckPoints(runs.grid).size()));
    for (const BoundRun& run : of_piece) {
      for (const GradientMoments& moments : run.moments) {
        runs.path.variance = std::max(runs.path.variance, moments.variance);
        runs.path.second_moment =
            std::max(runs.path.second_moment, moments.second_moment);
      }
      runs.runs.push_back(run);
    }
  }
  return JournaledConvergenceBound{std::move(result), std::move(journal)};
}

std::vector<int64_t> CheckPoints(const BoundGrid& grid) {
  constexpr size_t kMostPoints = 12;
  std::vector<int64_t> points;
  for (int64_t T = 1; T <= grid.max_iterations; T *= 2) {
    if (points.size() == kMostPoints) points.erase(points.begin());
    points.push_back(T);
  }
  return points;
}

std::vector<int64_t> PeriodsOf(const BoundGrid& grid,
                               const WorkersAndBatch& configuration) {
  if (configuration.workers == 1) return {grid.periods.front()};
  return grid.periods;
}

double ShiftOf(const BoundRuns& runs, int64_t period) {
  return TheoremShift(runs.curvature.condition_number, period);
}

BoundSettings BoundSettingsOf(const BoundRuns& runs,
                              const GradientMoments& moments,
                              const WorkersAndBatch& configuration,
                              int64_t period, int64_t T) {
  BoundSettings settings;
  settings.iterations = T;
  settings.workers = configuration.workers;
  settings.batch = configuration.batch;
  settings.shift = ShiftOf(runs, period);
  settings.strong_convexity = runs.curvature.strong_convexity;
  settings.smoothness = runs.curvature.smoothness;
  settings.variance = moments.variance;
  settings.second_moment = moments.second_moment;
  settings.start_distance_square = runs.start_distance_square;
  return settings;
}

BoundTerms BoundOf(const BoundRuns& runs, const GradientMoments& moments,
                   const WorkersAndBatch& configuration, int64_t period,
                   int64_t T) {
  return SynchronousBound(
      BoundSettingsOf(runs, moments, configuration, period, T), period);
}

std::vector<Family> Families(const BoundRuns& problem) {
  std::vector<Family> families;
  for (const WorkersAndBatch& c : problem.grid.configurations) {
    for (const int64_t period : PeriodsOf(problem.grid, c)) {
      Family family;
      family.configuration = c;
      family.period = period;
      for (const BoundRun& run : problem.runs) {
        if (run.configuration.workers == c.workers &&
            run.configuration.batch == c.batch && run.period == period) {
          family.seeds.push_back(&run);
        }
      }
      families.push_back(std::move(family));
    }
  }
  return families;
}

std::vector<ConvergenceBoundRecord> BoundRecords(
    const ConvergenceBound& result) {
  std::vector<ConvergenceBoundRecord> records;
  for (const BoundRuns& problem : result.problems) {
    const std::vector<int64_t> points = CheckPoints(problem.grid);
    for (const Family& family : Families(problem)) {
      for (size_t i = 0; i < points.size(); ++i) {
        ConvergenceBoundRecord r;
        r.dataset = result.dataset;
        r.dataset_sha256 = result.dataset_sha256;
        r.lambda = problem.lambda;
        r.workers = family.configuration.workers;
        r.batch = family.configuration.batch;
        r.period = family.period;
        r.iterations = points[i];
        r.seeds = problem.grid.seeds;
        const std::vector<double> errors = family.Errors(i);
        r.error = Mean(errors);
        r.error_stderr = StandardError(errors);
        const auto columns = [&](const GradientMoments& moments) {
          const BoundTerms terms = BoundOf(
              problem, moments, family.configuration, family.period, points[i]);
          r.bias = terms.bias;
          BoundColumns bound;
          bound.variance = terms.variance;
          bound.drift = terms.drift;
          bound.total = terms.total();
          const double ratio = terms.total() / r.error;
          if (r.error > 0.0 && std::isfinite(ratio)) bound.ratio = ratio;
          return bound;
        };
        r.a_priori = columns(problem.a_priori);
        r.path = columns(problem.path);
        records.push_back(std::move(r));
      }
    }
  }
  return records;
}

Table BoundRunsTable(const ConvergenceBound& result) {
  Table table;
  table.title = "Every run of the convergence bound";
  table.columns = {{"lambda", ""},
                   {"workers", ""},
                   {"batch", ""},
                   {"period", ""},
                   {"seed", ""},
                   {"iterations", ""},
                   {"error", ""},
                   {"step_size", ""},
                   {"drift", ""},
                   {"drift_bound_path", ""},
                   {"variance", ""},
                   {"second_moment", ""},
                   {"gradient_variance_ratio", ""}};
  for (const BoundRuns& problem : result.problems) {
    const std::vector<int64_t> points = CheckPoints(problem.grid);
    for (const BoundRun& run : problem.runs) {
      const StepSize step_size = TheoremStepSize(
          problem.curvature.strong_convexity, ShiftOf(problem, run.period));
      for (size_t i = 0; i < points.size(); ++i) {
        const double eta = step_size(points[i] - 1);
        std::optional<double> variance;
        std::optional<double> second_moment;
        if (!run.moments.empty()) {
          variance = run.moments[i].variance;
          second_moment = run.moments[i].second_moment;
        }
        std::optional<double> ratio;
        if (i + 1 == points.size()) ratio = run.gradient_variance_ratio;
        table.rows.push_back(
            {problem.lambda, run.configuration.workers, run.configuration.batch,
             run.period, static_cast<int64_t>(run.seed), points[i],
             run.errors[i], eta, run.drifts[i],
             SynchronousDriftBound(eta, problem.path.second_moment, run.period),
             ToCell(variance), ToCell(second_moment), ToCell(ratio)});
      }
    }
  }
  return table;
}

absl::StatusOr<std::vector<std::string>> WriteConvergenceBound(
    const ConvergenceBound& result, const std::string& output_dir) {
  RETURN_IF_ERROR(EnsureFolder(output_dir));
  ASSIGN_OR_RETURN(const auto findings, BoundFindings(result));
  std::vector<std::string> paths;
  const std::pair<const char*, Table> files[] = {
      {"", ToTable(ConvergenceBoundSchema(), BoundRecords(result))},
      {"_runs", BoundRunsTable(result)},
      {"_findings", ToTable(FindingSchema(), findings)}};
  for (const auto& [ending, table] : files) {
    ASSIGN_OR_RETURN(const auto csv, ToCsv(table));
    paths.push_back(absl::StrCat(output_dir, "/", kExperiment, ending, ".csv"));
    RETURN_IF_ERROR(WriteFileAtomically(paths.back(), csv));
  }
  return paths;
}

absl::StatusOr<WrittenConvergenceBound> RunAndWriteConvergenceBound(
    const Problem& problem, const ConvergenceBoundSettings& settings,
    const std::string& version, const std::string& folder) {
  ASSIGN_OR_RETURN(auto run,
                   RunConvergenceBound(problem, settings, version, folder));
  ASSIGN_OR_RETURN(auto files, WriteConvergenceBound(run.result, folder));
  RETURN_IF_ERROR(
      WriteOrigin(OriginOf(problem, settings), files, version, folder));
  return WrittenConvergenceBound{BoundRecords(run.result), std::move(files),
                                 std::move(run.journal)};
}

ResultsOrigin OriginOf(const Problem& problem,
                       const ConvergenceBoundSettings& settings) {
  Json json = JournalSettings(problem, settings, /*version=*/"");
  for (const char* key : {"experiment", "version", "dataset_sha256"}) {
    json.erase(key);
  }
  return {kExperiment, problem.dataset, problem.dataset_sha256, json.dump()};
}

}  // namespace local_sgd
