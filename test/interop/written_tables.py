"""Delta tables that sluice wrote, read by Apache Spark and deltalake: tables of many shapes, on disk and
in a store, after appends, a new column, upserts, OPTIMIZE and VACUUM. What they must hold is made from
the input by plain DuckDB."""

import json
import shutil

from interop.schemas import ADDED, SCHEMAS
from support import spark, tables
from support.case import Failure
from support.program import sluice
from support.s3 import Store

APPENDS, ROWS = 11, 12  # more than the ten commits after which there is a checkpoint
# deltalake cannot parse the negative decimals in its own tables' folders, and lacks type widening.
SPARK_ONLY = ("typed_folders", "widened")
MAPPED = ("names",)  # deltalake's road to pyarrow lacks column mapping, its SQL does not


def written_tables(folder):
    write_inputs(folder)
    store = Store()
    places = {"disk": (folder / "disk", {}), "store": (f"s3://{store.bucket}", store.server.env)}
    for base, env in places.values():
        write(folder, base, env)
    shutil.copytree(folder / "disk" / "tables", folder / "disk" / "upserted")
    for base, env in places.values():
        tidy(folder, base, env)
    (folder / "disk" / "tables").rename(folder / "disk" / "tidied")

    bases = {"upserted": f"{folder}/disk/upserted", "tidied": f"{folder}/disk/tidied",
             "tidied_in_store": f"s3://{store.bucket}/tables"}
    read_by_spark(folder, bases, store.server)
    failures = []
    for place, base in bases.items():
        options = {**store.server.env, "AWS_ALLOW_HTTP": "true"} if "://" in base else None
        failures += check(folder, f"deltalake, {place}", SPARK_ONLY, lambda duck, name:
                          duck.register("got", deltalake_rows(f"{base}/{name}", options)))
        failures += check(folder, f"Spark, {place}", (), lambda duck, name: duck.execute(
            f"CREATE VIEW got AS FROM read_parquet('{folder}/read/{place}/{name}/*.parquet')"))
    if failures:
        raise Failure("\n".join(failures))


# ---- what goes in

def write_inputs(folder):
    """Per table: files to append, the last with a column more; changes; and what must come out."""
    for schema in SCHEMAS:
        last = APPENDS * ROWS
        rows = [schema.row(n) for n in range(last)]
        more = [{**schema.row(n), ADDED[0]: added(n)} for n in range(last, last + ROWS)]
        changes = [{**schema.row(n, turn=1), ADDED[0]: added(n)} for n in range(0, last + 20, 7)]
        for batch in range(APPENDS):
            write_rows(folder / "in" / schema.name / f"{batch:03}.jsonl",
                       rows[batch * ROWS:(batch + 1) * ROWS])
        write_rows(folder / "more" / schema.name / f"{APPENDS:03}.jsonl", more)
        write_rows(folder / "changes" / schema.name / "000.jsonl", changes)
        final = {row["id"]: row for row in rows + more + changes}
        write_rows(folder / "expected" / f"{schema.name}.jsonl", final.values())


def added(number):
    return None if number % 2 else {"x": number, "y": f"new {number}"}


