// bazel run //analysis:tables

#include <iostream>
#include <optional>
#include <string>

#include "absl/flags/flag.h"
#include "analysis/speedup_groups.h"
#include "analysis/tables.h"
#include "lib/results/command_line.h"

ABSL_FLAG(std::string, input, "",
          "folder with measured_speedup.csv; empty: results/ of the workspace");
ABSL_FLAG(std::string, output_dir, "",
          "folder for speedup_tables.md, .tex and .txt; empty: the same as "
          "--input");
ABSL_FLAG(std::string, rho, "",
          "cost of exchanging one vector, in gradients; empty: as recorded");

namespace local_sgd {
namespace {

int Main(int argc, char** argv) {
  if (absl::Status status = ParseCommandLine(
          argc, argv, "Makes tables from the records of measured_speedup.");
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
  const std::string output =
      output_flag.empty() ? input : PathFromUser(output_flag);

  const auto records = ReadSpeedups(input, rho);
  if (!records.ok()) return Fail(records.status());
  const auto text = SpeedupTablesText(*records);
  if (!text.ok()) return Fail(text.status());
  const auto files = WriteTables(input, output, rho);
  if (!files.ok()) return Fail(files.status());
  std::cout << *text;
  for (const std::string& file : *files) std::cerr << "wrote " << file << "\n";
  return 0;
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) { return local_sgd::Main(argc, argv); }
