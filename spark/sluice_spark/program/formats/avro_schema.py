"""An Avro schema in a file, and the types that Spark's from_avro makes of it."""

import json

from ...types import quoted

PRIMITIVE = {"boolean": "BOOLEAN", "int": "INT", "long": "BIGINT", "float": "FLOAT", "double": "DOUBLE",
             "string": "STRING", "bytes": "BINARY"}
LOGICAL = {("int", "date"): "DATE", ("long", "timestamp-millis"): "TIMESTAMP", ("long", "timestamp-micros"): "TIMESTAMP",
           ("long", "local-timestamp-millis"): "TIMESTAMP_NTZ", ("long", "local-timestamp-micros"): "TIMESTAMP_NTZ"}
# What Spark reads as the bare number or bytes below it.
LACKING = {"time-millis", "time-micros", "timestamp-nanos", "local-timestamp-nanos", "duration"}


class NotInSpark(Exception):
    """Of a type that Spark has not; its text is the type."""


class AvroSchema:
    """`is_record`: its columns are its fields; else they are one, `value`."""

    def __init__(self, text):
        self.root = json.loads(text)
        self.named, self.open = {}, set()
        self._collect(self.root, "")
        self.is_record = isinstance(self.root, dict) and self.root.get("type") in ("record", "error")
        self.may_be_null = isinstance(self.root, list) and "null" in self.root or self.root == "null"

    def fields(self):
        """{name: schema} of the columns."""
        return {one["name"]: one["type"] for one in self.root["fields"]} if self.is_record else {"value": self.root}

    def _collect(self, schema, space):
        """Types by their full names, and by their own where that is one type's."""
        if isinstance(schema, list):
            for one in schema:
                self._collect(one, space)
        elif isinstance(schema, dict):
            name = schema.get("name")
            if name and schema.get("type") in ("record", "error", "enum", "fixed"):
                space = name.rpartition(".")[0] or schema.get("namespace", space)
                self.named[name.rpartition(".")[2]] = schema
                self.named[f"{space}.{name.rpartition('.')[2]}"] = schema
            for one in schema.get("fields", []):
                self._collect(one["type"], space)
            for key in ("items", "values", "type"):
                if isinstance(schema.get(key), (dict, list)):
                    self._collect(schema[key], space)

    def spark_type(self, schema):
        """As spark_type() writes types; NotInSpark."""
        if isinstance(schema, list):
            return self._union([one for one in schema if one != "null"])
        if isinstance(schema, str):
            if schema in PRIMITIVE:
                return PRIMITIVE[schema]
            if schema not in self.named:
                raise NotInSpark(schema)
            return self.spark_type(self.named[schema])
        kind, logical = schema.get("type"), schema.get("logicalType")
        if isinstance(kind, (dict, list)):
            return self.spark_type(kind)
        if logical in LACKING or (logical == "uuid" and kind == "fixed"):
            raise NotInSpark(logical)
        if logical == "decimal" and kind in ("bytes", "fixed"):
            return f"DECIMAL({schema['precision']}, {schema.get('scale', 0)})"
        if (kind, logical) in LOGICAL:
            return LOGICAL[kind, logical]
        if kind == "enum":
            return "STRING"
        if kind == "fixed":
            return "BINARY"
        if kind == "array":
            return f"ARRAY<{self.spark_type(schema['items'])}>"
        if kind == "map":
            return f"MAP<STRING, {self.spark_type(schema['values'])}>"
        if kind in ("record", "error"):
            return self._struct(schema)
        return self.spark_type(kind)

    def _struct(self, schema):
        if schema["name"] in self.open:
            raise NotInSpark(f"{schema['name']}, which holds itself")
        self.open.add(schema["name"])
        fields = ", ".join(f"{quoted(one['name'])}: {self.spark_type(one['type'])}" for one in schema["fields"])
        self.open.discard(schema["name"])
        return f"STRUCT<{fields}>"

    def _union(self, kinds):
        if len(kinds) == 1:
            return self.spark_type(kinds[0])
        if set(map(str, kinds)) <= {"int", "long"}:
            return "BIGINT"
        if set(map(str, kinds)) <= {"float", "double"}:
            return "DOUBLE"
        members = ", ".join(f"member{number}: {self.spark_type(one)}" for number, one in enumerate(kinds))
        return f"STRUCT<{members}>"
