#!/usr/bin/env python3
"""Apache Spark, with Delta Lake and Kafka: installed once under $SLUICE_HOME/spark (about 600 MB).

As a program: test/support/spark.py  installs it and prints its Python; for test/referee/spark.sh.
"""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.case import Failure, Skip
from support.java import HOME, jars, java

HERE = Path(__file__).resolve().parent / "spark"
FOLDER = HOME / "spark"
# Only what the pyspark package lacks: a second copy of hadoop or parquet would clash with its own.
ARTIFACTS = ("spark-sql-kafka-0-10_2.13", "spark-token-provider-kafka-0-10_2.13", "kafka-clients",
             "commons-pool2", "delta-spark_4.2_2.13", "delta-storage", "delta-kernel-api",
             "delta-kernel-defaults", "delta-kernel-unitycatalog", "unitycatalog-client",
             "unitycatalog-hadoop")
SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}

# Small tables, many plans: compiling each plan would take longer than running it, and Delta would read
# each log in 50 tasks and look for a VACUUM's files in 10,000.
QUICK = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",
}

# Before every script: `spark`, a session that reads and writes Delta and Kafka.
HEAD = """\
import json, os, sys
from pyspark.sql import SparkSession
builder = SparkSession.builder.master(os.environ["SPARK_MASTER"])
for name, value in json.loads(os.environ["SPARK_SETTINGS"]).items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
spark.sparkContext.setLogLevel("OFF")
"""

# For bench/: CPU seconds and the highest memory in MiB of the whole JVM.
MEASURE = """\
jvm = spark._jvm.java.lang.ProcessHandle.current().pid()
def cpu():
    fields = open(f"/proc/{jvm}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
def memory():
    lines = open(f"/proc/{jvm}/status").read()
    return int(lines.split("VmHWM:")[1].split()[0]) / 1024
spark.range(1000000).selectExpr("sum(id)").collect()
"""


def python():
    """The Python that has pyspark; installs it the first time. Raises Skip when it cannot be had."""
    java("Apache Spark")
    wanted = (HERE / "requirements.txt").read_text() + sys.version
    stamp = hashlib.sha256(wanted.encode()).hexdigest()
    program, known = FOLDER / "bin" / "python", FOLDER / ".installed"
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with open(FOLDER.parent / "spark.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if known.exists() and known.read_text() == stamp and program.exists():
            return program
        print(f"==> Apache Spark -> {FOLDER} (once; some minutes)", file=sys.stderr, flush=True)
        for command in ([sys.executable, "-m", "venv", FOLDER],
                        [program, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                         "-r", HERE / "requirements.txt"]):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise Skip("Apache Spark could not be installed: "
                           + (done.stdout + done.stderr).strip()[-400:])
        known.write_text(stamp)
    return program


def store_settings(server):
    """For run(): s3a:// paths are those of a test's S3 server."""
    from support.s3 import ACCESS_KEY, REGION, SECRET_KEY

    return {f"spark.hadoop.fs.s3a.{name}": value for name, value in {
        "endpoint": server.endpoint, "endpoint.region": REGION, "access.key": ACCESS_KEY,
        "secret.key": SECRET_KEY, "path.style.access": "true"}.items()}


def run(script, *arguments, settings=None, store=None, cores=2, memory="1g", heating="C1"):
    """Runs a PySpark script (it finds `spark`, `json`, `os`, `sys`) and gives its standard output.
    `store`: the S3 server behind s3a:// paths. `heating` C1 is for small tables (QUICK), "all" for measuring."""
    program, options = prepared(store, cores, memory, heating)
    with tempfile.TemporaryDirectory(prefix="sluice-spark-") as warehouse:
        options["spark.sql.warehouse.dir"] = warehouse  # else one in whatever folder this is run from
        env = environment({**options, **(settings or {})}, program, cores)
        done = subprocess.run([program, "-c", HEAD + script, *map(str, arguments)], env=env, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Failure("Spark failed:\n" + (done.stdout + done.stderr)[-3000:])
    return done.stdout


def prepared(store=None, cores=2, memory="1g", heating="C1"):
    """The Python, and the settings of a session."""
    program = python()
    folder = FOLDER.parent / "spark-jars"
    files = sorted(jars(folder, HERE / "pom.xml", "Delta Lake for Spark", ARTIFACTS).glob("*.jar"))
    if store:
        files += sorted(jars(folder / "s3", HERE / "s3.xml", "S3 for Spark").glob("*.jar"))
    options = {**SETTINGS, **(store_settings(store) if store else {}),
               "spark.jars": ",".join(map(str, files)),
               "spark.driver.memory": memory, "spark.sql.shuffle.partitions": str(cores)}
    if heating == "C1":
        options |= QUICK
    return program, options


def environment(options, program, cores):
    return {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": str(program),
            "SPARK_MASTER": f"local[{cores}]", "SPARK_SETTINGS": json.dumps(options)}


# After a script that defines functions: calls them by name, as lines of JSON ask for, until the input ends.
CALLS = """
for line in sys.stdin:
    name, arguments = json.loads(line)
    try:
        answer = {"value": globals()[name](**arguments)}
    except Exception as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
"""


class WarmSpark:
    """One JVM for several questions: the script defines functions, call() calls them."""

    def __init__(self, folder, script, cores=2):
        program, options = prepared(cores=cores)
        options["spark.sql.warehouse.dir"] = str(folder / "warehouse")
        with open(folder / "spark.log", "wb") as log:
            self.process = subprocess.Popen([program, "-c", HEAD + script + CALLS], cwd=folder, text=True,
                                            env=environment(options, program, cores), stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=log)
        self.log = folder / "spark.log"

    def call(self, name, /, **arguments):
        """What the function gives; Failure with what it raised."""
        self.process.stdin.write(json.dumps([name, arguments]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Failure("Spark ended:\n" + self.log.read_text(errors="replace")[-3000:])
        answer = json.loads(line)
        if "error" in answer:
            raise Failure(f"Spark: {name}: {answer['error'][:2000]}")
        return answer["value"]

    def stop(self):
        """Its JVM goes with it."""
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


if __name__ == "__main__":
    try:
        print(python())
    except Skip as reason:
        sys.exit(f"spark: {reason}")
