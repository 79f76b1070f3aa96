#!/bin/bash
# The counter of CI's closing line, on made-up results.
set -euo pipefail

counter=$TEST_SRCDIR/local_sgd/.ci/count_test_cases
folder=$(mktemp -d "$TEST_TMPDIR/xml.XXXXXX")

# expect NAME "PASSED FAILED SKIPPED" FILE...
expect() {
  local name=$1 wanted=$2 got
  shift 2
  got=$("$counter" "$@")
  if [ "$got" != "$wanted" ]; then
    echo "$name: counted \"$got\", expected \"$wanted\"" >&2
    exit 1
  fi
}

cat >"$folder/mixed.xml" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="5" failures="1" disabled="1" errors="0" name="AllTests">
  <testsuite name="A" tests="5" failures="1" disabled="1" skipped="1">
    <testcase name="Passes" status="run" result="completed" time="0" classname="A" />
    <testcase name="PassesAndSays" status="run" result="completed" classname="A">
      <properties><property name="seen" value="&lt;failure"/></properties>
    </testcase>
    <testcase name="Fails" status="run" result="completed" classname="A">
      <failure message="x" type=""><![CDATA[a.cc:1
<testcase name="not one"/> <skipped/>]]></failure>
      <failure message="y" type=""><![CDATA[a.cc:2]]></failure>
    </testcase>
    <testcase name="Skips" status="run" result="skipped" classname="A">
      <skipped message="w8a is not on this machine"><![CDATA[b.cc:3]]></skipped>
    </testcase>
    <testcase name="DISABLED_Rests" status="notrun" result="suppressed" classname="A" />
  </testsuite>
</testsuites>
XML

cat >"$folder/crashed.xml" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="crash" tests="1" failures="0" errors="1">
    <testcase name="crash" status="run" duration="1" time="1"><error message="exited with error code 139"></error></testcase>
    <system-out><![CDATA[<testcase name="in the output"/>
<failure/>]]></system-out>
  </testsuite>
</testsuites>
XML

cat >"$folder/empty.xml" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="0" failures="0"></testsuites>
XML

expect mixed "2 1 2" "$folder/mixed.xml"
expect crashed "0 1 0" "$folder/crashed.xml"
expect empty "0 0 0" "$folder/empty.xml"
expect together "2 2 2" "$folder/mixed.xml" "$folder/empty.xml" "$folder/crashed.xml"
