#!/bin/bash
# The workers of a run on 1, 2 and 4 ranks of an MPI job end with the bits of one
# process, also when ranks are killed on the way; what is wrong is said in a
# line.
set -euo pipefail

source tests/testing/mpi.sh
programs=$TEST_SRCDIR/local_sgd/experiments
folder=$(mktemp -d "$TEST_TMPDIR/cluster.XXXXXX")
export OMP_WAIT_POLICY=passive # more threads than cores

fail() {
  echo "$*" >&2
  exit 1
}

"$TEST_SRCDIR/local_sgd/tests/testing/small_dataset.sh" 300 40 30 \
  >"$folder/small.txt"

run=(--dataset="$folder/small.txt" --batch=2 --format=json)

# results FILE: what must not depend on where the workers are.
results() {
  grep -A100 '"reached"' "$1" |
    grep -E '"(epsilon|iterations|iterate|last|uniform|linear|quadratic|gradients|rounds|vectors|iterates_sha256)":' |
    sed 's/,$//'
}

# cluster NAME FLAG...: leaves NAME.json, NAME.err and `status`.
cluster() {
  local name=$1
  shift
  status=0
  "$programs/cluster/cluster" "${run[@]}" --output_dir="$folder/$name" "$@" \
    >"$folder/$name.out" 2>"$folder/$name.err" || status=$?
}

succeeds() { # NAME FLAG...
  cluster "$@"
  [ "$status" -eq 0 ] || { cat "$folder/$1.err" >&2; fail "$*: exit $status"; }
  cmp "$folder/$1.out" "$folder/$1/cluster.json"
}

refused() { # CODE WORDS FLAG...
  local code=$1 words=$2
  shift 2
  cluster refused "$@"
  [ "$status" -eq "$code" ] || fail "$*: exit $status instead of $code"
  [ "$(grep -c '^error: ' "$folder/refused.err")" -eq 1 ] ||
    { cat "$folder/refused.err" >&2; fail "$*: not one error"; }
  grep '^error: ' "$folder/refused.err" | grep -qF -- "$words" ||
    { cat "$folder/refused.err" >&2; fail "$*: the message lacks $words"; }
  [ ! -s "$folder/refused.out" ] || fail "$*: output"
  [ ! -e "$folder/refused/cluster.json" ] || fail "$*: results"
}

echo "== the same bits"
# Aligned blocks, blocks of several nodes of the tree; to an accuracy and to an
# iteration.
for case in \
  '16 --period=8 --step_size=constant:0.2 --epsilon=0.01,0.001' \
  '7 --period=3 --step_size=decaying:2 --epsilon= --max_iterations=2000'; do
  read -r workers flags <<<"$case"
  # shellcheck disable=SC2206 # words
  flags=(--workers="$workers" $flags)
  "$programs/single/local_sgd" "${run[@]}" "${flags[@]}" --threads=1 \
    --output_dir="$folder/one" >"$folder/one.json" 2>/dev/null
  results "$folder/one.json" >"$folder/expected"
  grep -q iterates_sha256 "$folder/expected"
  for ranks in 1 2 4; do
    succeeds "ranks" --ranks=$ranks --threads=1 "${flags[@]}"
    results "$folder/ranks.out" | diff "$folder/expected" - ||
      fail "$ranks ranks, $case"
    grep -q "\"ranks\": $ranks," "$folder/ranks.out"
  done
  succeeds "threads" --ranks=2 --threads=2 "${flags[@]}"
  results "$folder/threads.out" | diff "$folder/expected" -
done

echo "== sums in another order, and shards, are stated"
small=(--workers=4 --period=2 --step_size=constant:0.1 --epsilon=
  --max_iterations=400 --threads=1)
succeeds fast --ranks=2 --reduction=fast "${small[@]}"
grep -q '"reduction": "fast"' "$folder/fast.out"
"$programs/cluster/cluster" "${run[@]}" --ranks=2 --reduction=fast "${small[@]}" \
  --output_dir="$folder/fast" --format=table 2>/dev/null |
  grep -q "the bits may differ"
