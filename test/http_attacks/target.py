"""A server that is attacked, and the raw sockets that do it."""

import socket
import struct

PATIENCE = 20


class Target:
    def __init__(self, host, port, token="", read="/api/echo/a", change="/api/change", stream="/events"):
        self.host, self.port, self.token = host, port, token
        self.names = {"@HOST": f"{host}:{port}", "@PORT": str(port), "@READ": read, "@CHANGE": change, "@STREAM": stream,
                      "@TOKEN": token, "@SHORT": token[:-1], "@UPPER": token.upper()}

    def filled(self, data):
        for name, value in self.names.items():
            data = data.replace(name.encode(), value.encode())
        return data

    def connect(self, patience=PATIENCE):
        connection = socket.create_connection((self.host, self.port), timeout=patience)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def status_of(self, data):
        """The status of the first answer; 0: the connection ended without one; -1: nothing came."""
        with self.connect() as connection:
            send(connection, data)
            return status(connection)

    def get(self, path="/healthz", *headers):
        return self.status_of(self.filled("\r\n".join(
            [f"GET {path} HTTP/1.1", "Host: @HOST", "Connection: close", *headers, "", ""]).encode()))

    def json(self, path):
        import json
        with self.connect() as connection:
            send(connection, self.filled(f"GET {path} HTTP/1.1\r\nHost: @HOST\r\nConnection: close\r\n\r\n".encode()))
            return json.loads(read_all(connection).partition(b"\r\n\r\n")[2])


def send(connection, data):
    """As much as the server takes: it may answer and close before the end."""
    try:
        connection.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        pass


def status(connection):
    data = b""
    try:
        while len(data) < 12:
            more = connection.recv(65536)
            if not more:
                break
            data += more
    except socket.timeout:
        return -1
    except ConnectionResetError:
        pass
    if not data:
        return 0
    return int(data[9:12]) if data.startswith(b"HTTP/1.1 ") else -2


def read_all(connection):
    data = b""
    try:
        while more := connection.recv(65536):
            data += more
    except (socket.timeout, ConnectionResetError):
        pass
    return data


def read_to(connection, text):
    data = b""
    while text not in data:
        more = connection.recv(65536)
        if not more:
            break
        data += more
    return data


def reset(connection):
    """Ends it by RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
