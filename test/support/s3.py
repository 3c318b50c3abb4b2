#!/usr/bin/env python3
"""A real S3 server (versitygw over a folder) on a free loopback port: it checks signatures, and
If-None-Match on PUT.

As a program: test/support/s3.py  starts one with a bucket `lake`, prints what to put into the
environment, stops it at Ctrl+C.
"""

import fcntl
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.case import Failure, Skip
from support.fault_proxy import Fault, FaultProxy
from support.shared import Shared

HOME = Path(os.environ.get("SLUICE_HOME", Path.home() / ".cache" / "sluice"))
VERSION = "v1.8.0"
ACCESS_KEY, SECRET_KEY, REGION = "sluice-test", "a-secret-of-the-tests", "us-east-1"


def program():
    """The server's program; built by Go the first time."""
    folder = HOME / f"versitygw-{VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "versitygw").exists():
            if not shutil.which("go"):
                raise Skip("no go here to build the S3 server versitygw with "
                           "(Debian: apt-get install golang-go)")
            module = f"github.com/versity/versitygw/cmd/versitygw@{VERSION}"
            build = subprocess.run(["go", "install", module], capture_output=True, text=True,
                                   env={**os.environ, "GOBIN": str(folder)})
            if build.returncode:
                raise Skip("go could not build the S3 server versitygw: " + build.stderr.strip()[-400:])
    return folder / "versitygw"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class S3:
    """A server that lives until stop(). A bucket is a folder, an object a file: what is in it is read
    as any folder is, without S3."""

    START_ATTEMPTS = 5  # somebody else may take the port between our look and the server's
    HANG_SECONDS = 60

    def __init__(self, tls=None):
        """`tls`: the files of a certificate and its key."""
        self.tls = tls
        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-s3-",
                                            dir=memory if memory.is_dir() else None))
        (self.folder / "data").mkdir()
        self.process = None
        for _ in range(self.START_ATTEMPTS):
            if self._start():
                return
        log = (self.folder / "log").read_text(errors="replace")
        raise Failure("versitygw does not start:\n" + log[-2000:])

    @property
    def endpoint(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def env(self):
        """What the program under test finds in its environment."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION}

    def make_bucket(self, name):
        """The folder of a new bucket."""
        folder = self.bucket(name)
        folder.mkdir()
        return folder

    def bucket(self, name):
        return self.folder / "data" / name

    def pending_uploads(self, name):
        """Multipart uploads that were begun and neither completed nor aborted."""
        parts = self.bucket(name) / ".sgwtmp" / "multipart"
        return sorted(str(path.relative_to(parts)) for path in parts.glob("*/*"))

    def _start(self):
        self.port = free_port()
        tls = ["--cert", self.tls[0], "--key", self.tls[1]] if self.tls else []
        with open(self.folder / "log", "wb") as out:
            # A session of its own: Ctrl+C must not reach it before the programs that talk to it.
            self.process = subprocess.Popen(
                [program(), "--port", f"127.0.0.1:{self.port}", "--quiet", *tls,
                 "posix", self.folder / "data"],
                env={"PATH": os.environ.get("PATH", ""), "ROOT_ACCESS_KEY": ACCESS_KEY,
                     "ROOT_SECRET_KEY": SECRET_KEY},
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True)
        deadline = time.monotonic() + self.HANG_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
            except OSError:
                time.sleep(0.02)
        self._end_process()
        return False

    def _end_process(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self):
        self._end_process()
        shutil.rmtree(self.folder, ignore_errors=True)


WRITES = "^(PUT|POST|DELETE) "


def wrong_answers(every):
    """Of the writes one in so many is done, and its answer says otherwise, or never comes."""
    kinds = [{"what": "deny", "status": 500}, {"what": "lose"}, {"what": "deny", "status": 503},
             {"what": "reset"}, {"what": "deny", "status": 504}]
    writes = itertools.count()
    turn = {"now": None}

    def counted(_):
        turn["now"] = next(writes)
        return False

    def falls_to(number):
        return lambda _: turn["now"] % (every * len(kinds)) == (number + 1) * every - 1

    return [Fault("", WRITES, counted),
            *(Fault(request=WRITES, when=falls_to(number), **kind)
              for number, kind in enumerate(kinds))]


class SharedS3:
    """A server, and a proxy before it that now and then gives a wrong answer to a write."""

    WRONG_EVERY = 40

    def __init__(self):
        self.server = S3()
        self.proxy = FaultProxy(self.server.port, wrong_answers(self.WRONG_EVERY))

    def stop(self):
        self.proxy.stop()
        self.server.stop()


_shared = Shared(SharedS3)


def shared_s3():
    """The server that all cases of this run share; started when first asked for."""
    return _shared.get().server


def stop_shared_s3():
    _shared.stop()


def mount(name, endpoint, bucket, prefix="", **options):
    """The lines of a pipeline file that mount a bucket of the server."""
    options = {"bucket": bucket, "prefix": prefix, "endpoint": endpoint, "access_key": ACCESS_KEY,
               "secret_key": SECRET_KEY, **options}
    listed = ", ".join(f'{key}: "{value}"' for key, value in options.items() if value != "")
    return f"mounts: {{{name}: {{s3: {{{listed}}}}}}}\n"


_bucket_numbers = itertools.count(1)


class Store:
    """A bucket of its own on the shared server, for jobs whose file says `path: out/...`. Without an
    `endpoint` of its own it lies after a proxy that gives wrong answers now and then. `options` are
    the mount's."""

    def __init__(self, endpoint=None, **options):
        self.server = shared_s3()
        self.bucket = f"bucket-{next(_bucket_numbers)}"
        self.folder = self.server.make_bucket(self.bucket)
        self.endpoint, self.options = endpoint or _shared.get().proxy.endpoint, options

    def take_over(self, job, text):
        """The pipeline file with the sinks' paths in the bucket; the folder `out` of the job shows
        what is there."""
        (self.folder / job.name).mkdir()
        (job / "out").symlink_to(self.folder / job.name)
        return text.replace("path: out/", "path: lake://") + self.mount("lake", job.name)

    def mount(self, name, prefix=""):
        return mount(name, self.endpoint, self.bucket, prefix, **self.options)

    def forget(self, job):
        shutil.rmtree(self.folder / job.name)

    def expect_no_parts(self):
        if left := self.server.pending_uploads(self.bucket):
            raise Failure(f"parts of uploads stay behind: {left}")


if __name__ == "__main__":
    server = S3()
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: sys.exit())
        server.make_bucket("lake")
        print(" ".join(f"{name}={value}" for name, value in server.env.items()), flush=True)
        while True:
            signal.pause()
    finally:
        server.stop()
