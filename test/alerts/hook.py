"""Receivers of notices that the test owns: an HTTP server and a mail server, on free loopback ports."""

import asyncio
import email
import email.policy
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.case import Failure

PATIENCE = 60


class Hook:
    """Takes what is posted. `script`: what becomes of the first requests, then all succeed: a status, `lost`
    (taken, no answer), `hang` (no answer). `text`: with a refusal; None: what was sent."""

    def __init__(self, script=(), port=0, text="no"):
        self.script = list(script)
        self.text = text
        self.posted = []  # (path, headers, body as JSON, status)
        self._changed = threading.Condition()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def repeated(self, body):
                return f"you sent {self.path} {self.headers['Authorization']} {body.decode()}"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status = outer.take(self.path, self.headers, body)
                if status == "hang":
                    return self.connection.recv(1)
                if status == "lost":
                    self.close_connection = True
                    return None
                text = (outer.text or self.repeated(body)).encode() if status >= 300 else b""
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                if status == 429:
                    self.send_header("Retry-After", "0")
                self.end_headers()
                self.wfile.write(text)
                return None

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def take(self, path, headers, body):
        with self._changed:
            status = self.script.pop(0) if self.script else 204
            self.posted.append((path, headers, json.loads(body), status))
            self._changed.notify_all()
            return status

    def url(self, path="/hook"):
        return f"http://127.0.0.1:{self.port}{path}"

    def bodies(self, path="/hook"):
        """What was posted there, lost ones and refused ones among it."""
        with self._changed:
            return [body for to, _, body, _ in self.posted if to == path]

    def keys(self, path="/hook"):
        with self._changed:
            return [headers["Idempotency-Key"] for to, headers, _, _ in self.posted if to == path]

    def wait_for(self, count, path="/hook"):
        """Until so many came; all that came."""
        end = time.monotonic() + PATIENCE
        with self._changed:
            while len([to for to, *_ in self.posted if to == path]) < count:
                if not self._changed.wait(end - time.monotonic()):
                    raise Failure(f"{count} notices were to come to {path}, and these came: {self.posted}")
        return self.bodies(path)

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class MailServer:
    """SMTP as far as a client needs it. `refusals`: answers to the first DATA, such as "451 later"."""

    def __init__(self, refusals=()):
        self.refusals = list(refusals)
        self.mails = []  # (from, [to], message)
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        started = threading.Event()

        async def serve():
            server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            started.set()

        threading.Thread(target=lambda: (self._loop.run_until_complete(serve()), self._loop.run_forever()),
                         daemon=True).start()
        started.wait(PATIENCE)

    async def _talk(self, reader, writer):
        sender, receivers = None, []
        say = lambda text: writer.write(text.encode() + b"\r\n")
        say("220 ready")
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            word = line[:4].upper()
            if word in ("EHLO", "HELO"):
                say("250 SIZE 1000000")
            elif word == "MAIL":
                sender, receivers = line.split(":", 1)[1], []
                say("250 yes")
            elif word == "RCPT":
                receivers.append(line.split(":", 1)[1])
                say("250 yes")
            elif word == "DATA":
                say("354 go on")
                raw = b""
                while (part := await reader.readline()) != b".\r\n":
                    raw += part[1:] if part.startswith(b".") else part
                say(self._take(sender, receivers, raw))
            else:
                say("221 bye" if word == "QUIT" else "502 what?")
                if word == "QUIT":
                    break
        writer.close()

    def _take(self, sender, receivers, raw):
        with self._changed:
            if self.refusals:
                return self.refusals.pop(0)
            message = email.message_from_bytes(raw, policy=email.policy.default)
            self.mails.append((sender.split(">")[0].strip(" <"), [to.strip(" <>") for to in receivers], message))
            self._changed.notify_all()
            return "250 taken"

    def wait_for(self, count):
        end = time.monotonic() + PATIENCE
        with self._changed:
            while len(self.mails) < count:
                if not self._changed.wait(end - time.monotonic()):
                    raise Failure(f"{count} mails were to come, and {len(self.mails)} came")
            return list(self.mails)
