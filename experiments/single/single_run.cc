#include "experiments/single/single_run.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "lib/dataset/sha256.h"
#include "lib/program/build_info.h"
#include "lib/program/progress.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/diverged_column.h"
#include "lib/records/format.h"
#include "lib/records/json_number.h"
#include "lib/records/table.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/status_macros.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

std::string Name(Iterate iterate) { return std::string(IterateName(iterate)); }

}  // namespace

ChosenStepSize StepSizeOfRun(const Problem& problem,
                             const RunSettings& settings) {
  const int64_t gap = settings.workers == 1
                          ? 1
                          : LargestGap(settings.synchronisation,
                                       settings.termination.max_iterations);
  return ChooseStepSize(settings.step_size, problem.num_samples,
                        problem.curvature.strong_convexity,
                        problem.curvature.condition_number, gap);
}

LocalSgdOptions OptionsOfRun(const Problem& problem,
                             const RunSettings& settings) {
  LocalSgdOptions options;
  options.workers = settings.workers;
  options.batch = settings.batch;
  const ChosenStepSize chosen = StepSizeOfRun(problem, settings);
  options.step_size = chosen.step_size;
  options.averaging_shift = chosen.averaging_shift;
  options.synchronisation = settings.synchronisation;
  options.seed = settings.seed;
  options.threads = settings.threads;
  return options;
}

absl::Status ValidateRun(const Problem& problem, const RunSettings& settings) {
  const LocalSgdOptions options = OptionsOfRun(problem, settings);
  RETURN_IF_ERROR(ValidateOptions(problem.rows, options));
  return ValidateTermination(options, settings.termination);
}

absl::StatusOr<RunSummary> RunOnce(const Problem& problem,
                                   const RunSettings& settings) {
  return RunLocalSgd(problem.objective, problem.rows, problem.optimum.value,
                     OptionsOfRun(problem, settings), settings.termination);
}

Json SettingsRecord(const Problem& problem, const RunSettings& settings) {
  Json record;
  record["workers"] = settings.workers;
  record["batch"] = settings.batch;
  record["synchronisation"] = settings.synchronisation_text;
  const bool has_period =
      settings.synchronisation.kind == SynchronisationSet::kPeriod;
  record["period"] =
      has_period ? Json(settings.synchronisation.period) : Json();
  record["step_size"] = settings.step_size.text;
  record["averaging_shift"] = StepSizeOfRun(problem, settings).averaging_shift;
  record["regularization"] = problem.objective.lambda;
  record["optimal_value"] = problem.optimum.value;
  record["optimal_value_error_bound"] = problem.optimum.error_bound;
  record["max_iterations"] = settings.termination.max_iterations;
  record["epsilon"] = settings.termination.epsilons;
  return record;
}

Json OriginRecord(const Problem& problem, const RunSettings& settings,
                  const BuildInfo& build) {
  Json record;
  record["seed"] = settings.seed;
  record["threads"] = settings.threads;
  record["version"] = build.version;
  record["compiler"] = build.compiler;
  record["cpu"] = build.cpu;
  record["cores"] = build.cores;
  record["dataset"] = problem.dataset;
  record["dataset_sha256"] = problem.dataset_sha256;
  return record;
}

Json RunRecord(const Problem& problem, const RunSettings& settings,
               const RunSummary& summary, const BuildInfo& build) {
  Json record = SettingsRecord(problem, settings);
  record["reached"] = Json::array();
  for (const Reached& reached : summary.reached) {
    const bool hit = reached.iterations > 0;
    record["reached"].push_back(
        {{"epsilon", reached.epsilon},
         {"iterations", hit ? Json(reached.iterations) : Json()},
         {"iterate", hit ? Json(Name(reached.iterate)) : Json()}});
  }
  record["iterations"] = summary.iterations;
  record["gap"] = GapsRecord(summary.gaps);
  record["diverged"] = summary.diverged;
  record["gradients"] = summary.gradients;
  record["rounds"] = summary.rounds;
  record["vectors"] = summary.vectors;
  record["bytes"] = summary.bytes;
  record["wall_seconds"] = summary.wall_seconds;
  record["step_seconds"] = summary.step_seconds;
  record["gradients_per_second"] = FiniteOrNull(summary.gradients_per_second);
  record["runs_side_by_side"] = summary.runs_side_by_side;
  record["iterates_sha256"] =
      summary.iterates.empty()
          ? Json()
          : Json(Sha256Hex(absl::string_view(
                reinterpret_cast<const char*>(summary.iterates.data()),
                summary.iterates.size() * sizeof(double))));
  record.update(OriginRecord(problem, settings, build));
  return record;
}

