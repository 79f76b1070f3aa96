#!/bin/bash
# Features that no sample has cost nothing and change nothing: the same bits as
# of the same data with its features numbered anew, in about the same time and
# memory.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd/experiments
folder=$(mktemp -d "$TEST_TMPDIR/wide.XXXXXX")
mkdir "$folder/narrow" "$folder/wide" "$folder/widest"

fail() {
  echo "$*" >&2
  exit 1
}

# 1,000 samples of 5 nonzeros, of 900 features; then their indices times 1,000,
# and times 18,641, up to nearly 2^24.
awk 'BEGIN {
  srand(7)
  for (i = 0; i < 1000; i++) {
    printf "%s", (rand() < 0.4 ? "+1" : "-1")
    for (k = 0; k < 5; k++)
      printf " %d:%.3f", 180 * k + 1 + (7 * i + 31 * k) % 180, rand() - 0.5
    print ""
  }
}' >"$folder/narrow/data"
times() {
  awk -v by="$1" '{ printf "%s", $1
    for (i = 2; i <= NF; i++) { split($i, t, ":"); printf " %d:%s", by * t[1], t[2] }
    print "" }' "$folder/narrow/data"
}
times 1000 >"$folder/wide/data"
times 18641 >"$folder/widest/data"

# run FOLDER PROGRAM FLAG...: leaves FOLDER/out and FOLDER/err.
run() {
  local place=$folder/$1 program=$2
  shift 2
  # With vectors of 2^24 entries one run alone takes minutes and gigabytes.
  (ulimit -v 1000000 && timeout 100 "$(find "$programs" -path "*/$program" ! -type d)" \
    --dataset="$place/data" --output_dir="$place/results" --threads=2 "$@" \
    >"$place/out" 2>"$place/err") ||
    { cat "$place/err" >&2; fail "$program on $place: exit $?"; }
}

# The file is another one, d is another one, and no two times are the same.
same() {
  grep -vE '"(dataset_sha256|features|wall_seconds|step_seconds|gradients_per_second)":' \
    "$folder/narrow/out" >"$folder/expected"
  [ "$(wc -l <"$folder/expected")" -ge 10 ] || fail "$*: no results"
  for other in wide widest; do
    grep -vE '"(dataset_sha256|features|wall_seconds|step_seconds|gradients_per_second)":' \
      "$folder/$other/out" | diff "$folder/expected" - || fail "$*: $other"
  done
}

for flags in \
  'problem_constants' \
  'local_sgd --max_iterations=1000' \
  'local_sgd --workers=8 --period=4 --batch=4 --step_size=constant:0.5 --epsilon=0.001 --max_iterations=20000' \
  'local_sgd --workers=3 --synchronisation=final --step_size=decaying:0.1 --max_iterations=5000 --seed=3'; do
  # shellcheck disable=SC2086 # words
  for data in narrow wide widest; do run $data $flags --format=json; done
  same "$flags"
done
grep -q '16776900 features, of which 900 occur$' "$folder/widest/err"
run widest problem_constants --format=json
grep -q '"features": 16776900,' "$folder/widest/out"
grep -q '"occurring_features": 900,' "$folder/widest/out"

# Lanes, whose arrays are others; the checksum of the file alone differs.
for data in narrow wide; do
  run $data measured_speedup/measured_speedup --step_size=tuned,theory --epsilon=0.01 --batch=2 \
    --periods=1,4 --workers=1,4 --max_gradients=4000 --format=csv
  cut -d, -f1,3- "$folder/$data/results/measured_speedup.csv" \
    >"$folder/$data/speedups"
done
[ "$(wc -l <"$folder/narrow/speedups")" -ge 5 ] || fail "no speedups"
diff "$folder/narrow/speedups" "$folder/wide/speedups"
echo PASSED
