"""A running sluice with its page, and what asks it: REST, the stream of events."""

import http.client
import json
import re
import threading
import time
import urllib.parse

from support.case import Failure
from support.program import Running

TIMEOUT = 60


class Live:
    """`sluice run ... --ui` on a free port of the loopback; `command`: or another command that serves the page;
    `address` None: where its files say."""

    def __init__(self, *arguments, cwd, env=None, address="127.0.0.1:0", command="run"):
        self.running = Running(command, *arguments, *(["--ui", address] if address else []), cwd=cwd, env=env)
        self.url = self.running.wait_for(
            lambda out, err: (found := re.search(r"the page is at (\S+)", err)) and found[1],
            "it serves its page")
        self.host, _, port = urllib.parse.urlsplit(self.url).netloc.rpartition(":")
        self.port = int(port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.running.kill()

    def ask(self, method, path, body=None, headers=None):
        """Status, headers and bytes of one answer."""
        connection = http.client.HTTPConnection(self.host.strip("[]"), self.port, timeout=TIMEOUT)
        try:
            given = dict(headers or {})
            if method == "POST":
                given.setdefault("Content-Type", "application/json")
                body = body if body is not None else "{}"
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def get(self, path):
        status, _, body = self.ask("GET", path)
        if status != 200:
            raise Failure(f"GET {path}: {status} {body[:300]}")
        return json.loads(body)

    def post(self, path, expected=200):
        status, _, body = self.ask("POST", path)
        if status != expected:
            raise Failure(f"POST {path}: expected {expected}, got {status} {body[:300]}")
        return json.loads(body)

    def status(self, pipeline):
        return self.get(f"/api/pipelines/{urllib.parse.quote(pipeline)}")

    def wait_until(self, pipeline, condition, what):
        """Asks for the pipeline's status until the condition holds."""
        for _ in range(TIMEOUT * 20):
            status = self.status(pipeline)
            if condition(status):
                return status
            time.sleep(0.05)
        raise Failure(f"{pipeline} never {what}: {json.dumps(status)[:600]}")

    def chart(self, pipeline, name):
        """Its rows, by column."""
        shown = self.get(f"/api/pipelines/{pipeline}/charts/{name}")
        if "error" in shown:
            raise Failure(f"chart {name}: {shown['error']}")
        return {column["name"]: values for column, values in zip(shown["columns"], shown["data"])}

    def wait_for_chart(self, pipeline, name, expected):
        """Until the chart has these rows."""
        for _ in range(TIMEOUT * 20):
            rows = self.chart(pipeline, name)
            if all(rows.get(column) == values for column, values in expected.items()):
                return
            time.sleep(0.05)
        raise Failure(f"chart {name}: expected {expected}, got {rows}")

    def events(self, last_event_id=None):
        return Events(self, last_event_id)


class Events:
    """The stream of events, read as a browser does."""

    def __init__(self, live, last_event_id=None):
        self._connection = http.client.HTTPConnection(live.host.strip("[]"), live.port, timeout=TIMEOUT)
        headers = {"Accept": "text/event-stream"}
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self._connection.request("GET", "/events", headers=headers)
        self._answer = self._connection.getresponse()
        if self._answer.status != 200:
            raise Failure(f"GET /events: {self._answer.status}")
        self.last_id = last_event_id
        self.seen = []  # names

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._connection.close()

    def next(self):
        """(name, data) of the next event."""
        name, data, deadline = "message", [], time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            line = self._answer.readline().decode().rstrip("\n").rstrip("\r")
            if line == "" and data:
                self.seen.append(name)
                return name, json.loads("\n".join(data))
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].removeprefix(" "))
            elif line.startswith("id:"):
                self.last_id = line[3:].strip()
            elif line == "" and self._answer.isclosed():
                raise Failure("the stream of events ended")
        raise Failure(f"no event came in {TIMEOUT} s; before: {self.seen[-5:]}")

    def until(self, wanted, condition=lambda data: True):
        """The data of the first event of this name for which the condition holds."""
        for _ in range(100_000):
            name, data = self.next()
            if name == wanted and condition(data):
                return data
        raise Failure(f"no event {wanted} came")
