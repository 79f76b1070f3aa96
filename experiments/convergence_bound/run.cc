#include "experiments/convergence_bound/run.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/convergence_bound/findings.h"
#include "experiments/convergence_bound/records.h"
#include "experiments/convergence_bound/report.h"
#include "experiments/convergence_bound/series.h"
#include "experiments/experiment.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "lib/objective/lanes.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/problem_constants.h"
#include "lib/objective/vector_operations.h"
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

// Moments are exact over the samples, so two workers of K do.
constexpr int64_t kWorkersLookedAt = 2;

// What a piece runs: one configuration and seed, every period in a lane.
struct Work {
  std::shared_ptr<const Problem> problem;
  WorkersAndBatch configuration;
  std::vector<int64_t> periods;
  std::vector<int64_t> checks;  // T, ascending
  uint64_t seed = 0;
  bool with_moments = false;
  // Of the draws for the averaged gradient; no two configurations share it.
  int64_t first_measuring_worker = 0;
  int64_t gradient_draws = 0;
};

LocalSgdOptions OptionsOf(const Work& work, int64_t period) {
  const Curvature& curvature = work.problem->curvature;
  LocalSgdOptions options;
  options.workers = work.configuration.workers;
  options.batch = work.configuration.batch;
  options.averaging_shift = TheoremShift(curvature.condition_number, period);
  options.step_size =
      TheoremStepSize(curvature.strong_convexity, options.averaging_shift);
  options.synchronisation = EveryPeriod(period);
  options.seed = work.seed;
  return options;
}

// The records of all periods and T, without measurements.
std::vector<BoundRunRecord> RecordsOf(const Work& work) {
  std::vector<BoundRunRecord> records;
  for (const int64_t period : work.periods) {
    const StepSize step_size = OptionsOf(work, period).step_size;
    for (const int64_t T : work.checks) {
      BoundRunRecord r;
      r.lambda = work.problem->objective.lambda;
      r.workers = work.configuration.workers;
      r.batch = work.configuration.batch;
      r.period = period;
      r.seed = work.seed;
      r.iterations = T;
      r.step_size = step_size(T - 1);
      records.push_back(std::move(r));
    }
  }
  return records;
}

// Drift and moments at the last step before the record's T.
void MeasureWorkers(const Work& work, const Iterates& iterates,
                    BoundRunRecord& record) {
  const LogisticRegression& objective = work.problem->objective;
  record.drift = WorkerDrift(iterates);
  if (work.with_moments) {
    const GradientMoments largest =
        MomentsAtWorkers(objective, iterates,
                         std::min(kWorkersLookedAt, record.workers))
            .largest;
    record.variance = largest.variance;
    record.second_moment = largest.second_moment;
  }
  if (record.iterations != work.checks.back() ||
      record.period != work.periods.back()) {
    return;
  }
  const double variance =
      MomentsAtWorkers(objective, iterates, record.workers).mean_variance;
  const double ratio =
      static_cast<double>(record.workers * record.batch) / variance *
      Mean(AveragedGradientDeviations(objective, iterates, record.batch,
                                      record.seed, work.first_measuring_worker,
                                      work.gradient_draws));
  // Samples that agree have no variance to compare with.
  if (std::isfinite(ratio)) record.gradient_variance_ratio = ratio;
}

ConvergenceBound RunWork(const Work& work) {
  const Problem& problem = *work.problem;
  std::set<int64_t> looks;
  for (const int64_t T : work.checks) looks.insert({T - 1, T});
  std::vector<Trajectory> trajectories;
  for (const int64_t period : work.periods) {
    trajectories.push_back(
        {OptionsOf(work, period), {looks.begin(), looks.end()}});
  }
  std::vector<BoundRunRecord> records = RecordsOf(work);
  FollowTrajectories(
      problem.rows, problem.objective.lambda, trajectories,
      [&](const TrajectoryLanes& at) {
        const int64_t t = at.algorithm.iteration();
        for (size_t i = 0; i < work.checks.size(); ++i) {
          const auto record = [&](int lane) -> BoundRunRecord& {
            return records[at.Place(lane) * work.checks.size() + i];
          };
          if (work.checks[i] == t) {
            const std::vector<double> errors =
                GapsAt(problem.objective, problem.optimum.value,
                       MeanIteratesOf(at, Iterate::kQuadratic));
            for (size_t l = 0; l < errors.size(); ++l) {
              record(at.lanes[l]).error = errors[l];
            }
          }
          if (work.checks[i] - 1 != t) continue;
          for (const int lane : at.lanes) {
            MeasureWorkers(work, at.algorithm.LaneState(lane).iterates,
                           record(lane));
          }
        }
      });
  return {{}, std::move(records), {}, {}};
}

