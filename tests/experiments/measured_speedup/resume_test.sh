#!/bin/bash
# A long run that is killed at any moment goes on when it is started again, and
# ends with the same bytes.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd/experiments
folder=$(mktemp -d "$TEST_TMPDIR/resume.XXXXXX")
tables="measured_speedup.csv measured_iterations.csv tuning_ledger.csv"

fail() {
  echo "$*" >&2
  exit 1
}

awk 'BEGIN {
  for (i = 0; i < 60; i++) {
    printf "%d", 1 + (i * 7 % 5 < 2)
    if (i != 30) for (j = 1; j <= 9; j++)
      if ((i * j + i) % 4 == 1) printf " %d:%s", j, (j % 3 ? "1" : "-0.5")
    print ""
  }
}' >"$folder/small.txt"

# 212 pieces in half a second and more.
command_to() { # FOLDER FLAG...: sets `command`
  local output=$1
  shift
  command=("$programs/measured_speedup/measured_speedup" --dataset="$folder/small.txt"
    --output_dir="$output" --step_size=tuned,theory
    --epsilon=0.01,0.001,0.00003 --batch=1,2 --periods=1,3,8
    --workers=1,3,4,7 --seeds=12 --max_gradients=3000000
    --max_iterations=100000 --threads=2 --format=csv "$@")
}

# same FOLDER: its tables are the uninterrupted run's, and nothing is left over.
same() {
  for table in $tables; do cmp "$folder/whole/$table" "$1/$table"; done
  [ ! -e "$1/measured_speedup.journal" ] || fail "$1 still has its journal"
  [ "$(ls "$1" | wc -l)" -eq 5 ] || { ls "$1" >&2; fail "$1: leftovers"; }
}

# whole_files FOLDER: each table that is there is one, to its last line.
whole_files() {
  local table
  for table in "$1"/*.csv; do
    [ -e "$table" ] || continue
    cmp -s "$table" "$folder/whole/${table##*/}" || fail "$table is not whole"
  done
}

# interrupted FOLDER: starts a run there and kills it when it has finished its
# first piece. The first line of progress comes then.
interrupted() { # FOLDER SIGNAL: sets `status` and `seconds`
  command_to "$1"
  mkfifo "$1.log"
  # A shell's background processes ignore SIGINT; the run must not.
  env --default-signal=INT,TERM "${command[@]}" 2>"$1.log" >/dev/null &
  local pid=$! line
  exec 3<"$1.log"
  while IFS= read -r line <&3 && [[ $line != measured_speedup:* ]]; do :; done
  local begin=$EPOCHREALTIME
  kill -"$2" "$pid"
  status=0
  wait "$pid" 2>/dev/null || status=$?
  seconds=$(awk "BEGIN { print $EPOCHREALTIME - $begin }")
  cat <&3 >"$1.err"
  exec 3<&-
  [ -s "$1/measured_speedup.journal" ] || fail "SIG$2: no journal in $1"
  [ ! -e "$1/measured_speedup.csv" ] || fail "SIG$2 came too late"
}

command_to "$folder/whole"
begin=$EPOCHREALTIME
"${command[@]}" >"$folder/whole.csv" 2>/dev/null
whole_seconds=$(awk "BEGIN { print $EPOCHREALTIME - $begin }")
for table in $tables; do [ -s "$folder/whole/$table" ]; done

# SIGKILL, again and again, at moments of all kinds: percents of a whole run.
command_to "$folder/killed"
kills=0
for percent in 4 12 7 18 5 10 15 8; do
  status=0
  timeout --foreground -s KILL "$(awk "BEGIN { print $percent * $whole_seconds / 100 }")" \
    "${command[@]}" >"$folder/killed.csv" 2>"$folder/err" || status=$?
  whole_files "$folder/killed"
  [ "$status" -ne 0 ] || break
  [ "$status" -eq 137 ] || { cat "$folder/err" >&2; fail "exit $status"; }
  kills=$((kills + 1))
done
[ "$kills" -ge 2 ] || fail "only $kills kills"
if [ "$status" -ne 0 ]; then
  "${command[@]}" >"$folder/killed.csv" 2>"$folder/err"
fi
grep -q '^going on: [1-9]' "$folder/err" || fail "nothing was kept of $kills runs"
cmp "$folder/whole.csv" "$folder/killed.csv"
same "$folder/killed"

# A last line that was being written is redone; one thread may go on for two.
interrupted "$folder/torn" KILL
journal=$folder/torn/measured_speedup.journal
[ "$status" -eq 137 ] || fail "SIGKILL: exit $status"
cp "$journal" "$folder/journal"
for tear in 'truncate -s -1' 'truncate -s -20'; do
  $tear "$journal"
