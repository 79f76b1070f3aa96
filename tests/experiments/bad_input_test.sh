#!/bin/bash
# Bad input ends every program with one clear line on stderr, nothing on stdout
# and a non-zero exit code, never with a crash.
set -euo pipefail

programs=$TEST_SRCDIR/local_sgd
folder=$(mktemp -d "$TEST_TMPDIR/bad.XXXXXX")
mkdir "$folder/empty"
export LOCAL_SGD_DATA_DIR=$folder/empty
failures=0

# expect "WORDS" PROGRAM ARGUMENT...: an error with these words.
expect() {
  expect_code '[12]' "$@"
}

# expect_usage "WORDS" PROGRAM ARGUMENT...: one that is the command line's.
expect_usage() {
  expect_code 2 "$@"
}

expect_code() {
  local codes=$1 words=$2 program=$3 code=0
  shift 3
  "$programs/$program" --output_dir="$folder/results" "$@" \
    >"$folder/out" 2>"$folder/err" || code=$?
  local errors
  errors=$(grep -c '^error: ' "$folder/err") || true
  if [[ $code != $codes ]] || [ "$errors" -ne 1 ] ||
    ! grep -qF -- "$words" "$folder/err" || [ -s "$folder/out" ]; then
    echo "$program $*: exit $code, expected an error with \"$words\"; stderr:" >&2
    cat "$folder/err" >&2
    failures=$((failures + 1))
  fi
}

run=experiments/single/local_sgd
good=$folder/good.txt
printf '+1 1:1 3:0.5\n-1 2:1\n+1 1:2\n-1 3:-1\n' >"$good"
data=--dataset=$good

# Settings below 1 and values without meaning.
expect '--workers=0' $run "$data" --workers=0
expect '--workers=2.5' $run "$data" --workers=2.5
expect '--batch=-1' $run "$data" --batch=-1
expect '--period=0' $run "$data" --period=0
expect '--period=x' $run "$data" --period=x
expect '--max_iterations=0' $run "$data" --max_iterations=0
expect '--step_size=fast' $run "$data" --step_size=fast
expect '--step_size=tuned' $run "$data" --step_size=tuned
expect '--step_size=' $run "$data" --step_size=constant:-1
expect '--step_size=' $run "$data" --step_size=decaying:nan
expect '--synchronisation=never' $run "$data" --synchronisation=never
expect '--synchronisation=growing' $run "$data" --synchronisation=growing:0
expect 'give one of them' $run "$data" --period=2 --synchronisation=final
expect '--epsilon=0' $run "$data" --epsilon=0
expect 'nan' $run "$data" --epsilon=0.1,nan
expect '--regularization=0' $run "$data" --regularization=0
expect '--format=xml' $run "$data" --format=xml
expect '--threads=-1' $run "$data" --threads=-1
expect '--seed=-1' $run "$data" --seed=-1
expect 'no_such_flag' $run "$data" --no_such_flag=1
expect 'workers must be between 1 and 2^20' $run "$data" --workers=2000000
expect 'stray' $run "$data" stray

# What was typed is quoted whole, also where a part of it is wrong.
expect_usage "--step_size=constant:0: found '0', expected" $run "$data" --step_size=constant:0
expect_usage "--step_size=decaying:x: found 'x', expected" $run "$data" --step_size=decaying:x
for part in period:0 growing:x phases:1,x,3 phases:1,2 doubling:0; do
  expect_usage "--synchronisation=$part: " $run "$data" --synchronisation=$part
done
expect_usage "--epsilon=0.1,-1: found '-1', expected" $run "$data" --epsilon=0.1,-1
expect_usage "--step_size=theory,constant:0: found '0', expected" \
  experiments/measured_speedup/measured_speedup "$data" --step_size=theory,constant:0
expect_usage "--step_size=theory,x: found 'x', expected" \
  experiments/measured_speedup/measured_speedup "$data" --step_size=theory,x
expect_usage "--step_size=theory,constant:0: found '0', expected" \
  experiments/variance_reduction/variance_reduction "$data" --step_size=theory,constant:0 --regularization=1/n
# A ~ that no shell has expanded.
expect_usage '--dataset=~nobody/x: expected ~ alone' $run '--dataset=~nobody/x'
expect_usage '--synchronisation=list:~nobody/x: found' $run "$data" \
  '--synchronisation=list:~nobody/x'

# A list of synchronisations.
printf '1\n4\n4\n' >"$folder/list"
expect "$folder/list:3: found \"4\"" $run "$data" "--synchronisation=list:$folder/list"
expect "$folder/absent" $run "$data" "--synchronisation=list:$folder/absent"

