"""A hook of mkdocs: links that leave docs/ lead to pages of their own on the site.

In the repository such a link names a file or a folder (../../examples/bronze/pipeline.yaml). The site has a copy of each that
is linked, below source/: Markdown as a page, other texts as a listing, a folder as a list of its files. So the site is
whole without the repository and without a network, and the pages read the same in both.
"""

import posixpath
import re
import subprocess
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]  # on_config: where mkdocs.yml is
SEARCH_FROM_A_DISK = "tools/site/iframe-worker.js"
FENCE = re.compile(r"^ *(```+|~~~+)")
LINK = re.compile(r"(!?\[[^\]]*\]\()([^)\s#]+)(#[^)\s]*)?(\))")
LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".cc": "cpp", ".h": "cpp", ".sh": "bash", ".service": "ini",
             ".cql": "sql", ".json": "json", ".toml": "toml", ".rs": "rust"}
BINARY = (".png", ".jpg", ".svg", ".parquet", ".gz")
FOLDER_FILES_MAX = 200


def on_config(config):
    global ROOT
    ROOT = Path(config.config_file_path).resolve().parent


def on_files(files, config):
    """Adds a page for everything outside docs/ that a page links to, and that those link to."""
    script = ROOT / SEARCH_FROM_A_DISK
    files.append(File.generated(config, script.name, abs_src_path=str(script)))
    todo = [Path("docs", one.src_uri) for one in files.documentation_pages()]
    seen = set()
    while todo:
        page = todo.pop()
        for name in linked_outside(page):
            if name not in seen:
                seen.add(name)
                files.append(generated(config, name))
                if name.suffix == ".md":
                    todo.append(name)
    return files


def on_page_markdown(markdown, page, config, files):
    """Links as the site has them."""
    place = place_of(page.file.src_uri)
    return "\n".join(with_links(markdown, place, posixpath.dirname(page.file.src_uri)))


def place_of(src_uri):
    """Where a page of the site is in the repository."""
    if src_uri.startswith("source/"):
        return Path(re.sub(r"(?<!README)\.page\.md$", "", src_uri.removeprefix("source/")))
    return Path("docs", src_uri)


def page_of(name):
    """Where the site has a file or folder of the repository; None: it is not a page."""
    if name.parts[:1] == ("docs",):
        return posixpath.join(*name.parts[1:])
    return f"source/{name.as_posix()}" + ("" if name.suffix in (".md", *BINARY) else ".page.md")


def target(place, link):
    """The repository's file or folder that a link of the page at `place` names; None: it leads elsewhere."""
    if "://" in link or link.startswith(("mailto:", "/")):
        return None
    name = Path(posixpath.normpath((place.parent / link).as_posix()))
    return name if name.parts[:1] != ("..",) and (ROOT / name).exists() else None


def lines_outside_fences(text):
    """(line, whether it is code) of a page."""
    fence = None
    for line in text.split("\n"):
        found = FENCE.match(line)
        code = fence is not None or bool(found)
        if found and fence is None:
            fence = found[1]
        elif found and found[1].startswith(fence):
            fence = None
        yield line, code


def linked_outside(page):
    for line, code in lines_outside_fences((ROOT / page).read_text(encoding="utf-8")):
        for found in () if code else LINK.finditer(line):
            name = target(page, found[2])
            if name and name.parts[0] != "docs":
                yield name


def with_links(markdown, place, folder):
    def moved(found):
        name = target(place, found[2])
        if not name or (name.parts[0] == "docs" and place.parts[0] == "docs" and (ROOT / name).is_file()):
            return found[0]
        if name.parts[0] == "docs" and (ROOT / name).is_dir():
            index = min((ROOT / name).glob("*.md"), default=None)  # a folder of docs/ is known by its first page
            name = name / index.name if index else name
        return found[1] + posixpath.relpath(page_of(name), folder or ".") + (found[3] or "") + found[4]

    for line, code in lines_outside_fences(markdown):
        yield line if code else LINK.sub(moved, line)


def generated(config, name):
    path = ROOT / name
    if path.suffix in BINARY:
        return File.generated(config, page_of(name), abs_src_path=str(path))
    if path.suffix == ".md":
        return File.generated(config, page_of(name), content=path.read_text(encoding="utf-8"))
    text = listing_of_folder(name) if path.is_dir() else listing_of_file(name)
    return File.generated(config, page_of(name), content=f"# {name.as_posix()}\n\n{text}")


def listing_of_file(name):
    content = (ROOT / name).read_text(encoding="utf-8", errors="replace").rstrip("\n")
    return f"````` {LANGUAGES.get(name.suffix, 'text')}\n{content}\n`````\n"


def listing_of_folder(name):
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", name.as_posix()],
                            capture_output=True, text=True)
    known = listed.stdout.splitlines()
    if listed.returncode:  # not a clone
        known = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / name).rglob("*") if path.is_file() and path.suffix != ".pyc")
    return "\n".join(f"- `{one}`" for one in known[:FOLDER_FILES_MAX]) + "\n"
