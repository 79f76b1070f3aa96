// bazel run //experiments:cluster_speedup

#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/cluster/cluster.h"
#include "experiments/cluster/mpi_launcher.h"
#include "experiments/cluster/mpi_program.h"
#include "experiments/cluster_speedup/report.h"
#include "experiments/cluster_speedup/run.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "experiments/run_settings.h"
#include "experiments/study.h"
#include "experiments/study_files.h"
#include "lib/comm/agreement.h"
#include "lib/comm/mpi_exchange.h"
#include "lib/files/output_file.h"
#include "lib/program/build_info.h"
#include "lib/program/command_line.h"
#include "lib/program/flag_reader.h"
#include "lib/program/program.h"
#include "lib/program/results_origin.h"
#include "lib/program/version.h"
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
      flags.common,
      ParseCommonFlags(
          argc, argv,
          "Times gradients, exchanges and runs on the ranks of MPI jobs, adds "
          "them to cluster_speedup.csv and compares the speedups with those "
          "that the paper's model predicts from the measured rho."));
  ClusterSpeedupSettings& settings = flags.settings;
  settings.seed = flags.common.seed;
  settings.network = PrintableName(absl::GetFlag(FLAGS_network));
  if (settings.network.empty()) {
    return absl::InvalidArgumentError("--network=: expected a name");
  }
  ASSIGN_OR_RETURN(settings.step_size,
                   ParseStepSize(absl::GetFlag(FLAGS_step_size)));
  FlagReader reader;
  reader.Read(FLAGS_ranks, 1, 1 << 20, flags.ranks);
  reader.Read(FLAGS_periods, 1, int64_t{1} << 30, settings.periods);
  reader.Read(FLAGS_batch, 1, 1 << 20, settings.batch);
  reader.Read(FLAGS_epsilon, kAboveZero, settings.epsilon);
  reader.Read(FLAGS_max_iterations, 1, int64_t{1} << 40,
              settings.max_iterations);
  reader.Read(FLAGS_seconds, kAboveZero, settings.seconds);
  RETURN_IF_ERROR(reader.status());
  RETURN_IF_ERROR(CheckForRanks(flags.common.dataset));
  return flags;
}

// As a rank: times this job and adds it to the file. Collective.
absl::Status TimeJob(const Flags& flags, const MpiJob& job,
                     Exchange& exchange) {
  const CommonFlags& common = flags.common;
  const std::string& folder = common.output_dir;
  const bool overwrite = common.overwrite;
  ASSIGN_OR_RETURN(
      const Problem problem,
      OpenProblemOnRanks(common.dataset, common.index_base, /*lambda=*/{},
                         /*settings=*/{}, exchange));  // all data on all ranks
  const BuildInfo build = GetBuildInfo(kVersion);
  ReplacedResults replaced;
  RETURN_IF_ERROR(AgreeOnFirst(exchange, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(
        replaced, MayAddToClusterRecords(problem, flags.settings, build, folder,
                                         overwrite));
    return absl::OkStatus();
  }));
  ASSIGN_OR_RETURN(const auto records, TimeRanks(problem, flags.settings,
                                                 job.nodes(), build, exchange));
  return AgreeOnFirst(exchange, [&]() -> absl::Status {
    RETURN_IF_ERROR(EnsureFolder(folder));
    RETURN_IF_ERROR(AddToClusterRecords(records, folder, overwrite));
    return RemoveReplaced(replaced, folder, std::cerr);
  });
}

int RunRank(const Flags& flags, const MpiJob& job) noexcept {
  MpiExchange exchange(Reduction::kTree);
  const absl::Status status = TimeJob(flags, job, exchange);
  return status.ok() ? 0 : FailOnRank(status);
}

// Shows what is in the file.
absl::Status Show(const CommonFlags& flags) {
  const Study<ClusterSpeedup>& study = ClusterSpeedupStudy();
  RETURN_IF_ERROR(WriteReportOf(study, flags.output_dir));
  ASSIGN_OR_RETURN(const auto data, ReadStudy(study, flags.output_dir));
  ASSIGN_OR_RETURN(const auto text, TextOf(study, data, flags.format));
  std::cout << text;
  return absl::OkStatus();
}

// Times one job after another.
int RunJobs(const Flags& flags, int argc, char** argv) {
  for (const int64_t ranks : flags.ranks) {
    const int code =
        RunUnderMpirun(LaunchOf("cluster_speedup", ranks,
                                absl::GetFlag(FLAGS_mpirun_flags), argc, argv));
    if (code != 0) return code;
  }
  const absl::Status status = Show(flags.common);
  return status.ok() ? 0 : Fail(status);
}

int Main(int argc, char** argv) {
  return MpiMain(argc, argv, ReadFlags, RunRank, RunJobs);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(
      argc, argv, {"cluster_speedup", local_sgd::kVersion}, local_sgd::Main);
}
