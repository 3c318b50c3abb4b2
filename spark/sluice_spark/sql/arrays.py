"""Lists and maps: DuckDB counts from 1 and gives NULL beyond the end."""

from sqlglot import exp

from ..types import UNKNOWN, Type, list_of
from .dialects import refuse
from .registry import special, with_lambdas
from .values import Value, build, call, cast, literal_int, literal_text, number

BIGINT, BOOLEAN = Type("BIGINT"), Type("BOOLEAN")


def element(node, value, index):
    """x[i]"""
    name, place, key = value.type.name, literal_int(index.node), literal_text(index.node)
    if name == "MAP":
        return Value(call("try_element_at", value.node, index.node), value.type.parts[1])
    if name == "STRUCT" or (name == "UNKNOWN" and key is not None):
        if key is None:
            refuse(node, "a field of a STRUCT by its number is not possible on the Spark engine: name it")
        if name == "STRUCT":
            made = exp.Dot(this=value.node, expression=exp.to_identifier(key, quoted=not key.isidentifier()))
            return Value(made, value.type.field(key))
        return Value(exp.Bracket(this=value.node, expressions=[index.node]))
    if name in ("VARCHAR", "JSON"):
        return Value(call("substring", value.node, index.node, number(1)), value.type)
    kind = value.type.element
    if place == 0:
        return Value(exp.Null(), kind)
    at = index.node
    if place is None:
        at = at if index.type.name in ("INTEGER", "SMALLINT", "TINYINT") else cast(at, "INT")
        at = call("nullif", at, number(0))
    return Value(call("try_element_at", value.node, at), kind)


@special("list_extract", "list_element", "array_extract", "element_at", "try_element_at", "map_extract_value")
def extract(context, node, arguments):
    return element(node, *arguments)


@special("map_extract")
def map_extract(context, node, arguments):
    refuse(node, "map_extract gives a list in DuckDB: write m[key]")


def piece(node, value, first, last):
    """x[first:last]"""
    start = 1 if first is None else literal_int(first)
    end = None if last is None else literal_int(last)
    constant = start is not None and (last is None or end is not None)
    if not constant or start < 1 or (end is not None and end < 0):
        if value.type.name == "VARCHAR" and start is not None and start < 0 and last is None:
            return Value(call("substring", value.node, first), value.type)
        refuse(node, "bounds of a slice must be positive constants on the Spark engine: write slice(l, start, length) "
                     "or substring(s, start, length)")
    count = None if end is None else number(max(end - start + 1, 0))
    if value.type.name in ("VARCHAR", "BLOB", "JSON"):
        parts = [value.node, number(start)] + ([count] if count is not None else [])
        return Value(call("substring", *parts), value.type)
    if value.type.name != "LIST":
        refuse(node, "a slice of a value whose type is not known: write slice(l, start, length)")
    length = count if count is not None else call("size", value.node)
    return Value(call("slice", value.node, number(start), length), value.type)


@special("list_slice", "array_slice")
def slice_call(context, node, arguments):
    if len(arguments) != 3:
        refuse(node, "a slice with a step is not possible on the Spark engine")
    return piece(node, arguments[0], arguments[1].node, arguments[2].node)


@special("list_contains", "array_contains", "list_has", "array_has", "contains")
def contains(context, node, arguments):
    """DuckDB's is false, Spark's NULL, where the list has a NULL."""
    values, item = arguments
    if node.name.lower() == "contains" and values.type.name != "LIST":
        return None
    return Value(build("coalesce(array_contains(_1, _2), _3 < 0)", values.node, item.node,
                       call("size", values.node)), BOOLEAN)


@special("list_has_any", "array_has_any", "arrays_overlap")
def overlap(context, node, arguments):
    left, right = arguments
    return Value(build("size(array_intersect(array_compact(_1), array_compact(_2))) > 0", left.node, right.node),
                 BOOLEAN)


def or_empty(node):
    """NULL adds nothing to a list."""
    if isinstance(node, exp.Anonymous) and node.name == "array":
        return node
    return call("coalesce", node, call("array"))


@special("list_concat", "list_cat", "array_concat", "array_cat")
def concatenated(context, node, arguments):
    return Value(call("concat", *(or_empty(one.node) for one in arguments)), arguments[0].type)


@special("list_append", "array_append", "array_push_back")
def appended(context, node, arguments):
    values, item = arguments
    return Value(call("array_append", or_empty(values.node), item.node), values.type)


@special("list_prepend", "array_push_front", "array_prepend")
def prepended(context, node, arguments):
    item, values = arguments[::-1] if node.name.lower() == "array_push_front" else arguments
    return Value(call("array_prepend", or_empty(values.node), item.node), values.type)


@special("range", "generate_series", "sequence")
def series(context, node, arguments):
    """range leaves the end out and is [] where there is nothing."""
    nodes = [one.node for one in arguments]
    kind = arguments[0].type
    if len(nodes) == 1:
        nodes = [number(0), *nodes]
    if kind.is_integer:
        kind = BIGINT if node.name.lower() != "sequence" else kind
    if node.name.lower() == "sequence":
        return Value(call("sequence", *nodes), list_of(kind))
    if not kind.is_integer:
        refuse(node, f"{node.name.lower()} of times is not possible on the Spark engine: write sequence(a, b, step)")
    if len(nodes) > 2:
        refuse(node, f"{node.name.lower()} with a step is not possible on the Spark engine: write sequence(a, b, step)")
    start, end = (cast(one, "BIGINT") if literal_int(one) is None else one for one in nodes)
    bounds = literal_int(start), literal_int(end)
    if None not in bounds:
        last = bounds[1] - (node.name.lower() == "range")
        made = call("array") if bounds[0] > last else call("sequence", start, number(last))
        return Value(made, list_of(kind))
    if node.name.lower() == "range":
        end = number(literal_int(end) - 1) if literal_int(end) is not None else build("_1 - 1", end)
    return Value(build("if(_1 > _2, array(), sequence(_1, _2))", start, end), list_of(kind))


