#!/bin/bash
# Settings that are the same twice: what the user typed is refused before any
# work; defaults that coincide on some data (1/n and 0.01 with n = 100) are run
# once.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd/experiments
folder=$(mktemp -d "$TEST_TMPDIR/coinciding.XXXXXX")
failures=0

fail() {
  echo "$*" >&2
  failures=$((failures + 1))
}

for i in $(seq 100); do
  echo "$((i % 2)) 1:0.$i 2:0.$((i * 7 % 13))"
done >"$folder/n100.svm"
data=--dataset=$folder/n100.svm

# refused WORDS PROGRAM ARGUMENT...: by the command line, and nothing is written.
refused() {
  local words=$1 program=$2 status=0
  shift 2
  rm -rf "$folder/refused"
  "$(find "$programs" -path "*/$program" ! -type d)" --output_dir="$folder/refused" "$@" \
    >"$folder/out" 2>"$folder/err" || status=$?
  [ "$status" -eq 2 ] || fail "$program $*: exit $status"
  [ "$(grep -c '^error: ' "$folder/err")" -eq 1 ] &&
    grep '^error: ' "$folder/err" | grep -qF -- "$words" ||
    { cat "$folder/err" >&2; fail "$program $*: the message lacks: $words"; }
  if [ -d "$folder/refused" ] && find "$folder/refused" -type f | grep .; then
    fail "$program $*: files"
  fi
}

# Every list of every experiment.
refused '--epsilon=0.1,1e-1: 1e-1 stands twice' local_sgd "$data" --epsilon=0.1,1e-1
refused '--epsilon=0,-0: -0 stands twice' theoretical_speedup/theoretical_speedup --epsilon=0,-0
refused '--workers=1,2,01: 01 stands twice' theoretical_speedup/theoretical_speedup --workers=1,2,01
refused '--periods=4,4: 4 stands twice' theoretical_speedup/theoretical_speedup --periods=4,4
for flag in --epsilon=0.1,0.2,0.10 --batch=4,4 --periods=1,2,1 --workers=2,02; do
  refused "$flag: " measured_speedup/measured_speedup "$data" "$flag"
done
refused "--step_size=constant:0.5,constant:0.50: 'constant:0.50' stands twice" \
  measured_speedup/measured_speedup "$data" --step_size=constant:0.5,constant:0.50
refused "--step_size=tuned,theory,tuned: 'tuned' stands twice" \
  measured_speedup/measured_speedup "$data" --step_size=tuned,theory,tuned
refused '--selection_seed: 2 is one of the measuring seeds 1 to 3' \
  measured_speedup/measured_speedup "$data" --step_size=tuned --seeds=3 --selection_seed=2
for flag in --workers=1,1 --batch=2,2 --periods=16,016; do
  refused "$flag: " convergence_bound "$data" "$flag"
done
for flag in --workers=1,1 --periods=16,16; do
  refused "$flag: " variance_reduction "$data" "$flag"
done
refused '0.01 with theory stands twice' \
  variance_reduction "$data" --regularization=0.01,0.010 --step_size=theory
refused '0.01 with constant:1.0 stands twice' \
  variance_reduction "$data" --regularization=0.01 --step_size=constant:1,constant:1.0
refused '--regularization=1/n,0.01: two of these are the same, since n = 100' \
  variance_reduction "$data" --regularization=1/n,0.01 --step_size=theory
for flag in --workers=4,4 --batch=4,4 --iterations=256,256 \
  --step_size=theory,theory; do
  refused "$flag: " communication_period "$data" "$flag"
done
refused '--slowdowns=1,2,2.0: 2.0 stands twice' asynchronous "$data" --slowdowns=1,2,2.0
for flag in --network=wan,wan --periods=1,1 --workers=2,2 --epsilon=0,0 \
  --noise_seconds=0,-0; do
  refused "$flag: " cluster_extrapolation "$flag"
done
# Seeds that no record can hold.
last=9223372036854775807
refused "--seeds=2: seeds from $last on" convergence_bound "$data" --quick --seed=$last
refused "--seeds=10: seeds from $last on" variance_reduction "$data" --seed=$last
refused "--seeds=2: seeds from $last on" communication_period "$data" --quick --seed=$last
refused "--seeds=3: seeds from $last on" asynchronous "$data" --quick --seed=$last
refused "--seeds=10: seeds from $last on" reproduce "$data" --quick --seed=$last

# works PROGRAM ARGUMENT...
works() {
  "$(find "$programs" -path "*/$1" ! -type d)" "$data" --output_dir="$folder/$1" "${@:2}" \
    >"$folder/out" 2>"$folder/err" || { cat "$folder/err" >&2; fail "$*: exit $?"; }
}

# column FILE NAME: its different values on a line.
column() {
  awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next }
    !($c in seen) { seen[$c] = 1; printf "%s%s", (n++ ? " " : ""), $c } END { print "" }' "$1"
}
has() { # FILE COLUMN VALUES
  [ "$(column "$folder/$1" "$2")" = "$3" ] ||
    fail "$1: $2 is $(column "$folder/$1" "$2"), not $3"
}
works convergence_bound --quick
has convergence_bound/convergence_bound.csv lambda 0.01
works variance_reduction --workers=1,2,4 --periods=1 --iterations=64 \
  --gradients=128 --samples=8 --seeds=3
has variance_reduction/variance_reduction.csv regularization 0.01
has variance_reduction/variance_reduction.csv step_size 'theory decaying:1'
works communication_period --quick
works asynchronous --quick --slowdowns=1,1.0000001,1.0000002
has asynchronous/asynchronous.csv regularization 1/n
has asynchronous/asynchronous.csv slowdown '1 1.0000001 1.0000002 4'
works reproduce --quick
[ -s "$folder/reproduce/report.html" ] || fail "no report"

[ "$failures" -eq 0 ] || { echo "$failures failures" >&2; exit 1; }
