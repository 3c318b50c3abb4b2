#!/usr/bin/env bash
# Runs record.py with Apache Spark, which is installed first (test/support/spark.py).
#   spark.sh [arguments of record.py]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PYSPARK_PYTHON=$(python3 "$here/../support/spark.py")
export PYSPARK_PYTHON
exec "$PYSPARK_PYTHON" "$here/record.py" "$@"
