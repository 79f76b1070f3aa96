#include "experiments/asynchronous/run.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "experiments/asynchronous/findings.h"
#include "experiments/asynchronous/report.h"
#include "experiments/problem.h"
#include "lib/objective/problem_constants.h"
#include "lib/objective/vector_operations.h"
#include "lib/records/table.h"
#include "lib/simulation/async_simulation.h"
#include "lib/simulation/cluster.h"
#include "lib/simulation/time_model.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/async_worker.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/status_macros.h"
#include "lib/theory/convergence_bound.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Pieces = std::vector<RecordPiece<Asynchronous>>;

constexpr double kParetoTail = 1.5;  // mean, but no variance
constexpr double kRegular = 0.01;    // lambda where the terms are reached

// What is run: its record without results, and the times that this names.
struct Setting {
  AsynchronousRecord record;
  TimeModel compute;
  TimeModel message;
};

Setting InCluster(AsynchronousRecord record, const TimeModel& compute,
                  const TimeModel& message) {
  record.compute = std::string(Name(compute.kind));
  record.message = std::string(Name(message.kind));
  record.message_seconds = message.mean;
  return {std::move(record), compute, message};
}

std::vector<SimulatedWorker> ClusterOf(const Setting& setting) {
  const AsynchronousRecord& record = setting.record;
  std::vector<SimulatedWorker> cluster =
      WorkersAlike(record.workers, setting.compute, setting.message);
  cluster.back().slowdown = record.slowdown;
  if (record.head_start > 0.0) {
    for (int64_t k = 0; k < record.workers / 2; ++k) {
      cluster[k].pause_start = 0.0;
      cluster[k].pause_seconds = record.head_start;
    }
  }
  return cluster;
}

void SetDelays(const AsyncDelays& delays, AsynchronousRecord& record) {
  record.tau = delays.tau.max();
  record.tau_median = delays.tau.Quantile(0.5);
  record.foreign_steps_median = delays.foreign_steps.Quantile(0.5);
}

// What both methods run with, in whatever cluster.
LocalSgdOptions OptionsOf(const Problem& problem, const StepSizeChoice& choice,
                          const AsynchronousRecord& record) {
  LocalSgdOptions options;
  options.workers = record.workers;
  options.batch = record.batch;
  options.seed = record.seed;
  options.synchronisation = EveryPeriod(record.period);
  // a >= H + tau; that it was so is checked after the run.
  const int64_t gap = record.period + static_cast<int64_t>(record.head_start);
  const ChosenStepSize chosen =
      ChooseStepSize(choice, problem.objective.num_samples(),
                     problem.curvature.strong_convexity,
                     problem.curvature.condition_number, gap);
  options.step_size = chosen.step_size;
  options.averaging_shift = chosen.averaging_shift;
  return options;
}

// Algorithm 1: T(eps) once, and the seconds in every cluster.
absl::StatusOr<Asynchronous> RunSynchronous(
    const Problem& problem, const AsynchronousGrid& grid,
    const AsynchronousRecord& run, const std::vector<Setting>& clusters) {
  const LocalSgdOptions options = OptionsOf(problem, grid.step_size, run);
  ASSIGN_OR_RETURN(
      const auto summary,
      RunLocalSgd(problem.objective, problem.rows, problem.optimum.value,
                  options, {grid.epsilons, grid.max_iterations}));
  Asynchronous result;
  for (const Setting& setting : clusters) {
    for (const Reached& reached : summary.reached) {
      AsynchronousRecord record = setting.record;
      record.method = run.method;
      record.epsilon = reached.epsilon;
      if (reached.iterations > 0) {
        record.iterations = static_cast<double>(reached.iterations);
        record.seconds =
            SynchronousSeconds(ClusterOf(setting), options.synchronisation,
                               options.seed, reached.iterations);
      } else {
        record.diverged = summary.diverged;
      }
      result.records.push_back(std::move(record));
    }
  }
  return result;
}

