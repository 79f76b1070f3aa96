#include "experiments/variance_reduction.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "experiments/common_flags.h"
#include "experiments/resumable.h"
#include "experiments/variance_findings.h"
#include "lib/objective/lanes.h"
#include "lib/objective/logistic_regression.h"
#include "lib/results/journal.h"
#include "lib/results/output_file.h"
#include "lib/results/progress.h"
#include "lib/results/table.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/iterates.h"
#include "lib/solver/lane_local_sgd.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/worker_measures.h"
#include "lib/statistics/bias_variance.h"
#include "lib/statistics/mean.h"
#include "lib/status_macros.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;
using Points = std::vector<std::vector<double>>;

// The iterates that are looked at: the last and the one of Theorem 2.2.
constexpr Iterate kIteratesShown[] = {Iterate::kLast, Iterate::kQuadratic};

enum GradientPoint { kStart = 0, kOptimum = 1, kPath = 2 };
constexpr const char* kPointNames[] = {"start", "optimum", "path"};

struct Synchronisation {
  SynchronisationSet set;
  std::string text;
  int64_t gap = 1;  // the theorem's H; 1 for one-shot averaging
};

std::vector<Synchronisation> SynchronisationsOf(
    const VarianceReductionGrid& grid, int64_t workers) {
  std::vector<Synchronisation> all;
  for (int64_t period : grid.periods) {
    all.push_back(
        {EveryPeriod(period), absl::StrCat("period:", period), period});
  }
  all.push_back({OnlyFinal(), "final", 1});
  if (workers == 1) {
    all.resize(1);
    all[0].gap = 1;
  }
  return all;
}

// Runs that share lambda, b and, for each seed, K: one piece.
struct Config {
  const VarianceArm* arm = nullptr;
  Synchronisation synchronisation;
};

std::vector<Config> ConfigsOf(const VarianceReductionGrid& grid,
                              const std::string& regularization,
                              int64_t workers) {
  std::vector<Config> configs;
  for (const VarianceArm& arm : grid.arms) {
    if (arm.regularization != regularization) continue;
    for (const Synchronisation& synchronisation :
         SynchronisationsOf(grid, workers)) {
      configs.push_back({&arm, synchronisation});
    }
  }
  return configs;
}

// The T at which K workers are looked at, ascending.
std::vector<int64_t> CheckPoints(const VarianceReductionGrid& grid,
                                 int64_t workers) {
  const std::set<int64_t> points = {grid.iterations,
                                    grid.gradients / (workers * grid.batch)};
  return {points.begin(), points.end()};
}

// How often the averaged gradient is drawn. All K cost the same, and the few
// samples of a small K need the more draws.
int64_t DrawsOf(const VarianceReductionGrid& grid, int64_t workers) {
  return grid.samples / (workers * grid.batch);
}

LocalSgdOptions OptionsOf(const Problem& problem,
                          const VarianceReductionGrid& grid,
                          const Config& config, int64_t workers,
                          uint64_t seed) {
  const ChosenStepSize chosen = ChooseStepSize(
      config.arm->step_size, problem.objective.num_samples(),
      problem.curvature.strong_convexity, problem.curvature.condition_number,
      config.synchronisation.gap);
  LocalSgdOptions options;
  options.workers = workers;
  options.batch = grid.batch;
  options.step_size = chosen.step_size;
  options.averaging_shift = chosen.averaging_shift;
  options.synchronisation = config.synchronisation.set;
  options.seed = seed;
  return options;
}

// f - f* at each point.
std::vector<double> GapsAt(const Problem& problem, const Points& points) {
  const auto d = static_cast<size_t>(problem.objective.num_features());
  std::vector<double> gaps;
  std::vector<double> four(4 * d);
  for (size_t first = 0; first < points.size(); first += 4) {
    const size_t count = std::min<size_t>(4, points.size() - first);
    for (size_t q = 0; q < 4; ++q) {
      const std::vector<double>& point = points[first + std::min(q, count - 1)];
      for (size_t j = 0; j < d; ++j) four[4 * j + q] = point[j];
    }
    const auto values = ValuesAtFour(problem.objective, four, /*threads=*/1);
    for (size_t q = 0; q < count; ++q) {
      gaps.push_back(values[q] - problem.optimum.value);
    }
  }
  return gaps;
}

