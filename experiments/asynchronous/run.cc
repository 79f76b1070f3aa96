#include "experiments/asynchronous/run.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "experiments/asynchronous/findings.h"
#include "experiments/asynchronous/records.h"
#include "experiments/pieces.h"
#include "experiments/problem.h"
#include "experiments/resumable.h"
#include "experiments/run_settings.h"
#include "lib/files/output_file.h"
#include "lib/objective/problem_constants.h"
#include "lib/objective/vector_operations.h"
#include "lib/program/journal.h"
#include "lib/program/progress.h"
#include "lib/records/csv_reader.h"
#include "lib/records/finding_record.h"
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

using Json = nlohmann::ordered_json;

constexpr double kParetoTail = 1.5;  // mean, but no variance

// Where a step takes 1 second on average and a message `seconds`.
struct ClusterKind {
  TimeModel::Kind compute = TimeModel::kConstant;
  TimeModel::Kind message = TimeModel::kConstant;
  double message_seconds = 0.0;
};

TimeModel TimeOf(TimeModel::Kind kind, double mean) {
  switch (kind) {
    case TimeModel::kConstant:
      return ConstantTime(mean);
    case TimeModel::kUniform:
      return UniformTime(mean, 1.0);
    case TimeModel::kExponential:
      return ExponentialTime(mean);
    case TimeModel::kPareto:
      return ParetoTime(mean, kParetoTail);
  }
  return ConstantTime(mean);
}

// The cluster of a record.
std::vector<SimulatedWorker> ClusterOf(const ClusterKind& kind,
                                       const AsynchronousRecord& record) {
  std::vector<SimulatedWorker> cluster =
      WorkersAlike(record.workers, TimeOf(kind.compute, 1.0),
                   TimeOf(kind.message, kind.message_seconds));
  cluster.back().slowdown = record.slowdown;
  if (record.head_start > 0.0) {
    for (int64_t k = 0; k < record.workers / 2; ++k) {
      cluster[k].pause_start = 0.0;
      cluster[k].pause_seconds = record.head_start;
    }
  }
  return cluster;
}

void SetKind(const ClusterKind& kind, AsynchronousRecord& record) {
  record.compute = std::string(Name(kind.compute));
  record.message = std::string(Name(kind.message));
  record.message_seconds = kind.message_seconds;
}

void SetDelays(const AsyncDelays& delays, AsynchronousRecord& record) {
  record.tau = delays.tau.max();
  record.tau_median = delays.tau.Quantile(0.5);
  record.foreign_steps_median = delays.foreign_steps.Quantile(0.5);
}

// No delay; messages that take time; heavy-tailed ones.
std::vector<ClusterKind> SpeedKinds(const AsynchronousGrid& grid) {
  return {
      {TimeModel::kExponential, TimeModel::kConstant, 0.0},
      {TimeModel::kExponential, TimeModel::kExponential, grid.message_seconds},
      {TimeModel::kExponential, TimeModel::kPareto, grid.message_seconds}};
}

constexpr ClusterKind kStragglerKind = {TimeModel::kConstant,
                                        TimeModel::kConstant, 1.0};
constexpr ClusterKind kDelayKind = {TimeModel::kConstant, TimeModel::kConstant,
                                    0.0};

// What both methods run with. `shift` is of Theorem 5.1's step sizes.
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

// The result of a piece: its records as text, which keeps every bit.
absl::StatusOr<Json> PieceOf(const std::vector<AsynchronousRecord>& records) {
  ASSIGN_OR_RETURN(auto csv, ToCsv(ToTable(AsynchronousSchema(), records)));
  return Json(std::move(csv));
}

// Algorithm 1: T(eps) once, and the seconds in every cluster.
absl::StatusOr<Json> RunSynchronous(
    const Problem& problem, const AsynchronousGrid& grid,
    const AsynchronousRecord& settings,
    const std::vector<std::pair<ClusterKind, AsynchronousRecord>>& clusters) {
  const LocalSgdOptions options = OptionsOf(problem, grid.step_size, settings);
  ASSIGN_OR_RETURN(
      const auto summary,
      RunLocalSgd(problem.objective, problem.rows, problem.optimum.value,
                  options, {grid.epsilons, grid.max_iterations}));
  std::vector<AsynchronousRecord> records;
  for (const auto& [kind, at] : clusters) {
    for (const Reached& reached : summary.reached) {
      AsynchronousRecord record = at;
      record.method = "synchronous";
      record.epsilon = reached.epsilon;
      if (reached.iterations > 0) {
        record.iterations = static_cast<double>(reached.iterations);
        record.seconds =
            SynchronousSeconds(ClusterOf(kind, at), options.synchronisation,
                               options.seed, reached.iterations);
      } else {
        record.diverged = summary.diverged;
      }
      records.push_back(std::move(record));
    }
  }
  return PieceOf(records);
}

