"""One Spark session for many exported programs: a process that runs each that it is given."""

import contextlib
import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path

from support.case import Failure, Skip
from support.java import jars
from support.program import ROOT
from support.shared import Shared
from support.spark import ARTIFACTS, FOLDER, HERE, QUICK, SETTINGS, python

PACKAGE = ROOT / "spark"
SCRIPT = ROOT / "test" / "spark_engine" / "warm_session.py"


class WarmSpark:
    """Runs one program after the other; the session's temp views are dropped between them."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="sluice-spark-")
        self._lock = threading.Lock()
        settings = {**SETTINGS, **QUICK, "spark.jars": ",".join(map(str, [*spark_jars(), *more_jars()])),
                    "spark.driver.memory": "1g", "spark.sql.shuffle.partitions": "2",
                    "spark.sql.streaming.numRecentProgressUpdates": "1000",
                    "spark.sql.warehouse.dir": str(Path(self._folder.name) / "warehouse")}
        env = environment() | {"SPARK_SETTINGS": json.dumps(settings)}
        self._log = open(Path(self._folder.name) / "log", "w+")
        self._process = subprocess.Popen([spark_python(), SCRIPT], env=env, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=self._log, text=True)

    def ask(self, **request):
        """The answer to a request, a dict; Failure with what Spark says."""
        with self._lock:
            try:
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
                line = self._process.stdout.readline()
                while line and not line.startswith('{"answer"'):
                    line = self._process.stdout.readline()
            except BrokenPipeError:
                line = ""
            if not line:
                self._log.seek(0)
                raise Failure("the Spark session has ended:\n" + self._log.read()[-3000:])
        answer = json.loads(line)["answer"]
        if "error" in answer:
            raise Failure(answer["error"])
        return answer

    def stop(self):
        self._process.stdin.close()
        self._process.wait(120)
        self._folder.cleanup()


# What not every case needs: the name of a POM and of its jars' folder, and the words for it.
MORE = {"s3": "S3 for Spark", "avro": "Avro for Spark", "cassandra": "Cassandra for Spark",
        "protobuf": "Protobuf for Spark"}


def spark_jars(*names):
    """Those of Delta and Kafka, and of these MORE. Raises Skip when they cannot be had."""
    folder = FOLDER.parent / "spark-jars"
    files = sorted(jars(folder, HERE / "pom.xml", "Delta Lake for Spark", ARTIFACTS).glob("*.jar"))
    for name in names:
        files += sorted(jars(folder / name, HERE / f"{name}.xml", MORE[name]).glob("*.jar"))
    return files


def more_jars():
    """All MORE that can be had, for one session that serves every case."""
    files = []
    for name in MORE:
        with contextlib.suppress(Skip):
            files += [file for file in spark_jars(name) if file.parent.name == name]
    return files


def spark_python():
    """The Python that has pyspark, delta-spark and sqlglot."""
    return os.environ.get("SLUICE_PYTHON") or python()


def environment(**extra):
    return {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONPATH": str(PACKAGE), "TZ": "UTC",
            "PYSPARK_PYTHON": str(spark_python()), **{name: str(value) for name, value in extra.items()}}


_shared = Shared(WarmSpark)
shared_spark = _shared.get
stop_shared_spark = _shared.stop
