#!/bin/bash
# async_ranks_test on the ranks of MPI jobs, through memory and through TCP.
set -euo pipefail

mpirun=tests/testing/mpirun.sh
program=tests/solver/async_ranks_on_mpi
for ranks in 1 2 4; do
  echo "== $ranks ranks, memory"
  "$mpirun" "$ranks" "$program"
done
echo "== 2 ranks, TCP"
"$mpirun" 2 --mca btl tcp,self --mca osc ^sm,ucx --mca btl_tcp_if_include lo \
  "$program"
