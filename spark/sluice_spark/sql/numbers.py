"""Functions of numbers, and of values of any type."""

from sqlglot import exp

from ..types import FLOATS, Type
from .dialects import refuse
from .registry import special
from .values import Value, build, call, cast, is_nonzero, literal_int, number, text


@special("round")
def rounded(context, node, arguments):
    """Of a DOUBLE DuckDB rounds the binary value, Spark the decimal text."""
    value = arguments[0]
    places = literal_int(arguments[1].node) if len(arguments) > 1 else 0
    if value.type.name not in FLOATS or places == 0:
        if value.type.name == "UNKNOWN" and places:
            context.note("round(x, n) of a DOUBLE rounds its decimal text in Spark: 1.005 to 1.01")
        nodes = [one.node for one in arguments]
        kind = value.type
        if kind.name == "DECIMAL" and places is not None:
            kind = Type("DECIMAL", (kind.parts[0], max(min(places, kind.parts[1]), 0)))
        return Value(call("round", *nodes), kind)
    if places is None:
        refuse(node, "the number of places of round must be a constant on the Spark engine")
    factor = number(10 ** abs(places))
    template = "round(_1 * _2) / _2" if places > 0 else "round(_1 / _2) * _2"
    return Value(build(template, value.node, factor), value.type)


@special("floor", "ceil", "ceiling")
def whole(context, node, arguments):
    """Spark's are a BIGINT of a DOUBLE."""
    if len(arguments) != 1:
        refuse(node, f"{node.name} takes one argument on the Spark engine")
    name = "floor" if node.name.lower() == "floor" else "ceil"
    value = arguments[0]
    made = call(name, value.node)
    if value.type.name in FLOATS:
        return Value(cast(made, value.type.name), value.type)
    if value.type.name == "DECIMAL":
        return Value(made, Type("DECIMAL", (value.type.parts[0], 0)))
    return Value(made, value.type)


@special("trunc")
def cut(context, node, arguments):
    value = arguments[0]
    if len(arguments) == 2 and not value.type.is_number:
        return Value(call("trunc", value.node, arguments[1].node), Type("DATE"))
    if len(arguments) == 2:
        refuse(node, "trunc(x, n) of a number is not possible on the Spark engine: write round(x - 0.5 / 10 ^ n, n)")
    if value.type.is_integer:
        return value
    made = build("if(_1 < 0, ceil(_1), floor(_1))", value.node)
    if value.type.name in FLOATS:
        return Value(cast(made, "DOUBLE"), value.type)
    kind = Type("DECIMAL", (value.type.parts[0], 0)) if value.type.name == "DECIMAL" else value.type
    return Value(made, kind)


@special("mod", "fmod")
def remainder(context, node, arguments):
    left, right = arguments
    return Value(remainder_of(left, right), left.type)


def remainder_of(left, right):
    """By zero it is NULL in DuckDB, of DOUBLEs NaN; in Spark an error."""
    if is_nonzero(right.node):
        return build("_1 % _2", left.node, right.node)
    if left.type.name in FLOATS or right.type.name in FLOATS:
        return build("if(_2 = 0, _1 * double('NaN'), _1 % _2)", left.node, right.node)
    return build("_1 % nullif(_2, 0)", left.node, right.node)


@special("divide")
def quotient(context, node, arguments):
    refuse(node, "write a // b")


@special("add", "subtract", "multiply")
def operator(context, node, arguments):
    sign = {"add": "+", "subtract": "-", "multiply": "*"}[node.name.lower()]
    return Value(build(f"_1 {sign} _2", *(one.node for one in arguments)), arguments[0].type)


@special("struct", "struct_pack", "row", "named_struct")
def struct(context, node, arguments):
    name = node.name.lower()
    if name == "named_struct":
        pairs = list(zip(arguments[::2], arguments[1::2]))
        named = [(key.node.name, value) for key, value in pairs]
        return Value(call("named_struct", *(one.node for one in arguments)),
                     Type("STRUCT", tuple((key, value.type) for key, value in named)))
    fields, parts = [], []
    for place, one in enumerate(arguments, start=1):
        key = getattr(one, "name", None) or f"col{place}"
        fields.append((key, one.type))
        parts += [text(key), one.node]
    return Value(call("named_struct", *parts), Type("STRUCT", tuple(fields)))


@special("struct_extract")
def field(context, node, arguments):
    name = arguments[1].node.name
    return Value(exp.Dot(this=arguments[0].node, expression=exp.to_identifier(name)), arguments[0].type.field(name))


@special("try")
def tried(context, node, arguments):
    if isinstance(arguments[0].node, exp.Cast) and not arguments[0].type.is_integer:
        inner = arguments[0].node
        return Value(exp.TryCast(this=inner.this, to=inner.args["to"]), arguments[0].type)
    refuse(node, "TRY is not possible on the Spark engine: write TRY_CAST(x AS INTEGER), try_add, try_divide, "
                 "try_to_date")
