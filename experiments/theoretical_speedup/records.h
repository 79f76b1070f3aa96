// One modelled speedup as a record: what theoretical_speedup.csv holds.

#ifndef EXPERIMENTS_THEORETICAL_SPEEDUP_RECORDS_H_
#define EXPERIMENTS_THEORETICAL_SPEEDUP_RECORDS_H_

#include <cstdint>
#include <string>

#include "lib/records/schema.h"

namespace local_sgd {

struct ModelledSpeedup {
  std::string model;       // how equation (9) is read, as Name says
  std::string cost_model;  // likewise
  double rho = 0;
  double epsilon = 0;
  int64_t workers = 0;  // K >= 1
  int64_t period = 0;   // H >= 1
  double speedup = 0;   // S(K) > 0
};

const Schema<ModelledSpeedup>& ModelledSpeedupSchema();

}  // namespace local_sgd

#endif  // EXPERIMENTS_THEORETICAL_SPEEDUP_RECORDS_H_
