// T(epsilon) of one measuring seed as a record: what measured_iterations.csv
// holds. Settings of the same seed drew the same rows, so they form pairs.

#ifndef LIB_RESULTS_ITERATIONS_RECORD_H_
#define LIB_RESULTS_ITERATIONS_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/results/csv_reader.h"
#include "lib/results/table.h"

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

// One row a record; the columns are the fields in the order above.
Table IterationsRecordTable(const std::vector<IterationsRecord>& records);

// The records of a file that ToCsv(IterationsRecordTable()) wrote. Errors name
// file, line, column and value; also for a setting that stands twice.
absl::StatusOr<std::vector<IterationsRecord>> ParseIterationsRecords(
    const CsvFile& file);

}  // namespace local_sgd

#endif  // LIB_RESULTS_ITERATIONS_RECORD_H_
