#!/usr/bin/env bash
# Runs every check and says at the end which failed. Needs a build/release (`make build`).
#   tools/check.sh [FOLDER...]     only the files under these folders
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

failed=()
for check in words files paths errors layers borders format program headers tidy; do
  start=$EPOCHREALTIME
  if python3 "tools/check_$check.py" "$@"; then verdict=ok; else verdict=FAILED failed+=("$check"); fi
  printf '%-8s %s (%.1f s)\n' "$check" "$verdict" "$(awk "BEGIN { print $EPOCHREALTIME - $start }")"
done
((${#failed[@]} == 0)) || { echo "make check: failed: ${failed[*]}"; exit 1; }
echo "make check: all checks passed"
