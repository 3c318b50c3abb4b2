"""What `sluice delta` does to a table, and what becomes of its log: the same rows for deltalake."""

import json
import os
import signal
import time
from datetime import datetime, timezone

from lake.table import write_table, write_input, command, opened, expect_rows, actions, files_on_disk
from support import tables
from support.case import Case, Failure, expect_equal
from support.program import sluice
from support.s3 import Store


def cases():
    yield Case("optimize", optimize)
    yield Case("optimize_partitions", optimize_partitions)
    yield Case("optimize_sorted", lambda folder: optimize_in_order(folder, "--sort", "id"))
    yield Case("optimize_zorder", lambda folder: optimize_in_order(folder, "--zorder", "id,v"))
    yield Case("vacuum", vacuum)
    yield Case("vacuum_needs_a_week", vacuum_needs_a_week)
    yield Case("restore", restore)
    yield Case("restore_after_vacuum", restore_after_vacuum)
    yield Case("restore_other_columns", restore_other_columns)
    yield Case("restore_killed", restore_killed)
    yield Case("vacuum_after_a_killed_optimize", vacuum_after_a_killed_optimize)
    yield Case("log_cleanup", log_cleanup)
    yield Case("log_without_checkpoints", log_without_checkpoints)
    yield Case("in_a_store", in_a_store)
    yield Case("create", create)
    yield Case("convert", convert)


# ---- OPTIMIZE

def optimize(folder):
    write_table(folder, 12)
    before = opened(folder).version()
    done = json.loads(command(folder, "optimize", "out", "--json").out)
    expect_equal((before + 1, 12, 1), (done["version"], done["files_removed"], done["files_added"]),
                 "version, files removed and added")
    expect_rows(folder, 12)
    expect_equal(1, len(opened(folder).file_uris()), "files")
    changes = [action["dataChange"] for kind in ("add", "remove")
               for action in actions(folder, before + 1, kind)]
    expect_equal([False] * 13, changes, "dataChange")
    expect_rows(folder, 5, version=5)  # time travel
    said = command(folder, "optimize", "out").out
    expect_equal("nothing to do: there are no small files to put together\n", said, "a second time")
    write_table(folder, 3)
    expect_rows(folder, 15)


def optimize_partitions(folder):
    write_table(folder, 6, "compact: false, partition_by: [k]")
    done = json.loads(command(folder, "optimize", "out", "--json").out)
    expect_equal((18, 3), (done["files_removed"], done["files_added"]), "files removed and added")
    expect_rows(folder, 6)
    duck = tables.connection()
    tables.define_table(duck, "got", "delta", folder / "out")
    tables.expect_same_rows(duck, "SELECT 'k ' || (range % 20 % 3) AS k, range AS id FROM range(120)",
                            "SELECT k, id FROM got", "the table")


def optimize_in_order(folder, option, columns):
    import pyarrow

    write_table(folder, 10, rows=500)
    command(folder, "optimize", "out", option, columns, "--target-size", "4KB")
    expect_rows(folder, 10, rows=500)
    files = pyarrow.table(opened(folder).get_add_actions(flatten=True)).to_pydict()
    ranges = list(zip(files["min.id"], files["max.id"]))
    if len(ranges) < 4:
        raise Failure(f"the rows lie in {len(ranges)} files only")
    width = sum(high - low for low, high in ranges) / len(ranges)
    # In order of id alone the files' ranges share out the ids; on the curve they are about half.
    if width > 5000 * (1.2 / len(ranges) if option == "--sort" else 0.75):
        raise Failure(f"{len(ranges)} files with ranges of {width} ids each: {ranges}")
    bad = command(folder, "optimize", "out", option, "nope", code=2).err
    if 'the table has no column "nope"' not in bad:
        raise Failure(bad)


# ---- VACUUM

def vacuum(folder):
    write_table(folder, 12)
    command(folder, "optimize", "out")
    before = files_on_disk(folder)
    (folder / "out" / "notes.txt").write_text("not a file of the table")
    arguments = ("vacuum", "out", "--retention", "0s", "--allow-short-retention")
    dry = json.loads(command(folder, *arguments, "--dry-run", "--json").out)
    expect_equal(12, len(dry["files"]), "files that would go")
    expect_equal(before, files_on_disk(folder), "files after a dry run")
    command(folder, *arguments)
    expect_equal(1, len(files_on_disk(folder)), "files on disk")
    expect_rows(folder, 12)
    if not (folder / "out" / "notes.txt").exists():
        raise Failure("VACUUM took a file that is none of the table's")
    write_table(folder, 2)
    expect_rows(folder, 14)


def vacuum_needs_a_week(folder):
    write_table(folder, 2)
    bad = command(folder, "vacuum", "out", "--retention", "1h", code=2).err
    if "--allow-short-retention" not in bad:
        raise Failure(bad)
    kept = files_on_disk(folder)
    said = command(folder, "vacuum", "out").out
    expect_equal("0 files (0 B) removed\n", said, "what VACUUM says")
    expect_equal(kept, files_on_disk(folder), "files")


# ---- RESTORE

