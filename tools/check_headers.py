#!/usr/bin/env python3
"""Fails when a header does not compile alone.

A header that x.cc includes first has been proven by the build; only the others are compiled here.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from source_tree import INCLUDE, INCLUDE_FOLDERS, ROOT, Passed, files, report, text


def include_flags():
    """Every -I and -isystem of the release build, which the headers of tests need too."""
    path = ROOT / "build" / "release" / "compile_commands.json"
    if not path.exists():
        sys.exit("headers: build/release is not configured; run `make build` first")
    flags = {}
    for entry in json.loads(path.read_text()):
        words = entry["command"].split()
        for index, word in enumerate(words):
            if word == "-isystem":
                flags["-isystem" + words[index + 1]] = None
            elif word.startswith("-I"):
                flags[word] = None
    return [*flags, *(f"-I{folder}" for folder in INCLUDE_FOLDERS)]


def proven_by_source(path):
    source = path.with_suffix(".cc")
    if not (ROOT / source).is_file():
        return False
    first = INCLUDE.search(text(source))
    return first is not None and str(path).endswith(first.group(2))


def compile_alone(path, flags):
    command = ["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", *flags, "-x", "c++", "-"]
    run = subprocess.run(command, input=f'#include "{ROOT / path}"\n', capture_output=True, text=True)
    return run.stderr.strip() if run.returncode else None


def main():
    flags = include_flags()
    passed = Passed("headers", text("third_party/dependencies.lock"))
    todo, keys = [], {}
    for path in files(".h"):
        if path.parts[0] in ("src", "include", "test") and not proven_by_source(path):
            keys[path] = passed.key(path)
            if not passed.has(keys[path]):
                todo.append(path)
    problems = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, message in zip(todo, pool.map(lambda path: compile_alone(path, flags), todo)):
            if message is None:
                passed.add(keys[path])
            else:
                problems.append(f"{path}: does not compile alone; include what it uses\n{message}")
    passed.save()
    report(problems, "headers")


main()
