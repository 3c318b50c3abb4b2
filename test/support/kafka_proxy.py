"""A proxy in front of a Kafka broker that understands where a request ends, and loses some: the request
before the broker has it, or the broker's answer after it has done what was asked."""

import socket
import struct
import threading
import time

# Kafka's numbers of the requests that a sink makes.
REQUESTS = {"Produce": 0, "Fetch": 1, "ListOffsets": 2, "Metadata": 3, "FindCoordinator": 10,
            "CreateTopics": 19, "InitProducerId": 22, "AddPartitionsToTxn": 24, "EndTxn": 26,
            "DescribeConfigs": 32}


class KafkaProxy:
    """Listens at `address` until stop(). `target` is set once the broker's port is known."""

    def __init__(self):
        self.target = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._lock = threading.Lock()
        self._faults = {}  # number of a kind -> ("request" or "answer", how many are let through first)
        self._seen = {}
        self._lost = 0
        self._down_until = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def lose(self, kind, what, after=0, down_seconds=0):
        """From now on, once: the request of this kind, or the answer to it, that comes after `after` others. Then
        nobody gets through for `down_seconds`."""
        with self._lock:
            self._faults, self._seen, self._lost = {REQUESTS[kind]: (what, after)}, {}, 0
            self._down_seconds = down_seconds

    def forget(self):
        with self._lock:
            self._faults = {}

    @property
    def lost(self):
        return self._lost

    def seen(self, kind):
        return self._seen.get(REQUESTS[kind], 0)

    def stop(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if time.monotonic() < self._down_until:
                client.close()
                continue
            try:
                broker = socket.create_connection(self.target)
            except OSError:
                client.close()
                continue
            pair, doomed = (client, broker), set()
            for work in (self._requests, self._answers):
                threading.Thread(target=work, args=(*pair, doomed), daemon=True).start()

    def _fault(self, kind):
        with self._lock:
            number = self._seen.get(kind, 0)
            self._seen[kind] = number + 1
            what, after = self._faults.get(kind, (None, 0))
            if what is None or number != after:
                return None
            self._lost += 1
            self._down_until = time.monotonic() + self._down_seconds
            return what

    def _requests(self, client, broker, doomed):
        for frame in frames(client):
            kind, _, correlation = struct.unpack_from(">hhi", frame, 4)
            what = self._fault(kind)
            if what == "request":
                break
            if what == "answer":
                doomed.add(correlation)
            elif time.monotonic() < self._down_until:
                break
            if not send(broker, frame):
                break
        close(client, broker)

    def _answers(self, client, broker, doomed):
        for frame in frames(broker):
            is_down = time.monotonic() < self._down_until
            if is_down or struct.unpack_from(">i", frame, 4)[0] in doomed or not send(client, frame):
                break
        close(client, broker)


def frames(connection):
    """Whole requests or answers, with their four bytes of length."""
    data = bytearray()
    while True:
        try:
            more = connection.recv(1 << 16)
        except OSError:
            return
        if not more:
            return
        data += more
        while len(data) >= 4 and len(data) >= (size := 4 + struct.unpack_from(">i", data)[0]):
            yield bytes(data[:size])
            del data[:size]


def send(connection, frame):
    try:
        connection.sendall(frame)
        return True
    except OSError:
        return False


def close(*connections):
    for connection in connections:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        connection.close()
