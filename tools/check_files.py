#!/usr/bin/env python3
"""Fails on files that are too long, too big, or named after a role instead of a thing."""

import re

from source_tree import ROOT, files, is_test, report, text

LINES_MAX = {".cc": 500, ".h": 300, "test": 700}
AIM = {".cc": 300, ".h": 150, "test": 500}
BYTES_MAX = 200_000
# Written by a tool and read by nobody.
BYTES_EXEMPT = {"rust/Cargo.lock"}
ROLES = re.compile(r"(^|_)(utils?|helpers?|common|managers?|impl|misc)(_|$)")


def problems():
    for path in files():
        size = (ROOT / path).stat().st_size
        if size > BYTES_MAX and str(path) not in BYTES_EXEMPT:
            yield f"{path}: {size} bytes, at most {BYTES_MAX}; generate or fetch it instead"
        role = ROLES.search(path.stem.lower())
        if role:
            yield f"{path}: '{role.group(2)}' names a role; name the file after the thing in it"
        if path.suffix in (".h", ".cc"):
            kind = "test" if is_test(path) else path.suffix
            lines = text(path).count("\n")
            if lines > LINES_MAX[kind]:
                yield (f"{path}: {lines} lines, at most {LINES_MAX[kind]} (aim: {AIM[kind]}); "
                       "split it by what its parts are about")


report(list(problems()), "files")
