// The records of the measured experiment: the speedups of measured_speedup.csv,
// T(epsilon) of every seed, every step size that was tried, and the runs.

#ifndef EXPERIMENTS_MEASURED_SPEEDUP_RECORDS_H_
#define EXPERIMENTS_MEASURED_SPEEDUP_RECORDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/records/schema.h"

namespace local_sgd {

inline constexpr char kTunedStepSize[] = "tuned";

// A tuned step size is one of Section 4: "decaying" is
// min(32, c n / (t + 1)), "constant" is 32 c, both with c = 2^exponent. It is
// chosen on a selection seed, as the one that reaches epsilon first, and
// measured on other seeds.
struct SpeedupRecord {
  std::string dataset;
  std::string dataset_sha256;
  std::string step_size;      // "theory", "tuned", "constant:ETA", "decaying:C"
  double epsilon = 0;         // > 0
  int64_t batch = 0;          // b >= 1
  int64_t workers = 0;        // K >= 1
  int64_t period = 0;         // H >= 1
  int64_t seeds = 0;          // measuring ones, >= 1
  int64_t seeds_reached = 0;  // of those, how many reached epsilon in time
  // T(epsilon) on the selection seed; only for "tuned".
  std::optional<int64_t> iterations_selected;
  // T(epsilon), mean over the measuring seeds; nothing unless all reached it.
  std::optional<double> iterations;
  std::optional<double> iterations_stderr;  // nothing for one seed
  std::optional<std::string> iterate;  // last, uniform, linear or quadratic

  // The winner and the second on the selection seed; only for "tuned".
  std::optional<std::string> chosen_family;
  std::optional<int64_t> chosen_exponent;
  std::optional<std::string> chosen_iterate;
  std::optional<std::string> chosen_interior;  // "yes"; "no": at an edge
  std::optional<std::string> runner_up_family;
  std::optional<int64_t> runner_up_exponent;
  std::optional<int64_t> runner_up_iterations;
  std::optional<std::string> runner_up_iterate;

  std::optional<double> speedup_free;  // T(1, 1) / T(K, H), ratio of means
  std::optional<double> speedup_free_stderr;
  // Divided by the communication factor; 0 where that is beyond all numbers.
  std::optional<double> speedup_star;
  std::optional<double> speedup_ring;
  double rho = 0;  // >= 0, behind star and ring
};

// T(epsilon) of one measuring seed. Settings of the same seed drew the same
// rows, so they form pairs.
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

// A step size of the grid and what became of it on the selection seed:
//   reached    epsilon, after T(epsilon) iterations
//   diverged   f at its last iterate was no longer finite
//   limit      the limit of gradients came first
//   dropped    it could not win any more
//   same       its step sizes are another candidate's, bit for bit up to T
//   not_tried  left out: two neighbours on either side of the best of its
//              family were worse (the search without --exhaustive)
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

// Everything about one run, a line of measured_speedup_runs.jsonl.
struct RunLine {
  std::string json;  // an object: its arm, and what RunRecord says
};

const Schema<SpeedupRecord>& SpeedupSchema();
const Schema<IterationsRecord>& IterationsSchema();
const Schema<TuningRecord>& TuningSchema();
const Schema<RunLine>& RunLineSchema();

// All that the experiment has in a results folder.
struct MeasuredSpeedup {
  // By arm, epsilon, b, K, H in the grid's order.
  std::vector<SpeedupRecord> speedups;
  std::vector<IterationsRecord> iterations;  // likewise, then by seed
  std::vector<TuningRecord> ledger;          // of the tuned arm; by candidate
  std::vector<RunLine> runs;                 // on the measuring seeds
};

}  // namespace local_sgd

#endif  // EXPERIMENTS_MEASURED_SPEEDUP_RECORDS_H_