// The errors of one cell; points[s] is seed s's.
std::vector<SeedError> ErrorsOf(const Problem& problem, const Points& points) {
  std::vector<SeedError> errors = DistancesOf(points, problem.optimum.point);
  const size_t S = points.size();
  Points asked = points;
  for (size_t s = 0; s < S; ++s) {
    asked.push_back(MeanPoint(points, static_cast<int64_t>(s)));
  }
  asked.push_back(MeanPoint(points, kNone));
  const std::vector<double> gaps = GapsAt(problem, asked);
  for (size_t s = 0; s < S; ++s) {
    errors[s].gap = gaps[s];
    errors[s].gap_of_others = gaps[S + s];
    errors[s].gap_of_mean = gaps[2 * S];
  }
  return errors;
}

// ---- What the journal keeps: rows of numbers ----

// [config, T, place in kIteratesShown, seed's place, and the fields of
// SeedError]
constexpr size_t kErrorFields = 10;
// [point, config, t, seed's place, variance, gradient_variance]
constexpr size_t kGradientFields = 6;

absl::StatusOr<std::vector<std::vector<double>>> RowsFromJson(const Json& json,
                                                              const char* name,
                                                              size_t fields) {
  std::vector<std::vector<double>> rows;
  const auto found = json.is_object() ? json.find(name) : json.end();
  bool right = json.is_object() && found != json.end() && found->is_array();
  for (size_t i = 0; right && i < found->size(); ++i) {
    const Json& row = (*found)[i];
    right = row.is_array() && row.size() == fields;
    rows.emplace_back();
    for (size_t j = 0; right && j < fields; ++j) {
      right = row[j].is_number();
      if (right) rows.back().push_back(row[j].get<double>());
    }
  }
  if (right) return rows;
  return absl::InternalError(absl::StrCat(
      "the journal's '", name, "' are no rows of ", fields, " numbers"));
}

// The variance of the averaged gradient at the workers' points.
Json MeasureGradient(const Problem& problem, const VarianceReductionGrid& grid,
                     const Iterates& iterates, bool one_point,
                     GradientPoint point, size_t config, int64_t t,
                     int64_t seed) {
  const double gradient_variance =
      MomentsAtWorkers(problem.objective, iterates,
                       one_point ? 1 : iterates.num_workers)
          .mean_variance;
  const double variance = Mean(AveragedGradientDeviations(
      problem.objective, iterates, grid.batch,
      grid.first_seed + static_cast<uint64_t>(seed), kFirstMeasuringWorker,
      DrawsOf(grid, iterates.num_workers)));
  return Json::array({static_cast<int64_t>(point), static_cast<int64_t>(config),
                      t, seed, variance, gradient_variance});
}

