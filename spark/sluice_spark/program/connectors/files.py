"""Folders of files: Parquet, CSV, JSON lines and text, as streams, tables and sinks."""

from ...types import parse_type, quoted, spark_type
from ..code import chain, constant, literal, options
from ..formats import csv as csv_format
from ..formats.json import fields_of
from ..formats.types import read_type
from ..reader import Reader
from ..values import shown
from ..writer import Writer
from .kafka import raise_refresh
from .stores import add_stores

INSTANT = "concat(CAST({0} AS STRING), date_format({0}, 'x'))"
FILE = "regexp_replace(url_decode(replace(_metadata.file_path, '+', '%2B')), '^file:/+', '/')"
WHOLE = """\
# Inside a list: of columns that nobody asks for Spark's reader does not see whether a record fits them.
.select("_metadata", F.inline(F.array(F.struct("record"))))"""
IN_STORE = "regexp_replace(url_decode(replace(_metadata.file_path, '+', '%2B')), '^s3a:', 's3:')"
OWN = {"file_path": FILE, "file_modified": "_metadata.file_modification_time"}
REASONS = {
    "min_age": "let the writers rename complete files into the folder",
    "moved_from": "a checkpoint of Spark's knows files by their paths: begin a new one",
    "recursive": "name the folders, or a glob",
}


def stream(context, source):
    """A folder whose files are read once each."""
    part = source.connector
    context.refuse_given(part, {name: reason for name, reason in REASONS.items()
                                if name != "recursive" or part.kind != "parquet"})
    if part.get("replay") and not context.plan.ends():
        part.refuse("replay", "Spark reads what is there at once: use trigger: available_now")
    pairs = []
    if context.plan.trigger["kind"] != "once" and "max_files_per_trigger" in part.given:
        pairs.append(("maxFilesPerTrigger", context.values.text(part, "max_files_per_trigger")))
    for name in ("max_records_per_trigger", "max_bytes_per_trigger"):
        if name in part.given:
            context.note(f"source {source.name}: {name}: Spark takes whole files (max_files_per_trigger)")
    if part.get("order", "name") == "name":
        context.note(f"source {source.name}: Spark reads files by the time of their last change, not by name")
    return reader(context, source, "spark.readStream", pairs)


def table(context, source):
    if source.refresh_us:
        raise_refresh(source)
    return reader(context, source, "spark.read", [])


def reader(context, source, start, pairs):
    part = source.connector
    stored = add_stores(context, part)
    path = context.values.path(part)
    words = f"{part.kind} files {shown(part)}"
    if part.kind == "parquet":
        made = parquet(context, source, start, pairs, path, words)
    elif part.kind == "csv":
        made = csv(context, source, start, pairs, path, words)
    else:
        made = lines(source, start, pairs, path, words)
    if stored:
        made.metadata["file_path"] = IN_STORE
        made.origin = {name: IN_STORE if text == FILE else text for name, text in made.origin.items()}
    return made


def lines(source, start, pairs, path, words):
    part = source.connector
    pairs = [("lineSep", literal("\n")), *pairs]
    calls = [*options(pairs), f".load({path})", '.select("value", "_metadata")']
    if part.kind == "json_lines" or not part.get("keep_empty_lines"):
        calls.append(".where(\"trim(BOTH ' \\t\\r' FROM value) <> ''\")")
    frame = chain(f'{start}.format("text")', calls)
    return Reader(frame, words, metadata={**OWN, "value": "value"}, origin=origin("CAST(value AS BINARY)"))


def origin(value):
    """A record's place in a dead letter: Spark does not know the line."""
    return {"topic": FILE, "partition": "0", "offset": "CAST(NULL AS BIGINT)",
            "timestamp": "_metadata.file_modification_time", "key": "CAST(NULL AS BINARY)", "value": value}


def parquet(context, source, start, pairs, path, words):
    context.refuse_given(source.connector, {"on_new_column": "it ignores columns that are not declared"}
                         if source.connector.get("on_new_column") == "fail" else {})
    name = context.setting(constant(source.name) + "_SCHEMA", schema_of(fields_of(source), spark_type))
    frame = chain(f'{start}.format("parquet")', [f".schema({name})", *options(pairs), f".load({path})"])
    return Reader(frame, words, is_rows=True, metadata=dict(OWN))


