"""SELECTs: their clauses, tables and columns."""

from sqlglot import exp

from ..types import Type
from .calls import has_aggregate
from .dialects import FromDuckDB, ToSpark, refuse, shown
from .expressions import Expressions
from .scopes import Scope
from .values import bracketed, build, call, cast, common, literal_int, number
from .window_joins import keep_windows_only

JOINS = {"ASOF": "an ASOF join is not possible on the Spark engine: join by a range of times",
         "POSITIONAL": "a POSITIONAL join is not possible on the Spark engine"}
SAMPLES = "samples are not possible on the Spark engine: their rows would be others"
# Whose unnamed columns have names of their own.
NAMED_BY_SPARK = ("posexplode", "posexplode_outer", "inline")


class Queries(Expressions):
    """Queries are changed in place; their columns are returned as [(name, Type)], None when not known."""

    def query(self, node, outer):
        if isinstance(node, exp.Subquery):
            self.with_queries(node, outer)
            return self.query(node.this, outer)
        scope = Scope(outer)
        self.with_queries(node, scope)
        if isinstance(node, exp.SetOperation):
            return self.set_operation(node, scope)
        if isinstance(node, exp.Select):
            return self.select(node, scope)
        if isinstance(node, exp.Values):
            return self.values(node, scope)
        if isinstance(node, exp.Table):
            return self.table(node, scope)
        refuse(node, f"the Spark engine does not know this kind of query: {node.key}")

    def with_queries(self, node, scope):
        clause = node.args.get("with_") or node.args.get("with")
        if clause is None:
            return
        if clause.args.get("recursive"):
            refuse(clause, "WITH RECURSIVE is not possible on the Spark engine")
        for one in clause.expressions:
            one.set("materialized", None)
            columns = self.query(one.this, scope)
            scope.queries[one.alias.lower()] = renamed(columns, one.args["alias"].columns)

    def set_operation(self, node, scope):
        left = self.query(node.this, scope)
        right = self.query(node.expression, scope)
        if node.args.get("by_name"):
            node.set("by_name", None)
            columns = self.by_name(node, left, right)
            scope.add("", columns)
            self.modifiers(node, scope)
            return columns
        scope.add("", left)
        self.modifiers(node, scope)
        if left is None or right is None or len(left) != len(right):
            return left
        for place, ((_, kind), (_, other)) in enumerate(zip(left, right)):
            if {kind.name, other.name} >= {"VARCHAR"} and (kind.is_number or other.is_number):
                self.number_as_text(node.this if kind.is_number else node.expression, place)
        return [(name, common((kind, other))) for (name, kind), (_, other) in zip(left, right)]

    def number_as_text(self, side, place):
        """Beside a text a number is a text in DuckDB, while Spark makes a number of the text."""
        if not isinstance(side, exp.Select) or any(map(self.is_star, side.expressions)):
            refuse(side, "one side of the UNION has a number where the other has a text: cast it to VARCHAR")
        item = side.expressions[place]
        if isinstance(item, exp.Alias):
            item.set("this", cast(item.this.copy(), "STRING"))
        else:
            item.replace(exp.alias_(cast(item.copy(), "STRING"), item.alias_or_name or f"col{place}"))

    def by_name(self, node, left, right):
        """Spark's UNION goes by place: both sides are given the columns of both."""
        if left is None or right is None:
            refuse(node, "UNION BY NAME needs columns that are known: name them in both SELECTs")
        names = {name.lower(): name for name, _ in [*left, *right]}
        kinds = {}
        for side, columns in (("this", left), ("expression", right)):
            own = {name.lower(): kind for name, kind in columns}
            inner = node.args[side]
            alias = exp.TableAlias(this=exp.to_identifier(f"{side}_side" if side == "this" else "other_side"))
            items = [exp.column(exp.to_identifier(name)) if key in own else
                     exp.alias_(exp.Null(), name) for key, name in names.items()]
            node.set(side, exp.Select(expressions=items, from_=exp.From(
                this=exp.Subquery(this=inner.copy(), alias=alias))))
            for key in names:
                kinds.setdefault(key, []).append(own.get(key, Type("NULL")))
        return [(name, common(kinds[key])) for key, name in names.items()]

    def values(self, node, scope):
        rows = []
        for row in node.expressions:
            items = row.expressions if isinstance(row, exp.Tuple) else [row]
            rows.append([self.replace(item, scope).type for item in items])
        alias = node.args.get("alias")
        names = [column.name for column in alias.columns] if alias else []
        names += [f"col{place}" for place in range(len(names), len(rows[0]))]
        return [(name, common(column)) for name, column in zip(names, zip(*rows))]

    def select(self, node, scope):
        if node.args.get("sample"):
            refuse(node.args["sample"], SAMPLES)
        self.tables(node, scope)
        for item in node.expressions:
            if isinstance(item, exp.Alias):
                scope.aliases[item.alias.lower()] = item.this.copy()
        if node.args.get("where"):
            self.substitute_aliases(node.args["where"], scope)
        columns = self.select_list(node, scope)
        for item, kind in zip(node.expressions, [kind for _, kind in columns or []]):
            if isinstance(item, exp.Alias) and scope.find([item.alias]) is None:
                scope.locals[item.alias.lower()] = kind
        if node.args.get("where"):
            self.replace(node.args["where"].this, scope)
        self.groups(node, scope)
        for key in ("having", "qualify"):
            if node.args.get(key):
                self.replace(node.args[key].this, scope)
        for window in node.args.get("windows") or []:
            self.replace_parts(window, scope)
        self.modifiers(node, scope)
        self.distinct(node, scope)
        keep_windows_only(node, scope)
        return columns

    # ---- FROM

    def tables(self, node, scope):
        first = node.args.get("from_") or node.args.get("from")
        if first is not None:
            self.source(first.this, scope)
        for join in node.args.get("joins") or []:
            self.join(node, join, scope)

    def join(self, node, join, scope):
        method = (join.args.get("method") or "").upper()
        kind = (join.args.get("kind") or "").upper()
        for word, what in JOINS.items():
            if word in (method, kind):
                refuse(join, what)
        if isinstance(join.this, (exp.Unnest, exp.Lateral)):
            self.lateral(join, scope)
        left = list(scope.tables)
        self.source(join.this, scope)
        if kind in ("SEMI", "ANTI") and not join.side:
            join.set("side", "LEFT")
        if join.args.get("using"):
            names = {one.name.lower() for one in join.args["using"]}
            scope.hidden |= {(table, name) for table in scope.tables if table not in left for name in names}
        if join.args.get("on"):
            self.replace(join.args["on"], scope)
        if kind in ("SEMI", "ANTI"):
            for table in [one for one in scope.tables if one not in left]:
                del scope.tables[table]

    def lateral(self, join, scope):
        """unnest(list) beside other tables: LATERAL explode(list), as Spark says it."""
        inner = join.this
        outer_join = (join.side or "").upper() == "LEFT"
        if isinstance(inner, exp.Lateral) and not isinstance(inner.this, exp.Unnest):
            return
        unnest = inner.this if isinstance(inner, exp.Lateral) else inner
        if len(unnest.expressions) != 1 or unnest.args.get("offset"):
            refuse(unnest, "unnest of one list at a time, without ORDINALITY, is possible on the Spark engine")
        alias = (inner.args.get("alias") or unnest.args.get("alias"))
        table = alias.this if alias is not None and alias.this else exp.to_identifier("unnested")
        names = alias.columns if alias is not None and alias.columns else [exp.to_identifier("unnest")]
        value = self.replace(unnest.expressions[0], scope)
        made = exp.Lateral(this=call("explode_outer" if outer_join else "explode", value.node),
                           alias=exp.TableAlias(this=table.copy(), columns=[one.copy() for one in names]))
        for key in ("side", "kind", "on"):
            join.set(key, None)
        made.meta["columns"] = [(names[0].name, value.type.element)]
        join.set("this", made)

    def source(self, node, scope):
        if isinstance(node, exp.Table):
            if node.args.get("sample"):
                refuse(node, SAMPLES)
            columns = self.table(node, scope)
            alias = node.alias or node.name
        elif isinstance(node, exp.Lateral):
            columns, alias = node.meta.get("columns"), node.alias
            if columns is None:
                columns = self.query(node.this, scope)
        elif isinstance(node, exp.Unnest):
            columns, alias = self.unnested(node, scope)
        else:
            if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Table):
                self.source(node.this, scope)
                return
            columns = self.values(node, scope) if isinstance(node, exp.Values) else self.query(node, scope)
            alias = node.alias
            if not alias:
                scope.unnamed = getattr(scope, "unnamed", 0) + 1
                alias = f" {scope.unnamed}"
        if isinstance(node, exp.Table):
            for join in node.args.get("joins") or []:
                scope.add(alias, columns)
                self.join(node, join, scope)
        given = node.args.get("alias")
        scope.add(alias, renamed(columns, given.columns if given is not None else []))

    def unnested(self, node, scope):
        """FROM unnest(list): a query with one column."""
        value = self.replace(node.expressions[0], scope)
        alias = node.args.get("alias")
        name = alias.columns[0].name if alias is not None and alias.columns else "unnest"
        table = alias.name if alias is not None and alias.this else "unnested"
        made = build("SELECT explode(_1) AS x", value.node)
        made.expressions[0].set("alias", exp.to_identifier(name))
        node.replace(exp.Subquery(this=made, alias=exp.TableAlias(this=exp.to_identifier(table))))
        return [(name, value.type.element)], table

    def table(self, node, scope):
        if isinstance(node.this, exp.Anonymous):
            return self.table_function(node, scope)
        if node.args.get("db"):
            refuse(node, f"'{node.sql()}' is not a source, table or view of this pipeline")
        columns = scope.query(node.name)
        if columns is None:
            name = self.names.get(node.name.lower())
            if name is None:
                refuse(node, f"'{node.name}' is not a source, table or view that this view may read")
            columns = self.relations[name]
            node.this.set("this", name)
        return columns

    def table_function(self, node, scope):
        name = node.this.name.lower()
        if name not in ("range", "generate_series"):
            refuse(node, f"the table function {name} is not possible on the Spark engine")
        arguments = [self.replace(one, scope).node for one in node.this.expressions]
        if len(arguments) == 1:
            arguments = [number(0), *arguments]
        start, end, *step = arguments
        if name == "generate_series":
            end = build("_1 + 1", end)
        column = name
        alias = node.args.get("alias")
        if alias is not None and alias.columns:
            column = alias.columns[0].name
        made = exp.Select(expressions=[exp.alias_(exp.column("id"), column)],
                          from_=exp.From(this=exp.Table(this=call("range", start, end, *step))))
        table = alias.name if alias is not None and alias.this else name
        node.replace(exp.Subquery(this=made, alias=exp.TableAlias(this=exp.to_identifier(table))))
        return [(column, Type("BIGINT"))]

    # ---- select list and groups

    def select_list(self, node, scope):
        columns, items = [], []
        for item in node.expressions:
            if self.is_star(item):
                found, made = self.star(item, scope)
            else:
                found, made = self.item(item, scope)
            items += made
            columns = None if columns is None or found is None else columns + found
        node.set("expressions", items)
        return columns

    def item(self, item, scope):
        name = item.alias_or_name if isinstance(item, (exp.Alias, exp.Column, exp.Dot)) else ""
        inner = item.this if isinstance(item, exp.Alias) else item
        if not name and not self.names_itself(inner) and not is_inside(item):
            name = duckdb_name(inner)
        if isinstance(inner, exp.Anonymous) and inner.name.lower() == "unnest":
            value = self.expression(inner, scope)
            if isinstance(value.node, exp.Anonymous) and value.node.name == "inline":
                return list(value.type.parts) or None, [value.node]
            if isinstance(value.node, exp.Dot) and isinstance(value.node.expression, exp.Star):
                return list(value.type.parts) or None, [value.node]
            if isinstance(item, exp.Alias):
                item.set("this", value.node)
                return [(name, value.type)], [item]
            return [(name, value.type)], [exp.alias_(value.node, exp.to_identifier(name, quoted=True))]
        # Spark names an unchanged call as DuckDB does.
        written = shown(inner, FromDuckDB) if name != "count_star()" and isinstance(inner, exp.Anonymous) else None
        value = self.expression(inner, scope)
        if isinstance(item, exp.Column) and len(item.parts) < 3:  # DuckDB names it as the table does
            name = scope.declared([part.name for part in item.parts])
            if value.node is item and item.name != name:
                item.this.set("this", name)
        if isinstance(item, exp.Alias):
            item.set("this", value.node)
            return [(name, value.type)], [item]
        if not name:
            return None, [value.node]
        plain = isinstance(value.node, (exp.Column, exp.Dot)) and value.node.name.lower() == name.lower()
        made = isinstance(inner, exp.Anonymous) or isinstance(inner, exp.Column) != isinstance(value.node, exp.Column)
        if plain or not made or written == shown(value.node, ToSpark):
            return [(name, value.type)], [value.node]
        return [(name, value.type)], [exp.alias_(value.node, exp.to_identifier(name, quoted=not plain_name(name)))]

    def names_itself(self, node):
        return isinstance(node, exp.Anonymous) and node.name.lower() in NAMED_BY_SPARK

    def is_star(self, item):
        return isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star))

    def star(self, item, scope):
        star = item if isinstance(item, exp.Star) else item.this
        table = item.table if isinstance(item, exp.Column) else None
        columns = scope.columns(table or None)
        changes = {key: star.args.get(key) for key in ("except_", "except", "replace", "rename") if star.args.get(key)}
        if columns is None:
            if changes:
                refuse(item, "* with EXCLUDE, REPLACE or RENAME needs columns that are known: name them")
            return None, [item]
        if not changes:
            if scope.hidden or " " in "".join(scope.tables):
                return [(name, kind) for _, name, kind in columns], [item]
            return [(name, kind) for _, name, kind in columns], [item]
        dropped = {one.name.lower() for one in changes.get("except_") or changes.get("except") or []}
        replaced = {one.alias.lower(): one.this for one in changes.get("replace") or []}
        renames = {one.this.name.lower(): one.alias for one in changes.get("rename") or []}
        found, made = [], []
        for alias, name, kind in columns:
            key = name.lower()
            if key in dropped:
                continue
            column = exp.column(exp.to_identifier(name, quoted=not plain_name(name)),
                                alias if len(scope.tables) > 1 and not alias.startswith(" ") else None)
            if key in replaced:
                value = self.expression(replaced[key].copy(), scope)
                found.append((name, value.type))
                made.append(exp.alias_(value.node, name))
            elif key in renames:
                found.append((renames[key], kind))
                made.append(exp.alias_(column, renames[key]))
            else:
                found.append((name, kind))
                made.append(column)
        return found, made

    def groups(self, node, scope):
        group = node.args.get("group")
        if group is None:
            return
        starts = [item for item in node.expressions if is_start(item.unalias())]
        if starts and group.args.get("all"):
            keys = [item.unalias().copy() for item in node.expressions if not has_aggregate(item)]
            group.set("all", None)
            group.set("expressions", keys)
        else:
            self.replace_parts(group, scope)
        # A window becomes final in Spark, its start alone does not.
        for key in list(group.expressions):
            place = literal_int(key)
            if place is not None and 0 < place <= len(node.expressions):
                meant = node.expressions[place - 1].unalias()
            else:
                named = [item.unalias() for item in starts if item.alias_or_name.lower() == key.sql().lower()]
                meant = named[0] if named else key
            if is_start(meant):
                key.replace(meant.this.copy())

    def substitute_aliases(self, clause, scope):
        """WHERE may use names of the select list in DuckDB, not in Spark."""
        for column in list(clause.find_all(exp.Column)):
            name = column.name.lower()
            if column.table or name not in scope.aliases or scope.find([name]) is not None:
                continue
            if column.find_ancestor(exp.Query) is clause.parent:
                column.replace(bracketed(scope.aliases[name].copy()))

    def modifiers(self, node, scope):
        order = node.args.get("order")
        if order is not None:
            for one in order.expressions:
                if not isinstance(one.this, exp.Var) and literal_int(one.this) is None:
                    self.replace(one.this, scope)
        for key in ("limit", "offset"):
            clause = node.args.get(key)
            if clause is not None and clause.args.get("limit_options") is not None:
                refuse(clause, "a LIMIT in per cent is not possible on the Spark engine")
            if clause is not None and isinstance(clause.expression, exp.Expression):
                self.replace(clause.expression, scope)

    def distinct(self, node, scope):
        """DISTINCT ON (keys): the first row of each key."""
        clause = node.args.get("distinct")
        if clause is None or clause.args.get("on") is None:
            return
        on = clause.args["on"]
        keys = [self.expression(key.copy(), scope).node for key in on.expressions]
        order = node.args.get("order")
        node.set("distinct", None)
        if node.args.get("qualify"):
            refuse(node, "DISTINCT ON beside QUALIFY is not possible on the Spark engine")
        window = exp.Window(this=call("row_number"), partition_by=keys, over="OVER",
                            order=(order or build("SELECT 1 ORDER BY _1", keys[0]).args["order"]).copy())
        node.set("qualify", exp.Qualify(this=exp.EQ(this=window, expression=number(1))))


