"""Translated expressions with their types, and new ones made from templates."""

from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp

from ..types import UNKNOWN, Type, list_of, parse_type
from .dialects import ToSpark

# What needs brackets as a part of an operator.
LOOSE = (exp.Binary, exp.Not, exp.Neg, exp.Between, exp.In, exp.Is, exp.Case, exp.Lambda)
TIGHT = (exp.Dot, exp.Paren)


@dataclass
class Value:
    """An expression in Spark's words, and the type that it has in DuckDB."""

    node: exp.Expr
    type: Type = UNKNOWN


@lru_cache(maxsize=None)
def parsed(template):
    return sqlglot.parse_one(template, dialect=ToSpark)


def build(template, *nodes):
    """A template's tree; _1, _2 ... are the nodes, in brackets where they need some."""
    tree = parsed(template).copy()
    holders = [column for column in tree.find_all(exp.Column)
               if column.name.startswith("_") and column.name[1:].isdigit()]
    for holder in holders:
        node = nodes[int(holder.name[1:]) - 1].copy()
        if holder is tree:
            return node
        holder.replace(bracketed(node) if is_operator(holder.parent) else node)
    return tree


def is_operator(node):
    operators = (exp.Binary, exp.Unary, exp.Between, exp.In, exp.Is, exp.Bracket)
    return isinstance(node, operators) and not isinstance(node, exp.Paren)


def bracketed(node):
    """In brackets when it is an operator."""
    if isinstance(node, LOOSE) and not isinstance(node, TIGHT):
        return exp.Paren(this=node)
    return node


def call(name, *nodes):
    return exp.Anonymous(this=name, expressions=list(nodes))


def number(value):
    if value < 0:
        return exp.Neg(this=exp.Literal.number(-value))
    return exp.Literal.number(value)


def text(value):
    return exp.Literal.string(value)


def data_type(spark_text):
    """A type that is written as it is."""
    node = exp.DataType(this=exp.DType.UNKNOWN)
    node.meta["spark"] = spark_text
    return node


def cast(node, spark_text, safe=False):
    kind = exp.TryCast if safe else exp.Cast
    return kind(this=node, to=data_type(spark_text))


def literal_text(node):
    """The text of a constant, or None."""
    if isinstance(node, exp.Paren):
        return literal_text(node.this)
    return node.this if isinstance(node, exp.Literal) and node.is_string else None


def literal_int(node):
    """The number of an integer constant, or None."""
    if isinstance(node, exp.Paren):
        return literal_int(node.this)
    if isinstance(node, exp.Neg):
        value = literal_int(node.this)
        return None if value is None else -value
    if isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit():
        return int(node.this)
    return None


def is_nonzero(node):
    """A number that the SQL has and that is not zero."""
    if isinstance(node, (exp.Paren, exp.Neg, exp.Cast)):
        return is_nonzero(node.this)
    return isinstance(node, exp.Literal) and not node.is_string and float(node.this) != 0


def result_type(rule, types):
    """A type from a table's rule: `VARCHAR`, `@1` the first argument's, `@1.e` its element's, `[@1]` a
    list of such."""
    if rule.startswith("["):
        return list_of(result_type(rule[1:-1], types))
    if rule.startswith("@"):
        place, dot, part = rule[1:].partition(".")
        kind = types[int(place) - 1]
        if dot and part == "e":
            return kind.element
        if dot and kind.name == "MAP":
            return kind.parts[0 if part == "k" else 1]
        return UNKNOWN if dot else kind
    return UNKNOWN if rule == "?" else parse_type(rule)


# The order in which types win when two meet.
RANK = ("BOOLEAN", "TINYINT", "UTINYINT", "SMALLINT", "USMALLINT", "INTEGER", "UINTEGER", "BIGINT", "UBIGINT",
        "HUGEINT", "UHUGEINT", "DECIMAL", "FLOAT", "DOUBLE")
TIME_RANK = ("DATE", "TIMESTAMP", "TIMESTAMPTZ")
INTEGER_DIGITS = {"TINYINT": 3, "UTINYINT": 3, "SMALLINT": 5, "USMALLINT": 5, "INTEGER": 10, "UINTEGER": 10,
                  "BIGINT": 19, "UBIGINT": 20}


def common(types):
    """The type that all of these become in one column."""
    found = UNKNOWN
    for kind in types:
        if kind.name in ("NULL", "UNKNOWN"):
            if kind.name == "UNKNOWN":
                return UNKNOWN
            continue
        found = kind if found == UNKNOWN else both(found, kind)
    return found


def as_one_type(values):
    """The nodes; numbers beside texts are texts in DuckDB, while Spark makes numbers of the texts."""
    texts = [one for one in values if one.type.name == "VARCHAR" and literal_text(one.node) is None]
    if not texts:
        return [one.node for one in values]
    return [cast(one.node.copy(), "STRING") if one.type.is_number else one.node for one in values]


def both(left, right):
    if left == right:
        return left
    if left.name == right.name == "DECIMAL":
        scale = max(left.parts[1], right.parts[1])
        whole = max(left.parts[0] - left.parts[1], right.parts[0] - right.parts[1])
        return Type("DECIMAL", (min(whole + scale, 38), scale))
    for order in (RANK, TIME_RANK):
        if left.name in order and right.name in order:
            greater = max(left, right, key=lambda kind: order.index(kind.name))
            lesser = right if greater is left else left
            if greater.name == "DECIMAL" and lesser.name in INTEGER_DIGITS:
                width, scale = greater.parts
                return Type("DECIMAL", (min(max(width - scale, INTEGER_DIGITS[lesser.name]) + scale, 38), scale))
            return greater
    if left.name == right.name == "LIST":
        return list_of(both(left.element, right.element))
    if "VARCHAR" in (left.name, right.name):
        other = right if left.name == "VARCHAR" else left
        return other if other.name in TIME_RANK else Type("VARCHAR")
    return UNKNOWN