// Algorithm 2 to every epsilon.
absl::StatusOr<Json> RunToEpsilons(const Problem& problem,
                                   const AsynchronousGrid& grid,
                                   const ClusterKind& kind,
                                   const AsynchronousRecord& settings) {
  ASSIGN_OR_RETURN(
      const auto summary,
      RunAsyncSimulation(problem.objective, problem.rows, problem.optimum.value,
                         OptionsOf(problem, grid.step_size, settings),
                         ClusterOf(kind, settings), ReadOrder::kAfterAllAdds,
                         {grid.epsilons, grid.max_iterations}));
  std::vector<AsynchronousRecord> records;
  for (const AsyncReached& reached : summary.reached) {
    AsynchronousRecord record = settings;
    record.epsilon = reached.epsilon;
    if (reached.local_steps > 0) {
      record.iterations = reached.iterations;
      record.seconds = reached.seconds;
    } else {
      record.diverged = summary.diverged;
    }
    SetDelays(summary.delays, record);
    records.push_back(std::move(record));
  }
  return PieceOf(records);
}

// Algorithm 2 until every worker has taken T steps, beside Theorem 5.1. sigma^2
// and G^2 are the larger ones of the start and the optimum.
absl::StatusOr<Json> RunToEnd(const Problem& problem,
                              const AsynchronousRecord& settings, int64_t T) {
  const StepSizeChoice theory;
  const LocalSgdOptions options = OptionsOf(problem, theory, settings);
  ASSIGN_OR_RETURN(
      const auto summary,
      RunAsyncSimulation(problem.objective, problem.rows, problem.optimum.value,
                         options, ClusterOf(kDelayKind, settings),
                         ReadOrder::kAfterAllAdds, {{}, T}));
  AsynchronousRecord record = settings;
  record.iterations = static_cast<double>(T);
  record.seconds = summary.seconds;
  const double gap = summary.gaps[static_cast<int>(Iterate::kQuadratic)];
  record.diverged = !std::isfinite(gap);
  if (!record.diverged) record.gap = gap;
  SetDelays(summary.delays, record);
  // Theorem 5.1 asks for it; a straggler's tau does not keep to it.
  if (options.averaging_shift >=
      static_cast<double>(record.period + record.tau)) {
    const std::vector<double> start(problem.objective.num_features(), 0.0);
    const GradientMoments at_start = MomentsAt(problem.objective, start);
    const GradientMoments at_optimum =
        MomentsAt(problem.objective, problem.optimum.point);
    BoundSettings bound;
    bound.iterations = T;
    bound.workers = record.workers;
    bound.batch = record.batch;
    bound.shift = options.averaging_shift;
    bound.strong_convexity = problem.curvature.strong_convexity;
    bound.smoothness = problem.curvature.smoothness;
    bound.variance = std::max(at_start.variance, at_optimum.variance);
    bound.second_moment =
        std::max(at_start.second_moment, at_optimum.second_moment);
    bound.start_distance_square = SquaredNorm(problem.optimum.point);
    const BoundTerms terms =
        AsynchronousBound(bound, record.period, record.tau);
    record.bound = terms.total();
    record.bias_term = terms.bias;
    record.drift_term = terms.drift;
  }
  return PieceOf({record});
}

std::string KeyOf(const AsynchronousRecord& r, const std::string& method) {
  return absl::StrCat(
      r.arm, " ", method, ", lambda=", r.regularization, ", K=", r.workers,
      ", H=", r.period, ", ", r.compute, "/", r.message, " ",
      ShortestText(r.message_seconds), ", s=", ShortestText(r.slowdown),
      ", later=", ShortestText(r.head_start), ", seed=", r.seed);
}

