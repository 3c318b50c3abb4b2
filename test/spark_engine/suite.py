"""The Spark engine: what becomes of a pipeline's SQL and of the whole file, and that its tables are those of a native
run. SPARK_ENGINE=all (`make test-spark`) runs the long cases, too."""

import os

from spark_engine import examples, program, sql


def cases():
    yield from program.cases()
    yield from sql.cases()
    if os.environ.get("SPARK_ENGINE") == "all":
        yield from examples.cases()
