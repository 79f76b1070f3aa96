#!/bin/bash
# The kept tables against the same made now: equal, byte by byte.
set -euo pipefail

here=$TEST_SRCDIR/local_sgd/tests/regression
LOCAL_SGD_DATA_DIR=$TEST_TMPDIR/none
for folder in "$TEST_SRCDIR/w8a/file" "$TEST_SRCDIR/local_sgd/data"; do
  if [ -e "$folder/w8a" ]; then LOCAL_SGD_DATA_DIR=$folder; fi
done
export LOCAL_SGD_DATA_DIR
[ -e "$LOCAL_SGD_DATA_DIR/w8a" ] ||
  echo "w8a is not on this machine: its table is not compared"

made=$(mktemp -d "$TEST_TMPDIR/made.XXXXXX")
"$here/make_tables.sh" "$TEST_SRCDIR/local_sgd/experiments" "$made" 2>"$made/log" ||
  { cat "$made/log" >&2; exit 1; }
rm "$made/log"

status=0
for table in "$made"/*.csv; do
  if ! diff "$here/$(basename "$table")" "$table" >&2; then status=1; fi
done
if [ "$status" -ne 0 ]; then
  echo "The tables changed (< kept, > now). If that is meant:" >&2
  echo "  bazel run //tests/regression:update" >&2
fi
exit "$status"
