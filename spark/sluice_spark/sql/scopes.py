"""Which names an expression may use, and their types."""

from ..types import UNKNOWN


class Scope:
    """The tables of one SELECT, in the order of FROM. Beyond it are those of the query around."""

    def __init__(self, outer=None):
        self.outer = outer
        self.tables = {}  # alias in lower case -> {column in lower case: (name, Type)}, or None: unknown
        self.queries = {}  # WITH: name in lower case -> [(name, Type)]
        self.locals = {}  # parameters of lambdas, in lower case -> Type
        self.aliases = {}  # of the select list, in lower case -> (untranslated node, Type)
        self.hidden = set()  # (table, column): the right side's columns of USING

    def add(self, alias, columns):
        self.tables[alias.lower()] = (None if columns is None else
                                      {name.lower(): (name, kind) for name, kind in columns})

    def inner(self):
        return Scope(self)

    def with_locals(self, names):
        """For the body of a lambda."""
        inside = Scope(self)
        inside.locals = {name.lower(): kind for name, kind in names.items()}
        return inside

    def query(self, name):
        """The columns of a WITH query, or None."""
        if name.lower() in self.queries:
            return self.queries[name.lower()]
        return self.outer.query(name) if self.outer else None

    def find(self, parts):
        """The type of a name of one part or more, or None when no table has it."""
        first = parts[0].lower()
        if first in self.locals:
            return fields(self.locals[first], parts[1:])
        if len(parts) > 1 and first in self.tables:
            columns = self.tables[first]
            if columns is None:
                return UNKNOWN
            if parts[1].lower() in columns:
                return fields(columns[parts[1].lower()][1], parts[2:])
            if not any(first in (other or {}) for other in self.tables.values()):
                return None
        unknown = False
        for columns in self.tables.values():
            if columns is None:
                unknown = True
            elif first in columns:
                return fields(columns[first][1], parts[1:])
        if unknown:
            return UNKNOWN
        if first in self.tables and len(parts) == 1:  # a row as a STRUCT
            return UNKNOWN
        return self.outer.find(parts) if self.outer else None

    def is_row(self, name):
        """A table's name, where no column is named so: its rows as STRUCTs."""
        return name.lower() in self.tables and not any(
            columns is None or name.lower() in columns for columns in self.tables.values())

    def declared(self, parts):
        """A column's name as its table has it; the last part where no table is known to have it."""
        for alias, columns in self.tables.items():
            name = parts[-1].lower()
            if columns and name in columns and (len(parts) == 1 or parts[0].lower() == alias):
                return columns[name][0]
        return parts[-1]

    def columns(self, table=None):
        """What * stands for: [(table, name, Type)], or None when a table's columns are not known."""
        found = []
        for alias, columns in self.tables.items():
            if table is not None and alias != table.lower():
                continue
            if columns is None:
                return None
            found += [(alias, name, kind) for key, (name, kind) in columns.items()
                      if table is not None or (alias, key) not in self.hidden]
        return found


def fields(kind, names):
    for name in names:
        kind = kind.field(name)
    return kind
