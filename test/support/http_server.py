"""An HTTP server that a test feeds and disturbs: polls, pages, events, a webhook; on a free loopback port.

Records are {"id": n, "k": "key n", "pad": ...}; each seventh one has a text where a number belongs (`bad`)."""

import gzip
import json
import random
import socket
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE_ROWS = 7


def record(number):
    key = "no number" if is_bad(number) else number % 5
    return {"id": number, "k": key, "text": f"größe {number}"}


def is_bad(number):
    return number % 7 == 3


class HttpServer:
    """`grow` adds records; `disturb` makes a share of the answers go wrong."""

    def __init__(self, certificate=None, seed=1):
        self.records = 0
        self.requests = []
        self.taken = []  # (key, body) of the webhook
        self.answers = {}  # path: (status, headers, body), instead of what is there
        self._share = 0.0
        self._kinds = ()
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        outer = self

        class Handler(_Handler):
            server_of_test = outer

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                      do_handshake_on_connect=False)
            self.scheme = "https"
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def url(self, path=""):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def grow(self, records):
        self.records += records

    def disturb(self, share, *kinds):
        """Of the answers: `fails` (500), `busy` (429), `cut`, `reset`, `slow`, `lost` (done, no answer)."""
        self._share, self._kinds = share, kinds

    def fault(self):
        with self._lock:
            return self._chance.choice(self._kinds) if self._chance.random() < self._share else None

    def note(self, request):
        with self._lock:
            self.requests.append(request)

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that are killed, or do not trust a certificate, are what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of_test = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.respond()

    def do_POST(self):
        self.respond()

    def respond(self):
        server = self.server_of_test
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server.note((self.command, self.path, dict(self.headers)))
        fault = server.fault()
        if fault == "slow":
            time.sleep(0.05)
        elif fault == "fails":
            return self.send(500, b"it failed")
        elif fault == "busy":
            return self.send(429, b"later", {"Retry-After": "0"})
        elif fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return self.connection.close()
        if parts.path in server.answers:
            status, headers, text = server.answers[parts.path]
            if status is None:
                # No answer; the client goes when it has enough.
                return self.connection.recv(1)
            return self.send(status, text.encode(), headers, fault)
        known = {"/list": self.whole_list, "/pages": self.page, "/link": self.link, "/cursor": self.cursor,
                 "/events": self.events, "/lines": self.lines, "/hook": self.hook}
        if parts.path not in known:
            return self.send(404, b"there is nothing here")
        return known[parts.path](query, body, fault)

    def send(self, status, body, headers=None, fault=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault == "cut":
            # A lie: more was announced.
            body = body[:len(body) // 2]
            self.close_connection = True
        self.wfile.write(body)

    def send_json(self, value, headers=None, fault=None):
        body = json.dumps(value, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
        self.send(200, body, headers, fault)

    def whole_list(self, query, body, fault):
        count = self.server_of_test.records
        tag = f'"{count}"'
        if self.headers.get("If-None-Match") == tag:
            return self.send(304, b"")
        first = max(0, count - int(query.get("newest", count)))
        rows = [record(n) for n in range(first, count)]
        return self.send_json({"items": rows}, {"ETag": tag}, fault)

    def rows_of(self, page):
        count = self.server_of_test.records
        rows = [record(n) for n in range(page * PAGE_ROWS, min(count, (page + 1) * PAGE_ROWS))]
        return rows, count > (page + 1) * PAGE_ROWS

    def page(self, query, body, fault):
        number = int(query.get("page", 0))
        rows, more = self.rows_of(number)
        self.send_json({"items": rows, "next": f"/pages?page={number + 1}" if more else None}, None, fault)

    def link(self, query, body, fault):
        number = int(query.get("page", 0))
        rows, more = self.rows_of(number)
        self.send_json(rows, {"Link": f'<?page={number + 1}>; rel="next"'} if more else {}, fault)

    def cursor(self, query, body, fault):
        after = int(query.get("after", -1))
        count = self.server_of_test.records
        rows = [record(n) for n in range(after + 1, min(count, after + 1 + PAGE_ROWS))]
        self.send_json({"items": rows, "cursor": rows[-1]["id"] if rows else None}, None, fault)

    def events(self, query, body, fault):
        """What is there after the newest id; then the end."""
        first = int(self.headers.get("Last-Event-ID") or -1) + 1
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        last = self.server_of_test.records
        if fault == "cut" and last > first:
            last = first + (last - first) // 2
        for number in range(first, last):
            text = json.dumps(record(number), ensure_ascii=False)
            self.wfile.write(f": note\nid: {number}\nevent: row\ndata: {text}\n\n".encode())
        if fault == "cut":
            self.wfile.write(b"id: 999999\ndata: {\"id\": ")

    def lines(self, query, body, fault):
        rows = "".join(json.dumps(record(n)) + "\n" for n in range(self.server_of_test.records))
        self.send(200, rows.encode(), {"Content-Type": "application/x-ndjson"}, fault)

    def hook(self, query, body, fault):
        server = self.server_of_test
        with server._lock:
            server.taken.append((self.headers.get("Idempotency-Key"), body))
        if fault in ("lost", "cut"):
            self.close_connection = True
            return self.connection.close()
        return self.send(204, b"")
