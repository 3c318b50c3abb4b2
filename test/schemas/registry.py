"""What a schema registry asks of its clients, and does to them: a login, TLS, errors, rubbish, silence. A proxy in
front of a real one."""

import base64
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from schemas.avro import dead_letters, encoded, framed, new_name, record, rows_of
from support.broker import create_topic, produce
from support.case import Case, Failure, expect_equal
from support.kafka import shared_kafka
from support.program import sluice
from support.schema_registry import shared_registry


def cases():
    yield Case("registry_login", login)
    yield Case("registry_tls", tls)
    yield Case("registry_errors", errors)


class Front:
    """A proxy on a free port. `before(path)` may give an answer (status, body) in place of the registry's."""

    def __init__(self, before=lambda path: None, user=None, context=None):
        front = self
        self.before, self.asked, self.target = before, [], shared_registry().url
        self.token = user and "Basic " + base64.b64encode(user.encode()).decode()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                front.asked.append(self.path)
                if front.token and self.headers.get("Authorization") != front.token:
                    return self.answer(401, b'{"error_code": 401, "message": "who are you?"}')
                if (instead := front.before(self.path)) is not None:
                    return self.answer(*instead)
                request = urllib.request.Request(
                    front.target + self.path, body or None, method=self.command,
                    headers={"Content-Type": "application/vnd.schemaregistry.v1+json"})
                try:
                    with urllib.request.urlopen(request, timeout=20) as given:
                        self.answer(given.status, given.read())
                except urllib.error.HTTPError as error:
                    self.answer(error.code, error.read())

            do_GET = do_POST = serve

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if context else "http"
        self.url = f"{scheme}://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


SCHEMA = record(("id", "long"), ("name", "string"))
PIPELINE = """\
name: {topic}
sources:
  it:
    kafka: {{brokers: '{brokers}', topic: {topic}, start: earliest}}
    format: {{avro: {{{options}}}}}
sinks:
  out: {{from: it, parquet: {{path: out}}}}
  again:
    from: it
    kafka: {{brokers: '{brokers}', topic: {topic}.again, create_partitions: 1, value: {{avro: {{{sink}}}}}}}
checkpoint: checkpoint
"""


def write(folder, url, more="", declared=True):
    """A topic of ten records and a pipeline that reads it."""
    kafka, topic = shared_kafka(), new_name("asks")
    number = shared_registry().add(f"{topic}-value", SCHEMA)
    create_topic(kafka.address, topic)
    produce(kafka.address, topic, [framed(number, encoded(SCHEMA, {"id": n, "name": f"n{n}"})) for n in range(10)])
    folder.mkdir(exist_ok=True)
    registry = f"registry: '{url}'{more}"
    options = registry + (", schema: {id: BIGINT, name: VARCHAR}" if declared else "")
    (folder / "pipeline.yaml").write_text(PIPELINE.format(brokers=kafka.address, topic=topic, options=options,
                                                          sink=registry))


def run(folder, exit=0, *parts):
    result = sluice("run", "pipeline.yaml", "--available-now", cwd=folder)
    result.must_exit(exit)
    for part in parts:
        if part not in result.err:
            raise Failure(f"the error does not say '{part}':\n{result.err}")
    if "s3cret" in result.err + result.out:
        raise Failure(f"the password is shown:\n{result.err}")
    if exit == 0:
        expect_equal(10, len(rows_of(folder / "out")), "rows")
        expect_equal([], dead_letters(folder, "it"), "dead letters")


def login(folder):
    front = Front(user="me:s3cret")
    try:
        write(folder / "right", front.url, ", registry_user: me, registry_password: s3cret")
        run(folder / "right")
        write(folder / "wrong", front.url, ", registry_user: me, registry_password: not-s3cret")
        run(folder / "wrong", 2, "schema registry", "401", "who are you?")
        write(folder / "nobody", front.url, declared=False)
        run(folder / "nobody", 2, "pipeline.yaml:5:", "401")
    finally:
        front.stop()


def tls(folder):
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    front = Front(context=context)
    try:
        write(folder / "right", front.url, f", registry_ca_file: {certificate}")
        run(folder / "right")
        write(folder / "stranger", front.url)
        run(folder / "stranger", 2, "schema registry", "TLS", "certificate")
    finally:
        front.stop()


def errors(folder):
    """It is away for a while, then there; or not what it should be."""
    left = [3]

    def sometimes(path):
        if "/schemas/ids/" in path and left[0]:
            left[0] -= 1
            return (503, b"busy")
        return None

    front = Front(sometimes)
    try:
        write(folder / "busy", front.url)
        run(folder / "busy")
        expect_equal(0, left[0], "errors that were given")
        asked = [path for path in front.asked if "/schemas/ids/" in path]
        expect_equal(4, len(asked), "a schema is fetched once")
        front.before = lambda path: (200, b"<html>a login page</html>")
        write(folder / "html", front.url)
        run(folder / "html", 2, "the address of a schema registry")
        front.before = lambda path: (404, b"no such page")
        write(folder / "page", front.url)
        run(folder / "page", 2, "404")
        write(folder / "known", front.url, declared=False)
        run(folder / "known", 2, "404")
    finally:
        front.stop()
    write(folder / "gone", front.url, declared=False)
    run(folder / "gone", 1, "connect")
