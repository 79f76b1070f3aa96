#!/bin/bash
# skip.sh WHY [PART]: what a test in the shell ends with where the machine lacks
# something. The test is skipped; with PART only that, and the rest has passed.
# The test.xml that it leaves says so to who counts (.ci/count_test_cases).
set -euo pipefail

escaped() {
  sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/"/\&quot;/g' <<<"$1"
}

why=$1
part=${2:-}
test=${TEST_TARGET##*:}
echo "SKIPPED${part:+ ($part)}: $why"
{
  echo "<testsuites><testsuite name=\"$test\">"
  [ -z "$part" ] || echo "<testcase name=\"$test\"/>"
  echo "<testcase name=\"$(escaped "${part:-$test}")\">"
  echo "<skipped message=\"$(escaped "$why")\"/>"
  echo "</testcase></testsuite></testsuites>"
} >"$XML_OUTPUT_FILE"
