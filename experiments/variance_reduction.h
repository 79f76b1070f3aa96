// Why averaging K workers helps: bias and variance of what local SGD returns,
// apart, and the variance of the averaged gradient, against K; at equal T and
// at equal numbers of gradients T K b.

#ifndef EXPERIMENTS_VARIANCE_REDUCTION_H_
#define EXPERIMENTS_VARIANCE_REDUCTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/pieces.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "lib/results/finding_record.h"
#include "lib/results/journal.h"
#include "lib/results/results_origin.h"
#include "lib/results/variance_record.h"
#include "nlohmann/json_fwd.hpp"

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
  std::vector<int64_t> workers = {1, 2, 4, 8, 16, 32};
  // H; one-shot averaging, I_T = {T}, comes on top.
  std::vector<int64_t> periods = {1, 16, 256};
  int64_t batch = 1;
  int64_t iterations = 32'768;  // T where it is the same for every K
  int64_t gradients = 131'072;  // T K b where that is
  int64_t samples = 12'800;     // drawn for every gradient variance
  int64_t seeds = 10;           // first_seed, first_seed + 1, ...; at least 3
  uint64_t first_seed = 1;
  int threads = 1;
};

// A small size, of a second or two: for --quick and for tests.
VarianceReductionGrid QuickVarianceReduction();

struct VarianceReduction {
  std::vector<VarianceRecord> iterates;  // last and quadratic
  std::vector<GradientVarianceRecord> gradients;
  std::vector<FindingRecord> findings;
};

// InvalidArgument, naming the flag and its value, or ResourceExhausted.
absl::Status ValidateVarianceReduction(const Problem& problem,
                                       const VarianceReductionGrid& grid);

// Runs the DistinctArms of the grid on the problem's data, several pieces at
// once on `grid.threads` threads; the numbers do not depend on that. Runs of
// one lambda, seed and K are side by side in lanes. Errors: those of
// ValidateVarianceReduction, of the journal, and FailedPrecondition for a run
// that diverges.
absl::StatusOr<VarianceReduction> RunVarianceReduction(
    const Problem& problem, const VarianceReductionGrid& grid,
    const PieceReports& reports);

// Which data and settings its files are of.
ResultsOrigin OriginOf(const Problem& problem,
                       const VarianceReductionGrid& grid);

// The same as a program's run that can be killed at any moment and goes on when
// it is started again: with progress on stderr and a journal in the folder,
// which is made if missing; and writes variance_reduction.csv (a row for each
// seed's iterate), variance_reduction_gradients.csv and
// variance_reduction_findings.csv there.
struct WrittenVarianceReduction {
  VarianceReduction result;
  std::vector<std::string> files;  // paths
  Journal journal;  // for EndResumable, when nothing else can fail
};
absl::StatusOr<WrittenVarianceReduction> RunAndWriteVarianceReduction(
    const Problem& problem, const VarianceReductionGrid& grid,
    const std::string& version, const std::string& folder);

}  // namespace local_sgd

#endif  // EXPERIMENTS_VARIANCE_REDUCTION_H_