// All seeds of K workers on one problem.
absl::StatusOr<Json> RunPiece(const Problem& problem,
                              const VarianceReductionGrid& grid,
                              const std::vector<Config>& configs,
                              int64_t workers) {
  const int64_t d = problem.objective.num_features();
  const std::vector<int64_t> checks = CheckPoints(grid, workers);
  Json gradients = Json::array();
  // Cell of config c, check point i and shown iterate q.
  constexpr size_t kShown = std::size(kIteratesShown);
  std::vector<Points> cells(configs.size() * checks.size() * kShown);
  for (int64_t s = 0; s < grid.seeds; ++s) {
    Iterates common = StartIterates(workers, d);
    gradients.push_back(MeasureGradient(problem, grid, common,
                                        /*one_point=*/true, kStart, 0, 0, s));
    common.common = problem.optimum.point;
    gradients.push_back(MeasureGradient(problem, grid, common,
                                        /*one_point=*/true, kOptimum, 0, 0, s));
    for (size_t first = 0; first < configs.size(); first += kLanes) {
      const size_t lanes = std::min<size_t>(kLanes, configs.size() - first);
      std::vector<LaneLocalSgd::Run> runs;
      for (size_t l = 0; l < lanes; ++l) {
        const LocalSgdOptions options =
            OptionsOf(problem, grid, configs[first + l], workers,
                      grid.first_seed + static_cast<uint64_t>(s));
        runs.push_back(
            {options, LocalSgd(problem.rows, problem.objective.lambda, options)
                          .state()});
      }
      LaneLocalSgd algorithm(problem.rows, problem.objective.lambda, runs);
      for (size_t i = 0; i < checks.size(); ++i) {
        if (checks[i] == grid.iterations) {
          // The last gradient of the round: the workers are furthest apart.
          const int64_t t = grid.iterations - 1;
          algorithm.AdvanceTo(t);
          for (size_t l = 0; l < lanes; ++l) {
            const Iterates iterates =
                algorithm.LaneState(static_cast<int>(l)).iterates;
            gradients.push_back(MeasureGradient(
                problem, grid, iterates,
                configs[first + l].synchronisation.text == "period:1", kPath,
                first + l, t, s));
          }
        }
        algorithm.AdvanceTo(checks[i]);
        const std::vector<LaneDoubles> iterates = algorithm.MeanIterates();
        for (size_t l = 0; l < lanes; ++l) {
          for (size_t q = 0; q < kShown; ++q) {
            std::vector<double> point(static_cast<size_t>(d));
            for (size_t j = 0; j < point.size(); ++j) {
              point[j] =
                  iterates[4 * j + static_cast<size_t>(kIteratesShown[q])]
                          [static_cast<int>(l)];
            }
            cells[((first + l) * checks.size() + i) * kShown + q].push_back(
                std::move(point));
          }
        }
      }
    }
  }
  Json errors = Json::array();
  for (size_t c = 0; c < configs.size(); ++c) {
    for (size_t i = 0; i < checks.size(); ++i) {
      for (size_t q = 0; q < kShown; ++q) {
        const std::vector<SeedError> cell =
            ErrorsOf(problem, cells[(c * checks.size() + i) * kShown + q]);
        for (size_t s = 0; s < cell.size(); ++s) {
          const SeedError& e = cell[s];
          if (!std::isfinite(e.squared_distance) || !std::isfinite(e.gap) ||
              !std::isfinite(e.gap_of_others)) {
            return absl::FailedPreconditionError(absl::StrCat(
                "--step_size: with '", configs[c].arm->step_size.text,
                "' the run of lambda = ", configs[c].arm->regularization,
                ", K = ", workers, ", seed ", grid.first_seed + s,
                " diverged"));
          }
          errors.push_back(Json::array(
              {c, checks[i], q, s, e.squared_distance, e.squared_deviation,
               e.variance_of_others, e.gap, e.gap_of_others, e.gap_of_mean}));
        }
      }
    }
  }
  return Json{{"errors", std::move(errors)},
              {"gradients", std::move(gradients)}};
}

