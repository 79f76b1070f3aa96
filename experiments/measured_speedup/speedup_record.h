// One measured speedup as a record: what measured_speedup.csv holds, and what
// tables and figures are made from.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_SPEEDUP_RECORD_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_SPEEDUP_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/records/schema.h"

namespace local_sgd {

inline constexpr char kTunedStepSize[] = "tuned";

// A tuned step size is one of Section 4: "decaying" is
// min(32, c n / (t + 1)), "constant" is 32 c, both with c = 2^exponent. It is
// chosen on a selection seed, as the one that reaches epsilon first, and
// measured on other seeds.
struct SpeedupRecord {
  std::string dataset;
  std::string dataset_sha256;
  std::string step_size;      // "theory", "tuned", "constant:ETA", "decaying:C"
  double epsilon = 0;         // > 0
  int64_t batch = 0;          // b >= 1
  int64_t workers = 0;        // K >= 1
  int64_t period = 0;         // H >= 1
  int64_t seeds = 0;          // measuring ones, >= 1
  int64_t seeds_reached = 0;  // of those, how many reached epsilon in time
  // T(epsilon) on the selection seed; only for "tuned".
  std::optional<int64_t> iterations_selected;
  // T(epsilon), mean over the measuring seeds; nothing unless all reached it.
  std::optional<double> iterations;
  std::optional<double> iterations_stderr;  // nothing for one seed
  std::optional<std::string> iterate;  // last, uniform, linear or quadratic

  // The winner and the second on the selection seed; only for "tuned".
  std::optional<std::string> chosen_family;
  std::optional<int64_t> chosen_exponent;
  std::optional<std::string> chosen_iterate;
  std::optional<std::string> chosen_interior;  // "yes"; "no": at an edge
  std::optional<std::string> runner_up_family;
  std::optional<int64_t> runner_up_exponent;
  std::optional<int64_t> runner_up_iterations;
  std::optional<std::string> runner_up_iterate;

  std::optional<double> speedup_free;  // T(1, 1) / T(K, H), ratio of means
  std::optional<double> speedup_free_stderr;
  // Divided by the communication factor; 0 where that is beyond all numbers.
  std::optional<double> speedup_star;
  std::optional<double> speedup_ring;
  double rho = 0;  // >= 0, behind star and ring
};

const Schema<SpeedupRecord>& SpeedupSchema();

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_SPEEDUP_RECORD_H_
