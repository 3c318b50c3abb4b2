"""Expressions: operators, constants and names. Functions are looked up in calls.py."""

from sqlglot import exp

from ..types import FLOATS, UNKNOWN, Type, list_of
from .calls import Calls
from .casts import cast_value, parsed_type
from .dialects import refuse
from .numbers import remainder_of
from .values import (Value, as_one_type, both, bracketed, build, call, cast, common, is_nonzero, literal_text, number,
                     text)

BOOLEAN, BIGINT, DOUBLE, VARCHAR = Type("BOOLEAN"), Type("BIGINT"), Type("DOUBLE"), Type("VARCHAR")
COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ)
REFUSED = {exp.Placeholder: "parameters", exp.Parameter: "parameters", exp.Glob: "GLOB: write LIKE or regexp_matches",
           exp.Collate: "COLLATE", exp.Pivot: "PIVOT", exp.Factorial: "!: write factorial(x)",
           exp.PositionalColumn: "columns by their number: name them"}
INTERVAL_UNITS = {"MICROSECOND": "MICROSECOND", "MILLISECOND": "MILLISECOND", "SECOND": "SECOND", "MINUTE": "MINUTE",
                  "HOUR": "HOUR", "DAY": "DAY", "WEEK": "WEEK", "MONTH": "MONTH", "QUARTER": "QUARTER",
                  "YEAR": "YEAR"}