@special("list_sort", "array_sort", "list_reverse_sort", "array_reverse_sort")
def sorted_list(context, node, arguments):
    words = [literal_text(one.node) for one in arguments[1:]]
    if any(word is None for word in words):
        refuse(node, "the order of list_sort must be a constant on the Spark engine")
    down = "reverse" in node.name.lower() or (words and words[0].upper().startswith("DESC"))
    first = len(words) > 1 and words[1].upper() == "NULLS FIRST"
    value = arguments[0]
    if down and first:
        refuse(node, "list_sort down with NULLs first is not possible on the Spark engine")
    if down:
        return Value(call("sort_array", value.node, exp.Boolean(this=False)), value.type)
    return Value(call("sort_array" if first else "array_sort", value.node), value.type)


@special("unnest")
def unnest(context, node, arguments):
    value = arguments[0]
    if value.type.name == "STRUCT":
        return Value(exp.Dot(this=value.node, expression=exp.Star()), value.type)
    if len(arguments) > 1:
        if getattr(arguments[1], "name", "") in ("max_depth", "recursive") and value.type.element.name == "STRUCT":
            return Value(call("inline", value.node), value.type.element)
        refuse(node, "unnest of several levels is possible of a list of structs on the Spark engine")
    return Value(call("explode", value.node), value.type.element)


AGGREGATES = {
    "sum": "reduce(_1, CAST(NULL AS {0}), (a, x) -> coalesce(a + x, a, x))",
    "avg": "reduce(array_compact(_1), CAST(0 AS DOUBLE), (a, x) -> a + x) / nullif(size(array_compact(_1)), 0)",
    "min": "array_min(_1)", "max": "array_max(_1)", "count": "size(array_compact(_1))",
    "string_agg": "array_join(_1, ',')", "bool_and": "NOT array_contains(_1, false)",
    "first": "try_element_at(_1, 1)", "last": "try_element_at(_1, -1)",
}


def aggregate(node, name, value):
    template = AGGREGATES.get({"mean": "avg"}.get(name, name))
    if template is None:
        refuse(node, f"list_{name} is not possible on the Spark engine")
    inner = value.type.element
    kind = {"avg": Type("DOUBLE"), "count": BIGINT, "string_agg": Type("VARCHAR"), "bool_and": BOOLEAN,
            "sum": Type("DOUBLE") if inner.name in ("FLOAT", "DOUBLE") else BIGINT}.get(name, inner)
    if name == "sum" and not (inner.is_integer or inner.name in ("FLOAT", "DOUBLE")):
        refuse(node, "list_sum is possible of integers and DOUBLEs on the Spark engine: cast the elements")
    return Value(build(template.format(kind.name), value.node), kind)


@special("list_aggregate", "array_aggregate", "list_aggr", "array_aggr")
def aggregate_call(context, node, arguments):
    name = literal_text(arguments[1].node)
    if name is None or len(arguments) > 2:
        refuse(node, "list_aggregate takes a list and the constant name of an aggregate on the Spark engine")
    return aggregate(node, name, arguments[0])


@special("list_sum", "list_avg", "list_count", "list_bool_and")
def list_aggregate(context, node, arguments):
    return aggregate(node, node.name.lower()[5:], arguments[0])


# ---- with lambdas

@with_lambdas("list_transform", "array_transform", "list_apply", "array_apply", "apply", "transform")
def transform(context, node, scope):
    return with_items(context, node, scope, "transform")


@with_lambdas("list_filter", "array_filter", "filter")
def filtered(context, node, scope):
    return with_items(context, node, scope, "filter")


def with_items(context, node, scope, name):
    """The second parameter of the lambda is the place, from 1 in DuckDB and from 0 in Spark."""
    values = context.expression(node.expressions[0], scope)
    body, names = context.lambda_of(node.expressions[1], scope, values.type.element, BIGINT)
    inside = body.node
    if len(names) > 1:
        place = exp.column(names[1])
        for one in list(inside.find_all(exp.Identifier, exp.Column)):
            alone = isinstance(one, exp.Column) or not isinstance(one.parent, (exp.Column, exp.Alias, exp.Dot))
            if alone and one.name.lower() == names[1].lower():
                shifted = exp.Paren(this=exp.Add(this=place.copy(), expression=number(1)))
                if one is inside:
                    inside = shifted
                else:
                    one.replace(shifted)
    made = exp.Lambda(this=inside, expressions=[exp.to_identifier(one) for one in names])
    kind = values.type if name == "filter" else list_of(body.type)
    return Value(call(name, values.node, made), kind)


@with_lambdas("list_reduce", "array_reduce", "reduce")
def reduced(context, node, scope):
    """Without a start DuckDB begins with the first element."""
    values = context.expression(node.expressions[0], scope)
    item = values.type.element
    start = context.expression(node.expressions[2], scope) if len(node.expressions) > 2 else None
    body, names = context.lambda_of(node.expressions[1], scope, start.type if start else item, item, BIGINT)
    if len(names) > 2:
        refuse(node, "list_reduce with a place is not possible on the Spark engine")
    made = exp.Lambda(this=body.node, expressions=[exp.to_identifier(one) for one in names])
    if start is not None:
        return Value(call("reduce", values.node, start.node, made), start.type)
    rest = build("slice(_1, 2, greatest(size(_1) - 1, 0))", values.node)
    return Value(call("reduce", rest, build("try_element_at(_1, 1)", values.node), made), item)