// Algorithm 2 to every epsilon.
absl::StatusOr<Asynchronous> RunToEpsilons(const Problem& problem,
                                           const AsynchronousGrid& grid,
                                           const Setting& setting) {
  ASSIGN_OR_RETURN(
      const auto summary,
      RunAsyncSimulation(problem.objective, problem.rows, problem.optimum.value,
                         OptionsOf(problem, grid.step_size, setting.record),
                         ClusterOf(setting), ReadOrder::kAfterAllAdds,
                         {grid.epsilons, grid.max_iterations}));
  Asynchronous result;
  for (const AsyncReached& reached : summary.reached) {
    AsynchronousRecord record = setting.record;
    record.epsilon = reached.epsilon;
    if (reached.local_steps > 0) {
      record.iterations = reached.iterations;
      record.seconds = reached.seconds;
    } else {
      record.diverged = summary.diverged;
    }
    SetDelays(summary.delays, record);
    result.records.push_back(std::move(record));
  }
  return result;
}

// Theorem 5.1 for the record's tau. sigma^2 and G^2 are the larger ones of the
// start and the optimum.
void SetBound(const Problem& problem, double shift,
              AsynchronousRecord& record) {
  const std::vector<double> start(problem.objective.num_features(), 0.0);
  const GradientMoments at_start = MomentsAt(problem.objective, start);
  const GradientMoments at_optimum =
      MomentsAt(problem.objective, problem.optimum.point);
  BoundSettings bound;
  bound.iterations = static_cast<int64_t>(*record.iterations);
  bound.workers = record.workers;
  bound.batch = record.batch;
  bound.shift = shift;
  bound.strong_convexity = problem.curvature.strong_convexity;
  bound.smoothness = problem.curvature.smoothness;
  bound.variance = std::max(at_start.variance, at_optimum.variance);
  bound.second_moment =
      std::max(at_start.second_moment, at_optimum.second_moment);
  bound.start_distance_square = SquaredNorm(problem.optimum.point);
  const BoundTerms terms = AsynchronousBound(bound, record.period, record.tau);
  record.bound = terms.total();
  record.bias_term = terms.bias;
  record.drift_term = terms.drift;
}

// Algorithm 2 until every worker has taken T steps, beside Theorem 5.1.
absl::StatusOr<Asynchronous> RunToEnd(const Problem& problem,
                                      const Setting& setting) {
  AsynchronousRecord record = setting.record;
  const LocalSgdOptions options =
      OptionsOf(problem, StepSizeChoice(), setting.record);
  ASSIGN_OR_RETURN(
      const auto summary,
      RunAsyncSimulation(problem.objective, problem.rows, problem.optimum.value,
                         options, ClusterOf(setting), ReadOrder::kAfterAllAdds,
                         {{}, static_cast<int64_t>(*record.iterations)}));
  record.seconds = summary.seconds;
  const double gap = summary.gaps[static_cast<int>(Iterate::kQuadratic)];
  record.diverged = !std::isfinite(gap);
  if (!record.diverged) record.gap = gap;
  SetDelays(summary.delays, record);
  // The theorem asks for it; a straggler's tau does not keep to it.
  if (options.averaging_shift >=
      static_cast<double>(record.period + record.tau)) {
    SetBound(problem, options.averaging_shift, record);
  }
  return Asynchronous{{std::move(record)}, {}};
}

// Different for different settings, to the last bit.
std::string KeyOf(const AsynchronousRecord& r) {
  std::string key = absl::StrCat(
      r.arm, " ", r.method, ", lambda=", r.regularization, ", K=", r.workers,
      ", H=", r.period, ", ", r.compute, "/", r.message, " ",
      ShortestText(r.message_seconds), ", s=", ShortestText(r.slowdown),
      ", later=", ShortestText(r.head_start), ", seed=", r.seed);
  if (r.iterations) {
    absl::StrAppend(&key, ", T=", ShortestText(*r.iterations));
  }
  return key;
}

AsynchronousRecord RecordOf(const Problem& problem, const std::string& arm) {
  AsynchronousRecord record;
  record.dataset = problem.dataset;
  record.dataset_sha256 = problem.dataset_sha256;
  record.arm = arm;
  record.regularization = "1/n";
  record.method = "asynchronous";
  return record;
}

