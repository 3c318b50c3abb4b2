"""Calls of functions, aggregates and windows."""

from sqlglot import exp

from ..types import UNKNOWN, Type, spark_name
from . import aggregates, arrays, jsons, numbers, texts, times  # noqa: F401: they fill the registry
from .dialects import refuse
from .functions import ADVICE, TABLE
from .registry import LAMBDAS, SPECIALS
from .values import Value, as_one_type, build, call, cast, common, result_type

WITHOUT_FRAMES = "the Spark engine has no {} in a window's frame"


class Calls:
    """`zone`: the session's. `event_times`: the columns with a watermark. `notes`: differences in words, each once."""

    def __init__(self, relations, zone, event_times=(), functions=None):
        self.relations = relations
        self.names = {name.lower(): name for name in relations}
        self.zone = zone
        self.event_times = {name.lower() for name in event_times}
        self.notes = []
        self.functions, self.called = functions or {}, set()  # the file's own

    def note(self, words):
        if words not in self.notes:
            self.notes.append(words)

    def function(self, node, scope):
        name = node.name.lower() if isinstance(node.this, str) else node.this.name.lower()
        if name in LAMBDAS:
            return LAMBDAS[name](self, node, scope)
        if name in aggregates.NAMES:
            return self.aggregate(name, node, scope)
        if any(isinstance(one, (exp.Distinct, exp.Order)) for one in node.expressions):
            refuse(node, f"{name} is not an aggregate of the Spark engine's: DISTINCT and ORDER BY have no place in it")
        nulls = node.expressions[0] if node.expressions else None
        if isinstance(nulls, (exp.IgnoreNulls, exp.RespectNulls)):  # lag(x IGNORE NULLS)
            inner = call(name, nulls.this.copy(), *(one.copy() for one in node.expressions[1:]))
            inner.parent = node.parent
            value = self.function(inner, scope)
            return Value(type(nulls)(this=value.node), value.type)
        arguments = [self.argument(one, scope) for one in node.expressions]
        if name in self.functions:
            return self.own_function(name, node, arguments)
        if name in SPECIALS:
            found = SPECIALS[name](self, node, arguments)
            if found is not None:
                return found
        return self.listed(name, node, arguments)

    def own_function(self, name, node, arguments):
        """A function of the file's, to which arguments are cast as it declares them."""
        taken, given = self.functions[name]
        if len(arguments) != len(taken):
            refuse(node, f"{name} takes {len(taken)} arguments, not {len(arguments)}")
        self.called.add(name)
        cast_ones = [one.node if one.type == kind else cast(one.node, spark_name(kind)) for one, kind in zip(arguments, taken)]
        return Value(call(name, *cast_ones), given)

    def argument(self, node, scope):
        if isinstance(node, (exp.PropertyEQ, exp.Alias)):  # a := 1
            value = self.expression(node.expression if isinstance(node, exp.PropertyEQ) else node.this, scope)
            value.name = (node.this if isinstance(node, exp.PropertyEQ) else node.args["alias"]).name
            return value
        value = self.expression(node, scope)
        if isinstance(node, exp.Column):
            value.name = node.name
        return value

    def listed(self, name, node, arguments):
        """By the table in functions.py."""
        by_count = TABLE.get(name)
        if by_count is None:
            refuse(node, f"Spark has no equal of {name}" + (f": {ADVICE[name]}" if name in ADVICE else ""))
        entry = by_count.get(len(arguments), by_count.get(None))
        if entry is None:
            counts = ", ".join(str(count) for count in sorted(by_count))
            refuse(node, f"{name} takes {counts} arguments on the Spark engine, not {len(arguments)}")
        rule, template = entry
        types = [one.type for one in arguments]
        kind = common(types) if rule == "~" else result_type(rule, types)
        nodes = as_one_type(arguments) if rule == "~" else [one.node for one in arguments]
        if template is None:
            made = call(name, *nodes)
        elif "(*)" in template:
            made = call(template[:-3], *nodes)
        elif "*call" in template:
            made = build(template.replace("*call", "_1"), call(name, *nodes))
        else:
            made = build(template, *nodes)
        return Value(made, kind)

    # ---- aggregates and windows

    def aggregate(self, name, node, scope, where=None):
        """`where`: of FILTER, translated."""
        order, distinct, arguments = [], False, []
        for one in node.expressions:
            if isinstance(one, exp.Order):
                order = [Value(item, self.replace(item.this, scope).type) for item in one.expressions]
                one = one.this
            if isinstance(one, exp.Distinct):
                distinct = True
                arguments += [self.argument(part, scope) for part in one.expressions]
            elif isinstance(one, (exp.IgnoreNulls, exp.RespectNulls)):
                arguments += [self.argument(one.this, scope),
                              Value(exp.Boolean(this=isinstance(one, exp.IgnoreNulls)), Type("BOOLEAN"))]
            elif isinstance(one, exp.Star):
                arguments.append(Value(one))
            else:
                arguments.append(self.argument(one, scope))
        if order and distinct and isinstance(arguments[0].node, exp.Distinct):
            refuse(node, "DISTINCT and ORDER BY in one aggregate")
        found = aggregates.translate(self, node, aggregates.Aggregate(name, arguments, distinct, order))
        if where is not None:
            wrapped(found, lambda inner: aggregates.with_filter(inner, where))
        return found

    def filtered(self, node, scope):
        where = self.expression(node.expression.this, scope).node
        inner = node.this
        if not isinstance(inner, exp.Anonymous) or inner.name.lower() not in aggregates.NAMES:
            refuse(node, "FILTER belongs to an aggregate")
        return self.aggregate(inner.name.lower(), inner, scope, where)

    def within_group(self, node, scope):
        inner = node.this
        order = node.expression.expressions
        if len(order) != 1 or not inner.expressions:
            refuse(node, "WITHIN GROUP of one column, with a fraction")
        name = {"percentile_cont": "quantile_cont", "percentile_disc": "quantile_disc",
                "listagg": "string_agg"}.get(inner.name.lower(), inner.name.lower())
        if name == "string_agg":
            made = call(name, inner.expressions[0].copy(), exp.Order(this=inner.expressions[1].copy(),
                                                                      expressions=[one.copy() for one in order]))
        else:
            made = call(name, order[0].this.copy(), inner.expressions[0].copy())
        made.parent = node.parent
        return self.expression(made, scope)

    def with_nulls(self, node, scope):
        """x IGNORE NULLS around a function of windows."""
        value = self.expression(node.this, scope)
        node.set("this", value.node)
        return Value(node, value.type)

    def window(self, node, scope):
        for key in ("partition_by",):
            for one in node.args.get(key) or []:
                self.replace(one, scope)
        if node.args.get("order") is not None:
            for one in node.args["order"].expressions:
                self.replace(one.this, scope)
        spec = node.args.get("spec")
        if spec is not None:
            if spec.args.get("exclude"):
                refuse(node, WITHOUT_FRAMES.format("EXCLUDE"))
            if (spec.args.get("kind") or "").upper() == "GROUPS":
                refuse(node, WITHOUT_FRAMES.format("GROUPS"))
            for key in ("start", "end"):
                if isinstance(spec.args.get(key), exp.Expression):
                    self.replace(spec.args[key], scope)
        value = self.expression(node.this, scope)
        marked = value.node.meta.get("aggregate") or not has_aggregate(value.node)
        if marked:
            node.set("this", value.node)
            return Value(node, value.type)
        shape = node.copy()

        def over(inner):
            made = shape.copy()
            made.set("this", inner)
            return made

        wrapped(value, over)
        return value

    # ---- what other modules ask for

    def lambda_of(self, node, scope, *types):
        """A lambda's translated body with its parameters' names."""
        if not isinstance(node, exp.Lambda):
            refuse(node, "a lambda is expected here: lambda x: x + 1")
        names = [one.name for one in node.expressions]
        kinds = dict(zip(names, [*types, *[UNKNOWN] * len(names)]))
        inside = scope.with_locals(kinds)
        return self.expression(node.this, inside), names

    def element(self, node, value, index):
        return arrays.element(node, value, index)

    def slice(self, node, value, first, last):
        return arrays.piece(node, value, first, last)

    def part_of(self, node, field, value):
        return times.part_of(self, node, field.lower(), value)

    def time_arithmetic(self, node, left, right):
        return times.arithmetic(node, left, right)

    def at_time_zone(self, node, value, zone):
        return times.at_zone(self, node, value, zone)

    def duckdb_to_json(self, node, scope):
        value = self.expression(node.expression.expressions[0], scope)
        return Value(build("to_json(_1, map('ignoreNullFields', 'false'))", value.node), Type("JSON"))


def has_aggregate(node):
    return any(part.meta.get("aggregate") for part in node.walk())


def wrapped(value, wrapper):
    """Each aggregate below, inside of what `wrapper` makes of it."""
    marked = [part for part in value.node.walk() if part.meta.get("aggregate")]
    for part in marked:
        if part is value.node:
            value.node = wrapper(part.copy())
        else:
            part.replace(wrapper(part.copy()))
    return value