Table RunTable(const Problem& problem, const RunSettings& settings,
               const RunSummary& summary) {
  Table table;
  table.title = "Local SGD, one run";
  table.notes_above = DatasetNotice(problem.dataset);
  table.columns = SettingsColumns();
  table.columns.insert(table.columns.end(), {{"epsilon", "epsilon"},
                                             {"iterations", "T(epsilon)"},
                                             {"iterate", "iterate"},
                                             {"stopped_at", "stopped at"},
                                             {kDivergedColumn, "diverged"}});
  AddGapColumns(table.columns);
  std::vector<Reached> reached = summary.reached;
  const bool no_target = reached.empty();
  if (no_target) reached.emplace_back();
  for (const Reached& r : reached) {
    std::optional<double> epsilon;
    std::optional<int64_t> iterations;
    std::optional<std::string> iterate;
    if (!no_target) epsilon = r.epsilon;
    if (r.iterations > 0) {
      iterations = r.iterations;
      iterate = Name(r.iterate);
    }
    std::vector<Cell>& row =
        table.rows.emplace_back(SettingsCells(problem, settings));
    row.insert(row.end(), {ToCell(epsilon), ToCell(iterations), ToCell(iterate),
                           summary.iterations, DivergedCell(summary.diverged)});
    AddGapCells(summary.gaps, row);
  }
  table.notes_below.push_back(
      absl::StrCat(summary.gradients, " gradients, ", summary.rounds,
                   " rounds, ", summary.vectors, " vectors (", summary.bytes,
                   " bytes), ", CellText(summary.wall_seconds, Significant(3)),
                   " s", summary.diverged ? "; the run diverged" : ""));
  return table;
}

std::vector<Column> SettingsColumns() {
  return {{"dataset", "data"},
          {"step_size", "step size"},
          {"synchronisation", "synchronisation"},
          {"workers", "K"},
          {"batch", "b"},
          {"seed", "seed"}};
}

std::vector<Cell> SettingsCells(const Problem& problem,
                                const RunSettings& settings) {
  return {problem.dataset,
          settings.step_size.text,
          settings.synchronisation_text,
          settings.workers,
          settings.batch,
          static_cast<int64_t>(settings.seed)};
}

void AddGapColumns(std::vector<Column>& columns) {
  for (int q = 0; q < kNumIterates; ++q) {
    const std::string name = Name(static_cast<Iterate>(q));
    columns.push_back({absl::StrCat("gap_", name), absl::StrCat("gap ", name),
                       Significant(4)});
  }
}

void AddGapCells(const Gaps& gaps, std::vector<Cell>& cells) {
  for (const double gap : gaps) {
    cells.push_back(
        ToCell(std::isfinite(gap) ? std::optional(gap) : std::nullopt));
  }
}

Json GapsRecord(const Gaps& gaps) {
  Json record;
  for (int q = 0; q < kNumIterates; ++q) {
    record[Name(static_cast<Iterate>(q))] = FiniteOrNull(gaps[q]);
  }
  return record;
}

absl::StatusOr<std::string> RunText(const std::string& json, const Table& table,
                                    Format format) {
  if (format == Format::kJson) return json;
  return ToFormat(table, format);
}

std::function<void(int64_t)> ReportsIterations(Progress& progress) {
  return [&progress](int64_t t) {
    progress.Update(static_cast<double>(t), absl::StrCat("iteration ", t));
  };
}

ResultsOrigin OriginOfRun(const std::string& study, const Problem& problem,
                          const RunSettings& settings) {
  const Json all = SettingsRecord(problem, settings);
  Json own;  // what a user may choose
  for (const char* key : {"workers", "batch", "synchronisation", "step_size",
                          "regularization", "max_iterations", "epsilon"}) {
    own[key] = all[key];
  }
  own["seed"] = settings.seed;
  return {study, problem.dataset, problem.dataset_sha256, own.dump(),
          /*is_quick=*/true};
}

}  // namespace local_sgd
