"""--remote: whether a Spark Connect server can be asked at all. Spark itself would try for minutes, without a word."""

import importlib.util
import socket
import sys
from urllib.parse import urlsplit

# Modules of pyspark[connect]; they are not needed otherwise.
NEEDED = ("grpc", "grpc_status", "pandas", "pyarrow", "zstandard")
PORT = 15002
SECONDS = 10


def problem(remote, pyspark):
    """(exit code, what is wrong and how to fix it), or None. `pyspark`: the requirement that is installed."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        wanted = pyspark.replace("pyspark", "pyspark[connect]")
        return 2, f"--remote needs {', '.join(missing)} in {sys.executable}; install what it needs by\n" \
                  f"  {sys.executable} -m pip install '{wanted}'"
    place = address(remote)
    if place is None:
        return 2, f"--remote {remote}: write sc://HOST or sc://HOST:PORT ({PORT} otherwise)"
    try:
        socket.create_connection(place, SECONDS).close()
    except OSError as error:
        return 1, f"--remote: nothing answers at {place[0]}:{place[1]} ({error.strerror or error}): start a Spark Connect " \
                  "server there, or correct the address"
    return None


def address(remote):
    """(host, port) of sc://HOST[:PORT][/;KEY=VALUE], or None where it is none."""
    try:
        parts = urlsplit(remote)
        return (parts.hostname, parts.port or PORT) if parts.scheme == "sc" and parts.hostname else None
    except ValueError:
        return None
