#!/bin/bash
# cluster_speedup on the ranks of MPI jobs of its own: what it times goes into
# one file, in place of what was timed before, and what is wrong is said once.
set -euo pipefail

source tests/testing/mpi.sh
program=$TEST_SRCDIR/local_sgd/experiments/cluster_speedup/cluster_speedup
folder=$(mktemp -d "$TEST_TMPDIR/speedup.XXXXXX")
records=$folder/results/cluster_speedup.csv

fail() {
  echo "$*" >&2
  cat "$folder/out" "$folder/err" >&2
  exit 1
}

"$TEST_SRCDIR/local_sgd/tests/testing/small_dataset.sh" 60 9 \
  >"$folder/small.txt"

# times FLAG...: leaves `status`.
times() {
  status=0
  "$program" --dataset="$folder/small.txt" --output_dir="$folder/results" \
    --epsilon=0.05 --step_size=constant:0.5 --seconds=0.01 \
    --mpirun_flags="--mca mpi_yield_when_idle 1" "$@" \
    >"$folder/out" 2>"$folder/err" || status=$?
}

# rows RANKS: so many records are of a job with as many ranks.
rows() {
  python3 - "$records" "$1" <<'PY'
import csv, sys
rows = [r for r in csv.DictReader(open(sys.argv[1])) if r["ranks"] == sys.argv[2]]
assert all((r["exchange_seconds"] == "") == (r["ranks"] == "1") for r in rows), rows
assert all(int(r["iterations"]) > 0 and r["nodes"] == "1" for r in rows), rows
print(len(rows))
PY
}

times --ranks=1,2,4 --periods=1,8
[ "$status" -eq 0 ] || fail "exit $status"
for ranks in 1 2 4; do
  [ "$(rows $ranks)" = 2 ] || fail "not two records of $ranks ranks"
done
grep -q 'What an exchange costs, measured' "$folder/out" || fail "no table"
times --ranks=2 --periods=1,4,8 --format=csv
[ "$status" -eq 0 ] || fail "exit $status"
[ "$(rows 1) $(rows 2) $(rows 4)" = "2 3 2" ] || fail "not in place of the old"
cmp "$folder/out" "$records" || fail "other records on stdout"

# refused CODE WORDS FLAG...
cp "$records" "$folder/before"
refused() {
  local code=$1 words=$2
  shift 2
  times "$@"
  [ "$status" -eq "$code" ] || fail "$*: exit $status"
  [ "$(grep -c '^error: ' "$folder/err")" -eq 1 ] || fail "$*: not one error"
  grep '^error: ' "$folder/err" | grep -qF -- "$words" || fail "$*: no $words"
  cmp "$records" "$folder/before" || fail "$* changed the records"
}
refused 2 '--periods=0' --periods=0
refused 2 '--ranks=x' --ranks=x
refused 1 'other data or settings' --ranks=2 --seed=2
refused 1 "$folder/missing.txt" --ranks=2 --dataset="$folder/missing.txt"
echo passed
