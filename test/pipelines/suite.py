"""Every .ptest file beside this one is a case."""

from pathlib import Path

from support.case import Case
from support.ptest import run_file

HERE = Path(__file__).resolve().parent


def cases():
    for path in sorted(HERE.rglob("*.ptest")):
        name = str(path.relative_to(HERE).with_suffix(""))
        yield Case(name, lambda folder, path=path: run_file(path, folder))
