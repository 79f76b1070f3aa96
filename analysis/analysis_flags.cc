#include "analysis/analysis_flags.h"

#include <optional>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/results/command_line.h"
#include "lib/results/table.h"

ABSL_FLAG(
    std::string, input, "",
    "folder with theoretical_speedup.csv and measured_speedup.csv, for figures "
    "also tuning_ledger.csv; empty: results/ of the workspace");
ABSL_FLAG(std::string, output_dir, "",
          "folder for the files that are written; empty: the same as --input, "
          "or rho_RHO in it with --rho=RHO");
ABSL_FLAG(bool, overwrite, false,
          "write also into a folder with results of other data than --input, "
          "which are removed");
ABSL_FLAG(std::string, rho, "",
          "cost of exchanging one vector, in gradients; empty: as recorded");

namespace local_sgd {

absl::StatusOr<AnalysisFlags> ParseAnalysisFlags(int argc, char** argv,
                                                 const std::string& usage) {
  if (absl::Status status = ParseCommandLine(argc, argv, usage); !status.ok()) {
    return status;
  }
  AnalysisFlags flags;
  flags.input = DefaultResultsFolder();
  if (const std::string text = absl::GetFlag(FLAGS_input); !text.empty()) {
    const absl::StatusOr<std::string> input = PathFromUser("input", text);
    if (!input.ok()) return input.status();
    flags.input = *input;
  }
  flags.output = flags.input;
  flags.overwrite = absl::GetFlag(FLAGS_overwrite);
  if (const std::string text = absl::GetFlag(FLAGS_rho); !text.empty()) {
    const absl::StatusOr<double> rho = ParseNumber("rho", text, 0);
    if (!rho.ok()) return rho.status();
    flags.rho = *rho;
    flags.output += "/rho_" + ShortestText(*rho);
  }
  if (const std::string text = absl::GetFlag(FLAGS_output_dir); !text.empty()) {
    const absl::StatusOr<std::string> output = PathFromUser("output_dir", text);
    if (!output.ok()) return output.status();
    flags.output = *output;
  }
  return flags;
}

}  // namespace local_sgd
