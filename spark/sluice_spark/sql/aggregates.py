"""Aggregates."""

from dataclasses import dataclass, field

from sqlglot import exp

from ..types import FLOATS, UNKNOWN, Type, list_of
from .dialects import refuse
from .values import Value, build, call, cast, text

# name: (Spark's name, type); types as in functions.py, `sum` the sum's.
SAME = {
    "count_if": ("count_if", "BIGINT"), "countif": ("count_if", "BIGINT"),
    "sum": ("sum", "sum"), "min": ("min", "@1"), "max": ("max", "@1"),
    "bool_and": ("bool_and", "BOOLEAN"), "every": ("bool_and", "BOOLEAN"), "bool_or": ("bool_or", "BOOLEAN"),
    "bit_and": ("bit_and", "@1"), "bit_or": ("bit_or", "@1"), "bit_xor": ("bit_xor", "@1"),
    "stddev": ("stddev", "DOUBLE"), "std": ("stddev", "DOUBLE"), "stddev_samp": ("stddev_samp", "DOUBLE"),
    "stddev_pop": ("stddev_pop", "DOUBLE"), "variance": ("variance", "DOUBLE"), "var_samp": ("var_samp", "DOUBLE"),
    "var_pop": ("var_pop", "DOUBLE"), "covar_samp": ("covar_samp", "DOUBLE"), "covar_pop": ("covar_pop", "DOUBLE"),
    "corr": ("corr", "DOUBLE"), "kurtosis_pop": ("kurtosis", "DOUBLE"),
    **{f"regr_{name}": (f"regr_{name}", "DOUBLE")
       for name in ("avgx", "avgy", "sxx", "syy", "sxy", "slope", "intercept", "r2")},
    "regr_count": ("regr_count", "BIGINT"),
    "approx_count_distinct": ("approx_count_distinct", "BIGINT"),
    "grouping": ("grouping", "BIGINT"), "grouping_id": ("grouping_id", "BIGINT"),
    "arg_min_null": ("min_by", "@1"), "arg_max_null": ("max_by", "@1"),
    "median": ("median", "DOUBLE"), "mode": ("mode", "@1"), "percentile": ("percentile", "DOUBLE"),
    "quantile_cont": ("percentile", "DOUBLE"),
    "percentile_approx": ("percentile_approx", "@1"), "approx_percentile": ("percentile_approx", "@1"),
    "approx_quantile": ("percentile_approx", "@1"),
    "collect_list": ("collect_list", "[@1]"), "collect_set": ("collect_set", "[@1]"),
}
OTHERS = ("count", "avg", "mean", "favg", "fsum", "kahan_sum", "sumkahan", "first", "first_value", "last", "last_value",
          "any_value", "arg_min", "arg_max", "min_by", "max_by", "argmin", "argmax", "list", "array_agg", "string_agg",
          "listagg", "group_concat", "product", "quantile", "quantile_disc", "geomean", "geometric_mean",
          "weighted_avg", "wavg", "skewness", "kurtosis", "entropy", "mad", "histogram", "bitstring_agg", "sem",
          "approx_top_k", "json_group_array", "json_group_object", "reservoir_quantile")
NAMES = frozenset((*SAME, *OTHERS))
ADVICE = {"skewness": "DuckDB's is of a sample, Spark's of the population", "kurtosis": "write kurtosis_pop(x)",
          "reservoir_quantile": "write quantile_cont(x, 0.5)"}


@dataclass
class Aggregate:
    name: str
    arguments: list
    distinct: bool = False
    order: list = field(default_factory=list)  # Values; the nodes are exp.Ordered

    def node(self, place):
        return self.arguments[place].node

    def type(self, place):
        return self.arguments[place].type


def made(name, *nodes):
    """A call that FILTER and OVER go to."""
    node = call(name, *nodes)
    node.meta["aggregate"] = True
    return node


