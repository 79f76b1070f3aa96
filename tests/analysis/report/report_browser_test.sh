#!/bin/bash
# report.html in a real browser: report_browser_test.py, skipped with a message
# where Chromium or Python is missing.
set -euo pipefail

skip() {
  exec tests/testing/skip.sh \
    "$1 (./setup.sh --with-browser installs what is needed)" "${2:-}"
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

python3 -B "$TEST_SRCDIR/local_sgd/tests/analysis/report/report_browser_test.py"
[ -n "${AXE:-}" ] || skip "no axe-core" "accessibility"
