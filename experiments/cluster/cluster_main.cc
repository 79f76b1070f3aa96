// bazel run //experiments:cluster

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "experiments/cluster/checkpoint_files.h"
#include "experiments/cluster/cluster.h"
#include "experiments/cluster/cluster_asynchronous.h"
#include "experiments/cluster/mpi_launcher.h"
#include "experiments/cluster/mpi_program.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "experiments/single/single_result.h"
#include "experiments/single/single_run.h"
#include "experiments/single/single_run_flags.h"
#include "lib/comm/agreement.h"
#include "lib/comm/mpi_exchange.h"
#include "lib/comm/mpi_shared_vector.h"
#include "lib/files/output_file.h"
#include "lib/program/build_info.h"
#include "lib/program/command_line.h"
#include "lib/program/flag_reader.h"
#include "lib/program/program.h"
#include "lib/program/progress.h"
#include "lib/program/results_origin.h"
#include "lib/program/threads.h"
#include "lib/program/version.h"
#include "lib/records/table.h"
#include "lib/status_macros.h"
#include "nlohmann/json.hpp"

ABSL_FLAG(std::string, ranks, "",
          "processes R that share the workers; empty: 1, or what mpirun or "
          "srun started");
ABSL_FLAG(std::string, reduction, "tree",
          "tree: the bits of a run in one process; fast: MPI_Allreduce, other "
          "bits");
ABSL_FLAG(bool, asynchronous, false,
          "Algorithm 2: no worker waits for another; writes "
          "cluster_asynchronous.json instead of cluster.json");
ABSL_FLAG(bool, shard, false,
          "rank r keeps and draws rows r mod R only, not what the paper "
          "assumes");
ABSL_FLAG(std::string, optimal_value, "",
          "f*, when known: then no rank reads all data to find it");
ABSL_FLAG(std::string, checkpoint_every, "",
          "synchronisations between two checkpoints in OUTPUT_DIR/"
          "cluster.checkpoint, from which the same command goes on");
ABSL_FLAG(std::string, mpirun_flags, "",
          "more flags for mpirun, separated by spaces, such as "
          "\"--hostfile hosts\"");

namespace local_sgd {
namespace {

struct ClusterFlags {
  CommonFlags common;
  std::optional<double> regularization;
  ClusterSettings settings;
  CheckpointSettings checkpoints;
  int64_t ranks = 0;  // 0: none were typed
  bool asynchronous = false;
};

// InvalidArgument for flags that do not go together.
absl::Status Validate(const ClusterFlags& flags) {
  if (flags.ranks > flags.settings.run.workers) {
    return absl::InvalidArgumentError(
        absl::StrCat("--ranks=", absl::GetFlag(FLAGS_ranks),
                     ": at most --workers=", flags.settings.run.workers));
  }
  if (flags.asynchronous && flags.settings.fast) {
    return absl::InvalidArgumentError(
        "--asynchronous sums nothing over workers: leave out "
        "--reduction=fast");
  }
  if (flags.asynchronous && flags.checkpoints.every_rounds > 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--checkpoint_every=", absl::GetFlag(FLAGS_checkpoint_every),
        ": a run with --asynchronous cannot go on from a checkpoint"));
  }
  RETURN_IF_ERROR(ValidateClusterSettings(flags.settings));
  return CheckForRanks(flags.common.dataset);
}

absl::StatusOr<ClusterFlags> ReadClusterFlags(int argc, char** argv) {
  ClusterFlags flags;
  ASSIGN_OR_RETURN(
      flags.common,
      ParseCommonFlags(
          argc, argv,
          "Runs local SGD (Algorithm 1 or, with --asynchronous, 2) once, its "
          "workers spread over the ranks of an MPI job, and writes "
          "cluster.json. "
          "Starts mpirun itself unless it was started by mpirun or srun. "
          "--threads are those of one rank."));
  ASSIGN_OR_RETURN(const auto run, ReadSingleRunFlags(flags.common));
  flags.regularization = run.regularization;
  flags.settings.run = run.settings;
  flags.settings.version = kVersion;
  const std::string reduction = absl::GetFlag(FLAGS_reduction);
  if (reduction != "tree" && reduction != "fast") {
    return absl::InvalidArgumentError(
        absl::StrCat("--reduction=", reduction, ": expected tree or fast"));
  }
  flags.settings.fast = reduction == "fast";
  flags.settings.shard = absl::GetFlag(FLAGS_shard);
  flags.asynchronous = absl::GetFlag(FLAGS_asynchronous);
  flags.checkpoints.folder =
      absl::StrCat(flags.common.output_dir, "/cluster.checkpoint");
  double optimal_value = 0.0;
  FlagReader reader;
  reader.Read(FLAGS_ranks, 1, 1 << 20, flags.ranks);
  reader.Read(FLAGS_optimal_value, 0.0, optimal_value);
  reader.Read(FLAGS_checkpoint_every, 1, int64_t{1} << 40,
              flags.checkpoints.every_rounds);
  RETURN_IF_ERROR(reader.status());
  if (!absl::GetFlag(FLAGS_optimal_value).empty()) {
    flags.settings.optimal_value = optimal_value;
  }
  RETURN_IF_ERROR(Validate(flags));
  return flags;
}

double MostIterations(const ClusterFlags& flags) {
  return static_cast<double>(flags.settings.run.termination.max_iterations);
}

