"""What a suite is made of: cases that pass, fail or are skipped, each in a folder of its own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable


class Failure(Exception):
    """The case found something wrong; the text says what was expected and what came."""


class Skip(Exception):
    """The case cannot run on this machine; the text says why, and what to install."""


class Pending(Exception):
    """The case fails, and is on a list of those that are expected to; the text says why."""


@dataclass(frozen=True)
class Case:
    """`run` gets an empty folder, which is kept when it fails."""

    name: str
    run: Callable[[Path], None]


def expect_equal(expected, got, what):
    if expected != got:
        raise Failure(f"{what}\n{difference(expected, got)}")


def difference(expected, got):
    """Both sides, line by line where they are texts, with the lines marked that differ."""
    if isinstance(expected, (list, tuple)) and isinstance(got, (list, tuple)):
        expected, got = "\n".join(map(str, expected)), "\n".join(map(str, got))
    if not (isinstance(expected, str) and isinstance(got, str)):
        return f"  expected: {expected}\n  got:      {got}"
    import difflib

    lines = difflib.ndiff(expected.splitlines(), got.splitlines())
    shown = ["  " + line for line in lines if not line.startswith("?")]
    if len(shown) > 60:
        shown = [line for line in shown if line[2] in "+-"]
        shown = shown[:60] + [f"  ... {len(shown) - 60} lines more"] * (len(shown) > 60)
    return "  (- expected, + got)\n" + "\n".join(shown)
