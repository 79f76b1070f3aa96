// bazel run //experiments:theoretical_speedup

#include <cstdint>
#include <iostream>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "experiments/common_flags.h"
#include "experiments/theoretical_speedup/records.h"
#include "experiments/theoretical_speedup/run.h"
#include "lib/program/command_line.h"
#include "lib/program/flag_reader.h"
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

absl::StatusOr<TheoreticalSpeedupGrid> GridFromFlags() {
  constexpr int64_t kMost = 1'000'000;
  TheoreticalSpeedupGrid grid;
  FlagReader flags;
  flags.Read(FLAGS_epsilon, 0, grid.epsilons);
  flags.Read(FLAGS_workers, 1, kMost, grid.workers);
  flags.Read(FLAGS_periods, 1, kMost, grid.periods);
  flags.Read(FLAGS_rho, 0, grid.rho);
  if (!flags.status().ok()) return flags.status();
  return grid;
}

absl::StatusOr<std::string> Results(const TheoreticalSpeedupGrid& grid,
                                    Format format) {
  if (format != Format::kTable) {
    return ToFormat(ToTable(ModelledSpeedupSchema(), TheoreticalSpeedups(grid)),
                    format);
  }
  std::vector<std::string> pages;
  for (const Table& page : TheoreticalSpeedupPages(grid)) {
    ASSIGN_OR_RETURN(pages.emplace_back(), ToText(page));
  }
  return absl::StrJoin(pages, "\n");
}

absl::Status WriteAndShow(const TheoreticalSpeedupGrid& grid,
                          const CommonFlags& flags) {
  ASSIGN_OR_RETURN(const auto results, Results(grid, flags.format));
  const std::string& folder = flags.output_dir;
  ASSIGN_OR_RETURN(const auto replaced, MayReplace({OriginOf(grid)}, folder,
                                                   flags.overwrite, std::cerr));
  RETURN_IF_ERROR(WriteTheoreticalSpeedup(grid, kVersion, folder).status());
  RETURN_IF_ERROR(RemoveReplaced(replaced, folder, std::cerr));
  std::cout << results;
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  const auto flags = ParseCommonFlags(
      argc, argv,
      "Prints the modelled speedup of local SGD, equation (9), and writes "
      "theoretical_speedup.csv.");
  if (!flags.ok()) return FailUsage(flags.status());
  const auto grid = GridFromFlags();
  if (!grid.ok()) return FailUsage(grid.status());
  const absl::Status status = WriteAndShow(*grid, *flags);
  return status.ok() ? 0 : Fail(status);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv,
                               {"theoretical_speedup", local_sgd::kVersion},
                               local_sgd::Main);
}
