#!/bin/bash
# What the machine does to a run: a full disk, a folder that cannot be written,
# a dataset that vanishes or changes between start and resume. Each ends in one
# clear error, leaves old results as they are, and once mended the same command
# goes on and ends with the same bytes.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd/experiments

fail() {
  echo "$*" >&2
  exit 1
}

as=() # a command that runs a command

# grid FOLDER FLAG...: sets `status`; stdout and stderr in $folder/out and err.
grid() {
  local output=$1
  shift
  status=0
  "${as[@]}" "$programs/measured_speedup/measured_speedup" --dataset="$folder/small.txt" \
    --output_dir="$output" --step_size=theory --epsilon=0.001 --batch=1,2 \
    --periods=1,4 --workers=1,3 --seeds=40 --max_iterations=30000 --threads=1 \
    --format=csv --overwrite "$@" >"$folder/out" 2>"$folder/err" || status=$?
}

# refused WORDS: the last run ended with one error that has these words and
# printed no result.
refused() {
  [ "$status" -eq 1 ] || { cat "$folder/err" >&2; fail "$1: exit $status"; }
  [ "$(grep -c '^error: ' "$folder/err")" -eq 1 ] &&
    grep '^error: ' "$folder/err" | grep -qF -- "$1" ||
    { cat "$folder/err" >&2; fail "the message lacks: $1"; }
  [ ! -s "$folder/out" ] || fail "$1: output"
}

finished() {
  [ "$status" -eq 0 ] || { cat "$folder/err" >&2; fail "exit $status"; }
}

make_data() {
  awk 'BEGIN {
    for (i = 0; i < 60; i++) {
      printf "%d", 1 + (i * 7 % 5 < 2)
      for (j = 1; j <= 9; j++)
        if ((i * j + i) % 4 == 1) printf " %d:%s", j, (j % 3 ? "1" : "-0.5")
      print ""
    }
  }' >"$folder/small.txt"
}

# torn FOLDER: makes an unfinished run there, by a folder in the way of a table;
# the last piece of its journal is lost.
torn() {
  mkdir -p "$1/measured_speedup.csv/x"
  grid "$1"
  refused "$1/measured_speedup.csv"
  rm -r "$1/measured_speedup.csv"
  truncate -s -20 "$1/measured_speedup.journal"
}

# In a small file system of its own, which ends with the process. Arguments: the
# folder to mount it on.
on_a_small_disk() {
  local disk=$1
  # The journal of these runs has 85 pages, the tables 61.
  mount -t tmpfs -o size=2m tmpfs "$disk"
  mkdir "$disk/results"

  # The disk fills up while results of an earlier run are there.
  grid "$disk/results" --seeds=3 --step_size=theory,tuned --max_gradients=20000
  finished
  [ -s "$disk/results/tuning_ledger.csv" ] || fail "no ledger"
  cp -r "$disk/results" "$folder/old"
  local journal=$disk/results/measured_speedup.journal room
  for room in 0 1 5 11 20; do # pages
    rm -f "$disk/ballast" "$journal"
    dd if=/dev/zero of="$disk/ballast" bs=4096 status=none 2>/dev/null || true
    truncate -s -"$((4096 * room))" "$disk/ballast"
    grid "$disk/results"
    refused "No space left on device"
    rm -rf "$folder/now"
    mkdir "$folder/now"
    cp -r "$disk/results" "$folder/now"
    rm -f "$folder/now/results/measured_speedup.journal"
    diff -r "$folder/old" "$folder/now/results" || fail "room $room: old results"
  done
  # With room again the same command goes on from what was finished.
  rm "$disk/ballast"
  grid "$disk/results"
  finished
  grep -q '^going on: [1-9]' "$folder/err" || fail "nothing was kept"
  diff -r -x '*.jsonl' -x '*.origin.json' "$folder/whole" "$disk/results"

  # Room for the journal, but none for the tables.
  rm -rf "$disk/results"
  cp -r "$folder/old" "$disk/results"
  cp "$folder/torn/measured_speedup.journal" "$journal"
  dd if=/dev/zero of="$disk/ballast" bs=4096 status=none 2>/dev/null || true
  truncate -s -8192 "$disk/ballast"
  grid "$disk/results"
  refused "No space left on device"
  for table in "$folder"/old/*; do
    cmp -s "$table" "$disk/results/${table##*/}" ||
      cmp -s "$folder/whole/${table##*/}" "$disk/results/${table##*/}" ||
      fail "${table##*/} is neither the old nor the new one"
  done
  if find "$disk" -name '*.tmp' | grep .; then fail "left over"; fi

  # A disk that became read-only.
  rm "$disk/ballast"
  rm -rf "$disk/results"
  cp -r "$folder/old" "$disk/results"
  mount -o remount,ro "$disk"
  grid "$disk/results"
  refused "$disk/results"
  refused "Read-only file system"
  diff -r "$folder/old" "$disk/results"
  echo "full and read-only disk: tested"
}

