// How often to communicate, from the records of //experiments:
// communication_period alone: tables and figures.

#ifndef EXPERIMENTS_COMMUNICATION_PERIOD_REPORT_H_
#define EXPERIMENTS_COMMUNICATION_PERIOD_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis/report_files.h"
#include "experiments/communication_period/records.h"
#include "lib/records/finding_record.h"
#include "lib/records/format.h"

namespace local_sgd {

struct CommunicationPeriodRecords {
  std::vector<PeriodRecord> periods;
  std::vector<ScheduleRecord> schedules;
  std::vector<FindingRecord> findings;
  // Of the data, where the folder's problem_constants.json is about the same;
  // empty where that is not known.
  std::string dataset_sha256;
};

// From communication_period.csv, communication_schedules.csv and
// communication_period_findings.csv, and problem_constants.json where it is
// there.
absl::StatusOr<CommunicationPeriodRecords> ReadCommunicationPeriod(
    const std::string& folder);

// The admissible period of every cell beside what (9) says; the fitted
// exponents beside those of the theory; T(epsilon), rounds and modelled times
// of the schedules; their errors at equal rounds.
std::vector<LabelledTable> CommunicationPeriodTables(
    const CommunicationPeriodRecords& records);

// The admissible period against T, K and b, a panel for each arm, with the
// slope of the theory; and error against rounds, a panel for each kind of
// schedule. Bands are intervals of 95 %.
FigureSet CommunicationPeriodFigures(const CommunicationPeriodRecords& records);

// The same as they are named in files. NotFound without the records.
absl::StatusOr<ExperimentReport> ReadCommunicationPeriodReport(
    const std::string& folder);

// Writes communication_period_tables.md, .tex and .txt and the figures. Returns
// the paths.
absl::StatusOr<std::vector<std::string>> DrawCommunicationPeriod(
    const std::string& input_dir, const std::string& output_dir);

// What the program prints for --format: the tables, or the findings.
absl::StatusOr<std::string> CommunicationPeriodInFormat(
    const std::string& folder, Format format);

}  // namespace local_sgd

#endif  // EXPERIMENTS_COMMUNICATION_PERIOD_REPORT_H_
