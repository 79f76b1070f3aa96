// bazel run //experiments:cluster

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "experiments/cluster/checkpoint_files.h"
#include "experiments/cluster/cluster.h"
#include "experiments/cluster/cluster_asynchronous.h"
#include "experiments/cluster/mpi_launcher.h"
#include "experiments/common_flags.h"
#include "experiments/problem.h"
#include "experiments/single/single_run.h"
#include "experiments/single/single_run_flags.h"
#include "lib/comm/agreement.h"
#include "lib/comm/mpi_exchange.h"
#include "lib/comm/mpi_shared_vector.h"
#include "lib/files/output_file.h"
#include "lib/program/build_info.h"
#include "lib/program/command_line.h"
#include "lib/program/program.h"
#include "lib/program/progress.h"
#include "lib/program/results_origin.h"
#include "lib/program/threads.h"
#include "lib/program/version.h"
#include "lib/records/format.h"
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
  std::optional<int64_t> ranks;
  bool asynchronous = false;
};

absl::StatusOr<ClusterFlags> ReadClusterFlags(int argc, char** argv) {
  ClusterFlags flags;
  ASSIGN_OR_RETURN(
      const auto common,
      ParseCommonFlags(
          argc, argv,
          "Runs local SGD (Algorithm 1 or, with --asynchronous, 2) once, its "
          "workers spread over the ranks of an MPI job, and writes "
          "cluster.json. "
          "Starts mpirun itself unless it was started by mpirun or srun. "
          "--threads are those of one rank."));
  flags.common = common;
  ASSIGN_OR_RETURN(const auto run, ReadSingleRunFlags(common));
  flags.regularization = run.regularization;
  flags.settings.run = run.settings;
  flags.settings.version = kVersion;
  if (const std::string text = absl::GetFlag(FLAGS_ranks); !text.empty()) {
    ASSIGN_OR_RETURN(const auto ranks, ParseInteger("ranks", text, 1, 1 << 20));
    if (ranks > run.settings.workers) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--ranks=", text, ": at most --workers=", run.settings.workers));
    }
    flags.ranks = ranks;
  }
  const std::string reduction = absl::GetFlag(FLAGS_reduction);
  if (reduction != "tree" && reduction != "fast") {
    return absl::InvalidArgumentError(
        absl::StrCat("--reduction=", reduction, ": expected tree or fast"));
  }
  flags.settings.fast = reduction == "fast";
  flags.settings.shard = absl::GetFlag(FLAGS_shard);
  if (const std::string text = absl::GetFlag(FLAGS_optimal_value);
      !text.empty()) {
    ASSIGN_OR_RETURN(flags.settings.optimal_value,
                     ParseNumber("optimal_value", text, 0.0));
  }
  flags.checkpoints.folder =
      absl::StrCat(common.output_dir, "/cluster.checkpoint");
  if (const std::string text = absl::GetFlag(FLAGS_checkpoint_every);
      !text.empty()) {
    ASSIGN_OR_RETURN(
        flags.checkpoints.every_rounds,
        ParseInteger("checkpoint_every", text, 1, int64_t{1} << 40));
  }
  flags.asynchronous = absl::GetFlag(FLAGS_asynchronous);
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
  RETURN_IF_ERROR(CheckForRanks(common.dataset));
  return flags;
}

// In the process that the user started: the job, and its progress.
int LaunchRanks(const ClusterFlags& flags, int argc, char** argv) {
  MpiLaunch launch;
  launch.program = "cluster";
  launch.ranks = static_cast<int>(flags.ranks.value_or(1));
  launch.mpirun_flags =
      absl::StrSplit(absl::GetFlag(FLAGS_mpirun_flags), ' ', absl::SkipEmpty());
  launch.arguments.assign(argv + 1, argv + argc);
  Progress progress(
      "cluster",
      static_cast<double>(flags.settings.run.termination.max_iterations),
      std::cerr, StderrIsTerminal());
  launch.progress = [&progress](int64_t t) {
    progress.Update(static_cast<double>(t), absl::StrCat("iteration ", t));
  };
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
                   flags.common.format == Format::kJson
                       ? json
                       : ToFormat(table, flags.common.format));
  const std::string& folder = flags.common.output_dir;
  absl::Status status = WriteFileAtomically(
      absl::StrCat(folder, "/", StudyOf(flags), ".json"), json);
  if (status.ok()) status = RemoveReplaced(replaced, folder, std::cerr);
  if (status.ok()) std::cout << text;
  return status;
}

