"""CAST: DuckDB rounds where Spark cuts off, and texts of times are other ones."""

from sqlglot import exp

from ..errors import Refused
from ..types import FLOATS, parse_type, spark_name
from .dialects import FromDuckDB, refuse
from .values import Value, build, cast, literal_text, text


def parsed_type(node, place):
    """The Type of a type that is written in the SQL; Refused for what Spark has none for."""
    try:
        kind = parse_type(node.sql(dialect=FromDuckDB).replace("TEXT", "VARCHAR"))
        if kind.name != "INTERVAL":
            spark_name(kind)
    except Refused as refused:
        refuse(place, refused.message)
    return kind


def cast_value(context, place, value, kind, safe):
    node, source = value.node, value.type
    if kind.name == "INTERVAL":
        return Value(node, kind)
    name = spark_name(kind)
    is_text = isinstance(node, exp.Literal) and node.is_string
    if is_text and kind.name in ("DATE", "TIMESTAMP", "TIMESTAMPTZ") and not safe:
        return Value(time_constant(node, kind), kind)
    if kind.is_integer and source.name in FLOATS:
        node = build("rint(_1)", node)
    elif kind.is_integer and source.name == "DECIMAL" and source.parts[1] > 0:
        node = build("round(_1)", node)
    elif kind.is_integer and source.name in ("VARCHAR", "JSON"):
        digits = hexadecimal_digits(node)
        if digits is not None:
            # Anything else is the error, or the NULL, that it is in DuckDB.
            node = build("CASE WHEN _1 RLIKE '^[0-9A-Fa-f]{1,16}$' THEN conv(_1, 16, 10) ELSE _2 END", digits,
                         node.unnest())
        elif safe:
            context.note("a text such as '0x1F' or '0b11' is NULL by TRY_CAST as an integer in Spark; DuckDB reads it")
            # '2.5' is 3 in DuckDB, and 1e3 1000.
            node = build("round(_1)", cast(node, "DECIMAL(38, 18)", safe))
        else:
            context.note("a text such as '2.5', '1e3' or '0x1F' is an error as an integer in Spark; DuckDB reads it")
    elif kind.name == "VARCHAR" and source.name in ("LIST", "STRUCT", "MAP"):
        context.note("a list, STRUCT or MAP as VARCHAR is another text in Spark")
    elif kind.name == "TIMESTAMP" and source.name in ("VARCHAR", "UNKNOWN") and context.zone == "UTC":
        # So that an offset in the text counts.
        node = cast(node, "TIMESTAMP", safe)
        safe = False
    elif kind.name == "VARCHAR" and source.name == "TIMESTAMPTZ":
        return Value(zoned_text(context, node), kind)
    elif kind.name == "VARCHAR" and source.name in FLOATS:
        context.note("a DOUBLE or FLOAT beyond 1e7 or below 1e-3 is another text in Spark, such as 1.0E7")
    elif kind.name == "JSON" and source.name == "VARCHAR":
        return Value(node, kind)
    return Value(cast(node, name, safe), kind)


def hexadecimal_digits(node):
    """What follows the '0x' of `'0x' || ...` or of a constant; None for another expression."""
    parts = [node.unnest()]
    while isinstance(parts[0], exp.DPipe):
        first = parts[0]
        parts[:1] = [first.left.unnest(), first.right]
    prefix = literal_text(parts[0])
    if prefix is None or not prefix.lower().startswith("0x"):
        return None
    digits = [text(prefix[2:])] * (len(prefix) > 2) + parts[1:]
    if not digits:
        return None
    found = digits[0]
    for part in digits[1:]:
        found = build("_1 || _2", found, part)
    return found


def zoned_text(context, node):
    """With the offset, which Spark's CAST leaves out."""
    shown = cast(node, "STRING")
    if context.zone == "UTC":
        return build("_1 || '+00'", shown)
    return build("_1 || date_format(_2, 'xxx')", shown, node)


def time_constant(node, kind):
    """DATE '2024-01-01', as Spark shows it."""
    name = {"DATE": "DATE", "TIMESTAMP": "TIMESTAMP_NTZ", "TIMESTAMPTZ": "TIMESTAMP"}[kind.name]
    return cast(node, name)

