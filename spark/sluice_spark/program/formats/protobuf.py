"""Protobuf, by a descriptor set in a file."""

from ..code import literal
from .avro import REGISTRY, read_with


def decoded(context, source, reader):
    part = source.format
    if part.get("registry"):
        part.refuse("registry", REGISTRY)
    if not str(part.get("schema_file", "")).endswith((".desc", ".pb", ".bin")):
        part.refuse("schema_file", "Spark reads a descriptor set, no .proto file: protoc --include_imports -o FILE.desc "
                                   "writes one, which sluice reads, too")
    if not part.get("message"):
        part.refuse("schema_file", "Spark must know the message: give 'message', with its package")
    context.needs.package("protobuf")
    default = "true" if part.get("emit_default_values", True) else "false"
    path = context.values.path(part, "schema_file")
    return read_with(context, source, f"from_protobuf(F.col(\"value\"), {literal(part.get('message'))}, {path}, "
                                      f'{{"mode": "PERMISSIVE", "emit.default.values": "{default}"}})',
                     "from_protobuf", "Protobuf")
