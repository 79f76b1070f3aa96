// A measured error beside bound (5) of Theorem 2.2 as a record: what
// convergence_bound.csv holds.

#ifndef EXPERIMENTS_CONVERGENCE_BOUND_RECORDS_H_
#define EXPERIMENTS_CONVERGENCE_BOUND_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/records/schema.h"

namespace local_sgd {

// The terms of the bound with one choice of sigma^2 and G^2.
struct BoundColumns {
  double variance = 0;  // >= 0, the variance term
  double drift = 0;     // >= 0
  double total = 0;     // >= 0, with the bias
  // total / error, >= 0; nothing where the error is 0 or, by rounding, below.
  std::optional<double> ratio;
};

struct ConvergenceBoundRecord {
  std::string dataset;
  std::string dataset_sha256;
  double lambda = 0;                   // > 0
  int64_t workers = 0;                 // K >= 1
  int64_t batch = 0;                   // b >= 1
  int64_t period = 0;                  // H >= 1
  int64_t iterations = 0;              // T >= 1
  int64_t seeds = 0;                   // >= 1
  double error = 0;                    // f(xhat_T) - f*, mean over the seeds
  std::optional<double> error_stderr;  // nothing for one seed
  double bias = 0;                     // >= 0, the same for both choices
  BoundColumns a_priori;               // sigma^2 and G^2 from the data's norms
  BoundColumns path;                   // the largest that were measured
};

const Schema<ConvergenceBoundRecord>& ConvergenceBoundSchema();

}  // namespace local_sgd

#endif  // EXPERIMENTS_CONVERGENCE_BOUND_RECORDS_H_
