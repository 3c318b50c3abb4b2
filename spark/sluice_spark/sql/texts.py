"""Functions of texts; regular expressions."""

import re

from sqlglot import exp

from ..types import Type, list_of
from .dialects import refuse
from .registry import special
from .values import Value, build, call, cast, literal_int, literal_text, number, text

VARCHAR, BOOLEAN = Type("VARCHAR"), Type("BOOLEAN")
FLAGS = {"i": "i", "s": "s", "m": "m", "n": "m"}


@special("concat")
def concat(context, node, arguments):
    """DuckDB's leaves NULLs out; Spark's concat is NULL then."""
    kinds = {one.type.name for one in arguments}
    nodes = [one.node for one in arguments]
    if "LIST" in kinds:
        return Value(call("concat", *nodes), arguments[0].type)
    if all(isinstance(one, exp.Literal) for one in nodes):
        return Value(call("concat", *nodes), VARCHAR)
    return Value(call("concat_ws", text(""), *nodes), VARCHAR)


@special("length", "len", "char_length", "character_length")
def length(context, node, arguments):
    value = arguments[0]
    if value.type.name == "LIST":
        return Value(call("size", value.node), Type("BIGINT"))
    if value.type.name == "UNKNOWN" and node.name.lower() == "len":
        refuse(node, "len of a value whose type is not known: write size(list) or length(text)")
    return Value(call("length", value.node), Type("BIGINT"))


@special("substring", "substr")
def substring(context, node, arguments):
    """In DuckDB place 0 is one before the first letter, in Spark the first."""
    value, start, *rest = arguments
    kind = value.type if value.type.name == "BLOB" else VARCHAR
    nodes = [value.node, start.node, *(one.node for one in rest)]
    place = literal_int(start.node)
    if place is None:
        context.note("substring(s, 0, n) has n letters in Spark, n - 1 in DuckDB")
    if place == 0 and rest:
        count = literal_int(rest[0].node)
        if count is not None:
            return Value(call("substring", value.node, number(1), number(max(count - 1, 0))), kind)
        return Value(build("substring(_1, 1, _2 - 1)", value.node, rest[0].node), kind)
    return Value(call("substring", *nodes), kind)


@special("left", "right")
def side(context, node, arguments):
    value, count = arguments
    name, places = node.name.lower(), literal_int(count.node)
    kind = value.type if value.type.name == "BLOB" else VARCHAR
    if places is not None and places < 0:
        if name == "right":
            return Value(call("substring", value.node, number(1 - places)), kind)
        return Value(build("substring(_1, 1, greatest(length(_1) - _2, 0))", value.node, number(-places)), kind)
    if kind.name == "BLOB" and name == "left":
        return Value(call("substring", value.node, number(1), count.node), kind)
    return Value(call(name, value.node, count.node), kind)


