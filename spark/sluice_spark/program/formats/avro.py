"""Avro, by a schema in a file. Spark asks no schema registry."""

from pathlib import Path

from ...types import parse_type, quoted, spark_type
from ..code import constant, listing, literal
from ..reader import Decoded
from ..values import CONTENT
from .avro_schema import AvroSchema, NotInSpark
from .json import fields_of, settle
from .types import RANGES, UUID, as_column

REGISTRY = ("Spark asks no schema registry: give 'schema_file', and records without the registry's number in front; or "
            "read `format: raw` and decode in a view")

HELPER = '''\
def read_avro(records: DataFrame, schema: str, unfit: dict) -> DataFrame:
    """Adds `record`, and `reason` and `column_name` where a value is none of the schema.

    The schema is that of a field, which is written as the value alone is: of what is broken from_avro makes a row of
    NULLs, in which `record` is NULL. It takes bytes after a value's end; whoever has those is a value with one more field.
    `unfit` has conditions for values that do not fit their column.
    """

    def inside(*more: dict) -> Column:
        fields = [{"name": "record", "type": json.loads(schema)}, *more]
        whole = {"type": "record", "name": "Whole_", "fields": fields}
        return from_avro(F.col("value"), json.dumps(whole), {"mode": "PERMISSIVE"})

    rest = {"name": "rest", "type": {"type": "fixed", "name": "Byte_", "size": 1}}
    read = F.struct(inside()["record"].alias("record"), inside(rest)["rest"].isNotNull().alias("goes_on"))
    misfits = [F.when(wrong, F.lit(name)) for name, wrong in unfit.items()]
    return (
        # Inside a list, so that a record is read once, and not again for each use of it.
        records.select("*", F.inline(F.array(read)))
        .withColumn("column_name", F.coalesce(*misfits, F.lit(None).cast("string")))
        .withColumn(
            "reason",
            F.when(F.col("value").isNull(), "record has no value (a Kafka tombstone)")
            .when(F.col("record").isNull(), "record is not a value of its Avro schema")
            .when(F.col("goes_on"), "record has bytes after its end")
            .when(F.col("column_name").isNotNull(), "field does not fit its column"),
        )
    )
'''
# Numbers that have room for all of another type's.
WIDER = {("INT", "BIGINT"), ("FLOAT", "DOUBLE"), ("INT", "DOUBLE")}
DIGITS = {"INT": 10, "BIGINT": 19}
WHOLE = {**RANGES, "SMALLINT": (-32768, 32767), "INTEGER": (-2147483648, 2147483647)}


def decoded(context, source, reader):
    part = source.format
    if part.get("registry"):
        part.refuse("registry", REGISTRY)
    if part.get("references"):
        part.refuse("references", "Spark reads one schema: put the types into 'schema_file' itself")
    schema = schema_of(context, part)
    context.needs.package("avro")
    for name in ("F", "Column", "json", "from_avro", "Path"):
        context.module(name)
    context.needs.helper("content", CONTENT)
    context.needs.helper("read_avro", HELPER)
    fields = fields_of(source)
    columns, unfit = {}, {}
    for name, kind in fields.items():
        columns[name], wrong, fits = column(context, part, schema, name, kind)
        if fits and part.get("on_error") == "null":
            columns[name] = f"CASE WHEN {fits} THEN {columns[name]} END"
        elif wrong:
            unfit[name] = wrong
    text = context.setting(constant(source.name) + "_AVRO", f"content({context.values.text(part, 'schema_file')})")
    tests = listing([f"{literal(name)}: {test}" for name, test in unfit.items()], "{", "}")
    made = Decoded(rejects=True, words="Avro", columns=columns, steps=[f"unfit = {tests}"] if unfit else [],
                   result=f"read_avro(records, {text}, {'unfit' if unfit else '{}'})")
    settle(context, source, made)
    context.note(f"source {source.name}: text that is not UTF-8 rejects an Avro record only in a column of its own, not "
                 "inside lists and records")
    return made


def schema_of(context, part):
    path = Path(context.plan.folder) / part.get("schema_file")
    try:
        schema = AvroSchema(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        part.refuse("schema_file", f"{path} is not read: {error}")
    if schema.may_be_null:
        part.refuse("schema_file", "its values may be null as a whole, which Spark does not tell from broken ones: make it a "
                                   "record with a field")
    return schema


def column(context, part, schema, name, kind):
    """SQL of a column of `record`, a condition for values that reject the record, and SQL that says which ones fit; None:
    there is nothing that does not."""
    option = "schema" if "schema" in part.given else "schema_file"
    found = {one.lower(): one for one in schema.fields()}.get(name.lower())
    wanted = spark_type(kind)
    if found is None:
        return f"CAST(NULL AS {wanted})", None, None
    try:
        there = schema.spark_type(schema.fields()[found])
    except NotInSpark as lacking:
        part.refuse(option, f"column '{name}': Spark's from_avro has no type {lacking}: declare the columns without it, or write "
                            "it as another type")
    read = f"record.{quoted(found)}" if schema.is_record else "record"
    value = f'F.col("{read}")'
    duck = parse_type(kind).name
    if duck == "UUID" and there == "STRING":
        return f"lower({read})", f"~{value}.rlike({literal(UUID)})", f"{read} RLIKE '{UUID}'"
    if duck != "JSON" and there == wanted and duck not in RANGES:
        return read, f"~F.is_valid_utf8({value})" if there == "STRING" else None, None
    digits = DIGITS.get(there)
    fits = digits and parse_type(kind).name == "DECIMAL" and parse_type(kind).parts[0] - parse_type(kind).parts[1] >= digits
    if (there, wanted) in WIDER or fits:
        return f"CAST({read} AS {wanted})", None, None
    if duck in WHOLE and there in ("INT", "BIGINT"):
        low, high = WHOLE[duck]
        return f"CAST({read} AS {wanted})", f"~{value}.between({low}, {high})", f"{read} BETWEEN {low} AND {high}"
    if there == "TIMESTAMP" and wanted == "TIMESTAMP_NTZ":
        return as_column(context, found, kind), None, None
    part.refuse(option, f"column '{name}': Spark's from_avro gives {there}, which is no {kind} for it: declare the column so, and "
                        "cast it in a view")
