// One run of Algorithm 1 and its record.

#ifndef EXPERIMENTS_SINGLE_SINGLE_RUN_H_
#define EXPERIMENTS_SINGLE_SINGLE_RUN_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "lib/program/build_info.h"
#include "lib/program/progress.h"
#include "lib/program/results_origin.h"
#include "lib/records/format.h"
#include "lib/records/table.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json_fwd.hpp"

namespace local_sgd {

struct RunSettings {
  int64_t workers = 1;  // K
  int64_t batch = 1;    // b
  StepSizeChoice step_size;
  SynchronisationSet synchronisation;
  std::string synchronisation_text = "period:1";
  Termination termination;
  uint64_t seed = 1;
  int threads = 1;
};

// The step sizes of a run. Theorem 2.2's H is the largest gap of the
// synchronisation set up to max_iterations; with one worker, where a
// synchronisation changes nothing, it is 1.
ChosenStepSize StepSizeOfRun(const Problem& problem,
                             const RunSettings& settings);

// What RunLocalSgd is called with.
LocalSgdOptions OptionsOfRun(const Problem& problem,
                             const RunSettings& settings);

// The error that RunOnce would return for settings out of range, without a run.
absl::Status ValidateRun(const Problem& problem, const RunSettings& settings);

// Errors: those of RunLocalSgd.
absl::StatusOr<RunSummary> RunOnce(const Problem& problem,
                                   const RunSettings& settings);

// Parts of a record. What the run was to do: workers, batch, synchronisation,
// period, step size, averaging shift, regularization, error bound of f*,
// max_iterations and epsilon; and what it was done by and on: seed, threads,
// program, machine, data.
nlohmann::ordered_json SettingsRecord(const Problem& problem,
                                      const RunSettings& settings);
nlohmann::ordered_json OriginRecord(const Problem& problem,
                                    const RunSettings& settings,
                                    const BuildInfo& build);

// Everything about a run as one object: the settings; `reached`, {epsilon,
// iterations or null, iterate or null} in the order of the epsilons; `gap`, f -
// f* of the four iterates where it stopped (null where not finite); counts
// (gradients, rounds, vectors, bytes), times in seconds, the sha256 of the
// bytes of the four iterates where it stopped, seed, program, machine and data.
nlohmann::ordered_json RunRecord(const Problem& problem,
                                 const RunSettings& settings,
                                 const RunSummary& summary,
                                 const BuildInfo& build);

// Which data and settings its files are of.
// `study` is the name of its record without .json.
ResultsOrigin OriginOfRun(const std::string& study, const Problem& problem,
                          const RunSettings& settings);

// The same for a reader or a spreadsheet: one row an epsilon, or one row.
Table RunTable(const Problem& problem, const RunSettings& settings,
               const RunSummary& summary);

// What any table and record of runs has: the columns of dataset and settings
// and a row's cells; those of f - f* of the four iterates, empty where not
// finite; and these in a record, null where not finite.
std::vector<Column> SettingsColumns();
std::vector<Cell> SettingsCells(const Problem& problem,
                                const RunSettings& settings);
void AddGapColumns(std::vector<Column>& columns);
void AddGapCells(const Gaps& gaps, std::vector<Cell>& cells);
nlohmann::ordered_json GapsRecord(const Gaps& gaps);

// For stdout: the record's text for --format=json, otherwise the table.
absl::StatusOr<std::string> RunText(const std::string& json, const Table& table,
                                    Format format);

// Counts a run's iterations; for Termination::progress. `progress` outlives it.
std::function<void(int64_t)> ReportsIterations(Progress& progress);

}  // namespace local_sgd

#endif  // EXPERIMENTS_SINGLE_SINGLE_RUN_H_
