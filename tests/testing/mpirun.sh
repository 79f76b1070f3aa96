#!/bin/bash
# mpirun.sh RANKS [MPIRUN_FLAG]... PROGRAM [ARGUMENT]...: runs a test's program
# as an MPI job, on however few cores there are: a rank that waits lets others
# run.
set -uo pipefail
source "${BASH_SOURCE%/*}/mpi.sh"

ranks=$1
shift
export HOME=${HOME:-$TMPDIR} # Open MPI 5 wants one, and Bazel gives none
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMP_NUM_THREADS=1
mpirun -n "$ranks" --oversubscribe --bind-to none \
  --mca mpi_yield_when_idle 1 "$@" </dev/null
