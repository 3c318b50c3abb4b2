#!/usr/bin/env python3
"""Fails unless docs/reference/errors.md, from which `sluice explain-error` answers, has each named error of the
source, and no other."""

import re

from source_tree import SELECTED, files, is_test, report, text

PAGE = "docs/reference/errors.md"
NAME = r"\bE_[A-Z_]+[A-Z]\b"


def problems():
    known = set(re.findall(rf"^\| `({NAME})`", text(PAGE), re.M))
    named = {}
    for path in files(".cc", ".h", ".py"):
        if path.parts[0] in ("src", "include", "spark") and not is_test(path):
            for name in re.findall(NAME, text(path)):
                named.setdefault(name, path)
    for name in sorted(set(named) - known):
        yield f"{named[name]}: {name} is not on {PAGE}: say what happened and what to do"
    for name in sorted(known - set(named)) if not SELECTED else ():
        yield f"{PAGE}: nothing is called {name} any more"


report(list(problems()), "errors")
