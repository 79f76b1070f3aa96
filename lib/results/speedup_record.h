// One measured speedup as a record: what measured_speedup.csv holds, and what
// tables and figures are made from.

#ifndef LIB_RESULTS_SPEEDUP_RECORD_H_
#define LIB_RESULTS_SPEEDUP_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/results/csv_reader.h"
#include "lib/results/table.h"

namespace local_sgd {

// What is measured (iterations and all after it up to the speedups) is nothing
// where the target was not reached within the limit; a speedup is nothing also
// where T(1, 1) is missing, the standard error where there is one seed.
struct SpeedupRecord {
  std::string dataset;
  std::string dataset_sha256;
  std::string step_size;             // "theory", ...
  double epsilon = 0;                // > 0
  int64_t batch = 0;                 // b >= 1
  int64_t workers = 0;               // K >= 1
  int64_t period = 0;                // H >= 1
  int64_t seeds = 0;                 // >= 1
  std::optional<double> iterations;  // T(epsilon), mean over seeds
  std::optional<double> iterations_stderr;
  std::optional<std::string> iterate;  // last, uniform, linear or quadratic
  std::optional<double> speedup_free;  // T(1, 1) / T(K, H)
  std::optional<double> speedup_star;  // divided by the communication factor
  std::optional<double> speedup_ring;
  double rho = 0;  // >= 0, behind star and ring
};

// One row a record; the columns are the fields in the order above.
Table SpeedupRecordTable(const std::vector<SpeedupRecord>& records);

// The records of a file that ToCsv(SpeedupRecordTable()) wrote. Errors name
// file, line, column and value; also for a setting that stands twice.
absl::StatusOr<std::vector<SpeedupRecord>> ParseSpeedupRecords(
    const CsvFile& file);

}  // namespace local_sgd

#endif  // LIB_RESULTS_SPEEDUP_RECORD_H_