ConvergenceBoundSettings SettingsOf(bool quick) {
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
  ConvergenceBoundSettings settings;
  settings.grids = {paper, conditioned};
  if (!quick) return settings;
  settings.gradient_draws = 1000;
  for (BoundGrid& grid : settings.grids) {
    grid.configurations = {{1, 1}, {4, 1}};
    grid.periods = {1, 16, 64};
    grid.max_iterations = int64_t{1} << 13;
    grid.seeds = 2;
  }
  return settings;
}

std::string Describe(const Problem& /*problem*/,
                     const ConvergenceBoundSettings& settings) {
  using Json = nlohmann::ordered_json;
  Json json;
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
  return json.dump();
}

absl::Status Validate(const Problem& /*problem*/,
                      const ConvergenceBoundSettings& settings) {
  const auto error = [](const auto&... what) {
    return absl::InvalidArgumentError(absl::StrCat(what...));
  };
  if (settings.gradient_draws < 2) {
    return error("gradient_draws must be at least 2, but is ",
                 settings.gradient_draws);
  }
  if (settings.grids.empty()) return error("no grid of runs");
  for (const BoundGrid& grid : settings.grids) {
    if (grid.configurations.empty() || grid.periods.empty()) {
      return error("a grid needs at least one K, one b and one H");
    }
    if (grid.periods.size() > kLanes) {
      return error("--periods: ", grid.periods.size(),
                   " periods, expected at most ", kLanes);
    }
    if (grid.max_iterations < 1 || grid.seeds < 1) {
      return error("max_iterations and seeds must be at least 1, but are ",
                   grid.max_iterations, " and ", grid.seeds);
    }
    RETURN_IF_ERROR(ValidateSeeds(settings.first_seed, grid.seeds));
  }
  return absl::OkStatus();
}

// A grid and the problem that it is run on.
struct GridProblem {
  const BoundGrid& grid;
  std::string lambda_text;
  std::shared_ptr<const Problem> problem;
};

