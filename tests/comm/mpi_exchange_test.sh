#!/bin/bash
# The MPI exchange between 1, 2, 3 and 4 processes.
set -euo pipefail

tests=$TEST_SRCDIR/local_sgd/tests
for ranks in 1 2 3 4; do
  "$tests/testing/mpirun.sh" "$ranks" "$tests/comm/mpi_exchange_check" "$ranks" |
    tee "$TEST_TMPDIR/out"
  grep -qE "^($ranks ranks passed|SKIPPED)" "$TEST_TMPDIR/out"
done