def restore(folder):
    write_table(folder, 3)
    time.sleep(1.1)
    moment = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    time.sleep(1.1)
    write_table(folder, 4)
    command(folder, "optimize", "out")
    command(folder, "restore", "out", "--version", "2")
    expect_rows(folder, 2)
    command(folder, "restore", "out", "--timestamp", moment)
    expect_rows(folder, 3)
    expect_equal("RESTORE", opened(folder).history(1)[0]["operation"], "operation")
    command(folder, "restore", "out", "--version", "7")
    expect_rows(folder, 7)
    for wrong, words in ((("--version", "99"), "has no version 99"), ((), "--version N or")):
        bad = command(folder, "restore", "out", *wrong, code=2).err
        if words not in bad:
            raise Failure(bad)


def restore_after_vacuum(folder):
    write_table(folder, 12)
    command(folder, "optimize", "out")
    command(folder, "vacuum", "out", "--retention", "0s", "--allow-short-retention")
    bad = command(folder, "restore", "out", "--version", "3", code=2).err
    if "a VACUUM has removed it" not in bad:
        raise Failure(bad)
    expect_rows(folder, 12)


def restore_other_columns(folder):
    """Columns and properties come back with the rows, and go again."""
    write_table(folder, 2)
    opened(folder).alter.set_table_properties({"delta.checkpointInterval": "77"})
    changed = opened(folder).version()
    write_input(folder, 2)
    pipeline = folder / "pipeline.yaml"
    text = pipeline.read_text().replace("v: DOUBLE", "v: DOUBLE, w: BIGINT")
    pipeline.write_text(text.replace("compact: false", "on_new_field: add"))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    newest = opened(folder).version()
    said = command(folder, "restore", "out", "--version", "2").out
    if "columns and properties are those of that version" not in said:
        raise Failure(said)
    expect_equal(["id", "k", "v"], opened(folder).schema().to_arrow().names, "columns")
    expect_equal({}, opened(folder).metadata().configuration, "properties")
    expect_rows(folder, 2)
    done = json.loads(command(folder, "restore", "out", "--version", newest, "--json").out)
    expect_equal(True, done["metadata_restored"], "metadata_restored")
    expect_equal(["id", "k", "v", "w"], opened(folder).schema().to_arrow().names, "columns")
    expect_equal("77", opened(folder).metadata().configuration["delta.checkpointInterval"], "property")
    expect_rows(folder, 3)
    expect_rows(folder, 2, version=changed)  # time travel


def restore_killed(folder):
    """Before its commit nothing has happened, after it all has."""
    write_table(folder, 4)
    for point, batches in (("restore.commit", 4), ("restore.committed", 1)):
        died = sluice("delta", "restore", "out", "--version", "1", cwd=folder,
                      env={"SLUICE_CRASH": f"{point}:1"})
        expect_equal(-signal.SIGKILL, died.exit, "exit code")
        expect_rows(folder, batches)


def vacuum_after_a_killed_optimize(folder):
    write_table(folder, 12)
    named = files_on_disk(folder)
    died = sluice("delta", "optimize", "out", cwd=folder, env={"SLUICE_CRASH": "compaction.written:1"})
    expect_equal(-signal.SIGKILL, died.exit, "exit code")
    left = files_on_disk(folder) - named
    expect_equal(1, len(left), "files that the killed run has left")
    # Another writer's change data, which no version names any more.
    (folder / "out" / "_change_data").mkdir()
    stale = folder / "out" / "_change_data" / "stale.parquet"
    stale.write_bytes(b"stale")
    command(folder, "vacuum", "out", "--retention", "0s", "--allow-short-retention")
    expect_equal(named, files_on_disk(folder), "files")
    expect_rows(folder, 12)


# ---- the log

def age_log(folder, versions, days):
    for version in versions:
        for entry in (folder / "out" / "_delta_log").glob(f"{version:020}.*"):
            then = time.time() - days * 86400
            os.utime(entry, (then, then))


def log_entries(folder):
    return sorted(int(path.stem) for path in (folder / "out" / "_delta_log").glob("*.json"))


def log_cleanup(folder):
    """Entries older than delta.logRetentionDuration go after a checkpoint, also after a kill; what
    versions of that time need stays."""
    options = 'compact: false, properties: {delta.logRetentionDuration: "interval 3 days"}'
    write_table(folder, 25, options)
    expect_equal(list(range(26)), log_entries(folder), "entries before")
    age_log(folder, range(18), 10)
    for batch in range(25, 35):
        write_input(folder, batch)
    died = sluice("run", "pipeline.yaml", cwd=folder, env={"SLUICE_CRASH": "delta.log_cleaned:4"})
    expect_equal(-signal.SIGKILL, died.exit, "exit code")
    write_table(folder, 10, options)
    # The newest version of ten days ago is 17; the checkpoint of 10 is needed to read it.
    entries = log_entries(folder)
    expect_equal(list(range(10, entries[-1] + 1)), entries, "entries")
    expect_rows(folder, 45)
    expect_rows(folder, 17, version=17)
    expect_rows(folder, 12, version=12)


