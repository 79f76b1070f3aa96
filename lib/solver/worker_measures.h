// What the proof of Theorem 2.2 speaks of, measured on the state of a run: the
// workers' iterates, how far they have drifted apart, the moments of their
// gradients, and the variance of the gradient averaged over them.

#ifndef LIB_SOLVER_WORKER_MEASURES_H_
#define LIB_SOLVER_WORKER_MEASURES_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "lib/objective/logistic_regression.h"
#include "lib/objective/problem_constants.h"
#include "lib/solver/iterates.h"

namespace local_sgd {

// x^k = s (common + difference^k) of worker k, d entries.
std::vector<double> WorkerIterate(const Iterates& iterates, int64_t k);

// (1/K) sum_k |xbar - x^k|^2.
double WorkerDrift(const Iterates& iterates);

// Exact moments of a sampled gradient at the iterates of the first `workers`
// workers (from 1 to K): the largest of each, and the mean of the variance.
struct WorkerMoments {
  GradientMoments largest;
  double mean_variance = 0.0;  // sigma_t^2 = (1/K) sum_k, where workers = K
};
WorkerMoments MomentsAtWorkers(const LogisticRegression& problem,
                               const Iterates& iterates, int64_t workers);

// Draws for measuring at frozen iterates: those of run workers have a worker
// index below this (see ValidateOptions), so from here on no run draws.
inline constexpr int64_t kFirstMeasuringWorker = int64_t{1} << 20;

// |g - E g|^2 of `draws` independent drawings of the averaged gradient at the
// workers' iterates, g = (1/K) sum_k (1/b) sum_p grad f_{i_p}(x^k). Worker k's
// samples are the draws of worker `first_worker` + k of the seed (see
// sample_stream.h), `first_worker` >= kFirstMeasuringWorker. Their mean
// estimates sigma_t^2 / (K b).
std::vector<double> AveragedGradientDeviations(
    const LogisticRegression& problem, const Iterates& iterates, int64_t batch,
    uint64_t seed, int64_t first_worker, int64_t draws);

}  // namespace local_sgd

#endif  // LIB_SOLVER_WORKER_MEASURES_H_
