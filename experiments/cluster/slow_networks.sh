#!/bin/bash
# Runs //experiments:cluster_speedup with two ranks on two machines that this
# script makes out of one: network namespaces joined by a cable (veth) whose
# rate and delay it sets. Needs root, iproute2 and a kernel that allows it; says
# so and exits with 77 where that is missing. Delays need netem, which not every
# kernel has: without it the networks that have one are left out, and it says so.
#
# slow_networks [RATE[+DELAY],...] [FLAG of cluster_speedup]...
#   RATE and DELAY as tc has them, such as 100mbit+5ms, the delay one way; the
#   rate "free" sets none.
set -euo pipefail

cannot() {
  echo "slow networks cannot be made here: $*" >&2
  exit 77
}

program=$(readlink -f "${CLUSTER_SPEEDUP:-$(dirname "$0")/../cluster_speedup/cluster_speedup}")
networks=free,1gbit,1gbit+1ms,100mbit,10mbit
if [ $# -gt 0 ] && [[ $1 != --* ]]; then
  networks=$1
  shift
fi

twice=$(tr ',' '\n' <<<"$networks" | sort | uniq -d | head -n 1)
if [ -n "$twice" ]; then
  echo "error: $networks: $twice stands twice" >&2
  exit 2
fi

[ "$(id -u)" -eq 0 ] || cannot "only root makes network namespaces"
for tool in ip tc unshare nsenter mpirun; do
  command -v "$tool" >/dev/null || cannot "$tool is not installed"
done

# Each machine is the namespaces of a process that waits; Open MPI takes two of
# the same name for one, so they have names of their own.
folder=$(mktemp -d /tmp/net.XXXXXX)
machines=()
cleanup() {
  [ "${#machines[@]}" -eq 0 ] || kill "${machines[@]}" 2>/dev/null || true
  rm -rf "$folder"
}
trap cleanup EXIT
for name in left right; do
  # shellcheck disable=SC2016 # for the inner shell
  unshare --net --uts sh -c 'hostname "$1"; echo $$ >"$2"; exec sleep 86400' \
    sh "$name" "$folder/$name" 2>/dev/null &
  machines+=($!)
  for _ in $(seq 100); do
    [ ! -s "$folder/$name" ] || break
    kill -0 "${machines[-1]}" 2>/dev/null || cannot "no namespaces"
    sleep 0.05
  done
done
left=$(cat "$folder/left")
right=$(cat "$folder/right")
on_left() { nsenter -t "$left" -n -u "$@"; }
on_right() { nsenter -t "$right" -n -u "$@"; }

ip link add cable0 netns "$left" type veth peer name cable0 netns "$right" \
  2>/dev/null || cannot "no veth pair"
on_left sh -c 'ip addr add 10.77.0.1/24 dev cable0; ip link set cable0 up; ip link set lo up'
on_right sh -c 'ip addr add 10.77.0.2/24 dev cable0; ip link set cable0 up; ip link set lo up'

# How mpirun starts something on a machine: "agent MACHINE COMMAND...".
cat >"$folder/agent" <<'AGENT'
#!/bin/sh
machine=$1
shift
exec nsenter -t "$(cat "${0%/*}/$machine")" -n -u sh -c "$*"
AGENT
chmod +x "$folder/agent"

# Whether the kernel has delays.
netem=true
on_left tc qdisc add dev cable0 root netem delay 1ms 2>/dev/null || netem=false

limit() { # RATE[+DELAY]: both ends of the cable
  local on place rate=${1%%+*} delay=
  [[ $1 != *+* ]] || delay=${1#*+}
  for on in on_left on_right; do
    $on tc qdisc del dev cable0 root 2>/dev/null || true
    place=root
    if [ -n "$delay" ]; then
      $on tc qdisc add dev cable0 root handle 1: netem delay "$delay" ||
        cannot "no delay of $delay"
      place="parent 1:1"
    fi
    # shellcheck disable=SC2086 # words
    [ "$rate" = free ] ||
      $on tc qdisc add dev cable0 $place tbf rate "$rate" burst 4kb latency 1s ||
      cannot "no rate limit (tbf) of $rate"
  done
}

mpirun_flags="--host left,right --map-by node"
mpirun_flags+=" --mca plm_rsh_agent $folder/agent --mca plm_rsh_no_tree_spawn 1"
mpirun_flags+=" --mca btl tcp,self --mca btl_tcp_if_include cable0"
# A rank that waits for the network lets others use its core meanwhile.
mpirun_flags+=" --mca mpi_yield_when_idle 1"
mpirun_flags+=" --mca oob_tcp_if_include cable0"
timed=0
for network in ${networks//,/ }; do
  if [[ $network == *+* ]] && ! $netem; then
    echo "left out: cable, $network: this kernel has no netem for delays" >&2
    continue
  fi
  limit "$network"
  on_left "$program" --ranks=1,2 --network="cable, $network" \
    --mpirun_flags="$mpirun_flags" "$@"
  timed=$((timed + 1))
done
[ "$timed" -gt 0 ] || cannot "no netem for delays"
