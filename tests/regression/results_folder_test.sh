#!/bin/bash
# The kept sums of a results folder's files against the same made now.
set -euo pipefail

here=$TEST_SRCDIR/local_sgd/tests/regression
made=$(mktemp -d "$TEST_TMPDIR/made.XXXXXX")
"$here/make_sums.sh" "$TEST_SRCDIR/local_sgd/experiments" "$here/recorder" \
  >"$made/sums" 2>"$made/log" || { cat "$made/log" >&2; exit 1; }

if ! diff "$here/results_folder.sha256" "$made/sums" >&2; then
  echo "These files changed (< kept, > now). If that is meant:" >&2
  echo "  bazel run //tests/regression:update" >&2
  exit 1
fi
