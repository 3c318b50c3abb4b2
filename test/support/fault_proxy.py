"""An HTTP proxy before an S3 server that goes wrong on purpose: refuses, forgets, cuts, waits."""

import http.client
import os
import re
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW_DOWN = (b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>SlowDown</Code>'
             b"<Message>Please reduce your request rate.</Message></Error>")
DOES_NOT_KNOW = (b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>InternalError</Code>'
                 b"<Message>We encountered an internal error. Please try again.</Message></Error>")
NOT_IMPLEMENTED = (b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>NotImplemented</Code>'
                   b"<Message>If-None-Match</Message></Error>")


class Fault:
    """What happens to requests whose `METHOD /bucket/key?query` matches `request` (a regular
    expression), to those counted from 0 that `when` says yes to.

    refuse      answers 503 and does nothing
    deny        does it, and answers with `status` as if it had not
    lose        does it, and hangs up instead of answering
    reset       does it, and resets the connection
    cut         answers with half of the body (unless with an error), then hangs up
    slow        does it, and answers after `seconds`
    late        hangs up, and does it after `seconds`, when nobody waits any more
    unconditional   answers as a server does that does not know If-None-Match
    unimplemented   answers as one that refuses it
    """

    def __init__(self, what, request=".", when=lambda count: True, seconds=0.0, status=503):
        self.what, self.request, self.when, self.seconds = what, re.compile(request), when, seconds
        self.status = status
        self.seen = self.hit = 0

    def meets(self, line, headers):
        if not self.request.search(line):
            return False
        if self.what in ("unconditional", "unimplemented") and "If-None-Match" not in headers:
            return False
        self.seen += 1
        if not self.when(self.seen - 1):
            return False
        self.hit += 1
        return True


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """That a client was killed is no error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class FaultProxy:
    """Listens on a free port until stop(); `faults` may change at any time. Requests go on as they
    came, so that signatures hold."""

    def __init__(self, port, faults=()):
        self.faults = list(faults)
        self.requests = []  # "METHOD /bucket/key?query"
        self._port = port
        self._lock = threading.Lock()
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            disable_nagle_algorithm = True  # headers and body are two writes: 40 ms each else
            protocol_version = "HTTP/1.1"

            def answer(self):
                proxy._answer(self)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer

            def log_message(self, *_):
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def _fault_of(self, line, headers):
        with self._lock:
            self.requests.append(line)
            return next((fault for fault in self.faults if fault.meets(line, headers)), None)

    def _answer(self, request):
        length = int(request.headers.get("Content-Length") or 0)
        body = request.rfile.read(length)
        if len(body) < length:  # killed while it was sending
            request.close_connection = True
            return None
        line = f"{request.command} {request.path}"
        fault = self._fault_of(line, request.headers)
        what = fault.what if fault else ""
        if what == "refuse":
            return self._send(request, 503, {}, SLOW_DOWN)
        if what == "unimplemented":
            return self._send(request, 501, {}, NOT_IMPLEMENTED)
        if what == "late":
            late = threading.Timer(fault.seconds, self._forward_late, (request, body))
            late.daemon = True
            late.start()
            request.close_connection = True
            return None
        status, headers, content = self._forward(request, body)
        if what in ("lose", "reset"):
            request.close_connection = True
            if what == "reset":
                request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                              struct.pack("ii", 1, 0))
                os.close(request.connection.detach())
            return None
        if what == "deny" and status < 300:
            status, headers, content = fault.status, {}, DOES_NOT_KNOW
        if what == "slow":
            time.sleep(fault.seconds)
        if what == "unconditional" and status == 412:
            status, headers, content = 200, {"ETag": '"0"'}, b""
        return self._send(request, status, headers, content, cut=what == "cut" and status < 300)

    def _forward_late(self, request, body):
        try:
            self._forward(request, body)
        except OSError:  # the test is over
            pass

    def _forward(self, request, body):
        upstream = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        try:
            upstream.putrequest(request.command, request.path, skip_host=True,
                                skip_accept_encoding=True)
            for name, value in request.headers.items():
                upstream.putheader(name, value)
            upstream.endheaders(body or None)
            answer = upstream.getresponse()
            content = answer.read()
            return answer.status, dict(answer.getheaders()), content
        finally:
            upstream.close()

    def _send(self, request, status, headers, content, cut=False):
        try:
            request.send_response_only(status)
            for name, value in headers.items():
                if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                    request.send_header(name, value)
            length = headers.get("Content-Length", len(content))
            request.send_header("Content-Length", length)
            request.end_headers()
            if request.command != "HEAD":
                request.wfile.write(content[:len(content) // 2] if cut else content)
        except OSError:  # the client has gone: it waited long enough
            cut = True
        if cut:
            request.close_connection = True
