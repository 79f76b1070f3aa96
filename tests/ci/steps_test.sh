#!/bin/bash
# What .ci/run makes of its steps, and of a user's .bazelrc.local.
set -uo pipefail

ci=$TEST_SRCDIR/local_sgd/.ci
fail() {
  echo "$*" >&2
  exit 1
}

# Of steps that pass, fail, or show a part of their things.
summary_of() { # STEP...
  bash -c 'source "$1/steps"
    partly() { echo shown; echo "SKIPPED: the rest: none here" >&2; return 77; }
    shift
    for name; do step "the $name" "$name" >/dev/null; done
    summary' bash "$ci" "$@"
}
found=$(summary_of true false partly) && fail "a failed step is no failure"
grep -qx '1 passed, 1 failed, 1 skipped' <<<"$found" || fail "counts: $found"
diff <(sed -n '/^== NOT SHOWN/,$p' <<<"$found") - <<'END' || fail "not listed"
== NOT SHOWN
the partly
  the rest: none here
== FAILED
the false
1 passed, 1 failed, 1 skipped
END
found=$(summary_of true partly) || fail "a skipped step is a failure"
grep -qx '1 passed, 0 failed, 1 skipped' <<<"$found" || fail "counts: $found"
! grep -q FAILED <<<"$found" || fail "$found"

# --config=ci stands there meanwhile, and no longer, however the run ends.
cd "$(mktemp -d "$TEST_TMPDIR/settings.XXXXXX")" || exit 1
strict() { # COMMAND: after the settings
  bash -c 'source "$1/strict_settings"; eval "$2"' bash "$ci" "$1"
}
strict 'grep -q "^build --config=ci " .bazelrc.local' || fail "no --config=ci"
[ ! -e .bazelrc.local ] || fail "a file of ours stays"
printf 'build --jobs=1' >.bazelrc.local # without an end of line
strict 'grep -c . .bazelrc.local' | grep -qx 2 || fail "not two lines"
[ "$(cat .bazelrc.local)" = 'build --jobs=1' ] || fail "the user's line is gone"
strict 'kill -TERM $$'
[ "$(cat .bazelrc.local)" = 'build --jobs=1' ] || fail "after SIGTERM"
strict 'kill -KILL $$'
grep -q '^build --config=ci ' .bazelrc.local || fail "after SIGKILL it may stay"
strict 'grep -c config=ci .bazelrc.local' | grep -qx 1 || fail "twice"
[ "$(cat .bazelrc.local)" = 'build --jobs=1' ] || fail "the next run leaves it"
echo passed
