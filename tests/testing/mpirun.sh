#!/bin/bash
# mpirun.sh RANKS [MPIRUN_FLAG]... PROGRAM [ARGUMENT]...: runs a test's program
# as an MPI job, on however few cores there are: a rank that waits lets others
# run. Sockets have short paths and go when it ends.
set -uo pipefail

if ! command -v mpirun >/dev/null; then
  echo "SKIPPED: mpirun is not installed (setup.sh installs openmpi-bin)"
  exit 0
fi
ranks=$1
shift
TMPDIR=$(mktemp -d /tmp/mpi.XXXXXX)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMP_NUM_THREADS=1
# Open MPI keeps memory to its end, which is no leak of ours.
export ASAN_OPTIONS=detect_leaks=0
mpirun -n "$ranks" --oversubscribe --bind-to none \
  --mca mpi_yield_when_idle 1 "$@" </dev/null
