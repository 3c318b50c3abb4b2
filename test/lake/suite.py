"""Delta tables that sluice keeps tidy, read by deltalake: what OPTIMIZE, VACUUM, RESTORE and the sink's
own compaction leave must hold the same rows, also while another writer works on the table."""

import json
import time
from datetime import datetime, timezone
from pathlib import Path

from support import tables
from support.case import Case, Failure, expect_equal
from support.program import Running, sluice
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
    yield Case("create", create)
    yield Case("convert", convert)
    yield Case("compacts_itself", compacts_itself)
    yield Case("compacts_itself_in_upsert_mode", compacts_upserts)
    yield Case("new_column", new_column)
    yield Case("constraint_is_refused", constraint_is_refused)
    yield Case("triggers", many_triggers)
    yield Case("two_writers", lambda folder: two_writers(folder, "true"))
    yield Case("two_writers_theirs_compacts", lambda folder: two_writers(folder, "false"))


# ---- the table

def write_table(folder, batches, options="compact: false", mode="", rows=20):
    (folder / "in").mkdir(parents=True, exist_ok=True)
    done = len(list((folder / "in").iterdir()))
    for batch in range(done, done + batches):
        lines = [json.dumps({"id": batch * rows + n, "k": f"k {n % 3}", "v": (n * 7919) % 101})
                 for n in range(rows)]
        part = folder / "in" / f".{batch:05}"
        part.write_text("\n".join(lines) + "\n")
        part.rename(folder / "in" / f"{batch:05}.jsonl")
    text = PIPELINE.format(options=options, mode=mode, trigger="available_now")
    (folder / "pipeline.yaml").write_text(text)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)


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
