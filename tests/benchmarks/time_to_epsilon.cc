// bazel run //tests/benchmarks:time_to_epsilon
//
// Processor seconds until f - f* <= eps on w8a, on one core: one worker of ours
// with b = 1 and b = 4, and, where Debian's python3-sklearn is installed,
// scikit-learn's averaged SGDClassifier. Both with the best of their step
// sizes, found on one seed and measured on five others: medians. Only the steps
// are clocked, in a run to the known T that evaluates nothing. Our seconds
// include the draws of rows; scikit-learn's rows are shuffled beforehand. The
// ratio is scikit-learn's seconds to ours.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "data/w8a.h"
#include "experiments/problem.h"
#include "lib/solver/accuracy.h"
#include "lib/solver/local_sgd.h"
#include "lib/solver/run.h"
#include "lib/solver/step_size_search.h"
#include "lib/theory/step_size_grid.h"
#include "lib/theory/synchronisation_set.h"
#include "nlohmann/json.hpp"
#include "tests/benchmarks/sklearn.h"

namespace local_sgd {
namespace {

constexpr std::array<double, 2> kEpsilons = {0.005, 0.0001};
constexpr std::array<int64_t, 2> kBatches = {1, 4};
constexpr uint64_t kSelectionSeed = 0;
constexpr std::array<uint64_t, 5> kMeasuringSeeds = {1, 2, 3, 4, 5};

// One row of the table.
struct Measured {
  std::string solver;
  double epsilon = 0.0;
  std::string step_size;
  std::string iterate;
  int64_t iterations = 0;
  int64_t gradients = 0;
  double seconds = 0.0;
};

double ProcessorSeconds() {
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

std::string StepSizeName(const StepSizeCandidate& candidate) {
  const double c = std::ldexp(1.0, candidate.exponent);
  return candidate.family == StepSizeFamily::kConstant
             ? absl::StrFormat("%g", 32.0 * c)
             : absl::StrFormat("min(32, %g n/(t+1))", c);
}

absl::StatusOr<Measured> MeasureOurs(const Problem& problem, int64_t b,
                                     double epsilon,
                                     const StepSizeCandidate& candidate) {
  LocalSgdOptions options;
  options.batch = b;
  options.step_size =
      StepSizeOf(candidate, problem.objective.data.num_samples());
  Measured row;
  row.solver = absl::StrCat("ours, b = ", b);
  row.epsilon = epsilon;
  row.step_size = StepSizeName(candidate);
  std::vector<Reached> runs;
  std::vector<double> seconds;
  for (const uint64_t seed : kMeasuringSeeds) {
    options.seed = seed;
    const absl::StatusOr<RunSummary> summary =
        RunLocalSgd(problem.objective, problem.rows, problem.optimum.value,
                    options, {.epsilons = {epsilon}});
    if (!summary.ok()) return summary.status();
    const Reached& reached = summary->reached[0];
    if (reached.iterations == 0) {
      return absl::OutOfRangeError(
          absl::StrCat(row.solver, ", step size ", row.step_size, ", seed ",
                       seed, ": epsilon = ", epsilon, " not reached within ",
                       summary->iterations, " iterations"));
    }
    runs.push_back(reached);
    LocalSgd algorithm(problem.rows, problem.objective.lambda, options);
    const double start = ProcessorSeconds();
    algorithm.AdvanceTo(reached.iterations);
    seconds.push_back(ProcessorSeconds() - start);
  }
  std::sort(runs.begin(), runs.end(), [](const Reached& x, const Reached& y) {
    return x.iterations < y.iterations;
  });
  std::sort(seconds.begin(), seconds.end());
  const size_t median = runs.size() / 2;
  row.iterate = std::string(IterateName(runs[median].iterate));
  row.iterations = runs[median].iterations;
  row.gradients = row.iterations * b;
  row.seconds = seconds[median];
  return row;
}

// By epsilon, for one b.
absl::StatusOr<std::vector<Measured>> MeasureOurs(const Problem& problem,
                                                  int64_t b) {
  StepSizeSearchOptions options;
  options.batch = b;
  options.seed = kSelectionSeed;
  options.epsilons.assign(kEpsilons.begin(), kEpsilons.end());
  std::vector<Measured> rows;
  for (const StepSizeSearch& search :
       SearchStepSizes(problem.objective, problem.rows, problem.optimum.value,
                       options, /*times=*/nullptr)) {
    if (!search.winner) {
      return absl::OutOfRangeError(absl::StrCat(
          "b = ", b, ": no step size reaches epsilon = ", search.epsilon));
    }
    const absl::StatusOr<Measured> row = MeasureOurs(
        problem, b, search.epsilon, search.ledger[*search.winner].candidate);
    if (!row.ok()) return row.status();
    rows.push_back(*row);
  }
  return rows;
}

void PrintRow(const Measured& row, absl::string_view ratio) {
  std::cout << absl::StrFormat("%-7g %-13s %-38s %-10s %8d %9d %8.4f %6s\n",
                               row.epsilon, row.solver, row.step_size,
                               row.iterate, row.iterations, row.gradients,
                               row.seconds, ratio);
}

// Our rows of one epsilon and below them scikit-learn's, of which `result` is
// what the script says; nothing where it was not run.
void PrintRows(double epsilon, const std::vector<Measured>& ours,
               const nlohmann::json& sklearn, const nlohmann::json& result) {
  Measured theirs;
  theirs.solver = "scikit-learn";
  theirs.epsilon = epsilon;
  theirs.step_size = result.value("setting", "");
  theirs.iterate = result.value("iterate", "");
  theirs.iterations = result.value("rows", int64_t{0});
  theirs.gradients = theirs.iterations;
  theirs.seconds = result.value("seconds", 0.0);
  const bool is_reached = theirs.iterations > 0;
  for (const Measured& row : ours) {
    if (row.epsilon != epsilon) continue;
    std::string ratio;
    if (is_reached)
      ratio = absl::StrFormat("%.1f", theirs.seconds / row.seconds);
    PrintRow(row, ratio);
  }
  if (is_reached) {
    PrintRow(theirs, "1.0");
  } else if (!result.empty()) {
    std::cout << absl::StrFormat(
        "%-7g %-13s not reached within %d passes %s\n", epsilon, theirs.solver,
        sklearn.value("max_passes", 0),
        theirs.step_size.empty()
            ? absl::StrFormat("with any of %d step sizes",
                              sklearn.value("settings", 0))
            : absl::StrCat("on some seed with ", theirs.step_size));
  }
}

int Fail(absl::string_view message) {
  std::cerr << "error: " << message << "\n";
  return 1;
}

int Main() {
  const absl::StatusOr<Problem> problem =
      OpenProblem("w8a", /*index_base=*/1, /*lambda=*/std::nullopt);
  if (!problem.ok()) return Fail(problem.status().message());
  std::vector<Measured> ours;
  for (const int64_t b : kBatches) {
    const absl::StatusOr<std::vector<Measured>> rows = MeasureOurs(*problem, b);
    if (!rows.ok()) return Fail(rows.status().message());
    ours.insert(ours.end(), rows->begin(), rows->end());
  }

  nlohmann::json sklearn = nlohmann::json::object();
  if (HasSklearn()) {
    std::vector<std::string> arguments = {
        *FindW8a(DataEnvironment::FromProcess()),
        absl::StrFormat("%.17g", problem->optimum.value)};
    for (const double epsilon : kEpsilons) {
      arguments.push_back(absl::StrCat(epsilon));
    }
    const std::optional<nlohmann::json> printed =
        RunSklearn("sklearn_time_to_epsilon.py", arguments);
    if (!printed) return Fail("scikit-learn's measurement failed");
    sklearn = *printed;
  }
  std::cout << absl::StrFormat("%-7s %-13s %-38s %-10s %8s %9s %8s %6s\n",
                               "eps", "solver", "step size", "iterate", "T",
                               "gradients", "seconds", "ratio");
  const nlohmann::json results =
      sklearn.value("results", nlohmann::json::array());
  for (size_t m = 0; m < kEpsilons.size(); ++m) {
    PrintRows(kEpsilons[m], ours, sklearn,
              m < results.size() ? results[m] : nlohmann::json::object());
  }
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main() { return local_sgd::Main(); }
