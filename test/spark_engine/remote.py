"""Spark Connect: the program is here, its session is a server's."""

import re
import subprocess
import time

from spark_engine.both import expect_same_tables, native
from spark_engine.runs import ORDERS, ROWS, orders_topic, spark_home
from support.case import Case, Failure, expect_equal
from support.kafka import free_port
from support.program import HANG_SECONDS, ROOT, indent, sluice
from support.spark import QUICK, SETTINGS
from support.warm_spark import PACKAGE, environment, spark_jars, spark_python

# Python without some of what --remote needs.
WITHOUT = """\
import importlib.util, runpy, sys
sys.path.insert(0, sys.argv.pop(1))
known = importlib.util.find_spec
importlib.util.find_spec = lambda name: None if name in ("grpc", "pandas") else known(name)
runpy.run_module("sluice_spark", run_name="__main__")
"""
TABLES = [("bronze", "delta"), ("shops", "delta"), ("small", "delta")]


def cases():
    yield Case("run/remote", remote)
    yield Case("run/remote_refused", refused)


def remote(folder):
    """`sluice run --engine spark --remote`, twice: the second run has nothing to add."""
    (folder / "pipeline.yaml").write_text(ORDERS + "trigger: available_now\n")
    env = orders_topic(ROWS)
    native("pipeline.yaml", {**env, "OUT": folder / "native"}, folder)
    with Server(folder) as server:
        texts = [sluice("run", "--engine", "spark", "pipeline.yaml", "--remote", server.address, "--python", spark_python(),
                        "--progress", "log", cwd=folder, env={**env, "OUT": folder / "spark", "TZ": "UTC"}).must_exit(0).err
                 for _ in range(2)]
    if not re.search(rf"  bronze +6 batches, {ROWS} rows read\n", texts[0]):
        raise Failure("the first run:\n" + indent(texts[0], "  | "))
    if "batch 0:" in texts[1]:
        raise Failure("the second run began at the beginning:\n" + indent(texts[1], "  | "))
    expect_same_tables(folder / "native", folder / "spark", TABLES)
    expect_same_tables(folder / "native", folder / "spark", [("rejected", "delta")], leave_out=("batch", "reason", "timestamp"))


def refused(folder):
    """What is missing or not there is said at once, and how to fix it."""
    (folder / "pipeline.yaml").write_text(ORDERS)
    env = {"KAFKA_BROKERS": "127.0.0.1:9", "TOPIC": "t", "OUT": folder}
    words = ("run", "--engine", "spark", "pipeline.yaml", "--python", spark_python(), "--remote")
    closed = f"127.0.0.1:{free_port()}"
    for remote, code, text in (
            (f"sc://{closed}", 1, f"error: --remote: nothing answers at {closed} (Connection refused): start a Spark Connect "),
            ("spark://head:7077", 2, "error: --remote spark://head:7077: write sc://HOST or sc://HOST:PORT (15002 otherwise)"),
            ("sc://head:x", 2, "error: --remote sc://head:x: write sc://HOST")):
        done = sluice(*words, remote, cwd=folder, env=env).must_exit(code)
        if text not in done.err:
            raise Failure(f"{text}\nis not in\n{done.err}")
    done = subprocess.run([spark_python(), "-c", WITHOUT, PACKAGE, "run", "--remote", "sc://head"], input="{}", text=True,
                          capture_output=True)
    expect_equal(2, done.returncode, f"exit code, with\n{done.stderr}")
    if "--remote needs grpc, pandas in " not in done.stderr or "-m pip install 'pyspark[connect]==4.2.0'" not in done.stderr:
        raise Failure(done.stderr)


class Server:
    """A Spark Connect server on loopback, with Delta Lake and Kafka."""

    def __init__(self, folder):
        port = free_port()
        self.address = f"sc://127.0.0.1:{port}"
        self._log = folder / "server.log"
        settings = {**SETTINGS, **QUICK, "spark.sql.shuffle.partitions": "2", "spark.sql.warehouse.dir": f"{folder}/warehouse",
                    "spark.connect.grpc.binding.address": "127.0.0.1", "spark.connect.grpc.binding.port": port,
                    "spark.jars": ",".join(map(str, spark_jars()))}
        words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        with open(self._log, "w") as out:
            self._process = subprocess.Popen(
                [spark_home() / "bin" / "spark-submit", "--master", "local[2]", "--driver-memory", "1g", *words, "--class",
                 "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"], cwd=ROOT, stdout=out, stderr=out,
                env=environment(SPARK_HOME=spark_home()))
        deadline = time.monotonic() + HANG_SECONDS
        while "Spark Connect server started at" not in self._log.read_text():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Failure("the server did not start:\n" + indent(self._log.read_text()[-3000:], "  | "))
            time.sleep(0.2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