class Expressions(Calls):
    def expression(self, node, scope):
        """The node in Spark's words; itself, or a new one."""
        for kind, what in REFUSED.items():
            if isinstance(node, kind):
                refuse(node, f"the Spark engine has no {what}")
        for kind, method in METHODS.items():
            if isinstance(node, kind):
                return method(self, node, scope)
        if isinstance(node, exp.Query):
            columns = self.query(node, scope)
            return Value(node, columns[0][1] if columns and len(columns) == 1 else UNKNOWN)
        if isinstance(node, exp.Func):
            refuse(node, f"the Spark engine has no equal of {node.sql_name().lower()}")
        self.replace_parts(node, scope)
        return Value(node)

    def replace(self, node, scope):
        """Puts what it becomes in its place."""
        value = self.expression(node, scope)
        if value.node is not node:
            node.replace(value.node)
        return value

    def replace_parts(self, node, scope):
        """The types of all expressions directly below."""
        types = {}
        for key, part in list(node.args.items()):
            if isinstance(part, exp.Expression) and not isinstance(part, (exp.Identifier, exp.DataType, exp.Var)):
                types[key] = self.replace(part, scope).type
            elif isinstance(part, list):
                types[key] = [self.replace(one, scope).type for one in part
                              if isinstance(one, exp.Expression) and not isinstance(one, (exp.Identifier, exp.Var))]
        return types

    # ---- names and constants

    def column(self, node, scope):
        parts = [part.name for part in node.parts]
        if isinstance(node.this, exp.Star):
            return Value(node)
        kind = scope.find(parts)
        if kind is None and parts[0].lower() not in ("window", "session_window", *scope.aliases):
            refuse(node, f"there is no column '{'.'.join(parts)}'")
        if kind == UNKNOWN and len(parts) == 1 and scope.is_row(parts[0]):
            row = exp.Column(this=exp.Star(), table=node.this.copy())
            return Value(call("struct", row), UNKNOWN)
        if len(parts) > 1 and (scope.find(parts[:1]) or UNKNOWN).name == "JSON":
            refuse(node, f"a field of JSON: write {parts[0]} ->> '{'.'.join(parts[1:])}'")
        return Value(node, kind or UNKNOWN)

    def identifier(self, node, scope):
        return Value(node, scope.find([node.name]) or UNKNOWN)

    def literal(self, node, scope):
        if node.is_string:
            return Value(node, VARCHAR)
        written = node.this
        if "e" in written.lower():
            return Value(node, DOUBLE)
        if "." in written:
            whole, _, digits = written.partition(".")
            return Value(node, Type("DECIMAL", (max(len(whole.lstrip("0")), 1) + len(digits), len(digits))))
        return Value(node, Type("INTEGER" if int(written) < 2**31 else "BIGINT" if int(written) < 2**63 else "HUGEINT"))

    def interval(self, node, scope):
        unit = node.args.get("unit")
        if unit is not None:
            name = unit.name.upper().rstrip("S")
            if name not in INTERVAL_UNITS:
                refuse(node, f"the Spark engine has no INTERVAL of {unit.name}")
            if node.this is not None and not isinstance(node.this, exp.Literal):
                value = self.expression(node.this, scope)
                one = exp.Interval(this=text("1"), unit=exp.var(name))
                return Value(build("_1 * _2", bracketed(value.node), one), Type("INTERVAL"))
            return Value(exp.Interval(this=text(node.this.name), unit=exp.var(name)), Type("INTERVAL"))
        return Value(node, Type("INTERVAL"))

    def paren(self, node, scope):
        value = self.replace(node.this, scope)
        if isinstance(value.node, (exp.Anonymous, exp.Column, exp.Cast)):
            return value
        return Value(node, value.type)

    # ---- operators

    def comparison(self, node, scope):
        if isinstance(node.expression, (exp.Any, exp.All)):
            if isinstance(node, exp.EQ) and isinstance(node.expression, exp.Any):
                return self.any_of(node, scope)
            refuse(node, "ANY and ALL are possible as = ANY(...) on the Spark engine: write it with min or max")
        self.replace_parts(node, scope)
        return Value(node, BOOLEAN)

    def arithmetic(self, node, scope):
        left, right = self.replace(node.this, scope), self.replace(node.expression, scope)
        names = {left.type.name, right.type.name}
        if names & {"DATE", "TIMESTAMP", "TIMESTAMPTZ"} and isinstance(node, (exp.Add, exp.Sub)):
            return self.time_arithmetic(node, left, right)
        if "INTERVAL" in names:
            return Value(node, Type("INTERVAL"))
        if "UNKNOWN" in names:
            return Value(node)
        kind = both(left.type, right.type)
        if isinstance(node, exp.Mul) and kind.name == "BIGINT":
            return Value(build("_1 * _2", wide(left), wide(right)), kind)
        if kind.name == "DECIMAL" and isinstance(node, exp.Mul):
            scale = sum(one.parts[1] for one in (left.type, right.type) if one.name == "DECIMAL")
            kind = Type("DECIMAL", (38, scale))
        return Value(node, kind)

    def divide(self, node, scope):
        """DuckDB's is of DOUBLEs, and by zero it is an infinity or NaN; Spark's is an error then."""
        left, right = self.expression(node.this, scope), self.expression(node.expression, scope)
        if left.type.name == "INTERVAL":
            return Value(exp.Div(this=left.node, expression=right.node), left.type)
        over, under = as_double(left), as_double(right)
        if is_nonzero(right.node) or is_count_of_group(node, right.node):
            return Value(build("_1 / _2", over, under), DOUBLE)
        return Value(build("if(_2 = 0, _1 * double('Infinity'), _1 / _2)", over, under), DOUBLE)

    def whole_divide(self, node, scope):
        left, right = self.expression(node.this, scope), self.expression(node.expression, scope)
        for side in (left, right):
            if not side.type.is_integer:
                refuse(node, "// is possible of integers on the Spark engine: write floor(a / b)")
        kind = both(left.type, right.type)
        under = right.node if is_nonzero(right.node) else call("nullif", right.node, number(0))
        return Value(build("_1 div _2", left.node, under), kind)

    def remainder(self, node, scope):
        left, right = self.expression(node.this, scope), self.expression(node.expression, scope)
        return Value(remainder_of(left, right), both(left.type, right.type))

    def power(self, node, scope):
        left, right = self.expression(node.this, scope), self.expression(node.expression, scope)
        return Value(call("power", left.node, right.node), DOUBLE)

    def shift(self, node, scope):
        name = "shiftleft" if isinstance(node, exp.BitwiseLeftShift) else "shiftright"
        left, right = self.expression(node.this, scope), self.expression(node.expression, scope)
        return Value(call(name, left.node, right.node), left.type)

    def same_type(self, node, scope):
        types = self.replace_parts(node, scope)
        return Value(node, types["this"])

    def concatenation(self, node, scope):
        left, right = self.replace(node.this, scope), self.replace(node.expression, scope)
        if left.type.name == "LIST":
            return Value(node, left.type)
        if left.type.name == right.type.name == "BLOB":
            return Value(node, left.type)
        return Value(node, VARCHAR)

    def like(self, node, scope):
        """In Spark \\ is an escape character when none is named."""
        pattern = node.expression
        self.replace(node.this, scope)
        if isinstance(node.parent, exp.Escape):
            return Value(node, BOOLEAN)
        written = literal_text(pattern)
        if written is None:
            value = self.expression(pattern, scope)
            node.set("expression", build(r"replace(_1, '\\', '\\\\')", value.node))
        elif "\\" in written:
            node.set("expression", text(written.replace("\\", "\\\\")))
        return Value(node, BOOLEAN)

    def matches(self, node, scope):
        """~ and SIMILAR TO: the whole text."""
        value, pattern = self.expression(node.this, scope), literal_text(node.expression)
        if pattern is None:
            refuse(node, "the pattern of SIMILAR TO and ~ must be a constant on the Spark engine")
        return Value(build("_1 RLIKE _2", value.node, text(f"^(?:{pattern})$")), BOOLEAN)

    def membership(self, node, scope):
        self.replace(node.this, scope)
        for one in node.expressions:
            self.replace(one, scope)
        query = node.args.get("query")
        if query is not None:
            self.query(query, scope)
            if node.find_ancestor(exp.Where, exp.Select) is node.find_ancestor(exp.Select):
                self.note("x IN (SELECT ...) in a select list is false in Spark where it is NULL in DuckDB")
        field = node.args.get("field")
        if field is not None:
            value, items = node.this, self.expression(field, scope)
            return Value(build("array_contains(_1, _2)", items.node, value), BOOLEAN)
        return Value(node, BOOLEAN)

    def any_of(self, node, scope):
        """x = ANY(list), x = ANY(SELECT ...)"""
        inner = node.expression.this
        while isinstance(inner, exp.Paren):
            inner = inner.this
        item = self.expression(node.this, scope)
        if isinstance(inner, exp.Query):
            self.query(inner, scope)
            return Value(exp.In(this=item.node, query=inner if isinstance(inner, exp.Subquery) else
                                exp.Subquery(this=inner)), BOOLEAN)
        return Value(call("array_contains", self.expression(inner, scope).node, item.node), BOOLEAN)

    def conditional(self, node, scope):
        values = []
        if node.this is not None:
            self.replace(node.this, scope)
        for branch in node.args["ifs"]:
            self.replace(branch.this, scope)
            values.append(self.replace(branch.args["true"], scope))
        if node.args.get("default") is not None:
            values.append(self.replace(node.args["default"], scope))
        for value, made in zip(values, as_one_type(values)):
            if made is not value.node:
                value.node.replace(made.copy())
        return Value(node, common([one.type for one in values]))

    def if_call(self, node, scope):
        parts = [self.expression(node.args[key], scope) for key in ("this", "true", "false") if node.args.get(key)]
        nodes = [parts[0].node, *as_one_type(parts[1:])]
        return Value(call("if", *nodes), common([one.type for one in parts[1:]]))

    # ---- nested values

    def struct(self, node, scope):
        arguments, fields = [], []
        for field in node.expressions:
            value = self.expression(field.expression, scope)
            arguments += [text(field.this.name), value.node]
            fields.append((field.this.name, value.type))
        return Value(call("named_struct", *arguments), Type("STRUCT", tuple(fields)))

    def to_map(self, node, scope):
        if isinstance(node, exp.Map):
            keys, values = (self.expression(node.args[key], scope) for key in ("keys", "values"))
            return Value(call("map_from_arrays", keys.node, values.node),
                         Type("MAP", (keys.type.element, values.type.element)))
        inner = node.this
        if isinstance(inner, exp.Bracket):  # MAP {...}[key]
            made = inner.copy()
            made.set("this", exp.ToMap(this=inner.this.copy()))
            return self.expression(made, scope)
        if isinstance(inner, exp.Struct):
            keys = [self.expression(one.this, scope) for one in inner.expressions]
            values = [self.expression(one.expression, scope) for one in inner.expressions]
            arguments = [one.node for pair in zip(keys, values) for one in pair]
            kind = Type("MAP", (common([one.type for one in keys]), common([one.type for one in values])))
            return Value(call("map", *arguments), kind)
        refuse(node, "write MAP {key: value, ...}, or map_from_arrays(keys, values)")

    def list_literal(self, node, scope):
        if len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Comprehension):
            return self.comprehension(node.expressions[0], scope)
        values = [self.expression(one, scope) for one in node.expressions]
        return Value(call("array", *(one.node for one in values)), list_of(common([one.type for one in values])))

    def comprehension(self, node, scope):
        items = self.expression(node.args["iterator"], scope)
        if node.args.get("position"):
            refuse(node, "a list comprehension with a position: write list_transform(l, lambda x, i: ...)")
        name = node.expression.name
        inside = scope.with_locals({name: items.type.element})
        source = items.node
        if node.args.get("condition") is not None:
            condition = self.expression(node.args["condition"], inside).node
            source = call("filter", source, exp.Lambda(this=condition, expressions=[exp.to_identifier(name)]))
        made = self.expression(node.this, inside)
        if isinstance(made.node, (exp.Column, exp.Identifier)) and made.node.name == name:
            return Value(source, items.type)
        function = exp.Lambda(this=made.node, expressions=[exp.to_identifier(name)])
        return Value(call("transform", source, function), list_of(made.type))

    def bracket(self, node, scope):
        value = self.expression(node.this, scope)
        if len(node.expressions) != 1:
            refuse(node, "one index in [] at a time")
        index = node.expressions[0]
        if isinstance(index, exp.Slice):
            bounds = [self.expression(part, scope).node if part is not None and not isinstance(part, exp.Placeholder)
                      else None for part in (index.this, index.expression)]
            if index.args.get("step") is not None:
                refuse(node, "a slice with a step is not possible on the Spark engine")
            return self.slice(node, value, *bounds)
        return self.element(node, value, self.expression(index, scope))

    def dot(self, node, scope):
        if isinstance(node.expression, exp.Anonymous):
            name = node.expression.name.lower()
            if node.this.sql().lower() == "system.main" and name == "to_json":
                return self.duckdb_to_json(node, scope)
            return self.method(node, scope)
        value = self.replace(node.this, scope)
        return Value(node, value.type.field(node.expression.name))

    def method(self, node, scope):
        """x.upper(): DuckDB's chained calls."""
        inner = node.expression.copy()
        inner.set("expressions", [node.this.copy(), *inner.expressions])
        return self.expression(inner, scope)

    def zone(self, node, scope):
        return self.at_time_zone(node, self.expression(node.this, scope),
                                 self.expression(node.args["zone"], scope))

    # ---- casts, and words that sqlglot reads as functions

    def cast(self, node, scope):
        kind = parsed_type(node.to, node)
        safe = isinstance(node, exp.TryCast)
        return cast_value(self, node, self.expression(node.this, scope), kind, safe)

    def extract(self, node, scope):
        return self.part_of(node, node.this.name, self.expression(node.expression, scope))

    def as_call(self, name, *keys):
        def method(self, node, scope):
            parts = [node.args[key] for key in keys if node.args.get(key) is not None]
            made = call(name, *(part.copy() for part in parts))
            made.parent = node.parent
            return self.expression(made, scope)
        return method

    def trim(self, node, scope):
        name = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get((node.args.get("position") or "").upper(), "trim")
        parts = [part.copy() for part in (node.this, node.expression) if part is not None]
        return self.expression(call(name, *parts), scope)

    def constant_call(name, kind):
        return lambda self, node, scope: Value(call(name), Type(kind))

    def lambda_alone(self, node, scope):
        """j -> 'a' as an argument, which looks like a lambda."""
        step = node.this
        while isinstance(step, exp.Anonymous) and step.name in ("->", "->>"):
            step = step.expressions[0]
        if len(node.expressions) == 1 and isinstance(step, exp.Literal):
            arrow = call("->", exp.column(node.expressions[0].copy()), step.copy())
            made = arrow
            if step is not node.this:
                made = node.this.copy()
                inner = made
                while isinstance(inner.expressions[0], exp.Anonymous):
                    inner = inner.expressions[0]
                inner.set("expressions", [arrow, *inner.expressions[1:]])
            made.parent = node.parent
            return self.expression(made, scope)
        refuse(node, "there is a lambda where none is expected")

    def star(self, node, scope):
        return Value(node)

    def known(kind):
        def method(self, node, scope):
            self.replace_parts(node, scope)
            return Value(node, kind)
        return method

    # A method per kind of node; the first that fits.
    TABLE = {
        exp.Column: column, exp.Identifier: identifier, exp.Literal: literal, exp.Interval: interval,
        exp.Paren: paren, exp.Star: star,
        exp.Null: lambda self, node, scope: Value(node, Type("NULL")),
        exp.Boolean: lambda self, node, scope: Value(node, BOOLEAN),
        exp.Div: divide, exp.IntDiv: whole_divide, exp.Mod: remainder, exp.Pow: power,
        exp.Add: arithmetic, exp.Sub: arithmetic, exp.Mul: arithmetic,
        exp.BitwiseLeftShift: shift, exp.BitwiseRightShift: shift,
        exp.BitwiseAnd: same_type, exp.BitwiseOr: same_type, exp.BitwiseXor: same_type, exp.BitwiseNot: same_type,
        exp.Neg: same_type, exp.Abs: lambda self, node, scope: self.expression(call("abs", node.this.copy()), scope),
        exp.DPipe: concatenation, exp.Like: like, exp.ILike: like, exp.SimilarTo: matches, exp.RegexpLike: matches,
        exp.RegexpFullMatch: matches,
        exp.In: membership, exp.Case: conditional, exp.If: if_call,
        exp.Struct: struct, exp.ToMap: to_map, exp.Map: to_map, exp.Array: list_literal, exp.Bracket: bracket,
        exp.Dot: dot, exp.AtTimeZone: zone, exp.Cast: cast, exp.Extract: extract, exp.Trim: trim,
        exp.Substring: as_call(None, "substring", "this", "start", "length"),
        exp.StrPosition: as_call(None, "instr", "this", "substr"),
        exp.StartsWith: as_call(None, "startswith", "this", "expression"),
        exp.ArrayOverlaps: as_call(None, "list_has_any", "this", "expression"),
        exp.ArrayContainsAll: as_call(None, "list_has_all", "this", "expression"),
        exp.CurrentDate: constant_call("current_date", "DATE"),
        exp.CurrentTimestamp: constant_call("current_timestamp", "TIMESTAMPTZ"),
        exp.Localtimestamp: constant_call("localtimestamp", "TIMESTAMP"),
        exp.Lambda: lambda_alone,
        exp.Exists: known(BOOLEAN), exp.Not: known(BOOLEAN), exp.And: known(BOOLEAN), exp.Or: known(BOOLEAN),
        exp.Is: known(BOOLEAN), exp.Between: known(BOOLEAN), exp.Escape: known(BOOLEAN), exp.Any: known(UNKNOWN),
        exp.All: known(UNKNOWN),
        **dict.fromkeys(COMPARISONS, comparison),
    }