absl::Status AddRecords(const Problem& problem,
                        const VarianceReductionGrid& grid,
                        const std::string& regularization, int64_t workers,
                        const Json& json, VarianceReduction& result) {
  const std::vector<Config> configs = ConfigsOf(grid, regularization, workers);
  ASSIGN_OR_RETURN(const auto errors,
                   RowsFromJson(json, "errors", kErrorFields));
  ASSIGN_OR_RETURN(const auto gradients,
                   RowsFromJson(json, "gradients", kGradientFields));
  const auto seed_of = [&grid](double place) {
    return grid.first_seed + static_cast<uint64_t>(place);
  };
  const auto method_of = [&](double place) {
    const Config& config = configs.at(static_cast<size_t>(place));
    return VarianceMethod{regularization, config.arm->step_size.text,
                          config.synchronisation.text};
  };
  const auto is_place = [](double place, size_t size) {
    return place >= 0 && place < static_cast<double>(size);
  };
  for (const std::vector<double>& row : errors) {
    if (!is_place(row[0], configs.size()) ||
        !is_place(row[2], std::size(kIteratesShown))) {
      return absl::InternalError("the journal's errors are of other settings");
    }
    VarianceRecord record;
    record.dataset = problem.dataset;
    record.dataset_sha256 = problem.dataset_sha256;
    record.method = method_of(row[0]);
    record.batch = grid.batch;
    record.workers = workers;
    record.iterations = static_cast<int64_t>(row[1]);
    record.iterate =
        std::string(IterateName(kIteratesShown[static_cast<size_t>(row[2])]));
    record.seed = seed_of(row[3]);
    record.error = {row[4], row[5], row[6], row[7], row[8], row[9]};
    result.iterates.push_back(std::move(record));
  }
  for (const std::vector<double>& row : gradients) {
    if (!is_place(row[0], std::size(kPointNames)) ||
        !is_place(row[1], configs.size())) {
      return absl::InternalError(
          "the journal's gradients are of other settings");
    }
    GradientVarianceRecord record;
    record.dataset = problem.dataset;
    record.dataset_sha256 = problem.dataset_sha256;
    record.point = kPointNames[static_cast<size_t>(row[0])];
    record.method = record.point == kPointNames[kPath]
                        ? method_of(row[1])
                        : VarianceMethod{regularization, "", ""};
    record.batch = grid.batch;
    record.workers = workers;
    record.iterations = static_cast<int64_t>(row[2]);
    record.seed = seed_of(row[3]);
    record.draws = DrawsOf(grid, workers);
    record.variance = row[4];
    record.gradient_variance = row[5];
    result.gradients.push_back(std::move(record));
  }
  return absl::OkStatus();
}

std::vector<std::string> RegularizationsOf(const VarianceReductionGrid& grid) {
  std::vector<std::string> texts;
  for (const VarianceArm& arm : grid.arms) {
    if (std::find(texts.begin(), texts.end(), arm.regularization) ==
        texts.end()) {
      texts.push_back(arm.regularization);
    }
  }
  return texts;
}

double LambdaOf(const Problem& problem, const VarianceReductionGrid& grid,
                const std::string& regularization) {
  for (const VarianceArm& arm : grid.arms) {
    if (arm.regularization == regularization && arm.lambda) return *arm.lambda;
  }
  return 1.0 / static_cast<double>(problem.objective.num_samples());
}

// Of the piece with K workers, in gradients of a lane.
double CostOf(const VarianceReductionGrid& grid, int64_t workers) {
  return static_cast<double>(CheckPoints(grid, workers).back()) *
         static_cast<double>(workers * grid.batch * grid.seeds);
}

double ExpectedCost(const VarianceReductionGrid& grid) {
  double cost = 0.0;
  for (int64_t workers : grid.workers) cost += CostOf(grid, workers);
  return cost * static_cast<double>(RegularizationsOf(grid).size());
}

// What the numbers depend on: everything but threads.
Json JournalSettings(const Problem& problem,
                     const VarianceReductionGrid& grid) {
  Json settings;
  settings["dataset_sha256"] = problem.dataset_sha256;
  settings["index_base"] = problem.index_base;
  for (const VarianceArm& arm : grid.arms) {
    settings["arms"].push_back(
        absl::StrCat(arm.regularization, " ", arm.step_size.text));
  }
  settings["workers"] = grid.workers;
  settings["periods"] = grid.periods;
  settings["batch"] = grid.batch;
  settings["iterations"] = grid.iterations;
  settings["gradients"] = grid.gradients;
  settings["samples"] = grid.samples;
  settings["seeds"] = grid.seeds;
  settings["first_seed"] = grid.first_seed;
  return settings;
}

bool IsThere(const std::vector<VarianceArm>& arms, const VarianceArm& arm) {
  return std::any_of(arms.begin(), arms.end(),
                     [&arm](const VarianceArm& other) {
                       return other.regularization == arm.regularization &&
                              AreSame(other.step_size, arm.step_size);
                     });
}

}  // namespace

