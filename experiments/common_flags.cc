#include "experiments/common_flags.h"

#include <cstdio>
#include <cstdlib>
#include <limits>
#include <new>
#include <optional>
#include <string>

#include "absl/flags/flag.h"
#include "lib/results/build_info.h"
#include "lib/results/command_line.h"

ABSL_FLAG(
    std::string, dataset, "w8a",
    "w8a, w8a_surrogate, or the path of a LIBSVM file (plain, .gz, .bz2)");
ABSL_FLAG(std::string, output_dir, "",
          "folder for the files that are written; empty: results/ of the "
          "workspace");
ABSL_FLAG(std::string, format, "table",
          "of the results on stdout: table, json or csv");
ABSL_FLAG(
    bool, overwrite, false,
    "replace finished results of other data or other flags in the folder; "
    "files of other data are removed from it when the new ones are there");
ABSL_FLAG(std::string, seed, "1", "of the random numbers");
ABSL_FLAG(std::string, threads, "0", "to compute with; 0: one for each core");

namespace local_sgd {

absl::StatusOr<CommonFlags> ParseCommonFlags(int argc, char** argv,
                                             const std::string& usage) {
  if (absl::Status status = ParseCommandLine(argc, argv, usage); !status.ok()) {
    return status;
  }
  // Also where memory runs out on a thread of a parallel region.
  std::set_new_handler([] {
    std::fputs("error: out of memory\n", stderr);
    std::_Exit(1);
  });
  CommonFlags flags;
  flags.dataset = absl::GetFlag(FLAGS_dataset);
  if (flags.dataset.empty()) {
    return absl::InvalidArgumentError(
        "--dataset=: expected w8a, w8a_surrogate or a path");
  }
  const std::string output_dir = absl::GetFlag(FLAGS_output_dir);
  flags.output_dir =
      output_dir.empty() ? DefaultResultsFolder() : PathFromUser(output_dir);
  flags.overwrite = absl::GetFlag(FLAGS_overwrite);
  const auto format = ParseFormat(absl::GetFlag(FLAGS_format));
  if (!format.ok()) return format.status();
  flags.format = *format;
  const auto seed = ParseInteger("seed", absl::GetFlag(FLAGS_seed), 0,
                                 std::numeric_limits<int64_t>::max());
  if (!seed.ok()) return seed.status();
  flags.seed = static_cast<uint64_t>(*seed);
  const auto threads =
      ParseInteger("threads", absl::GetFlag(FLAGS_threads), 0, 1024);
  if (!threads.ok()) return threads.status();
  flags.all_cores = *threads == 0;
  flags.threads = *threads == 0 ? AvailableCores() : static_cast<int>(*threads);
  return flags;
}

absl::StatusOr<std::optional<double>> ParseRegularization(
    const std::string& text) {
  if (text.empty()) return std::optional<double>();
  const absl::StatusOr<double> lambda =
      ParseNumber("regularization", text, kAboveZero);
  if (!lambda.ok()) return lambda.status();
  return std::optional<double>(*lambda);
}

}  // namespace local_sgd
