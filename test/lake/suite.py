"""Delta tables that sluice keeps tidy, read by deltalake: what OPTIMIZE, VACUUM, RESTORE and the sink's
own compaction leave must hold the same rows, also while another writer works on the table."""

import json
import os
import signal
import time
from datetime import datetime, timezone
from pathlib import Path

from support import tables
from support.case import Case, Failure, expect_equal
from support.program import Running, sluice
from support.s3 import Store
from support.soak import rounds

PIPELINE = """\
name: keep
sources:
  numbers:
    json_lines: {{path: in, max_files_per_trigger: 1, schema: {{id: BIGINT, k: VARCHAR, v: DOUBLE}}}}
sinks:
  out: {{from: numbers, {mode}delta: {{path: out, {options}}}}}
trigger: {trigger}
checkpoint: checkpoint
"""


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
    yield Case("compacts_itself", compacts_itself)
    yield Case("compacts_itself_in_upsert_mode", compacts_upserts)
    yield Case("new_column", new_column)
    yield Case("new_field_is_left_out", new_field_is_left_out)
    yield Case("new_field_is_rescued", new_field_is_rescued)
    yield Case("records_fields_are_rescued", records_fields_are_rescued)
    yield Case("names_of_any_letters", names_of_any_letters)
    yield Case("wider_types", wider_types)
    yield Case("constraint_is_refused", constraint_is_refused)
    yield Case("triggers", many_triggers)
    yield Case("two_writers", lambda folder: two_writers(folder, "true"))
    yield Case("two_writers_theirs_compacts", lambda folder: two_writers(folder, "false"))


# ---- the table

def write_table(folder, batches, options="compact: false", mode="", rows=20, target="out", env=None):
    (folder / "in").mkdir(parents=True, exist_ok=True)
    done = len(list((folder / "in").iterdir()))
    for batch in range(done, done + batches):
        lines = [json.dumps({"id": batch * rows + n, "k": f"k {n % 3}", "v": (n * 7919) % 101})
                 for n in range(rows)]
        part = folder / "in" / f".{batch:05}"
        part.write_text("\n".join(lines) + "\n")
        part.rename(folder / "in" / f"{batch:05}.jsonl")
    text = PIPELINE.format(options=options, mode=mode, trigger="available_now")
    (folder / "pipeline.yaml").write_text(text.replace("path: out", f'path: "{target}"'))
    sluice("run", "pipeline.yaml", cwd=folder, env=env).must_exit(0)


def command(folder, *arguments, code=0):
    return sluice("delta", *arguments, cwd=folder).must_exit(code)


def opened(folder, version=None):
    import deltalake

    return deltalake.DeltaTable(str(folder / "out"), version=version)


def expect_rows(folder, batches, version=None, rows=20):
    """Every row of the first `batches` files of input, once."""
    table = opened(folder, version).to_pyarrow_table(columns=["id"])
    expect_equal(list(range(batches * rows)), sorted(table["id"].to_pylist()), "ids")


def actions(folder, version, kind):
    entry = folder / "out" / "_delta_log" / f"{version:020}.json"
    found = [json.loads(line) for line in entry.read_text().splitlines()]
    return [action[kind] for action in found if kind in action]


