#!/usr/bin/env python3
"""Runs clang-tidy on each source file of ours that changed, or whose headers did, since it passed."""

import json
import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from source_tree import ROOT, Passed, is_test, pinned_packages, selected, text, venv

BUILD = ROOT / "build" / "release"
DATABASE = ROOT / "build" / "tidy"
# gcc's own warnings mean nothing to clang, whose -Wconversion asks for more than gcc's; what is an
# error, .clang-tidy says.
EXTRA = ["--quiet", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-error",
         "--extra-arg=-Wno-sign-conversion"]
# A test or a benchmark has one thread when it calls exit() or getenv(), and gtest's typed fixtures
# have protected destructors.
TEST_CHECKS = "--checks=-concurrency-mt-unsafe,-cppcoreguidelines-virtual-class-destructor"
# The names of benchmarks are what the report shows.
BENCH_CHECKS = TEST_CHECKS + ",-readability-identifier-naming"


def checks_for(path):
    if path.name.endswith("_bench.cc") or path.parts[0] == "bench":
        return [BENCH_CHECKS]
    return [TEST_CHECKS] if is_test(path) else []


def compile_commands():
    """The build's, without the precompiled headers: clang would read them all for each file."""
    path = BUILD / "compile_commands.json"
    if not path.exists():
        sys.exit("tidy: build/release is not configured; run `make build` first")
    entries = json.loads(path.read_text())
    for entry in entries:
        entry["command"] = re.sub(r" (-Winvalid-pch|-include \S+/cmake_pch\.hxx)(?= )", "", entry["command"])
    DATABASE.mkdir(parents=True, exist_ok=True)
    (DATABASE / "compile_commands.json").write_text(json.dumps(entries))
    return entries


def commands():
    for entry in compile_commands():
        file = pathlib.Path(entry["file"])
        # Generated sources lie under build/; a deleted one may still be listed.
        if file.is_file() and file.is_relative_to(ROOT) and not file.is_relative_to(ROOT / "build"):
            if selected(file.relative_to(ROOT)):
                yield file.relative_to(ROOT), entry["command"]


def diagnostics(output):
    """One text a finding: its line and the source under it; of the notes, those on our files."""
    found = []
    keep = False
    for line in output.replace(f"{ROOT}/", "").splitlines():
        if re.match(r"\S+:\d+:\d+: (error|warning): ", line):
            found.append([line])
            keep = True
        elif re.match(r"\S+:\d+:\d+: note: |Error while |In file included ", line):
            keep = found and found[-1][0].startswith("/") and line.startswith(("src/", "include/"))
            if keep:
                found[-1].append(line)
        elif found and keep:
            found[-1].append(line)
    return ["\n".join(lines) for lines in found]


def tidy(program, path):
    """What clang-tidy finds in one file: nothing when it passes."""
    command = [program, "-p", str(DATABASE), *EXTRA, *checks_for(path), str(ROOT / path)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode == 0:
        return []
    return diagnostics(run.stdout) or [f"{path}: clang-tidy failed\n{run.stdout}{run.stderr}"]


def main():
    program = venv("clang-tidy")
    passed = Passed("tidy", text(".clang-tidy") + pinned_packages() +
                    text("third_party/dependencies.lock") + " ".join([*EXTRA, BENCH_CHECKS]))
    keys = {path: passed.key(path, command) for path, command in sorted(commands())}
    todo = [path for path in keys if not passed.has(keys[path])]
    if todo:
        print(f"tidy: {len(todo)} of {len(keys)} files", flush=True)
    # A finding in a header comes with every file that includes it; it is reported once.
    problems = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, found in zip(todo, pool.map(lambda path: tidy(program, path), todo)):
            for finding in found:
                if finding not in problems:
                    print(finding, flush=True)
                problems[finding] = path
            if not found:
                passed.add(keys[path])
    passed.save()
    if problems:
        sys.exit(f"tidy: {len(problems)} finding(s). Fix the cause; where the check is wrong: "
                 "// NOLINT(check): reason.")


main()
