#!/bin/bash
# A results folder has results of one data set: programs say so before they
# would mix or replace, --overwrite replaces, and what shows a folder refuses
# one that is mixed, or leaves out what is stale.
set -euo pipefail

root=$TEST_SRCDIR/local_sgd
folder=$(mktemp -d "$TEST_TMPDIR/mixed.XXXXXX")
cd "$folder"

fail() {
  echo "$*" >&2
  exit 1
}
has() { # FILE WORDS...
  local file=$1
  shift
  for words in "$@"; do
    grep -qF -- "$words" "$file" || { cat "$file" >&2; fail "$file lacks $words"; }
  done
}
lacks() { # FILE WORDS
  ! grep -qF -- "$2" "$1" || fail "$1 has $2"
}
good() { # PROGRAM FLAGS...
  local program=$root/$1
  shift
  "$program" "$@" >out 2>err || { cat err >&2; fail "$program $*: exit code $?"; }
}
# refused CODE PROGRAM FLAGS...: with that code and one line of error.
refused() {
  local expected=$1 program=$root/$2 code=0
  shift 2
  "$program" "$@" >out 2>err || code=$?
  [ "$code" -eq "$expected" ] || { cat err >&2; fail "$program $*: exit code $code"; }
  [ "$(grep -c '^error: ' err)" -eq 1 ] || fail "$program $*: $(cat err)"
  [ "$(wc -c <err)" -lt 2000 ] || fail "$program $*: a long error"
}
sums() { # FOLDER
  (cd "$1" && find . -type f -exec sha256sum {} + | sort -k2)
}

data() { # SAMPLES
  awk -v n="$1" 'BEGIN {
    for (i = 0; i < n; i++) {
      printf "%d", (i * 7 % 5 < 2) ? 1 : -1
      for (j = 1; j <= 6; j++)
        if ((i * j + i) % 4 < 2) printf " %d:%s", j, ((i * 7 % 5 < 2) == (j % 2)) ? "1" : "0.5"
      print ""
    }
  }'
}
data 120 >one.svm
data 90 >other.svm
one=$(sha256sum <one.svm | cut -c1-12)
other=$(sha256sum <other.svm | cut -c1-12)
grid="--epsilon=0.02 --batch=1 --periods=1,2 --workers=1,2"

# --- the case of the issue ---
good experiments/reproduce --quick --dataset=one.svm --output_dir=r
cp -r r once
sums r >before
# shellcheck disable=SC2086
refused 1 experiments/measured_speedup/measured_speedup --dataset=other.svm --output_dir=r $grid
has err "one.svm (sha256 $one)" "other.svm (sha256 $other)" asynchronous.csv --overwrite
for program in "single/local_sgd --max_iterations=10" \
  "single/problem_constants" "asynchronous/asynchronous --quick" \
  "convergence_bound/convergence_bound --quick" \
  "communication_period/communication_period --quick" \
  "variance_reduction/variance_reduction"; do
  # shellcheck disable=SC2086
  refused 1 experiments/$program --dataset=other.svm --output_dir=r
  has err "one.svm (sha256 $one)" "other.svm (sha256 $other)" --overwrite
done
sums r | cmp - before

# Other flags, too; the same command goes on, whatever the threads and format.
# shellcheck disable=SC2086
refused 1 experiments/measured_speedup/measured_speedup --dataset=one.svm --output_dir=r $grid
has err 'measured_speedup with other flags' 'arms' --overwrite
refused 1 experiments/asynchronous/asynchronous --quick --seeds=3 --dataset=one.svm --output_dir=r
has err 'seeds was 2, is 3'
refused 1 experiments/reproduce --dataset=one.svm --output_dir=r
has err 'with other flags' --overwrite
sums r | cmp - before
for study in asynchronous communication_period convergence_bound; do
  good experiments/$study/$study --quick --dataset=one.svm --output_dir=r --threads=1 --format=csv
done
sums r | cmp - before
good experiments/reproduce --quick --dataset=one.svm --output_dir=r --threads=1
diff <(sums r | grep -v -e manifest -e report.html -e runs.jsonl -e origin -e derived) \
  <(grep -v -e manifest -e report.html -e runs.jsonl -e origin -e derived before)

# Single runs of other flags only say that they replace; so does the model.
good experiments/single/local_sgd --dataset=one.svm --output_dir=r --max_iterations=10
lacks err replacing
good experiments/single/local_sgd --dataset=one.svm --output_dir=r --max_iterations=20 --batch=2
has err 'replacing the results of local_sgd in r, which are of other flags' 'batch was 1, is 2'
good experiments/single/problem_constants --dataset=one.svm --output_dir=r --regularization=0.5
has err 'replacing' 'lambda'
good experiments/single/problem_constants --dataset=one.svm --output_dir=r
good experiments/theoretical_speedup/theoretical_speedup --output_dir=r --rho=7
has err 'rho was 25' 'made from records that are replaced' figure2a
[ ! -e r/figure2a.svg ] || fail "a stale figure is there"
good experiments/theoretical_speedup/theoretical_speedup --output_dir=r
good analysis/programs/figures --input=r --only=figure2
good analysis/programs/tables --input=r
good analysis/programs/report --input=r