def files_on_disk(folder):
    return {path for path in (folder / "out").rglob("*.parquet") if "_delta_log" not in path.parts}


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
    expect_equal("nothing to do: no small files stand together\n", said, "a second time")
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
    """Before its commit nothing has happened, behind it all has."""
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
    """Entries older than delta.logRetentionDuration go behind a checkpoint, also after a kill; what
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
        # Each second commit takes away what the one before has added.
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
    if "delta" not in bad:
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
    expect_equal((12, 12, 240), (told["version"], told["files"], told["rows"]), "version, files, rows")
    done = json.loads(ask("optimize", "--json").out)
    expect_equal((13, 12, 1), (done["version"], done["files_removed"], done["files_added"]),
                 "version, files removed and added")
    expect_rows(folder, 12)
    ask("restore", "--version", "5")
    expect_rows(folder, 5)
    ask("restore", "--version", "13")
    time.sleep(1.1)  # a store tells times in seconds
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
    expect_equal((6, 120, ["k"]), (described["version"], described["rows"],
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


# ---- other columns, other features

def new_column(folder):
    write_table(folder, 2)
    pipeline = folder / "pipeline.yaml"
    text = pipeline.read_text().replace("v: DOUBLE", "v: DOUBLE, w: 'STRUCT(a BIGINT)'")
    write_input(folder, 2)
    pipeline.write_text(text)
    bad = sluice("run", "pipeline.yaml", cwd=folder).must_exit(2).err
    if '"w"' not in bad:
        raise Failure(bad)
    text = text.replace("compact: false", "on_new_field: add")
    pipeline.write_text(text)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_rows(folder, 3)
    pipeline.write_text(text.replace("(a BIGINT)", "(a BIGINT, b VARCHAR)"))
    (folder / "in" / "00009.jsonl").write_text('{"id":60,"k":"x","v":1,"w":{"a":7,"b":"new"}}\n')
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    rows = opened(folder).to_pyarrow_table().to_pylist()
    expect_equal([{"a": 7, "b": "new"}], [row["w"] for row in rows if row["id"] == 60], "new row")
    expect_equal([None] * 60, [row["w"] for row in rows if row["id"] < 60], "older rows")
    # What came before the change is there as it was.
    expect_equal(["id", "k", "v"], opened(folder, 2).schema().to_arrow().names, "version 2")


def with_new_columns(folder, option, mode=""):
    """A table, and a run whose view has a column more, a field more, and one of another type."""
    write_table(folder, 2, mode=mode)
    write_input(folder, 2)
    (folder / "in" / "00009.jsonl").write_text('{"id":60,"k":"x","v":"high","w":{"a":7}}\n')
    pipeline = folder / "pipeline.yaml"
    text = pipeline.read_text().replace("compact: false", option)
    pipeline.write_text(text.replace("v: DOUBLE", "v: VARCHAR, w: 'STRUCT(a BIGINT)'"))
    return sluice("run", "pipeline.yaml", "--progress", "json", cwd=folder)


def new_field_is_left_out(folder):
    bad = with_new_columns(folder, "on_new_field: ignore").must_exit(2).err
    if '"v" is VARCHAR here and DOUBLE in the table' not in bad:
        raise Failure(bad)
    pipeline = folder / "pipeline.yaml"
    pipeline.write_text(pipeline.read_text().replace("v: VARCHAR", "v: FLOAT"))
    (folder / "in" / "00009.jsonl").unlink()
    write_input(folder, 3)
    done = sluice("run", "pipeline.yaml", "--progress", "json", cwd=folder).must_exit(0)
    expect_equal(1, done.err.count("leaves out what the Delta table has no column for"), "warnings")
    last = json.loads([line for line in done.err.splitlines() if line.startswith("{")][-1])
    expect_equal(["w"], last["sinks"][0]["columnsLeftOut"], "progress")
    notes = json.loads(opened(folder).history(1)[0]["userMetadata"])["notes"]
    expect_equal(["w"], notes["sinks"]["out"]["columns_left_out"], "notes")
    expect_equal(["id", "k", "v"], opened(folder).to_pyarrow_table().column_names, "columns")
    expect_rows(folder, 4)


def new_field_is_rescued(folder):
    for mode in ("", "mode: upsert, key: [id], "):
        own = folder / ("upsert" if mode else "append")
        with_new_columns(own, "on_new_field: rescue", mode).must_exit(0)
        rows = opened(own).to_pyarrow_table().to_pylist()
        expect_equal(61, len(rows), "rows")
        new = [row for row in rows if row["id"] == 60][0]
        rescued = json.loads(new["_rescued"])
        expect_equal((None, {"v": "high", "w": {"a": 7}}), (new["v"], rescued), "what did not fit")
        fitting = {row["id"]: row["v"] for row in rows if 40 <= row["id"] < 60}
        expect_equal({40 + n: float(n) for n in range(20)}, fitting, "texts that are numbers")
        expect_equal({None}, {row["_rescued"] for row in rows if row["id"] < 60}, "other rows")
    pipeline = folder / "upsert" / "pipeline.yaml"
    pipeline.write_text(pipeline.read_text().replace("id: BIGINT", "id: VARCHAR"))
    write_input(folder / "upsert", 5)
    bad = sluice("run", "pipeline.yaml", cwd=folder / "upsert").must_exit(2).err
    if '"id" is VARCHAR here and BIGINT in the table' not in bad:
        raise Failure(bad)  # a key is never rescued


def records_fields_are_rescued(folder):
    """Fields that no schema names, from the records into the table, through a kill."""
    (folder / "in").mkdir()
    lines = ['{"id":1,"k":"a"}', '{"id":2,"new":{"x":[1, 2]},"k":"b"}', '{"id":"three","k":"c"}']
    (folder / "in" / "0.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "in" / "1.jsonl").write_text('{"id":4,"more":1.50}\n')
    text = PIPELINE.format(options="on_new_field: rescue", mode="", trigger="available_now")
    text = text.replace("v: DOUBLE}", "v: DOUBLE}, rescued_column: _rescued")
    (folder / "pipeline.yaml").write_text(text)
    for crash in ("delta.created:1", "delta.staged:1", "delta.committed:2"):
        sluice("run", "pipeline.yaml", cwd=folder, env={"SLUICE_CRASH": crash})
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    rows = sorted((row["id"] or 3, row["_rescued"]) for row in opened(folder).to_pyarrow_table().to_pylist())
    expect_equal([(1, None), (2, '{"new":{"x":[1, 2]}}'), (3, '{"id":"three"}'), (4, '{"more":1.50}')],
                 rows, "rescued fields")


def names_of_any_letters(folder):
    """Column mapping: appended, merged, put together, with a further column; by name and by id."""
    for mode in ("name", "id"):
        own = folder / mode
        (own / "in").mkdir(parents=True)
        rows = [{"id": n, "a b": f"t {n}", "s": {"x,y": n}, "p=q": f"{n % 2}"} for n in range(40)]
        for batch in range(4):
            part = rows[batch * 10:batch * 10 + 10]
            (own / "in" / f"{batch}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in part))
        schema = "{id: BIGINT, 'a b': VARCHAR, s: 'STRUCT(\"x,y\" INTEGER)', 'p=q': VARCHAR}"
        properties = "" if mode == "name" else ", properties: {delta.columnMapping.mode: id}"
        text = MAPPED.format(schema=schema, more=properties, mode="")
        (own / "pipeline.yaml").write_text(text)
        sluice("run", "pipeline.yaml", cwd=own).must_exit(0)
        protocol = actions(own, 0, "protocol")[0]
        expect_equal((3, 7), (protocol["minReaderVersion"], protocol["minWriterVersion"]), "protocol")
        command(own, "optimize", "out")
        expect_mapped(own, rows)
        changes = [{"id": n, "a b": "new", "s": None, "p=q": "0", "(c)": n / 2} for n in range(30, 50)]
        (own / "in" / "4.jsonl").write_text("".join(json.dumps(row) + "\n" for row in changes))
        text = MAPPED.format(schema=schema[:-1] + ", '(c)': DOUBLE}", mode="mode: upsert, key: [id], ",
                             more=", on_new_field: add")
        (own / "pipeline.yaml").write_text(text)
        sluice("run", "pipeline.yaml", cwd=own).must_exit(0)
        expect_mapped(own, [{**row, "(c)": None} for row in rows[:30]] + changes)
        check_mapped_files(own)
        overwrite_mapped(own)


def overwrite_mapped(folder):
    text = MAPPED.format(schema="{id: BIGINT, 'a b': VARCHAR, 'p=q': VARCHAR}", mode="mode: complete, ",
                         more=", on_new_field: ignore").replace("checkpoint: ", "checkpoint: other_")
    view = """SELECT id, max("a b") AS "a b", max("p=q") AS "p=q" FROM rows GROUP BY id"""
    (folder / "pipeline.yaml").write_text(text.replace("name: mapped", "name: overwrite").replace(
        "from: rows", "from: last").replace("sinks:", f"views: {{last: '{view}'}}\nsinks:"))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_mapped(folder, [{"id": n, "a b": f"t {n}" if n < 40 else "new", "s": None,
                            "p=q": f"{n % 2}" if n < 40 else "0", "(c)": None} for n in range(50)])


MAPPED = """\
name: mapped
sources:
  rows: {{json_lines: {{path: in, max_files_per_trigger: 1, schema: {schema}}}}}