// Both methods to the accuracies, in clusters where nothing else differs.
void AddBoth(const Problem& problem, const AsynchronousGrid& grid,
             AsynchronousRecord run, std::vector<Setting> clusters,
             Pieces& pieces) {
  const double cost = static_cast<double>(run.workers);
  run.method = "synchronous";
  for (int64_t i = 0; i < grid.seeds; ++i) {
    run.seed = grid.first_seed + static_cast<uint64_t>(i);
    for (Setting& setting : clusters) setting.record.seed = run.seed;
    pieces.push_back({KeyOf(run), cost, [&problem, &grid, run, clusters] {
                        return RunSynchronous(problem, grid, run, clusters);
                      }});
    for (const Setting& setting : clusters) {
      pieces.push_back(
          {KeyOf(setting.record), cost, [&problem, &grid, setting] {
             return RunToEpsilons(problem, grid, setting);
           }});
    }
  }
}

// No delay; messages that take time; heavy-tailed ones.
void AddSpeed(const Problem& problem, const AsynchronousGrid& grid,
              Pieces& pieces) {
  AsynchronousRecord run = RecordOf(problem, "speed");
  run.step_size = grid.step_size.text;
  run.batch = grid.batch;
  for (const int64_t workers : grid.workers) {
    for (const int64_t period : grid.periods) {
      run.workers = workers;
      run.period = period;
      std::vector<Setting> clusters;
      for (const TimeModel& message :
           {ConstantTime(0.0), ExponentialTime(grid.message_seconds),
            ParetoTime(grid.message_seconds, kParetoTail)}) {
        clusters.push_back(InCluster(run, ExponentialTime(1.0), message));
      }
      AddBoth(problem, grid, run, clusters, pieces);
    }
  }
}

void AddStraggler(const Problem& problem, const AsynchronousGrid& grid,
                  Pieces& pieces) {
  AsynchronousRecord run = RecordOf(problem, "straggler");
  run.step_size = grid.step_size.text;
  run.batch = grid.batch;
  run.workers = grid.straggler_workers;
  run.period = grid.straggler_period;
  std::vector<Setting> clusters;
  for (const double slowdown : grid.slowdowns) {
    clusters.push_back(InCluster(run, ConstantTime(1.0), ConstantTime(1.0)));
    clusters.back().record.slowdown = slowdown;
  }
  AddBoth(problem, grid, run, clusters, pieces);
}

void AddDelay(const std::shared_ptr<const Problem>& problem,
              const std::string& regularization, const AsynchronousGrid& grid,
              Pieces& pieces) {
  AsynchronousRecord run = RecordOf(*problem, "delay");
  run.regularization = regularization;
  run.step_size = StepSizeChoice().text;
  run.workers = grid.delay_workers;
  run.period = grid.delay_period;
  Setting setting = InCluster(run, ConstantTime(1.0), ConstantTime(0.0));
  const auto add = [&](double head_start, double slowdown, int64_t T) {
    setting.record.head_start = head_start;
    setting.record.slowdown = slowdown;
    setting.record.iterations = static_cast<double>(T);
    for (int64_t i = 0; i < grid.delay_seeds; ++i) {
      setting.record.seed = grid.first_seed + static_cast<uint64_t>(i);
      pieces.push_back({KeyOf(setting.record), 1.0, [problem, setting] {
                          return RunToEnd(*problem, setting);
                        }});
    }
  };
  for (const double head_start : grid.head_starts) {
    add(head_start, 1.0, grid.delay_iterations);
  }
  for (const int64_t part : {8, 4, 2, 1}) {
    add(0.0, grid.delay_slowdown, grid.delay_iterations / part);
  }
}

AsynchronousGrid GridOf(bool quick) {
  AsynchronousGrid grid;
  if (!quick) return grid;
  grid.epsilons = {0.1};
  grid.seeds = 2;
  grid.workers = {4};
  grid.periods = {16};
  grid.slowdowns = {1.0, 4.0};
  grid.straggler_workers = 4;
  grid.delay_iterations = 1024;
  grid.head_starts = {0, 128, 512};
  grid.delay_seeds = 3;
  return grid;
}

