// How often should the workers communicate? The error of Algorithm 1 for every
// period H from 1 to T, with the theoretical step sizes and with tuned ones, on
// the same draws; and schedules for a horizon that is not known in advance.

#ifndef EXPERIMENTS_COMMUNICATION_PERIOD_RUN_H_
#define EXPERIMENTS_COMMUNICATION_PERIOD_RUN_H_

#include <cstdint>
#include <vector>

#include "experiments/communication_period/period_runs.h"
#include "experiments/communication_period/records.h"
#include "experiments/communication_period/schedule_runs.h"
#include "experiments/experiment.h"

namespace local_sgd {

struct CommunicationPeriodSettings {
  std::vector<PeriodArm> arms;
  ScheduleSettings schedules;
  double loss = 0.1;  // that an admissible period may have
  int64_t seeds = 10;
  uint64_t first_seed = 1;
  int threads = 1;
};

// By default a theoretical arm on lambda = 1e-2 and a tuned one on 1/n.
const Experiment<CommunicationPeriodSettings, CommunicationPeriod>&
CommunicationPeriodExperiment();

}  // namespace local_sgd

#endif  // EXPERIMENTS_COMMUNICATION_PERIOD_RUN_H_