sinks:
  out: {{from: rows, {mode}delta: {{path: out, partition_by: ["p=q"]{more}, compact: false}}}}
trigger: available_now
checkpoint: checkpoint
"""


def expect_mapped(folder, rows):
    told = sluice("sql", "FROM 'out' ORDER BY id", "--format", "json", cwd=folder).must_exit(0).out
    expect_equal(rows, [json.loads(line) for line in told.splitlines()], "rows")


def check_mapped_files(folder):
    """Files, statistics and partition values have the names of the table's metadata, and its ids."""
    import pyarrow.parquet as pq

    last = max(int(path.stem) for path in (folder / "out" / "_delta_log").glob("0*.json"))
    metadata = [entry for version in range(last + 1) for entry in actions(folder, version, "metaData")][-1]
    fields = {field["name"]: field["metadata"] for field in json.loads(metadata["schemaString"])["fields"]}
    names = {field["delta.columnMapping.physicalName"]: field["delta.columnMapping.id"]
             for field in fields.values()}
    for add in actions(folder, last, "add"):
        expect_equal({fields["p=q"]["delta.columnMapping.physicalName"]}, set(add["partitionValues"]),
                     "partition columns")
        file = pq.ParquetFile(next((folder / "out").rglob(Path(add["path"]).name)))
        for field in file.schema_arrow:
            expect_equal(str(names[field.name]), field.metadata[b"PARQUET:field_id"].decode(), field.name)
        for kind in ("minValues", "nullCount"):
            if not set(json.loads(add["stats"])[kind]) <= set(names):
                raise Failure(f"{kind}: {add['stats']}")


