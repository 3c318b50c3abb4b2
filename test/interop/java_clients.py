"""Kafka's own Java clients (those of Spark and of the newest Kafka) against `sluice broker`."""

import shutil
import subprocess
from pathlib import Path

from support.broker import EmbeddedBroker
from support.case import Case, Skip, expect_equal
from support.java import HOME, java
from support.kafka import broker_jars

PROGRAM = Path(__file__).resolve().parent / "JavaClient.java"
RECORDS = ("[0:0 k0=true 0, 0:1 k2=true 2, 0:2 k0=false 0, 0:3 k2=false 2, 1:0 k1=true 1, 1:1 k1=false 1]")
EXPECTED = f"""\
topics [made:2]
ends {{0=4, 1=2}}
assigned {RECORDS}
subscribed {RECORDS}
committed {{0=4, 1=2}}
transactions [1:2 k=first, 1:4 k=second]
"""


def cases():
    yield Case("java_clients_of_kafka", lambda folder: java_client(folder, broker_jars()))
    yield Case("java_clients_of_spark", lambda folder: java_client(folder, spark_jars()))


def spark_jars():
    """The client that Spark's Kafka source brings along, where Spark is installed."""
    folder = HOME / "spark-jars"
    clients = list(folder.glob("kafka-clients-*.jar"))
    logging = list((HOME / "spark").glob("lib/python*/site-packages/pyspark/jars"))
    if not clients or not logging:
        raise Skip("Spark is not installed; `make referee` installs it")
    return f"{clients[0]}:{logging[0]}/*"


def java_client(folder, jars):
    path = jars if isinstance(jars, str) else f"{jars}/*"
    program = java("Kafka's Java clients")
    compiler = Path(program).resolve().parent / "javac"
    if not compiler.exists() and not shutil.which("javac"):
        raise Skip("no javac here (Debian: apt-get install openjdk-17-jdk-headless)")
    broker = EmbeddedBroker(folder)
    try:
        # java FILE compiles it in memory.
        done = subprocess.run([program, "-XX:TieredStopAtLevel=1", "-cp", path, PROGRAM, broker.address, "made"],
                              cwd=folder,
                              capture_output=True, text=True, timeout=300)
    finally:
        broker.stop()
    told = "".join(line + "\n" for line in done.stdout.splitlines() if line.split(" ")[0] in EXPECTED.split())
    expect_equal(EXPECTED, told or done.stderr[-2000:], "what the Java client saw")