std::string Describe(const Problem& /*problem*/, const AsynchronousGrid& grid) {
  nlohmann::ordered_json settings;
  settings["step_size"] = grid.step_size.text;
  settings["epsilons"] = grid.epsilons;
  settings["batch"] = grid.batch;
  settings["workers"] = grid.workers;
  settings["periods"] = grid.periods;
  settings["message_seconds"] = grid.message_seconds;
  settings["straggler_workers"] = grid.straggler_workers;
  settings["straggler_period"] = grid.straggler_period;
  settings["slowdowns"] = grid.slowdowns;
  settings["max_iterations"] = grid.max_iterations;
  settings["delay_workers"] = grid.delay_workers;
  settings["delay_period"] = grid.delay_period;
  settings["delay_iterations"] = grid.delay_iterations;
  settings["head_starts"] = grid.head_starts;
  settings["delay_slowdown"] = grid.delay_slowdown;
  settings["delay_seeds"] = grid.delay_seeds;
  settings["seeds"] = grid.seeds;
  settings["first_seed"] = grid.first_seed;
  return settings.dump();
}

absl::Status Validate(const Problem& problem, const AsynchronousGrid& grid) {
  const auto error = [](const auto&... what) {
    return absl::InvalidArgumentError(absl::StrCat(what...));
  };
  RETURN_IF_ERROR(
      ValidateSeeds(grid.first_seed, std::max(grid.seeds, grid.delay_seeds)));
  for (const double slowdown : grid.slowdowns) {
    if (!(slowdown >= 1.0) || !std::isfinite(slowdown)) {
      return error("--slowdowns: ", ShortestText(slowdown),
                   ", expected at least 1");
    }
  }
  if (std::adjacent_find(grid.slowdowns.begin(), grid.slowdowns.end(),
                         std::greater_equal<double>()) !=
      grid.slowdowns.end()) {
    return error("--slowdowns: ",
                 absl::StrJoin(grid.slowdowns, ",",
                               [](std::string* out, double slowdown) {
                                 out->append(ShortestText(slowdown));
                               }),
                 ", expected ascending numbers");
  }
  if (!(grid.message_seconds >= 0.0) || !std::isfinite(grid.message_seconds)) {
    return error("--message_seconds: ", ShortestText(grid.message_seconds),
                 ", expected at least 0");
  }
  for (const int64_t workers : grid.workers) {
    AsynchronousRecord run;
    run.workers = workers;
    run.batch = grid.batch;
    const LocalSgdOptions options = OptionsOf(problem, grid.step_size, run);
    RETURN_IF_ERROR(ValidateAsyncOptions(problem.rows, options));
    RETURN_IF_ERROR(
        ValidateTermination(options, {grid.epsilons, grid.max_iterations}));
  }
  return absl::OkStatus();
}

// InvalidArgument when the theorem's step sizes, which the delays are looked at
// with, cannot be taken.
absl::StatusOr<Stages<Asynchronous>> StagesOf(const Problem& problem,
                                              const AsynchronousGrid& grid) {
  ASSIGN_OR_RETURN(Problem made, WithRegularization(problem, kRegular));
  const auto regular = std::make_shared<const Problem>(std::move(made));
  for (const Problem* one : {&problem, regular.get()}) {
    RETURN_IF_ERROR(ValidateAsyncOptions(
        one->rows, OptionsOf(*one, StepSizeChoice(), AsynchronousRecord())));
  }
  Pieces pieces;
  AddSpeed(problem, grid, pieces);
  AddStraggler(problem, grid, pieces);
  // Owned by the caller.
  AddDelay({std::shared_ptr<const Problem>(), &problem}, "1/n", grid, pieces);
  // With n = 100 the two are one.
  if (regular->objective.lambda != problem.objective.lambda) {
    AddDelay(regular, ShortestText(kRegular), grid, pieces);
  }
  return OneStage(std::move(pieces));
}

}  // namespace

const Experiment<AsynchronousGrid, Asynchronous>& AsynchronousExperiment() {
  static const auto& experiment =
      *new Experiment<AsynchronousGrid, Asynchronous>{
          .study = &AsynchronousStudy(),
          .usage =
              "Compares synchronous and asynchronous local SGD in "
              "modelled clusters and writes asynchronous.csv, "
              "asynchronous_findings.csv, tables and a figure.",
          .settings = GridOf,
          .seeds =
              [](const AsynchronousGrid& settings) {
                return std::max(settings.seeds, settings.delay_seeds);
              },
          .describe = Describe,
          .validate = Validate,
          .stages = StagesOf,
          .findings =
              [](const Asynchronous& all) {
                return AsynchronousFindings(all.records);
              },
          .epsilons =
              [](const AsynchronousGrid& grid) { return grid.epsilons; }};
  return experiment;
}

}  // namespace local_sgd
