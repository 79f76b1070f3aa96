// Why averaging K workers helps: bias and variance of what local SGD returns,
// apart, and the variance of the averaged gradient, against K; at equal T and
// at equal numbers of gradients T K b.

#ifndef EXPERIMENTS_VARIANCE_REDUCTION_RUN_H_
#define EXPERIMENTS_VARIANCE_REDUCTION_RUN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "experiments/experiment.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/variance_reduction/records.h"

namespace local_sgd {

// One problem with one choice of step sizes. Those of Theorem 2.2 have
// a = max{16 kappa, H}, and 16 kappa for one-shot averaging, which its
// condition on H does not cover.
struct VarianceArm {
  std::string regularization = "1/n";  // as typed
  std::optional<double> lambda;        // nothing: 1/n
  StepSizeChoice step_size;
};

// --regularization and --step_size, lists as long as each other, or one of them
// of one element: "0.01,1/n" and "theory". InvalidArgument naming flag and
// value; also for an arm that stands twice.
absl::StatusOr<std::vector<VarianceArm>> ParseVarianceArms(
    const std::string& regularization, const std::string& step_size);

// The arms that differ on these data: a lambda that has two names there, as 1/n
// and 0.01 with n = 100, keeps the first one, and of arms that are equal then
// the first one stands for all.
std::vector<VarianceArm> DistinctArms(const Problem& problem,
                                      const std::vector<VarianceArm>& arms);

// At lambda = 0.01 the variance rules, at 1/n the bias; there also step sizes
// that forget the start in time.
inline constexpr char kVarianceRegularizations[] = "0.01,1/n,1/n";
inline constexpr char kVarianceStepSizes[] = "theory,theory,decaying:1";

struct VarianceReductionGrid {
  std::vector<VarianceArm> arms =
      ParseVarianceArms(kVarianceRegularizations, kVarianceStepSizes).value();
  // --regularization as typed: arms that are the same on the data are refused
  // then, while of defaults (empty) the DistinctArms are run.
  std::string typed_regularization;
  std::vector<int64_t> workers = {1, 2, 4, 8, 16, 32};
  // H; one-shot averaging, I_T = {T}, comes on top.
  std::vector<int64_t> periods = {1, 16, 256};
  int64_t batch = 1;
  int64_t iterations = 32'768;  // T where it is the same for every K
  int64_t gradients = 131'072;  // T K b where that is
  int64_t samples = 12'800;     // drawn for every gradient variance
  int64_t seeds = 10;           // at least 3
  uint64_t first_seed = 1;
  int threads = 1;
};

// Runs of one lambda, seed and K are side by side in lanes. A run that diverges
// is FailedPrecondition.
const Experiment<VarianceReductionGrid, VarianceReduction>&
VarianceReductionExperiment();

}  // namespace local_sgd

#endif  // EXPERIMENTS_VARIANCE_REDUCTION_RUN_H_
