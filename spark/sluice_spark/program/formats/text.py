"""Text: a record is one VARCHAR column."""

from ..reader import Decoded
from .json import settle


def decoded(context, source, reader):
    context.module("F")
    made = Decoded(rejects=source.format.get("on_error") != "null", words="text")
    valid = 'F.is_valid_utf8(F.col("value").cast("string"))'
    made.result = ('records.withColumn("column_name", F.lit(None).cast("string"))\n'
                   f'.withColumn("reason", F.when(~{valid}, "record is not valid UTF-8"))')
    made.columns = {source.format.get("column", "value"): "CAST(value AS STRING)"}
    if not made.rejects:
        made.result = "records"
        made.columns = {name: f"CASE WHEN is_valid_utf8({sql}) THEN {sql} END" for name, sql in made.columns.items()}
    else:
        settle(context, source, made)
    return made


