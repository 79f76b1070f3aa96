#!/bin/bash
# small_dataset.sh SAMPLES FEATURES [EMPTY]: a LIBSVM file on stdout, labels 1
# and 2, on which a run takes milliseconds; sample EMPTY, from 0, has no feature.
set -euo pipefail

awk -v samples="$1" -v features="$2" -v empty="${3:--1}" 'BEGIN {
  for (i = 0; i < samples; i++) {
    printf "%d", 1 + (i * 7 % 5 < 2)
    if (i != empty) for (j = 1; j <= features; j++)
      if ((i * j + i) % 4 == 1) printf " %d:%s", j, (j % 3 ? "1" : "-0.5")
    print ""
  }
}'
