"""`sluice run --engine spark` as a process of its own: killed, ended by Ctrl+C, on a cluster."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

from spark_engine.both import expect_same_tables, native, plan_of
from spark_engine.examples import topic_of
from support.case import Case, Failure, expect_equal
from support.kafka import free_port
from support.program import HANG_SECONDS, ROOT, indent, sluice
from support.spark import QUICK, SETTINGS
from support.warm_spark import environment, spark_jars, spark_python

ORDERS = """\
name: orders
sources:
  orders:
    kafka: {brokers: "${KAFKA_BROKERS}", topic: "${TOPIC}", max_records_per_trigger: 40}
    format: {json: {schema: {id: BIGINT, shop: VARCHAR, amount: "DECIMAL(10,2)"}}}
    dead_letter: {delta: {path: "${OUT}/rejected"}}
views:
  shops: SELECT shop, count(*) AS orders, sum(amount) AS amount FROM orders GROUP BY shop
  small: SELECT shop, count(*) AS orders FROM orders GROUP BY shop HAVING count(*) < 100
sinks:
  bronze: {from: orders, delta: {path: "${OUT}/bronze"}}
  shops: {from: shops, mode: upsert, key: [shop], delta: {path: "${OUT}/shops"}}
  small: {from: small, mode: upsert, key: [shop], delta: {path: "${OUT}/small"}}
checkpoint: "${OUT}/checkpoint"
"""
ROWS = 240
KILLS = 2

REFUSED_BY_SPARK = """\
name: joined
sources:
  orders: {json_lines: {path: in, schema: {id: BIGINT, shop: VARCHAR, ts: TIMESTAMP}}}
  paid: {json_lines: {path: paid, schema: {id: BIGINT, ts: TIMESTAMP}}}
views:
  ids: SELECT o.id, o.shop FROM orders o SEMI JOIN paid p ON o.id = p.id
sinks:
  shown: {from: orders, console: {}}
  ids: {from: ids, console: {}}