std::vector<VarianceArm> DistinctArms(const Problem& problem,
                                      const std::vector<VarianceArm>& arms) {
  const auto lambda_of = [&problem](const VarianceArm& arm) {
    return arm.lambda.value_or(
        1.0 / static_cast<double>(problem.objective.num_samples()));
  };
  std::vector<VarianceArm> distinct;
  for (VarianceArm arm : arms) {
    const auto same = std::find_if(distinct.begin(), distinct.end(),
                                   [&](const VarianceArm& other) {
                                     return lambda_of(other) == lambda_of(arm);
                                   });
    if (same != distinct.end()) {
      arm.regularization = same->regularization;
      arm.lambda = same->lambda;
    }
    if (!IsThere(distinct, arm)) distinct.push_back(std::move(arm));
  }
  return distinct;
}

absl::StatusOr<std::vector<VarianceArm>> ParseVarianceArms(
    const std::string& regularization, const std::string& step_size) {
  const std::vector<std::string> lambdas = absl::StrSplit(regularization, ',');
  const std::vector<std::string> steps = absl::StrSplit(step_size, ',');
  if (lambdas.size() != steps.size() && lambdas.size() != 1 &&
      steps.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--step_size=", step_size, ": expected one, or one for each of the ",
        lambdas.size(), " of --regularization"));
  }
  std::vector<VarianceArm> arms;
  for (size_t i = 0; i < std::max(lambdas.size(), steps.size()); ++i) {
    VarianceArm arm;
    arm.regularization = lambdas[lambdas.size() == 1 ? 0 : i];
    if (arm.regularization != "1/n") {
      const auto lambda = ParseRegularization(arm.regularization);
      if (!lambda.ok() || !*lambda) {
        return absl::InvalidArgumentError(
            absl::StrCat("--regularization=", regularization,
                         ": expected 1/n or numbers above 0, not '",
                         arm.regularization, "'"));
      }
      arm.lambda = *lambda;
      arm.regularization = ShortestText(**lambda);
    }
    ASSIGN_OR_RETURN(
        arm.step_size,
        ParseStepSize(steps[steps.size() == 1 ? 0 : i], step_size));
    if (IsThere(arms, arm)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--regularization=", regularization,
                       ", --step_size=", step_size, ": ", arm.regularization,
                       " with ", arm.step_size.text, " stands twice"));
    }
    arms.push_back(std::move(arm));
  }
  return arms;
}

VarianceReductionGrid QuickVarianceReduction() {
  VarianceReductionGrid grid;
  grid.workers = {1, 4, 16};
  grid.periods = {1, 16};
  grid.iterations = 2048;
  grid.gradients = 8192;
  grid.samples = 1600;
  grid.seeds = 4;
  return grid;
}

absl::Status ValidateVarianceReduction(const Problem& problem,
                                       const VarianceReductionGrid& grid) {
  if (grid.iterations < 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--iterations=", grid.iterations, ": expected at least 2"));
  }
  if (grid.seeds < 3) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--seeds=", grid.seeds,
        ": expected at least 3: an interval of a spread over seeds leaves one "
        "out"));
  }
  RETURN_IF_ERROR(ValidateSeeds(grid.first_seed, grid.seeds));
  if (std::adjacent_find(grid.workers.begin(), grid.workers.end(),
                         std::greater_equal<int64_t>()) != grid.workers.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--workers=", absl::StrJoin(grid.workers, ","),
                     ": expected ascending numbers"));
  }
  for (int64_t workers : grid.workers) {
    const int64_t step = workers * grid.batch;
    if (grid.gradients % step != 0 || grid.gradients / step < 1) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--gradients=", grid.gradients, ": expected a multiple of the K b = ",
          step, " gradients of an iteration with ", workers, " workers"));
    }
    if (DrawsOf(grid, workers) < 1) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--samples=", grid.samples, ": expected at least the K b = ", step,
          " gradients of an iteration with ", workers, " workers"));
    }
    const std::vector<Config> configs =
        ConfigsOf(grid, grid.arms[0].regularization, workers);
    RETURN_IF_ERROR(ValidateOptions(
        problem.rows, OptionsOf(problem, grid, configs[0], workers, 0)));
  }
  return absl::OkStatus();
}

