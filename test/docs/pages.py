"""The Markdown pages of a copy of the repository: their headings, links, code blocks and what they name in `code`."""

import re
import subprocess
import unicodedata
from dataclasses import dataclass

import yaml

FENCE = re.compile(r"^( *)(`{3,}|~{3,}) *([\w-]*)")
HEADING = re.compile(r"^(#{1,6}) +(.*?) *#*$")
INLINE = re.compile(r"(`+)(.+?)\1", re.S)
LINK = re.compile(r"\]\(<?([^)\s>]*)>?(?: +\"[^\"]*\")?\)")
AT_THE_TOP = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "STYLE.md", "CHANGELOG.md")


@dataclass(frozen=True)
class Block:
    """A fenced block: what the fence calls it, and its text without the fence's indentation."""

    page: str
    line: int
    language: str
    text: str

    @property
    def place(self):
        return f"{self.page}:{self.line}"


class Page:
    def __init__(self, root, name):
        self.name, self.path = name, root / name
        self.text = self.path.read_text(encoding="utf-8")
        self.blocks, self.prose = [], []
        fence, inside = None, []
        for number, line in enumerate(self.text.split("\n"), 1):
            found = FENCE.match(line)
            if fence is None and found:
                fence, inside = (found, number), []
            elif fence and found and found[2].startswith(fence[0][2]) and not line.strip().strip(found[2][0]):
                indent = len(fence[0][1])
                text = "".join(f"{each[indent:] if each[:indent].isspace() else each}\n" for each in inside)
                self.blocks.append(Block(name, fence[1] + 1, fence[0][3], text))
                fence = None
            elif fence:
                inside.append(line)
            else:
                self.prose.append((number, line))

    @property
    def anchors(self):
        """As the repository's host and most editors make them."""
        found = {}
        for _, line in self.prose:
            if heading := HEADING.match(line):
                text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[2]).replace("`", "")
                slug = re.sub(r"[^\w\- ]", "", unicodedata.normalize("NFC", text).lower()).replace(" ", "-")
                found[slug] = found.get(slug, -1) + 1
        return {slug if not number else f"{slug}-{number}" for slug, most in found.items() for number in range(most + 1)}

    def links(self):
        """(line, target) of each link and image."""
        for number, line in self.prose:
            for found in LINK.finditer(INLINE.sub(lambda code: "x" * len(code[0]), line)):
                yield number, found[1]

    def named(self):
        """(line, text) of what is in `code` outside blocks."""
        text = "\n".join(line for _, line in self.prose)
        numbers = [number for number, _ in self.prose]
        for found in INLINE.finditer(text):
            yield numbers[text.count("\n", 0, found.start())], found[2]


def docs(root):
    """The pages of the site, by their path below docs/."""
    return sorted(path.relative_to(root / "docs").as_posix() for path in (root / "docs").rglob("*.md"))


def pages(root):
    """Those of docs/, and those beside it that people read first."""
    names = [f"docs/{name}" for name in docs(root)] + [name for name in AT_THE_TOP if (root / name).exists()]
    return [Page(root, name) for name in names]


def other_pages(root):
    """What is written beside the code: benchmarks, examples, templates."""
    listing = subprocess.run(["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
                             check=True, capture_output=True, text=True).stdout.split("\n")
    ours = [name for name in listing if name and not name.startswith(("docs/", "third_party/")) and name not in AT_THE_TOP]
    return [Page(root, name) for name in ours]


class AnyTag(yaml.SafeLoader):
    """mkdocs.yml may have tags of Python's, which say nothing here."""


AnyTag.add_multi_constructor("", lambda loader, suffix, node: None)


def in_navigation(root):
    """The pages that mkdocs.yml puts into the navigation; those that it leaves out are below a folder of `not_in_nav`."""
    settings = yaml.load((root / "mkdocs.yml").read_text(encoding="utf-8"), AnyTag)

    def leaves(entry):
        for each in entry.values() if isinstance(entry, dict) else entry:
            if isinstance(each, str):
                yield each
            else:
                yield from leaves(each)
    return list(leaves(settings["nav"])), [line.strip("/ ") for line in settings.get("not_in_nav", "").split("\n") if line.strip()]
