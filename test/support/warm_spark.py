"""One Spark session for many generated programs: a process that runs the program of each plan it is given."""

import json
import os
import subprocess
import tempfile
import threading
from pathlib import Path

from support.case import Failure
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
        settings = {**SETTINGS, **QUICK, "spark.jars": ",".join(map(str, spark_jars())),
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


def spark_jars(store=False):
    folder = FOLDER.parent / "spark-jars"
    files = sorted(jars(folder, HERE / "pom.xml", "Delta Lake for Spark", ARTIFACTS).glob("*.jar"))
    if store:
        files += sorted(jars(folder / "s3", HERE / "s3.xml", "S3 for Spark").glob("*.jar"))
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
