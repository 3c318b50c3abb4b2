"""The lints of `sluice check`. lints/CODE.yaml (and CODE.more.yaml) are pipelines in which `# warns: CODE` marks each
line that must be warned of, and `# fine` what is nearly so and must not; no other line may be warned of."""

import json
import re
from pathlib import Path

from support.case import Case, Failure, expect_equal
from support.program import ROOT, must_not_say, must_say, sluice

FOLDER = Path(__file__).resolve().parent / "lints"
PAGE = ROOT / "docs" / "reference" / "lints.md"

MONEY = """\
name: money
sources:
  a: {json_lines: {path: in, schema: {amount: DOUBLE, secret: VARCHAR}}}
sinks:
  a: {from: a, http: {url: "https://example.org", bearer: hunter2}}
trigger: available_now
checkpoint: out/checkpoint
"""


def cases():
    for path in sorted(FOLDER.glob("*.yaml")):
        yield Case(f"lint/{path.stem}", lambda folder, path=path: marked(path))
    yield Case("lint_of_each_code", each_code)
    yield Case("lint_page", page)
    yield Case("lint_words", words)
    yield Case("lint_codes_of_exit", codes_of_exit)
    yield Case("lint_unknown_codes", unknown_codes)
    yield Case("lint_quiet_run", quiet_run)
    yield Case("lint_examples", examples)


def warnings(name, *arguments, cwd, code=0):
    """What --format json has, by file."""
    done = sluice("check", "--format", "json", *arguments, name, cwd=cwd).must_exit(code)
    return {made["file"]: made for made in map(json.loads, done.out.splitlines())}