int RunAlgorithm1(const Problem& problem, const ClusterFlags& flags,
                  const ReplacedResults& replaced, const MpiJob& job,
                  MpiExchange& exchange) {
  const ClusterSettings& settings = flags.settings;
  const auto run = RunOnRanks(problem, settings, flags.checkpoints, exchange);
  if (!run.ok()) return FailOnRank(run.status());
  absl::Status written;
  if (job.rank() == 0) {
    const ClusterFacts facts = {job.ranks(), job.nodes(),
                                exchange.counts().sums,
                                exchange.counts().seconds};
    written = WriteResult(flags, replaced,
                          ClusterRunRecord(problem, settings, *run, facts,
                                           GetBuildInfo(kVersion)),
                          ClusterTable(problem, settings, *run, facts));
  }
  written = AgreeOn(exchange, written);
  if (written.ok() && flags.checkpoints.every_rounds > 0) {
    written = RemoveCheckpoint(flags.checkpoints.folder, exchange);
  }
  return written.ok() ? 0 : FailOnRank(written);
}

int RunAlgorithm2(const Problem& problem, const ClusterFlags& flags,
                  const ReplacedResults& replaced, const MpiJob& job,
                  MpiExchange& exchange) {
  const ClusterSettings& settings = flags.settings;
  MpiSharedVector xbar(problem.rows.num_features);
  MpiSharedVector steps(2 * settings.run.workers);
  const auto run =
      RunAsynchronouslyOnRanks(problem, settings, exchange, {xbar, steps});
  if (!run.ok()) return FailOnRank(run.status());
  absl::Status written;
  if (job.rank() == 0) {
    const ClusterFacts facts = {job.ranks(), job.nodes()};
    written =
        WriteResult(flags, replaced,
                    AsynchronousClusterRecord(problem, settings, *run, facts,
                                              GetBuildInfo(kVersion)),
                    AsynchronousClusterTable(problem, settings, *run, facts));
  }
  written = AgreeOn(exchange, written);
  return written.ok() ? 0 : FailOnRank(written);
}

// noexcept: a rank that unwound would wait in MPI's end for the others.
int RunRank(ClusterFlags flags, const MpiJob& job) noexcept {
  ClusterSettings& settings = flags.settings;
  const bool is_first = job.rank() == 0;
  if (flags.ranks.has_value() && *flags.ranks != job.ranks()) {
    return !is_first ? 2
                     : FailUsage(absl::InvalidArgumentError(absl::StrCat(
                           "--ranks=", *flags.ranks, ", but the MPI job has ",
                           job.ranks())));
  }
  if (flags.common.all_cores) {
    const int ranks_here = (job.ranks() + job.nodes() - 1) / job.nodes();
    settings.run.threads =
        ThreadsThatRun(std::max(1, AvailableCores() / ranks_here));
  }
  MpiExchange exchange(settings.fast ? Reduction::kFast : Reduction::kTree);
  const absl::Status folder =
      AgreeOn(exchange, is_first ? EnsureFolder(flags.common.output_dir)
                                 : absl::OkStatus());
  if (!folder.ok()) return FailOnRank(folder);
  const auto problem =
      OpenProblemOnRanks(flags.common.dataset, flags.common.index_base,
                         flags.regularization, settings, exchange);
  if (!problem.ok()) return FailOnRank(problem.status());

  // Rank 0 looks; the others hear.
  absl::StatusOr<ReplacedResults> replaced = ReplacedResults();
  if (is_first) {
    replaced =
        MayReplace({OriginOfRun(StudyOf(flags), *problem, settings.run)},
                   flags.common.output_dir, flags.common.overwrite, std::cerr);
  }
  const absl::Status may = AgreeOn(exchange, replaced.status());
  if (!may.ok()) return FailOnRank(may);

  std::optional<Progress> progress;
  if (is_first) {
    if (!HasMpiLauncher()) {
      progress.emplace(
          "cluster",
          static_cast<double>(settings.run.termination.max_iterations),
          std::cerr, StderrIsTerminal());
    }
    settings.run.termination.progress = [&progress](int64_t t) {
      ReportIteration(t);
      if (progress.has_value()) {
        progress->Update(static_cast<double>(t), absl::StrCat("iteration ", t));
      }
    };
  }
  const int code =
      flags.asynchronous
          ? RunAlgorithm2(*problem, flags, *replaced, job, exchange)
          : RunAlgorithm1(*problem, flags, *replaced, job, exchange);
  if (progress.has_value()) {
    code == 0 ? progress->Finish() : progress->Abandon();
  }
  return code;
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
  auto flags = ReadClusterFlags(argc, argv);
  if (!flags.ok()) {
    return *is_rank && job->rank() > 0 ? 2 : FailUsage(flags.status());
  }
  if (!*is_rank) return LaunchRanks(*flags, argc, argv);
  return RunRank(*std::move(flags), *job);
}

}  // namespace
}  // namespace local_sgd

int main(int argc, char** argv) {
  return local_sgd::RunProgram(argc, argv, {"cluster", local_sgd::kVersion},
                               local_sgd::Main);
}