@special("split", "string_split", "str_split", "string_to_array")
def split(context, node, arguments):
    """By a text; Spark's goes by a pattern."""
    value, separator = arguments
    written = literal_text(separator.node)
    if written is None:
        pattern = build(r"concat('\\Q', _1, '\\E')", separator.node)
    else:
        pattern = text(re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", written))
    return Value(call("split", value.node, pattern), list_of(VARCHAR))


@special("regexp_split_to_array", "str_split_regex", "string_split_regex")
def split_by_pattern(context, node, arguments):
    return Value(call("split", *(one.node for one in arguments)), list_of(VARCHAR))


@special("regexp_matches")
def matches(context, node, arguments):
    return Value(build("_1 RLIKE _2", arguments[0].node, with_flags(node, arguments, 2)), BOOLEAN)


@special("regexp_extract")
def extract(context, node, arguments):
    group = arguments[2].node if len(arguments) > 2 else number(0)
    if len(arguments) > 2 and literal_int(group) is None:
        refuse(node, "regexp_extract with names of groups is not possible on the Spark engine: extract them one by one")
    return Value(call("regexp_extract", arguments[0].node, with_flags(node, arguments, 3), group), VARCHAR)


@special("regexp_extract_all")
def extract_all(context, node, arguments):
    group = arguments[2].node if len(arguments) > 2 else number(0)
    return Value(call("regexp_extract_all", arguments[0].node, with_flags(node, arguments, 3), group),
                 list_of(VARCHAR))


@special("regexp_replace")
def replace(context, node, arguments):
    """The first match unless the options have a g; Spark's replaces all."""
    value, pattern, replacement = (one.node for one in arguments[:3])
    options = literal_text(arguments[3].node) if len(arguments) > 3 else ""
    written, made = literal_text(pattern), literal_text(replacement)
    if made is None or options is None:
        refuse(node, "the replacement and the options of regexp_replace must be constants on the Spark engine")
    pattern = with_flags(node, arguments, 3)
    if "g" not in options:
        return Value(first_replaced(node, value, pattern, written, made), VARCHAR)
    return Value(call("regexp_replace", value, pattern, text(java_replacement(made))), VARCHAR)


def java_replacement(written, shift=0):
    r"""\1 as $1, and a dollar as itself."""
    return re.sub(r"\\(\d)|([$])|\\\\",
                  lambda at: f"${int(at[1]) + shift}" if at[1] else r"\$" if at[2] else r"\\\\", written)


def first_replaced(node, value, pattern, written, made):
    """Everything before the first match is a group of its own, and comes back."""
    shown = literal_text(pattern)
    if written is None or shown is None or re.search(r"\\\d|\\b|\^", written):
        refuse(node, "regexp_replace without the option 'g' replaces the first match only, which Spark cannot: "
                     "write regexp_replace(s, pattern, text, 'g')")
    return call("regexp_replace", value, text(f"(?s)^(.*?)(?:{shown})"), text("$1" + java_replacement(made, shift=1)))


def with_flags(node, arguments, place):
    """The pattern, with options such as 'i' inside of it."""
    pattern = arguments[1].node
    if len(arguments) <= place:
        return pattern
    options = literal_text(arguments[place].node)
    if options is None:
        refuse(node, "the options of a regular expression must be a constant on the Spark engine")
    flags = "".join(FLAGS[one] for one in options if one in FLAGS)
    if not flags:
        return pattern
    written = literal_text(pattern)
    if written is not None:
        return text(f"(?{flags}){written}")
    return build("concat(_1, _2)", text(f"(?{flags})"), pattern)


@special("format")
def formatted(context, node, arguments):
    """format('{}: {:.2f}', a, b) as format_string('%s: %.2f', a, b)."""
    written = literal_text(arguments[0].node)
    if written is None:
        refuse(node, "the first argument of format must be a constant on the Spark engine")
    if "{{" in written or "}}" in written:
        refuse(node, "format with {{ is not possible on the Spark engine: write format_string")
    nodes = [one.node for one in arguments[1:]]
    count = 0

    def java(match):
        nonlocal count
        count += 1
        inside = match[1].lstrip(":")
        if not inside:
            return "%s"
        if re.fullmatch(r",?(0?\d*)(\.\d+)?[dfs]?", inside):
            return "%" + inside + ("" if inside[-1] in "dfs" else "f" if "." in inside else "d")
        refuse(node, f"format's {{{match[1]}}} is not possible on the Spark engine: write format_string")

    pattern = re.sub(r"\{([^}]*)\}", java, written.replace("%", "%%"))
    return null_or(call("format_string", text(pattern), *nodes), nodes)


@special("printf", "format_string")
def printed(context, node, arguments):
    nodes = [one.node for one in arguments]
    return null_or(call("format_string", *nodes), nodes)


def null_or(made, nodes):
    """DuckDB's is NULL where an argument is, Spark writes null."""
    missing = [build("_1 IS NULL", one) for one in nodes if not isinstance(one, exp.Literal)]
    if not missing:
        return Value(made, VARCHAR)
    condition = missing[0]
    for one in missing[1:]:
        condition = exp.Or(this=condition, expression=one)
    return Value(call("if", condition, exp.Null(), made), VARCHAR)


@special("levenshtein", "editdist3")
def levenshtein(context, node, arguments):
    context.note("levenshtein counts letters in Spark, bytes in DuckDB")
    return Value(call("levenshtein", *(one.node for one in arguments)), Type("BIGINT"))


@special("string", "to_varchar")
def as_text(context, node, arguments):
    return Value(cast(arguments[0].node, "STRING"), VARCHAR)
