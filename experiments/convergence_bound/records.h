// A measured error beside bound (5) of Theorem 2.2, and what every run had on
// its way, as records: what convergence_bound.csv and
// convergence_bound_runs.csv hold.

#ifndef EXPERIMENTS_CONVERGENCE_BOUND_RECORDS_H_
#define EXPERIMENTS_CONVERGENCE_BOUND_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/records/finding_record.h"
#include "lib/records/schema.h"
#include "lib/theory/convergence_bound.h"

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

// One seed's run at one T. What is measured on the workers is measured at the
// last step before T, t = T - 1.
struct BoundRunRecord {
  double lambda = 0;                       // > 0
  int64_t workers = 0;                     // K >= 1
  int64_t batch = 0;                       // b >= 1
  int64_t period = 0;                      // H >= 1
  uint64_t seed = 0;                       // below 2^63
  int64_t iterations = 0;                  // T >= 1
  double error = 0;                        // f(xhat_T) - f*
  double step_size = 0;                    // eta_t
  double drift = 0;                        // (1/K) sum_k |xbar_t - x_t^k|^2
  std::optional<double> drift_bound_path;  // nothing before all runs are known
  // On the first seed only: the largest over the first two workers.
  std::optional<double> variance;
  std::optional<double> second_moment;
  // With the last of the periods only, at the last T: the variance of the
  // averaged gradient times K b / sigma_t^2, from independent drawings. Nothing
  // where sigma_t^2 is 0.
  std::optional<double> gradient_variance_ratio;
};

const Schema<ConvergenceBoundRecord>& ConvergenceBoundSchema();
const Schema<BoundRunRecord>& BoundRunSchema();

// What bound (5) is made of on one problem; T, K, b and a are still to be set.
struct BoundConstants {
  std::string dataset;
  std::string dataset_sha256;
  std::string lambda_text;  // "1/n", or the number
  BoundSettings a_priori;   // sigma^2 and G^2 from the data's norms
  BoundSettings path;  // the largest that were measured, the start included

  double lambda() const { return path.strong_convexity; }
  double kappa() const { return path.smoothness / path.strong_convexity; }
};

// All that the study has in a results folder, and the constants behind it.
struct ConvergenceBound {
  std::vector<ConvergenceBoundRecord> means;  // over seeds
  std::vector<BoundRunRecord> runs;  // by lambda, K and b, seed, H and T
  std::vector<FindingRecord> findings;
  std::vector<BoundConstants> constants;  // of each lambda; in no file
};

}  // namespace local_sgd

#endif  // EXPERIMENTS_CONVERGENCE_BOUND_RECORDS_H_
