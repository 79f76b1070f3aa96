# What every test that starts MPI jobs reads first (source): it ends here, as
# skipped, without mpirun. Sockets have short paths and go when the test ends.
# shellcheck shell=bash

command -v mpirun >/dev/null || exec "${BASH_SOURCE%/*}/skip.sh" \
  "mpirun is not installed (setup.sh installs openmpi-bin)"
TMPDIR=$(mktemp -d /tmp/mpi.XXXXXX)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
# Open MPI keeps memory to its end, which is no leak of ours.
export ASAN_OPTIONS=detect_leaks=0
