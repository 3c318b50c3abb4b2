"""`sluice init`: every template runs, and its tests pass."""

import yaml

from loop.place import files_of
from support.broker import EmbeddedBroker
from support.case import Case, Failure, expect_equal
from support.live import Live
from support.program import ROOT, must_say, sluice
from support.shell import shell

# Of these the tests alone: suite cql runs them whole.
NEED_A_SERVER = ("cassandra-to-kafka",)


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
    """All that its README says, line by line, as whoever has just begun would type it."""
    said = sluice("init", path.name, "--to", "here/job", cwd=folder).must_exit(0)
    expect_equal(files_of(path), files_of(folder / "here" / "job"), "the files of the template")
    expect_equal(len(files_of(path)), len(said.out.splitlines()), "their names are said")
    job = folder / "here" / "job"
    readme = (job / "README.md").read_text(encoding="utf-8")
    if len(readme.splitlines()) > 14:
        raise Failure("ten lines say enough")
    lines = commands(readme)
    for word in ("test", "run"):
        if not any(line.startswith(f"sluice {word} ") for line in lines):
            raise Failure(f"no line says `sluice {word}`")
    if path.name in NEED_A_SERVER:
        lines = [line for line in lines if line.startswith("sluice test ")]
    else:
        lines.insert(0, "sluice check pipeline.yaml")
    # `brokers: embedded` finds the broker that this home says.
    follow(lines, job, {"SLUICE_HOME": folder / "home"})


def commands(readme):
    """Its commands, without what is said of them."""
    return [line.split("  #")[0].strip() for line in readme.splitlines() if line.startswith("    ")]


def follow(lines, job, env):
    """Runs them one after the other; each ends with 0 and says what it should."""
    (env["SLUICE_HOME"]).mkdir(exist_ok=True)
    background, page = [], None
    try:
        for line in lines:
            if line == "sluice broker &":
                background.append(EmbeddedBroker(env["SLUICE_HOME"]))
            elif line.startswith("sluice run ") and line.endswith(" --ui"):
                page = Live(*line.split()[2:-1], cwd=job, env=env)
                background.append(page.running)
                page.wait_until(job_name(job), lambda status: status["batches"] > 2, "ran")
            else:
                must_work(line + (f" --connect {page.url}" if line.startswith("sluice ctl ") else ""), job, env)
    finally:
        for one in background:
            one.stop()


def job_name(job):
    return yaml.safe_load((job / "pipeline.yaml").read_text(encoding="utf-8"))["name"]


def must_work(line, job, env):
    done = shell(line, job, env).must_exit(0)
    word = line.split()[1]
    if word in ("preview", "sql"):
        must_say(done, "|")
        if not [row for row in done.out.splitlines() if row.startswith("|")][1:]:
            raise Failure(f"{line}: no rows\n{done.shown()}")
    if word == "test":
        must_say(done, " 0 failed")
