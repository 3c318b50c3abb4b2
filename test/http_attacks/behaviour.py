"""Attacks that are more than bytes: each gets the Target and gives the status that decides."""

import json
import socket
import ssl
import time

from http_attacks.target import read_all, read_to, reset, send, status


def head(target, first, *headers):
    return target.filled("\r\n".join([first, "Host: @HOST", *headers, "", ""]).encode())


JSON = "Content-Type: application/json"


def refused_body_is_no_request(target):
    """The body of a refused request must not be taken for the next one."""
    inner = head(target, "POST @CHANGE HTTP/1.1", JSON, "Content-Length: 2") + b"{}"
    outer = head(target, "POST @CHANGE HTTP/1.1", "Content-Type: text/plain", f"Content-Length: {len(inner)}")
    with target.connect() as connection:
        send(connection, outer + inner)
        answers = read_all(connection)
    return 200 if answers.count(b"HTTP/1.1 ") == 1 and b" 415 " in answers else -3


def huge_body(target):
    with target.connect() as connection:
        send(connection, head(target, "POST @CHANGE HTTP/1.1", JSON, "Content-Length: 67108864"))
        for _ in range(64):
            send(connection, bytes(65536))
        return status(connection)


def huge_chunks(target):
    with target.connect() as connection:
        send(connection, head(target, "POST @CHANGE HTTP/1.1", JSON, "Transfer-Encoding: chunked"))
        for _ in range(40):
            send(connection, b"10000\r\n" + bytes(65536) + b"\r\n")
        return status(connection)


def tiny_chunks(target):
    """Six bytes for each byte of a body."""
    with target.connect() as connection:
        send(connection, head(target, "POST @CHANGE HTTP/1.1", JSON, "Transfer-Encoding: chunked"))
        send(connection, b"1\r\n \r\n" * 1_000_000)
        return status(connection)


def login(target, token):
    body = json.dumps({"token": token}).encode()
    with target.connect() as connection:
        send(connection, head(target, "POST /api/login HTTP/1.1", JSON, f"Content-Length: {len(body)}", "Connection: close") + body)
        return read_all(connection)


def guessed(target):
    for _ in range(10):
        if b" 401 " not in login(target, "guess").partition(b"\r\n")[0]:
            return -3
    # Not even the right one.
    answer = login(target, target.token)
    return int(answer[9:12])


def cookie_of(answer):
    return answer.partition(b"Set-Cookie: ")[2].partition(b";")[0].decode()


def session(target):
    answer = login(target, target.token)
    line = answer.partition(b"Set-Cookie: ")[2].partition(b"\r\n")[0]
    if not line.endswith(b"; Path=/; HttpOnly; SameSite=Strict"):
        return -3
    return target.get("@READ", f"Cookie: {cookie_of(answer)}")


def old_session(target):
    """Of more sessions than are kept the oldest ones end."""
    first = cookie_of(login(target, target.token))
    for _ in range(256):
        login(target, target.token)
    return target.get("@READ", f"Cookie: {first}")


def while_others_ask(target, connections, each=None):
    """The status of quick requests while these connections are open; 200 when all were fast."""
    worst = 200
    for _ in range(20):
        if each:
            each()
        start = time.monotonic()
        got = target.get()
        if got != 200:
            worst = got
        elif time.monotonic() - start > 5:
            worst = -4
    for connection in connections:
        connection.close()
    return worst


def slow_heads(target):
    connections = [target.connect() for _ in range(200)]

    def each():
        for connection in connections:
            send(connection, b"G" if each.is_first else b"a")
        each.is_first = False
    each.is_first = True
    return while_others_ask(target, connections, each)


def slow_bodies(target):
    connections = [target.connect() for _ in range(200)]
    for connection in connections:
        send(connection, head(target, "POST @CHANGE HTTP/1.1", JSON, "Content-Length: 1000"))
    return while_others_ask(target, connections, lambda: [send(connection, b" ") for connection in connections])


def drip(target):
    """A byte now and then must not prolong a request's time."""
    with target.connect() as connection:
        connection.settimeout(0.05)
        send(connection, b"GET / HTTP/1.1\r\nA: ")
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            try:
                connection.sendall(b"b")
                data = connection.recv(4096)
                return int(data[9:12]) if data else 0
            except socket.timeout:
                continue
        return -1


def slow_reader(target):
    connections = [target.connect() for _ in range(30)]
    for connection in connections:
        send(connection, head(target, "GET /api/large HTTP/1.1"))
    return while_others_ask(target, connections)


def publish(target, size, count):
    body = b"x" * size
    with target.connect() as connection:
        for _ in range(count):
            send(connection, head(target, "POST /api/publish HTTP/1.1", JSON, f"Content-Length: {size}") + body)
            read_to(connection, b"\r\n\r\n{}")


