#!/bin/bash
# The final iterates are those of final_iterates.txt, to the last bit.
set -euo pipefail

tests=$TEST_SRCDIR/local_sgd/tests/solver
export OMP_WAIT_POLICY=passive # more threads than cores
"$tests/final_iterates" >"$TEST_TMPDIR/found"
diff "$tests/final_iterates.txt" "$TEST_TMPDIR/found" >"$TEST_TMPDIR/diff" || {
  head -20 "$TEST_TMPDIR/diff" >&2
  echo "$(grep -c '^>' "$TEST_TMPDIR/diff") numbers have other bits" >&2
  exit 1
}
