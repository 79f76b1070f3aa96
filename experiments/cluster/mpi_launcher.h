// Starts a program again as the ranks of an MPI job and watches over it, so
// that `bazel run` needs no mpirun line and a lost rank ends in one line.

#ifndef EXPERIMENTS_CLUSTER_MPI_LAUNCHER_H_
#define EXPERIMENTS_CLUSTER_MPI_LAUNCHER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace local_sgd {

// Whether this process is a rank already: mpirun or srun started it, as the
// environment says. FailedPrecondition, naming the variable, where it has a
// rank's number but nothing of the launcher that would have given it, as after
// `export PMI_RANK=0` or in a shell that a rank started.
absl::StatusOr<bool> IsMpiRank();

// FailedPrecondition where the environment tells of more ranks than MPI found:
// then each process is a job of its own, since launcher and MPI do not know
// each other.
absl::Status CheckJobSize(int ranks);

// FailedPrecondition for a dataset that is read only once, such as a pipe or
// /dev/stdin, of which the ranks of a job cannot read one after another.
// `dataset` as in CommonFlags.
absl::Status CheckForRanks(const std::string& dataset);

struct MpiLaunch {
  std::string program;  // its name in messages
  int ranks = 1;
  std::vector<std::string> mpirun_flags;  // such as --hostfile=FILE
  std::vector<std::string> arguments;     // of each rank, its own name left out
  // Called with what rank 0 reports by ReportIteration.
  std::function<void(int64_t)> progress = nullptr;
  // When the job ended early: the iteration from which the same command goes
  // on, 0 for none.
  std::function<int64_t()> saved_iteration = nullptr;
};

// Of a program's own arguments, with mpirun's flags separated by spaces.
MpiLaunch LaunchOf(const std::string& program, int64_t ranks,
                   const std::string& mpirun_flags, int argc, char** argv);

// Runs this executable under mpirun; what it prints and the ranks' own messages
// pass through, the former to std::cout when the job has ended. Returns the
// exit code: that of the ranks; 1 when the job was lost, with one line on
// stderr that names the rank, its end and the iteration, in place of mpirun's
// own text; 127 without mpirun. SIGINT and SIGTERM end the job, then this
// process, by the same signal.
int RunUnderMpirun(const MpiLaunch& launch);

// Called by rank 0 now and then: tells RunUnderMpirun, if it started the job,
// the iteration. At most ten times a second something is written.
void ReportIteration(int64_t t);

// Whether RunUnderMpirun started this rank's job.
bool HasMpiLauncher();

// Fail for a rank, whose error came from AgreeOn: whoever has one of its own
// says it, the others, Cancelled, are silent.
int FailOnRank(const absl::Status& status);

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_MPI_LAUNCHER_H_
