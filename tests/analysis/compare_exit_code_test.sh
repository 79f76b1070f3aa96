#!/bin/bash
# The exit codes of //analysis:compare: 0 agree, 1 differ, 2 cannot be said.
set -euo pipefail

compare=$TEST_SRCDIR/local_sgd/analysis/programs/compare
folder=$(mktemp -d "$TEST_TMPDIR/compare.XXXXXX")
mkdir "$folder/old" "$folder/new" "$folder/same" "$folder/none"
printf 'x\n100\n' | tee "$folder/old/t.csv" >"$folder/same/t.csv"
printf 'x\n101\n' >"$folder/new/t.csv"
failures=0

# expect CODE "WORDS" ARGUMENT...: exits so, with the words on stdout or, if it
# cannot be said, in one line on stderr.
expect() {
  local expected=$1 words=$2 code=0 place=out
  shift 2
  "$compare" "$@" >"$folder/out" 2>"$folder/err" || code=$?
  if [ "$expected" -eq 2 ]; then place=err; fi
  if [ "$code" -ne "$expected" ] || ! grep -qF -- "$words" "$folder/$place" ||
    { [ "$expected" -eq 2 ] && [ "$(wc -l <"$folder/err")" -ne 1 ]; }; then
    echo "compare $*: exit $code, expected $expected with \"$words\":" >&2
    cat "$folder/out" "$folder/err" >&2
    failures=$((failures + 1))
  fi
}

expect 0 'the folders agree' "$folder/old" "$folder/same"
expect 1 't.csv:2: x: 100 -> 101' "$folder/old" "$folder/new"
expect 0 'the folders agree' "$folder/old/" "$folder/new/" --tolerance=0.01
expect 1 'the folders differ' --tolerance=0.009 "$folder/old" "$folder/new"
BUILD_WORKING_DIRECTORY=$folder expect 1 'the folders differ' old/ ./new
BUILD_WORKING_DIRECTORY=$folder/old expect 0 'the folders agree' . ../same

expect 2 'found 0 folders' --tolerance=0
expect 2 'found 1 folders' "$folder/old"
expect 2 'found 3 folders' "$folder/old" "$folder/old" "$folder/old"
expect 2 "$folder/absent" "$folder/old" "$folder/absent"
expect 2 'nothing to compare' "$folder/none" "$folder/none"
for value in -1 nan inf x ''; do
  expect 2 "--tolerance=$value" "$folder/old" "$folder/new" "--tolerance=$value"
done
expect 2 'no_such_flag' "$folder/old" "$folder/new" --no_such_flag=1
printf 'x\n1,2\n' >"$folder/new/t.csv"
expect 2 "$folder/new/t.csv:2: 2 fields" "$folder/old" "$folder/new"

exit $((failures > 0))