# --overwrite: other flags of one study; what was made from it goes.
# shellcheck disable=SC2086
good experiments/measured_speedup/measured_speedup --dataset=one.svm --output_dir=r $grid --overwrite
has err 'replacing the results of measured_speedup' 'made from records that are replaced'
[ ! -e r/figure3_theory_ring.svg ] || fail "a stale figure is there"
[ -e r/asynchronous.svg ] || fail "the figure of another study is gone"
good analysis/programs/report --input=r
has r/report.html 'manifest.json and the command above are older than these files'
# ... and other data: nothing of the old data stays, and it is said.
# shellcheck disable=SC2086
good experiments/measured_speedup/measured_speedup --dataset=other.svm --output_dir=r $grid --overwrite
has err "removed from r what was of one.svm (sha256 $one)"
[ ! -e r/asynchronous.csv ] || fail "records of the old data are there"
[ ! -e r/manifest.json ] || fail "the manifest of the old data is there"
[ -e r/theoretical_speedup.csv ] || fail "the model has no data, and is gone"
[ -e r/figure2a.svg ] || fail "the model's figure is gone"
! grep -rlF one.svm r --include='*.csv' --include='*.json' --include='*.txt' --include='*.html' --exclude=local_sgd.json ||
  fail "something of the old data is there"
good analysis/programs/tables --input=r
good analysis/programs/figures --input=r --only=figure3
good analysis/programs/report --input=r
has r/report.html other.svm

# What shows a folder writes beside no other data, and removes nothing.
find r -type f | sort >before
for program in analysis/programs/{tables,figures,report} experiments/verify; do
  refused 1 "$program" --input=once --output_dir=r
  has err 'r has results of other data' "one.svm (sha256 $one)"
done
find r -type f | sort | cmp before - || fail "a reader removed files"
good experiments/verify --input=once
[ -s once/claims.csv ] || fail "no claims beside the records"

# --- folders that were mixed by hand, or by an earlier version ---
cp -r once mixed
rm mixed/*.origin.json mixed/derived.json # as an earlier version leaves it
good analysis/programs/tables --input=mixed
good analysis/programs/figures --input=mixed --only=figure2
good analysis/programs/report --input=mixed
# shellcheck disable=SC2086
refused 1 experiments/measured_speedup/measured_speedup --dataset=one.svm --output_dir=mixed $grid
has err 'no measured_speedup.origin.json' --overwrite
cp r/measured_speedup.csv r/measured_iterations.csv mixed/
for program in analysis/programs/{tables,figures,report}; do
  refused 1 "$program" --input=mixed
  has err 'mixes results of different data' "one.svm (sha256 $one)" \
    "other.svm (sha256 $other)" measured_speedup.csv convergence_bound.csv
done
refused 1 experiments/verify --input=mixed --output_dir=mixed
refused 2 analysis/programs/compare mixed mixed
refused 2 analysis/programs/compare once mixed

# The same data, other records: by the checksums of the manifest alone the old
# figure is left out.
cp -r once older
rm older/*.origin.json older/derived.json
sed -i '$d' older/convergence_bound.csv
good analysis/programs/report --input=older
has older/report.html 'convergence_bound.svg is left out'
lacks older/report.html 'asynchronous.svg is left out'
# By derived.json, without a manifest.
cp -r once drawn
rm drawn/manifest.json drawn/*.origin.json
sed -i '$d' drawn/convergence_bound.csv
good analysis/programs/report --input=drawn
has drawn/report.html 'convergence_bound.svg is left out'
good analysis/programs/figures --input=drawn --only=convergence_bound
good analysis/programs/report --input=drawn
lacks drawn/report.html 'svg is left out'
# A record that is not what its origin says: killed between the two, say.
cp -r once torn
sed -i '$d' torn/asynchronous.csv
refused 1 analysis/programs/report --input=torn
has err torn/asynchronous.csv 'is not the file that asynchronous.origin.json describes'
good experiments/asynchronous/asynchronous --quick --dataset=one.svm --output_dir=torn
good analysis/programs/report --input=torn

# Tables of one folder into another, of other data.
refused 1 analysis/programs/tables --input=r --output_dir=once
has err "one.svm (sha256 $one)" "other.svm (sha256 $other)"
refused 1 experiments/verify --input=r --output_dir=once
good analysis/programs/tables --input=r --output_dir=elsewhere
good experiments/verify --input=r --output_dir=elsewhere

# --- killed and started again: the same command goes on ---
flags="--dataset=one.svm --output_dir=k --step_size=tuned,theory --seeds=40 $grid"
for overwrite in "" --overwrite; do
  # shellcheck disable=SC2086
  "$root/experiments/measured_speedup/measured_speedup" $flags $overwrite >/dev/null 2>err &
  process=$!
  for _ in $(seq 500); do
    [ ! -s k/measured_speedup.journal ] || break
    sleep 0.01
  done
  kill -9 $process 2>/dev/null || true
  wait $process 2>/dev/null || true
  [ -s k/measured_speedup.journal ] || fail "the run ended before it was killed"
  # shellcheck disable=SC2086
  good experiments/measured_speedup/measured_speedup $flags $overwrite
  good analysis/programs/tables --input=k
  flags="${flags/seeds=40/seeds=41}"
done
# Killed after the records, before the origin.
good experiments/convergence_bound/convergence_bound --quick --dataset=one.svm --output_dir=c
cp -r c again
rm c/convergence_bound.origin.json
refused 1 experiments/convergence_bound/convergence_bound --quick --dataset=one.svm --output_dir=c
touch c/convergence_bound.journal # as a run has it until all is written
good experiments/convergence_bound/convergence_bound --quick --dataset=one.svm --output_dir=c
cmp c/convergence_bound.origin.json again/convergence_bound.origin.json
# An unfinished run on other data is in the way of a mixture.
mkdir u
cat >u/asynchronous.journal <<'END'
{"journal":"local_sgd","settings":{"dataset_sha256":"0123456789abcdef"},"checksum":"0"}
END
refused 1 experiments/convergence_bound/convergence_bound --quick --dataset=one.svm --output_dir=u
has err u/asynchronous.journal 0123456789ab "one.svm (sha256 $one)"
