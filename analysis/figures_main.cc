// bazel run //analysis:figures

#include <iostream>
#include <optional>
#include <string>

#include "absl/flags/flag.h"
#include "analysis/figures.h"
#include "lib/results/command_line.h"

ABSL_FLAG(std::string, input, "",
          "folder with theoretical_speedup.csv and measured_speedup.csv, or "
          "one of them; empty: results/ of the workspace");
ABSL_FLAG(std::string, output_dir, "",
          "folder for the figures; empty: the same as --input");
ABSL_FLAG(std::string, rho, "",
          "cost of exchanging one vector, in gradients, for Figure 3; empty: "
          "as recorded");

namespace local_sgd {
namespace {

int Main(int argc, char** argv) {
  if (absl::Status status =
          ParseCommandLine(argc, argv,
                           "Draws Figures 2 and 3 from the records of "
                           "theoretical_speedup and measured_speedup.");
      !status.ok()) {
    return FailUsage(status);
  }
  std::optional<double> rho;
  if (const std::string text = absl::GetFlag(FLAGS_rho); !text.empty()) {
    const auto number = ParseNumber("rho", text, 0);
    if (!number.ok()) return FailUsage(number.status());
    rho = *number;
  }
  const std::string input_flag = absl::GetFlag(FLAGS_input);
  const std::string input =
      input_flag.empty() ? DefaultResultsFolder() : PathFromUser(input_flag);
  const std::string output_flag = absl::GetFlag(FLAGS_output_dir);
  const auto files = WriteFigures(
      input, output_flag.empty() ? input : PathFromUser(output_flag), rho);
  if (!files.ok()) return Fail(files.status());
  for (const std::string& file : *files) std::cout << file << "\n";
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) { return local_sgd::Main(argc, argv); }
