// How large the period may be, and which schedule of communication is best:
// findings from the records alone, each with the jackknife's interval over
// seeds.

#ifndef EXPERIMENTS_COMMUNICATION_PERIOD_FINDINGS_H_
#define EXPERIMENTS_COMMUNICATION_PERIOD_FINDINGS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/communication_period/records.h"
#include "lib/records/finding_record.h"

namespace local_sgd {

// ceil((1 + loss) T).
int64_t LaterIterations(int64_t iterations, double loss);

// `loss` itself and, for each arm and lambda, of periods that lose so much:
//
//   admissible_period        of one K, b, T and criterion; or, in its place,
//   admissible_period_above  where even H = T loses less, and ..._below
//   one_shot_loss            f - f* with H = T over that with H = 1, less 1
//   exponent_of_iterations,  e in H = c T^e_T K^e_K b^e_b, fitted to the cells
//   ..._workers, ..._batch   that are not censored
//   residual_exponent_of_... the same exponents with the fit's own interval
//   model_exponent_of_...    the same fit to what (9) says of those cells;
//                            exact
//   cells_fitted, cells_censored
//
// The criteria are those of LossCriterion: the error after T iterations, and
// the iterations to the error that H = 1 has after T, which must be reached
// within (1 + loss) T, the iterations_later of the records. A cell that is
// censored without some seed counts there with its bound. Exponents that the
// cells do not determine are left out. Errors, naming the setting: a seed that
// is missing or iterations_later that does not go with `loss`.
absl::StatusOr<std::vector<FindingRecord>> PeriodFindings(
    const std::vector<PeriodRecord>& records, double loss);

// The rounds at which schedules are compared.
inline constexpr int64_t kComparedRounds[] = {16, 64, 256};
// The prices of a vector, in gradients.
inline constexpr double kComparedRhos[] = {1, 25, 100};

// For each lambda, K, b, schedule and epsilon (settings name them so):
//
//   schedule_iterations, schedule_rounds   means to reach epsilon
//   schedule_time     T b + rho v rounds, in gradients, v vectors a round, for
//                     each cost model and rho
//   schedule_error    f - f* after so many rounds: log error is interpolated in
//                     log rounds
//   frequent_start_iterations, ..._rounds   those of "phases:1,S,H" over those
//                     of "period:H"
//
// A schedule that missed epsilon on some seed has no finding there.
absl::StatusOr<std::vector<FindingRecord>> ScheduleFindings(
    const std::vector<ScheduleRecord>& records);

}  // namespace local_sgd

#endif  // EXPERIMENTS_COMMUNICATION_PERIOD_FINDINGS_H_
