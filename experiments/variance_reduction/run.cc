#include "experiments/variance_reduction/run.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "experiments/common_flags.h"
#include "experiments/variance_reduction/findings.h"
#include "experiments/variance_reduction/report.h"
#include "lib/objective/logistic_regression.h"
#include "lib/records/table.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/iterates.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/trajectories.h"
#include "lib/solver/worker_measures.h"
#include "lib/statistics/bias_variance.h"
#include "lib/statistics/mean.h"
#include "lib/status_macros.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Points = std::vector<std::vector<double>>;

// The iterates that are looked at: the last and the one of Theorem 2.2.
constexpr Iterate kIteratesShown[] = {Iterate::kLast, Iterate::kQuadratic};
constexpr size_t kShown = std::size(kIteratesShown);

// A run but for its seed and K.
struct Method {
  VarianceMethod names;  // in records
  StepSizeChoice step_size;
  SynchronisationSet synchronisation;
  int64_t gap = 1;  // the theorem's H; 1 for one-shot averaging
};

// What is run at once: all methods and seeds of K workers on one problem.
struct Work {
  const Problem& problem;
  const VarianceReductionGrid& grid;
  std::string regularization;
  int64_t workers = 1;
  std::vector<Method> methods = {};
};

std::vector<Method> MethodsOf(const VarianceReductionGrid& grid,
                              const std::string& regularization,
                              int64_t workers) {
  std::vector<Method> methods;
  for (const VarianceArm& arm : grid.arms) {
    if (arm.regularization != regularization) continue;
    const auto add = [&](const std::string& name, const SynchronisationSet& set,
                         int64_t gap) {
      methods.push_back({{regularization, arm.step_size.text, name},
                         arm.step_size,
                         set,
                         gap});
    };
    for (int64_t period : grid.periods) {
      add(absl::StrCat("period:", period), EveryPeriod(period),
          workers == 1 ? 1 : period);
      if (workers == 1) break;  // no synchronisation changes anything
    }
    if (workers > 1) add("final", OnlyFinal(), 1);
  }
  return methods;
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

LocalSgdOptions OptionsOf(const Work& work, const Method& method,
                          uint64_t seed) {
  const Problem& problem = work.problem;
  const ChosenStepSize chosen =
      ChooseStepSize(method.step_size, problem.objective.num_samples(),
                     problem.curvature.strong_convexity,
                     problem.curvature.condition_number, method.gap);
  LocalSgdOptions options;
  options.workers = work.workers;
  options.batch = work.grid.batch;
  options.step_size = chosen.step_size;
  options.averaging_shift = chosen.averaging_shift;
  options.synchronisation = method.synchronisation;
  options.seed = seed;
  return options;
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
  const std::vector<double> gaps =
      GapsAt(problem.objective, problem.optimum.value, asked);
  for (size_t s = 0; s < S; ++s) {
    errors[s].gap = gaps[s];
    errors[s].gap_of_others = gaps[S + s];
    errors[s].gap_of_mean = gaps[2 * S];
  }
  return errors;
}

// The variance of the averaged gradient at the workers' points, `one_point` if
// these are the same.
GradientVarianceRecord MeasureGradient(const Work& work,
                                       const Iterates& iterates, bool one_point,
                                       const std::string& point,
                                       const VarianceMethod& method, int64_t t,
                                       uint64_t seed) {
  GradientVarianceRecord record;
  record.dataset = work.problem.dataset;
  record.dataset_sha256 = work.problem.dataset_sha256;
  record.point = point;
  record.method = method;
  record.batch = work.grid.batch;
  record.workers = work.workers;
  record.iterations = t;
  record.seed = seed;
  record.draws = DrawsOf(work.grid, work.workers);
  const LogisticRegression& objective = work.problem.objective;
  record.variance = Mean(
      AveragedGradientDeviations(objective, iterates, work.grid.batch, seed,
                                 kFirstMeasuringWorker, record.draws));
  record.gradient_variance =
      MomentsAtWorkers(objective, iterates, one_point ? 1 : work.workers)
          .mean_variance;
  return record;
}

// Runs the methods of one seed side by side: measures the averaged gradient on
// their paths, and adds the iterate q of method m at check point i to
// cells[(m checks + i) kShown + q].
void FollowSeed(const Work& work, uint64_t seed, std::vector<Points>& cells,
                VarianceReduction& records) {
  const std::vector<int64_t> checks = CheckPoints(work.grid, work.workers);
  // The last gradient of the round: the workers are furthest apart.
  const int64_t before_end = work.grid.iterations - 1;
  std::set<int64_t> looks(checks.begin(), checks.end());
  looks.insert(before_end);
  std::vector<Trajectory> runs;
  for (const Method& method : work.methods) {
    runs.push_back(
        {OptionsOf(work, method, seed), {looks.begin(), looks.end()}});
  }
  FollowTrajectories(
      work.problem.rows, work.problem.objective.lambda, runs,
      [&](const TrajectoryLanes& at) {
        const int64_t t = at.algorithm.iteration();
        if (t == before_end) {
          for (const int lane : at.lanes) {
            const VarianceMethod& method = work.methods[at.Place(lane)].names;
            records.gradients.push_back(MeasureGradient(
                work, at.algorithm.LaneState(lane).iterates,
                method.synchronisation == "period:1", "path", method, t, seed));
          }
        }
        const auto check = std::find(checks.begin(), checks.end(), t);
        if (check == checks.end()) return;
        const auto i = static_cast<size_t>(check - checks.begin());
        for (size_t q = 0; q < kShown; ++q) {
          const Points points = MeanIteratesOf(at, kIteratesShown[q]);
          for (size_t l = 0; l < points.size(); ++l) {
            const size_t m = at.Place(at.lanes[l]);
            cells[(m * checks.size() + i) * kShown + q].push_back(points[l]);
          }
        }
      });
}

// The records of one method's iterate at T, a seed each.
absl::Status AddErrors(const Work& work, const VarianceMethod& method,
                       int64_t T, Iterate iterate, const Points& points,
                       std::vector<VarianceRecord>& records) {
  VarianceRecord record;
  record.dataset = work.problem.dataset;
  record.dataset_sha256 = work.problem.dataset_sha256;
  record.method = method;
  record.batch = work.grid.batch;
  record.workers = work.workers;
  record.iterations = T;
  record.iterate = std::string(IterateName(iterate));
  record.seed = work.grid.first_seed;
  for (const SeedError& error : ErrorsOf(work.problem, points)) {
    if (!std::isfinite(error.squared_distance) || !std::isfinite(error.gap) ||
        !std::isfinite(error.gap_of_others)) {
      return absl::FailedPreconditionError(absl::StrCat(
          "--step_size: with '", method.step_size,
          "' the run of lambda = ", method.regularization,
          ", K = ", work.workers, ", seed ", record.seed, " diverged"));
    }
    record.error = error;
    records.push_back(record);
    ++record.seed;
  }
  return absl::OkStatus();
}

absl::StatusOr<VarianceReduction> RunWork(const Work& work) {
  const std::vector<int64_t> checks = CheckPoints(work.grid, work.workers);
  VarianceReduction records;
  std::vector<Points> cells(work.methods.size() * checks.size() * kShown);
  for (int64_t s = 0; s < work.grid.seeds; ++s) {
    const uint64_t seed = work.grid.first_seed + static_cast<uint64_t>(s);
    const VarianceMethod any = {work.regularization, "", ""};
    Iterates common =
        StartIterates(work.workers, work.problem.objective.num_features());
    records.gradients.push_back(MeasureGradient(
        work, common, /*one_point=*/true, "start", any, 0, seed));
    common.common = work.problem.optimum.point;
    records.gradients.push_back(MeasureGradient(
        work, common, /*one_point=*/true, "optimum", any, 0, seed));
    FollowSeed(work, seed, cells, records);
  }
  size_t cell = 0;
  for (const Method& method : work.methods) {
    for (const int64_t T : checks) {
      for (const Iterate iterate : kIteratesShown) {
        RETURN_IF_ERROR(AddErrors(work, method.names, T, iterate, cells[cell],
                                  records.iterates));
        ++cell;
      }
    }
  }
  return records;
}

// In gradients of a lane.
double CostOf(const VarianceReductionGrid& grid, int64_t workers) {
  return static_cast<double>(CheckPoints(grid, workers).back()) *
         static_cast<double>(workers * grid.batch * grid.seeds);
}

double LambdaOf(const Problem& problem, const VarianceArm& arm) {
  return arm.lambda.value_or(
      1.0 / static_cast<double>(problem.objective.num_samples()));
}

bool IsThere(const std::vector<VarianceArm>& arms, const VarianceArm& arm) {
  return std::any_of(arms.begin(), arms.end(),
                     [&arm](const VarianceArm& other) {
                       return other.regularization == arm.regularization &&
                              AreSame(other.step_size, arm.step_size);
                     });
}

VarianceReductionGrid GridOf(bool quick) {
  VarianceReductionGrid grid;
  if (!quick) return grid;
  grid.workers = {1, 4, 16};
  grid.periods = {1, 16};
  grid.iterations = 2048;
  grid.gradients = 8192;
  grid.samples = 1600;
  grid.seeds = 4;
  return grid;
}

std::string Describe(const Problem& /*problem*/,
                     const VarianceReductionGrid& grid) {
  nlohmann::ordered_json settings;
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
  return settings.dump();
}

absl::Status Validate(const Problem& problem,
                      const VarianceReductionGrid& grid) {
  const auto error = [](const auto&... what) {
    return absl::InvalidArgumentError(absl::StrCat(what...));
  };
  if (grid.iterations < 2) {
    return error("--iterations=", grid.iterations, ": expected at least 2");
  }
  if (grid.seeds < 3) {
    return error("--seeds=", grid.seeds,
                 ": expected at least 3: an interval of a spread over seeds "
                 "leaves one out");
  }
  RETURN_IF_ERROR(ValidateSeeds(grid.first_seed, grid.seeds));
  if (std::adjacent_find(grid.workers.begin(), grid.workers.end(),
                         std::greater_equal<int64_t>()) != grid.workers.end()) {
    return error("--workers=", absl::StrJoin(grid.workers, ","),
                 ": expected ascending numbers");
  }
  for (int64_t workers : grid.workers) {
    const int64_t step = workers * grid.batch;
    if (grid.gradients % step != 0 || grid.gradients / step < 1) {
      return error("--gradients=", grid.gradients,
                   ": expected a multiple of the K b = ", step,
                   " gradients of an iteration with ", workers, " workers");
    }
    if (DrawsOf(grid, workers) < 1) {
      return error("--samples=", grid.samples,
                   ": expected at least the K b = ", step,
                   " gradients of an iteration with ", workers, " workers");
    }
    const Work work = {problem, grid, grid.arms[0].regularization, workers};
    const Method method = MethodsOf(grid, work.regularization, workers).front();
    RETURN_IF_ERROR(
        ValidateOptions(problem.rows, OptionsOf(work, method, /*seed=*/0)));
  }
  if (!grid.typed_regularization.empty() &&
      DistinctArms(problem, grid.arms).size() < grid.arms.size()) {
    return error("--regularization=", grid.typed_regularization,
                 ": two of these are the same, since n = ",
                 problem.objective.num_samples());
  }
  return absl::OkStatus();
}

absl::StatusOr<Stages<VarianceReduction>> StagesOf(
    const Problem& problem, const VarianceReductionGrid& all) {
  auto grid = std::make_shared<VarianceReductionGrid>(all);
  grid->arms = DistinctArms(problem, all.arms);
  std::map<std::string, std::shared_ptr<const Problem>> problems;
  std::vector<RecordPiece<VarianceReduction>> pieces;
  for (const VarianceArm& arm : grid->arms) {
    const std::string& regularization = arm.regularization;
    if (problems.count(regularization) > 0) continue;
    ASSIGN_OR_RETURN(Problem made,
                     WithRegularization(problem, LambdaOf(problem, arm)));
    const auto here = std::make_shared<const Problem>(std::move(made));
    problems[regularization] = here;
    for (const int64_t workers : grid->workers) {
      const Work work = {*here, *grid, regularization, workers,
                         MethodsOf(*grid, regularization, workers)};
      for (const Method& method : work.methods) {
        RETURN_IF_ERROR(
            ValidateOptions(here->rows, OptionsOf(work, method, /*seed=*/0)));
      }
      pieces.push_back(
          {absl::StrCat("lambda=", regularization, ", K=", workers),
           CostOf(*grid, workers),
           [grid, here, work] { return RunWork(work); }});
    }
  }
  return OneStage(std::move(pieces));
}

}  // namespace

std::vector<VarianceArm> DistinctArms(const Problem& problem,
                                      const std::vector<VarianceArm>& arms) {
  std::vector<VarianceArm> distinct;
  for (VarianceArm arm : arms) {
    for (const VarianceArm& other : distinct) {
      if (LambdaOf(problem, other) != LambdaOf(problem, arm)) continue;
      arm.regularization = other.regularization;
      arm.lambda = other.lambda;
      break;
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

const Experiment<VarianceReductionGrid, VarianceReduction>&
VarianceReductionExperiment() {
  static const auto& experiment =
      *new Experiment<VarianceReductionGrid, VarianceReduction>{
          .study = &VarianceReductionStudy(),
          .usage =
              "Measures what averaging K workers does to bias and variance and "
              "writes variance_reduction.csv, variance_reduction_gradients.csv "
              "and variance_reduction_findings.csv.",
          .settings = GridOf,
          .seeds =
              [](const VarianceReductionGrid& settings) {
                return settings.seeds;
              },
          .describe = Describe,
          .validate = Validate,
          .stages = StagesOf,
          .findings = VarianceFindings,
          .printed_file = 2};
  return experiment;
}

}  // namespace local_sgd
