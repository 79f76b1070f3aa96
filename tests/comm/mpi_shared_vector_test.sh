#!/bin/bash
# The shared vector at 1, 2 and 4 ranks: through memory, as on one machine, and
# through TCP, as between machines, where a rank has to be inside MPI for others
# to reach its block.
set -euo pipefail

mpirun=tests/testing/mpirun.sh
program=tests/comm/mpi_shared_vector_ranks
for ranks in 1 2 4; do
  echo "== $ranks ranks, memory"
  "$mpirun" "$ranks" "$program"
done
for ranks in 2 4; do
  echo "== $ranks ranks, TCP"
  "$mpirun" "$ranks" --mca btl tcp,self --mca osc ^sm,ucx \
    --mca btl_tcp_if_include lo "$program"
done
