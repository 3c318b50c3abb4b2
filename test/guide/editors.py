"""The settings in docs/guide/editors.md are of the language that they say, and name files that there are."""

import json
import re
import shutil
import subprocess
import tomllib

from support.case import Case, Failure, Skip, expect_equal
from support.program import ROOT, sluice

PAGE = ROOT / "docs" / "guide" / "editors.md"
PATTERNS = ["pipelines/*.yaml", "pipeline.yaml"]


def cases():
    yield Case("editors/settings", settings)
    yield Case("editors/modeline", modeline)
    yield Case("editors/lua", lua)
    yield Case("editors/schemas", schemas)


def blocks():
    """The code of the page, by its language."""
    return dict(re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S))


def settings(folder):
    found = blocks()
    expect_equal({"./sluice.schema.json": PATTERNS}, json.loads(found["json"])["yaml.schemas"], "VS Code")
    helix = tomllib.loads(found["toml"])["language-server"]["yaml-language-server"]["config"]
    expect_equal({"yaml": {"schemas": {"./sluice.schema.json": PATTERNS}}}, helix, "Helix")


def modeline(folder):
    """The line is what `sluice schema --help` says, and a file that begins with it is fine."""
    line = blocks()["yaml"].strip()
    if line not in sluice("schema", "--help", cwd=folder).out:
        raise Failure(f"`sluice schema --help` does not say {line!r}")
    text = (ROOT / "templates" / "invoices" / "pipeline.yaml").read_text(encoding="utf-8")
    (folder / "pipeline.yaml").write_text(f"{line}\n{text}")
    sluice("check", "pipeline.yaml", cwd=folder).must_exit(0)
    schema = json.loads(sluice("schema", cwd=folder).must_exit(0).out)
    if not {"sources", "sinks"} <= set(schema["properties"]):
        raise Failure("the schema has neither sources nor sinks")


def schemas(folder):
    """By them all pipelines and tests of the templates are fine, and slips are not."""
    import fastjsonschema
    import yaml

    class Plain(yaml.SafeLoader):
        """Times are texts, as in JSON."""
    Plain.yaml_implicit_resolvers = {key: [one for one in found if "timestamp" not in one[0]]
                                     for key, found in yaml.SafeLoader.yaml_implicit_resolvers.items()}
    # The library knows the drafts up to 7, which say the same by other words.
    pipelines, tests = (fastjsonschema.compile(json.loads(sluice("schema", *more, cwd=folder).must_exit(0).out.replace(
        "2020-12/schema", "draft-07/schema").replace("https://json-schema.org/draft/", "http://json-schema.org/")))
        for more in ((), ("--tests",)))
    found = sorted((ROOT / "templates").glob("*/*.yaml"))
    for path in found:
        check = tests if path.name.endswith(".test.yaml") else pipelines
        try:
            check(yaml.load(path.read_text(encoding="utf-8"), Plain))
        except fastjsonschema.JsonSchemaException as error:
            raise Failure(f"{path}: {error.message}")
    if len(found) < 18:
        raise Failure(f"only {len(found)} files were checked")
    for check, text in ((tests, "tests: {a: {batches: [{row: {}}]}}"), (tests, "tests: {a: {batches: []}}"), (tests, "test: {}"),
                        (pipelines, "name: a\nsources: {a: {generator: {rows: 1}}}\ntests: {a: {batchez: []}}\nsinks: {b: {from: a, console: {}}}\ncheckpoint: c"),
                        (pipelines, "name: a\nsources: {a: {generator: {rows: 1}}}\nfunctions: {f: {args: [a]}}\nsinks: {b: {from: a, console: {}}}\ncheckpoint: c")):
        try:
            check(yaml.load(text, Plain))
        except fastjsonschema.JsonSchemaException:
            continue
        raise Failure(f"this is taken for right:\n{text}")


def lua(folder):
    text = blocks()["lua"]
    for word in ("./sluice.schema.json", *PATTERNS):
        if f'"{word}"' not in text:
            raise Failure(f"Neovim's settings do not name {word}")
    program = next((name for name in ("luac", "luac5.4", "luac5.1", "luajit") if shutil.which(name)), None)
    if not program:
        raise Skip("no luac here to read Neovim's settings with (Debian: apt-get install lua5.4)")
    (folder / "init.lua").write_text(text)
    done = subprocess.run([program, *(["-b"] if program == "luajit" else ["-p"]), "init.lua", *(["/dev/null"] if program == "luajit" else [])],
                          cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise Failure(done.stderr)
