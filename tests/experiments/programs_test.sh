#!/bin/bash
# The programs on a small file and on the surrogate: what they print and write,
# and that threads do not change it.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd/experiments
folder=$(mktemp -d "$TEST_TMPDIR/programs.XXXXXX")
mkdir "$folder/empty"
export LOCAL_SGD_DATA_DIR=$folder/empty

fail() {
  echo "$*" >&2
  exit 1
}
# has FILE WORDS...: each of them stands in the file.
has() {
  local file=$1
  shift
  for words in "$@"; do
    grep -qF -- "$words" "$file" || { cat "$file" >&2; fail "$file lacks $words"; }
  done
}

# 60 samples, 1/2 labels, some values not 1, an empty row, 4 features that occur
# of 8.
awk 'BEGIN {
  for (i = 0; i < 60; i++) {
    printf "%d", 1 + (i * 7 % 5 < 2)
    if (i != 30) for (j = 1; j <= 9; j++)
      if ((i * j + i) % 4 == 1) printf " %d:%s", j, (j % 3 ? "1" : "-0.5")
    print ""
  }
}' >"$folder/small.txt"
gzip -k "$folder/small.txt"

# One JSON object on stdout and in the results folder, the same.
"$programs/single/local_sgd" --dataset="$folder/small.txt" --output_dir="$folder/one" \
  --workers=4 --period=3 --batch=2 --epsilon=0.05,0.0000000001 \
  --max_iterations=500 --format=json >"$folder/one.json" 2>"$folder/log"
cmp "$folder/one.json" "$folder/one/local_sgd.json"
has "$folder/one.json" '"workers": 4' '"period": 3' '"batch": 2' \
  '"iterations": null' '"iterate": null' '"iterations": 500' '"gradients": 4000' \
  '"rounds": 167' '"vectors": 1002' '"bytes": 32064' '"diverged": false' \
  "\"dataset_sha256\": \"$(sha256sum <"$folder/small.txt" | cut -d' ' -f1)\""
has "$folder/log" 'dataset small.txt, sha256'

# Compressed: the same numbers under another checksum.
"$programs/single/local_sgd" --dataset="$folder/small.txt.gz" --output_dir="$folder/gz" \
  --workers=4 --period=3 --batch=2 --epsilon=0.05,0.0000000001 \
  --max_iterations=500 --format=json 2>/dev/null >"$folder/gz.json"
diff <(grep -v -e seconds -e gradients_per -e dataset "$folder/one.json") \
  <(grep -v -e seconds -e gradients_per -e dataset "$folder/gz.json")

# Divergence is said, and no NaN is written.
"$programs/single/local_sgd" --dataset="$folder/small.txt" --output_dir="$folder/div" \
  --step_size=constant:1e6 --epsilon=0.001 --format=json 2>/dev/null \
  >"$folder/div.json"
has "$folder/div.json" '"diverged": true' '"last": null'
! grep -qi -e '[^a-z]nan' -e '[^a-z]inf' "$folder/div.json" || fail "NaN in a record"

# A grid: the same table on any number of threads.
for threads in 1 2 4; do
  "$programs/measured_speedup/measured_speedup" --dataset="$folder/small.txt" \
    --output_dir="$folder/grid$threads" --threads=$threads --seeds=2 \
    --epsilon=0.05,0.02 --batch=1,2 --periods=1,3 --workers=1,3,4 \
    --format=csv 2>/dev/null >"$folder/grid$threads.csv"
  cmp "$folder/grid$threads.csv" "$folder/grid$threads/measured_speedup.csv"
  cmp "$folder/grid1.csv" "$folder/grid$threads.csv"
done
[ "$(wc -l <"$folder/grid1.csv")" -eq 25 ] || fail "expected 24 rows and a header"
columns=dataset,dataset_sha256,step_size,epsilon,batch,workers,period,seeds,seeds_reached
columns=$columns,iterations_selected,iterations,iterations_stderr,iterate
columns=$columns,chosen_family,chosen_exponent,chosen_iterate,chosen_interior
columns=$columns,runner_up_family,runner_up_exponent,runner_up_iterations,runner_up_iterate
columns=$columns,speedup_free,speedup_free_stderr,speedup_star,speedup_ring,rho
[ "$(head -1 "$folder/grid1.csv")" = "$columns" ] ||
  fail "measured_speedup.csv has the columns $(head -1 "$folder/grid1.csv")"

