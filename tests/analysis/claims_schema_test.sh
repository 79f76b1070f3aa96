#!/bin/bash
# claims_schema_test.py, skipped with a message without Python's jsonschema.
set -euo pipefail

for python in python3 /usr/bin/python3; do
  if "$python" -c 'import jsonschema' 2>/dev/null; then
    exec "$python" -B tests/analysis/claims_schema_test.py
  fi
done
exec tests/testing/skip.sh \
  "no jsonschema for python3 (./setup.sh installs python3-jsonschema)"
