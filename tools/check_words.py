#!/usr/bin/env python3
"""Fails on words that must not stand in the project: hosts of registries, paths of one machine."""

import re

from source_tree import files, report, text

# In pieces, so that this file does not find itself.
BANNED = [
    (r"registry\.npm" r"js|npm" r"js\.(org|com)", "a registry's host; call its ordinary client"),
    (r"py" r"pi\.org|python" r"hosted\.org", "a registry's host; call pip"),
    (r"(static|index)\.crates" r"\.io|https?://crates" r"\.io", "a registry's host; call cargo"),
    (r"proxy\.go" r"lang\.org|sum\.go" r"lang\.org", "a registry's host; call go"),
    (r"repo1?\.maven" r"\.|maven" r"\.org", "a registry's host; call mvn"),
    (r"deb\.deb" r"ian\.org", "a registry's host; call apt-get"),
    (r"(?<![\w.$}])/ro" r"ot/", "a path of one machine; take it from $HOME or an option"),
    (r"(?<![\w.$})-])/wo" r"rk/", "a path of one machine; take it from an option"),
    (r"\.\./sha" r"red\b", "a path outside the project; say it here"),
]
# Cargo writes its registry's name into its lock file.
EXEMPT = {"rust/Cargo.lock"}


def problems():
    for path in files():
        if str(path) in EXEMPT:
            continue
        for number, line in enumerate(text(path).splitlines(), 1):
            for pattern, mend in BANNED:
                match = re.search(pattern, line)
                if match:
                    yield f"{path}:{number}: '{match.group()}' is {mend}"


report(list(problems()), "words")
