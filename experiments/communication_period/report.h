// How often to communicate, for a reader: the tables and figures of
// communication_period.csv, communication_schedules.csv and
// communication_period_findings.csv.

#ifndef EXPERIMENTS_COMMUNICATION_PERIOD_REPORT_H_
#define EXPERIMENTS_COMMUNICATION_PERIOD_REPORT_H_

#include "experiments/communication_period/records.h"
#include "experiments/study.h"

namespace local_sgd {

// Tables: the admissible period of every cell beside what (9) says; the fitted
// exponents beside those of the theory; T(epsilon), rounds and modelled times
// of the schedules; their errors at equal rounds.
//
// Figures: the admissible period against T, K and b, a panel for each arm, with
// the slope of the theory; and error against rounds, a panel for each kind of
// schedule. Bands are intervals of 95 %.
const Study<CommunicationPeriod>& CommunicationPeriodStudy();

}  // namespace local_sgd

#endif  // EXPERIMENTS_COMMUNICATION_PERIOD_REPORT_H_
