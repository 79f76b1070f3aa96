#!/bin/bash
# cluster --asynchronous at 1, 2 and 4 ranks: the record adds up, one rank has
# the same numbers each time, and what makes no sense is refused.
set -euo pipefail

source tests/testing/mpi.sh
cluster=$TEST_SRCDIR/local_sgd/experiments/cluster/cluster
folder=$(mktemp -d "$TEST_TMPDIR/asynchronous.XXXXXX")

fail() {
  echo "$*" >&2
  exit 1
}

"$TEST_SRCDIR/local_sgd/tests/testing/small_dataset.sh" 60 9 \
  >"$folder/small.txt"

# run NAME RANKS FLAGS...: the record is in $folder/NAME.json.
run() {
  local name=$1 ranks=$2
  shift 2
  "$cluster" --asynchronous --ranks="$ranks" --threads=1 --seed=3 \
    --dataset="$folder/small.txt" --output_dir="$folder/$name" \
    --workers=6 --batch=2 --period=8 --step_size=decaying:0.1 --format=json \
    --mpirun_flags="--mca mpi_yield_when_idle 1" \
    "$@" >"$folder/$name.json" 2>"$folder/log" || {
    cat "$folder/log" >&2
    fail "$name ended with an error"
  }
  cmp "$folder/$name.json" "$folder/$name/cluster_asynchronous.json"
}
# number NAME KEY: the first of that name in the record.
number() {
  sed -n "s/^ *\"$2\": \([^,]*\),*$/\1/p" "$folder/$1.json" | head -1
}

# To T: every worker takes its steps and adds each round once, on any ranks.
for ranks in 1 2 4; do
  run "steps$ranks" "$ranks" --max_iterations=100
  [ "$(number "steps$ranks" ranks)" = "$ranks" ] || fail "not $ranks ranks"
  [ "$(number "steps$ranks" local_steps)" = 600 ] || fail "not 600 steps"
  [ "$(number "steps$ranks" adds)" = $((6 * 13)) ] || fail "not 13 adds a worker"
  [ "$(number "steps$ranks" gradients)" = 1200 ] || fail "not 1200 gradients"
  tau=$(number "steps$ranks" max)
  [[ $tau -ge 0 && $tau -le 100 ]] || fail "tau is $tau"
done
# Six workers in turn on one rank: the last of a round is not behind the first.
[ "$(number steps1 max)" = 8 ] || fail "tau is $(number steps1 max), not H"
run again 1 --max_iterations=100
for name in steps1 again; do
  sed -e '/second/d' -e '/peak_memory_bytes/,/\]/d' \
    "$folder/$name.json" >"$folder/$name.numbers"
done
diff "$folder/steps1.numbers" "$folder/again.numbers" ||
  fail "one rank had other numbers the second time"
grep -q '"quadratic"' "$folder/again.numbers" || fail "no gaps were compared"

# To an accuracy, and with a shard of the data on each rank.
for ranks in 1 2 4; do
  run "accuracy$ranks" "$ranks" --epsilon=0.05,0.02
  grep -q '"local_steps": null' "$folder/accuracy$ranks.json" &&
    fail "an accuracy was not reached on $ranks ranks"
done
run shard 2 --shard --max_iterations=50
[ "$(number shard data)" = '"sharded"' ] || fail "the shard is not recorded"

# refused WORDS FLAGS...
refused() {
  local words=$1 code=0
  shift
  "$cluster" --asynchronous --dataset="$folder/small.txt" \
    --output_dir="$folder/refused" "$@" >/dev/null 2>"$folder/log" || code=$?
  [ $code -eq 2 ] || fail "$* ended with $code"
  grep -qF -- "$words" "$folder/log" || fail "$* says $(cat "$folder/log")"
}
refused '--reduction=fast' --reduction=fast
refused '--checkpoint_every=5' --checkpoint_every=5

# A killed rank ends the job, in one line.
status=0
"$cluster" --asynchronous --ranks=2 --threads=1 --dataset="$folder/small.txt" \
  --output_dir="$folder/killed" --workers=6 --period=8 \
  --step_size=constant:0.01 --max_iterations=1000000000 \
  --mpirun_flags="--mca mpi_yield_when_idle 1" >"$folder/out" 2>"$folder/log" &
pid=$!
ranks=()
for _ in $(seq 200); do
  [ "${#ranks[@]}" -ne 2 ] || break
  sleep 0.05
  mapfile -t ranks < <(pgrep -P "$(pgrep -P "$pid")" -f experiments/cluster/cluster 2>/dev/null)
done
[ "${#ranks[@]}" -eq 2 ] || fail "${#ranks[@]} ranks"
sleep 2
begin=$SECONDS
kill -KILL "${ranks[1]}"
wait "$pid" || status=$?
[ "$status" -eq 1 ] || fail "a killed rank: exit $status"
[ $((SECONDS - begin)) -lt 10 ] || fail "took $((SECONDS - begin)) s to end"
grep -qE '^error: cluster: rank [01] on .* was ended by signal 9 \(Killed\) near iteration [1-9][0-9]*; no result was written$' \
  "$folder/log" || fail "it says $(cat "$folder/log")"
[ ! -s "$folder/out" ] || fail "output of a lost run"
[ ! -e "$folder/killed/cluster_asynchronous.json" ] || fail "a result"
