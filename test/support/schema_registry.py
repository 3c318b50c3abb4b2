#!/usr/bin/env python3
"""A real schema registry (Apicurio, which speaks Confluent's protocol) on a free loopback port.

As a program: test/support/schema_registry.py  starts one, prints its address, stops it at Ctrl+C.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.case import Failure
from support.java import HOME, archive, java
from support.kafka import free_port
from support.shared import Shared

ARTIFACT = "io.apicurio:apicurio-registry-app:3.3.3:tar.gz:all"
JAVA_MIN = 21
HANG_SECONDS = 300


class SchemaRegistry:
    """A registry that lives until stop(); `url` is for clients. It keeps its schemas in memory."""

    def __init__(self):
        program = java("a schema registry", JAVA_MIN)
        app = archive(HOME / "apicurio" / "app", ARTIFACT, "Apicurio Registry")
        jar = next(app.rglob("quarkus-run.jar"))
        self.folder = Path(tempfile.mkdtemp(dir=HOME / "apicurio"))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}/apis/ccompat/v7"
        log = self.folder / "log"
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                [program, "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                 "-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={port}",
                 # It listens there for its health; a fixed port would be a second registry's end.
                 "-Dquarkus.management.host=127.0.0.1", f"-Dquarkus.management.port={free_port()}", "-jar", jar],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
        deadline = time.monotonic() + HANG_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                self.ask("/subjects")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        text = log.read_text(errors="replace")
        self.stop()
        raise Failure("Apicurio Registry does not start:\n" + text[-2000:])

    def ask(self, path, body=None):
        """The answer of GET, or of POST with a body."""
        request = urllib.request.Request(
            self.url + path, None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/vnd.schemaregistry.v1+json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def add(self, subject, schema, language="AVRO", references=()):
        """Registers a schema (text, or what JSON makes of an Avro one); its number."""
        text = schema if isinstance(schema, str) else json.dumps(schema)
        body = {"schema": text, "schemaType": language, "references": list(references)}
        return self.ask(f"/subjects/{subject}/versions", body)["id"]

    def set_compatibility(self, subject, level):
        request = urllib.request.Request(
            f"{self.url}/config/{subject}", json.dumps({"compatibility": level}).encode(),
            {"Content-Type": "application/vnd.schemaregistry.v1+json"}, method="PUT")
        urllib.request.urlopen(request, timeout=20).close()

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


_shared = Shared(SchemaRegistry)


def shared_registry():
    """The registry that all cases of this run share; started when first asked for."""
    return _shared.get()


def stop_shared_registry():
    _shared.stop()


if __name__ == "__main__":
    registry = SchemaRegistry()
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: sys.exit())
        print(registry.url, flush=True)
        while True:
            signal.pause()
    finally:
        registry.stop()