def log_without_checkpoints(folder, commits=2000):
    """Another writer's table whose log nobody has summed up."""
    write_table(folder, 1)
    log = folder / "out" / "_delta_log"
    first = [line for line in (log / f"{1:020}.json").read_text().splitlines() if '"add"' in line]
    for version in range(2, commits + 1):
        lines = ['{"commitInfo":{"timestamp":1,"operation":"WRITE"}}', first[0]]
        # Each second commit removes what the one before has added.
        add = json.loads(first[0])
        add["add"]["path"] = f"{version}.parquet"
        lines[1] = json.dumps(add) if version % 2 == 0 else json.dumps(
            {"remove": {"path": f"{version - 1}.parquet", "deletionTimestamp": 1, "dataChange": True}})
        (log / f"{version:020}.json").write_text("\n".join(lines) + "\n")
    told = json.loads(command(folder, "describe", "out", "--json").out)
    expect_equal((commits, 2, 40), (told["version"], told["files"], told["rows"]),
                 "version, files, rows")
    (log / f"{commits + 1:020}.json").write_text('{"add":{"path":')  # torn
    bad = command(folder, "describe", "out", code=4).err
    if f"{commits + 1:020}.json: EOF" not in bad:
        raise Failure(bad)


# ---- in a store

def in_a_store(folder):
    """Every command over s3://, its table read from the bucket's folder."""
    store = Store()
    (folder / "out").symlink_to(store.folder / "out")
    url = f"s3://{store.bucket}/out"

    def ask(*arguments, code=0):
        name, *rest = arguments
        return sluice("delta", name, url, *rest, cwd=folder, env=store.server.env).must_exit(code)

    ask("create", "--columns", "id BIGINT, k VARCHAR, v DOUBLE")
    bad = ask("create", "--columns", "id BIGINT", code=2).err
    if "there is a Delta table already" not in bad:
        raise Failure(bad)
    write_table(folder, 12, target=url, env=store.server.env)
    told = json.loads(ask("describe", "--json").out)
    # The sink's claim of a table that was there is an entry of its own.
    expect_equal((13, 12, 240), (told["version"], told["files"], told["rows"]), "version, files, rows")
    done = json.loads(ask("optimize", "--json").out)
    expect_equal((14, 12, 1), (done["version"], done["files_removed"], done["files_added"]),
                 "version, files removed and added")
    expect_rows(folder, 12)
    ask("restore", "--version", "6")
    expect_rows(folder, 5)
    ask("restore", "--version", "14")
    time.sleep(1.1)  # a store has times in seconds
    ask("vacuum", "--retention", "0s", "--allow-short-retention")
    expect_equal(1, len(files_on_disk(folder)), "files")
    expect_rows(folder, 12)
    told = [entry["operation"] for entry in json.loads(ask("history", "--limit", "3", "--json").out)]
    expect_equal(["RESTORE", "RESTORE", "OPTIMIZE"], told, "history")

    duck = tables.connection()
    parts = store.folder / "parts"
    parts.mkdir()
    duck.execute(f"""COPY (SELECT range AS id, 'k ' || range % 3 AS k FROM range(60))
                     TO '{parts}' (FORMAT parquet, PARTITION_BY (k))""")
    sluice("delta", "convert", f"s3://{store.bucket}/parts", "--partition-by", "k", cwd=folder,
           env=store.server.env).must_exit(0)
    import deltalake
    rows = deltalake.DeltaTable(str(parts)).to_pyarrow_table()
    expect_equal(list(range(60)), sorted(rows["id"].to_pylist()), "ids")
    store.expect_no_parts()


# ---- new tables

def create(folder):
    command(folder, "create", "out", "--columns", "id BIGINT, k VARCHAR, v DOUBLE", "--partition-by",
            "k", "--property", "delta.checkpointInterval=5")
    expect_equal("5", opened(folder).metadata().configuration["delta.checkpointInterval"], "property")
    bad = command(folder, "create", "out", "--columns", "id BIGINT", code=2).err
    if "there is a Delta table already" not in bad:
        raise Failure(bad)
    write_table(folder, 6, "partition_by: [k]")
    expect_rows(folder, 6)
    described = json.loads(command(folder, "describe", "out", "--json").out)
    # The sink's claim of a table that was there is an entry of its own.
    expect_equal((7, 120, ["k"]), (described["version"], described["rows"],
                                   described["partition_by"]), "version, rows, partitions")


def convert(folder):
    duck = tables.connection()
    (folder / "out").mkdir()
    duck.execute(f"""COPY (SELECT range AS id, 'k ' || range % 3 AS k, range::DOUBLE AS v
                     FROM range(60)) TO '{folder}/out' (FORMAT parquet, PARTITION_BY (k))""")
    bad = command(folder, "convert", "out", code=2).err
    if "--partition-by" not in bad:
        raise Failure(bad)
    command(folder, "convert", "out", "--partition-by", "k")
    expect_rows(folder, 3)
    write_table(folder, 3, "partition_by: [k]")
    expect_equal(120, opened(folder).to_pyarrow_table().num_rows, "rows")