succeeds shard --ranks=2 --shard "${small[@]}"
grep -q '"data": "sharded"' "$folder/shard.out"
"$programs/cluster/cluster" "${run[@]}" --ranks=2 --shard "${small[@]}" \
  --output_dir="$folder/shard" --format=table 2>/dev/null |
  tr '\n' ' ' | grep -q "not the uniform sampling from all data"
# f* that is given is the one that the gaps are of.
value=$(grep -m1 '"optimal_value"' "$folder/shard.out" | grep -oE '0\.[0-9]+')
succeeds known --ranks=2 --shard --optimal_value="$value" "${small[@]}"
diff <(results "$folder/shard.out") <(results "$folder/known.out")

echo "== features that no sample has, and indices from 0"
# The indices a thousand times as large, and less by one: the same columns, on
# every rank, also where its own samples lack some.
awk '{ printf "%s", $1
  for (i = 2; i <= NF; i++) { split($i, t, ":"); printf " %d:%s", 1000 * t[1], t[2] }
  print "" }' "$folder/small.txt" >"$folder/wide.txt"
awk '{ printf "%s", $1
  for (i = 2; i <= NF; i++) { split($i, t, ":"); printf " %d:%s", t[1] - 1, t[2] }
  print "" }' "$folder/small.txt" >"$folder/zero.txt"
for flags in '' --shard; do
  succeeds plain --ranks=2 $flags "${small[@]}"
  succeeds wide --ranks=2 $flags "${small[@]}" --dataset="$folder/wide.txt"
  succeeds zero --ranks=2 $flags "${small[@]}" --dataset="$folder/zero.txt" \
    --index_base=0
  for name in wide zero; do
    diff <(results "$folder/plain.out") <(results "$folder/$name.out")
    grep -E '"(optimal_value|bytes)":' "$folder/$name.out" |
      diff <(grep -E '"(optimal_value|bytes)":' "$folder/plain.out") -
  done
done
grep -q '40000 features, of which 20 occur' "$folder/wide.err"
grep -q '"dataset": "zero.txt (indices from 0)"' "$folder/zero.out"
printf '1 1:1\n0 0:1\n' >"$folder/zero.txt"
refused 1 "$folder/zero.txt:2: found index \"0\"" --ranks=2 "${small[@]}" \
  --dataset="$folder/zero.txt"

echo "== what is wrong is said once"
refused 2 '--ranks=0: expected a whole number from 1' --ranks=0 "${small[@]}"
refused 2 '--ranks=5: at most --workers=4' --ranks=5 "${small[@]}"
refused 2 '--reduction=x: expected tree or fast' --ranks=2 "${small[@]}" \
  --reduction=x
refused 2 '--optimal_value' --ranks=2 "${small[@]}" --step_size=theory \
  --optimal_value=0.3
refused 1 "$folder/missing.txt: cannot open" --ranks=2 "${small[@]}" \
  --dataset="$folder/missing.txt"
printf '1 1:1\n0 2:1\n1 1:x\n' >"$folder/bad.txt"
refused 1 "$folder/bad.txt:3" --ranks=2 "${small[@]}" --shard \
  --optimal_value=0.3 --dataset="$folder/bad.txt"
printf '1 1:1\n0 2:1\n' >"$folder/tiny.txt"
refused 1 'rank 2 has no sample' --ranks=4 "${small[@]}" --shard \
  --dataset="$folder/tiny.txt"
status=0
PATH=/nowhere "$programs/cluster/cluster" "${run[@]}" "${small[@]}" --ranks=2 \
  --output_dir="$folder/nowhere" 2>"$folder/err" || status=$?
