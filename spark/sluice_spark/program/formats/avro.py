"""Avro, by a schema in a file. Spark asks no schema registry."""

from ...types import quoted, spark_type
from ..code import literal
from ..reader import Decoded
from ..values import CONTENT
from .json import fields_of, settle

REGISTRY = ("Spark asks no schema registry: give 'schema_file', and records without the registry's number in front; or "
            "read `format: raw` and decode in a view")


def decoded(context, source, reader):
    part = source.format
    if part.get("registry"):
        part.refuse("registry", REGISTRY)
    if part.get("references"):
        part.refuse("references", "Spark reads one schema: put the types into 'schema_file' itself")
    context.needs.package("avro")
    return read_with(context, source, f"from_avro(F.col(\"value\"), content({context.values.text(part, 'schema_file')}), "
                                      '{"mode": "PERMISSIVE"})', "from_avro", "Avro")


def read_with(context, source, call, module, words):
    """Records of a format with a schema of its own: one that does not decode is NULL."""
    for name in ("F", module, "Path"):
        context.module(name)
    if "content(" in call:
        context.needs.helper("content", CONTENT)
    made = Decoded(rejects=True, words=words)
    whole = F_WHEN.format(words=literal(f"record is not a value of its {words} schema"))
    made.result = (f'records.withColumn("record", {call})\n'
                   '.withColumn("column_name", F.lit(None).cast("string"))\n'
                   f'.withColumn("reason", {whole})')
    made.columns = {name: f"CAST(record.{quoted(name)} AS {spark_type(kind)})"
                    for name, kind in fields_of(source).items()}
    settle(context, source, made)
    return made


F_WHEN = ('F.when(F.col("value").isNull(), "record has no value (a Kafka tombstone)")'
          '.when(F.col("record").isNull(), {words})')
