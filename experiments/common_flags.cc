#include "experiments/common_flags.h"

#include <limits>
#include <optional>
#include <string>

#include "absl/flags/flag.h"
#include "lib/program/command_line.h"
#include "lib/program/threads.h"
#include "lib/status_macros.h"

ABSL_FLAG(std::string, dataset, "w8a",
          "w8a, w8a_surrogate, or the path of a LIBSVM file (plain, .gz, .bz2, "
          ".xz, .zst)");
ABSL_FLAG(std::string, index_base, "1",
          "0 or 1: the index of the first feature in the file of --dataset");
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
ABSL_FLAG(
    std::string, threads, "0",
    "to compute with; 0: OMP_NUM_THREADS, or one for each core; never more "
    "than OMP_THREAD_LIMIT");

namespace local_sgd {

absl::StatusOr<CommonFlags> ParseCommonFlags(int argc, char** argv,
                                             const std::string& usage) {
  RETURN_IF_ERROR(ParseCommandLine(argc, argv, usage));
  CommonFlags flags;
  flags.dataset = absl::GetFlag(FLAGS_dataset);
  if (flags.dataset.empty()) {
    return absl::InvalidArgumentError(
        "--dataset=: expected w8a, w8a_surrogate or a path");
  }
  ASSIGN_OR_RETURN(
      const auto index_base,
      ParseInteger("index_base", absl::GetFlag(FLAGS_index_base), 0, 1));
  flags.index_base = static_cast<int>(index_base);
  // A relative one stays as typed: OpenDataset knows where it goes from.
  if (flags.dataset[0] == '~') {
    ASSIGN_OR_RETURN(flags.dataset, PathFromUser("dataset", flags.dataset));
  }
  flags.output_dir = DefaultResultsFolder();
  if (const std::string output_dir = absl::GetFlag(FLAGS_output_dir);
      !output_dir.empty()) {
    ASSIGN_OR_RETURN(flags.output_dir, PathFromUser("output_dir", output_dir));
    flags.default_output_dir = false;
  }
  flags.overwrite = absl::GetFlag(FLAGS_overwrite);
  ASSIGN_OR_RETURN(flags.format, ParseFormat(absl::GetFlag(FLAGS_format)));
  ASSIGN_OR_RETURN(const auto seed,
                   ParseInteger("seed", absl::GetFlag(FLAGS_seed), 0,
                                std::numeric_limits<int64_t>::max()));
  flags.seed = static_cast<uint64_t>(seed);
  ASSIGN_OR_RETURN(
      const auto threads,
      ParseInteger("threads", absl::GetFlag(FLAGS_threads), 0, kMostThreads));
  const std::optional<int> environment = ThreadsOfEnvironment();
  flags.all_cores = threads == 0 && !environment;
  flags.threads =
      ThreadsThatRun(threads > 0 ? static_cast<int>(threads)
                                 : environment.value_or(AvailableCores()));
  return flags;
}

absl::StatusOr<std::optional<double>> ParseRegularization(
    const std::string& text) {
  if (text.empty()) return std::optional<double>();
  ASSIGN_OR_RETURN(const double lambda,
                   ParseNumber("regularization", text, kAboveZero));
  return std::optional<double>(lambda);
}

}  // namespace local_sgd