// Of the grids that have the same lambda on these data, as 1/n and 0.01 with
// n = 100, the first one stands for all.
absl::StatusOr<std::vector<GridProblem>> DistinctGrids(
    const Problem& problem, const std::vector<BoundGrid>& grids) {
  std::vector<GridProblem> distinct;
  std::set<double> lambdas;
  for (const BoundGrid& grid : grids) {
    const double lambda = grid.lambda.value_or(
        1.0 / static_cast<double>(problem.objective.num_samples()));
    if (!lambdas.insert(lambda).second) continue;
    std::shared_ptr<const Problem> here(std::shared_ptr<void>(), &problem);
    if (lambda != problem.objective.lambda) {
      ASSIGN_OR_RETURN(Problem other, WithRegularization(problem, lambda));
      here = std::make_shared<const Problem>(std::move(other));
    }
    distinct.push_back(
        {grid, grid.lambda ? ShortestText(lambda) : "1/n", std::move(here)});
  }
  return distinct;
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

absl::StatusOr<Stages<ConvergenceBound>> StagesOf(
    const Problem& problem, const ConvergenceBoundSettings& settings) {
  ASSIGN_OR_RETURN(const auto grids, DistinctGrids(problem, settings.grids));
  std::vector<RecordPiece<ConvergenceBound>> pieces;
  int64_t blocks = 0;
  for (const auto& [grid, lambda_text, here] : grids) {
    for (const WorkersAndBatch& c : grid.configurations) {
      Work work = {here, c, grid.periods, CheckPoints(grid)};
      // One worker's iterates are the same for every period.
      if (c.workers == 1) work.periods.resize(1);
      work.first_measuring_worker = kFirstMeasuringWorker * ++blocks;
      work.gradient_draws = settings.gradient_draws;
      for (const int64_t period : work.periods) {
        RETURN_IF_ERROR(ValidateOptions(here->rows, OptionsOf(work, period)));
      }
      for (int64_t i = 0; i < grid.seeds; ++i) {
        work.seed = settings.first_seed + static_cast<uint64_t>(i);
        work.with_moments = i == 0;
        pieces.push_back(
            {absl::StrCat("lambda = ", lambda_text, ", K = ", c.workers,
                          ", b = ", c.batch, ", seed ", work.seed),
             static_cast<double>(grid.max_iterations * c.workers * c.batch),
             [work] { return RunWork(work); }});
      }
    }
  }
  return OneStage(std::move(pieces));
}

BoundConstants ConstantsOf(const Problem& problem,
                           const std::string& lambda_text) {
  BoundSettings common;
  common.strong_convexity = problem.curvature.strong_convexity;
  common.smoothness = problem.curvature.smoothness;
  common.start_distance_square = SquaredNorm(problem.optimum.point);
  const auto with = [&common](const GradientMoments& moments) {
    BoundSettings constants = common;
    constants.variance = moments.variance;
    constants.second_moment = moments.second_moment;
    return constants;
  };
  const std::vector<double> start(
      static_cast<size_t>(problem.objective.num_features()), 0.0);
  return {problem.dataset, problem.dataset_sha256, lambda_text,
          with(APrioriMoments(problem.objective)),
          with(MomentsAt(problem.objective, start))};
}

// The constants, those of the path from all runs; with them the bounds of the
// drifts, and the means.
absl::Status Complete(const Problem& problem,
                      const ConvergenceBoundSettings& settings,
                      ConvergenceBound& data) {
  ASSIGN_OR_RETURN(const auto grids, DistinctGrids(problem, settings.grids));
  for (const GridProblem& grid : grids) {
    BoundConstants constants = ConstantsOf(*grid.problem, grid.lambda_text);
    BoundSettings& path = constants.path;
    for (const BoundRunRecord& r : data.runs) {
      if (r.lambda != constants.lambda()) continue;
      path.variance = std::max(path.variance, r.variance.value_or(0.0));
      path.second_moment =
          std::max(path.second_moment, r.second_moment.value_or(0.0));
    }
    for (BoundRunRecord& r : data.runs) {
      if (r.lambda != constants.lambda()) continue;
      r.drift_bound_path =
          SynchronousDriftBound(r.step_size, path.second_moment, r.period);
    }
    data.constants.push_back(std::move(constants));
  }
  data.means = BoundMeans(data);
  return absl::OkStatus();
}

}  // namespace

const Experiment<ConvergenceBoundSettings, ConvergenceBound>&
ConvergenceBoundExperiment() {
  static const auto& experiment =
      *new Experiment<ConvergenceBoundSettings, ConvergenceBound>{
          .study = &ConvergenceBoundStudy(),
          .usage =
              "Measures f(xhat_T) - f* against bound (5) of Theorem 2.2, term "
              "by term, and the steps of its proof, and writes "
              "convergence_bound.csv, convergence_bound_runs.csv, "
              "convergence_bound_findings.csv, tables and a figure.",
          .settings = SettingsOf,
          .seeds =
              [](const ConvergenceBoundSettings& settings) {
                int64_t most = 0;
                for (const BoundGrid& grid : settings.grids) {
                  most = std::max(most, grid.seeds);
                }
                return most;
              },
          .describe = Describe,
          .validate = Validate,
          .stages = StagesOf,
          .complete = Complete,
          .findings = BoundFindings};
  return experiment;
}

}  // namespace local_sgd