// Everything that is to be run, in the order of the records.
std::vector<Piece> PiecesOf(const Problem& problem, const Problem& regular,
                            const AsynchronousGrid& grid) {
  std::vector<Piece> pieces;
  AsynchronousRecord base;
  base.dataset = problem.dataset;
  base.dataset_sha256 = problem.dataset_sha256;
  base.method = "asynchronous";
  base.regularization = "1/n";
  base.step_size = grid.step_size.text;
  base.batch = grid.batch;
  const auto add_both =
      [&](AsynchronousRecord settings,
          const std::vector<std::pair<ClusterKind, double>>& clusters) {
        for (int64_t i = 0; i < grid.seeds; ++i) {
          settings.seed = grid.first_seed + static_cast<uint64_t>(i);
          std::vector<std::pair<ClusterKind, AsynchronousRecord>> all;
          for (const auto& [kind, slowdown] : clusters) {
            AsynchronousRecord at = settings;
            SetKind(kind, at);
            at.slowdown = slowdown;
            all.push_back({kind, at});
          }
          const double cost = static_cast<double>(settings.workers);
          pieces.push_back({KeyOf(settings, "synchronous"), cost,
                            [&problem, &grid, settings, all] {
                              return RunSynchronous(problem, grid, settings,
                                                    all);
                            }});
          for (const auto& [kind, at] : all) {
            pieces.push_back({KeyOf(at, "asynchronous"), cost,
                              [&problem, &grid, kind = kind, at = at] {
                                return RunToEpsilons(problem, grid, kind, at);
                              }});
          }
        }
      };
  base.arm = "speed";
  for (const int64_t workers : grid.workers) {
    for (const int64_t period : grid.periods) {
      base.workers = workers;
      base.period = period;
      std::vector<std::pair<ClusterKind, double>> clusters;
      for (const ClusterKind& kind : SpeedKinds(grid)) {
        clusters.push_back({kind, 1.0});
      }
      add_both(base, clusters);
    }
  }
  base.arm = "straggler";
  base.workers = grid.straggler_workers;
  base.period = grid.straggler_period;
  std::vector<std::pair<ClusterKind, double>> clusters;
  for (const double slowdown : grid.slowdowns) {
    clusters.push_back({kStragglerKind, slowdown});
  }
  add_both(base, clusters);

  base.arm = "delay";
  base.batch = 1;
  base.step_size = "theory";
  base.workers = grid.delay_workers;
  base.period = grid.delay_period;
  SetKind(kDelayKind, base);
  const auto add_to_end = [&](const Problem& here, AsynchronousRecord settings,
                              int64_t T) {
    for (int64_t i = 0; i < grid.delay_seeds; ++i) {
      settings.seed = grid.first_seed + static_cast<uint64_t>(i);
      pieces.push_back(
          {absl::StrCat(KeyOf(settings, "asynchronous"), ", T=", T), 1.0,
           [&here, settings, T] { return RunToEnd(here, settings, T); }});
    }
  };
  for (const Problem* here : {&problem, &regular}) {
    // With n = 100 the two are one.
    if (here == &regular &&
        regular.objective.lambda == problem.objective.lambda) {
      continue;
    }
    base.regularization =
        here == &problem ? "1/n" : ShortestText(here->objective.lambda);
    for (const double head_start : grid.head_starts) {
      base.head_start = head_start;
      add_to_end(*here, base, grid.delay_iterations);
    }
    base.head_start = 0.0;
    base.slowdown = grid.delay_slowdown;
    for (const int64_t part : {8, 4, 2, 1}) {
      add_to_end(*here, base, grid.delay_iterations / part);
    }
    base.slowdown = 1.0;
  }
  return pieces;
}

double CostOf(const std::vector<Piece>& pieces) {
  double cost = 0.0;
  for (const Piece& piece : pieces) cost += piece.cost;
  return cost;
}

constexpr double kRegular = 0.01;  // lambda where the terms are reached

// What the numbers depend on: everything but threads.
Json JournalSettings(const Problem& problem, const AsynchronousGrid& grid) {
  Json settings;
  settings["program"] = kAsynchronousExperiment;
  settings["dataset_sha256"] = problem.dataset_sha256;
  settings["index_base"] = problem.index_base;
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
  return settings;
}

// The problem with the other lambda. InvalidArgument when the theorem's step
// sizes, which the delays are looked at with, cannot be taken on either.
absl::StatusOr<Problem> RegularProblem(const Problem& problem) {
  absl::StatusOr<Problem> regular = WithRegularization(problem, kRegular);
  if (!regular.ok()) return regular;
  for (const Problem* one : {&problem, std::as_const(regular).operator->()}) {
    RETURN_IF_ERROR(ValidateAsyncOptions(
        one->rows, OptionsOf(*one, StepSizeChoice(), AsynchronousRecord())));
  }
  return regular;
}

absl::StatusOr<Asynchronous> RunReported(const Problem& problem,
                                         const Problem& regular,
                                         const AsynchronousGrid& grid,
                                         Journal* journal, bool show) {
  const std::vector<Piece> pieces = PiecesOf(problem, regular, grid);
  std::optional<Progress> progress;
  if (show) {
    progress.emplace(kAsynchronousExperiment, CostOf(pieces), std::cerr,
                     StderrIsTerminal());
  }
  ASSIGN_OR_RETURN(const auto done,
                   RunPieces(pieces, grid.threads,
                             {journal, progress ? &*progress : nullptr}));
  Asynchronous result;
  for (const Piece& piece : pieces) {
    const Json& text = done.at(piece.key);
    if (!text.is_string()) {
      return absl::InternalError("the journal's piece is no text");
    }
    ASSIGN_OR_RETURN(const auto file,
                     ParseCsv(text.get<std::string>(), piece.key));
    ASSIGN_OR_RETURN(const auto records,
                     ParseRecords(AsynchronousSchema(), file));
    result.records.insert(result.records.end(), records.begin(), records.end());
  }
  ASSIGN_OR_RETURN(result.findings, AsynchronousFindings(result.records));
  return result;
}

}  // namespace