def write_rows(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


# ---- by sluice

def pipeline(name, inputs, with_added, sink):
    """A file with a source and a sink for each table; `sink` is what the sinks' options have besides
    their path."""
    lines = [f"name: {name}", "sources:"]
    for schema in SCHEMAS:
        types = {**schema.wide_types, ADDED[0]: ADDED[1]} if with_added else schema.types
        lines.append(f"  {schema.name}: {{json_lines: {{path: {inputs}/{schema.name}, "
                     f"max_files_per_trigger: 1, schema: {json.dumps(types, ensure_ascii=False)}}}}}")
    lines.append("sinks:")
    for schema in SCHEMAS:
        partitions = f", partition_by: {json.dumps(schema.partition_by)}" if schema.partition_by else ""
        lines.append(f"  {schema.name}_out: {{from: {schema.name}, {sink[0]}delta: "
                     f"{{path: \"${{BASE}}/tables/{schema.name}\", compact: false{sink[1]}{partitions}}}}}")
    return "\n".join(lines) + f"\ncheckpoint: {name}\n"


def write(folder, base, env):
    """Appends, appends with a column more, and upserts."""
    runs = (("rows", "in", False, ("", "")), ("rows", "in", True, ("", ", on_new_field: add, on_wider_type: widen")),
            ("changes", "changes", True, ("mode: upsert, key: [id], ", "")))
    own = folder / ("disk" if env == {} else "store")
    own.mkdir()
    shutil.copytree(folder / "in", own / "in")
    shutil.copytree(folder / "changes", own / "changes")
    for name, inputs, with_added, sink in runs:
        if with_added and name == "rows":
            shutil.copytree(folder / "more", own / "in", dirs_exist_ok=True)
        (own / "pipeline.yaml").write_text(pipeline(name, inputs, with_added, sink))
        sluice("run", "pipeline.yaml", "--available-now", "--var", f"BASE={base}", cwd=own,
               env=env).must_exit(0)


def tidy(folder, base, env):
    for schema in SCHEMAS:
        table = f"{base}/tables/{schema.name}"
        sluice("delta", "optimize", table, cwd=folder, env=env).must_exit(0)
        sluice("delta", "vacuum", table, "--retention", "0s", "--allow-short-retention", cwd=folder,
               env=env).must_exit(0)


# ---- by others

def deltalake_rows(url, options):
    import deltalake
    import pyarrow

    table = deltalake.DeltaTable(url, storage_options=options)
    if url.endswith(MAPPED):
        query = deltalake.QueryBuilder().register("rows", table).execute("SELECT * FROM rows")
        return pyarrow.table(query.read_all())
    return table.to_pyarrow_table()


def check(folder, reader, but, define):
    """Compares each table with what DuckDB makes of the input; `define` makes `got` of what the reader
    has. Gives what is wrong."""
    wrong = []
    for schema in SCHEMAS:
        if schema.name in but:
            continue
        duck = tables.connection()
        types = define_expected(duck, folder, schema)
        try:
            define(duck, schema.name)
            # The types that a reader has for it may have other names, the values not.
            cast = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in types.items())
            tables.expect_same_rows(duck, "FROM expected", f"SELECT {cast} FROM got",
                                    f"{reader}: {schema.name}")
        except Failure as failure:
            wrong.append(str(failure))
        except Exception as error:  # what a reader says when it cannot read
            wrong.append(f"{reader}: {schema.name}: {str(error)[:500]}")
    return wrong


def define_expected(duck, folder, schema):
    types = {**schema.wide_types, ADDED[0]: ADDED[1]}
    columns = ", ".join(f"'{name}': '{'VARCHAR' if kind == 'BLOB' else kind}'"
                        for name, kind in types.items())
    values = ", ".join(f'from_base64("{name}") AS "{name}"' if kind == "BLOB" else f'"{name}"'
                       for name, kind in types.items())
    duck.execute(f"CREATE TABLE expected AS SELECT {values} FROM "
                 f"read_json('{folder}/expected/{schema.name}.jsonl', "
                 f"format = 'newline_delimited', columns = {{{columns}}})")
    return types


READ = """
folder = sys.argv[1]
bases, names = json.loads(sys.argv[2]), json.loads(sys.argv[3])
for place, base in bases.items():
    for name in names:
        try:
            spark.read.format("delta").load(f"{base}/{name}").coalesce(1) \\
                .write.parquet(f"{folder}/read/{place}/{name}")
        except Exception as error:
            print(f"{place}/{name}: {str(error)[:500]}", file=sys.stderr)
"""


def read_by_spark(folder, bases, server):
    places = {place: base.replace("s3://", "s3a://") for place, base in bases.items()}
    spark.run(READ, folder, json.dumps(places), json.dumps([schema.name for schema in SCHEMAS]),
              settings={"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS"}, store=server)
