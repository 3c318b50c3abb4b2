#!/usr/bin/env bash
# Runs every suite, the failing ones too. Says at the end which failed; the last line counts them all.
# Needs the program and the optimised tests of build/release, the tests of build/debug and the Python
# packages (`make test` sees to that).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

home=${SLUICE_HOME:-$HOME/.cache/sluice}
jobs=${JOBS:-$(nproc)}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=() count_passed=0 count_failed=0 count_skipped=0

# suite NAME COMMAND...: runs it and keeps its output in $log for the counting.
suite() {
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  "$@" 2>&1 | tee "$log" || failed+=("$name")
  echo "== $name: $((SECONDS - start)) s"
}

count() {
  count_passed=$((count_passed + ${1:-0}))
  count_failed=$((count_failed + ${2:-0}))
  count_skipped=$((count_skipped + ${3:-0}))
}

# counted NAME COMMAND...: a suite whose last line says how many passed, failed and were skipped.
counted() {
  suite "$@"
  # shellcheck disable=SC2046  # three words on purpose
  count $(tail -1 "$log" | sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p')
}

python=$home/venv/bin/python
counted "unit tests that do more when optimised" "$python" tools/unit_tests.py build/release -L optimised -j "$jobs"
counted "unit tests under ASan and UBSan" "$python" tools/unit_tests.py build/debug -j "$jobs"
counted "system tests" "$python" test/run.py

((${#failed[@]} == 0)) || printf 'make test: failed: %s\n' "${failed[@]}"
echo "$count_passed passed, $count_failed failed, $count_skipped skipped"
((${#failed[@]} == 0))
