#!/bin/bash
# What programs take from the environment: how many threads run, where the home
# folder is, where temporary files may be.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd
folder=$(mktemp -d "$TEST_TMPDIR/environment.XXXXXX")
unset OMP_NUM_THREADS OMP_THREAD_LIMIT OMP_DYNAMIC OMP_MAX_ACTIVE_LEVELS
export OMP_WAIT_POLICY=passive
export HOME=$folder/home
mkdir "$HOME"

fail() {
  echo "$*" >&2
  exit 1
}

"$programs/tests/testing/small_dataset.sh" 60 9 >"$HOME/small.txt"
cd "$folder"

# record VARIABLE=VALUE... -- FLAG...: the record of a run.
record() {
  local variables=()
  while [ "$1" != -- ]; do
    variables+=("$1")
    shift
  done
  shift
  env "${variables[@]}" "$programs/experiments/single/local_sgd" \
    --dataset="$HOME/small.txt" --output_dir="$folder/threads" --workers=8 \
    --max_iterations=40 --format=json "$@" 2>"$folder/err"
}

# threads NUMBER VARIABLE=VALUE... -- FLAG...
record -- --threads=1 >"$folder/one"
grep -q iterates_sha256 "$folder/one"
threads() {
  local expected=$1
  shift
  record "$@" >"$folder/some"
  grep -q "\"threads\": $expected," "$folder/some" ||
    fail "$*: $(grep '"threads"' "$folder/some"), expected $expected"
  diff <(grep iterates_sha256 "$folder/one") \
    <(grep iterates_sha256 "$folder/some") || fail "$*: other bits"
}
cores=$(nproc)
threads "$cores" -- --threads=0
threads 5 -- --threads=5
threads 1 OMP_THREAD_LIMIT=1 -- --threads=16
threads 1 OMP_THREAD_LIMIT=1 -- --threads=0
threads 3 OMP_NUM_THREADS=3,2 -- --threads=0
threads 2 OMP_NUM_THREADS=3 -- --threads=2
threads 2 OMP_NUM_THREADS=8 OMP_THREAD_LIMIT=2 -- --threads=0
threads 1 OMP_MAX_ACTIVE_LEVELS=0 -- --threads=4
threads 4 OMP_DYNAMIC=true -- --threads=4
# A first thread that is bound to a core has not lost the others.
threads "$cores" OMP_PROC_BIND=true -- --threads=0
grep -q "\"cores\": $cores," "$folder/some" || fail "cores of a bound thread"
threads "$cores" OMP_NUM_THREADS=x -- --threads=0

# The home folder, which no shell has put in place of ~ behind "=".
quiet() {
  "$programs/$1" "${@:2}" >"$folder/out" 2>"$folder/err" ||
    { cat "$folder/err" >&2; fail "$*: exit $?"; }
}
echo '2 4' >"$HOME/list"
quiet experiments/single/local_sgd '--dataset=~/small.txt' '--output_dir=~/results' \
  '--synchronisation=list:~/list' --max_iterations=4
[ -s "$HOME/results/local_sgd.json" ] || fail "no results"
quiet experiments/reproduce '--dataset=~/small.txt' '--output_dir=~/all' --quick
quiet experiments/verify '--input=~/all' '--output_dir=~/all'
quiet analysis/programs/figures '--input=~/all' '--output_dir=~/figures' --only=figure2
quiet analysis/programs/compare '~/all' '~/all'
[ -s "$HOME/figures/figure2a.svg" ] || fail "no figures"
[ ! -e "$folder/~" ] || fail "a folder named ~"

# refused WORDS PROGRAM ARGUMENT...
refused() {
  local words=$1 status=0
  shift
  "$programs/$1" "${@:2}" >"$folder/out" 2>"$folder/err" || status=$?
  [ "$status" -ne 0 ] || fail "$*: exit 0"
  [ "$(grep -c '^error: ' "$folder/err")" -eq 1 ] &&
    grep '^error: ' "$folder/err" | grep -qF -- "$words" ||
    { cat "$folder/err" >&2; fail "$*: the message lacks: $words"; }
}
refused '--output_dir=~nobody/x: expected ~ alone' experiments/single/local_sgd \
  '--output_dir=~nobody/x'
refused '--output_dir=~nobody/x: expected ~ alone' analysis/programs/figures \
  '--output_dir=~nobody/x'
refused '--input=~nobody/x: expected ~ alone' analysis/programs/figures '--input=~nobody/x'
refused '--input=~nobody/x: expected ~ alone' experiments/verify '--input=~nobody/x'
refused '~nobody/x: expected ~ alone' analysis/programs/compare '~nobody/x' "$HOME/all"
HOME='' refused '--output_dir=~/x: expected no ~, since HOME is not set' \
  experiments/theoretical_speedup/theoretical_speedup '--output_dir=~/x'

# Temporary files.
for place in "$folder/none" "$HOME/small.txt" /proc; do
  TMPDIR=$place refused "TMPDIR=$place: no folder for temporary files" \
    analysis/programs/figures --input="$HOME/all" --output_dir="$folder/f" --only=figure2a
done
[ ! -e "$folder/none" ] || fail "made the missing TMPDIR"
# gnuplot is stopped by a limit of its own output, not this program.
status=0
(ulimit -f 8; "$programs/analysis/programs/figures" --input="$HOME/all" \
  --output_dir="$folder/f" --only=figure2a) 2>&1 >/dev/null | cat >err || status=$?
[ "$status" -eq 1 ] && grep -q '^error: ' err || { cat err >&2; fail "ulimit -f 8: exit $status"; }