METHODS = {**Expressions.TABLE, exp.Window: Calls.window, exp.Filter: Calls.filtered,
           exp.WithinGroup: Calls.within_group, exp.IgnoreNulls: Calls.with_nulls,
           exp.RespectNulls: Calls.with_nulls, exp.Anonymous: Calls.function}


def is_count_of_group(node, under):
    """count(*) in a query with GROUP BY: no group is empty."""
    select = node.find_ancestor(exp.Select)
    rows = isinstance(under, exp.Anonymous) and under.name == "count" and isinstance(under.expressions[0], exp.Star)
    return rows and select is not None and select.args.get("group") is not None


NARROW = {"length", "octet_length", "bit_length", "size", "instr", "locate", "datediff"}


def wide(value):
    """A BIGINT in DuckDB that is an INT in Spark, as a BIGINT: a product may be beyond an INT."""
    if isinstance(value.node, exp.Anonymous) and value.node.name.lower() in NARROW and value.type.name == "BIGINT":
        return cast(value.node, "BIGINT")
    return value.node


def as_double(value):
    """A DECIMAL as a DOUBLE; Spark divides integers as DOUBLEs by itself."""
    node, kind = value.node, value.type
    if kind.is_integer and kind.name not in ("HUGEINT", "UBIGINT", "UHUGEINT") or kind.name in FLOATS:
        return node
    if isinstance(node, exp.Literal) and not node.is_string:
        return exp.Literal(this=f"{node.this}D", is_string=False)
    return cast(node, "DOUBLE")

