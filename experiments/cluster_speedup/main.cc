// bazel run //experiments:cluster_speedup

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "experiments/cluster/cluster.h"
#include "experiments/cluster/mpi_launcher.h"
#include "experiments/cluster_speedup/records.h"
#include "experiments/cluster_speedup/report.h"
#include "experiments/cluster_speedup/run.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "lib/comm/agreement.h"
#include "lib/comm/mpi_exchange.h"
#include "lib/files/output_file.h"
#include "lib/program/build_info.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
#include "lib/records/csv_reader.h"
#include "lib/records/format.h"
#include "lib/records/outside_text.h"
#include "lib/status_macros.h"

ABSL_FLAG(std::string, ranks, "1,2",
          "numbers of ranks R, each with one worker, that are timed one after "
          "another; of no meaning under mpirun or srun");
ABSL_FLAG(std::string, network, "loopback",
          "name of what lies between the ranks, for the record");
ABSL_FLAG(std::string, periods, "1,4,16,64", "local steps H");
ABSL_FLAG(std::string, batch, "4", "mini-batch size b");
ABSL_FLAG(std::string, step_size, "decaying:1",
          "constant:ETA or decaying:C, min(32, C n/(t+1)), the same for all K "
          "and H; or theory");
ABSL_FLAG(std::string, epsilon, "0.0005", "target accuracy f - f*");
ABSL_FLAG(std::string, max_iterations, "2000000",
          "most iterations that may be needed");
ABSL_FLAG(std::string, seconds, "0.5", "seconds of timing for each number");
ABSL_FLAG(std::string, mpirun_flags, "",
          "more flags for mpirun, separated by spaces, such as "
          "\"--hostfile hosts\"");

namespace local_sgd {
namespace {

struct Flags {
  CommonFlags common;
  ClusterSpeedupSettings settings;
  std::vector<int64_t> ranks;
};

absl::StatusOr<Flags> ReadFlags(int argc, char** argv) {
  Flags flags;
  ASSIGN_OR_RETURN(
      const auto common,
      ParseCommonFlags(argc, argv,
                       "Times gradients, exchanges and runs on the ranks of "
                       "MPI jobs, adds them "
                       "to cluster_speedup.csv and compares the speedups with "
                       "those that the "
                       "paper's model predicts from the measured rho."));
  flags.common = common;
  ClusterSpeedupSettings& settings = flags.settings;
  settings.seed = common.seed;
  ASSIGN_OR_RETURN(
      flags.ranks,
      ParseIntegers("ranks", absl::GetFlag(FLAGS_ranks), 1, 1 << 20));
  settings.network = PrintableName(absl::GetFlag(FLAGS_network));
  if (settings.network.empty()) {
    return absl::InvalidArgumentError("--network=: expected a name");
  }
  ASSIGN_OR_RETURN(settings.periods,
                   ParseIntegers("periods", absl::GetFlag(FLAGS_periods), 1,
                                 int64_t{1} << 30));
  ASSIGN_OR_RETURN(
      settings.batch,
      ParseInteger("batch", absl::GetFlag(FLAGS_batch), 1, 1 << 20));
  ASSIGN_OR_RETURN(settings.step_size,
                   ParseStepSize(absl::GetFlag(FLAGS_step_size)));
  ASSIGN_OR_RETURN(
      settings.epsilon,
      ParseNumber("epsilon", absl::GetFlag(FLAGS_epsilon), kAboveZero));
  ASSIGN_OR_RETURN(
      settings.max_iterations,
      ParseInteger("max_iterations", absl::GetFlag(FLAGS_max_iterations), 1,
                   int64_t{1} << 40));
  ASSIGN_OR_RETURN(
      settings.seconds,
      ParseNumber("seconds", absl::GetFlag(FLAGS_seconds), kAboveZero));
  RETURN_IF_ERROR(CheckForRanks(common.dataset));
  return flags;
}

// As a rank: times this job and adds it to the file. noexcept: a rank that
// unwound would wait in MPI's end for the others.
int RunRank(const Flags& flags, const MpiJob& job) noexcept {
  MpiExchange exchange(Reduction::kTree);
  const bool is_first = job.rank() == 0;
  ClusterSettings whole;  // every rank has all the data
  const auto problem =
      OpenProblemOnRanks(flags.common.dataset, flags.common.index_base,
                         /*lambda=*/{}, whole, exchange);
  if (!problem.ok()) return FailOnRank(problem.status());
  absl::StatusOr<ReplacedResults> replaced = ReplacedResults();
  if (is_first) {
    replaced =
        MayAddToClusterRecords(*problem, flags.settings, GetBuildInfo(kVersion),
                               flags.common.output_dir, flags.common.overwrite);
  }
  const absl::Status may = AgreeOn(exchange, replaced.status());
  if (!may.ok()) return FailOnRank(may);
  const auto records = TimeRanks(*problem, flags.settings, job.nodes(),
                                 GetBuildInfo(kVersion), exchange);
  if (!records.ok()) return FailOnRank(records.status());
  absl::Status written;
  if (is_first) {
    written = EnsureFolder(flags.common.output_dir);
    if (written.ok()) {
      written = AddToClusterRecords(*records, flags.common.output_dir,
                                    flags.common.overwrite);
    }
    if (written.ok()) {
      written = RemoveReplaced(*replaced, flags.common.output_dir, std::cerr);
    }
  }
  written = AgreeOn(exchange, written);
  return written.ok() ? 0 : FailOnRank(written);
}

// Times one job after another, then shows what is in the file.
int RunJobs(const Flags& flags, int argc, char** argv) {
  for (const int64_t ranks : flags.ranks) {
    MpiLaunch launch;
    launch.program = "cluster_speedup";
    launch.ranks = static_cast<int>(ranks);
    launch.mpirun_flags = absl::StrSplit(absl::GetFlag(FLAGS_mpirun_flags), ' ',
                                         absl::SkipEmpty());
    launch.arguments.assign(argv + 1, argv + argc);
    if (const int code = RunUnderMpirun(launch); code != 0) return code;
  }
  const std::string& folder = flags.common.output_dir;
  const auto report = WriteClusterSpeedupReport(folder, folder);
  if (!report.ok()) return Fail(report.status());
  const auto file = ReadCsv(absl::StrCat(folder, "/cluster_speedup.csv"));
  if (!file.ok()) return Fail(file.status());
  const auto records = ParseRecords(ClusterSchema(), *file);
  if (!records.ok()) return Fail(records.status());
  const auto text =
      flags.common.format == Format::kTable
          ? ClusterSpeedupText(*records)
          : ToFormat(ToTable(ClusterSchema(), *records), flags.common.format);
  if (!text.ok()) return Fail(text.status());
  std::cout << *text;
  return 0;
}

int Main(int argc, char** argv) {
  const absl::StatusOr<bool> is_rank = IsMpiRank();
  if (!is_rank.ok()) return Fail(is_rank.status());
  std::optional<MpiJob> job;
  if (*is_rank) {
    job.emplace(&argc, &argv);
    const absl::Status size = CheckJobSize(job->ranks());
    if (!size.ok()) return Fail(size);
  }
  const auto flags = ReadFlags(argc, argv);
  if (!flags.ok()) {
    return *is_rank && job->rank() > 0 ? 2 : FailUsage(flags.status());
  }
  return *is_rank ? RunRank(*flags, *job) : RunJobs(*flags, argc, argv);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"cluster_speedup", local_sgd::kVersion}, local_sgd::Main);
}