trigger: available_now
checkpoint: check
"""


def cases():
    yield Case("run/killed", killed)
    yield Case("run/interrupted", interrupted)
    yield Case("run/cluster", cluster)
    yield Case("check/analysis", analysis)


class Engine:
    """`python3 -m sluice_spark WORDS` in a process group of its own, with its JVM."""

    def __init__(self, *words, plan, folder, env=None, **conf):
        settings = {**SETTINGS, **QUICK, "spark.driver.memory": "1g", "spark.sql.shuffle.partitions": "2",
                    "spark.jars": ",".join(map(str, spark_jars())), "spark.sql.warehouse.dir": f"{folder}/warehouse", **conf}
        pairs = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        (folder / "plan.json").write_text(json.dumps(plan))
        with open(folder / "plan.json") as given:
            self.process = subprocess.Popen([spark_python(), "-m", "sluice_spark", *words, *pairs], stdin=given, cwd=ROOT,
                                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                            env=environment(**(env or {})), start_new_session=True)
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def wait_for(self, pattern, count=1):
        deadline = time.monotonic() + HANG_SECONDS
        while len(re.findall(pattern, "".join(self.lines))) < count:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failure(f"ended before {pattern} came {count} times\n" + indent("".join(self.lines), "  | "))
            time.sleep(0.05)

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def finish(self, code=0):
        self.process.wait(HANG_SECONDS)
        self._reader.join(10)
        text = "".join(self.lines)
        if self.process.returncode != code:
            raise Failure(f"exit code: expected {code}, got {self.process.returncode}\n" + indent(text, "  | "))
        return text


def orders_topic(rows):
    records = [json.dumps({"id": number, "shop": f"s{number % 7 if number % 50 else 9}", "amount": f"{number}.25"}).encode()
               for number in range(rows)]
    records[17], records[170] = b"not json", b'{"id": "x"}'
    return topic_of(records)


def killed(folder):
    """kill -9 in the middle, twice, and to the end: the Delta tables are those of sluice."""
    (folder / "pipeline.yaml").write_text(ORDERS)
    env = orders_topic(ROWS)
    native("pipeline.yaml", {**env, "OUT": folder / "native"}, folder)
    plan = plan_of("pipeline.yaml", {**env, "OUT": folder / "spark"}, folder)
    for number in range(KILLS):
        engine = Engine("run", "--master", "local[2]", plan=plan, folder=folder)
        engine.wait_for(r"\] batch \d+: rows=", 4)
        engine.kill()
    text = Engine("run", "--master", "local[2]", plan=plan, folder=folder).finish()
    if "[bronze] batch 0:" in text:
        raise Failure("the last run began at the beginning\n" + text)
    expect_same_tables(folder / "native", folder / "spark",
                       [("bronze", "delta"), ("shops", "delta"), ("small", "delta")])
    expect_same_tables(folder / "native", folder / "spark", [("rejected", "delta")], leave_out=("batch", "reason", "timestamp"))
    listed = sluice("deadletter", "list", "pipeline.yaml", cwd=folder, env={**env, "OUT": folder / "spark"}).must_exit(0).out
    expect_equal(True, "2 dead letters" in listed, f"sluice lists Spark's dead letters\n{listed}")


def interrupted(folder):
    """Ctrl+C: the batch is finished, the exit code says so, and the next run goes on."""
    (folder / "pipeline.yaml").write_text(ORDERS)
    env = orders_topic(ROWS)
    env["OUT"] = str(folder / "spark")
    plan = plan_of("pipeline.yaml", env, folder)
    plan["trigger"] = {"kind": "every", "every_us": 200_000}
    engine = Engine("run", "--master", "local[2]", "--progress", "log", plan=plan, folder=folder)
    engine.wait_for(r"\[bronze\] batch 1: ")
    os.kill(engine.process.pid, signal.SIGINT)
    text = engine.finish(0)
    for words in ("stopping: the current batch is finished first", "orders: 4 queries on Spark in"):
        if words not in text:
            raise Failure(f"{words} is not in\n{text}")
    if "Traceback" in text or "error:" in text:
        raise Failure(text)


def analysis(folder):
    """Spark's own analysis speaks before anything starts, with the sink's place."""
    (folder / "pipeline.yaml").write_text(REFUSED_BY_SPARK)
    plan = plan_of("pipeline.yaml", {}, folder)
    plan["folder"] = str(folder)
    text = Engine("check", plan=plan, folder=folder).finish(2)
    if "pipeline.yaml:9:3: sink ids: Spark refuses its query: " not in text or "sink shown" in text:
        raise Failure(text)
    text = Engine("run", plan=plan, folder=folder).finish(2)
    if "sink ids: Spark refuses its query: " not in text or (folder / "check" / "spark").exists():
        raise Failure(text)
    plan["sinks"] = plan["sinks"][:1]
    text = Engine("check", plan=plan, folder=folder).finish(0)
    if "joined: Spark 4." not in text:
        raise Failure(text)


def cluster(folder):
    """The exported program, unchanged, by spark-submit on a standalone cluster with two workers."""
    (folder / "pipeline.yaml").write_text(ORDERS)
    env = orders_topic(ROWS)
    native("pipeline.yaml", {**env, "OUT": folder / "native"}, folder)
    plan = plan_of("pipeline.yaml", {**env, "OUT": folder / "spark"}, folder)
    plan_file, program = folder / "plan.json", folder / "program.py"
    plan_file.write_text(json.dumps(plan))
    with open(plan_file) as given:
        subprocess.run([spark_python(), "-m", "sluice_spark", "export", "--to", "pyspark", "-o", program], stdin=given,
                       env=environment(), check=True, capture_output=True)
    with Cluster(folder) as master:
        settings = {**SETTINGS, **QUICK, "spark.sql.shuffle.partitions": "2", "spark.executor.memory": "512m",
                    "spark.sql.warehouse.dir": f"{folder}/warehouse", "spark.log.level": "ERROR"}
        pairs = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        done = subprocess.run([master.home / "bin" / "spark-submit", "--master", master.url, "--driver-memory", "1g", "--jars",
                               ",".join(map(str, spark_jars())), *pairs, program], cwd=folder, capture_output=True, text=True,
                              env=environment(**env, OUT=folder / "spark"), timeout=HANG_SECONDS)
        if done.returncode:
            raise Failure(f"spark-submit ended with {done.returncode}\n{indent(done.stdout + done.stderr, '  | ')}")
        expect_equal(2, master.executors(), "workers that had an executor")
    expect_same_tables(folder / "native", folder / "spark", [("bronze", "delta"), ("shops", "delta"), ("small", "delta")])


def spark_home():
    """The folder of Spark's own programs."""
    return Path(subprocess.run([spark_python(), "-c", "import pyspark, os; print(os.path.dirname(pyspark.__file__))"],
                               capture_output=True, text=True, check=True).stdout.strip())


class Cluster:
    """A master and two workers with a core each, on loopback."""

    def __init__(self, folder):
        self.home, self.folder = spark_home(), folder
        self.processes, self.logs = [], []
        port = free_port()
        self.url = f"spark://127.0.0.1:{port}"
        self._start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", port,
                    "--webui-port", free_port())
        self._wait(0, "I have been elected leader")
        for number in (1, 2):
            self._start(f"worker{number}", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1",
                        "--memory", "600m", "--webui-port", free_port(), "--work-dir", folder / f"work{number}", self.url)
        for number in (1, 2):
            self._wait(number, "Successfully registered with master")

    def _start(self, name, *words):
        log = self.folder / f"{name}.log"
        with open(log, "w") as out:
            self.processes.append(subprocess.Popen(
                [self.home / "bin" / "spark-class", *map(str, words)], stdout=out, stderr=out,
                env=environment(SPARK_HOME=self.home, SPARK_DAEMON_MEMORY="256m", SPARK_LOG_DIR=self.folder)))
        self.logs.append(log)

    def _wait(self, number, words):
        deadline = time.monotonic() + 120
        while words not in self.logs[number].read_text():
            if self.processes[number].poll() is not None or time.monotonic() > deadline:
                raise Failure(f"{self.logs[number].name}: {self.logs[number].read_text()[-2000:]}")
            time.sleep(0.2)

    def executors(self):
        """How many workers have started one."""
        return sum("Asked to launch executor" in log.read_text() for log in self.logs[1:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()
