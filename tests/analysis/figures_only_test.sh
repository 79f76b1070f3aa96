#!/bin/bash
# --only draws the figures whose names begin so, from whatever records a folder
# has; a beginning that no name has is a wrong flag, and the names are told.
set -euo pipefail

figures=$TEST_SRCDIR/local_sgd/analysis/programs/figures
folder=$(mktemp -d "$TEST_TMPDIR/only.XXXXXX")
cp "$TEST_SRCDIR/local_sgd/tests/regression/theoretical_speedup.csv" "$folder"

fail() {
  echo "$*" >&2
  exit 1
}

"$figures" --input="$folder" --output_dir="$folder/one" --only=figure2b >"$folder/said"
expected=$(printf '%s\n' derived.json figure2b.pdf figure2b.svg figure2b_caption.txt figure2b_column.pdf)
[ "$(cd "$folder/one" && LC_ALL=C ls)" = "$expected" ] ||
  fail "--only=figure2b drew: $(ls "$folder/one")"
[ "$(wc -l <"$folder/said")" -eq 4 ] || fail "said: $(cat "$folder/said")"

"$figures" --input="$folder" --output_dir="$folder/two" --only=figure2 >/dev/null
[ "$(find "$folder/two" -type f | wc -l)" -eq 9 ] ||
  fail "--only=figure2 drew: $(ls "$folder/two")"

code=0
"$figures" --input="$folder" --output_dir="$folder/none" --only=figure9 2>"$folder/said" || code=$?
[ "$code" -eq 2 ] || fail "--only=figure9: exit code $code, expected 2"
grep -q -- '--only=figure9: expected the beginning of one of figure2a, figure2b' "$folder/said" ||
  fail "said: $(cat "$folder/said")"
[ ! -e "$folder/none" ] || fail "--only=figure9 made a folder"

code=0
"$figures" --input="$folder/empty" --only=figure2 2>"$folder/said" || code=$?
[ "$code" -eq 1 ] || fail "without records: exit code $code, expected 1"
