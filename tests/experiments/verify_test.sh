#!/bin/bash
# //:verify on a folder of records: the claims with our numbers, and the counts.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd/experiments
folder=$(mktemp -d "$TEST_TMPDIR/verify.XXXXXX")

fail() {
  echo "$*" >&2
  exit 1
}

awk 'BEGIN {
  for (i = 0; i < 60; i++) {
    printf "%d", 1 + (i * 7 % 5 < 2)
    for (j = 1; j <= 9; j++) if ((i * j + i) % 4 == 1) printf " %d:1", j
    print ""
  }
}' >"$folder/small.txt"

"$programs/measured_speedup/measured_speedup" --dataset="$folder/small.txt" \
  --output_dir="$folder/records" --step_size=tuned,theory \
  --epsilon=0.005,0.0001 --batch=4 --periods=1,16 --workers=1,4 --seeds=3 \
  --max_gradients=4000000 --max_iterations=300000 >/dev/null 2>&1

# judge FLAG...: of the records, in which nothing is written.
judge() {
  local before
  before=$(ls "$folder/records")
  "$programs/verify" --input="$folder/records" --output_dir="$folder/out" "$@" \
    2>"$folder/err" >"$folder/out.txt" || { cat "$folder/err" >&2; fail "exit $?"; }
  [ "$(ls "$folder/records")" = "$before" ] || fail "something new in the input"
}

# The measured claims are undecided where their records are missing, and so are
# the model's.
judge
counts='^([0-9]+) claims: ([0-9]+) HOLDS, ([0-9]+) DOES NOT HOLD, ([0-9]+) NOT DECIDED$'
[[ $(tail -1 "$folder/out.txt") =~ $counts ]] ||
  { tail -5 "$folder/out.txt" >&2; fail "no counts"; }
claims=${BASH_REMATCH[1]}
[ "$claims" -gt 10 ] || fail "only $claims claims"
[ $((BASH_REMATCH[2] + BASH_REMATCH[3] + BASH_REMATCH[4])) -eq "$claims" ] ||
  fail "the counts do not add up: ${BASH_REMATCH[0]}"
undecided=${BASH_REMATCH[4]}
head -1 "$folder/out/claims.csv" | grep -q ',' || fail "no header in claims.csv"

# With the model's records more is decided. The numbers on stdout are those of
# the file.
"$programs/theoretical_speedup/theoretical_speedup" --output_dir="$folder/records" >/dev/null
judge
[[ $(tail -1 "$folder/out.txt") =~ $counts ]] || fail "no counts"
[ "${BASH_REMATCH[1]}" -eq "$claims" ] || fail "other claims"
[ "${BASH_REMATCH[4]}" -lt "$undecided" ] || fail "the model decides nothing"
judge --format=csv
cmp "$folder/out.txt" "$folder/out/claims.csv"

# Records that are damaged are an error, not a verdict.
sed -i '3s/,/,x/' "$folder/records/measured_iterations.csv"
status=0
"$programs/verify" --input="$folder/records" --output_dir="$folder/bad" \
  >"$folder/out.txt" 2>"$folder/err" || status=$?
[ "$status" -eq 1 ] || fail "damaged records: exit $status"
grep -q "^error: $folder/records/measured_iterations.csv:3" "$folder/err" ||
  { cat "$folder/err" >&2; fail "damaged records: no line"; }
[ ! -e "$folder/bad/claims.csv" ] || fail "claims from damaged records"
