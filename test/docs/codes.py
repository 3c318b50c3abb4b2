"""Named errors and warnings: what `sluice explain-error` lists is what the pages have, and each has a test."""

import re

from support.case import Failure
from support.program import sluice

KNOWN_MIN = 80
NAME = re.compile(r"\b(?:E|LINT)_[A-Z_]*[A-Z]\b")


def known_to_the_program(folder):
    known = sorted(set(NAME.findall(sluice("explain-error", cwd=folder).must_exit(0).out)))
    if len(known) < KNOWN_MIN:
        raise Failure(f"`sluice explain-error` lists {len(known)} names only")
    return known


def without_a_section(root, known):
    errors = set(re.findall(r"^\| `(E_\w+)` \|", (root / "docs/reference/errors.md").read_text(encoding="utf-8"), re.M))
    lints = set(re.findall(r"^## (LINT_\w+)$", (root / "docs/reference/lints.md").read_text(encoding="utf-8"), re.M))
    for name in known:
        if name not in (errors if name.startswith("E_") else lints):
            page = "errors" if name.startswith("E_") else "lints"
            yield f"docs/reference/{page}.md: nothing about {name}"
    for name in sorted((errors | lints) - set(known)):
        yield f"docs/reference: {name} is not known to `sluice explain-error`"


def without_a_test(root, known):
    """Named by a file of test/, or by a unit test of C++ or Python. This suite's own files do not count."""
    tests = [path for path in (root / "test").rglob("*") if path.is_file() and path.parent != root / "test" / "docs"
             and path.suffix in (".py", ".txt", ".ptest", ".yaml", ".mjs", ".sh")]
    tests += (root / "src").rglob("*_test.cc")
    seen = set()
    for path in tests:
        seen.update(NAME.findall(path.read_text(encoding="utf-8", errors="replace")))
    for name in known:
        if name not in seen:
            yield f"{name}: no test names it"
