#!/bin/sh
# Installs the packages of Debian 12 or 13 that the build and the tests need, if
# any is missing. One line on stdout says what was done.
#
#   ./setup.sh                  what bazel needs
#   ./setup.sh --with-sklearn   also the program that the benchmarks compare with
#   ./setup.sh --with-clang     also what tests/fuzz/run, .ci/bits, .ci/tidy and
#                               .ci/coverage use: clang with its sanitizers,
#                               libFuzzer, OpenMP and clang-tidy; qemu's emulated
#                               processors, lcov; where npm is there, buildifier
#   ./setup.sh --with-browser   also what the tests of the report use: Chromium,
#                               LaTeX and, where npm is there, axe-core

set -eu

packages='
  bazel-bootstrap bazel-platforms bazel-rules-java bazel-rules-proto bazel-skylib
  ca-certificates clang-format g++ git gnuplot-nox iproute2
  libabsl-dev libbenchmark-dev libbz2-dev libcurl4-openssl-dev libeigen3-dev
  libgmock-dev libgtest-dev libhwy-dev libkainjow-mustache-dev liblzma-dev
  libopenmpi-dev librandom123-dev librapidcheck-dev libssl-dev libzstd-dev
  nlohmann-json3-dev openmpi-bin poppler-utils procps python3
  python3-jsonschema zlib1g-dev'

die() {
  echo "setup: $*" >&2
  exit 1
}

# Debian's release: 12, 13, or nothing where it has no number yet.
release() (
  VERSION_ID=
  # shellcheck disable=SC1091
  [ ! -r /etc/os-release ] || . /etc/os-release
  echo "${VERSION_ID%%.*}"
)

npm_packages=
for argument in "$@"; do
  case $argument in
    --with-sklearn) packages="$packages python3-sklearn" ;;
    --with-clang)
      if [ "$(release)" = 12 ]; then
        packages="$packages clang-16 libclang-rt-16-dev libomp-16-dev clang-tidy-16"
      else
        packages="$packages clang-19 libclang-rt-19-dev libomp-19-dev clang-tidy-19"
      fi
      packages="$packages lcov qemu-user"
      npm_packages="$npm_packages @bazel/buildifier@8.2.1"
      ;;
    --with-browser)
      packages="$packages chromium texlive-latex-base texlive-latex-recommended"
      npm_packages="$npm_packages axe-core@4.14.1"
      ;;
    *) die "unknown argument '$argument' (there are --with-sklearn, --with-clang, --with-browser)" ;;
  esac
done

# From here on one space between names, none around them.
# shellcheck disable=SC2086
set -- $packages

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  die "this is not Debian; install what Debian calls: $*"
fi

missing=$(
  dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    awk -v wanted="$*" '
      $2 == "installed" { present[$1] = 1 }
      END {
        count = split(wanted, names, " ")
        for (i = 1; i <= count; i++)
          if (!(names[i] in present)) list = list (list == "" ? "" : " ") names[i]
        print list
      }'
)

# What Debian does not have. Without it its check is skipped.
install_npm_packages() {
  command -v npm >/dev/null || return 0
  for package in $npm_packages; do
    [ ! -d "$(npm root --global)/${package%@*}" ] || continue
    sudo=
    if [ "$(id -u)" -ne 0 ]; then sudo=sudo; fi
    $sudo npm install --global --ignore-scripts --no-audit --no-fund \
      "$package" >&2 </dev/null ||
      echo "setup: npm could not install $package; its check is skipped" >&2
  done
}

if [ -z "$missing" ]; then
  install_npm_packages
  echo "setup: all $# packages present"
  exit 0
fi
# shellcheck disable=SC2086
set -- $missing

if [ "$(id -u)" -eq 0 ]; then
  as_root=
elif command -v sudo >/dev/null; then
  as_root=sudo
else
  die "run this as root (there is no sudo here); it would install: $*"
fi

log=$(mktemp)
# An interrupted apt-get stops cleanly by itself; the next run completes it.
trap 'rm -f "$log"' EXIT
trap 'trap - INT; echo "setup: interrupted; run it again to go on" >&2; exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

echo "setup: installing (this may take some minutes): $*" >&2
# Java's packages want the folder of manual pages, which slim images lack. A
# package source that is down matters only if a package cannot be had.
if ! $as_root env DEBIAN_FRONTEND=noninteractive sh -c '
    mkdir -p /usr/share/man/man1
    dpkg --configure -a
    apt-get update
    exec apt-get install --yes --no-install-recommends \
      -o DPkg::Lock::Timeout=300 \
      -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@"
  ' sh "$@" >"$log" 2>&1 </dev/null; then
  cat "$log" >&2
  die "apt-get could not install: $*"
fi
install_npm_packages
echo "setup: installed $*"
