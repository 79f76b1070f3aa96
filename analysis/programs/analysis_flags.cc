#include "analysis/programs/analysis_flags.h"

#include <optional>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/program/command_line.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"

ABSL_FLAG(
    std::string, input, "",
    "folder with theoretical_speedup.csv and measured_speedup.csv, for figures "
    "also tuning_ledger.csv; empty: results/ of the workspace");
ABSL_FLAG(std::string, output_dir, "",
          "folder for the files that are written; empty: the same as --input, "
          "or rho_RHO in it with --rho=RHO");
ABSL_FLAG(std::string, rho, "",
          "cost of exchanging one vector, in gradients; empty: as recorded");

namespace local_sgd {

absl::StatusOr<AnalysisFlags> ParseAnalysisFlags(int argc, char** argv,
                                                 const std::string& usage) {
  RETURN_IF_ERROR(ParseCommandLine(argc, argv, usage));
  AnalysisFlags flags;
  flags.input = DefaultResultsFolder();
  if (const std::string text = absl::GetFlag(FLAGS_input); !text.empty()) {
    ASSIGN_OR_RETURN(flags.input, PathFromUser("input", text));
  }
  flags.output = flags.input;
  if (const std::string text = absl::GetFlag(FLAGS_rho); !text.empty()) {
    ASSIGN_OR_RETURN(const double rho, ParseNumber("rho", text, 0));
    flags.rho = rho;
    flags.output += "/rho_" + ShortestText(rho);
  }
  if (const std::string text = absl::GetFlag(FLAGS_output_dir); !text.empty()) {
    ASSIGN_OR_RETURN(flags.output, PathFromUser("output_dir", text));
  }
  return flags;
}

}  // namespace local_sgd
