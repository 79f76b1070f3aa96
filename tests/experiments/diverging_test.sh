#!/bin/bash
# A step size that diverges stops every program early, is reported as diverged
# where a run is reported, and leaves no NaN or infinity in any output.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd/experiments
folder=$(mktemp -d "$TEST_TMPDIR/diverging.XXXXXX")

fail() {
  echo "$*" >&2
  exit 1
}

awk 'BEGIN {
  for (i = 0; i < 60; i++) {
    printf "%d", 1 + (i * 7 % 5 < 2)
    for (j = 1; j <= 9; j++)
      if ((i * j + i) % 4 == 1) printf " %d:%s", j, (j % 3 ? "1" : "-0.5")
    print ""
  }
}' >"$folder/small.txt"

# run NAME PROGRAM FLAG...: the program succeeds within a minute; its output is
# in $folder/NAME.out, its files in $folder/NAME.
run() {
  local name=$1 program=$2
  shift 2
  timeout 60 "$(find "$programs" -path "*/$program" ! -type d)" --dataset="$folder/small.txt" --threads=1 \
    --output_dir="$folder/$name" "$@" >"$folder/$name.out" 2>"$folder/err" ||
    { cat "$folder/err" >&2; fail "$name: exit $?"; }
  if grep -rniwE '[-+]?(nan|inf|infinity)' "$folder/$name.out" "$folder/$name"; then
    fail "$name: a number that is none"
  fi
}

for format in table json csv; do
  for epsilon in '' 0.001; do
    run "run_${format}_$epsilon" local_sgd --workers=3 --step_size=constant:1e6 \
      --epsilon="$epsilon" --max_iterations=1000000000 --format="$format"
  done
done
# column FILE NAME: its values, each once. No field has a comma.
column() {
  awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next }
    { print $c }' "$1" | sort -u
}
for name in run_csv_ run_csv_0.001; do
  [ "$(column "$folder/$name.out" diverged)" = yes ] ||
    { cat "$folder/$name.out" >&2; fail "$name: diverged is not yes"; }
done
run converges local_sgd --workers=3 --epsilon=0.1 --max_iterations=100 --format=csv
[ "$(column "$folder/converges.out" diverged)" = no ] || fail "diverged is not no"
for name in run_json_ run_json_0.001; do
  grep -q '"diverged": true' "$folder/$name.out" || fail "$name: not reported"
  iterations=$(sed -n 's/^ *"iterations": \([0-9]*\),*$/\1/p' "$folder/$name.out" | tail -n 1)
  [ "$iterations" -lt 10000 ] || fail "$name: $iterations iterations"
done

# Half of the grid diverges; the ledger says which.
for format in table json csv; do
  run "grid_$format" measured_speedup/measured_speedup --step_size=tuned --exhaustive \
    --epsilon=0.0001 --batch=1 --periods=1,4 --workers=1,2 \
    --seeds=2 --max_gradients=100000 --format="$format"
  grep -q ,diverged, "$folder/grid_$format/tuning_ledger.csv" ||
    fail "grid_$format: nothing has diverged"
done

# Where every run of a grid diverges, its empty cells say why.
run steep measured_speedup/measured_speedup --step_size=constant:1e6 --epsilon=0.0001 \
  --batch=1 --periods=1,4 --workers=1,2 --seeds=2
[ "$(column "$folder/steep/measured_iterations.csv" iterations)" = "" ] ||
  fail "steep: reached"
[ "$(column "$folder/steep/measured_iterations.csv" diverged)" = yes ] ||
  fail "steep: not diverged"

# Bias and variance of iterates that are none: an error, and no table.
status=0
"$programs/variance_reduction/variance_reduction" --dataset="$folder/small.txt" --threads=1 \
  --output_dir="$folder/variance" --step_size=constant:1e6 --regularization=1/n \
  --workers=1,2 --periods=1 --iterations=512 --gradients=1024 --samples=512 \
  --seeds=3 >"$folder/out" 2>"$folder/err" || status=$?
[ "$status" -eq 1 ] || { cat "$folder/err" >&2; fail "variance: exit $status"; }
grep -q '^error: .*diverged' "$folder/err" || { cat "$folder/err" >&2; fail "variance"; }
[ ! -s "$folder/out" ] || fail "variance: output"
if find "$folder/variance" -name '*.csv' | grep .; then fail "variance: a table"; fi
