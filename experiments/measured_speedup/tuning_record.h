// The tuning ledger, tuning_ledger.csv: every step size of the grid for every
// configuration, and what became of it on the selection seed.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_TUNING_RECORD_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_TUNING_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/records/schema.h"

namespace local_sgd {

// How a candidate ended:
//   reached    epsilon, after T(epsilon) iterations
//   diverged   f at its last iterate was no longer finite
//   limit      the limit of gradients came first
//   dropped    it could not win any more
//   same       its step sizes are another candidate's, bit for bit up to T
//   not_tried  left out: two neighbours on either side of the best of its
//   family
//              were worse (the search without --exhaustive)
struct TuningRecord {
  double epsilon = 0;    // > 0
  int64_t batch = 0;     // b >= 1
  int64_t workers = 0;   // K >= 1
  int64_t period = 0;    // H >= 1
  uint64_t seed = 0;     // the selection seed, below 2^63
  std::string family;    // "constant", 32 c, or "decaying", as SpeedupRecord
  int64_t exponent = 0;  // c = 2^exponent
  std::string outcome;   // see above
  // T(epsilon), or the iteration at which it ended; nothing for "same" and
  // "not_tried".
  std::optional<int64_t> iterations;
  std::optional<std::string> iterate;  // that reached epsilon
  // The smallest f - f* of the four iterates when last looked at; nothing where
  // that is not finite or not known.
  std::optional<double> gap;
  // For "same": the candidate that stands for it.
  std::optional<std::string> same_as_family;
  std::optional<int64_t> same_as_exponent;
};

const Schema<TuningRecord>& TuningSchema();

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_TUNING_RECORD_H_
