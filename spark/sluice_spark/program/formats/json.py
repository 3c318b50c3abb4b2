"""JSON: records that Spark reads and sluice would not are rejected, by the same rules as natively."""

from ...types import parse_type, quoted
from ..code import constant, listing, literal
from ..reader import Decoded
from .types import RANGES, TIMESTAMP_LAYOUT, UUID, as_column, read_type

HELPER = f'''\
JSON = {{
    "columnNameOfCorruptRecord": "_corrupt",
    "allowSingleQuotes": "false",
    "timeZone": "UTC",
    "dateFormat": "yyyy-MM-dd",
    "timestampFormat": "{TIMESTAMP_LAYOUT}",
}}


def json_kind(name: str) -> Column:
    """What a field is in JSON: STRING, BIGINT, DOUBLE ...; VOID is null, NULL a field that is not there."""
    return F.schema_of_variant(F.try_variant_get(F.col("json"), f"$[0]['{{name}}']", "variant"))


def read_json(records: DataFrame, fields: dict, text: Column, unfit: dict) -> DataFrame:
    """Adds `record`, and `reason` and `column_name` where a value is no record of these fields.

    Spark alone takes text after the object and names that are there twice; inside a list they are errors.
    `unfit` has conditions for values that from_json takes and that do not fit the column.
    """
    whole = F.col("value").cast("string")
    schema = ", ".join(f"`{{name}}` {{kind}}" for name, kind in fields.items())

    corrupt = F.col("record._corrupt").isNotNull()

    def misfit(name: str) -> Column:
        wrong = corrupt & F.col(f"record.`{{name}}`").isNull() & (json_kind(name) != "VOID")
        if name in unfit:
            wrong = wrong | F.coalesce(unfit[name], F.lit(False))
        return F.when(wrong, F.lit(name))

    read = F.struct(
        F.try_parse_json(F.concat(F.lit("["), whole, F.lit(',"<end>"]'))).alias("json"),
        F.from_json(text, schema + ", _corrupt STRING", JSON).alias("record"),
    )
    end = F.coalesce(F.try_variant_get(F.col("json"), "$[1]", "string"), F.lit(""))
    kind = F.schema_of_variant(F.try_variant_get(F.col("json"), "$[0]", "variant"))
    return (
        # Inside a list, so that a record is read once, and not again for each use of it.
        records.select("*", F.inline(F.array(read)))
        .withColumn("column_name", F.coalesce(*map(misfit, fields), F.lit(None).cast("string")))
        .withColumn(
            "reason",
            F.when(F.col("value").isNull(), "record has no value (a Kafka tombstone)")
            .when(F.trim(whole) == "", "record is empty")
            .when(~F.is_valid_utf8(whole), "record is not valid UTF-8")
            .when(end != "<end>", "record is not valid JSON")
            .when(F.col("column_name").isNotNull(), "field does not fit its column")
__PAYLOAD__            .when(corrupt & kind.like("OBJECT%"), "field does not fit its column")
            .when(corrupt, "record is not a JSON object"),
        )
    )
'''

TEXT = '''\
def json_text(name: str) -> Column:
    """A field as a text."""
    return F.try_variant_get(F.col("json"), f"$[0]['{name}']", "string")
'''

VALUE = 'F.col("value").cast("string")'
PAYLOAD = '''\
            .when(F.col("record").isNull(), "record has no field where 'payload' points")
'''

LENIENT = '''\
def read_json(records: DataFrame, fields: dict) -> DataFrame:
    """Adds `record`, as from_json makes it of a value: NULLs where it does not fit."""
    schema = ", ".join(f"`{name}` {kind}" for name, kind in fields.items())
    return records.withColumn("record", F.from_json(F.col("value").cast("string"), schema))
'''


def decoded(context, source, reader):
    """Records of the format json, of a topic or of lines."""
    part = source.format
    for name in ("each", "rescued_column"):
        if part.get(name):
            part.refuse(name, f"'{name}' has no equal on Spark: take the records apart, or the fields that have no "
                              "column, in a view over `format: raw`")
    if part.get("mode") == "spark":
        return lenient(context, source)
    text = VALUE
    if part.get("payload"):
        text = f'F.get_json_object(F.col("value").cast("string"), {literal(json_path(part.get("payload")))})'
        context.note(f"source {source.name}: numbers inside a payload are read as Spark writes them again")
    made = records_of(context, source, fields_of(source), text)
    if part.get("payload"):
        made.metadata["envelope"] = "CAST(value AS STRING)"
    return made


