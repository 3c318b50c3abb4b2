#!/usr/bin/env bash
# Runs record.py with Apache Spark, which it installs first under $SLUICE_HOME/spark (pinned in
# requirements.txt, about 500 MB). Java 17 or newer must be on the machine.
#   spark.sh [arguments of record.py]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${SLUICE_HOME:-$HOME/.cache/sluice}/spark
java_version_min=17

fail() { printf 'referee: %s\n' "$*" >&2; exit 1; }

if [ -n "${JAVA_HOME:-}" ]; then java=$JAVA_HOME/bin/java; else java=$(command -v java || true); fi
[ -n "$java" ] && [ -x "$java" ] ||
  fail "Apache Spark needs Java $java_version_min or newer, and there is none: install it (on Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME"
version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
[ "${version:-0}" -ge "$java_version_min" ] ||
  fail "Apache Spark needs Java $java_version_min or newer; $java is version ${version:-unknown}"

stamp=$(cat "$here/requirements.txt" <(python3 --version) | sha256sum | cut -d' ' -f1)
if [ "$(cat "$venv/.stamp" 2>/dev/null)" != "$stamp" ]; then
  printf '==> Apache Spark -> %s (once; some minutes)\n' "$venv"
  mkdir -p "$(dirname "$venv")"
  [ -x "$venv/bin/python" ] && "$venv/bin/python" -c '' 2>/dev/null || python3 -m venv --clear "$venv" ||
    fail "python3 cannot make a virtual environment; on Debian: apt-get install python3-venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
  echo "$stamp" >"$venv/.stamp"
fi
export PYSPARK_PYTHON=$venv/bin/python
exec "$venv/bin/python" "$here/record.py" "$@"
