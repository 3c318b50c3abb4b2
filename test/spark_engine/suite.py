"""The Spark engine: what becomes of a pipeline's SQL and of the whole file, and that its tables are those of a native
run. SPARK_ENGINE=all (`make test-spark`) runs the long cases, too."""

from spark_engine import engine, sql


def cases():
    yield from engine.cases()
    yield from sql.cases()