def records_of(context, source, fields, text):
    """What read_json makes of `text`, as the source's on_error says."""
    part = source.format
    for module in ("F", "Column"):
        context.module(module)
    context.needs.helper("read_json", HELPER.replace("__PAYLOAD__", "" if text == VALUE else PAYLOAD))
    if any(parse_type(kind).name == "DECIMAL" for kind in fields.values()):
        context.needs.helper("json_text", TEXT)
    constant_name = context.setting(constant_of(source), fields_constant(fields))
    unfit = {name: test for name, kind in fields.items() for test in [unfit_test(name, kind)] if test}
    tests = listing([f"{literal(name)}: {test}" for name, test in unfit.items()], "{", "}")
    made = Decoded(rejects=True, words="JSON", steps=[f"unfit = {tests}"] if unfit else [],
                   result=f"read_json(records, {constant_name}, {text}, {'unfit' if unfit else '{}'})")
    made.columns = {name: column(context, name, kind) for name, kind in fields.items()}
    settle(context, source, made)
    context.note("JSON: a number or an object in a VARCHAR or JSON column is as Spark writes it again; a field twice "
                 "in a record rejects it even where no column needs it, and so does a field that no view reads")
    if part.get("on_error") == "null":
        made.result += f'\n.withColumn("reason", F.when(F.col("reason") != {literal(MISFIT)}, F.col("reason")))'
    return made


MISFIT = "field does not fit its column"


def settle(context, source, made):
    """Tombstones as rows, and on_error: fail."""
    part = source.format
    if part.get("tombstones") == "rows":
        context.module("F")
        made.result += '\n.withColumn("reason", F.when(F.col("value").isNotNull(), F.col("reason")))'
    if part.get("on_error") == "fail" or source.is_table and part.get("on_error") != "null":
        context.module("F")
        made.error = f"{'table' if source.is_table else 'source'} {source.name}: a record does not decode: "


def lenient(context, source):
    context.module("F")
    context.needs.helper("read_json_leniently", LENIENT.replace("read_json(", "read_json_leniently("))
    fields = fields_of(source)
    name = context.setting(constant_of(source), fields_constant(fields))
    return Decoded(result=f"read_json_leniently(records, {name})", words="JSON",
                   columns={one: as_column(context, one, kind) for one, kind in fields.items()})


def fields_of(source):
    """The format's own columns: name to DuckDB's type."""
    metadata = {name for name, _ in source.metadata}
    return {name: kind for name, kind in source.columns if name not in metadata}


def constant_of(source):
    """The constant that has the fields to read."""
    return constant(source.name) + "_FIELDS"


def fields_constant(fields):
    return listing([f"{literal(name)}: {literal(read_type(kind))}" for name, kind in fields.items()], "{", "}")


def unfit_test(name, duckdb_type):
    """A condition for what from_json takes and the column does not; None: there is nothing."""
    kind = parse_type(duckdb_type).name
    value, found = f'F.col("record.{quoted(name)}")', f"json_kind({literal(name)})"
    if kind == "UUID":
        return f"~{value}.rlike({literal(UUID)})"
    if kind in RANGES:
        return f"~{value}.between{RANGES[kind]}"
    if kind in ("TIMESTAMP", "TIMESTAMPTZ"):
        return f'~{found}.isin("STRING", "VOID")'
    if kind in ("HUGEINT", "UHUGEINT", "UBIGINT"):
        sign = "" if kind == "HUGEINT" else f" | ({value} < 0)"
        return f'~{found}.rlike("^(BIGINT|VOID|DECIMAL.*,0.)$"){sign}'
    if kind == "DECIMAL":
        return f'({found} == "STRING") & json_text({literal(name)}).contains(",")'
    return None


def column(context, name, duckdb_type):
    """SQL of a column of a strictly read record."""
    if parse_type(duckdb_type).name == "JSON":
        path = f"'$[0].{name}'" if name.isidentifier() else f'"$[0][\'{name}\']"'
        found = f"try_variant_get(json, {path}, 'variant')"
        return (f"CASE WHEN schema_of_variant({found}) = 'STRING' THEN to_json({found}) "
                f"ELSE record.{quoted(name)} END")
    return as_column(context, name, duckdb_type)


def json_path(pointer):
    """A JSON pointer as Spark's path: /payload/after is $.payload.after."""
    path = "$"
    for step in pointer.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        path += f"[{step}]" if step.isdigit() else f".{step}" if step.isidentifier() else f"['{step}']"
    return path
