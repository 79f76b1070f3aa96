#!/bin/bash
# degenerate_test.sh DATA: every program on a legal problem at the edge of what
# a problem is. It answers, with finite numbers, figures and tables, or says in
# one line what it cannot do, before it works.
set -euo pipefail

name=$1
programs=$TEST_SRCDIR/local_sgd
folder=$(mktemp -d "$TEST_TMPDIR/degenerate.XXXXXX")
data=$folder/$name.svm

fail() {
  echo "$name: $*" >&2
  exit 1
}

# rows COUNT "LINE +" "LINE -": COUNT of each, the labels in turn.
rows() {
  for _ in $(seq "$1"); do printf '+1 %s\n-1 %s\n' "$2" "$3"; done
}
# varied EXPONENT: 20 rows of two features that the labels are independent of.
varied() {
  for i in $(seq 20); do
    echo "$((i % 2 * 2 - 1)) 1:$((i % 3 + 1))e$1 2:$((i % 5 + 1))e$1"
  done
}

answers=true # or the program may refuse
case $name in
  optimum_at_zero) rows 100 '1:1 2:1' '1:1 2:1' ;;
  one_sample_a_class) rows 1 1:1 1:-1 ;;
  no_variance) rows 25 '1:0.1 3:1e3' '1:-0.1 3:-1e3' ;;
  equal_rows) for y in +1 -1 -1 +1 -1 -1 -1; do echo "$y 1:1 2:-0.5 3:2"; done ;;
  one_feature) for i in $(seq 20); do echo "$((i % 2 * 2 - 1)) 1:0.$((i * 7 % 10))"; done ;;
  tiny_values) varied -160 ;;
  large_values) varied 24 ;;
  ridge_lost) answers=false && varied 75 ;;
  huge_values) answers=false && varied 160 ;;
  one_sample) answers=false && echo '+1 1:1 2:0.5' ;;
  empty_rows) answers=false && rows 10 '' '' ;;
  zero_values) answers=false && rows 10 '1:0 2:0' '1:0 2:0' ;;
  *) fail "no such data" ;;
esac >"$data"

# finite FILE...: no NaN and no infinity.
finite() {
  if grep -niwE '[-+]?(nan|inf|infinity)' "$@"; then
    fail "a number that is none"
  fi
}

# run NAME PROGRAM FLAG...: within two minutes, as above. True when it answered.
run() {
  local run=$1 program=$2 status=0
  shift 2
  timeout 120 "$programs/$program" "$@" --output_dir="$folder/$run" \
    >"$folder/out" 2>"$folder/err" || status=$?
  if [ "$status" -eq 0 ]; then
    [ -s "$folder/out" ] || fail "$run: no output"
    finite "$folder/out"
    find "$folder/$run" \( -name '*.csv' -o -name '*.json' -o -name '*.md' -o \
      -name '*.tex' -o -name '*.txt' \) -print0 >"$folder/written"
    [ ! -s "$folder/written" ] || finite $(tr '\0' ' ' <"$folder/written")
    return 0
  fi
  if $answers || { [ "$status" -ne 1 ] && [ "$status" -ne 2 ]; } ||
    [ "$(grep -c '^error: ' "$folder/err")" -ne 1 ] || [ -s "$folder/out" ] ||
    [ "$(grep '^error: ' "$folder/err" | wc -c)" -gt 400 ]; then
    cat "$folder/err" >&2
    fail "$run: exit $status"
  fi
  # Before it works: a journal is the first that an experiment leaves.
  if [ -d "$folder/$run" ] && find "$folder/$run" -name '*.journal' | grep .; then
    fail "$run: refused after its work has begun"
  fi
  return 1
}

small=(--epsilon=0.01,0.001 --batch=1,2 --periods=1,4 --workers=1,4 --seeds=2)
run constants experiments/single/problem_constants --dataset="$data" --format=json || true
for format in table json csv; do
  run "run_$format" experiments/single/local_sgd --dataset="$data" --workers=4 \
    --period=3 --epsilon=0.01,0.0001 --max_iterations=2000 --format=$format || true
done
if [ -x "$programs/experiments/cluster/cluster" ] && command -v mpirun >/dev/null; then
  TMPDIR=$(mktemp -d /tmp/mpi.XXXXXX) # sockets have short paths
  export TMPDIR HOME=${HOME:-$TMPDIR} ASAN_OPTIONS=detect_leaks=0
  trap 'rm -rf "$TMPDIR"' EXIT
  run cluster experiments/cluster/cluster --dataset="$data" --ranks=1 --workers=2 \
    --period=3 --epsilon=0.01 --max_iterations=2000 --format=json || true
fi
run speedup experiments/measured_speedup/measured_speedup --dataset="$data" "${small[@]}" \
  --step_size=theory || true
run tuned experiments/measured_speedup/measured_speedup --dataset="$data" "${small[@]}" \
  --step_size=tuned --max_gradients=100000 || true
if run priced experiments/measured_speedup/measured_speedup --dataset="$data" "${small[@]}" \
  --step_size=theory --rho=1e308; then
  for program in tables figures; do
    run priced_$program analysis/programs/$program --input="$folder/priced"
  done
fi
run bound experiments/convergence_bound/convergence_bound --dataset="$data" --quick || true
run variance experiments/variance_reduction/variance_reduction --dataset="$data" \
  --workers=1,2,4 --periods=1,4 --iterations=256 --gradients=1024 \
  --samples=64 --seeds=3 || true
run period experiments/communication_period/communication_period --dataset="$data" --quick || true
run advise experiments/communication_period/communication_period --dataset="$data" --advise \
  --workers=4 --batch=2 --epsilon=0.01 --rho=25 || true
run asynchronous experiments/asynchronous/asynchronous --dataset="$data" --quick || true

# Steps that never reach eps would take their whole allowance.
[ "$name" != large_values ] || exit 0
if run reproduce experiments/reproduce --dataset="$data" --quick; then
  for program in tables figures report; do
    run $program analysis/programs/$program --input="$folder/reproduce"
  done
  run verify experiments/verify --input="$folder/reproduce"
  # Every figure is drawn, and every table is there.
  [ "$(find "$folder/reproduce" -name '*.svg' | wc -l)" -ge 20 ] || fail "figures"
  for table in speedup_tables communication_period_tables convergence_bound \
    variance_reduction asynchronous; do
    [ -s "$folder/reproduce/$table.md" ] || fail "no $table.md"
  done
fi

case $name in
  optimum_at_zero | one_sample_a_class)
    grep -rq 'left out: a logarithmic axis' "$folder/reproduce" ||
      fail "no caption says that points are left out"
    ;;
  no_variance)
    grep -q '"variance_at_zero": 0.0' "$folder/constants/problem_constants.json" ||
      fail "a variance: $(grep variance "$folder/constants/problem_constants.json")"
    # What has no variance has no law of how its variance falls.
    ! grep -E '(variance_slope|variance_over_parallel|gradient_variance_)' \
      "$folder/variance/variance_reduction_findings.csv" ||
      fail "a finding on a variance of 0"
    ;;
esac
