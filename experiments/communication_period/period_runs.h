// Every period H of an arm as pieces of work: the step sizes are the theorem's,
// or tuned on one seed, and then all H are run on the same draws.

#ifndef EXPERIMENTS_COMMUNICATION_PERIOD_PERIOD_RUNS_H_
#define EXPERIMENTS_COMMUNICATION_PERIOD_PERIOD_RUNS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/communication_period/records.h"
#include "experiments/experiment.h"
#include "experiments/problem.h"

namespace local_sgd {

// i of c = 2^i of the step sizes that are tried: with w8a no winner is at an
// end of it.
inline constexpr int kSmallestExponent = -11;
inline constexpr int kLargestExponent = 0;

// Arms, as the user names them.
inline constexpr char kTheory[] = "theory";
inline constexpr char kTuned[] = "tuned";

// Each K with the reference batch and each b with the reference workers.
struct PeriodCells {
  std::vector<int64_t> workers;
  std::vector<int64_t> batches;
  int64_t reference_workers = 4;
  int64_t reference_batch = 4;
};

struct PeriodArm {
  // Step sizes of Theorem 2.2, where xhat_T is the quadratic average; otherwise
  // tuned for each K, b, H and T on the selection seed, where xhat_T is the
  // best of the four iterates. The first makes records of two arms: "theory",
  // with its shift a = max{16 kappa, H}, and "theory_fixed_shift", a = 16
  // kappa for every H, which shows what local steps alone cost.
  bool tuned = false;
  std::optional<double> regularization;  // lambda; nothing: the paper's 1/n
  std::vector<int64_t> iterations;       // T, ascending
  // Periods: the PeriodLadder up to T.
  int periods_per_octave = 2;
  PeriodCells cells;

  const char* name() const { return tuned ? kTuned : kTheory; }
};

// The powers of 2^(1/per_octave) up to T, rounded, and T; `per_octave` is 1 or
// 2.
std::vector<int64_t> PeriodLadder(int per_octave, int64_t T);

// A piece for each K, b and H of a tuned arm on its problem. Its `tunings` have
// the step size with the smallest error on that seed for every T that has H.
std::vector<RecordPiece<CommunicationPeriod>> PeriodTunings(
    std::shared_ptr<const Problem> problem, const PeriodArm& arm,
    uint64_t selection_seed);

// A piece for each K and b and each of the seeds first_seed, ..., of which
// there are `seeds`. Its `periods` are those of one cell and seed, with the
// step sizes of the tunings if the arm is tuned. Errors: those of
// ValidateOptions; Internal for a tuning that is missing.
absl::StatusOr<std::vector<RecordPiece<CommunicationPeriod>>> PeriodRuns(
    std::shared_ptr<const Problem> problem, const PeriodArm& arm, double loss,
    const std::vector<ScheduleRecord>& tunings, uint64_t first_seed,
    int64_t seeds);

// The cost of all those pieces, in their unit: about a second of a core on w8a.
double PeriodRunsCost(const PeriodArm& arm, int64_t seeds);

}  // namespace local_sgd

#endif  // EXPERIMENTS_COMMUNICATION_PERIOD_PERIOD_RUNS_H_
