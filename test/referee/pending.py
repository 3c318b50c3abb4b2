#!/usr/bin/env python3
"""The cases that are expected to fail today: pending.txt, "NAME: reason" a line.

    pending.py prune     takes out the lines of cases that pass now
    pending.py add REASON [NAME...]     puts in the cases of these names that fail now
"""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FILE = Path(__file__).resolve().parent / "pending.txt"
HEAD = """\
# Cases that sluice is expected to fail today, each with the reason. They are run and counted as
# pending, never as passed; one that passes fails the suite until its line is gone
# (test/referee/pending.py prune).
"""


def read():
    """{case's name: reason}"""
    lines = [line for line in FILE.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


def write(waiting):
    FILE.write_text(HEAD + "".join(f"{name}: {reason}\n"
                                   for name, reason in sorted(waiting.items())))


def passing(cases):
    """The names of those that pass."""
    from referee.suite import judge
    from support.case import Failure

    def passes(case):
        with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
            try:
                judge(case, Path(folder))
            except Failure:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        return {case.name for case, passed in zip(cases, pool.map(passes, cases)) if passed}


def main(arguments):
    sys.path.insert(0, str(FILE.parents[1]))
    from referee.case_file import load_all

    waiting = read()
    if arguments[:1] == ["prune"]:
        gone = passing([case for case in load_all() if case.name in waiting])
        write({name: reason for name, reason in waiting.items() if name not in gone})
        print(f"{len(gone)} pass now: {', '.join(sorted(gone))}; {len(waiting) - len(gone)} pending")
    elif len(arguments) > 1 and arguments[0] == "add":
        cases = [case for case in load_all(arguments[2:]) if case.name not in waiting]
        passed = passing(cases)
        new = {case.name: arguments[1] for case in cases if case.name not in passed}
        write({**waiting, **new})
        print(f"{len(new)} more pending, {len(passed)} pass")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
