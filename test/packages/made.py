"""Packages of the program under test."""

import filecmp
import os
import subprocess

from support.case import Failure
from support.java import HOME
from support.program import PROGRAM, ROOT


def make(kind, folder):
    """The package, made twice: the same bytes, whatever the environment."""
    subprocess.run([ROOT / "tools" / "install_dependencies.sh", "packaging"], check=True, capture_output=True)
    python, script = HOME / "packaging" / "bin" / "python", ROOT / "packaging" / "package.py"
    for place, more in (("made", {}), ("again", {"TZ": "Asia/Kathmandu", "LANG": "C"})):
        must([python, script, kind, "--program", PROGRAM.resolve(), "--output", folder / place], env={**os.environ, **more})
    made, = (folder / "made").iterdir()
    if not filecmp.cmp(made, folder / "again" / made.name, shallow=False):
        raise Failure(f"two packages of one program are not the same: {made.name}")
    return made


def must(command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        raise Failure(f"{' '.join(map(str, command))}\n  ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout
