"""DuckDB SQL, as views have it, as Spark SQL."""

from dataclasses import dataclass, field
from typing import Optional

from sqlglot import exp

from ..types import UNKNOWN, Type, duckdb_name, parse_type
from .dialects import read, write
from .queries import Queries
from .unknown_functions import refuse_unknown


@dataclass
class Translated:
    """`sql`: Spark SQL, readable. `notes`: where its answers may differ, in words. `columns`: of the result, with
    DuckDB's types as far as they are understood (UNKNOWN in them otherwise); None when they are not known.

    `functions`: those of the file's own that it calls, in lower case. `distinct`: None unless the outermost SELECT has a DISTINCT, or is a UNION. Spark takes none over a stream, but
    dropDuplicates of `distinct_sql`, which is the SQL without it: by these columns, by all when it is []. Only where
    rows are a stream: over a result in complete mode it would give what an earlier batch did not have.
    """

    sql: str
    notes: list = field(default_factory=list)
    distinct: Optional[list] = None
    distinct_sql: Optional[str] = None
    columns: Optional[list] = None
    functions: set = field(default_factory=set)


def translate(sql, relations, timezone="UTC", columns=None, event_times=(), functions=None):
    """What `sql` is in Spark; Refused with its place for what Spark lacks.

    `relations`: every source, table and view that it may read: name to [(column, DuckDB type)].
    `timezone`: that of Spark's session. `columns`: the names of the result, where they are known: columns that
    have none in the SQL get them. `event_times`: names of columns of the relations that have a watermark: groups by
    date_trunc of one are Spark's windows then, which become final. `functions`: the file's own that the program
    registers: name in lower case to (types of the arguments, type of the result), as DuckDB names them.
    """
    typed = {name: [(column, as_type(kind)) for column, kind in found]
             for name, found in relations.items()}
    tree = read(sql)
    name_columns(tree, columns)
    plain = without_distinct(tree)
    own = {name: ([as_type(kind) for kind in taken], as_type(given)) for name, (taken, given) in (functions or {}).items()}
    queries = Queries(typed, timezone, event_times, own)
    found = queries.query(tree, None)
    refuse_unknown(tree, own)
    quote_names(tree)
    result = Translated(write(tree), queries.notes)
    result.functions = queries.called
    if found is not None:
        result.columns = [(name, duckdb_name(kind)) for name, kind in found]
    if plain is not None:
        result.distinct, inner = plain
        Queries(typed, timezone, event_times, own).query(inner, None)
        quote_names(inner)
        result.distinct_sql = write(inner)
    return result


def as_type(kind):
    if isinstance(kind, Type):
        return kind
    return parse_type(kind) if kind else UNKNOWN


def name_columns(tree, columns):
    """The native names of columns that have none in the SQL."""
    if not isinstance(tree, exp.Select) or columns is None or len(tree.expressions) != len(columns):
        return
    items = tree.expressions
    if any(isinstance(one, exp.Star) or isinstance(getattr(one, "this", None), exp.Star) for one in items):
        return
    for item, name in zip(list(items), columns):
        if not isinstance(item, (exp.Alias, exp.Column)):
            item.replace(exp.alias_(item.copy(), exp.to_identifier(name)))


def quote_names(tree):
    """Spark's names without quotes have the letters of ASCII only."""
    for name in tree.find_all(exp.Identifier):
        if not (name.this.isascii() and name.this.replace("_", "a").isalnum()):
            name.set("quoted", True)


def without_distinct(tree):
    """(names of the columns, the tree without DISTINCT), or None."""
    modified = tree.args.get("order") or tree.args.get("limit")
    if isinstance(tree, exp.Union) and tree.args.get("distinct") and not modified:
        inner = tree.copy()
        side = inner
        while isinstance(side, exp.Union):  # UNION of UNIONs: one deduplication is enough
            side.set("distinct", False)
            side = side.this
        return [], inner
    clause = tree.args.get("distinct") if isinstance(tree, exp.Select) else None
    if clause is None or any(tree.args.get(key) for key in ("group", "having", "qualify", "order", "limit")):
        return None
    names = []
    on = clause.args.get("on")
    for key in on.expressions if on is not None else []:
        shown = key.sql().lower()
        found = [item.alias_or_name for item in tree.expressions
                 if item.alias_or_name.lower() == shown or item.unalias().sql().lower() == shown]
        if not found:
            return None
        names.append(found[0])
    inner = tree.copy()
    inner.set("distinct", None)
    return names, inner


__all__ = ["Translated", "translate"]
