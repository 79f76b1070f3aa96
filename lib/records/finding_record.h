// One number that an experiment found, with its interval: what
// EXPERIMENT_findings.csv holds, and what claims may be about.

#ifndef LIB_RECORDS_FINDING_RECORD_H_
#define LIB_RECORDS_FINDING_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/records/schema.h"

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

// Whether value and interval are finite: what has no number, as a ratio to an
// error of 0, is no finding, and experiments leave it out.
bool IsDefined(const FindingRecord& record);

const Schema<FindingRecord>& FindingSchema();

}  // namespace local_sgd

#endif  // LIB_RECORDS_FINDING_RECORD_H_