// In the process that the user started: the job, and its progress.
int LaunchRanks(const ClusterFlags& flags, int argc, char** argv) {
  MpiLaunch launch = LaunchOf("cluster", std::max<int64_t>(1, flags.ranks),
                              absl::GetFlag(FLAGS_mpirun_flags), argc, argv);
  Progress progress("cluster", MostIterations(flags), std::cerr,
                    StderrIsTerminal());
  launch.progress = ReportsIterations(progress);
  const CheckpointSettings& checkpoints = flags.checkpoints;
  launch.saved_iteration = [&progress, &checkpoints]() -> int64_t {
    progress.Abandon();
    if (checkpoints.every_rounds == 0) return 0;
    return CheckpointIteration(checkpoints.folder).value_or(0);
  };
  return RunUnderMpirun(launch);
}

const char* StudyOf(const ClusterFlags& flags) {
  return flags.asynchronous ? "cluster_asynchronous" : "cluster";
}

// What rank 0 writes as the study's JSON file, and prints.
absl::Status WriteResult(const ClusterFlags& flags,
                         const ReplacedResults& replaced,
                         const nlohmann::ordered_json& record,
                         const Table& table) {
  const std::string json = JsonText(record);
  ASSIGN_OR_RETURN(const std::string text,
                   RunText(json, table, flags.common.format));
  return WriteAndPrint(StudyOf(flags), json, text, replaced,
                       flags.common.output_dir);
}

absl::Status RunAlgorithm1(const Problem& problem, const ClusterFlags& flags,
                           const ReplacedResults& replaced, const MpiJob& job,
                           MpiExchange& exchange) {
  const ClusterSettings& settings = flags.settings;
  ASSIGN_OR_RETURN(const auto run,
                   RunOnRanks(problem, settings, flags.checkpoints, exchange));
  RETURN_IF_ERROR(AgreeOnFirst(exchange, [&] {
    const ClusterFacts facts = {job.ranks(), job.nodes(),
                                exchange.counts().sums,
                                exchange.counts().seconds};
    return WriteResult(
        flags, replaced,
        ClusterRunRecord(problem, settings, run, facts, GetBuildInfo(kVersion)),
        ClusterTable(problem, settings, run, facts));
  }));
  if (flags.checkpoints.every_rounds == 0) return absl::OkStatus();
  return RemoveCheckpoint(flags.checkpoints.folder, exchange);
}

absl::Status RunAlgorithm2(const Problem& problem, const ClusterFlags& flags,
                           const ReplacedResults& replaced, const MpiJob& job,
                           MpiExchange& exchange) {
  const ClusterSettings& settings = flags.settings;
  MpiSharedVector xbar(problem.rows.num_features);
  MpiSharedVector steps(2 * settings.run.workers);
  ASSIGN_OR_RETURN(
      const auto run,
      RunAsynchronouslyOnRanks(problem, settings, exchange, {xbar, steps}));
  return AgreeOnFirst(exchange, [&] {
    const ClusterFacts facts = {job.ranks(), job.nodes()};
    return WriteResult(flags, replaced,
                       AsynchronousClusterRecord(problem, settings, run, facts,
                                                 GetBuildInfo(kVersion)),
                       AsynchronousClusterTable(problem, settings, run, facts));
  });
}

// Collective, as all that follows.
absl::Status RunOnAllRanks(ClusterFlags flags, const MpiJob& job) {
  ClusterSettings& settings = flags.settings;
  const CommonFlags& common = flags.common;
  if (common.all_cores) {
    const int ranks_here = (job.ranks() + job.nodes() - 1) / job.nodes();
    settings.run.threads =
        ThreadsThatRun(std::max(1, AvailableCores() / ranks_here));
  }
  MpiExchange exchange(settings.fast ? Reduction::kFast : Reduction::kTree);
  RETURN_IF_ERROR(
      AgreeOnFirst(exchange, [&] { return EnsureFolder(common.output_dir); }));
  ASSIGN_OR_RETURN(
      const Problem problem,
      OpenProblemOnRanks(common.dataset, common.index_base,
                         flags.regularization, settings, exchange));
  ReplacedResults replaced;
  RETURN_IF_ERROR(AgreeOnFirst(exchange, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(
        replaced,
        MayReplace({OriginOfRun(StudyOf(flags), problem, settings.run)},
                   common.output_dir, common.overwrite, std::cerr));
    return absl::OkStatus();
  }));
  std::optional<Progress> progress;
  if (job.rank() == 0) {
    settings.run.termination.progress = ReportIteration;
    if (!HasMpiLauncher()) {
      progress.emplace("cluster", MostIterations(flags), std::cerr,
                       StderrIsTerminal());
      settings.run.termination.progress = ReportsIterations(*progress);
    }
  }
  const absl::Status status =
      (flags.asynchronous ? RunAlgorithm2 : RunAlgorithm1)(
          problem, flags, replaced, job, exchange);
  if (!status.ok() && progress) progress->Abandon();
  return status;
}

int RunRank(const ClusterFlags& flags, const MpiJob& job) noexcept {
  if (flags.ranks > 0 && flags.ranks != job.ranks()) {
    if (job.rank() > 0) return 2;
    return FailUsage(absl::InvalidArgumentError(absl::StrCat(
        "--ranks=", flags.ranks, ", but the MPI job has ", job.ranks())));
  }
  const absl::Status status = RunOnAllRanks(flags, job);
  return status.ok() ? 0 : FailOnRank(status);
}

int Main(int argc, char** argv) {
  return MpiMain(argc, argv, ReadClusterFlags, RunRank, LaunchRanks);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv, {"cluster", local_sgd::kVersion},
                               local_sgd::Main);
}
