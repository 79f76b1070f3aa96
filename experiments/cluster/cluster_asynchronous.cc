#include "experiments/cluster/cluster_asynchronous.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/cluster/cluster.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/single/single_run.h"
#include "lib/comm/exchange.h"
#include "lib/program/build_info.h"
#include "lib/records/dataset_notice.h"
#include "lib/records/diverged_column.h"
#include "lib/records/json_number.h"
#include "lib/records/table.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/async_ranks.h"
#include "lib/solver/async_summary.h"
#include "lib/solver/delay_counts.h"
#include "lib/solver/local_sgd.h"
#include "lib/status_macros.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"

namespace local_sgd {
namespace {

using Json = nlohmann::ordered_json;

std::string Name(Iterate iterate) { return std::string(IterateName(iterate)); }

Json DelayRecord(const DelayCounts& delays) {
  Json record;
  record["max"] = delays.max();
  record["mean"] = delays.mean();
  record["median"] = delays.Quantile(0.5);
  record["quantile_0.9"] = delays.Quantile(0.9);
  record["quantile_0.99"] = delays.Quantile(0.99);
  return record;
}

std::string DelayText(const DelayCounts& delays) {
  return absl::StrCat("median ", delays.Quantile(0.5), ", mean ",
                      CellText(delays.mean(), Significant(3)), ", 99 % ",
                      delays.Quantile(0.99), ", max ", delays.max());
}

// Theorem 5.1 asks for a >= H + tau, and tau is known afterwards only.
std::string ShiftText(const Problem& problem, const RunSettings& settings,
                      int64_t tau) {
  if (settings.step_size.kind != StepSizeChoice::kTheory) return "";
  const int64_t needed = LargestGap(settings.synchronisation,
                                    settings.termination.max_iterations) +
                         tau;
  const double a = StepSizeOfRun(problem, settings).averaging_shift;
  return absl::StrCat(" Theorem 5.1 asks for a >= H + tau = ", needed,
                      "; a = ", CellText(a, Significant(6)),
                      a >= static_cast<double>(needed) ? "." : " is less.");
}

std::vector<Column> Columns() {
  std::vector<Column> columns = SettingsColumns();
  columns.insert(columns.end(), {{"ranks", "ranks"},
                                 {"epsilon", "epsilon"},
                                 {"iterations", "T(epsilon)", Significant(6)},
                                 {"iterate", "iterate"},
                                 {"seconds", "s", Significant(3)},
                                 {"stopped_at", "stopped at", Significant(6)},
                                 {kDivergedColumn, "diverged"},
                                 {"tau", "tau"},
                                 {"tau_median", "median tau"}});
  AddGapColumns(columns);
  return columns;
}

// On delays, traffic and times.
std::vector<std::string> Notes(const Problem& problem,
                               const RunSettings& settings,
                               const AsyncSummary& summary) {
  const DelayCounts& tau = summary.delays.tau;
  const auto [least, most] = std::minmax_element(summary.worker_steps.begin(),
                                                 summary.worker_steps.end());
  return {
      absl::StrCat("Delay tau, in steps: ", DelayText(tau), ".",
                   ShiftText(problem, settings, tau.max())),
      absl::StrCat("Steps of other workers between a read and the next add: ",
                   DelayText(summary.delays.foreign_steps), "."),
      absl::StrCat(
          summary.adds, " adds, ", summary.bytes,
          " bytes of vectors; each worker took from ", *least, " to ", *most,
          " steps; ", CellText(summary.step_seconds, Significant(3)),
          " s of steps, ", CellText(summary.wall_seconds, Significant(3)),
          " s with evaluations of f",
          summary.diverged ? "; the run diverged" : "")};
}

}  // namespace

absl::StatusOr<AsynchronousClusterRun> RunAsynchronouslyOnRanks(
    const Problem& problem, const ClusterSettings& settings, Exchange& exchange,
    const AsyncShared& shared) {
  ASSIGN_OR_RETURN(
      AsyncSummary summary,
      RunAsyncRanks(problem.objective, problem.rows, problem.optimum.value,
                    OptionsOnRanks(problem, settings, exchange),
                    settings.run.termination, shared));
  return AsynchronousClusterRun{std::move(summary),
                                PeakMemoryOfRanks(exchange)};
}

Json AsynchronousClusterRecord(const Problem& problem,
                               const ClusterSettings& settings,
                               const AsynchronousClusterRun& run,
                               const ClusterFacts& facts,
                               const BuildInfo& build) {
  const AsyncSummary& summary = run.summary;
  Json record = SettingsRecord(problem, settings.run);
  record["method"] = "asynchronous";
  record["reached"] = Json::array();
  for (const AsyncReached& reached : summary.reached) {
    const bool hit = reached.local_steps > 0;
    record["reached"].push_back(
        {{"epsilon", reached.epsilon},
         {"iterations", hit ? Json(reached.iterations) : Json()},
         {"local_steps", hit ? Json(reached.local_steps) : Json()},
         {"seconds", hit ? Json(reached.seconds) : Json()},
         {"iterate", hit ? Json(Name(reached.iterate)) : Json()}});
  }
  record["iterations"] = summary.iterations;
  record["local_steps"] = summary.local_steps;
  record["worker_steps"] = summary.worker_steps;
  record["gap"] = GapsRecord(summary.gaps);
  record["diverged"] = summary.diverged;
  record["delay"]["tau"] = DelayRecord(summary.delays.tau);
  record["delay"]["foreign_steps"] = DelayRecord(summary.delays.foreign_steps);
  record["gradients"] = summary.gradients;
  record["adds"] = summary.adds;
  record["vectors"] = summary.vectors;
  record["bytes"] = summary.bytes;
  record["wall_seconds"] = summary.wall_seconds;
  record["step_seconds"] = summary.step_seconds;
  record["gradients_per_second"] = FiniteOrNull(summary.gradients_per_second);
  record.update(OriginRecord(problem, settings.run, build));
  record.update(RanksRecord(settings, facts, run.peak_memory_bytes));
  return record;
}

Table AsynchronousClusterTable(const Problem& problem,
                               const ClusterSettings& settings,
                               const AsynchronousClusterRun& run,
                               const ClusterFacts& facts) {
  const AsyncSummary& summary = run.summary;
  const DelayCounts& tau = summary.delays.tau;
  Table table;
  table.title = "Asynchronous local SGD, one run";
  table.notes_above = DatasetNotice(problem.dataset);
  table.columns = Columns();
  std::vector<AsyncReached> reached = summary.reached;
  const bool no_target = reached.empty();
  if (no_target) reached.emplace_back();
  for (const AsyncReached& r : reached) {
    const bool hit = r.local_steps > 0;
    const auto if_hit = [hit](auto value) {
      return ToCell(hit ? std::optional(value) : std::nullopt);
    };
    std::vector<Cell>& row =
        table.rows.emplace_back(SettingsCells(problem, settings.run));
    row.insert(row.end(),
               {int64_t{facts.ranks},
                ToCell(no_target ? std::nullopt : std::optional(r.epsilon)),
                if_hit(r.iterations), if_hit(Name(r.iterate)),
                if_hit(r.seconds), summary.iterations,
                DivergedCell(summary.diverged), tau.max(), tau.Quantile(0.5)});
    AddGapCells(summary.gaps, row);
  }
  table.notes_below = Notes(problem, settings.run, summary);
  AddRanksNotes(settings, facts, run.peak_memory_bytes, table);
  return table;
}

}  // namespace local_sgd
