#!/usr/bin/env python3
"""Measures the HTTP server (src/http) by itself, with sample routes (test/http_attacks/server.cc).

    bench/http.py [--seconds 10] [--write]

What it costs while nobody asks and one stream is open, and how many requests for a small JSON a second of the
server's CPU answers, one after the other on each of four connections. The client's CPU is not counted.
--write puts the table into bench/README.md.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test"))

from http_attacks.behaviour import head  # noqa: E402
from http_attacks.target import Target, read_to, send  # noqa: E402
from report import write_section  # noqa: E402

SERVER = Path(os.environ.get("HTTP_ATTACK_SERVER", ROOT / "build" / "release" / "src" / "http_attack_server"))
CONNECTIONS = 4


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(target, deadline, counts):
    request = head(target, "GET /healthz HTTP/1.1")
    with target.connect() as connection:
        count = 0
        while time.monotonic() < deadline:
            send(connection, request)
            read_to(connection, b'{"status":"ok"}')
            count += 1
    counts.append(count)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    server = subprocess.Popen([str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        target = Target("127.0.0.1", int(server.stdout.readline().rsplit(":", 1)[1]))
        with target.connect() as stream:
            send(stream, head(target, "GET @STREAM HTTP/1.1"))
            read_to(stream, b"event: hello")
            before = cpu_seconds(server.pid)
            time.sleep(arguments.seconds)
            idle = cpu_seconds(server.pid) - before
        counts, before = [], cpu_seconds(server.pid)
        threads = [threading.Thread(target=ask, args=(target, time.monotonic() + arguments.seconds, counts))
                   for _ in range(CONNECTIONS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        busy = cpu_seconds(server.pid) - before
    finally:
        server.stdin.close()
        server.wait(timeout=10)
    table = (f"| | |\n|---|---:|\n| idle, one stream open: CPU | {100 * idle / arguments.seconds:.2f} % of a core |\n"
             f"| small JSON, {CONNECTIONS} connections: requests a CPU-second | {sum(counts) / busy:,.0f} |\n")
    print(table)
    if arguments.write:
        write_section("http", table)


if __name__ == "__main__":
    main()
