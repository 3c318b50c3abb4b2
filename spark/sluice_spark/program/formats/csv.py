"""CSV: records of a topic, and the options that files of them share."""

from ...types import parse_type, quoted
from ..code import literal
from ..reader import Decoded
from .json import constant_of, fields_constant, fields_of, settle, unfit_test
from .types import TIMESTAMP_LAYOUT, as_column

# So that an empty field is NULL, and `""` an empty text: Spark takes both for nullValue where that is empty.
NO_TEXT = "\0"

HELPER = '''\
def read_csv(records: DataFrame, fields: dict, options: dict) -> DataFrame:
    """Adds `record`, and `reason` where a value is no record of these fields."""
    text = F.col("value").cast("string")
    schema = ", ".join(f"`{name}` {kind}" for name, kind in fields.items())
    return (
        records.withColumn("record", F.from_csv(text, schema + ", _corrupt STRING", options))
        .withColumn("column_name", F.lit(None).cast("string"))
        .withColumn(
            "reason",
            F.when(F.col("value").isNull(), "record has no value (a Kafka tombstone)")
            .when(~F.is_valid_utf8(text), "record is not valid UTF-8")
            .when(F.col("record._corrupt").isNotNull(), "record is not valid CSV, or a field does not fit its column"),
        )
    )
'''


def decoded(context, source, reader):
    """CSV as the value of a record."""
    context.module("F")
    context.needs.helper("read_csv", HELPER)
    fields = fields_of(source)
    name = context.setting(constant_of(source), fields_constant(read_fields(source.format, fields)))
    pairs = ", ".join(f"{literal(key)}: {value}" for key, value in options(source.format))
    made = Decoded(rejects=True, result=f"read_csv(records, {name}, {{{pairs}}})", words="CSV",
                   columns=columns(context, fields))
    settle(context, source, made)
    return made


def columns(context, fields, record="record"):
    """SQL of each column; bytes are base64, JSON is kept as it is."""
    made = {}
    for name, kind in fields.items():
        is_blob = parse_type(kind).name == "BLOB"
        read = f"{record}.{quoted(name)}"
        made[name] = f"unbase64({read})" if is_blob else as_column(context, name, kind, record)
    return made


def read_fields(part, fields):
    """The columns to read, in the order of the file; those that have no column are read as texts."""
    order = part.get("columns_in_file") or list(fields)
    known = {name.lower(): (name, kind) for name, kind in fields.items()}
    made = {}
    for name in order:
        name, kind = known.get(name.lower(), (name, "VARCHAR"))
        made[name] = "VARCHAR" if parse_type(kind).name == "BLOB" else kind
    return made


def options(part):
    """Spark's options of the reader, as (name, expression)."""
    delimiter = {"\\t": "\t", "tab": "\t"}.get(part.get("delimiter", ","), part.get("delimiter", ","))
    quote = part.get("quote", '"')
    made = [("columnNameOfCorruptRecord", '"_corrupt"'), ("timeZone", '"UTC"'),
            ("dateFormat", '"yyyy-MM-dd"'), ("timestampFormat", literal(TIMESTAMP_LAYOUT)),
            ("sep", literal(delimiter)), ("quote", literal(quote or "\0")),
            ("escape", literal(part.get("escape") or quote or "\0")), ("nullValue", literal(part.get("null_text") or NO_TEXT))]
    if part.get("trim"):
        made += [("ignoreLeadingWhiteSpace", "True"), ("ignoreTrailingWhiteSpace", "True")]
    return made


def misfits(fields):
    """SQL conditions for what Spark's reader takes and the column does not. They need no JSON."""
    tests = []
    for name, kind in fields.items():
        if parse_type(kind).name in ("UUID", "TINYINT", "UTINYINT", "USMALLINT", "UINTEGER"):
            tests.append((name, unfit_test(name, kind)))
    return tests


