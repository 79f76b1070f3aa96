// How close one run with a period H, or with a schedule of communication, came
// to the optimum: what communication_period.csv and communication_schedules.csv
// hold. Rows of the same seed, K and b drew the same samples.

#ifndef EXPERIMENTS_COMMUNICATION_PERIOD_RECORDS_H_
#define EXPERIMENTS_COMMUNICATION_PERIOD_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/records/finding_record.h"
#include "lib/records/schema.h"

namespace local_sgd {

struct PeriodRecord {
  std::string dataset;
  double regularization = 0;  // lambda > 0
  std::string step_size;      // the arm
  int64_t workers = 0;        // K >= 1
  int64_t batch = 0;          // b >= 1
  int64_t iterations = 0;     // T >= 1
  int64_t period = 0;         // H, 1 to T; T is one-shot averaging
  uint64_t seed = 0;          // below 2^63
  std::string chosen;         // the step size, as --step_size takes it
  // f - f* after T iterations and after iterations_later; nothing where the run
  // has diverged.
  std::optional<double> gap;
  int64_t iterations_later = 0;  // > T
  std::optional<double> gap_later;

  bool diverged() const { return !gap || !gap_later; }
};

// How findings name their setting: "theory, lambda=0.01", "K=4, b=4, T=2048"
// and, for a schedule, "period:4, K=16, b=4, lambda=0.01".
std::string ArmSetting(const PeriodRecord& record);
std::string CellSetting(const PeriodRecord& record);

const Schema<PeriodRecord>& PeriodSchema();

// Either f - f* after some iterations (`gap`, no epsilon), or T(epsilon).
struct ScheduleRecord {
  std::string dataset;
  double regularization = 0;
  int64_t workers = 0;
  int64_t batch = 0;
  std::string kind;      // "constant", "growing", ...: see the experiment
  std::string schedule;  // as --synchronisation takes it
  std::string chosen;    // the step size, as --step_size takes it
  uint64_t seed = 0;
  std::optional<double> epsilon;
  // T(epsilon) and its rounds: nothing where epsilon was not reached.
  std::optional<int64_t> iterations;
  std::optional<int64_t> rounds;
  std::optional<double> gap;  // nothing where the run has diverged
  bool diverged = false;      // and has no gap, or did not reach epsilon
};

// The gap of a run, nothing where it has diverged.
std::optional<double> FiniteGap(double gap);

std::string ScheduleSetting(const ScheduleRecord& record);

const Schema<ScheduleRecord>& ScheduleSchema();

// All that the study has in a results folder, and what goes with it.
struct CommunicationPeriod {
  std::vector<PeriodRecord> periods;      // by arm, K, b, T, H, seed
  std::vector<ScheduleRecord> schedules;  // by schedule, seed, epsilon or T
  std::vector<FindingRecord> findings;
  // What the step sizes to measure were chosen by, on the selection seed; an
  // empty `chosen` where none reached epsilon. Only a run's later stages have
  // them.
  std::vector<ScheduleRecord> tunings;
  double loss = 0;  // that the findings are about
  // Of the data, where the folder's problem_constants.json is about the same;
  // empty where that is not known.
  std::string dataset_sha256;
};

}  // namespace local_sgd

#endif  // EXPERIMENTS_COMMUNICATION_PERIOD_RECORDS_H_