def marks(path):
    """(line, code) of what must be warned of."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found += [(number, code) for code in re.findall(r"# warns: (LINT_\w+)", line)]
    return found


def marked(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    arguments = first.removeprefix("# check: ").split() if first.startswith("# check: ") else []
    made = warnings(path.name, *arguments, cwd=FOLDER)[path.name]
    got = [(warning["line"], warning["code"]) for warning in made["warnings"]]
    expected = marks(path) or [(None, "LINT_SHARD_ROWS")] * ("--shard" in arguments)
    if expected != got:
        texts = "\n".join(f"  {warning['line']}: {warning['code']}: {warning['message']}" for warning in made["warnings"])
        raise Failure(f"{path.name}: expected {expected}, got {got}\n{texts}")


def known_codes(folder):
    return [code for code in sluice("explain-error", cwd=folder).must_exit(0).out.split() if code.startswith("LINT_")]


def each_code(folder):
    """A pipeline that is warned of, one nearly so, a page."""
    codes = known_codes(folder)
    files = {}
    for path in FOLDER.glob("*.yaml"):
        files.setdefault(path.name.split(".")[0], []).append(path)
    expect_equal(sorted(codes), sorted(files), "codes, and files in test/loop/lints")
    for code in codes:
        texts = "".join(path.read_text(encoding="utf-8") for path in files[code])
        # What a run in shards is warned of has no place.
        if f"# warns: {code}" not in texts and "# check: --shard" not in texts:
            raise Failure(f"no line is warned of in {code}.yaml")
        if "# fine" not in texts:
            raise Failure(f"{code}.yaml has nothing that is nearly so: mark it with '# fine'")
        must_say(sluice("explain-error", code, cwd=folder).must_exit(0), code, "Said when", "What to do:")
    must_say(sluice("explain-error", "float_money", cwd=folder).must_exit(0), "LINT_FLOAT_MONEY")
    must_say(sluice("explain-error", "LINT_FLOT_MONEY", cwd=folder).must_exit(2), "LINT_FLOAT_MONEY")


def page(folder):
    printed = sluice("reference", "--lints", cwd=folder).must_exit(0).out
    if printed != PAGE.read_text(encoding="utf-8"):
        raise Failure("docs/reference/lints.md is old: build/sluice reference --lints > docs/reference/lints.md")


def words(folder):
    (folder / "p.yaml").write_text(MONEY)
    done = sluice("check", "p.yaml", cwd=folder).must_exit(0)
    must_say(done, "warning: p.yaml:3:39: LINT_FLOAT_MONEY: column 'amount' of source 'a' is money by its name and a "
             "floating-point number\n", "\n    3 |   a: {json_lines: {path: in, schema: {amount: DOUBLE, secret: ***}}}\n",
             f"\n      | {' ' * 38}^\n  fix: Declare it as `DECIMAL(18,2)`", "p.yaml:5:59: LINT_SECRET_IN_FILE: sinks.a.http.bearer")
    must_not_say(done, "hunter2")
    must_not_say(sluice("check", "--format", "json", "p.yaml", cwd=folder).must_exit(0), "hunter2")


def codes_of_exit(folder):
    (folder / "p.yaml").write_text(MONEY)
    sluice("check", "--strict", "p.yaml", cwd=folder).must_exit(2)
    expect_equal(2, len(warnings("p.yaml", "--strict", cwd=folder, code=2)["p.yaml"]["warnings"]), "with --strict")
    fine = MONEY.replace("amount: DOUBLE", "amount: BIGINT").replace("hunter2", '"${TOKEN:-}"')
    (folder / "fine.yaml").write_text(fine)
    sluice("check", "--strict", "fine.yaml", cwd=folder, env={"TOKEN": "hunter2"}).must_exit(0)
    (folder / "broken.yaml").write_text(MONEY.replace("amount: DOUBLE", "amount: DUBLE"))
    broken = warnings("broken.yaml", cwd=folder, code=2)["broken.yaml"]
    expect_equal((False, []), (broken["fine"], broken["warnings"]), "of a broken file")
    must_say(sluice("check", "broken.yaml", cwd=folder).must_exit(2), broken["error"])
    for more in (("--engine", "spark", "--strict"), ("--format", "json", "--connect"), ("--format", "xml")):
        must_say(sluice("check", *more, "p.yaml", cwd=folder).must_exit(2), more[0] if "spark" not in more else "--strict")


def unknown_codes(folder):
    for place, text in (("p.yaml:1:10: there is no lint 'LINT_FLOT_MONEY'; did you mean 'LINT_FLOAT_MONEY'?",
                         "lint: {allow: [LINT_FLOT_MONEY]}\n" + MONEY),
                        ("did you mean 'LINT_FLOAT_MONEY'?", MONEY.replace("sources:", "sources: # sluice: allow LINT_FLOT_MONEY x")),
                        ("needs the code of a lint", MONEY.replace("sources:", "sources: # sluice: allow everything")),
                        ("has no option 'alow'; did you mean 'allow'?", "lint: {alow: []}\n" + MONEY)):
        (folder / "p.yaml").write_text(text)
        done = sluice("check", "p.yaml", cwd=folder).must_exit(2)
        must_say(done, place.replace("1:10", "1:16"))


def quiet_run(folder):
    """A run does not print them, nor does it ask what there is."""
    text = MONEY.replace('http: {url: "https://example.org", bearer: hunter2}', "console: {}")
    (folder / "p.yaml").write_text("lint: {allow: LINT_OF_A_LATER_VERSION}\n" + text)
    (folder / "in").mkdir()
    must_not_say(sluice("run", "p.yaml", cwd=folder).must_exit(0), "LINT_")
    sluice("check", "p.yaml", cwd=folder).must_exit(2)


def examples(folder):
    """Nothing is to be said of what is shown as an example."""
    paths = [*(ROOT / "examples").rglob("*.yaml"), *(ROOT / "templates").rglob("pipeline.yaml")]
    for path in sorted(paths):
        name = str(path.relative_to(ROOT))
        made = json.loads(sluice("check", "--format", "json", name, cwd=ROOT).out)
        # Some ask tables and servers that are not there for their columns.
        if not made["fine"] and not any(word in made["error"] for word in ("there is no Delta table", "no file or folder",
                                                                           "no credentials", "cassandra: connect")):
            raise Failure(made["error"])
        said = made["warnings"]
        if said:
            raise Failure(f"{path}: " + "\n  ".join(f"{one['line']}: {one['code']}: {one['message']}" for one in said))
