#!/usr/bin/env python3
"""A real Apache Kafka broker (KRaft, one node) on free loopback ports, from Maven's jars.

As a program: test/support/kafka.py  starts one, prints its address, stops it at Ctrl+C.
"""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.case import Failure
from support.java import HOME, jars, java
from support.secure_kafka import PORTS, SecurePorts
from support.shared import Shared

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

# Beside the plain port, one whose clients are sent to a proxy.
PROXIED = """\
listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{own},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{proxy}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
"""


def broker_jars():
    """The folder of the broker's jars."""
    return jars(HOME / "kafka" / "jars", HERE / "pom.xml", "Apache Kafka")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def replace_listeners(config, text):
    lines = [line for line in config.read_text().splitlines()
             if not line.startswith(("listeners=", "advertised.listeners="))]
    config.write_text("\n".join(lines) + "\n" + text)


class Kafka:
    """A broker that lives until stop(). `address` is for clients; with `secure` there are those of SecurePorts, too:
    at("ssl"), `authority`. Clients of `proxy` (KafkaProxy) come through it to a port of their own. `heating`: "C1"
    starts in half of the CPU time, "all" is for measuring."""

    START_ATTEMPTS = 5  # somebody else may take a port between our look and the broker's
    HANG_SECONDS = 300

    def __init__(self, secure=False, proxy=None, heating="C1"):
        self.secure, self.proxy = secure, proxy
        self.compiler = ["-XX:TieredStopAtLevel=1"] if heating == "C1" else []
        self.java, self.classpath = java("a real Kafka"), f"{broker_jars()}/*:{HERE}"
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
        controller_port = free_port()
        config.write_text(PROPERTIES.format(port=port, controller_port=controller_port,
                                            folder=self.folder))
        scram = []
        if self.secure:
            self.ports = SecurePorts(self.folder, [free_port() for _ in PORTS])
            self.authority = self.ports.authority
            replace_listeners(config, self.ports.settings(port, controller_port))
            scram = self.ports.scram_users()
        if self.proxy:
            self.proxy.target = ("127.0.0.1", free_port())
            replace_listeners(config, PROXIED.format(port=port, own=self.proxy.target[1],
                                                     proxy=self.proxy.port,
                                                     controller_port=controller_port))
        random = uuid.uuid4().bytes
        # No "-" at the front, which the tool takes for an option.
        cluster = urlsafe_b64encode(bytes([random[0] & 0x7F]) + random[1:]).decode().rstrip("=")
        subprocess.run([self.java, "-Xmx128m", *self.compiler, "-cp", self.classpath, "kafka.tools.StorageTool",
                        "format", "-t", cluster, "-c", config, *scram],
                       check=True, capture_output=True)
        with open(log, "wb") as out:
            # A session of its own: Ctrl+C must not reach it before the programs that talk to it.
            self.process = subprocess.Popen(
                [self.java, "-Xms512m", "-Xmx768m", "-XX:+UseSerialGC", *self.compiler, "-cp", self.classpath,
                 "kafka.Kafka", config], stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True)
        deadline = time.monotonic() + self.HANG_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if "Kafka Server started" in log.read_text(errors="replace"):
                return True
            time.sleep(0.05)
        self._end_process()
        return False

    def at(self, port):
        return f"127.0.0.1:{self.ports.numbers[port]}"

    def _end_process(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self._end_process()  # its data is thrown away: there is nothing to close in order
        shutil.rmtree(self.folder, ignore_errors=True)


_shared = Shared(Kafka)


def shared_kafka():
    """The broker that all cases of this run share; started when first asked for."""
    return _shared.get()


def stop_shared_kafka():
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
