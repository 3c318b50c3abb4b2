"""Pipelines on the Spark engine: what is generated, without a JVM; with SPARK_ENGINE=all (`make test-spark`) what it
writes, beside what sluice writes of the same input."""

import os

from spark_engine import binary, cql, decoding, examples, functions, pipelines, program, remote, runs, stores


def cases():
    yield from program.cases()
    if os.environ.get("SPARK_ENGINE") == "all":
        yield from decoding.cases()
        yield from examples.cases()
        yield from runs.cases()
        yield from functions.cases()
        yield from remote.cases()
        yield from pipelines.cases()
        yield from stores.cases()
        yield from binary.cases()
        yield from cql.cases()
