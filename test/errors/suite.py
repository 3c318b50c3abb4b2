"""Broken pipeline files: NAME.yaml is checked, and its message must be NAME.txt to the letter."""

from pathlib import Path

from support.case import Case, Failure, expect_equal
from support.program import sluice

HERE = Path(__file__).resolve().parent


def cases():
    for path in sorted(HERE.glob("*.yaml")):
        yield Case(path.stem, lambda folder, path=path: check(path))


def check(path):
    golden = path.with_suffix(".txt")
    # In the folder of the file, so that messages begin with its bare name.
    finished = sluice("check", path.name, cwd=path.parent).must_exit(2)
    if not golden.exists():
        raise Failure(f"{golden.name} is missing; the program says\n{finished.err}")
    expect_equal(golden.read_text(encoding="utf-8").rstrip(), finished.err.rstrip(), golden.name)