[ "$status" -eq 127 ] || fail "without mpirun: exit $status"
grep -q '^error: cluster: mpirun cannot be started' "$folder/err"
status=0
HOME=${HOME:-$folder} OMPI_ALLOW_RUN_AS_ROOT=1 \
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun -n 3 --oversubscribe "$programs/cluster/cluster" "${run[@]}" "${small[@]}" \
  --ranks=2 --output_dir="$folder/three" 2>"$folder/err" </dev/null || status=$?
[ "$status" -eq 2 ] || fail "--ranks=2 with mpirun -n 3: exit $status"
[ "$(grep -c '^error: --ranks=2, but the MPI job has 3$' "$folder/err")" -eq 1 ]

echo "== what the environment says"
# A rank's number that is left over, by no launcher.
for variable in PMI_RANK PMIX_RANK OMPI_COMM_WORLD_RANK; do
  export $variable=0
  refused 1 "$variable=0 in the environment" --ranks=2 "${small[@]}"
  unset $variable
done
# A launcher of another MPI: every process would be a job of its own.
PMI_FD=9 PMI_SIZE=4 PMI_RANK=0 refused 1 'PMI_SIZE=4 in the environment, but MPI found 1 rank' \
  "${small[@]}"
TMPDIR=$folder/none refused 1 "TMPDIR=$folder/none: no folder" --ranks=2 "${small[@]}"
[ ! -e "$folder/none" ] || fail "made the missing TMPDIR"
TMPDIR=/proc refused 1 "TMPDIR=/proc: no folder" --ranks=2 "${small[@]}"
# What can be read only once.
refused 2 '--dataset=/dev/stdin: ranks cannot share' --ranks=2 "${small[@]}" \
  --dataset=/dev/stdin < <(cat "$folder/small.txt")
# The record names the threads of a rank that ran.
for case in 'OMP_THREAD_LIMIT=1 1 --threads=4' 'OMP_NUM_THREADS=2 2 --threads=0'; do
  read -r variable threads flag <<<"$case"
  export "${variable?}"
  succeeds limited --ranks=2 "${small[@]}" "$flag"
  unset "${variable%=*}"
  grep -q "\"threads\": $threads," "$folder/limited.out" || fail "$case"
  diff <(results "$folder/fast.out" | grep rounds) \
    <(results "$folder/limited.out" | grep rounds)
done

echo "== ranks that are killed"
# Longer than all of the kills together; saved every 1000 iterations.
long=(--workers=4 --period=5 --step_size=constant:0.01 --epsilon=1e-9
  --max_iterations=3000000 --threads=1 --checkpoint_every=200)
"$programs/single/local_sgd" "${run[@]}" "${long[@]:0:6}" --output_dir="$folder/one" \
  >"$folder/one.json" 2>/dev/null
results "$folder/one.json" >"$folder/expected"

# start NAME FLAG...: a run in the background, `pid`; returns when it has saved
# itself again.
start() {
  local name=$1
  shift
  touch "$folder/start"
  # A shell's background processes ignore SIGINT; the run must not.
  env --default-signal=INT,TERM "$programs/cluster/cluster" "${run[@]}" --ranks=4 \
    --output_dir="$folder/$name" "${long[@]}" "$@" \
    >"$folder/$name.out" 2>"$folder/$name.err" &
  pid=$!
  for _ in $(seq 600); do
    [ ! "$folder/$name/cluster.checkpoint/current" -nt "$folder/start" ] ||
      return 0
    kill -0 "$pid" 2>/dev/null ||
      { cat "$folder/$name.err" >&2; fail "$name: ended"; }
    sleep 0.05
  done
  fail "$name: no checkpoint"
}

# Sets `status` and `seconds` from `begin`.
ended() {
  status=0
  wait "$pid" 2>/dev/null || status=$?
  seconds=$(awk "BEGIN { print $EPOCHREALTIME - $begin }")
  awk "BEGIN { exit !($seconds < 10) }" || fail "took $seconds s to end"
  [ ! -e "$folder/killed/cluster.json" ] || fail "a result of a lost run"
}

