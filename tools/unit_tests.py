#!/usr/bin/env python3
"""Runs the unit tests of a build by ctest, but for programs that have passed with the very same bytes and files.

    tools/unit_tests.py build/debug [-L LABEL ...]     the rest is ctest's

TEST_AGAIN=1 runs all (test/support/remembered.py). The last line counts: "N passed, N failed, N skipped".
"""

import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "test"))

from support.remembered import Files, Remembered, digest_of_program  # noqa: E402


def programs_of(folder, options):
    """Each test's name and the program that it is."""
    shown = subprocess.run(["ctest", "--test-dir", folder, "--show-only=json-v1", *options],
                           check=True, capture_output=True, text=True).stdout
    return {test["name"]: test["command"][0] for test in json.loads(shown)["tests"] if test.get("command")}


def outcomes(report):
    """What became of each test: run (passed), fail, notrun, disabled."""
    return {case.get("name"): case.get("status") for case in ElementTree.parse(report).iter("testcase")}


def main():
    folder, options = sys.argv[1], sys.argv[2:]
    programs = programs_of(folder, options)
    if not programs:
        sys.exit(f"{folder} has no such tests: run make test")
    digests = {path: digest_of_program(path) for path in set(programs.values()) if Path(path).exists()}
    remembered = Remembered(f"unit-{Path(folder).name}", Files().digest())
    mark = {name: f"{name} {digests.get(path, '')}" for name, path in programs.items()}
    todo = sorted(name for name in programs if not remembered.has(mark[name]))
    passed, failed = len(programs) - len(todo), 0
    if passed:
        print(f"{passed} of {len(programs)} test programs have passed with these bytes and files: not run again (TEST_AGAIN=1 runs them)", flush=True)
    if todo:
        with tempfile.TemporaryDirectory() as scratch:
            report = Path(scratch) / "report.xml"
            chosen = "^(" + "|".join(todo) + ")$"
            ran = subprocess.run(["ctest", "--test-dir", folder, "--output-on-failure", "--output-junit", report, *options, "-R", chosen])
            done = outcomes(report) if report.exists() else {}
        for name in todo:
            if done.get(name) == "run":
                passed += 1
                remembered.add(mark[name])
            else:
                failed += 1
        if ran.returncode and not failed:
            sys.exit(f"ctest ended with {ran.returncode}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
