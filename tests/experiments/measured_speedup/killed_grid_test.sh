#!/bin/bash
# A grid that is killed at 100 random moments, whatever it is at: what its
# journal has stays there, a table is whole or not there, and it ends with the
# bytes of a run that nobody killed.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd/experiments
folder=$(mktemp -d "$TEST_TMPDIR/killed.XXXXXX")
journal=$folder/killed/measured_speedup.journal
RANDOM=1

fail() {
  echo "$*" >&2
  exit 1
}

awk 'BEGIN {
  for (i = 0; i < 60; i++) {
    printf "%d", 1 + (i * 7 % 5 < 2)
    for (j = 1; j <= 9; j++)
      if ((i * j + i) % 4 == 1) printf " %d:%s", j, (j % 3 ? "1" : "-0.5")
    print ""
  }
}' >"$folder/small.txt"

grid() { # FOLDER: 112 pieces
  exec "$programs/measured_speedup/measured_speedup" --dataset="$folder/small.txt" \
    --output_dir="$1" --step_size=tuned,theory --epsilon=0.001,0.0001 \
    --batch=1,2 --periods=1,4 --workers=1,3 --seeds=12 --max_gradients=300000 \
    --max_iterations=30000 --threads=1 --format=csv
}

# seconds_of COMMAND...: how long it takes on this machine, however fast.
seconds_of() {
  local begin=$EPOCHREALTIME
  "$@"
  awk "BEGIN { print $EPOCHREALTIME - $begin }"
}

whole_grid() {
  (grid "$folder/whole") >"$folder/whole.csv" 2>/dev/null
}
whole_seconds=$(seconds_of whole_grid)

# Nothing that stood in the journal before is lost from it.
check_journal() {
  # The first line may be torn, and a torn last line is not counted.
  head -n "$(wc -l <"$journal")" "$journal" >"$folder/now"
  if [ -e "$folder/before" ]; then
    cmp -n "$(stat -c %s "$folder/before")" "$folder/before" "$folder/now" ||
      fail "kill $kills: a finished piece is lost"
  fi
  mv "$folder/now" "$folder/before"
}

check_tables() {
  local table
  for table in "$folder"/killed/*.csv; do
    [ -e "$table" ] || continue
    cmp -s "$table" "$folder/whole/${table##*/}" || fail "kill $kills: $table"
  done
}

# Everything is there, byte for byte, and no file that does not belong.
check_end() {
  cmp "$folder/whole.csv" "$folder/killed.csv"
  check_tables
  diff <(ls "$folder/whole") <(ls "$folder/killed")
}

# start SECONDS: in the background, killed after 15 to 99 % of what it takes when
# nobody kills it, unless it ends before.
start() { # sets `status`
  (grid "$folder/killed") >"$folder/killed.csv" 2>"$folder/err" &
  local pid=$!
  sleep "$(awk "BEGIN { print $1 * $((15 + RANDOM % 85)) / 100 }")"
  kill -KILL "$pid" 2>/dev/null || true
  status=0
  wait "$pid" 2>/dev/null || status=$?
  [ "$status" -eq 0 ] || [ "$status" -eq 137 ] ||
    { cat "$folder/err" >&2; fail "exit $status"; }
  [ "$status" -eq 0 ] || kills=$((kills + 1))
}

# In the grid, going on again and again.
kills=0
with_journal=0
while [ "$kills" -lt 60 ]; do
  start "$whole_seconds"
  if [ "$status" -eq 0 ]; then
    check_end
    rm -rf "$folder/killed" "$folder/before"
    continue
  fi
  check_tables
  if [ -s "$journal" ]; then
    with_journal=$((with_journal + 1))
    check_journal
  elif [ -e "$folder/before" ]; then
    # It goes when all tables are there.
    diff <(ls "$folder/whole") <(ls "$folder/killed")
    rm -rf "$folder/killed" "$folder/before"
  fi
done
(grid "$folder/killed") >"$folder/killed.csv" 2>"$folder/err"
check_end
[ "$with_journal" -ge 20 ] || fail "only $with_journal of 60 kills in the grid"

# While the tables are written: all pieces are in a journal of its own, whose
# tables had nowhere to go.
mkdir -p "$folder/full/measured_speedup.csv/x"
(grid "$folder/full") >/dev/null 2>&1 && fail "wrote over a folder"
cp "$folder/full/measured_speedup.journal" "$folder/journal"
last_part() {
  mkdir "$folder/killed"
  cp "$folder/journal" "$journal"
  (grid "$folder/killed") >"$folder/killed.csv" 2>/dev/null
}
rm -rf "$folder/killed"
last_seconds=$(seconds_of last_part)
torn=0
starts=0
while [ "$kills" -lt 100 ] && [ "$starts" -lt 400 ]; do
  rm -rf "$folder/killed"
  mkdir "$folder/killed"
  cp "$folder/journal" "$journal"
  starts=$((starts + 1))
  start "$last_seconds"
  check_tables
  [ "$status" -ne 0 ] || { check_end; continue; }
  tables=$(find "$folder/killed" -name '*.csv' | wc -l)
  if [ "$tables" -lt 3 ]; then
    cmp "$folder/journal" "$journal" || fail "kill $kills: journal and tables"
    [ "$tables" -eq 0 ] || torn=$((torn + 1))
  fi
  # The journal goes when all tables are there; either way nothing is lost.
  [ ! -e "$journal" ] || (grid "$folder/killed") >"$folder/killed.csv" 2>/dev/null
  diff <(ls "$folder/whole") <(ls "$folder/killed")
  check_tables
done
[ "$kills" -ge 70 ] || fail "only $kills kills"
echo "$kills kills, $with_journal with a journal, $torn between two tables"
