#!/usr/bin/env python3
"""A real Apache Cassandra (one node) on free loopback ports, from Maven's jars, where everybody logs in.

As a program: test/support/cassandra.py  starts one, prints its address, stops it at Ctrl+C.
"""

import contextlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.case import Failure, Skip
from support.java import HOME, jars, java
from support.kafka import free_port
from support.shared import Shared

HERE = Path(__file__).resolve().parent / "cassandra"
USER = PASSWORD = "cassandra"

SETTINGS = """\
cluster_name: test
num_tokens: 16
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
authenticator: PasswordAuthenticator
authorizer: CassandraAuthorizer
role_manager: CassandraRoleManager
data_file_directories: [{folder}/data]
commitlog_directory: {folder}/commitlog
hints_directory: {folder}/hints
saved_caches_directory: {folder}/saved_caches
cdc_raw_directory: {folder}/cdc
commitlog_sync: periodic
commitlog_sync_period: 10000ms
commitlog_segment_size: 8MiB
commitlog_total_space: 256MiB
memtable_heap_space: 128MiB
memtable_offheap_space: 128MiB
file_cache_size: 64MiB
file_cache_enabled: false
key_cache_size: 16MiB
counter_cache_size: 4MiB
concurrent_reads: 16
concurrent_writes: 16
concurrent_counter_writes: 4
concurrent_compactors: 1
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
storage_port: {storage}
ssl_storage_port: {ssl_storage}
start_native_transport: true
native_transport_port: {port}
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{{seeds: "127.0.0.1:{storage}"}}]
auto_bootstrap: false
auto_snapshot: false
hinted_handoff_enabled: false
permissions_validity: 0ms
roles_validity: 0ms
credentials_validity: 0ms
read_request_timeout: 60000ms
range_request_timeout: 60000ms
write_request_timeout: 60000ms
"""

TLS = """\
client_encryption_options:
  enabled: true
  optional: true
  keystore: {folder}/keystore.p12
  keystore_password: secret
  store_type: PKCS12
"""

# What its own start script opens of Java 17.
OPENED = ("java.base/java.lang.module java.base/jdk.internal.loader java.base/jdk.internal.ref "
          "java.base/jdk.internal.reflect java.base/jdk.internal.math java.base/jdk.internal.module "
          "java.base/jdk.internal.util.jar jdk.management/com.sun.management.internal java.base/sun.nio.ch "
          "java.base/java.io java.base/java.util java.base/java.util.concurrent "
          "java.base/java.util.concurrent.atomic java.base/java.nio java.base/java.lang "
          "java.base/java.lang.reflect java.base/java.math java.base/java.net java.base/java.util.regex "
          "java.base/java.util.stream").split()
EXPORTED = ("java.base/jdk.internal.misc java.base/jdk.internal.ref java.base/sun.nio.ch "
            "java.management.rmi/com.sun.jmx.remote.internal.rmi java.rmi/sun.rmi.registry "
            "java.rmi/sun.rmi.server java.rmi/sun.rmi.transport.tcp java.sql/java.sql "
            "java.base/java.lang.ref jdk.unsupported/sun.misc").split()


def java_17():
    """Cassandra 5 runs on Java 11 and 17, not on newer ones."""
    for program in sorted(Path("/usr/lib/jvm").glob("*17*/bin/java")):
        return str(program)
    program = java("a real Cassandra")
    words = subprocess.run([program, "-version"], capture_output=True, text=True).stderr.split('"')
    if not words[1].startswith("17."):
        raise Skip(f"a real Cassandra needs Java 17, here is {words[1]} (Debian: apt-get install "
                   "openjdk-17-jre-headless)")
    return program


class PatientSession:
    """The Python driver's session. The driver refuses at once, with ConnectionBusy, while its socket is full, which
    a server that is busy or paused makes it; this one asks again."""

    BUSY_SECONDS = 120

    def __init__(self, session):
        self._session = session

    def __getattr__(self, name):
        return getattr(self._session, name)

    def execute(self, *arguments, **options):
        from cassandra.cluster import NoHostAvailable
        from cassandra.connection import ConnectionBusy

        deadline = time.monotonic() + self.BUSY_SECONDS
        while True:
            try:
                return self._session.execute(*arguments, **options)
            except NoHostAvailable as failed:
                busy = all(isinstance(error, ConnectionBusy) for error in failed.errors.values())
                if not busy or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def execute_all(self, statements, at_once=16):
        """Pairs of statement and parameters, several at a time; the order is anyone's."""
        slots = threading.Semaphore(2 * at_once)  # so that millions are not made before their time

        def one(statement, parameters):
            try:
                self.execute(statement, parameters)
            finally:
                slots.release()

        with ThreadPoolExecutor(at_once) as pool:
            running = []
            for pair in statements:
                slots.acquire()
                running = [each for each in running if not each.done() or each.result()]
                running.append(pool.submit(one, *pair))
            for each in running:
                each.result()


