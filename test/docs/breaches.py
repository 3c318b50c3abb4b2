"""What is wrong on purpose, in a copy of the pages: each check has to see it. So no check passes because it looks at nothing."""

import re
import shutil

from docs import codes, commands, links, pipelines, site
from docs.pages import Page
from support.case import Case, Failure
from support.program import ROOT

WRONG = "docs/wrong.md"


def cases():
    for check in (navigation, page_links, named_files, guarantees, blocks, typed_commands, named_commands, named_codes, strict_build, loaded):
        yield Case(f"sees/{check.__name__}", check)


def seen(problems, *texts):
    """Each text is part of a problem of its own, and there is no other one."""
    found = list(problems)
    for text in texts:
        if not any(text in each for each in found):
            raise Failure(f"nobody sees: {text}\nseen:\n" + "\n".join(found))
    if len(found) != len(texts):
        raise Failure(f"{len(texts)} problems were planted, {len(found)} are seen:\n" + "\n".join(found))


def copied(folder):
    """The repository, whose pages may be changed."""
    root = folder / "copy"
    root.mkdir()
    for path in ROOT.iterdir():
        if path.name == "docs":
            shutil.copytree(path, root / "docs")
        elif path.name == "mkdocs.yml" or path.suffix == ".md":
            shutil.copy(path, root)
        elif path.name not in (".git", "build"):
            (root / path.name).symlink_to(path)
    return root


def with_page(folder, text):
    root = copied(folder)
    (root / WRONG).write_text(text, encoding="utf-8")
    return root


def changed(path, old, new):
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise Failure(f"{path.name} has no {old!r} any more: plant something else")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def navigation(folder):
    before = set(links.not_in_navigation(ROOT))  # docs/navigation says it
    root = with_page(folder, "# Wrong\n")
    changed(root / "mkdocs.yml", "- soak.md", "- soak.md\n      - soaked.md")
    seen(set(links.not_in_navigation(root)) - before, "docs/wrong.md is not in the navigation", "docs/soaked.md is in the navigation and not there")
    changed(root / "mkdocs.yml", "not_in_nav: /source/", "not_in_nav: |\n  /source/\n  /wrong")
    seen(set(links.not_in_navigation(root)) - before, "docs/soaked.md", "docs/wrong.md")


def page_links(folder):
    root = with_page(folder, """# Wrong

[a](gone.md), [b](index.md#gone), [`c`](#gone), ![d](images/gone.png), [e](../src/gone.cc), [f](../../gone), [fine](#wrong).
`[no link](gone.md)`

```
[no link](gone.md)
```
""")
    seen(links.leading_nowhere(root), "there is no docs/gone.md", "docs/index.md has no heading", "docs/wrong.md has no heading",
         "there is no docs/images/gone.png", "there is no src/gone.cc", "leads out of the repository")


def named_files(folder):
    seen(links.files_not_there(with_page(folder, "# Wrong\n\n`src/gone.cc`, `test/gone/`, `src/engine/engine.cc`, `test/*.py`\n")),
         "there is no src/gone.cc", "there is no test/gone/")


def guarantees(folder):
    root = copied(folder)
    page = root / "docs/guarantees.md"
    changed(page, "`test/upsert/suite.py`", "`test/upsert/gone.py`")
    changed(page, "`test/cql/writes.py`", "")
    changed(page, "`src/app/pipeline/power_cut_test.cc`", "`src/engine/engine.cc`")
    seen(links.tests_of_guarantees(root), "there is no test/upsert/gone.py", "no test is named here", "src/engine/engine.cc is not a test")


def blocks(folder):
    root = with_page(folder, """# Wrong

```yaml
sources: [
```

```yaml
sources:
  orders: {csv: {path: in, schema: {id: BIGINT}}}
sinks:
  out: {from: ordres, console: {}}
```

```yaml
sources:
  orders: {csv: {path: in, schema: {id: BIGINT}}}
sinks:
  out: {from: orders, console: {}}
```
""")
    here = [Page(root, WRONG)]
    seen(pipelines.not_yaml(here), f"{WRONG}:4: is not YAML")
    seen(pipelines.refused(folder, pipelines.whole(here)), "ordres")


def typed_commands(folder):
    root = with_page(folder, """# Wrong

```sh
sluice run pipeline.yaml --availabel-now   # a comment
OUT=out sluice rnu pipeline.yaml | head -5
sluice check pipeline.yaml > out.txt 2>&1 && sluice explain p.yaml \\
  --format gif
sluice sql "SELECT 1 > 0
            FROM 'x'" --one
sluice run pipeline.yaml --available-now
```

```console
$ timeout 3 sluice delta vacum lake/orders
sluice is not called here --at-all
```
""")
    seen(commands.not_taken(folder, [Page(root, WRONG)]), "--availabel-now", "rnu", "gif", "--one", "vacum")


def named_commands(folder):
    root = with_page(folder, "# Wrong\n\n`sluice rnu FILE`, `sluice delta vacum`, `sluice run --availabel-now`, `sluice run\n--once`, "
                             "`sluice delta vacuum`\n")
    seen(commands.not_known(commands.helps(folder), [Page(root, WRONG)]), "sluice rnu", "sluice delta vacum", "no option --availabel-now")


def named_codes(folder):
    root, known = copied(folder), codes.known_to_the_program(folder)
    seen(codes.without_a_test(root, ["E_FENCED", "LINT_FLOAT_MONEY", "E_NEVER_HEARD_OF"]), "_HEARD_OF: no test names it")
    before = set(codes.without_a_section(root, known))  # docs/codes says it
    changed(root / "docs/reference/errors.md", "| `E_FENCED` |", "| E_FENCED |")
    changed(root / "docs/reference/lints.md", "## LINT_FLOAT_MONEY", "## LINT_FLOAT_MONEYS")
    seen(set(codes.without_a_section(root, known)) - before, "nothing about E_FENCED", "nothing about LINT_FLOAT_MONEY", "LINT_FLOAT_MONEYS is not known")


def strict_build(folder):
    """Of all that is wrong above mkdocs sees its part, too, and fails."""
    root = with_page(folder, "# Wrong\n\n[a](gone.md), [b](index.md#gone)\n")
    try:
        site.build(root, folder / "site")
    except Failure as failure:
        found = [line for line in re.findall(r"^WARNING.*|^  - .*", str(failure), re.M) if "wrong" in line or "gone" in line]
        seen(found, "  - wrong.md", "'gone.md'", "'#gone'")
    else:
        raise Failure("mkdocs build --strict passes")


def loaded(folder):
    made = folder / "site"
    made.mkdir()
    (made / "index.html").write_text("""<html><head><link rel="stylesheet" href="//fonts.example/css"><link rel="canonical" href="https://here.example/">
<style>a { background: url("https://pixel.example/1.gif") }</style><script src="https://script.example/1.js"></script></head>
<body><a href="https://link.example/">a link loads nothing</a><img src="assets/1.png" srcset="http://image.example/2.png 2x">
<script>fetch("https://data.example/")</script><pre class="mermaid"></pre></body></html>""")
    (made / "1.css").write_text("@import 'https://style.example/1.css'; @font-face { src: url(font.woff2), url(//font.example/1.woff2) }")
    (made / "1.js").write_text("/* from https://comment.example/ */ load('https://worker.example/1.js'); const x = 'http://www.w3.org/2000/svg'")
    seen(site.from_elsewhere(made), "fonts.example", "pixel.example", "script.example", "image.example", "data.example", "unpkg.com/mermaid",
         "style.example", "//font.example", "worker.example")