done
command_to "$folder/torn" --threads=1
"${command[@]}" >/dev/null 2>&1
same "$folder/torn"
mkdir "$folder/half"
cp "$folder/journal" "$folder/half/measured_speedup.journal"
printf '{"key":"tuning b = 1, K' >>"$folder/half/measured_speedup.journal"
command_to "$folder/half"
"${command[@]}" >/dev/null 2>&1
same "$folder/half"

# Results that cannot be written leave the journal, which then has everything.
mkdir -p "$folder/blocked/measured_speedup.csv/x"
command_to "$folder/blocked"
status=0
"${command[@]}" >/dev/null 2>"$folder/err" || status=$?
[ "$status" -eq 1 ] || fail "results that cannot be written: exit $status"
grep -q "^error: .*$folder/blocked/measured_speedup.csv" "$folder/err" ||
  { cat "$folder/err" >&2; fail "which file cannot be written?"; }
journal=$folder/blocked/measured_speedup.journal
[ "$(wc -l <"$journal")" -eq 213 ] || fail "the journal lacks something"
cp "$journal" "$folder/full_journal"
rm -r "$folder/blocked/measured_speedup.csv"
"${command[@]}" >/dev/null 2>&1
same "$folder/blocked"

# Other flags, or a damaged line, do not touch the journal.
mkdir "$folder/other"
journal=$folder/other/measured_speedup.journal
refused() { # WORDS FLAG...
  local words=$1
  shift
  cp "$journal" "$folder/before"
  command_to "$folder/other" "$@"
  status=0
  "${command[@]}" >"$folder/out" 2>"$folder/err" || status=$?
  [ "$status" -eq 1 ] || fail "$*: exit $status"
  [ ! -s "$folder/out" ] || fail "$*: output"
  grep '^error: ' "$folder/err" | grep -qF -- "$words" ||
    { cat "$folder/err" >&2; fail "$*: the message lacks $words"; }
  cmp "$folder/before" "$journal"
  [ "$(ls "$folder/other")" = measured_speedup.journal ] || fail "$*: files"
}
cp "$folder/journal" "$journal"
refused 'tuned.seeds was 12, is 2' --seeds=2
refused 'tuned.max_gradients was 3000000, is 3000001' --max_gradients=3000001
refused 'tuned.selection_seed was 0, is 99' --selection_seed=99
refused 'tuned.exhaustive was false, is true' --exhaustive
refused 'tuned.index_base was 1, is 0' --index_base=0
refused 'theory.max_iterations was 100000, is 7' --max_iterations=7
sed '40s/:/;/' "$folder/full_journal" >"$journal"
refused "$journal:40"
# What is paid for communication is no part of the runs.
cp "$folder/journal" "$journal"
command_to "$folder/other" --rho=100
"${command[@]}" >/dev/null 2>"$folder/err"
grep -q '^going on: ' "$folder/err" || fail "another rho starts anew"
cmp "$folder/whole/measured_iterations.csv" "$folder/other/measured_iterations.csv"

# Ctrl-C: at once, with a word on how to go on.
for signal in INT TERM; do
  interrupted "$folder/$signal" $signal
  [ "$signal" = TERM ] || [ "$status" -eq 130 ] || fail "SIGINT: exit $status"
  [ "$signal" = INT ] || [ "$status" -eq 143 ] || fail "SIGTERM: exit $status"
  awk "BEGIN { exit !($seconds < 1) }" || fail "SIG$signal took $seconds s"
  grep -q "^interrupted; .* $folder/$signal/measured_speedup.journal$" \
    "$folder/$signal.err" || fail "SIG$signal: $(cat "$folder/$signal.err")"
  whole_files "$folder/$signal"
  command_to "$folder/$signal"
  "${command[@]}" >/dev/null 2>"$folder/err"
  grep -q '^going on: [1-9]' "$folder/err" || fail "SIG$signal: nothing was kept"
  same "$folder/$signal"
done

# When the results are there, nothing is left to go on from: a Ctrl-C in the
# middle of the output does not promise it.
mkdir "$folder/written"
journal=$folder/written/measured_speedup.journal
cp "$folder/full_journal" "$journal"
command_to "$folder/written" --format=json
mkfifo "$folder/written.json"
env --default-signal=INT "${command[@]}" >"$folder/written.json" \
  2>"$folder/err" &
pid=$!
exec 3<"$folder/written.json"
while [ -e "$journal" ]; do sleep 0.02; done
sleep 0.2
kill -INT "$pid"
status=0
wait "$pid" 2>/dev/null || status=$?
exec 3<&-
[ "$status" -eq 130 ] || fail "Ctrl-C in the middle of the output: exit $status"
! grep '^interrupted' "$folder/err" || fail "goes on from a journal that is gone"
same "$folder/written"