# Data.
bad() { # WORDS CONTENTS
  printf "$2" >"$folder/bad.txt"
  expect "$1" $run "--dataset=$folder/bad.txt"
}
expect "$folder/absent.txt" $run "--dataset=$folder/absent.txt"
expect "$folder" $run "--dataset=$folder"
bad "bad.txt:2: found" '+1 1:1\n-1 x:1\n'
bad 'bad.txt:1: found index "0"' '+1 0:1\n-1 1:1\n'
bad "bad.txt:2: found index" '+1 1:1\n-1 2:1 2:1\n'
bad "bad.txt:2: found index" '+1 1:1\n-1 3:1 2:1\n'
bad "bad.txt:1: found index" '+1 99999999999:1\n-1 1:1\n'
bad "bad.txt:1: found value" '+1 1:nan\n-1 1:1\n'
bad "bad.txt:1: found value" '+1 1:1e999\n-1 1:1\n'
bad "one class" '+1 1:1\n+1 2:1\n'
bad "bad.txt:3: found" '0 1:1\n1 1:1\n2 1:1\n'
bad "bad.txt" ''
bad 'bad.txt:1: found value "1.#INF" for index 1' '+1 1:1.#INF 2:5\n-1 1:1 2:-5\n'
bad 'found no value other than 0 in any of 2 samples' '+1 1:0\n-1\n'
bad 'bad.txt:1: found UTF-16 text' '\377\3761\0 \0001\0:\0001\0\n\0'
bad 'index_base=0 reads indices that count from 0' '+1 0:1\n-1 1:1\n'
expect_usage '--index_base=2: expected a whole number from 0 to 1' $run "$data" --index_base=2
for ours in w8a w8a_surrogate; do
  for program in single/local_sgd measured_speedup/measured_speedup reproduce; do
    expect "--index_base=0: $ours counts its features from 1" \
      experiments/$program --dataset=$ours --index_base=0
  done
done

# Links that lead nowhere, and what is of another kind.
ln -s gone.txt "$folder/link"
gone="$folder/link is a symbolic link to gone.txt, which leads nowhere"
expect "$folder/link: cannot open: $gone" $run "--dataset=$folder/link"
expect "cannot read $folder/link: $gone" $run "$data" "--synchronisation=list:$folder/link"
expect "cannot read $folder: Is a directory" $run "$data" "--synchronisation=list:$folder"
expect "cannot make folder $folder/link: $gone" $run "$data" "--output_dir=$folder/link"
expect "cannot make folder $folder/link/b: $gone" experiments/measured_speedup/measured_speedup "$data" \
  "--output_dir=$folder/link/b"
expect "cannot make folder $good: Not a directory" $run "$data" "--output_dir=$good"
expect "$good/x: cannot open: Not a directory" $run "--dataset=$good/x"
expect "$folder/link/w8a: cannot open: $gone" $run "--dataset=$folder/link/w8a"
ln -s loop "$folder/loop"
expect_usage "--input: $folder/link is not a folder: $gone" experiments/verify "--input=$folder/link"
expect_usage "$folder/loop is not a folder: Too many levels of symbolic links" \
  experiments/verify "--input=$folder/loop"
expect "$folder/loop: cannot open: Too many levels" $run "--dataset=$folder/loop"
expect "cannot make folder $folder/loop: Too many levels" $run "$data" "--output_dir=$folder/loop"
mkdir "$folder/dangling"
ln -s gone "$folder/dangling/w8a"
for program in single/local_sgd reproduce; do
  LOCAL_SGD_DATA_DIR=$folder/dangling expect \
    "w8a is a symbolic link to gone, which leads nowhere" experiments/$program
done

# w8a: absent names both remedies, a wrong file both checksums.
for program in single/local_sgd single/problem_constants \
  measured_speedup/measured_speedup; do
  expect 'bazel run //data:download' experiments/$program
  expect '--dataset=w8a_surrogate' experiments/$program
done
mkdir "$folder/wrong"
cp "$good" "$folder/wrong/w8a"
sum=$(sha256sum <"$good" | cut -d' ' -f1)
LOCAL_SGD_DATA_DIR=$folder/wrong expect "$sum" $run
LOCAL_SGD_DATA_DIR=$folder/wrong expect \
  6a9fa8fd5f524303240a5db07d4b3d4a51e8b7b4b20a914105d8e3e8c81640f2 $run
LOCAL_SGD_DATA_DIR=$folder/wrong expect "$sum" experiments/reproduce --quick
# A w8a that is there but cannot be read is no reason for the surrogate.
mkdir -p "$folder/odd/w8a"
LOCAL_SGD_DATA_DIR=$folder/odd expect "$folder/odd/w8a" experiments/reproduce --quick

