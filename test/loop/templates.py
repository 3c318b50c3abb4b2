"""`sluice init`: every template runs, and its tests pass."""

from loop.place import files_of
from support.case import Case, expect_equal
from support.program import ROOT, must_say, sluice


def cases():
    yield Case("init_lists", lists)
    yield Case("init_refuses", refuses)
    for path in sorted((ROOT / "templates").iterdir()):
        yield Case(f"init_{path.name}", lambda folder, path=path: template(folder, path))


def lists(folder):
    said = sluice("init", cwd=folder).must_exit(0)
    must_say(said, *(path.name for path in (ROOT / "templates").iterdir()))
    expect_equal({}, files_of(folder), "nothing is written")


def refuses(folder):
    must_say(sluice("init", "invoises", cwd=folder).must_exit(2), "there is no template 'invoises'; did you mean 'invoices'?")
    sluice("init", "invoices", cwd=folder).must_exit(0)
    (folder / "invoices" / "pipeline.yaml").write_text("mine")
    must_say(sluice("init", "invoices", cwd=folder).must_exit(2), "invoices/README.md is there already", "--to")
    expect_equal("mine", (folder / "invoices" / "pipeline.yaml").read_text(), "what was there")


def template(folder, path):
    name = path.name
    said = sluice("init", name, "--to", "here/job", cwd=folder).must_exit(0)
    expect_equal(files_of(path), files_of(folder / "here" / "job"), "the files of the template")
    expect_equal(len(files_of(path)), len(said.out.splitlines()), "their names are said")
    job = folder / "here" / "job"
    readme = (job / "README.md").read_text(encoding="utf-8")
    if len(readme.splitlines()) > 12:
        raise AssertionError("ten lines say enough")
    commands = [line.strip().split("  #")[0] for line in readme.splitlines() if line.startswith("    sluice ")]
    for command in commands:
        if '"' in command:
            before, query, _ = command.split('"')
            words = [*before.split()[1:], query]
        else:
            words = command.split()[1:]
        done = sluice(*words, cwd=job).must_exit(0)
        if words[0] in ("preview", "sql"):
            must_say(done, "|")
        if words[0] == "test":
            must_say(done, " 0 failed")