class Cassandra:
    """A node that lives until stop(). `address` is for clients, with and without TLS; `certificate` is the file
    of its authority's."""

    START_ATTEMPTS = 3  # somebody else may take a port between our look and the server's
    HANG_SECONDS = 300

    def __init__(self):
        self.java = java_17()
        self.classpath = f"{jars(HOME / 'cassandra' / 'jars', HERE / 'pom.xml', 'Apache Cassandra')}/*"
        data = HOME / "cassandra" / "data"
        data.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(dir=data))
        self.process = None
        self._session, self._lock = None, threading.Lock()
        self._make_keys()
        for _ in range(self.START_ATTEMPTS):
            if self._start():
                return
        raise Failure("Apache Cassandra does not start:\n" + self._log()[-2000:])

    def _make_keys(self):
        """An authority, and a key that it has signed for 127.0.0.1."""
        self.certificate = self.folder / "authority.pem"
        authority_key, key, request, signed, names = (self.folder / name for name in (
            "authority.key", "key.pem", "request.pem", "signed.pem", "names.txt"))
        names.write_text("subjectAltName=IP:127.0.0.1\n")
        for command in (
                ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority", "-keyout",
                 authority_key, "-out", self.certificate],
                ["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=node", "-keyout", key, "-out", request],
                ["x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", authority_key,
                 "-CAcreateserial", "-days", "2", "-extfile", names, "-out", signed],
                ["pkcs12", "-export", "-in", signed, "-inkey", key, "-out", self.folder / "keystore.p12",
                 "-passout", "pass:secret"]):
            subprocess.run(["openssl", *command], check=True, capture_output=True)

    def _log(self):
        return (self.folder / "server.log").read_text(errors="replace")

    def _start(self):
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        for name in ("data", "commitlog", "hints", "saved_caches", "cdc"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir()
        text = SETTINGS + TLS
        (self.folder / "cassandra.yaml").write_text(text.format(
            folder=self.folder, port=self.port, storage=free_port(), ssl_storage=free_port()))
        options = [word for name in EXPORTED for word in ("--add-exports", f"{name}=ALL-UNNAMED")]
        options += [word for name in OPENED for word in ("--add-opens", f"{name}=ALL-UNNAMED")]
        with open(self.folder / "server.log", "wb") as out:
            # A session of its own: Ctrl+C must not reach it before the programs that talk to it.
            self.process = subprocess.Popen(
                [self.java, "-Xms640m", "-Xmx640m", "-XX:+UseSerialGC", "-XX:MaxDirectMemorySize=256M",
                 "-Xss512k", "-XX:TieredStopAtLevel=1", "-XX:+PerfDisableSharedMem",
                 "-Djdk.attach.allowAttachSelf=true", *options,
                 f"-Dcassandra.config=file://{self.folder}/cassandra.yaml",
                 f"-Dlogback.configurationFile=file://{HERE}/logback.xml",
                 f"-Dcassandra.storagedir={self.folder}", f"-Dcassandra.logdir={self.folder}",
                 f"-Dcassandra.jmx.local.port={free_port()}",
                 # A lone node waits for nobody, and its first user is there at once.
                 "-Dcassandra.skip_wait_for_gossip_to_settle=0", "-Dcassandra.ring_delay_ms=0",
                 "-Dcassandra.superuser_setup_delay_ms=0", "-Djna.nosys=true",
                 "-Dcassandra-foreground=yes", "-Dio.netty.tryReflectionSetAccessible=true",
                 "-cp", self.classpath, "org.apache.cassandra.service.CassandraDaemon"],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        deadline = time.monotonic() + self.HANG_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            log = self._log()
            if "Starting listening for CQL clients" in log and re.search("[Dd]efault superuser", log):
                return True
            time.sleep(0.1)
        self._end_process()
        return False

    def session(self):
        """A PatientSession, for all cases."""
        from cassandra.auth import PlainTextAuthProvider
        from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile

        with self._lock:
            if self._session is None:
                # A loaded machine is no error.
                profile = ExecutionProfile(request_timeout=120)
                self._cluster = Cluster(["127.0.0.1"], port=self.port, protocol_version=5,
                                        auth_provider=PlainTextAuthProvider(USER, PASSWORD),
                                        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
                                        connect_timeout=60, control_connection_timeout=60)
                self._session = PatientSession(self._cluster.connect())
            return self._session

    def new_keyspace(self):
        """The name of a keyspace of the caller's own."""
        name = f"k{uuid.uuid4().hex[:12]}"
        self.session().execute(f"CREATE KEYSPACE {name} WITH replication = "
                               "{'class': 'SimpleStrategy', 'replication_factor': 1}")
        return name

    def pause(self):
        """It answers nobody until go_on()."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        self.process.send_signal(signal.SIGCONT)

    def _end_process(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        if self._session is not None:
            with contextlib.suppress(Exception):
                self._cluster.shutdown()
        self._end_process()  # its data is thrown away: there is nothing to close in order
        shutil.rmtree(self.folder, ignore_errors=True)


_shared = Shared(Cassandra)


def shared_cassandra():
    """The node that all cases of this run share; started when first asked for."""
    return _shared.get()


def stop_shared_cassandra():
    _shared.stop()


if __name__ == "__main__":
    node = Cassandra()
    try:
        # Also where a shell that runs it in the background lets it ignore Ctrl+C.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: sys.exit())
        print(node.address, node.certificate, flush=True)
        while True:
            signal.pause()
    finally:
        node.stop()
