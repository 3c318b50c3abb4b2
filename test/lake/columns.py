"""Columns of the view that the table lacks, or has otherwise; names and features of tables."""

import json
from pathlib import Path

from lake.table import PIPELINE, write_table, write_input, command, opened, expect_rows, actions
from support.case import Case, Failure, expect_equal
from support.program import sluice


def cases():
    yield Case("new_column", new_column)
    yield Case("new_field_is_left_out", new_field_is_left_out)
    yield Case("new_field_is_rescued", new_field_is_rescued)
    yield Case("records_fields_are_rescued", records_fields_are_rescued)
    yield Case("names_of_any_letters", names_of_any_letters)
    yield Case("wider_types", wider_types)
    yield Case("constraint_is_refused", constraint_is_refused)
    yield Case("old_writer_versions", old_writer_versions)


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
        expect_equal({40 + n: n * 7919 % 101 for n in range(20)}, fitting, "texts that are numbers")
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
    rows = sorted((row["id"] or 3, row["_rescued"])
                  for row in opened(folder).to_pyarrow_table().to_pylist())
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
    metadata = [entry for version in range(last + 1)
                for entry in actions(folder, version, "metaData")][-1]
    fields = {field["name"]: field["metadata"]
              for field in json.loads(metadata["schemaString"])["fields"]}
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


def old_writer_versions(folder):
    """Stand for features; a table that uses none of them is written by both, and keeps its version."""
    import deltalake
    import pyarrow

    def rows(*ids):
        return pyarrow.table({"id": list(ids), "k": ["theirs"] * len(ids), "v": [0.5] * len(ids)})

    for version, properties in ((3, {}), (4, {"delta.enableChangeDataFeed": "true"}),
                                (6, {"delta.minWriterVersion": "6"})):
        own = folder / str(version)
        deltalake.write_deltalake(own / "out", rows(-1), configuration=properties | {
            "delta.checkpointInterval": "5"})
        if version == 3:
            opened(own).alter.add_constraint({"small": "v < 1000"})
            opened(own).alter.drop_constraint("small")
        write_table(own, 8, options="on_new_field: add")
        text = (own / "pipeline.yaml").read_text()
        (own / "pipeline.yaml").write_text(text.replace("v: DOUBLE", "v: DOUBLE, w: DATE"))
        write_input(own, 8)
        sluice("run", "pipeline.yaml", cwd=own).must_exit(0)
        command(own, "optimize", "out")
        theirs = [] if version == 6 else [180]  # deltalake does not write tables of version 6
        if theirs:
            deltalake.write_deltalake(own / "out", rows(*theirs), mode="append", schema_mode="merge")
        write_input(own, 9)
        sluice("run", "pipeline.yaml", cwd=own).must_exit(0)
        table = opened(own)
        expect_equal(version, table.protocol().min_writer_version, "writer version")
        ids = sorted(table.to_pyarrow_table()["id"].to_pylist())
        expect_equal(sorted([-1, *theirs, *range(200)]), ids, f"ids of version {version}")
        if not list((own / "out" / "_delta_log").glob("*.checkpoint.parquet")):
            raise Failure(f"version {version}: no checkpoint")
