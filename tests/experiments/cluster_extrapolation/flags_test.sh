#!/bin/bash
# The flags of cluster_extrapolation: what they change, and what is refused.
set -euo pipefail

program=$TEST_SRCDIR/local_sgd/experiments/cluster_extrapolation/cluster_extrapolation
folder=$(mktemp -d "$TEST_TMPDIR/extrapolation.XXXXXX")

fail() {
  echo "$*" >&2
  exit 1
}

"$program" --output_dir="$folder/given" --network=wan --latency_seconds=0.5 \
  --features=2 --gradient_seconds=0.25 --batch=2 --periods=4 --workers=2 \
  --epsilon=0 --noise_seconds=0 --format=csv >"$folder/given.csv"
cmp "$folder/given.csv" "$folder/given/cluster_extrapolation.csv"
source='"latency_seconds given; else wan, assumed: 100 Mbit/s, 20 ms"'
# 8 gradients take 2 s. 16 bytes take 1.28 us, and a message 1 us more.
for row in 'tree,4,2,2,0,1.00000456,1,' 'ring,4,2,2,0,1.00000328,1,' \
  'server,4,2,2,0,1.00000912,1,'; do
  grep -qF "given,$source,0.5,1e-06,12500000,2,0.25,given,2,0,0,$row" \
    "$folder/given.csv" || fail "no row $row in $(cat "$folder/given.csv")"
done
[ -s "$folder/given/cluster_extrapolation_given.svg" ] || fail "no figure"

"$program" --output_dir="$folder/default" >"$folder/default.txt"
grep -qF 'A model, not a measurement' "$folder/default.txt" || fail "no notice"

# refused WORDS FLAGS...
refused() {
  local words=$1 code=0
  shift
  "$program" --output_dir="$folder/refused" "$@" >/dev/null 2>"$folder/log" ||
    code=$?
  [ $code -eq 2 ] || fail "$* ended with $code"
  grep -qF -- "$words" "$folder/log" || fail "$* says $(cat "$folder/log")"
  [ ! -e "$folder/refused" ] || fail "$* left files"
}
refused '--network=lan: expected some of loopback' --network=lan
refused 'wan stands twice' --network=wan,wan
refused '--latency_seconds=1: give one --network' --latency_seconds=1
refused '--bytes_per_second' --network=wan --bytes_per_second=0
refused '--gradient_seconds' --gradient_seconds=0
refused '--workers' --workers=0
refused '--batch' --batch=16777217 # times workers, it would not fit 64 bits
refused 'would draw' --workers=10000000 --noise_seconds=1