def with_filter(node, where):
    if isinstance(node, exp.RespectNulls):  # FILTER comes before RESPECT NULLS
        found = exp.RespectNulls(this=with_filter(node.this.copy(), where))
        found.this.meta.pop("aggregate", None)
        found.meta["aggregate"] = True
        return found
    if isinstance(node, exp.Filter):
        where = exp.And(this=where.copy(), expression=node.expression.this.copy())
        node = node.this
    found = exp.Filter(this=node.copy(), expression=exp.Where(this=where.copy()))
    found.this.meta.pop("aggregate", None)
    found.meta["aggregate"] = True
    return found


def translate(context, node, call_):
    special = SPECIAL.get(call_.name)
    if special is not None:
        found = special(context, node, call_)
        if found is not None:
            return found
    if call_.name not in SAME:
        advice = ADVICE.get(call_.name)
        refuse(node, f"Spark has no equal of {call_.name}" + (f": {advice}" if advice else ""))
    if call_.distinct and call_.name not in ("min", "max", "bool_and", "bool_or", "bit_and", "bit_or", "collect_set"):
        refuse(node, f"{call_.name}(DISTINCT ...) is not possible on the Spark engine")
    name, rule = SAME[call_.name]
    kind = result(rule, [one.type for one in call_.arguments])
    nodes = [one.node for one in call_.arguments]
    if call_.name == "mode":
        context.note("mode() takes any of several values that are equally frequent")
    if call_.name in ("min", "max") and len(nodes) == 2:
        count = nodes[1]
        ordered = build("sort_array(_1)" if call_.name == "min" else "sort_array(_1, false)",
                        made("collect_list", nodes[0]))
        return Value(build("slice(_1, 1, _2)", ordered, count), list_of(call_.type(0)))
    if name == "grouping" and len(nodes) > 1:
        name = "grouping_id"
    if name in ("percentile", "median") and call_.type(0).name in ("DATE", "TIMESTAMP", "TIMESTAMPTZ"):
        refuse(node, f"{call_.name} of times is not possible on the Spark engine: write it of epoch_us(t)")
    return Value(made(name, *nodes), kind)


def result(rule, types):
    if rule == "sum":
        kind = types[0]
        if kind.name == "DECIMAL":
            return Type("DECIMAL", (38, kind.parts[1]))
        return Type("DOUBLE") if kind.name in FLOATS else Type("BIGINT") if kind.is_integer else UNKNOWN
    if rule == "[@1]":
        return list_of(types[0])
    return types[0] if rule == "@1" else Type(rule)


def count(context, node, call_):
    if not call_.arguments or isinstance(call_.node(0), exp.Star):
        return Value(made("count", exp.Star()), Type("BIGINT"))
    if not call_.distinct:
        return Value(made("count", *(one.node for one in call_.arguments)), Type("BIGINT"))
    # Spark refuses DISTINCT on streams; a set of the values is the same.
    if len(call_.arguments) == 1:
        item = call_.node(0)
    else:
        nodes = [one.node for one in call_.arguments]
        conditions = " AND ".join(f"NOT _{place} IS NULL" for place in range(1, len(nodes) + 1))
        names = ", ".join(f"_{place}" for place in range(1, len(nodes) + 1))
        item = build(f"CASE WHEN {conditions} THEN struct({names}) END", *nodes)
    return Value(build("CAST(size(_1) AS BIGINT)", made("collect_set", item)), Type("BIGINT"))


def total(context, node, call_):
    kind = call_.type(0)
    if call_.name != "sum":
        return Value(made("sum", cast(call_.node(0), "DOUBLE")), Type("DOUBLE"))
    if not call_.distinct:
        if kind.name == "BOOLEAN":
            return Value(made("count_if", call_.node(0)), Type("BIGINT"))
        return None
    outcome = result("sum", [kind])
    name = {"BIGINT": "BIGINT", "DOUBLE": "DOUBLE"}.get(outcome.name)
    if outcome.name == "DECIMAL":
        name = f"DECIMAL(38, {outcome.parts[1]})"
    if name is None:
        refuse(node, "sum(DISTINCT x) needs a type that is known: cast x")
    template = f"reduce(_1, CAST(NULL AS {name}), (a, x) -> CAST(coalesce(a, 0) + x AS {name}))"
    return Value(build(template, made("collect_set", call_.node(0))), outcome)