def schema_of(fields, kind_of):
    """A schema in DDL, a column a line where they are many."""
    columns = [f"{quoted(name)} {kind_of(kind)}" for name, kind in fields.items()]
    line = ", ".join(columns)
    if len(line) < 76 and '"' not in line:
        return f'"{line}"'
    lines = [f'    "{one}, "' for one in columns[:-1]] + [f'    "{columns[-1]}"']
    return "(\n" + "\n".join(lines) + "\n)"


def csv(context, source, start, pairs, path, words):
    """Files of CSV: Spark takes their records apart itself, line ends inside quotes included."""
    part, form = source.connector, source.format
    fields = csv_format.read_fields(form, fields_of(source))
    name = context.setting(constant(source.name) + "_SCHEMA", schema_of(fields, read_type).rstrip())
    pairs = [*csv_format.options(form), ("multiLine", '"true"'), *pairs]
    if part.get("header", True):
        pairs += [("header", '"true"'), ("enforceSchema", literal("false" if part.get("check_header", True) else "true"))]
    frame = chain(f'{start}.format("csv")', [f'.schema({name} + ", _corrupt STRING")', *options(pairs), f".load({path})",
                                             '.select(F.struct("*").alias("record"), "_metadata")', WHOLE])
    context.module("F")
    context.note("CSV: a record that Spark's reader refuses has no column's name in its dead letter, and no line")
    return Reader(frame, words, metadata=dict(OWN), origin=origin("CAST(coalesce(record._corrupt, to_csv(record)) AS BINARY)"))


def sink(context, writing):
    part, mode = writing.sink.connector, writing.sink.mode
    kind = part.get("format", "parquet") if part.kind == "file" else part.kind
    add_stores(context, part)
    path = context.values.path(part)
    context.ignore(part, ("row_group_size",), "Spark counts bytes (parquet.block.size)")
    pairs = file_options(context, part, kind)
    spark_format = {"json_lines": "json"}.get(kind, kind)
    by = part.get("partition_by", [])
    calls = [f".partitionBy({', '.join(map(literal, by))})"] if by else []
    if mode == "append" and not writing.letters:
        context.note(f"sink {writing.sink.name}: exactly once for readers of the folder's _spark_metadata, as Spark is; "
                     "others may see files of a batch that a crash has ended")

    select = [f".withColumn({literal(name)}, {text})" for name, text in as_texts(context, writing, kind)]

    def batch(rows):
        folder = path
        if writing.letters:  # written again, a batch takes its own place
            place = context.setting(constant(writing.sink.name) + "_PATH", path)
            folder = f'f"{{{place}}}/batch={{number}}"'
        return chain(rows, [*select, f'.write.format("{spark_format}").mode("overwrite")', *options(pairs), *calls,
                            f".save({folder})"])

    words = "files in" if mode == "append" else "the only files in"
    streams = mode == "append" and not writing.letters
    return Writer(f"{words} {shown(part)}, as {kind}", batch, select, format=spark_format if streams else None,
                  options=[*pairs, ("path", path)], calls=calls)


def as_texts(context, writing, kind):
    """Columns that text files hold as sluice writes them: times without needless zeros, decimals with all digits."""
    by = writing.sink.connector.get("partition_by", [])
    for name, duckdb_type in writing.columns:
        column = parse_type(duckdb_type).name
        if name in by or kind not in ("csv", "json_lines"):
            continue
        if column == "TIMESTAMP" or (column == "DECIMAL" and kind == "csv"):
            context.module("F")
            yield name, f'F.col({literal(quoted(name))}).cast("string")'
        elif column == "TIMESTAMPTZ":
            context.module("F")
            yield name, f"F.expr({literal(INSTANT.format(quoted(name)))})"


def file_options(context, part, kind):
    pairs = []
    if part.get("rows_per_file"):
        pairs.append(("maxRecordsPerFile", context.values.text(part, "rows_per_file")))
    codec = part.get("compression")
    if codec and codec not in ("none", "snappy"):
        pairs.append(("compression", literal(codec)))
    if kind == "csv":
        pairs += [("header", literal(str(part.get("header", True)).lower())), ("escape", literal('"'))]
        if part.get("delimiter", ",") != ",":
            pairs.append(("sep", literal({"\\t": "\t", "tab": "\t"}.get(part.get("delimiter"), part.get("delimiter")))))
        if part.get("null"):
            pairs.append(("nullValue", literal(part.get("null"))))
    if kind == "json_lines":
        pairs.append(("ignoreNullFields", '"false"'))
    return pairs
