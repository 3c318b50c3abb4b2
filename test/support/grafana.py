"""Grafana's own schema of dashboards, as its foundation SDK (a Go module) has it."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from support.case import Failure, Skip
from support.java import HOME

SOURCE = Path(__file__).resolve().parent / "grafana"


def program():
    """The program that compares; built by Go the first time."""
    files = sorted(SOURCE.iterdir())
    version = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
    folder = HOME / f"grafana-board-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "board").exists():
            if not shutil.which("go"):
                raise Skip("no go here to build the check against Grafana's schema with "
                           "(Debian: apt-get install golang-go)")
            build = subprocess.run(["go", "build", "-mod=readonly", "-o", folder / "board", "."], cwd=SOURCE,
                                   capture_output=True, text=True, env={**os.environ, "GOFLAGS": ""})
            if build.returncode:
                raise Skip("go could not build the check against Grafana's schema: " + build.stderr.strip()[-400:])
    return folder / "board"


def misfits(board):
    """What in the dashboard's text does not fit the schema, in words; "": all fits."""
    done = subprocess.run([program()], input=board, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise Failure(f"the check of the dashboard ended with {done.returncode}: {done.stderr}")
    return done.stdout.strip() or "it does not say what" if done.returncode else ""
