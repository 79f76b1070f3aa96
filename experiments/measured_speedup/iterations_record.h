// T(epsilon) of one measuring seed as a record: what measured_iterations.csv
// holds. Settings of the same seed drew the same rows, so they form pairs.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_ITERATIONS_RECORD_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_ITERATIONS_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/records/schema.h"

namespace local_sgd {

struct IterationsRecord {
  std::string step_size;  // as in SpeedupRecord
  double epsilon = 0;     // > 0
  int64_t batch = 0;      // b >= 1
  int64_t workers = 0;    // K >= 1
  int64_t period = 0;     // H >= 1
  uint64_t seed = 0;      // below 2^63
  // T(epsilon) and the iterate that reached it; nothing where none did in time.
  std::optional<int64_t> iterations;
  std::optional<std::string> iterate;  // last, uniform, linear or quadratic
  bool diverged = false;               // and therefore did not
};

const Schema<IterationsRecord>& IterationsSchema();

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_ITERATIONS_RECORD_H_
