#!/bin/bash
# study_resume_test.sh STUDY FLAG...: the program of a study, killed at
# any moment, goes on when it is started again and ends with the same bytes; a
# journal of other settings, or results that cannot be written, lose nothing.
# With the flags and --seeds=5 it takes a good part of a second.
set -euo pipefail

study=$1
shift
program=$TEST_SRCDIR/local_sgd/experiments/$study
[ ! -d "$program" ] || program=$program/$study
folder=$(mktemp -d "$TEST_TMPDIR/study_resume.XXXXXX")

fail() {
  echo "$study: $*" >&2
  [ ! -e "$folder/err" ] || cat "$folder/err" >&2
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
command=("$program" --dataset="$folder/small.txt" --threads=1 --format=csv
  --seeds=5 "$@")

# run NAME FLAG...: into the folder NAME; sets `status`.
run() {
  status=0
  "${command[@]}" --output_dir="$folder/$1" "${@:2}" >"$folder/$1.csv" \
    2>"$folder/err" || status=$?
}

# went_on NAME: to all the bytes of the run that nobody stopped.
went_on() {
  [ "$status" -eq 0 ] || fail "exit $status"
  grep -q '^going on: [1-9]' "$folder/err" || fail "nothing was kept"
  diff -rq "${same[@]}" "$folder/whole" "$folder/$1" ||
    fail "$1 is not the whole run"
  cmp "$folder/whole.csv" "$folder/$1.csv"
}

run whole
[ "$status" -eq 0 ] || fail "exit $status"
[ -s "$folder/whole/$study.csv" ] || fail "no $study.csv"
# Runs one by one tell their times.
same=()
if [ -e "$folder/whole/${study}_runs.jsonl" ]; then
  same=(-x '*.jsonl' -x '*.origin.json')
fi

# Stopped when its first piece is finished: the first line of progress comes
# then. A shell's background processes ignore SIGINT; the run must not.
for signal in KILL INT TERM; do
  journal=$folder/$signal/$study.journal
  mkfifo "$folder/progress"
  env --default-signal=INT,TERM "${command[@]}" \
    --output_dir="$folder/$signal" 2>"$folder/progress" >/dev/null &
  pid=$!
  exec 3<"$folder/progress"
  while IFS= read -r line <&3 && [[ $line != $study:* ]]; do :; done
  kill -"$signal" "$pid"
  status=0
  wait "$pid" 2>/dev/null || status=$?
  cat <&3 >"$folder/err"
  exec 3<&-
  rm "$folder/progress"
  [ "$status" -eq $((128 + $(kill -l $signal))) ] || fail "$signal: exit $status"
  [ -s "$journal" ] || fail "$signal: no journal"
  [ ! -e "$folder/$signal/$study.csv" ] || fail "$signal came too late"
  [ "$signal" = KILL ] ||
    grep -q "^interrupted; .* $journal$" "$folder/err" || fail "$signal"
done

# Of other settings, or with a damaged line, it is refused and left as it is.
refused() { # WORDS FLAG...
  cp "$journal" "$folder/before"
  run "$signal" "${@:2}"
  [ "$status" -eq 1 ] || fail "$1: exit $status"
  grep '^error: ' "$folder/err" | grep -qF -- "$1" || fail "no word of $1"
  cmp "$folder/before" "$journal"
  [ "$(ls "$folder/$signal")" = "$study.journal" ] || fail "$1: files"
}
refused 'of an unfinished run with other settings' --seeds=6
cp "$journal" "$folder/good"
sed -i '1s/:/;/' "$journal"
refused "$journal:1"
cp "$folder/good" "$journal"

for name in KILL INT TERM; do
  run "$name"
  went_on "$name"
done

# Results that cannot be written leave a journal that has everything, but for a
# last line that was cut off.
mkdir -p "$folder/blocked/$study.csv/x"
run blocked
[ "$status" -eq 1 ] || fail "blocked: exit $status"
grep -q "^error: .*$folder/blocked/$study.csv" "$folder/err" ||
  fail "which file cannot be written?"
rm -r "$folder/blocked/$study.csv"
truncate -s -20 "$folder/blocked/$study.journal"
run blocked
went_on blocked