def wider_types(folder):
    """The table's columns become wider, through kills; tables and streams of ours read old files right."""
    (folder / "in").mkdir()
    (folder / "in" / "0.jsonl").write_text('{"a":1,"d":"1.25","l":[1],"k":1}\n')
    narrow = "{a: SMALLINT, d: 'DECIMAL(5,2)', l: 'INTEGER[]', k: INTEGER}"
    wide = "{a: BIGINT, d: 'DECIMAL(10,4)', l: 'BIGINT[]', k: DOUBLE, new: DATE}"

    def run(schema, options="", code=0, **more):
        (folder / "pipeline.yaml").write_text(WIDENED.format(schema=schema, options=options))
        return sluice("run", "pipeline.yaml", cwd=folder, **more).must_exit(code)

    def stream():
        sluice("run", "stream.yaml", cwd=folder).must_exit(0)

    (folder / "stream.yaml").write_text("""\
name: stream
sources: {out: {delta: {path: out, start: earliest}}}
sinks: {copy: {from: out, delta: {path: copy, on_new_field: add, on_wider_type: widen}}}
trigger: available_now
checkpoint: stream
""")
    run(narrow)
    stream()
    (folder / "in" / "1.jsonl").write_text('{"a":5000000000,"d":"1.0001","l":[7000000000],"k":0.5}\n')
    bad = run(wide, ", on_new_field: add", code=2).err
    if '"a" is BIGINT here and SMALLINT in the table (on_wider_type: widen' not in bad:
        raise Failure(bad)
    widen = ", on_new_field: add, on_wider_type: widen"
    (folder / "pipeline.yaml").write_text(WIDENED.format(schema=wide, options=widen))
    for crash in ("delta.alter:1", "delta.altered:1", "delta.altered:1", "delta.committed:1"):
        sluice("run", "pipeline.yaml", cwd=folder, env={"SLUICE_CRASH": crash})
    run(wide, widen)
    stream()
    (folder / "in" / "2.jsonl").write_text('{"a":3,"d":"3.00","l":null,"k":3}\n')
    run(narrow, ", on_new_field: add")
    rows = [{"a": 1, "d": 1.25, "l": [1], "k": 1.0, "new": None},
            {"a": 3, "d": 3.0, "l": None, "k": 3.0, "new": None},
            {"a": 5000000000, "d": 1.0001, "l": [7000000000], "k": 0.5, "new": None}]

    def expect_them(table):
        told = sluice("sql", f"FROM '{table}' ORDER BY a", "--format", "json", cwd=folder).must_exit(0)
        expect_equal(rows, [json.loads(line) for line in told.out.splitlines()], table)

    expect_them("out")
    command(folder, "optimize", "out")
    expect_them("out")
    changes = [version for version in range(1, 5) if actions(folder, version, "metaData")]
    expect_equal(2, len(changes), "changes of the columns")
    stream()
    expect_them("copy")


WIDENED = """\
name: wide
sources:
  rows: {{json_lines: {{path: in, max_files_per_trigger: 1, schema: {schema}}}}}
sinks:
  out: {{from: rows, delta: {{path: out, compact: false{options}}}}}
trigger: available_now
checkpoint: checkpoint
"""


def constraint_is_refused(folder):
    write_table(folder, 1)
    opened(folder).alter.add_constraint({"small": "v < 1000"})
    write_input(folder, 1)
    bad = sluice("run", "pipeline.yaml", cwd=folder).must_exit(2).err
    if "the CHECK constraint small (v < 1000)" not in bad:
        raise Failure(bad)
    bad = command(folder, "optimize", "out", code=2).err
    if "CHECK constraint small" not in bad:
        raise Failure(bad)
    expect_rows(folder, 1)


# ---- the sink itself

def operations(folder):
    return [entry["operation"] for entry in opened(folder).history()]


