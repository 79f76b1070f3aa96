#!/bin/bash
# make_sums.sh PROGRAMS RECORDER: prints "sha256  file" for every file that
# `//:reproduce -- --quick` writes on the surrogate, and for what `//:verify`
# says of them. Figures are summed as their gnuplot scripts, for which the folder
# RECORDER comes first in PATH. Left out of the sums: clocks, the build, the
# machine, the number of threads, and sums of files that hold those.
set -euo pipefail

programs=$1
recorder=$2
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

PATH=$recorder:$PATH "$programs/reproduce" --quick --dataset=w8a_surrogate \
  --output_dir="$results" >/dev/null
"$programs/verify" --input="$results" --output_dir="$results" >/dev/null

measured='wall_seconds|step_seconds|gradients_per_second'
built='threads|version|compiler|cpu|cores'
cd "$results"
sed -Ei "s/\"($measured|$built)\":(\"[^\"]*\"|[^,}]*),?//g" measured_speedup_runs.jsonl
sed -Ei "/^ *\"($built|started_at|elapsed_seconds|measured_speedup_runs.jsonl)\": /d" \
  manifest.json ./*.origin.json
sed -i '/^ "report.html"/,+1d
  /"measured_speedup_runs.jsonl"/d' derived.json
sed -Ei "/^<dt>(command|$built|processor|started|took)</d
  /<th scope=\"row\">measured_speedup_runs.jsonl</d" report.html
find . -type f -printf '%P\n' | LC_ALL=C sort | xargs sha256sum