for victim in 0 3 1 2; do
  start killed
  sleep "0.$((victim * 2))"
  mapfile -t ranks < <(pgrep -P "$(pgrep -P "$pid")" -f experiments/cluster/cluster)
  [ "${#ranks[@]}" -eq 4 ] || fail "${#ranks[@]} ranks"
  begin=$EPOCHREALTIME
  victim_pid=
  for rank in "${ranks[@]}"; do
    if tr '\0' '\n' <"/proc/$rank/environ" | grep -qx "OMPI_COMM_WORLD_RANK=$victim"; then
      victim_pid=$rank
    fi
  done
  kill -KILL "$victim_pid"
  ended
  [ "$status" -eq 1 ] || fail "a killed rank: exit $status"
  error=$(grep -c . <(grep -v -e '^dataset' -e '^cluster: [0-9]' "$folder/killed.err"))
  [ "$error" -eq 1 ] || { cat "$folder/killed.err" >&2; fail "$error lines"; }
  grep -qE "^error: cluster: rank $victim on .* was ended by signal 9 \(Killed\) near iteration [1-9][0-9]*; the same command goes on from iteration [1-9][0-9]*000\$" \
    "$folder/killed.err" || { cat "$folder/killed.err" >&2; fail "rank $victim?"; }
done

# All at once, and first the program that started them, which would otherwise
# see what becomes of the others.
start killed
begin=$EPOCHREALTIME
mapfile -t ranks < <(pgrep -P "$(pgrep -P "$pid")")
kill -KILL "$pid" "$(pgrep -P "$pid")" "${ranks[@]}"
ended
[ "$status" -eq 137 ] || fail "all killed: exit $status"

for signal in INT TERM; do
  start killed
  begin=$EPOCHREALTIME
  kill -"$signal" "$pid"
  ended
  [ "$signal" = TERM ] || [ "$status" -eq 130 ] || fail "SIGINT: exit $status"
  [ "$signal" = INT ] || [ "$status" -eq 143 ] || fail "SIGTERM: exit $status"
  grep -q "^cluster: interrupted near iteration .*; the same command goes on from" \
    "$folder/killed.err" || { cat "$folder/killed.err" >&2; fail "SIG$signal"; }
done

echo "== a checkpoint of another run, or a damaged one"
checkpoint=$folder/killed/cluster.checkpoint
current=$(cat "$checkpoint/current")
cp -r "$checkpoint" "$folder/saved"
rm -rf "$folder/refused"
mkdir "$folder/refused"
cp -r "$folder/saved" "$folder/refused/cluster.checkpoint"
refused 1 'it has --seed=1, this one has --seed=2' --ranks=4 "${long[@]}" --seed=2
refused 1 'it has --synchronisation=period:5' --ranks=4 "${long[@]}" --period=6
refused 1 'it has --index_base=1, this one has --index_base=0' --ranks=4 \
  "${long[@]}" --index_base=0
refused 1 'it has --ranks=4, this one has --ranks=2' --ranks=2 "${long[@]}"
refused 1 'it has --epsilon=1e-09, this one has --epsilon=1.0000001e-09' \
  --ranks=4 "${long[@]}" --epsilon=1.0000001e-9
truncate -s -1 "$folder/refused/cluster.checkpoint/rank-2-at-$current"
refused 1 "refused/cluster.checkpoint/rank-2-at-$current is cut or damaged" \
  --ranks=4 "${long[@]}"
rm "$folder/refused/cluster.checkpoint/rank-2-at-$current"
refused 1 "rank-2-at-$current" --ranks=4 "${long[@]}"
rm -r "$folder/refused"

echo "== to the end"
cluster killed --ranks=4 "${long[@]}"
[ "$status" -eq 0 ] || { cat "$folder/killed.err" >&2; fail "exit $status"; }
diff "$folder/expected" <(results "$folder/killed.out")
grep -qE '"resumed_at": [1-9]' "$folder/killed.out" || fail "not resumed"
[ "$(ls "$folder/killed")" = cluster.json ] || fail "leftovers"
echo passed
