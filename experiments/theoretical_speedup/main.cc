// bazel run //experiments:theoretical_speedup

#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "experiments/common_flags.h"
#include "experiments/theoretical_speedup/run.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/format.h"
#include "lib/status_macros.h"

ABSL_FLAG(std::string, epsilon, "0,0.005", "target accuracies, 0 or more");
ABSL_FLAG(std::string, workers, "1,2,4,8,16,32,64,128,256,512,1024",
          "numbers of workers K");
ABSL_FLAG(std::string, periods, "1,2,4,8,16",
          "local steps H between synchronisations");
ABSL_FLAG(std::string, rho, "25",
          "cost of exchanging one vector, in gradients");

namespace local_sgd {
namespace {

constexpr int64_t kMaxWorkers = 1'000'000;
constexpr int64_t kMaxPeriod = 1'000'000;

absl::StatusOr<TheoreticalSpeedupGrid> GridFromFlags() {
  TheoreticalSpeedupGrid grid;
  ASSIGN_OR_RETURN(const auto epsilons,
                   ParseNumbers("epsilon", absl::GetFlag(FLAGS_epsilon), 0));
  ASSIGN_OR_RETURN(
      const auto workers,
      ParseIntegers("workers", absl::GetFlag(FLAGS_workers), 1, kMaxWorkers));
  ASSIGN_OR_RETURN(
      const auto periods,
      ParseIntegers("periods", absl::GetFlag(FLAGS_periods), 1, kMaxPeriod));
  ASSIGN_OR_RETURN(const auto rho,
                   ParseNumber("rho", absl::GetFlag(FLAGS_rho), 0));
  return TheoreticalSpeedupGrid{epsilons, workers, periods, rho};
}

absl::StatusOr<std::string> Results(const TheoreticalSpeedupGrid& grid,
                                    Format format) {
  if (format != Format::kTable) {
    return ToFormat(TheoreticalSpeedupTable(grid), format);
  }
  std::string text;
  for (const Table& page : TheoreticalSpeedupPages(grid)) {
    ASSIGN_OR_RETURN(const auto page_text, ToText(page));
    if (!text.empty()) text += "\n";
    text += page_text;
  }
  return text;
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Prints the modelled speedup of local SGD, equation (9), and writes "
      "theoretical_speedup.csv.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto grid = GridFromFlags();
  if (!grid.ok()) return FailUsage(grid.status());
  const auto results = Results(*grid, flags->format);
  if (!results.ok()) return Fail(results.status());
  const auto replaced = MayReplace({OriginOf(*grid)}, flags->output_dir,
                                   flags->overwrite, std::cerr);
  if (!replaced.ok()) return Fail(replaced.status());
  const auto files = WriteTheoreticalSpeedup(*grid, flags->output_dir);
  if (!files.ok()) return Fail(files.status());
  const absl::Status origin =
      WriteOrigin(OriginOf(*grid), *files, kVersion, flags->output_dir);
  if (!origin.ok()) return Fail(origin);
  if (absl::Status status =
          RemoveReplaced(*replaced, flags->output_dir, std::cerr);
      !status.ok()) {
    return Fail(status);
  }
  std::cout << *results;
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv,
                               {"theoretical_speedup", local_sgd::kVersion},
                               local_sgd::Main);
}
