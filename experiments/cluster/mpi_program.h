// The main function of a program that starts itself again as the ranks of an
// MPI job, or that mpirun or srun started as one of them.

#ifndef EXPERIMENTS_CLUSTER_MPI_PROGRAM_H_
#define EXPERIMENTS_CLUSTER_MPI_PROGRAM_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiments/cluster/mpi_launcher.h"
#include "lib/comm/mpi_exchange.h"
#include "lib/program/command_line.h"

namespace local_sgd {

// Reads the command line, of which rank 0 says what is wrong, and calls
// `run_rank` as a rank of a job and otherwise `launch`. Returns the exit code.
template <class Flags>
int MpiMain(int argc, char** argv,
            absl::StatusOr<Flags> (*read_flags)(int argc, char** argv),
            // noexcept: a rank that unwound would wait in MPI's end for others.
            int (*run_rank)(const Flags& flags, const MpiJob& job) noexcept,
            int (*launch)(const Flags& flags, int argc, char** argv)) {
  const absl::StatusOr<bool> is_rank = IsMpiRank();
  if (!is_rank.ok()) return Fail(is_rank.status());
  std::optional<MpiJob> job;
  if (*is_rank) {
    job.emplace(&argc, &argv);
    const absl::Status size = CheckJobSize(job->ranks());
    if (!size.ok()) return Fail(size);
  }
  const auto flags = read_flags(argc, argv);
  if (!flags.ok()) {
    return *is_rank && job->rank() > 0 ? 2 : FailUsage(flags.status());
  }
  return *is_rank ? run_rank(*flags, *job) : launch(*flags, argc, argv);
}

}  // namespace local_sgd

#endif  // EXPERIMENTS_CLUSTER_MPI_PROGRAM_H_