# Both arms in one set of files, and the ledger of the tuned one. A later run
# without it has none.
for threads in 1 3; do
  "$programs/measured_speedup/measured_speedup" --dataset="$folder/small.txt" \
    --output_dir="$folder/arms$threads" --threads=$threads --seeds=2 \
    --step_size=tuned,theory --epsilon=0.01,0.001 --batch=2 --periods=1,3 \
    --workers=1,4 --max_gradients=1000000 --format=csv 2>/dev/null \
    >"$folder/arms$threads.csv"
  cmp "$folder/arms$threads.csv" "$folder/arms$threads/measured_speedup.csv"
done
for file in measured_speedup measured_iterations tuning_ledger; do
  cmp "$folder/arms1/$file.csv" "$folder/arms3/$file.csv"
done
rows() { # FILE WORDS: how many lines have them
  grep -c -- "$2" "$folder/arms1/$1" || true
}
[ "$(rows measured_speedup.csv ',tuned,')" -eq 8 ] || fail "not 8 tuned rows"
[ "$(rows measured_speedup.csv ',theory,')" -eq 8 ] || fail "not 8 theory rows"
[ "$(rows measured_iterations.csv '^tuned,')" -eq 16 ] || fail "not 16 tuned T"
[ "$(rows measured_iterations.csv '^theory,')" -eq 16 ] || fail "not 16 theory T"
[ "$(rows tuning_ledger.csv ,)" -eq $((1 + 82 * 2 * 3)) ] ||
  fail "not 82 candidates for each of 6 settings"
"$programs/measured_speedup/measured_speedup" --dataset="$folder/small.txt" \
  --output_dir="$folder/arms1" --epsilon=0.05 --workers=1,2 --periods=1 --overwrite \
  >"$folder/theory.txt" 2>/dev/null
[ ! -e "$folder/arms1/tuning_ledger.csv" ] || fail "the old ledger is still there"

# Where seed 0 is measured, step sizes are chosen on another.
"$programs/measured_speedup/measured_speedup" --dataset="$folder/small.txt" \
  --output_dir="$folder/zero" --step_size=tuned --seed=0 --seeds=2 \
  --epsilon=0.01 --batch=2 --periods=1 --workers=1 --max_gradients=100000 \
  >"$folder/zero.txt" 2>/dev/null
grep -q '^0.01,2,1,1,2,constant,' "$folder/zero/tuning_ledger.csv" ||
  fail "the selection seed: $(sed -n 2p "$folder/zero/tuning_ledger.csv")"

# Without w8a and without network, reproduce, and only it, takes the surrogate,
# and says so everywhere.
"$programs/reproduce" --quick --data_url=http://127.0.0.1:9/ \
  --output_dir="$folder/paper" >"$folder/tables.txt" 2>"$folder/log"
has "$folder/log" 'SURROGATE'
has "$folder/tables.txt" 'SURROGATE'
for file in speedup_tables.md speedup_tables.tex speedup_tables.txt \
  figure3_theory_ring.svg figure3_tuned_ring.svg \
  figure3_tuned_ring_caption.txt \
  tuning.svg tuning_caption.txt; do
  has "$folder/paper/$file" 'SURROGATE'
done
has "$folder/paper/manifest.json" 'w8a_surrogate'
has "$folder/paper/problem_constants.json" '"dataset": "w8a_surrogate"'
for arm in tuned theory; do
  [ "$(grep -c "^w8a_surrogate,[0-9a-f]*,$arm," "$folder/paper/measured_speedup.csv")" \
    -eq 12 ] || fail "expected 12 rows of the surrogate, step sizes $arm"
done
[ ! -e "$folder/paper/measured_speedup.journal" ] || fail "the journal is left over"
