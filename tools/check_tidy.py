#!/usr/bin/env python3
"""Runs clang-tidy on each source file of ours that changed, or whose headers did, since it passed.

Most of its time goes into reading the headers again, so the sources of one target are looked at
together, as one file. Only where there is something to say about that file are its sources looked at one by
one, so that each finding has its place. A `using` declaration that only another source of the same target
needs is not found so.
"""

import collections
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from source_tree import ROOT, Passed, is_test, pinned_packages, selected, text, venv

BUILD = ROOT / "build" / "release"
DATABASE = ROOT / "build" / "tidy"
BATCH_LINES_MAX = 3000
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
    return entries


def commands():
    for entry in compile_commands():
        file = pathlib.Path(entry["file"])
        # Generated sources lie under build/; a deleted one may still be listed.
        if file.is_file() and file.is_relative_to(ROOT) and not file.is_relative_to(ROOT / "build"):
            if selected(file.relative_to(ROOT)):
                yield file.relative_to(ROOT), entry["command"]


def batches_of(todo, commands_of):
    """The sources in groups of one target each, none much longer than BATCH_LINES_MAX."""
    targets = collections.defaultdict(list)
    for path in todo:
        target = re.search(r" -o (\S+)\.dir/", commands_of[path])[1]
        targets[target, *checks_for(path)].append(path)
    for paths in targets.values():
        batch, lines = [], 0
        for path in paths:
            batch.append(path)
            lines += text(path).count("\n")
            if lines >= BATCH_LINES_MAX:
                yield batch
                batch, lines = [], 0
        if batch:
            yield batch


def write_database(batches, commands_of):
    """The commands of all sources, and those of the batches, which are written down as files."""
    shutil.rmtree(DATABASE, ignore_errors=True)
    DATABASE.mkdir(parents=True)
    entries = [{"directory": str(BUILD), "file": str(ROOT / path), "command": command}
               for path, command in commands_of.items()]
    for number, batch in enumerate(batches):
        if len(batch) > 1:
            file = batch_file(number)
            file.write_text("\n".join(map(text, batch)))
            command = commands_of[batch[0]].replace(str(ROOT / batch[0]), str(file))
            entries.append({"directory": str(BUILD), "file": str(file), "command": command})
    (DATABASE / "compile_commands.json").write_text(json.dumps(entries))


def batch_file(number):
    return DATABASE / f"batch_{number}.cc"


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


def tidy(program, path, checks):
    """What clang-tidy finds in one file: nothing when it passes."""
    command = [program, "-p", str(DATABASE), *EXTRA, *checks, str(path)]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode == 0:
        return []
    return diagnostics(run.stdout) or [f"{path}: clang-tidy failed\n{run.stdout}{run.stderr}"]


def tidy_batch(program, number, batch):
    """What clang-tidy finds in each of these sources."""
    checks = checks_for(batch[0])
    if len(batch) > 1 and not tidy(program, batch_file(number), checks):
        return [[] for _ in batch]
    return [tidy(program, ROOT / path, checks) for path in batch]


def main():
    program = venv("clang-tidy")
    passed = Passed("tidy", text(".clang-tidy") + pinned_packages() +
                    text("third_party/dependencies.lock") + " ".join([*EXTRA, BENCH_CHECKS]))
    commands_of = dict(sorted(commands()))
    keys = {path: passed.key(path, command) for path, command in commands_of.items()}
    todo = [path for path in keys if not passed.has(keys[path])]
    if todo:
        print(f"tidy: {len(todo)} of {len(keys)} files", flush=True)
    batches = list(batches_of(todo, commands_of))
    write_database(batches, commands_of)
    # A finding in a header comes with every file that includes it; it is reported once.
    problems = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda each: tidy_batch(program, *each), enumerate(batches))
        for path, found in zip(itertools.chain(*batches), itertools.chain.from_iterable(results)):
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
