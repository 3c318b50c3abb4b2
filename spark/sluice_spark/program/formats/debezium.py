"""Debezium's envelopes in JSON: the row that a change leaves or takes."""

from ..code import literal
from .json import fields_of, records_of

ROWS = {"row": ("after", "before"), "after": ("after",), "before": ("before",)}


def decoded(context, source, reader):
    part = source.format
    if part.get("value") == "avro":
        part.refuse("value", "envelopes in Avro need a schema registry, which Spark does not ask: write them as JSON")
    context.module("F")
    own = ("op", "ts_ms", "source")
    asked = {name: column for name, column in source.metadata if column in own}
    fields = fields_of(source)
    rows = [f'F.get_json_object(F.col("change"), "$.{side}")' for side in ROWS[part.get("image", "row")]]
    text = f"F.coalesce({', '.join(rows)})" if len(rows) > 1 else rows[0]
    made = records_of(context, source, fields, text)
    made.steps.insert(0, "whole = F.col(\"value\").cast(\"string\")\n"
                         'change = F.coalesce(F.get_json_object(whole, "$.payload"), whole)\n'
                         'records = records.where("value IS NOT NULL").withColumn("change", change)')
    made.metadata = {column: f"get_json_object(change, {literal('$.' + column)})" for column in own}
    made.metadata["ts_ms"] = f"CAST({made.metadata['ts_ms']} AS BIGINT)"
    context.note(f"source {source.name}: a field of a change that does not fit its column rejects the change only where "
                 f"Spark's from_json does{', ' + ', '.join(asked) + ' are read from the envelope' if asked else ''}")
    return made