def mean(context, node, call_):
    value = call_.node(0)
    if call_.distinct:
        refuse(node, "avg(DISTINCT x) is not possible on the Spark engine: write sum(DISTINCT x) / count(DISTINCT x)")
    if call_.name == "favg" or call_.type(0).name in ("DECIMAL", "UNKNOWN", "HUGEINT"):
        value = cast(value, "DOUBLE")
    return Value(made("avg", value), Type("DOUBLE"))


def at_end(context, node, call_):
    """first, last and any_value: NULLs count unless the second argument is true."""
    name = "first" if call_.name.startswith(("first", "any")) else "last"
    ignore = call_.name == "any_value"
    if len(call_.arguments) > 1:
        ignore = isinstance(call_.node(1), exp.Boolean) and call_.node(1).this
    if call_.order:
        return ordered_end(node, call_, name, ignore)
    if ignore:
        return Value(made("any_value" if call_.name == "any_value" else name, call_.node(0), exp.Boolean(this=True)),
                     call_.type(0))
    return Value(made(name, call_.node(0)), call_.type(0))


def ordered_end(node, call_, name, ignore):
    if len(call_.order) != 1:
        refuse(node, f"{call_.name} in the order of several columns is not possible on the Spark engine")
    item = call_.order[0].node
    least = (name == "first") != bool(item.args.get("desc"))
    found = made("min_by" if least else "max_by", call_.node(0), item.this)
    if ignore:
        found = with_filter(found, build("NOT _1 IS NULL", call_.node(0)))
    return Value(found, call_.type(0))


def by(context, node, call_):
    """arg_max leaves out rows whose value is NULL, Spark's max_by does not."""
    if len(call_.arguments) != 2:
        refuse(node, f"{call_.name} of several rows is not possible on the Spark engine")
    name = "min_by" if "min" in call_.name else "max_by"
    found = made(name, call_.node(0), call_.node(1))
    if not is_made(call_.node(0)):
        found = with_filter(found, build("NOT _1 IS NULL", call_.node(0)))
    return Value(found, call_.type(0))


def is_made(node):
    """Never NULL."""
    return isinstance(node, exp.Literal) or (isinstance(node, exp.Anonymous) and
                                             node.name in ("named_struct", "struct", "array", "map"))


def values(context, node, call_):
    """list keeps NULLs and is NULL without values."""
    kind = list_of(call_.type(0))
    if call_.distinct:
        context.note("list(DISTINCT x) leaves out NULLs and is sorted on the Spark engine")
        return Value(build("nullif(_1, array())", sorted_set(node, call_, call_.node(0))), kind)
    if call_.order:
        return Value(ordered_values(node, call_), kind)
    where = not_null_filter(node)
    if where is not None and same(where, call_.node(0)):
        return Value(build("nullif(_1, array())", made("collect_list", call_.node(0))), kind)
    found = exp.RespectNulls(this=call("collect_list", call_.node(0)))
    found.meta["aggregate"] = True
    return Value(build("nullif(_1, array())", found), kind)


def sorted_set(node, call_, value):
    """Different values, sorted by themselves."""
    keys = [one.node for one in call_.order]
    if len(keys) > 1 or (keys and not same(keys[0].this, call_.node(0))):
        refuse(node, f"{call_.name}(DISTINCT ...) is in the order of its values on the Spark engine")
    found = made("collect_set", value)
    down = bool(keys and keys[0].args.get("desc"))
    return build("sort_array(_1, false)" if down else "sort_array(_1)", found)


def not_null_filter(node):
    """x of `FILTER (WHERE x IS NOT NULL)` around the call, or None."""
    around = node.parent
    if not isinstance(around, exp.Filter):
        return None
    where = around.expression.this
    if isinstance(where, exp.Not) and isinstance(where.this, exp.Is) and isinstance(where.this.expression, exp.Null):
        return where.this.this
    return None


def same(left, right):
    return left.sql().lower() == right.sql().lower()


