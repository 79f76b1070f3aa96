#!/bin/bash
# report.html in a real browser: report_browser_test.py, skipped with a message
# where Chromium or Python is missing.
set -euo pipefail

skip() {
  echo "skipped: $1 (./setup.sh --with-browser installs what is needed)"
  cat >"$XML_OUTPUT_FILE" <<END
<testsuites><testsuite name="report_browser_test" tests="1" skipped="1">
<testcase name="Browser"><skipped message="$1"/></testcase>
</testsuite></testsuites>
END
  exit 0
}

command -v python3 >/dev/null || skip "no python3"
for name in chromium chromium-browser google-chrome; do
  if CHROMIUM=$(command -v "$name"); then break; fi
done
[ -n "$CHROMIUM" ] || skip "no Chromium"
export CHROMIUM

for folder in /usr/local/lib/node_modules /usr/lib/node_modules /usr/share/nodejs; do
  if [ -r "$folder/axe-core/axe.min.js" ]; then
    export AXE=$folder/axe-core/axe.min.js
  fi
done
[ -n "${AXE:-}" ] || echo "no axe-core: its part is skipped"

exec python3 -B "$TEST_SRCDIR/local_sgd/tests/analysis/report_browser_test.py"
