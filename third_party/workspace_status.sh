#!/bin/sh
# What `bazel build` stamps programs with: the commit of this checkout, if git
# knows it. A source tree inside someone else's repository has no commit.
if top=$(git rev-parse --show-toplevel 2>/dev/null) &&
  [ "$top" = "$(pwd -P)" ] &&
  commit=$(git rev-parse --verify --quiet HEAD) &&
  changes=$(git status --porcelain 2>/dev/null); then
  if [ -n "$changes" ]; then
    commit="$commit-dirty"
  fi
  echo "STABLE_LOCAL_SGD_VERSION $commit"
fi
