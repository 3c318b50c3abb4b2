"""Switches between `sluice run` and `sluice run --engine spark` of one file, under load on the real broker: a million rows
and four switches, with kill -9 in the middle of switches and of a batch of Spark's. Only with SOAK."""

import os
import signal
import subprocess

from handover.pipelines import PIPELINE, expect_ids, must_refuse, run, write_pipeline
from handover.switches import STREAM, Load, expect_txns, native, wait_for_batches
from support.broker import create_topic
from support.case import Case, Failure
from support.kafka import shared_kafka
from support.program import HANG_SECONDS, PROGRAM, environment, sluice
from support.spark import QUICK, SETTINGS
from support.warm_spark import spark_jars, spark_python

ROWS = 1_000_000
SWITCHES = 4
PARTITIONS = 3
JVM_SECONDS = 300
# A query for dead letters would be at another place than that of the sink, wherever Spark is killed.
ONE_QUERY = STREAM.replace("item: VARCHAR}}", "item: VARCHAR}}, on_error: fail", 1)
# Where the commands are killed: the ones to Spark, the ones from it.
KILLS = (("handover.marked", "handover.fenced"), ("handover.placed", "handover.entered"))


def cases():
    return [Case("spark/generated_program", switches)] if os.environ.get("SOAK") else []


def switches(folder):
    rows = int(os.environ.get("HANDOVER_ROWS", ROWS))
    address, topic = shared_kafka().address, f"handover-generated-{os.getpid()}"
    create_topic(address, topic, PARTITIONS)
    write_pipeline(folder, ONE_QUERY.format(address=address, topic=topic, limit=max(1, rows // 80)))
    load = Load(address, topic, rows, shares=SWITCHES + 1, seconds=20)
    load.start()
    load.go()
    for to, back in KILLS:
        native(folder, load)
        killed(folder, to, "--to", "spark")
        must_refuse(sluice("run", PIPELINE, cwd=folder), 3, "E_HANDED_OVER: after batch ")
        spark(folder, load, kill=to == KILLS[0][0])
        killed(folder, back, "--from", "spark")
    native(folder, load)
    load.end()
    run(folder, "--available-now")
    expect_ids(folder, range(rows), "after the last switch")
    expect_txns(folder, "shop/lake")


def killed(folder, point, *direction):
    """kill -9 in the middle of the command, which is then given once more."""
    first = sluice("handover", PIPELINE, *direction, cwd=folder, env={"SLUICE_CRASH": f"{point}:1"})
    if first.exit != -9:
        raise Failure(f"the command was not killed at {point}: exit {first.exit}\n{first.err}")
    sluice("handover", PIPELINE, *direction, cwd=folder).must_exit(0)


def spark(folder, load, kill):
    """The same file on Spark, ended by kill -9 within a batch, or by Ctrl+C."""
    settings = {**SETTINGS, **QUICK, "spark.driver.memory": "1g", "spark.sql.shuffle.partitions": "2",
                "spark.jars": ",".join(map(str, spark_jars())), "spark.sql.warehouse.dir": f"{folder}/warehouse"}
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    with open(folder / "spark.log", "ab") as log:
        # A group of its own, so that the JVM dies as well.
        process = subprocess.Popen([PROGRAM, "run", "--engine", "spark", PIPELINE, "--master", "local[2]", *words], cwd=folder,
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                   env=environment(SLUICE_PYTHON=spark_python(), SPARK_LOCAL_IP="127.0.0.1", TZ="UTC"))
    try:
        wait_for_batches(folder, "Spark", 3, JVM_SECONDS)
        load.go()
        wait_for_batches(folder, "Spark", 5)
        if not kill:
            os.kill(process.pid, signal.SIGINT)
            process.wait(HANG_SECONDS)
            if process.returncode:
                raise Failure(f"Spark ended with {process.returncode}\n{(folder / 'spark.log').read_text()[-3000:]}")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
