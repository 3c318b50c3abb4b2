#!/usr/bin/env bash
# Runs every suite, the failing ones too, and says at the end which failed.
# Wants build/release, the tests of build/debug and the Python packages (`make test` sees to that).
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

home=${SLUICE_HOME:-$HOME/.cache/sluice}
jobs=${JOBS:-$(nproc)}
failed=()
suite() {
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  "$@" || failed+=("$name")
  echo "== $name: $((SECONDS - start)) s"
}

suite "unit tests" ctest --test-dir build/release --output-on-failure -j "$jobs"
suite "unit tests under ASan and UBSan" ctest --test-dir build/debug --output-on-failure -j "$jobs"
if [ -e test/run.py ]; then
  suite "system tests" "$home/venv/bin/python" test/run.py
fi
((${#failed[@]} == 0)) || { printf 'make test: failed: %s\n' "${failed[@]}"; exit 1; }
echo "make test: all suites passed"