def compacts_itself(folder):
    for _ in range(3):  # runs that end by themselves compact before they do
        write_table(folder, 17, "partition_by: [k]")
    expect_rows(folder, 51)
    if operations(folder).count("OPTIMIZE") < 3:
        raise Failure(f"no compaction: {operations(folder)}")
    files = len(opened(folder).file_uris())
    if files > 3 * 16:
        raise Failure(f"{files} files stay")


def compacts_upserts(folder):
    mode = "mode: upsert, key: [id], "
    for _ in range(2):
        write_table(folder, 20, "", mode)
    expect_rows(folder, 40)
    if "OPTIMIZE" not in operations(folder):
        raise Failure(f"no compaction: {operations(folder)}")


def many_triggers(folder):
    """As many batches as one-second triggers bring in ten minutes (an hour), in quick succession: the
    table stays one of few files, its log and the program's memory do not grow with the number of
    batches."""
    batches = rounds(600, 3600)
    (folder / "in").mkdir()
    for batch in range(batches):
        write_input(folder, batch)
    text = PIPELINE.format(options="compact: true", mode="", trigger="{every: 1ms}")
    (folder / "pipeline.yaml").write_text(text)
    running = Running("run", "pipeline.yaml", cwd=folder)
    memory = {}
    try:
        for at in (batches // 2, batches - 1):
            running.wait_for(lambda out, err, at=at: f"batch {at}:" in err, f"batch {at}")
            status = Path(f"/proc/{running.process.pid}/status").read_text()
            memory[at] = int(status.split("VmRSS:")[1].split()[0])
    finally:
        finished = running.stop()
    finished.must_exit(0)
    expect_rows(folder, batches)
    files = len(opened(folder).file_uris())
    if files > 50:
        raise Failure(f"{files} files after {batches} batches")
    early, late = memory.values()
    if late > early * 1.25 + 20_000:
        raise Failure(f"memory grows: {memory} kB")


def two_writers(folder, compact):
    """deltalake appends, vacuums and adds a column while sluice appends; one of the two compacts. Not
    both: deltalake 1.6 does not see that somebody has replaced the files that it is replacing, which
    doubles their rows (two deltalakes do it to each other)."""
    import deltalake
    import pyarrow

    commits = rounds(60, 1000)
    write_table(folder, 1)
    text = PIPELINE.format(options=f"compact: {compact}", mode="", trigger="continuous")
    (folder / "pipeline.yaml").write_text(text)
    running = Running("run", "pipeline.yaml", cwd=folder)
    try:
        for number in range(commits):
            write_input(folder, number + 1)
            rows = pyarrow.table({"id": pyarrow.array([1_000_000 + number], pyarrow.int64()),
                                  "k": ["theirs"], "v": [0.5]})
            if number > commits // 2:
                rows = rows.append_column("theirs", pyarrow.array(["new"]))
            theirs(lambda: deltalake.write_deltalake(str(folder / "out"), rows, mode="append"))
            if number % 10 == 9 and compact == "false":
                theirs(lambda: opened(folder).optimize.compact())
            if number % 20 == 19:
                theirs(lambda: opened(folder).vacuum(retention_hours=200, dry_run=False))
            if number == commits // 2:
                new = deltalake.Field("theirs", deltalake.schema.PrimitiveType("string"))
                theirs(lambda: opened(folder).alter.add_columns(new))
        running.wait_for(lambda out, err: f"batch {commits}:" in err, f"batch {commits}")
    finally:
        finished = running.stop()
    finished.must_exit(0)
    if "OPTIMIZE" not in operations(folder):
        raise Failure("nobody compacted")
    ids = opened(folder).to_pyarrow_table(columns=["id"])["id"].to_pylist()
    own = list(range((commits + 1) * 20))
    expect_equal(own + [1_000_000 + number for number in range(commits)], sorted(ids), "ids")


def write_input(folder, batch, rows=20):
    lines = [json.dumps({"id": batch * rows + n, "k": f"k {n % 3}", "v": n}) for n in range(rows)]
    part = folder / "in" / f".{batch:05}"
    part.write_text("\n".join(lines) + "\n")
    part.rename(folder / "in" / f"{batch:05}.jsonl")


def theirs(work, tries=200):
    """deltalake gives up a commit sooner than we do; a lost race is no failure of ours."""
    import deltalake.exceptions

    for _ in range(tries):
        try:
            return work()
        except deltalake.exceptions.CommitFailedError:
            time.sleep(0.01)
    raise Failure("deltalake lost every race")
