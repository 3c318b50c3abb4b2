#!/usr/bin/env python3
"""Fails when the built program carries paths of this machine, or two copies of one library mixed."""

import pathlib
import re
import subprocess
import sys

from source_tree import ROOT, SELECTED, report

PROGRAM = ROOT / "build" / "release" / "sluice"
# The bridge brings these as archives and librdkafka as shared objects. Either copy serves both;
# half of one and half of the other would work on each other's structures.
ONE_COPY = ["ZSTD", "LZ4", "SSL", "EVP"]


def names(*options):
    run = subprocess.run(["nm", *options, PROGRAM], check=True, capture_output=True, text=True)
    return run.stdout


def problems():
    content = PROGRAM.read_bytes()
    for path in {str(ROOT) + "/", str(pathlib.Path.home()) + "/"}:
        at = content.find(path.encode())
        if at >= 0:
            found = re.match(rb"[^\0\n]{0,120}", content[at:at + 120]).group().decode("utf-8", "replace")
            yield f"{PROGRAM.name}: contains '{found}'; map it with -ffile-prefix-map or --remap-path-prefix"
    defined, wanted = names("--defined-only"), names("-D", "--undefined-only")
    for prefix in ONE_COPY:
        inside = re.search(rf" [TW] ({prefix}_\w+)", defined)
        outside = re.search(rf" U ({prefix}_\w+)", wanted)
        if inside and outside:
            yield (f"{PROGRAM.name}: {inside.group(1)} is linked in and {outside.group(1)} is not; "
                   "change the order of the libraries so that one copy serves all")


if SELECTED:
    sys.exit(0)
if not PROGRAM.exists():
    sys.exit("program: build/release/sluice is missing; run `make build` first")
report(list(problems()), "program")
