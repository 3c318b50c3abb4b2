"""Paths that a log spells out in more than one way, as Spark and others write them, and tables whose own
path is an odd one."""

import json
import shutil

from lake.table import actions, command, expect_rows, files_on_disk, opened, write_table
from support import tables
from support.case import Case, Failure, expect_equal
from support.program import sluice

ODD = "100% of a%20b, back\\\\slash"  # as YAML's double quotes want it


def cases():
    for test in (another_spelling, vacuum_of_whole_paths, shallow_clone, odd_name):
        yield Case(test.__name__, test)


def count(folder, table):
    told = sluice("sql", f"SELECT count(*) AS n FROM delta('{table}')", "--format", "json",
                  cwd=folder).must_exit(0)
    return json.loads(told.out.splitlines()[0])["n"]


def put(folder, version, *new_actions):
    entry = folder / "out" / "_delta_log" / f"{version:020}.json"
    entry.write_text("".join(json.dumps(action) + "\n" for action in new_actions))


def another_spelling(folder):
    """Added as /x and removed as file:///x, and the other way round: rows stay deleted."""
    write_table(folder, 2)
    added = [action for version in (1, 2) for action in actions(folder, version, "add")]
    whole = [str(folder / "out" / action["path"]) for action in added]
    version = 2
    for old, new in (("{}", "file://{}"), ("file://{}", "{}"), ("file:{}", "file://{}")):
        for action in added:
            action.pop("stats", None)
        put(folder, version + 1, *({"remove": {"path": a["path"], "dataChange": True,
                                               "deletionTimestamp": 1}} for a in added),
            *({"add": {**action, "path": old.format(path)}} for action, path in zip(added, whole)))
        expect_equal(40, count(folder, "out"), f"rows added as {old}")
        put(folder, version + 2, {"remove": {"path": new.format(whole[0]), "dataChange": True,
                                             "deletionTimestamp": 1}})
        expect_equal(20, count(folder, "out"), f"rows left of {old} after a removal as {new}")
        put(folder, version + 3, {"remove": {"path": new.format(whole[1]), "dataChange": True,
                                             "deletionTimestamp": 1}},
            *({"add": action} for action in added))
        expect_equal(40, count(folder, "out"), "rows of relative paths")
        version += 3


def vacuum_of_whole_paths(folder):
    """What the log names by its whole path is needed, however that is spelled."""
    write_table(folder, 3)
    for version, form in ((1, "{}"), (2, "file:{}"), (3, "file://{}")):
        entry = folder / "out" / "_delta_log" / f"{version:020}.json"
        lines = []
        for line in entry.read_text().splitlines():
            action = json.loads(line)
            if "add" in action:
                action["add"]["path"] = form.format(folder / "out" / action["add"]["path"])
            lines.append(json.dumps(action))
        entry.write_text("\n".join(lines) + "\n")
    before = files_on_disk(folder)
    (folder / "out" / "left.parquet").write_text("by nobody")
    for place in ("out", str(folder / "out")):
        command(folder, "vacuum", place, "--retention", "0s", "--allow-short-retention")
        expect_equal(before, files_on_disk(folder), "files after VACUUM")
        expect_equal(60, count(folder, place), "rows")


def shallow_clone(folder):
    """The clone's log names the files of another table by file:/, as Spark's does. It is read as a table
    and as a stream, and upserts write its rows again beside it."""
    write_table(folder, 2)
    shutil.copytree(folder / "out" / "_delta_log", folder / "clone" / "_delta_log")
    for entry in (folder / "clone" / "_delta_log").glob("*.json"):
        lines = [json.loads(line) for line in entry.read_text().splitlines()]
        for action in lines:
            if "add" in action:
                action["add"]["path"] = f"file:{folder / 'out'}/{action['add']['path']}"
        entry.write_text("".join(json.dumps(line) + "\n" for line in lines))
    expect_equal(40, count(folder, "clone"), "rows of the clone")
    (folder / "stream.yaml").write_text("""\
name: stream
sources: {clone: {delta: {path: clone}}}
views: {renamed: "SELECT id, 'new' AS k, v FROM clone WHERE id < 5"}
sinks:
  copy: {from: clone, parquet: {path: copy}}
  back: {from: renamed, mode: upsert, key: [id], delta: {path: clone}}
trigger: once
checkpoint: stream_checkpoint
""")
    sluice("run", "stream.yaml", cwd=folder).must_exit(0)
    duck = tables.connection()
    tables.define_table(duck, "copy", "parquet", folder / "copy")
    expect_equal([(40,)], duck.execute("SELECT count(*) FROM copy").fetchall(), "rows streamed")
    told = sluice("sql", "SELECT count(*) AS n, count(*) FILTER (k = 'new') AS new "
                  "FROM delta('clone')", "--format", "json", cwd=folder).must_exit(0)
    expect_equal({"n": 40, "new": 5}, json.loads(told.out.splitlines()[0]), "rows of the clone")
    expect_rows(folder, 2)


def odd_name(folder):
    """A table is opened again under the name that it was created with."""
    for _ in range(2):
        write_table(folder, 12, target=ODD, options="")
    name = ODD.replace("\\\\", "\\")
    if not list((folder / name / "_delta_log").glob("*.checkpoint.parquet")):
        raise Failure("it has no checkpoint")
    told = json.loads(command(folder, "describe", name, "--json").out)
    expect_equal(480, told["rows"], "rows")
    command(folder, "optimize", name)
    command(folder, "vacuum", name, "--retention", "0s", "--allow-short-retention")
    expect_equal(480, count(folder, name), "rows")
    # Not every reader opens it there.
    (folder / name).rename(folder / "out")
    expect_rows(folder, 24)
    expect_equal(1, len(opened(folder).file_uris()), "files")