AsynchronousGrid DefaultAsynchronous() {
  AsynchronousGrid grid;
  grid.step_size = ParseStepSize("decaying:0.125").value();
  return grid;
}

AsynchronousGrid QuickAsynchronous() {
  AsynchronousGrid grid = DefaultAsynchronous();
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

absl::Status ValidateAsynchronous(const Problem& problem,
                                  const AsynchronousGrid& grid) {
  RETURN_IF_ERROR(
      ValidateSeeds(grid.first_seed, std::max(grid.seeds, grid.delay_seeds)));
  for (const double slowdown : grid.slowdowns) {
    if (!(slowdown >= 1.0) || !std::isfinite(slowdown)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--slowdowns: ", ShortestText(slowdown), ", expected at least 1"));
    }
  }
  if (std::adjacent_find(grid.slowdowns.begin(), grid.slowdowns.end(),
                         std::greater_equal<double>()) !=
      grid.slowdowns.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--slowdowns: ",
                     absl::StrJoin(grid.slowdowns, ",",
                                   [](std::string* out, double slowdown) {
                                     out->append(ShortestText(slowdown));
                                   }),
                     ", expected ascending numbers"));
  }
  if (!(grid.message_seconds >= 0.0) || !std::isfinite(grid.message_seconds)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--message_seconds: ", ShortestText(grid.message_seconds),
                     ", expected at least 0"));
  }
  for (const int64_t workers : grid.workers) {
    AsynchronousRecord settings;
    settings.workers = workers;
    settings.batch = grid.batch;
    const LocalSgdOptions options =
        OptionsOf(problem, grid.step_size, settings);
    RETURN_IF_ERROR(ValidateAsyncOptions(problem.rows, options));
    RETURN_IF_ERROR(
        ValidateTermination(options, {grid.epsilons, grid.max_iterations}));
  }
  return absl::OkStatus();
}

absl::StatusOr<Asynchronous> RunAsynchronous(const Problem& problem,
                                             const AsynchronousGrid& grid) {
  RETURN_IF_ERROR(ValidateAsynchronous(problem, grid));
  ASSIGN_OR_RETURN(const auto regular, RegularProblem(problem));
  return RunReported(problem, regular, grid, /*journal=*/nullptr,
                     /*show=*/false);
}

absl::StatusOr<WrittenAsynchronous> RunAndWriteAsynchronous(
    const Problem& problem, const AsynchronousGrid& grid,
    const std::string& version, const std::string& folder) {
  absl::Status status = ValidateAsynchronous(problem, grid);
  if (status.ok()) status = EnsureFolder(folder);
  if (!status.ok()) return status;
  ASSIGN_OR_RETURN(const auto regular, RegularProblem(problem));
  WarnOfCertificate(problem, grid.epsilons);
  Json settings = JournalSettings(problem, grid);
  settings["version"] = version;
  ASSIGN_OR_RETURN(Journal journal,
                   BeginResumable(kAsynchronousExperiment, folder, settings));
  ASSIGN_OR_RETURN(auto result, RunReported(problem, regular, grid, &journal,
                                            /*show=*/true));
  WrittenAsynchronous written = {std::move(result), {}, std::move(journal)};
  for (const auto& [name, table] :
       {std::pair(".csv",
                  ToTable(AsynchronousSchema(), written.result.records)),
        std::pair("_findings.csv",
                  ToTable(FindingSchema(), written.result.findings))}) {
    ASSIGN_OR_RETURN(const std::string csv, ToCsv(table));
    const std::string file =
        absl::StrCat(folder, "/", kAsynchronousExperiment, name);
    status = WriteFileAtomically(file, csv);
    if (!status.ok()) return status;
    written.files.push_back(file);
  }
  RETURN_IF_ERROR(
      WriteOrigin(OriginOf(problem, grid), written.files, version, folder));
  return written;
}

ResultsOrigin OriginOf(const Problem& problem, const AsynchronousGrid& grid) {
  Json settings = JournalSettings(problem, grid);
  settings.erase("program");
  settings.erase("dataset_sha256");
  return {kAsynchronousExperiment, problem.dataset, problem.dataset_sha256,
          settings.dump()};
}

}  // namespace local_sgd
