"""A start that finds a broker or a store away goes on when it is back, and can be stopped before."""

import json
import os
import signal
import socket
import socketserver
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from crash import suite
from support import tables
from support.broker import EmbeddedBroker, produce
from support.case import Case, Failure, expect_equal
from support.fault_proxy import Fault, FaultProxy
from support.program import Running, indent
from support.s3 import Store, shared_s3

KAFKA = """\
name: late
sources:
  numbers:
    kafka: {{brokers: "127.0.0.1:{port}", topic: numbers, connect_timeout: 1s}}
    format: {{json: {{schema: {{id: BIGINT}}}}}}
sinks:
  out: {{from: numbers, csv: {{path: out}}}}
engine: {{retry_pause_max: 300ms}}
checkpoint: checkpoint
"""


def cases():
    yield Case("late_broker", late_broker)
    yield Case("late_broker_stopped", late_broker_stopped)
    yield Case("lost_broker", lost_broker)
    yield Case("late_store", late_store)
    yield Case("late_store_in_recovery", late_store_in_recovery)
    yield Case("private_folders", private_folders)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def forwarded(port, address):
    """What connects to `port` talks to `address`, which clients then learn from it."""
    host, _, target = address.rpartition(":")

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with socket.create_connection((host, int(target))) as there:
                threading.Thread(target=copy, args=(there, self.request), daemon=True).start()
                copy(self.request, there)

    def copy(source, to):
        try:
            while data := source.recv(1 << 16):
                to.sendall(data)
        except OSError:
            pass

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("127.0.0.1", port), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def waits(running):
    running.wait_for(lambda out, err: "retry=1 " in err, "it tried again")


def private_folders(folder):
    """Other users see nothing of the checkpoint, its dead letters and what is staged."""
    job = folder / "job"
    suite.write_job(job, ["parquet"], 1)
    suite.run(job).must_exit(0)
    wanted = {"checkpoint": 0o700, "checkpoint/state.db": 0o600, "checkpoint/lock": 0o600,
              "out/parquet/_staging/crash.parquet.d": 0o700}
    expect_equal(wanted, {name: mode_of(job / name) for name in wanted}, "modes")
    data = [path for path in (job / "out").rglob("part-*.parquet") if not mode_of(path) & 0o044]
    expect_equal([], data, "data files that readers cannot read")
    there = folder / "there"
    suite.write_job(there, ["parquet"], 1)
    (there / "checkpoint").mkdir()
    (there / "checkpoint").chmod(0o755)
    suite.run(there).must_exit(0)
    expect_equal(0o755, mode_of(there / "checkpoint"), "mode of a folder that was there")


def mode_of(path):
    return path.stat().st_mode & 0o777


def late_broker(folder):
    broker = EmbeddedBroker(folder)
    try:
        broker.create_topic("numbers")
        produce(broker.address, "numbers", [json.dumps({"id": n}).encode() for n in range(20)])
        port = free_port()
        (folder / "pipeline.yaml").write_text(KAFKA.format(port=port))
        running = Running("run", "pipeline.yaml", "--available-now", cwd=folder)
        waits(running)
        with forwarded(port, broker.address):
            ended = running.finish().must_exit(0)
    finally:
        broker.stop()
    if "open source numbers" not in ended.err:
        raise Failure(indent(ended.err, "  stderr| "))
    duck = tables.connection()
    tables.define_table(duck, "got", "csv", folder / "out")
    got = [row[0] for row in duck.execute("SELECT CAST(id AS INTEGER) FROM got ORDER BY 1").fetchall()]
    expect_equal(list(range(20)), got, "ids")


def late_broker_stopped(folder):
    """Ctrl+C while nobody answers."""
    (folder / "pipeline.yaml").write_text(KAFKA.format(port=free_port()))
    running = Running("run", "pipeline.yaml", cwd=folder)
    waits(running)
    running.stop().must_exit(0)


def lost_broker(folder):
    """One that goes while the pipeline runs costs no CPU while it is away. CPU, as clocks of busy machines lie."""
    broker = EmbeddedBroker(folder)
    try:
        broker.create_topic("numbers")
        produce(broker.address, "numbers", [b'{"id": 1}'])
        (folder / "pipeline.yaml").write_text(KAFKA.format(port=broker.address.rpartition(":")[2]))
        running = Running("run", "pipeline.yaml", cwd=folder)
        running.wait_for(lambda out, err: "batch 0:" in err, "the first batch")
    finally:
        broker.stop()
    try:
        before = cpu_seconds(running)
        time.sleep(3)
        used = cpu_seconds(running) - before
    finally:
        running.stop()
    if used > 0.5:
        raise Failure(f"{used:.2f} CPU-seconds in 3 seconds without a broker")


def cpu_seconds(running):
    fields = Path(f"/proc/{running.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def store_that_is_away():
    proxy = FaultProxy(shared_s3().port, [Fault("refuse")])
    try:
        yield proxy
    finally:
        proxy.stop()


def write_job(folder, store, sinks):
    suite.write_job(folder, sinks, 2, store)
    with open(folder / "pipeline.yaml", "a", encoding="utf-8") as file:
        file.write("engine: {retry_pause_max: 300ms}\n")


def goes_on(folder, proxy, sinks):
    running = Running("run", "pipeline.yaml", "--available-now", cwd=folder)
    waits(running)
    proxy.faults.clear()
    running.finish().must_exit(0)
    suite.check_tables(folder, sinks, 2)


def late_store(folder):
    sinks = ["delta", "parquet"]
    with store_that_is_away() as proxy:
        job = folder / "job"
        write_job(job, Store(proxy.endpoint, retries=0), sinks)
        goes_on(job, proxy, sinks)


def late_store_in_recovery(folder):
    """It goes away when the batch is committed, and comes back while the outbox is redone."""
    sinks = ["delta", "parquet"]
    with store_that_is_away() as proxy:
        away = list(proxy.faults)
        proxy.faults.clear()
        job = folder / "job"
        write_job(job, Store(proxy.endpoint, retries=0), sinks)
        expect_equal(-signal.SIGKILL, suite.run(job, crash="engine.committed").exit, "exit code")
        proxy.faults.extend(away)
        goes_on(job, proxy, sinks)
