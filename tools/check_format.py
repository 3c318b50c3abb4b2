#!/usr/bin/env python3
"""Fails when a C++ file is not formatted as .clang-format says; --fix formats it."""

import subprocess
import sys

from source_tree import ROOT, Passed, files, pinned_packages, report, text, venv

BATCH = 20


def main():
    program = venv("clang-format")
    sources = [str(path) for path in files(".h", ".cc")]
    if "--fix" in sys.argv:
        subprocess.run([program, "-i", *sources], cwd=ROOT, check=True)
        return
    passed = Passed("format", text(".clang-format") + pinned_packages())
    keys = {path: passed.key(path) for path in sources}
    todo = [path for path in sources if not passed.has(keys[path])]
    problems = []
    for start in range(0, len(todo), BATCH):
        batch = todo[start:start + BATCH]
        run = subprocess.run([program, "--dry-run", *batch], cwd=ROOT, capture_output=True, text=True)
        bad = {line.split(":")[0]: line.split(":")[1] for line in reversed(run.stderr.splitlines())
               if "[-Wclang-format-violations]" in line}
        problems.extend(f"{path}:{line}: not formatted" for path, line in sorted(bad.items()))
        for path in batch:
            if path not in bad:
                passed.add(keys[path])
    passed.save()
    report(problems, "format", "Fix it with `make format`.")


main()