def is_start(node):
    """window(...).start, which time_bucket and date_trunc become."""
    return (isinstance(node, exp.Dot) and node.expression.name == "start" and isinstance(node.this, exp.Anonymous)
            and node.this.name == "window")


def renamed(columns, names):
    if columns is None or not names:
        return columns
    given = [one.name for one in names]
    return [(given[place] if place < len(given) else name, kind) for place, (name, kind) in enumerate(columns)]


def is_inside(item):
    """Of a query within an expression, where names do not matter."""
    around = item.parent.parent
    while isinstance(around, (exp.Subquery, exp.SetOperation)):
        around = around.parent
    return isinstance(around, (exp.Condition, exp.In, exp.Exists, exp.Alias)) and not isinstance(around, exp.Query)


def plain_name(name):
    return name.replace("_", "a").isalnum() and not name[0].isdigit()


def duckdb_name(node):
    """The name that DuckDB gives an unnamed column."""
    if isinstance(node, exp.Anonymous):
        if node.name.lower() == "count" and isinstance((node.expressions or [None])[0], exp.Star):
            return "count_star()"
        inside = ", ".join(duckdb_name(one) if isinstance(one, exp.Anonymous) else shown(one, FromDuckDB)
                           for one in node.expressions)
        return f"{node.name.lower()}({inside})"
    text = shown(node, FromDuckDB)
    return f"({text})" if isinstance(node, exp.Binary) and not isinstance(node, exp.Dot) else text

