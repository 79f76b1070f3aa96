#!/bin/bash
# What a test in the shell that skips leaves is what CI counts.
set -euo pipefail

counter=.ci/count_test_cases
export XML_OUTPUT_FILE=$TEST_TMPDIR/skipped.xml

expect() { # "PASSED FAILED SKIPPED" ARGUMENT...
  local wanted=$1 got
  shift
  tests/testing/skip.sh "$@"
  got=$("$counter" "$XML_OUTPUT_FILE")
  [ "$got" = "$wanted" ] || { echo "$*: $got, expected $wanted" >&2; exit 1; }
  python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' \
    "$XML_OUTPUT_FILE"
}
expect "0 0 1" 'no such thing as "a < b" & c here'
expect "1 0 1" 'no network' 'a part with a name'