def slow_streams(target):
    """Nobody who publishes waits for those who do not read."""
    connections = [target.connect() for _ in range(20)]
    for connection in connections:
        send(connection, head(target, "GET @STREAM HTTP/1.1"))
        read_to(connection, b"event: hello")
    start = time.monotonic()
    publish(target, 500_000, 100)
    if time.monotonic() - start > 20:
        return -4
    return while_others_ask(target, connections)


def many_connections(target):
    """More than the limit: those that ask for nothing give way."""
    return while_others_ask(target, [target.connect() for _ in range(700)])


def own_address():
    """An address of this machine that is not the loopback's; "": it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
            return probe.getsockname()[0]
        except OSError:
            return ""


def many_of_one_peer(target):
    """Whoever opens many connections closes his own."""
    connections = [socket.create_connection((own_address(), target.port)) for _ in range(150)]
    for connection in connections:
        send(connection, b"GET / HTTP/1.1\r\n")
    time.sleep(0.5)
    open_ones = target.json("/counts")["connections"]
    got = while_others_ask(target, connections)
    return got if 10 < open_ones <= 65 else -3


def many_streams(target):
    connections = []
    for _ in range(64):
        connections.append(target.connect())
        send(connections[-1], head(target, "GET @STREAM HTTP/1.1"))
        if status(connections[-1]) != 200:
            return -3
    got = target.get("@STREAM")
    if target.get() != 200:
        return -4
    for connection in connections:
        connection.close()
    return got


def streams_that_end(target):
    for _ in range(300):
        connection = target.connect()
        send(connection, head(target, "GET @STREAM HTTP/1.1"))
        connection.close()
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if target.json("/counts")["listeners"] == 0:
            return target.get()
        time.sleep(0.05)
    return -3


def pipelined(target):
    with target.connect() as connection:
        send(connection, head(target, "GET /healthz HTTP/1.1") * 200 + head(target, "GET /healthz HTTP/1.1", "Connection: close"))
        answers = read_all(connection)
    return 200 if answers.count(b"HTTP/1.1 200 ") == 201 else -3


def half_closed(target):
    with target.connect() as connection:
        send(connection, head(target, "GET /healthz HTTP/1.1"))
        connection.shutdown(socket.SHUT_WR)
        return status(connection)


def half_closed_in_a_head(target):
    with target.connect() as connection:
        send(connection, b"GET / HTTP/1.1\r\n")
        connection.shutdown(socket.SHUT_WR)
        return status(connection)


def resets(target, data, wait=0.0, count=50):
    for _ in range(count):
        connection = target.connect()
        send(connection, data)
        time.sleep(wait)
        reset(connection)
    return target.get()


def reset_in_a_head(target):
    return resets(target, b"GET / HTTP/1.1\r\nHost: ")


def reset_in_an_answer(target):
    return resets(target, head(target, "GET /api/large HTTP/1.1"), 0.005)


def reset_in_a_stream(target):
    return resets(target, head(target, "GET @STREAM HTTP/1.1"), 0.005)


def reset_in_a_long_handler(target):
    return resets(target, head(target, "POST /api/slow HTTP/1.1", JSON, "Content-Length: 2") + b"{}", 0.005, 5)


def request_after_a_stream(target):
    """A stream's connection answers nothing else."""
    with target.connect(2) as connection:
        send(connection, head(target, "GET @STREAM HTTP/1.1") + head(target, "GET /healthz HTTP/1.1"))
        answers = read_all(connection)
    return 200 if answers.count(b"HTTP/1.1 ") == 1 else -3


def plain_to_tls(target):
    with target.connect() as connection:
        send(connection, head(target, "GET /healthz HTTP/1.1"))
        data = read_all(connection)
    return 0 if not data.startswith(b"HTTP/") else -3


def tls_context():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def tls_get(target, context):
    with target.connect() as plain, context.wrap_socket(plain) as connection:
        send(connection, head(target, "GET /healthz HTTP/1.1", "Connection: close"))
        return status(connection)


def old_tls(target):
    context = tls_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        return tls_get(target, context)
    except (ssl.SSLError, ConnectionResetError):
        return 0 if tls_get(target, tls_context()) == 200 else -3


def cut_handshake(target):
    for _ in range(50):
        connection = target.connect()
        send(connection, bytes.fromhex("1603010200010001fc0303") + bytes(40))
        reset(connection)
    return tls_get(target, tls_context())


def silent_tls(target):
    connections = [target.connect() for _ in range(200)]
    got = tls_get(target, tls_context())
    for connection in connections:
        connection.close()
    return got
