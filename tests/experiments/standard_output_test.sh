#!/bin/bash
# Every program notices output that nobody could write, and says so in one line;
# its files are written all the same. Files that grow too large are errors of
# those files. --help, -h and --version work everywhere.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd
folder=$(mktemp -d "$TEST_TMPDIR/output.XXXXXX")
TMPDIR=$(mktemp -d /tmp/out.XXXXXX) # sockets of mpirun have short paths
export TMPDIR HOME=${HOME:-$TMPDIR} # Open MPI 5 asks for one
export OMP_WAIT_POLICY=passive
# Open MPI keeps memory to its end, which is no leak of ours.
export ASAN_OPTIONS=detect_leaks=0
trap 'rm -rf "$TMPDIR"' EXIT
full='error: cannot write to standard output: No space left on device'
failures=0

fail() {
  echo "$*" >&2
  failures=$((failures + 1))
}

# has_one_error FILE WORDS NAME
has_one_error() {
  [ "$(grep -c '^error: ' "$1")" -eq 1 ] && grep -qF -- "$2" "$1" ||
    { cat "$1" >&2; fail "$3: not one error with: $2"; }
}

for i in $(seq 99); do
  echo "$((i % 2)) 1:0.$i 2:0.$((i * 7 % 13))"
done >"$folder/small.txt"
data=--dataset=$folder/small.txt
records=$folder/records
"$programs/experiments/reproduce" --quick "$data" --output_dir="$records" \
  >/dev/null 2>"$folder/err" || { cat "$folder/err" >&2; exit 1; }

# PROGRAM ARGUMENTS, where @ is the folder for what it writes.
cat >"$folder/table" <<END
experiments/theoretical_speedup/theoretical_speedup --output_dir=@
experiments/cluster_extrapolation/cluster_extrapolation --output_dir=@ --workers=1,2,4
experiments/single/problem_constants $data --output_dir=@
experiments/single/local_sgd $data --output_dir=@ --max_iterations=10
experiments/single/local_sgd $data --output_dir=@ --max_iterations=10 --format=json
experiments/measured_speedup/measured_speedup $data --output_dir=@ --epsilon=0.1 --batch=1 --periods=1 --workers=1,2 --max_iterations=10000
experiments/convergence_bound/convergence_bound $data --output_dir=@ --quick
experiments/variance_reduction/variance_reduction $data --output_dir=@ --workers=1,2,4 --periods=1 --iterations=64 --gradients=128 --samples=8 --seeds=3
experiments/communication_period/communication_period $data --output_dir=@ --quick
experiments/communication_period/communication_period $data --output_dir=@ --advise --workers=2 --epsilon=0.1
experiments/asynchronous/asynchronous $data --output_dir=@ --quick
experiments/reproduce $data --output_dir=@ --quick
experiments/verify --input=$records --output_dir=@
analysis/programs/tables --input=$records --output_dir=@
analysis/programs/figures --input=$records --output_dir=@ --only=figure2
analysis/programs/report --input=$records --output_dir=@
analysis/programs/compare $records $records
END
if [ -x "$programs/experiments/cluster/cluster" ] && command -v mpirun >/dev/null; then
  cat >>"$folder/table" <<END
experiments/cluster/cluster $data --output_dir=@ --ranks=2 --workers=2 --max_iterations=10
experiments/cluster_speedup/cluster_speedup $data --output_dir=@ --ranks=1 --periods=1 --seconds=0.01 --epsilon=0.1
END
else
  echo "mpirun is not installed: cluster and cluster_speedup NOT TESTED"
fi
[ -w /dev/full ] || echo "no /dev/full: full outputs NOT TESTED"

# run OUTPUT_FOLDER PROGRAM ARGUMENTS: sets `status`.
run() {
  local here=$1 program=$2 arguments
  read -r -a arguments <<<"${3//@/$1}"
  status=0
  mkdir -p "$(dirname "$here")"
  "$programs/$program" "${arguments[@]}" || status=$?
}

number=0
while read -r program arguments; do
  number=$((number + 1))
  what="$program $arguments"
  failure=1
  [ "$program" != analysis/programs/compare ] || failure=2
  good=$folder/good/$number
  run "$good" "$program" "$arguments" >"$folder/out" 2>"$folder/err" </dev/null
  [ "$status" -eq 0 ] || { cat "$folder/err" >&2; fail "$what: exit $status"; }
  [ -s "$folder/out" ] || fail "$what: no output"

  if [ -w /dev/full ]; then
    run "$folder/full/$number" "$program" "$arguments" \
      >/dev/full 2>"$folder/err" </dev/null
    [ "$status" -eq "$failure" ] || fail "$what >/dev/full: exit $status"
    has_one_error "$folder/err" "$full" "$what >/dev/full"
    [ ! -d "$good" ] || diff <(cd "$good" && find . | sort) \
      <(cd "$folder/full/$number" && find . | sort) ||
      fail "$what >/dev/full: other files"
  fi

  run "$folder/closed/$number" "$program" "$arguments" \
    >&- 2>"$folder/err" </dev/null
  [ "$status" -eq "$failure" ] || fail "$what >&-: exit $status"
  has_one_error "$folder/err" 'error: standard output is closed' "$what >&-"
  [ ! -e "$folder/closed/$number" ] || fail "$what >&-: files"

  # No file may have a byte: the old ones stay. mpirun needs files of its own.
  [ -d "$good" ] && [[ $program != experiments/cluster* ||
    $program == experiments/cluster_extrapolation/cluster_extrapolation ]] || continue
  [[ $arguments != *--advise* ]] || continue
  rm -rf "$folder/old"
  cp -r "$good" "$folder/old"
  # stderr is a pipe: a file of ours could not grow either.
  status=0
  (
    ulimit -f 0
    run "$good" "$program" "$arguments"
    exit "$status"
  ) 2>&1 >/dev/null </dev/null | cat >"$folder/limited" || status=$?
  [ "$status" -eq 1 ] || fail "ulimit -f 0; $what: exit $status"
  has_one_error "$folder/limited" 'File too large' "ulimit -f 0; $what"
  grep '^error: ' "$folder/limited" | grep -q '/' ||
    fail "ulimit -f 0; $what: names no file"
  diff -r -x '*.journal' "$folder/old" "$good" ||
    fail "ulimit -f 0; $what: other files"
done <"$folder/table"

# Help and version.
for program in $(cut -d' ' -f1 "$folder/table" | sort -u) data/download \
  data/fit_surrogate; do
  name=${program##*/}
  status=0
  "$programs/$program" --help >"$folder/help" || status=$?
  [ "$status" -eq 0 ] && grep -q . "$folder/help" ||
    fail "$program --help: exit $status"
  "$programs/$program" -h >"$folder/h" || fail "$program -h: exit $?"
  cmp "$folder/help" "$folder/h" || fail "$program -h is another text"
  "$programs/$program" --version >"$folder/version" ||
    fail "$program --version: exit $?"
  [ "$(wc -l <"$folder/version")" -eq 1 ] &&
    grep -Eqx "$name [0-9.]+ \(commit [0-9a-z-]+, (GCC|Clang) .*\)" \
      "$folder/version" || fail "$program --version: $(cat "$folder/version")"
  [ -w /dev/full ] || continue
  for flag in --help -h --version; do
    status=0
    "$programs/$program" $flag >/dev/full 2>"$folder/err" || status=$?
    [ "$status" -eq 1 ] || fail "$program $flag >/dev/full: exit $status"
    has_one_error "$folder/err" "$full" "$program $flag >/dev/full"
  done
done

[ "$failures" -eq 0 ] || { echo "$failures failures" >&2; exit 1; }
