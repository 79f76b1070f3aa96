// What is to be said about asynchrony in numbers, from the records alone.

#ifndef EXPERIMENTS_ASYNCHRONOUS_FINDINGS_H_
#define EXPERIMENTS_ASYNCHRONOUS_FINDINGS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "experiments/asynchronous/records.h"
#include "lib/records/finding_record.h"

namespace local_sgd {

// Means over seeds, with intervals from leaving out one seed at a time. A
// finding whose runs did not all reach their epsilon is left out, and so is one
// that its records do not suffice for.
//
// Arms speed and straggler, for each setting and epsilon:
//   time_ratio        seconds of the synchronous method over those of the
//                     asynchronous: above 1, asynchrony pays
//   iterations_ratio  T(eps) of the asynchronous over that of the synchronous
//   tau               the largest delay of any seed, until the run has reached
//                     all its epsilons
//   foreign_steps     until then the median, over adds and then over seeds, of
//                     the steps of others that were added between a worker's
//                     read and its add
//   pays_from         the smallest slowdown of the straggler from which on
//                     every measured one that reached epsilon has a time_ratio
//                     whose interval is above 1
// Arm delay, for each lambda:
//   error_over_bound  the largest mean of f(xhat_T) - f* over Theorem 5.1's
//                     bound, where its condition on a holds
//   error_over_bias   the mean error without delay over the bound's first term:
//                     above 1, a bound without the other two would be wrong
//   delay_loss        what the mean error is larger by than without delay, for
//                     each head start (its tau stands in the setting)
//   loss_over_drift   that over what the bound's drift term is larger by
//   loss_exponent     of delay_loss in H + tau, where all are positive
//   straggler_tau_exponent  of tau in T, with a straggler
//   straggler_loss    what the mean error is larger by than without one, at the
//                     largest T
absl::StatusOr<std::vector<FindingRecord>> AsynchronousFindings(
    const std::vector<AsynchronousRecord>& records);

}  // namespace local_sgd

#endif  // EXPERIMENTS_ASYNCHRONOUS_FINDINGS_H_
