#!/bin/bash
# bazel run //tests/regression:update: makes the kept tables and sums anew in the
# checkout.
set -euo pipefail

if [ -z "${LOCAL_SGD_DATA_DIR:-}" ]; then
  for folder in "$BUILD_WORKSPACE_DIRECTORY/../shared/data" \
    "$BUILD_WORKSPACE_DIRECTORY/data"; do
    if [ -e "$folder/w8a" ]; then export LOCAL_SGD_DATA_DIR=$folder; fi
  done
fi
tests/regression/make_tables.sh experiments \
  "$BUILD_WORKSPACE_DIRECTORY/tests/regression"
tests/regression/make_sums.sh experiments tests/regression/recorder \
  >"$BUILD_WORKSPACE_DIRECTORY/tests/regression/results_folder.sha256"