def ordered_values(node, call_):
    """The keys are sorted with the values; NULLs are last, as in DuckDB."""
    item, key = call_.node(0), call_.order[0].node
    descending = {bool(one.node.args.get("desc")) for one in call_.order}
    if len(descending) > 1:
        refuse(node, "ORDER BY in an aggregate goes up, or down, by all its columns on the Spark engine")
    down = descending.pop()
    own = len(call_.order) == 1 and same(key.this, item)
    where = not_null_filter(node)
    if own and where is not None and same(where, item):
        found = made("collect_list", item)
        return build("nullif(sort_array(_1, false), array())" if down else "nullif(sort_array(_1), array())", found)
    fields, nodes = [], []
    for place, one in enumerate(call_.order):
        nodes.append(one.node.this)
        nulls_first = one.node.args.get("nulls_first")
        if nulls_first and down:
            refuse(node, "DESC NULLS FIRST in an aggregate is not possible on the Spark engine")
        if not nulls_first and not down:
            fields.append(f"_{len(nodes)} IS NULL AS n{place}")
        fields.append(f"_{len(nodes)} AS k{place}")
    nodes.append(item)
    fields.append(f"_{len(nodes)} AS item")
    found = made("collect_list", build(f"struct({', '.join(fields)})", *nodes))
    return build("nullif(sort_array(_1, false).item, array())" if down else "nullif(sort_array(_1).item, array())",
                 found)


def joined(context, node, call_):
    """string_agg: without values it is NULL, as listagg is."""
    separator = call_.node(1) if len(call_.arguments) > 1 else text(",")
    value = call_.node(0)
    if call_.type(0).name not in ("VARCHAR", "UNKNOWN"):
        value = cast(value, "STRING")
    if call_.distinct:
        listed = sorted_set(node, call_, value)
        return Value(build("array_join(nullif(_1, array()), _2)", listed, separator), Type("VARCHAR"))
    found = call("listagg", value, separator)
    if call_.order:
        order = exp.Order(expressions=[one.node.copy() for one in call_.order])
        found = exp.WithinGroup(this=found, expression=order)
    found.meta["aggregate"] = True
    return Value(found, Type("VARCHAR"))


def product(context, node, call_):
    found = made("collect_list", cast(call_.node(0), "DOUBLE"))
    return Value(build("reduce(_1, CAST(NULL AS DOUBLE), (a, x) -> coalesce(a, 1D) * x)", found), Type("DOUBLE"))


def discrete(context, node, call_):
    inner = call("percentile_disc", call_.node(1) if len(call_.arguments) > 1 else exp.Literal.number("0.5"))
    found = exp.WithinGroup(this=inner, expression=exp.Order(expressions=[
        exp.Ordered(this=call_.node(0).copy(), nulls_first=True)]))
    found.meta["aggregate"] = True
    if not call_.type(0).is_number:
        refuse(node, "quantile_disc is possible of numbers on the Spark engine")
    return Value(found, call_.type(0))


def geometric(context, node, call_):
    return Value(build("exp(_1)", made("avg", call("ln", call_.node(0)))), Type("DOUBLE"))


def weighted(context, node, call_):
    value, weight = call_.node(0), call_.node(1)
    over = made("sum", cast(build("_1 * _2", value, weight), "DOUBLE"))
    under = made("sum", build("CASE WHEN NOT _1 IS NULL THEN _2 END", value, weight))
    return Value(build("_1 / nullif(_2, 0)", over, under), Type("DOUBLE"))


def json_array(context, node, call_):
    found = exp.RespectNulls(this=call("collect_list", call_.node(0)))
    found.meta["aggregate"] = True
    return Value(build("to_json(nullif(_1, array()), map('ignoreNullFields', 'false'))", found), Type("JSON"))


SPECIAL = {
    "count": count, "sum": total, "fsum": total, "kahan_sum": total, "sumkahan": total,
    "avg": mean, "mean": mean, "favg": mean,
    "first": at_end, "first_value": at_end, "last": at_end, "last_value": at_end, "any_value": at_end,
    "arg_min": by, "arg_max": by, "min_by": by, "max_by": by, "argmin": by, "argmax": by,
    "list": values, "array_agg": values, "string_agg": joined, "listagg": joined, "group_concat": joined,
    "product": product, "quantile": discrete, "quantile_disc": discrete, "geomean": geometric,
    "geometric_mean": geometric, "weighted_avg": weighted, "wavg": weighted, "json_group_array": json_array,
}
