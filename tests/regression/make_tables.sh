#!/bin/bash
# make_tables.sh PROGRAMS OUTPUT: the tables that tests/regression keeps, made
# anew in seconds: measured_speedup_DATASET.csv on a reduced grid with both arms,
# the tuned arm's ledger in tuning_ledger_DATASET.csv, on the surrogate and,
# where LOCAL_SGD_DATA_DIR has it, on w8a; theoretical_speedup.csv.
set -euo pipefail

programs=$1
output=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

datasets=w8a_surrogate
if [ -e "${LOCAL_SGD_DATA_DIR:-}/w8a" ]; then datasets="$datasets w8a"; fi
for dataset in $datasets; do
  "$programs/measured_speedup/measured_speedup" --dataset="$dataset" --output_dir="$scratch/$dataset" \
    --step_size=tuned,theory --epsilon=0.01,0.005 --batch=4 --periods=1,2,16 \
    --workers=1,3,8 --seeds=2 --format=csv \
    >"$output/measured_speedup_$dataset.csv"
  cp "$scratch/$dataset/tuning_ledger.csv" "$output/tuning_ledger_$dataset.csv"
done
"$programs/theoretical_speedup/theoretical_speedup" --output_dir="$scratch" --format=csv \
  >"$output/theoretical_speedup.csv"
