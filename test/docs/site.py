"""The site that `make docs` builds: without a warning, and nothing of it is loaded from elsewhere."""

import os
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

from support.case import Failure, Skip
from support.program import ROOT

HOME = Path(os.environ.get("SLUICE_HOME", Path.home() / ".cache" / "sluice"))
MKDOCS = HOME / "docs" / "bin" / "mkdocs"
FOREIGN = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.I)
# Attributes that make a browser load something; of <link> those that do not are named.
LOADS = {"script": ("src",), "link": ("href",), "img": ("src", "srcset"), "source": ("src", "srcset"), "iframe": ("src",), "video": ("src", "poster"),
         "audio": ("src",), "track": ("src",), "embed": ("src",), "object": ("data",), "input": ("src",), "use": ("href", "xlink:href"),
         "image": ("href", "xlink:href")}
LINKS_THAT_LOAD_NOTHING = {"canonical", "prev", "next", "alternate"}
IN_STYLE = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")
# Of scripts: an address in quotes that looks like one of a script, a style or data. What follows is never loaded here.
IN_SCRIPT = re.compile(r"[\"'`](https?://[^\"'`\s]+)[\"'`]")
NEVER_LOADED = {
    "http://www.w3.org/": "names of XML",
    "https://unpkg.com/mermaid@": "only where a page has a diagram of Mermaid's, which no page has",
    "https://unpkg.com/resize-observer-polyfill": "only for browsers before 2020, which have no ResizeObserver",
    "https://api.github.com/": "only with repo_url in mkdocs.yml",
    "https://${e}/api/v4/": "likewise",
}


def install():
    """What `make docs` calls; where it cannot be had the site is not built."""
    if MKDOCS.exists():
        return
    try:
        done = subprocess.run([ROOT / "tools" / "install_dependencies.sh", "docs"], capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        raise Skip("mkdocs is not here, and it takes longer than 5 minutes to install: tools/install_dependencies.sh docs")
    if done.returncode:
        raise Skip(f"mkdocs cannot be installed here (tools/install_dependencies.sh docs): {done.stderr.strip()[-300:]}")


def build(root, folder):
    install()
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([MKDOCS, "build", "--strict", "-f", root / "mkdocs.yml", "-d", folder], cwd=root, env=env, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"mkdocs build --strict ends with {done.returncode}\n{done.stdout}{done.stderr}")
    return folder


class Loaded(HTMLParser):
    """The addresses that a page has a browser load."""

    def __init__(self, text):
        super().__init__()
        self.found, self._raw = [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        if "mermaid" in given.get("class", "").split():
            self.found.append("https://unpkg.com/mermaid")
        if not (tag == "link" and LINKS_THAT_LOAD_NOTHING & set(given.get("rel", "").lower().split())):
            for name in LOADS.get(tag, ()):
                value = given.get(name, "")
                self.found += [each.split()[0] for each in value.split(",") if each.strip()] if name == "srcset" else [value]
        if "style" in given:
            self.found += in_style(given["style"])
        self._raw = tag if tag in ("style", "script") else None

    def handle_endtag(self, tag):
        self._raw = None

    def handle_data(self, data):
        if self._raw == "style":
            self.found += in_style(data)
        elif self._raw == "script":
            self.found += in_script(data)


def in_style(text):
    return [one or other for one, other in IN_STYLE.findall(text)]


def in_script(text):
    return [found for found in IN_SCRIPT.findall(text) if not found.startswith(tuple(NEVER_LOADED))]


def from_elsewhere(site):
    # The search index has the pages' own words.
    for path in sorted(site.rglob("*")):
        if path.suffix not in (".html", ".css", ".js", ".svg") or path.name == "search_index.js":
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found = in_style(text) if path.suffix == ".css" else loaded_by_script(text) if path.suffix == ".js" else Loaded(text).found
        for each in found:
            if FOREIGN.match(each.strip()):
                yield f"{path.relative_to(site)}: loads {each}"


def loaded_by_script(text):
    # Comments name where a library is from.
    return in_script(re.sub(r"/\*.*?\*/|^\s*(?://|\*).*$", "", text, flags=re.S | re.M))