absl::StatusOr<VarianceReduction> RunVarianceReduction(
    const Problem& problem, const VarianceReductionGrid& all,
    const PieceReports& reports) {
  RETURN_IF_ERROR(ValidateVarianceReduction(problem, all));
  VarianceReductionGrid grid = all;
  grid.arms = DistinctArms(problem, all.arms);
  const std::vector<std::string> regularizations = RegularizationsOf(grid);
  std::map<std::string, Problem> problems;
  for (const std::string& regularization : regularizations) {
    ASSIGN_OR_RETURN(
        auto made,
        WithRegularization(problem, LambdaOf(problem, grid, regularization)));
    for (const int64_t workers : grid.workers) {
      for (const Config& config : ConfigsOf(grid, regularization, workers)) {
        RETURN_IF_ERROR(ValidateOptions(
            made.rows, OptionsOf(made, grid, config, workers, 0)));
      }
    }
    problems.emplace(regularization, std::move(made));
  }
  const auto key_of = [](const std::string& regularization, int64_t workers) {
    return absl::StrCat("lambda=", regularization, ", K=", workers);
  };
  std::vector<Piece> pieces;
  for (const std::string& regularization : regularizations) {
    for (int64_t workers : grid.workers) {
      const Problem& here = problems.at(regularization);
      pieces.push_back(
          {key_of(regularization, workers), CostOf(grid, workers),
           [&grid, &here, regularization, workers] {
             return RunPiece(here, grid,
                             ConfigsOf(grid, regularization, workers), workers);
           }});
    }
  }
  ASSIGN_OR_RETURN(const auto pieces_done,
                   RunPieces(pieces, grid.threads, reports));
  VarianceReduction result;
  for (const std::string& regularization : regularizations) {
    for (int64_t workers : grid.workers) {
      RETURN_IF_ERROR(
          AddRecords(problem, grid, regularization, workers,
                     pieces_done.at(key_of(regularization, workers)), result));
    }
  }
  ASSIGN_OR_RETURN(result.findings,
                   VarianceFindings(result.iterates, result.gradients));
  return result;
}

absl::StatusOr<WrittenVarianceReduction> RunAndWriteVarianceReduction(
    const Problem& problem, const VarianceReductionGrid& grid,
    const std::string& version, const std::string& folder) {
  RETURN_IF_ERROR(ValidateVarianceReduction(problem, grid));
  RETURN_IF_ERROR(EnsureFolder(folder));
  Json settings = JournalSettings(problem, grid);
  settings["program"] = kVarianceExperiment;
  settings["version"] = version;
  ASSIGN_OR_RETURN(Journal journal,
                   BeginResumable(kVarianceExperiment, folder, settings));
  WrittenVarianceReduction written = {{}, {}, std::move(journal)};
  {
    VarianceReductionGrid distinct = grid;
    distinct.arms = DistinctArms(problem, grid.arms);
    Progress progress(kVarianceExperiment, ExpectedCost(distinct), std::cerr,
                      StderrIsTerminal());
    ASSIGN_OR_RETURN(
        written.result,
        RunVarianceReduction(problem, grid, {&written.journal, &progress}));
  }
  const VarianceReduction& result = written.result;
  for (const auto& [name, table] :
       {std::pair(".csv", ToTable(VarianceSchema(), result.iterates)),
        std::pair("_gradients.csv",
                  ToTable(GradientVarianceSchema(), result.gradients)),
        std::pair("_findings.csv",
                  ToTable(FindingSchema(), result.findings))}) {
    ASSIGN_OR_RETURN(const std::string csv, ToCsv(table));
    const std::string file =
        absl::StrCat(folder, "/", kVarianceExperiment, name);
    RETURN_IF_ERROR(WriteFileAtomically(file, csv));
    written.files.push_back(file);
  }
  RETURN_IF_ERROR(
      WriteOrigin(OriginOf(problem, grid), written.files, version, folder));
  return written;
}

ResultsOrigin OriginOf(const Problem& problem,
                       const VarianceReductionGrid& grid) {
  Json settings = JournalSettings(problem, grid);
  settings.erase("dataset_sha256");
  return {kVarianceExperiment, problem.dataset, problem.dataset_sha256,
          settings.dump()};
}

}  // namespace local_sgd
