#!/usr/bin/env python3
"""A real Apache Kafka broker (KRaft, one node) on free loopback ports, from Maven's jars.

As a program: test/support/kafka.py  starts one, prints its address, stops it at Ctrl+C.
"""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.case import Failure, Skip

HOME = Path(os.environ.get("SLUICE_HOME", Path.home() / ".cache" / "sluice"))
HERE = Path(__file__).resolve().parent / "kafka"

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}/log
num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.retention.hours=-1
message.max.bytes=20971520
"""


def java():
    """The Java program, of version 17 or newer. Raises Skip when there is none."""
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else shutil.which("java")
    if not program or not Path(program).exists():
        raise Skip("no java here; a real Kafka needs a JDK of version 17 or newer "
                   "(Debian: apt-get install openjdk-17-jre-headless)")
    lines = subprocess.run([program, "-version"], capture_output=True, text=True).stderr
    version = lines.split('"')[1] if '"' in lines else "0"
    if int(version.split(".")[0]) < 17:
        raise Skip(f"java {version} is too old for Kafka 4; it needs 17 or newer")
    return program


def jars():
    """The folder of the broker's jars; fetched by Maven the first time."""
    folder = HOME / "kafka" / "jars"
    stamp, wanted = folder / ".stamp", (HERE / "pom.xml").read_text()
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != wanted:
            maven = shutil.which("mvn")
            if not maven:
                raise Skip("no mvn here to fetch Apache Kafka with "
                           "(Debian: apt-get install maven)")
            fetch = subprocess.run(
                [maven, "-q", "-B", "-f", HERE / "pom.xml", "dependency:copy-dependencies",
                 "-DincludeScope=runtime", f"-DoutputDirectory={folder}"],
                capture_output=True, text=True)
            if fetch.returncode:
                raise Skip("Maven could not fetch Apache Kafka: "
                           + (fetch.stdout + fetch.stderr).strip()[-400:])
            stamp.write_text(wanted)
    return folder


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Kafka:
    """A broker that lives until stop(). `address` is for clients."""

    START_ATTEMPTS = 5  # somebody else may take a port between our look and the broker's
    HANG_SECONDS = 300

    def __init__(self):
        self.java, self.classpath = java(), f"{jars()}/*:{HERE}"
        data = HOME / "kafka" / "data"
        data.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=data))
        self.process = None
        for _ in range(self.START_ATTEMPTS):
            if self._start():
                return
        log = (self.folder / "server.log").read_text(errors="replace")
        raise Failure("Apache Kafka does not start:\n" + log[-2000:])

    def _start(self):
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        config, log = self.folder / "server.properties", self.folder / "server.log"
        shutil.rmtree(self.folder / "log", ignore_errors=True)
        config.write_text(PROPERTIES.format(port=port, controller_port=free_port(),
                                            folder=self.folder))
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        subprocess.run([self.java, "-Xmx128m", "-cp", self.classpath, "kafka.tools.StorageTool",
                        "format", "-t", cluster, "-c", config],
                       check=True, capture_output=True)
        with open(log, "wb") as out:
            # A session of its own: Ctrl+C must not reach it before the programs that talk to it.
            self.process = subprocess.Popen(
                [self.java, "-Xms512m", "-Xmx768m", "-XX:+UseSerialGC", "-cp", self.classpath,
                 "kafka.Kafka", config], stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True)
        deadline = time.monotonic() + self.HANG_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if "Kafka Server started" in log.read_text(errors="replace"):
                return True
            time.sleep(0.05)
        self._end_process()
        return False

    def _end_process(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self._end_process()  # its data is thrown away: there is nothing to close in order
        shutil.rmtree(self.folder, ignore_errors=True)


_shared = None
_shared_lock = threading.Lock()


def shared_kafka():
    """The broker that all cases of this run share; started when first asked for."""
    global _shared
    with _shared_lock:
        if isinstance(_shared, Skip):
            raise _shared
        if _shared is None:
            try:
                _shared = Kafka()
            except Skip as reason:
                _shared = reason
                raise
        return _shared


def stop_shared_kafka():
    if isinstance(_shared, Kafka):
        _shared.stop()


if __name__ == "__main__":
    broker = Kafka()
    try:
        # Also where a shell that runs it in the background lets it ignore Ctrl+C.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: sys.exit())
        print(broker.address, flush=True)
        while True:
            signal.pause()
    finally:
        broker.stop()
