#!/bin/bash
# Across a slow network local SGD reaches an accuracy before mini-batch SGD does,
# on the clock, and the measured rho says so beforehand.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd/experiments
source tests/testing/mpi.sh
folder=$(mktemp -d "$TEST_TMPDIR/slow.XXXXXX")

fail() {
  echo "$*" >&2
  cat "$folder/out" "$folder/err" >&2
  exit 1
}

# 300 features, as w8a has.
awk 'BEGIN {
  for (i = 0; i < 400; i++) {
    printf "%d", 1 + (i * 7 % 5 < 2)
    for (j = 1; j <= 300; j++) if ((i * j + i) % 17 == 1) printf " %d:1", j
    print ""
  }
}' >"$folder/small.txt"

status=0
"$programs/cluster/slow_networks" free,500kbit,500kbit+30ms --dataset="$folder/small.txt" \
  --output_dir="$folder" --epsilon=0.01 --step_size=constant:0.5 --periods=1,32 \
  --seconds=0.2 >"$folder/out" 2>"$folder/err" || status=$?
if [ "$status" -eq 77 ]; then
  tests/testing/skip.sh "$(grep '^slow networks' "$folder/err")"
  exit 0
fi
[ "$status" -eq 0 ] || fail "exit $status"

# of COLUMN NETWORK RANKS PERIOD
of() {
  python3 - "$folder/cluster_speedup.csv" "$@" <<'PY'
import csv, sys
path, column, network, ranks, period = sys.argv[1:]
for row in csv.DictReader(open(path)):
    if (row["network"], row["ranks"], row["period"]) == (network, ranks, period):
        print(float(row["iterations"]) * float(row["iteration_seconds"])
              if column == "seconds" else float(row[column]))
PY
}
less() { # WHAT A B
  awk "BEGIN { exit !($2 < $3) }" || fail "$1: $2, $3"
}

networks=('cable, free' 'cable, 500kbit')
grep -q '^left out: cable, 500kbit+30ms: ' "$folder/err" ||
  networks+=('cable, 500kbit+30ms')
[ "$(wc -l <"$folder/cluster_speedup.csv")" -eq $((1 + 4 * ${#networks[@]})) ] ||
  fail "not four records a network"
grep -q 'machines' "$folder/out" || fail "no table"
for network in "${networks[@]}"; do
  [ "$(of nodes "$network" 2 1)" = 2.0 ] || fail "not two machines"
done
free=$(of exchange_seconds 'cable, free' 2 1)
slow=$(of exchange_seconds 'cable, 500kbit' 2 1)
# A vector of 2,400 bytes each way at 62,500 bytes a second: 38 ms, since what
# one direction may send adds up while the other one is used.
less "the cable is as slow as it was made" 0.038 "$slow"
less "and was faster before" "$free" "$slow"
if [ "${#networks[@]}" -eq 3 ]; then
  # An exchange is a message there and one back.
  less "and its delay comes on top" 0.098 \
    "$(of exchange_seconds 'cable, 500kbit+30ms' 2 1)"
fi
less "local SGD is first when the network is slow" \
  "$(of seconds 'cable, 500kbit' 2 32)" "$(of seconds 'cable, 500kbit' 2 1)"
less "mini-batch SGD then is slower than one worker" \
  "$(of seconds 'cable, 500kbit' 1 1)" "$(of seconds 'cable, 500kbit' 2 1)"

# What the kernel cannot do is left out, not timed under its name.
mkdir "$folder/bin"
cat >"$folder/bin/tc" <<'TC'
#!/bin/sh
case " $* " in *" netem "*) exit 2 ;; esac
exec REAL "$@"
TC
sed -i "s|REAL|$(command -v tc)|" "$folder/bin/tc"
chmod +x "$folder/bin/tc"
status=0
PATH=$folder/bin:$PATH "$programs/cluster/slow_networks" free+30ms \
  --output_dir="$folder/delay" >"$folder/out" 2>"$folder/err" || status=$?
[ "$status" -eq 77 ] || fail "a delay without netem: exit $status"
grep -q '^left out: cable, free+30ms: ' "$folder/err" || fail "not left out"
[ ! -e "$folder/delay" ] || fail "results of a network that is not there"

# Nothing of it stays: no machine has the environment of this test.
for process in /proc/[0-9]*; do
  [ "$(cat "$process/comm" 2>/dev/null)" != sleep ] ||
    ! grep -qzxF "TMPDIR=$TMPDIR" "$process/environ" 2>/dev/null ||
    fail "a machine is left"
done
echo passed
[ "${#networks[@]}" -eq 3 ] ||
  tests/testing/skip.sh "this kernel has no netem" "delays of a cable"
