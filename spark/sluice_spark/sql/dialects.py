"""DuckDB's SQL is read, and Spark's written, by sqlglot: its syntax only. What a function means is looked
up in our own tables, by the name that is written in the SQL; sqlglot does not look at names of functions."""

import sqlglot
from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark
from sqlglot.errors import ParseError, TokenError
from sqlglot.generators.spark import SparkGenerator
from sqlglot.tokens import TokenType

from ..errors import Refused
from .layout import compact

# Functions with a grammar of their own.
WITH_WORDS = ("CAST", "TRY_CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "OVERLAY")
CONSTANTS = ("DATE", "TIMESTAMP_NTZ", "TIMESTAMP")


def arrow(name):
    return lambda self, this, path: exp.Anonymous(this=name, expressions=[this, path])


class FromDuckDB(DuckDB):
    """Every function is an exp.Anonymous; `window` is a name like others unless a WINDOW clause begins."""

    INDEX_OFFSET = 0

    class Tokenizer(DuckDB.Tokenizer):
        def tokenize(self, sql):
            tokens = super().tokenize(sql)
            for place, token in enumerate(tokens):
                following = [one.token_type for one in tokens[place + 1:place + 4]]
                if token.token_type == TokenType.WINDOW and following[1:] != [TokenType.ALIAS,
                                                                              TokenType.L_PAREN]:
                    token.token_type = TokenType.VAR
            return tokens

    class Parser(DuckDB.Parser):
        FUNCTIONS = {}
        FUNCTION_PARSERS = {name: parser for name, parser in DuckDB.Parser.FUNCTION_PARSERS.items()
                            if name in WITH_WORDS}
        COLUMN_OPERATORS = {**DuckDB.Parser.COLUMN_OPERATORS, TokenType.ARROW: arrow("->"),
                            TokenType.DARROW: arrow("->>")}


class ToSpark(Spark):
    """Writes what is there: names of functions stay as they are. Templates are read by it, too."""

    INDEX_OFFSET = 0

    class Parser(Spark.Parser):
        STRICT_CAST = True
        FUNCTIONS = {}
        FUNCTION_PARSERS = {name: parser for name, parser in Spark.Parser.FUNCTION_PARSERS.items()
                            if name in ("CAST", "TRY_CAST", "EXTRACT")}

    class Generator(SparkGenerator):
        TRANSFORMS = {
            **SparkGenerator.TRANSFORMS,
            exp.Select: lambda self, node: self.select_sql(node),
            exp.Cast: lambda self, node: self.cast_sql(node),
            exp.TryCast: lambda self, node: self.trycast_sql(node),
            exp.Alias: lambda self, node: self.alias_sql(node),
            exp.Anonymous: lambda self, node: self.call_sql(node),
            exp.Lambda: lambda self, node: self.arrow_sql(node),
            exp.Interval: lambda self, node: self.span_sql(node),
            exp.If: lambda self, node: self.func("if", node.this, node.args.get("true"), node.args.get("false"),
                                                 normalize=False),
            exp.WithinGroup: lambda self, node: self.ordered_sql_of(node),
            exp.Not: lambda self, node: self.negation_sql(node),
            exp.Filter: lambda self, node: self.condition_sql(node),
        }

        def call_sql(self, node):
            return self.func(self.sql(node, "this").lower(), *node.expressions, normalize=False)

        def arrow_sql(self, node):
            names = ", ".join(self.sql(one) for one in node.expressions)
            names = f"({names})" if len(node.expressions) != 1 else names
            return f"{names} -> {self.sql(node, 'this')}"

        def span_sql(self, node):
            unit = self.sql(node, "unit")
            return f"INTERVAL {self.sql(node, 'this')}" + (f" {unit}" if unit else "")

        def negation_sql(self, node):
            """x IS NOT NULL, NOT IN, NOT LIKE and NOT BETWEEN, as one writes them."""
            inner = node.this
            words = {exp.Is: " IS ", exp.In: " IN ", exp.Like: " LIKE ", exp.ILike: " ILIKE ", exp.Between: " BETWEEN "}
            for kind, word in words.items():
                if type(inner) is kind:
                    left, found, right = self.sql(inner).partition(word)
                    if found and left == self.sql(inner, "this"):
                        return f"{left} IS NOT {right}" if kind is exp.Is else f"{left} NOT{word}{right}"
            return self.not_sql(node)

        def paren_sql(self, node):
            inner = self.sql(node, "this")
            return super().paren_sql(node) if "\n" in inner else f"({inner})"

        def condition_sql(self, node):
            return f"{self.sql(node, 'this')} FILTER (WHERE {self.sql(node.expression, 'this')})"

        def cast_sql(self, node, safe_prefix=None):
            """A constant as DATE '2024-01-01'."""
            kind, value = self.sql(node, "to"), node.this
            if type(node) is exp.Cast and isinstance(value, exp.Literal) and value.is_string and kind in CONSTANTS:
                return f"{kind} {self.sql(value)}"
            return super().cast_sql(node, safe_prefix)

        def ordered_sql_of(self, node):
            order = ", ".join(self.sql(one) for one in node.expression.expressions)
            return f"{self.sql(node, 'this')} WITHIN GROUP (ORDER BY {order})"

        def datatype_sql(self, node):
            return node.meta.get("spark") or super().datatype_sql(node)


def read(sql):
    """The tree of one SELECT."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect=FromDuckDB) if tree is not None]
    except (ParseError, TokenError) as error:
        place = error.errors[0] if getattr(error, "errors", None) else {}
        raise Refused("the Spark engine cannot read this SQL: "
                      + (place.get("description") or str(error).splitlines()[0]),
                      place.get("line") or 1, place_of_error(place)) from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Query):
        raise Refused("a view is one SELECT")
    return trees[0]


def place_of_error(place):
    """The column; sqlglot's is that of the last character."""
    return max((place.get("col") or 1) - max(len(place.get("highlight") or ""), 1) + 1, 1)


def write(tree):
    """Spark SQL, a clause a line."""
    return compact(tree.sql(dialect=ToSpark, pretty=True, normalize_functions=False, max_text_width=100,
                            unsupported_level=sqlglot.ErrorLevel.IGNORE))


def shown(node, dialect):
    """On one line, for names and comparisons."""
    return node.sql(dialect=dialect, normalize_functions=False, unsupported_level=sqlglot.ErrorLevel.IGNORE)


def place_of(node):
    """Line and column of a node, from its first part that sqlglot knows the place of."""
    for part in node.walk(bfs=False):
        if "line" in part.meta:
            # sqlglot's column is that of the last character.
            length = part.meta["end"] - part.meta["start"] + 1
            return part.meta["line"], max(part.meta["col"] - length + 1, 1)
    if node.parent is not None:
        return place_of(node.parent)
    return 1, 1


def refuse(node, message):
    line, column = place_of(node)
    raise Refused(message, line, column)
