"""Where pages lead: each is in the navigation, each link and anchor is there, and so is each file that a page names."""

import os
import re
from functools import lru_cache

from docs.pages import Page, docs, in_navigation, pages

FOREIGN = re.compile(r"^[a-z][a-z0-9+.-]*:")
# What a page names as a file of the repository.
OURS = re.compile(r"^(?:src|test|docs|bench|tools|examples|templates|packaging|include|spark/sluice_spark|rust|web|cmake|third_party)/[\w./*-]+$")
# A decision is not changed when the code moves on; a changelog says what was. STYLE.md names files of other projects.
OF_THEIR_TIME = ("docs/decisions/0", "CHANGELOG.md", "STYLE.md")


def not_in_navigation(root):
    named, left_out = in_navigation(root)
    for name in docs(root):
        if name not in named and not name.startswith(tuple(f"{each}/" for each in left_out)):
            yield f"mkdocs.yml: docs/{name} is not in the navigation: add it to `nav`, or to `not_in_nav`"
    for name in named:
        if not (root / "docs" / name).exists():
            yield f"mkdocs.yml: docs/{name} is in the navigation and not there"
        if named.count(name) > 1:
            yield f"mkdocs.yml: docs/{name} is in the navigation twice"


def leading_nowhere(root, others=()):
    @lru_cache(maxsize=None)
    def anchors(name):
        return Page(root, name).anchors

    for page in [*pages(root), *others]:
        for line, link in page.links():
            if FOREIGN.match(link):
                continue
            path, _, anchor = link.partition("#")
            name = os.path.normpath(os.path.join(os.path.dirname(page.name), path)) if path else page.name
            if name.startswith("..") or path.startswith("/"):
                yield f"{page.name}:{line}: {link} leads out of the repository"
            elif not (root / name).exists():
                yield f"{page.name}:{line}: {link}: there is no {name}"
            elif anchor and (not name.endswith(".md") or anchor not in anchors(name)):
                yield f"{page.name}:{line}: {link}: {name} has no heading of that name"


def files_not_there(root):
    for page in pages(root):
        if page.name.startswith(OF_THEIR_TIME):
            continue
        for line, text in page.named():
            if OURS.match(text) and not any(root.glob(text.rstrip("/"))):
                yield f"{page.name}:{line}: there is no {text}"


def tests_of_guarantees(root):
    """Each row of the tables of sinks and sources, and each promise of a list, names its tests, and they are there."""
    page = Page(root, "docs/guarantees.md")
    named = [(line, text) for line, text in page.named() if re.match(r"(test|src)/", text)]
    for line, text in named:
        if not (root / text).exists():
            yield f"{page.name}:{line}: there is no {text}"
        elif text.startswith("src/") and not text.endswith("_test.cc"):
            yield f"{page.name}:{line}: {text} is not a test"
    lines = {line for line, _ in named}
    for number, line in page.prose:
        # A row that is at least once has nothing to prove but that it says so.
        if line.startswith("|") and "exactly once" in line and number not in lines:
            yield f"{page.name}:{number}: no test is named here"
