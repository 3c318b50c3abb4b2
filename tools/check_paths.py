#!/usr/bin/env python3
"""Fails when ARCHITECTURE.md, or a comment of ours, names a file or a folder that is not there.

Names are those of the repository or of src/: src/sql/tree, sql/tree/ast.h, state/, connectors/*. In a
comment only files of ours are looked at: a path that ends in .h or .cc, or one below docs/.
"""

import re

from source_tree import ROOT, files, report, selected, text

PAGE = "ARCHITECTURE.md"
QUOTED = re.compile(r"`([^`\s]+)`")
ENDINGS = (".h", ".cc", ".py", ".rs", ".sh", ".md", ".txt", ".cmake")
COMMENT = re.compile(r"//.*$", re.MULTILINE)
IN_COMMENT = re.compile(r"(?<![\w/<.])((?:[\w.]+/)+[\w-]+\.(?:h|cc)|docs/[\w/-]+\.md)\b")


def is_there(name):
    return any(any(folder.glob(name.rstrip("/"))) for folder in (ROOT, ROOT / "src"))


def is_path(name):
    return not name.startswith("/") and ("/" in name or name.endswith(ENDINGS))


def problems():
    if selected(PAGE):
        for number, line in enumerate(text(PAGE).splitlines(), 1):
            for name in QUOTED.findall(line):
                if is_path(name) and not is_there(name):
                    yield f"{PAGE}:{number}: there is no {name}"
    for path in files(".h", ".cc"):
        content = text(path)
        for comment in COMMENT.finditer(content):
            for name in IN_COMMENT.findall(comment.group()):
                if not is_there(name):
                    line = content.count("\n", 0, comment.start()) + 1
                    yield f"{path}:{line}: there is no {name}"


report(list(problems()), "paths")
