"""Joins by windows. Spark takes a stream with one event time into a join; where both sides have a window that is equal,
that is the one which counts, and a time beside it is a column like others."""

from sqlglot import exp

from .values import build


def keep_windows_only(select, scope):
    """The tables that are joined by their windows have no other event time then."""
    tables = named_tables(select)
    for alias in sorted(joined_by_window(select, scope) & tables.keys()):
        columns = scope.tables[alias]
        times = {key for key, (name, kind) in columns.items()
                 if kind.name in ("TIMESTAMP", "TIMESTAMPTZ") and is_used(select, alias, key)}
        if times:
            without_event_times(tables[alias], columns, times)


def named_tables(select):
    """By alias those of FROM that are names alone."""
    first = select.args.get("from_") or select.args.get("from")
    nodes = ([first.this] if first is not None else []) + [join.this for join in select.args.get("joins") or []]
    return {node.alias_or_name.lower(): node for node in nodes
            if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier) and not node.args.get("joins")}


def joined_by_window(select, scope):
    found = set()
    for join in select.args.get("joins") or []:
        for using in join.args.get("using") or []:
            owners = [alias for alias in scope.tables if is_window(scope, alias, using.name.lower())]
            found |= set(owners if len(owners) > 1 else [])
        for equality in join.args["on"].find_all(exp.EQ) if join.args.get("on") else []:
            sides = [owner_of_window(side.unnest(), scope) for side in (equality.left, equality.right)]
            found |= set(sides if all(sides) and sides[0] != sides[1] else [])
    return found


def owner_of_window(node, scope):
    """The table whose window the expression is; None for anything else."""
    if not isinstance(node, exp.Column):
        return None
    owners = [node.table.lower()] if node.table else list(scope.tables)
    return next((alias for alias in owners if is_window(scope, alias, node.name.lower())), None)


def is_window(scope, alias, key):
    _, kind = (scope.tables.get(alias) or {}).get(key, (None, None))
    return (kind is not None and kind.name == "STRUCT" and [name for name, _ in kind.parts] == ["start", "end"]
            and all(part.name in ("TIMESTAMP", "TIMESTAMPTZ") for _, part in kind.parts))


def is_used(select, alias, key):
    for node in select.find_all(exp.Star, exp.Column):
        if isinstance(node, exp.Star):
            if node.parent is select or isinstance(node.parent, exp.Column) and node.parent.table.lower() in ("", alias):
                return True
        elif node.name.lower() == key and node.table.lower() in ("", alias):
            return True
    return False


def without_event_times(table, columns, times):
    """Reads the table by a query in which the times are made of expressions, which Spark takes for no event times."""
    items = []
    for key, (name, _) in columns.items():
        column = exp.column(exp.to_identifier(name))
        items.append(exp.alias_(build("_1 + INTERVAL '0' SECOND", column), exp.to_identifier(name)) if key in times else column)
    alias = exp.to_identifier(table.alias_or_name)
    inner = table.copy()
    inner.set("alias", None)
    table.replace(exp.Subquery(this=exp.Select(expressions=items, from_=exp.From(this=inner)),
                               alias=exp.TableAlias(this=alias)))
