"""Protobuf, by a descriptor set in a file."""

from ...types import quoted, spark_type
from ..code import listing, literal
from ..reader import Decoded
from .avro import REGISTRY
from .json import fields_of, settle

UNTRIED = "Protobuf: Spark's from_protobuf is not tried with these programs; natively it is"


def decoded(context, source, reader):
    part = source.format
    if part.get("registry"):
        part.refuse("registry", REGISTRY)
    if not str(part.get("schema_file", "")).endswith((".desc", ".pb", ".bin")):
        part.refuse("schema_file", "Spark reads a descriptor set, no .proto file: protoc --include_imports -o FILE.desc "
                                   "writes one, which sluice reads, too")
    if not part.get("message"):
        part.refuse("schema_file", "Spark must know the message: give 'message', with its package")
    if "schema" in part.given:
        part.refuse("schema", "from_protobuf gives the columns of the message, and a value that does not fit another type ends "
                              "the run: leave 'schema' out, and cast in a view")
    context.needs.package("protobuf")
    context.note(UNTRIED)
    for name in ("F", "from_protobuf"):
        context.module(name)
    options = {"mode": "PERMISSIVE", "upcast.unsigned.ints": "true", "unwrap.primitive.wrapper.types": "true",
               "emit.default.values": "true" if part.get("emit_default_values", True) else "false"}
    pairs = listing([f"{literal(name)}: {literal(value)}" for name, value in options.items()], "{", "}")
    call = listing(['F.col("value")', literal(part.get("message")), context.values.path(part, "schema_file"), pairs],
                   "from_protobuf(", ")")
    made = Decoded(rejects=True, words="Protobuf")
    made.result = (f'records.withColumn("record", {call})\n'
                   '.withColumn("column_name", F.lit(None).cast("string"))\n'
                   '.withColumn(\n    "reason",\n'
                   '    F.when(F.col("value").isNull(), "record has no value (a Kafka tombstone)")\n'
                   '    .when(F.col("record").isNull(), "record is not a value of its Protobuf schema"),\n)')
    made.columns = {name: f"CAST(record.{quoted(name)} AS {spark_type(kind)})" for name, kind in fields_of(source).items()}
    settle(context, source, made)
    return made
