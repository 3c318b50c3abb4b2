"""The attacks of attacks.py, each against a server of its own (server.cc), which must answer as it should, serve
others afterwards, have changed nothing, have no connection left, and end at once when it is asked to."""

import os
import subprocess
import time
from pathlib import Path

from http_attacks.attacks import all_attacks, run
from http_attacks.behaviour import own_address, tls_context, tls_get
from http_attacks.target import Target
from support.case import Case, Failure, Skip
from support.certificates import Authority
from support.program import PROGRAM

SERVER = Path(os.environ.get("HTTP_ATTACK_SERVER", PROGRAM.resolve().parent / "src" / "http_attack_server"))
TOKEN = "correct-horse-battery"
ROUNDS = 20


def cases():
    for one in all_attacks():
        yield Case(one.name, lambda folder, one=one: attacked(folder, one))
    yield Case("memory", memory)


class Server:
    def __init__(self, folder, kind):
        if not SERVER.exists():
            raise Skip(f"{SERVER} is not there: cmake --build build/release --target http_attack_server")
        options = {"open": [], "token": ["--token", TOKEN], "quick": ["--timeout-ms", "1500"], "tls": [],
                   "everywhere": ["--address", "0.0.0.0:0", "--plain", "--token", TOKEN]}[kind]
        if kind == "everywhere" and not own_address():
            raise Skip("this machine has no address but the loopback's")
        if kind == "tls":
            certificate, key = Authority(folder).issue("server")
            options = ["--certificate", str(certificate), "--key", str(key)]
        self.kind = kind
        self.errors = open(folder / "stderr", "w+")
        self.process = subprocess.Popen([str(SERVER), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, text=True)
        url = self.process.stdout.readline().strip()
        if not url:
            raise Failure(f"the server did not start: {(folder / 'stderr').read_text()}")
        self.target = Target("127.0.0.1", int(url.rsplit(":", 1)[1]), TOKEN if "--token" in options else "")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def resident_kib(self):
        with open(f"/proc/{self.process.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

    def must_serve(self):
        if self.kind == "tls":
            got = tls_get(self.target, tls_context())
        else:
            got = self.target.get()
            changes = self.target.json("/counts")["changes"]
            if changes:
                raise Failure(f"the attack changed something {changes} times")
        if got != 200:
            raise Failure(f"afterwards the server answers {got} to others")

    def must_close_all(self, descriptors):
        deadline = time.monotonic() + 10
        while self.descriptors() > descriptors:
            if time.monotonic() > deadline:
                raise Failure(f"descriptors: {descriptors} before the attack, {self.descriptors()} after it")
            time.sleep(0.02)

    def must_end(self):
        start = time.monotonic()
        self.process.stdin.close()
        try:
            exit_code = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            raise Failure("the server did not end within twenty seconds") from None
        took = time.monotonic() - start
        self.errors.seek(0)
        errors = self.errors.read()
        if exit_code or errors:
            raise Failure(f"the server ended with {exit_code}: {errors}")
        # A second is what is promised (src/http/server_test.cc); machines on which tests run are busy.
        if took > 4:
            raise Failure(f"the server took {took:.1f} s to end")

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()


def attacked(folder, one):
    server = Server(folder, one.server)
    try:
        descriptors = server.descriptors()
        if problem := run(one, server.target):
            raise Failure(problem)
        server.must_serve()
        server.must_close_all(descriptors)
        server.must_end()
    finally:
        server.kill()


def memory(folder):
    """All attacks that are bytes, over and over, on one server: what they took is given back."""
    server = Server(folder, "open")
    try:
        descriptors = server.descriptors()
        chosen = [one for one in all_attacks() if one.server == "open" and not callable(one.what)]
        sizes = []
        for _ in range(ROUNDS):
            for one in chosen:
                if problem := run(one, server.target):
                    raise Failure(problem)
            sizes.append(server.resident_kib())
        if sizes[-1] > sizes[ROUNDS // 4] + 2048:
            raise Failure(f"the memory grows, KiB: {sizes}")
        server.must_serve()
        server.must_close_all(descriptors)
        server.must_end()
    finally:
        server.kill()
