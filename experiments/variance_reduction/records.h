// How far the runs of one seed ended from the optimum, and how much the
// averaged gradient varied, as records: what variance_reduction.csv and
// variance_reduction_gradients.csv hold.

#ifndef EXPERIMENTS_VARIANCE_REDUCTION_RECORDS_H_
#define EXPERIMENTS_VARIANCE_REDUCTION_RECORDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "lib/records/finding_record.h"
#include "lib/records/schema.h"
#include "lib/statistics/bias_variance.h"

namespace local_sgd {

// What the runs of every number of workers have in common.
struct VarianceMethod {
  std::string regularization;   // "1/n" or a number
  std::string step_size;        // as --step_size has it
  std::string synchronisation;  // "period:H" or "final", one-shot averaging

  auto operator<=>(const VarianceMethod&) const = default;
};

// One seed's iterate at one T. A record of K = 1, where a synchronisation
// changes nothing, stands once, with the first synchronisation.
struct VarianceRecord {
  std::string dataset;
  std::string dataset_sha256;
  VarianceMethod method;
  int64_t batch = 0;       // b >= 1
  int64_t workers = 0;     // K >= 1
  int64_t iterations = 0;  // T >= 1
  std::string iterate;     // last, uniform, linear or quadratic
  uint64_t seed = 0;       // below 2^63
  // Those of all seeds of this setting are of one mean over them.
  SeedError error;
};

// The variance of the averaged gradient at one point, of one seed.
struct GradientVarianceRecord {
  std::string dataset;
  std::string dataset_sha256;
  // "start" and "optimum": all workers at x_0 or x*, whatever the step sizes
  // and the synchronisation, which are "" and "". "path": each at its own
  // iterate after `iterations`, the last of a round.
  std::string point;
  VarianceMethod method;
  int64_t batch = 0;
  int64_t workers = 0;
  int64_t iterations = 0;  // >= 0
  uint64_t seed = 0;
  int64_t draws = 0;             // of the averaged gradient g
  double variance = 0;           // mean |g - E g|^2 over the draws
  double gradient_variance = 0;  // sigma_t^2, one sample's, mean over workers
};

const Schema<VarianceRecord>& VarianceSchema();
const Schema<GradientVarianceRecord>& GradientVarianceSchema();

// All that the study has in a results folder.
struct VarianceReduction {
  std::vector<VarianceRecord> iterates;  // last and quadratic
  std::vector<GradientVarianceRecord> gradients;
  std::vector<FindingRecord> findings;
};

// One number of workers of a series, with the seeds in ascending order.
struct VarianceCell {
  int64_t workers = 0;
  int64_t iterations = 0;
  std::vector<SeedError> seeds;
};

// Numbers of workers that are compared: at equal T, or at equal numbers of
// gradients T K b.
struct VarianceSeries {
  std::string dataset;
  VarianceMethod method;
  std::string iterate;
  int64_t batch = 0;
  bool equal_iterations = true;     // else equal gradients
  int64_t equal = 0;                // that T, or that T K b
  std::vector<VarianceCell> cells;  // by K, ascending; at least two
};

// All series of the records, K = 1 in each of its step sizes' series, in the
// order of the records; first those of equal T. Cells of which another has more
// seeds are left out.
std::vector<VarianceSeries> SeriesOf(
    const std::vector<VarianceRecord>& records);

}  // namespace local_sgd

#endif  // EXPERIMENTS_VARIANCE_REDUCTION_RECORDS_H_