if [ "${1-}" = --on_a_small_disk ]; then
  folder=$2
  on_a_small_disk "$folder/disk"
  [ "$3" = tested ] ||
    tests/testing/skip.sh "$3" "a folder without permission"
  exit 0
fi

folder=$(mktemp -d "$TEST_TMPDIR/faults.XXXXXX")
make_data
grid "$folder/whole"
finished
torn "$folder/torn"

# A folder that cannot be made, one that is a file, one without permission.
echo x >"$folder/file"
grid "$folder/file"
refused "$folder/file: Not a directory"
grid "$folder/file/results"
refused "$folder/file/results"
[ "$(cat "$folder/file")" = x ] || fail "wrote into a file"
# Root may write everywhere, unless it gives that up.
[ "$(id -u)" -ne 0 ] ||
  as=(setpriv --bounding-set=-dac_override --inh-caps=-dac_override)
mkdir "$folder/locked"
chmod 555 "$folder/locked"
permission=tested
if "${as[@]}" true 2>/dev/null; then
  grid "$folder/locked"
  refused "Permission denied"
else
  permission="root cannot give up writing everywhere here"
fi
as=()

# The dataset of an unfinished run vanishes: the journal waits for it.
cp -r "$folder/torn" "$folder/vanished"
mv "$folder/small.txt" "$folder/elsewhere.txt"
grid "$folder/vanished"
refused "$folder/small.txt: cannot open: No such file or directory"
diff -r "$folder/torn" "$folder/vanished"
mv "$folder/elsewhere.txt" "$folder/small.txt"
grid "$folder/vanished"
finished
grep -q '^going on: [1-9]' "$folder/err" || fail "nothing was kept"
diff -r -x '*.jsonl' -x '*.origin.json' "$folder/whole" "$folder/vanished"

# It changes by one digit, or is cut short: the old run is not mixed with it.
cp -r "$folder/torn" "$folder/changed"
before=$(sha256sum <"$folder/small.txt" | cut -d' ' -f1)
sed -i '2s/:1/:2/' "$folder/small.txt"
after=$(sha256sum <"$folder/small.txt" | cut -d' ' -f1)
grid "$folder/changed"
refused "$before"
refused "$after"
diff -r "$folder/torn" "$folder/changed"
make_data
sed -i '$d' "$folder/small.txt"
grid "$folder/changed"
refused "$before"
diff -r "$folder/torn" "$folder/changed"
make_data
grid "$folder/changed"
finished
diff -r -x '*.jsonl' -x '*.origin.json' "$folder/whole" "$folder/changed"

# A file system of its own needs root, or a name space of users.
mkdir "$folder/disk"
for privilege in '--mount' '--user --map-root-user --mount'; do
  # shellcheck disable=SC2086
  if unshare $privilege mount -t tmpfs tmpfs "$folder/disk" 2>/dev/null; then
    # shellcheck disable=SC2086
    exec unshare $privilege "$0" --on_a_small_disk "$folder" "$permission"
  fi
done
exec tests/testing/skip.sh "no file system can be mounted here" \
  "a full disk and a read-only one"
