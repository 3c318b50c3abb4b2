"""JSON."""

import re

from sqlglot import exp

from ..errors import Refused
from ..types import UNKNOWN, Type, list_of, parse_type, spark_name
from .dialects import refuse
from .registry import special
from .values import Value, build, call, literal_int, literal_text, text

JSON, VARCHAR = Type("JSON"), Type("VARCHAR")


@special("->>", "json_extract_string", "json_extract_path_text", "json_value")
def extract_text(context, node, arguments):
    if literal_int(arguments[1].node) is not None and arguments[0].type.name == "LIST":
        refuse(node, "->> of a list")
    value, path = inside(node, arguments[0].node, arguments[1].node)
    context.note("a number with a point that is taken out of JSON goes through a DOUBLE in Spark: 1.50 is 1.5")
    return Value(call("get_json_object", value, path), VARCHAR)


@special("->", "json_extract", "json_extract_path")
def extract(context, node, arguments):
    """As JSON. Below another ->, a CAST or ->> the text is enough; alone a text is in quotes."""
    value, path = inside(node, arguments[0].node, arguments[1].node)
    if is_read_on(node):
        return Value(call("get_json_object", value, path), JSON)
    return Value(build("to_json(variant_get(parse_json(_1), _2))", value, path), JSON)


def is_read_on(node):
    around = node.parent
    while isinstance(around, exp.Paren):
        around = around.parent
    if isinstance(around, exp.Cast):
        return True
    return isinstance(around, exp.Anonymous) and around.name.lower() in (
        "->", "->>", "json_extract", "json_extract_string", "json_array_length", "json_keys", "from_json")


def inside(node, value, path):
    """The text and the path; a path of a path is one path."""
    written = json_path(node, path)
    while isinstance(value, exp.Paren):
        value = value.this
    inner = value.expressions if isinstance(value, exp.Anonymous) and value.name == "get_json_object" else None
    if inner and literal_text(inner[1]) is not None:
        return inner[0], text(literal_text(inner[1]) + written[1:])
    return value, text(written)


def json_path(node, path):
    """`a`, `$.a`, `/a/0` or 0 as a path of Spark's."""
    index, written = literal_int(path), literal_text(path)
    if index is not None:
        if index < 0:
            refuse(node, "a negative index of JSON is not possible on the Spark engine")
        return f"$[{index}]"
    if written is None:
        refuse(node, "the path into JSON must be a constant on the Spark engine")
    if written.startswith("$"):
        if "[#" in written or ".." in written:
            refuse(node, f"the path {written} is not possible on the Spark engine")
        return re.sub(r'\."([^"]*)"', r"['\1']", written)
    if written.startswith("/"):
        return "$" + "".join(f"[{part}]" if part.isdigit() else step(part) for part in written[1:].split("/"))
    return "$" + step(written)


def step(name):
    return f".{name}" if re.fullmatch(r"\w+", name) else f"['{name}']"


@special("from_json", "json_transform")
def from_json(context, node, arguments):
    written = literal_text(arguments[1].node)
    if len(arguments) != 2 or written is None:
        refuse(node, "from_json takes a text and a constant schema")
    schema = written
    if written.lstrip().startswith(("{", "[", '"')):
        try:
            kind = json_type(written)
            schema = spark_name(kind)
        except (Refused, ValueError):
            refuse(node, f"the schema {written} is not possible on the Spark engine: write 'a INT, b ARRAY<STRING>'")
    else:
        kind = spark_schema(written)
    return Value(call("from_json", arguments[0].node, text(schema)), kind)


def json_type(written):
    """DuckDB's '{"a": "INTEGER", "b": ["VARCHAR"]}'."""
    import json

    def of(part):
        if isinstance(part, dict):
            return Type("STRUCT", tuple((name, of(inner)) for name, inner in part.items()))
        return list_of(of(part[0])) if isinstance(part, list) else parse_type(part)

    return of(json.loads(written))


def spark_schema(written):
    """The Type of Spark's 'a INT, b ARRAY<STRING>', as far as it matters."""
    import sqlglot

    try:
        kind = sqlglot.parse_one(f"CAST(x AS STRUCT<{written}>)", dialect="spark").args["to"]
        if re.match(r"\s*(array|map|struct)\s*<", written, re.I):
            kind = sqlglot.parse_one(f"CAST(x AS {written})", dialect="spark").args["to"]
        return of_spark(kind)
    except sqlglot.errors.ParseError:
        return UNKNOWN


def of_spark(kind):
    name = kind.this.name
    if name == "ARRAY":
        return list_of(of_spark(kind.expressions[0]))
    if name == "MAP":
        return Type("MAP", tuple(of_spark(one) for one in kind.expressions))
    if name == "STRUCT":
        return Type("STRUCT", tuple((one.name, of_spark(one.args["kind"])) for one in kind.expressions))
    if name == "DECIMAL":
        return Type("DECIMAL", tuple(int(one.name) for one in kind.expressions) or (10, 0))
    return parse_type({"TEXT": "VARCHAR", "TIMESTAMPNTZ": "TIMESTAMP", "VARBINARY": "BLOB",
                       "TIMESTAMPLTZ": "TIMESTAMPTZ"}.get(name, name))


@special("json_object")
def json_object(context, node, arguments):
    made = call("named_struct", *(one.node for one in arguments))
    return Value(build("to_json(_1, map('ignoreNullFields', 'false'))", made), JSON)


@special("json_array")
def json_array(context, node, arguments):
    return Value(build("to_json(_1)", call("array", *(one.node for one in arguments))), JSON)


@special("json_exists", "json_contains_path")
def exists(context, node, arguments):
    value, path = inside(node, arguments[0].node, arguments[1].node)
    context.note("json_exists is false in Spark where the value is null")
    return Value(build("NOT get_json_object(_1, _2) IS NULL", value, path), Type("BOOLEAN"))


@special("json", "row_to_json", "array_to_json")
def as_json(context, node, arguments):
    if node.name.lower() == "json":
        return Value(build("to_json(parse_json(_1))", arguments[0].node), JSON)
    return Value(call("to_json", arguments[0].node), JSON)
