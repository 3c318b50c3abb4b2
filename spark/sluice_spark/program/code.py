"""Python as text: names, literals, calls in chains, blocks."""

import keyword
import re
import textwrap

WIDTH = 100


def identifier(name):
    """A name of the file as a name in Python."""
    made = re.sub(r"\W", "_", name, flags=re.ASCII)
    if not made or made[0].isdigit() or keyword.iskeyword(made):
        made = "_" + made
    return made


def constant(name):
    """A name of the file as a constant in Python."""
    return identifier(name).upper()


def literal(value):
    """A text, number or boolean as Python has it, with double quotes where they do."""
    if not isinstance(value, str):
        return repr(value)
    if all(letter.isprintable() for letter in value) and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return repr(value)


def sql_literal(text):
    """A literal of SQL, in pieces, a line each, where it is long."""
    if len(text) < WIDTH - 14:
        return literal(text)
    return "\n".join(map(literal, re.split(r"(?<= )(?=THEN |ELSE )", text)))


def indent(text, depth=1):
    return textwrap.indent(text, "    " * depth)


def chain(start, calls):
    """`spark.readStream` and `.format("kafka")` ... as one expression: in a line where it fits, else in
    parentheses, a call a line."""
    if start.startswith("(\n") and start.endswith("\n)"):
        start = textwrap.dedent(start[2:-2])  # one pair of parentheses is enough
    line = start + "".join(calls)
    if len(line) < WIDTH - 20 and "\n" not in line and len(calls) < 4:
        return line
    return "(\n" + indent("\n".join([start, *calls])) + "\n)"


def options(pairs):
    """A chain's calls, of (name, expression)."""
    return [f".option({literal(name)}, {value})" for name, value in pairs]


def sql(text):
    """SQL as a literal over several lines, as deep as a call's argument."""
    text = text.strip()
    if "\n" not in text and len(text) < WIDTH - 30 and '"' not in text and "\\" not in text:
        return f'"{text}"'
    raw = "r" if "\\" in text else ""
    body = text.replace('"""', '""\\"') if not raw else text
    return f'{raw}"""\n{indent(body)}\n"""'


def listing(items, start, end):
    """`[a, b]`, in several lines where it is too long for one."""
    line = start + ", ".join(items) + end
    if len(line) < WIDTH - 24 and not any("\n" in item for item in items):
        return line
    return start + "\n" + "".join(indent(item) + ",\n" for item in items) + end


def function(name, parameters, documentation, body, returns=None):
    """A function's whole text."""
    arrow = f" -> {returns}" if returns else " -> None"
    lines = textwrap.wrap(documentation, WIDTH - 8, break_long_words=False)
    words = "\n".join(lines) + ("\n" if len(lines) > 1 else "")
    return f'def {name}({parameters}){arrow}:\n' + indent(f'"""{words}"""\n{body}\n')


def sentence(text):
    """For a docstring: no quotes or backslashes that would end or change it."""
    return text.replace("\\", "/").replace('"""', "'''").rstrip('"')