# Grids.
grid=experiments/measured_speedup/measured_speedup
expect_usage '--batch=0' $grid "$data" --batch=0
expect_usage "--periods=1,0: found '0'" $grid "$data" --periods=1,0
expect_usage '--workers=' $grid "$data" --workers=
expect_usage '--rho=-1' $grid "$data" --rho=-1
expect_usage '--seeds=0' $grid "$data" --seeds=0
expect_usage '--epsilon=' $grid "$data" --epsilon=0.1,0.1
expect_usage '--epsilon=' $grid "$data" --epsilon=0.1,0.2,0.10

# Periods and schedules.
expect '--synchronisation=phases' $run "$data" --synchronisation=phases:1,2
expect '--synchronisation=doubling' $run "$data" --synchronisation=doubling:0
periods=experiments/communication_period/communication_period
expect '--step_size=fast' $periods "$data" --step_size=fast
expect "'tuned' stands twice" $periods "$data" --step_size=tuned,tuned
expect '--workers=1' $periods "$data" --workers=1
expect '--batch=0' $periods "$data" --batch=0
expect '--iterations=0' $periods "$data" --iterations=0
expect '--iterations' $periods "$data" --iterations=8,4
expect '--loss=0' $periods "$data" --loss=0
expect '--seeds=0' $periods "$data" --seeds=0
expect '--regularization=0' $periods "$data" --regularization=0
expect '--advise' $periods "$data" --verify
expect '--workers=4,8' $periods "$data" --advise --workers=4,8
expect '--batch=x' $periods "$data" --advise --batch=x
expect '--rho=-1' $periods "$data" --advise --rho=-1
expect '--rho=1e+308: the cost' $periods "$data" --advise --rho=1e308
expect '--epsilon=0' $periods "$data" --advise --epsilon=0

# Tuned step sizes.
tuned="$grid $data --step_size=tuned"
expect_usage "'tuned' stands twice" $tuned,tuned
expect_usage "--step_size=tuned,nonsense: found 'nonsense'" $tuned,nonsense
expect_usage '--step_size=' $tuned,
expect_usage '--selection_seed: 1 is one of the measuring seeds' $tuned --selection_seed=1
expect_usage '--selection_seed: 7 is one of the measuring seeds 5 to 7' \
  $tuned --selection_seed=7 --seed=5 --seeds=3
expect_usage '--seeds=2: seeds from 9223372036854775807 on' \
  $grid "$data" --seed=9223372036854775807 --seeds=2
expect_usage '--selection_seed=-1' $tuned --selection_seed=-1
expect_usage '--selection_seed=x' $tuned --selection_seed=x
expect_usage '--max_gradients=0' $tuned --max_gradients=0
expect_usage '--max_gradients=511: expected at least 512' $tuned --max_gradients=511
expect_usage '--max_gradients=5' $tuned --max_gradients=5 --workers=3 --batch=2
expect_usage '--epsilon=0.1,0.1' $tuned --epsilon=0.1,0.1
expect_usage '--epsilon=0' $tuned,theory --epsilon=0.1,0

# Bias and variance.
variance=experiments/variance_reduction/variance_reduction
expect '--seeds=2' $variance "$data" --seeds=2
expect '--seeds=x' $variance "$data" --seeds=x
expect '--workers=0' $variance "$data" --workers=0
expect '--workers=2,1' $variance "$data" --workers=2,1
expect '--periods=' $variance "$data" --periods=
expect '--iterations=1' $variance "$data" --iterations=1
expect '--gradients=100' $variance "$data" --gradients=100
expect '--samples=31' $variance "$data" --samples=31
expect '--regularization=0' $variance "$data" --regularization=0
expect '--step_size=' $variance "$data" --step_size=tuned
expect '--step_size=theory,constant:1' $variance "$data" --step_size=theory,constant:1

# The whole experiment and its claims.
expect_usage '--seeds=0' experiments/reproduce --quick --seeds=0
expect_usage '--seeds=0' experiments/verify --seeds=0
for program in reproduce verify; do
  expect_usage '--seeds=2: seeds from' experiments/$program --seeds=2 \
    --seed=9223372036854775807
done
expect_usage "$folder/absent" experiments/verify --input="$folder/absent"

# A results folder that cannot be made.
: >"$folder/file"
code=0
"$programs/$run" "$data" --max_iterations=5 --output_dir="$folder/file/results" \
  >"$folder/out" 2>"$folder/err" || code=$?
if [ "$code" -ne 1 ] || ! grep -q "^error: .*$folder/file" "$folder/err"; then
  echo "an unusable results folder: exit $code" >&2
  cat "$folder/err" >&2
  failures=$((failures + 1))
fi

exit $((failures > 0))
