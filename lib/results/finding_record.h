// One number that an experiment found, with its interval: what
// EXPERIMENT_findings.csv holds, and what claims may be about.

#ifndef LIB_RESULTS_FINDING_RECORD_H_
#define LIB_RESULTS_FINDING_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/results/csv_reader.h"
#include "lib/results/table.h"

namespace local_sgd {

struct FindingRecord {
  std::string experiment;  // "variance_reduction", say: its program
  std::string name;        // of the quantity
  std::string setting;     // "lambda=0.01, H=16", say; may be empty
  double value = 0;        // finite
  // The ends of an interval of 95 %, both or neither (one seed, or a number
  // that has none).
  std::optional<double> low;
  std::optional<double> high;
  int64_t seeds = 0;    // 0: exact
  std::string dataset;  // empty where no data are involved
};

// One row a record; the columns are the fields in the order above.
Table FindingRecordTable(const std::vector<FindingRecord>& records);

// Whether value and interval are finite: what has no number, as a ratio to an
// error of 0, is no finding, and experiments leave it out.
bool IsDefined(const FindingRecord& record);

// The records of a file that ToCsv(FindingRecordTable()) wrote. Errors name
// file, line, column and value; also for an interval that does not hold the
// value, and for an experiment, name and setting that stand twice.
absl::StatusOr<std::vector<FindingRecord>> ParseFindingRecords(
    const CsvFile& file);

}  // namespace local_sgd

#endif  // LIB_RESULTS_FINDING_RECORD_H_
