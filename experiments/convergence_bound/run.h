// Theorem 2.2 against runs: f(xhat_T) - f* along T beside bound (5), term by
// term, for several lambda, K, b and H; and the steps of the proof, measured on
// the way: the drift of the workers and the variance of the averaged gradient.

#ifndef EXPERIMENTS_CONVERGENCE_BOUND_RUN_H_
#define EXPERIMENTS_CONVERGENCE_BOUND_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/convergence_bound/records.h"
#include "experiments/problem.h"
#include "lib/objective/problem_constants.h"
#include "lib/program/journal.h"
#include "lib/program/results_origin.h"
#include "lib/records/finding_record.h"
#include "lib/records/table.h"
#include "lib/theory/convergence_bound.h"

namespace local_sgd {

struct WorkersAndBatch {
  int64_t workers = 1;  // K
  int64_t batch = 1;    // b
};

// The runs on one problem. T is looked at at the last twelve powers of 2 up to
// max_iterations, all in one run of each seed: the step sizes do not depend on
// it.
struct BoundGrid {
  std::optional<double> lambda;  // nothing: 1/n
  std::vector<WorkersAndBatch> configurations;
  std::vector<int64_t> periods;  // H, at most eight; with K = 1 the first only
  int64_t max_iterations = 0;
  int64_t seeds = 0;
};

struct ConvergenceBoundSettings {
  std::vector<BoundGrid> grids;
  uint64_t first_seed = 1;
  int64_t gradient_draws =
      4000;  // for the averaged gradient's variance, a seed
  int threads = 1;
};

// The paper's lambda = 1/n, where the bound says least, and lambda = 0.01,
// where T comes to hundreds of a. A quick one takes about two seconds.
ConvergenceBoundSettings DefaultConvergenceBound();
ConvergenceBoundSettings QuickConvergenceBound();

// One run: K, b, H, seed. Entry i of each vector is of check point T_i.
struct BoundRun {
  WorkersAndBatch configuration;
  int64_t period = 1;
  uint64_t seed = 0;
  std::vector<double> errors;  // f(xhat_T) - f*
  std::vector<double> drifts;  // (1/K) sum_k |xbar_t - x_t^k|^2, t = T - 1
  // On the first seed only, at the same t: the largest moments over the first
  // two workers.
  std::vector<GradientMoments> moments;
  // With the last of the periods only, at the last t: the variance of the
  // averaged gradient times K b / sigma_t^2, from independent drawings. Nothing
  // where sigma_t^2 is 0.
  std::optional<double> gradient_variance_ratio;
};

// All runs on one problem, and what the bound needs.
struct BoundRuns {
  std::string lambda_text;  // "1/n", or the number
  double lambda = 0.0;
  Curvature curvature;
  double start_distance_square = 0.0;  // |x*|^2
  GradientMoments a_priori;
  GradientMoments path;  // the largest anywhere, the start included
  BoundGrid grid;
  std::vector<BoundRun> runs;  // by configuration, seed, period
};

struct ConvergenceBound {
  std::string dataset;
  std::string dataset_sha256;
  uint64_t first_seed = 1;
  std::vector<BoundRuns> problems;
};

// The T_i of a grid, ascending.
std::vector<int64_t> CheckPoints(const BoundGrid& grid);

// The periods of a configuration: with one worker they change nothing, so the
// first stands for all.
std::vector<int64_t> PeriodsOf(const BoundGrid& grid,
                               const WorkersAndBatch& configuration);

// Theorem 2.2's a.
double ShiftOf(const BoundRuns& runs, int64_t period);

// What bound (5) depends on, with sigma^2 and G^2 as `moments` has them; and
// the bound.
BoundSettings BoundSettingsOf(const BoundRuns& runs,
                              const GradientMoments& moments,
                              const WorkersAndBatch& configuration,
                              int64_t period, int64_t T);
BoundTerms BoundOf(const BoundRuns& runs, const GradientMoments& moments,
                   const WorkersAndBatch& configuration, int64_t period,
                   int64_t T);

// The runs of one configuration and period, one a seed.
struct Family {
  WorkersAndBatch configuration;
  int64_t period = 1;
  std::vector<const BoundRun*> seeds;

  // At check point i, a number a seed.
  std::vector<double> Errors(size_t i) const {
    std::vector<double> errors;
    for (const BoundRun* run : seeds) errors.push_back(run->errors[i]);
    return errors;
  }
  std::vector<double> Drifts(size_t i) const {
    std::vector<double> drifts;
    for (const BoundRun* run : seeds) drifts.push_back(run->drifts[i]);
    return drifts;
  }
};

// By configuration and period.
std::vector<Family> Families(const BoundRuns& problem);

// InvalidArgument, naming the setting and its value.
absl::Status ValidateConvergenceBound(const ConvergenceBoundSettings& settings);

struct JournaledConvergenceBound {
  ConvergenceBound result;
  Journal journal;  // for EndResumable, when the results are written
};

// `problem` gives the data, whatever its lambda; of grids whose lambda is the
// same on them only the first is run. Progress on stderr; finished
// pieces in convergence_bound.journal of the folder, which exists. The numbers
// do not depend on threads.
absl::StatusOr<JournaledConvergenceBound> RunConvergenceBound(
    const Problem& problem, const ConvergenceBoundSettings& settings,
    const std::string& version, const std::string& folder);

// Mean errors over seeds beside the bound, by problem, K, b, H, T.
std::vector<ConvergenceBoundRecord> BoundRecords(
    const ConvergenceBound& result);

// Every seed's error, drift and moments, one row for each T.
Table BoundRunsTable(const ConvergenceBound& result);

// What is to be said about it in numbers: see the source.
absl::StatusOr<std::vector<FindingRecord>> BoundFindings(
    const ConvergenceBound& result);

// convergence_bound.csv, convergence_bound_runs.csv and
// convergence_bound_findings.csv in the folder, which is made if missing.
// Returns the paths.
absl::StatusOr<std::vector<std::string>> WriteConvergenceBound(
    const ConvergenceBound& result, const std::string& output_dir);

// Which data and settings its files are of.
ResultsOrigin OriginOf(const Problem& problem,
                       const ConvergenceBoundSettings& settings);

struct WrittenConvergenceBound {
  std::vector<ConvergenceBoundRecord> records;
  std::vector<std::string> files;
  Journal journal;  // for EndResumable, when nothing else can fail
};

// Runs it and writes the files into the folder, which exists.
absl::StatusOr<WrittenConvergenceBound> RunAndWriteConvergenceBound(
    const Problem& problem, const ConvergenceBoundSettings& settings,
    const std::string& version, const std::string& folder);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CONVERGENCE_BOUND_RUN_H_
