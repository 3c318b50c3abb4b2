"""DuckDB's patterns of times (%Y-%m-%d) as Spark's (yyyy-MM-dd)."""

import re

from .dialects import refuse
from .values import literal_text

FORMATTING = {
    "Y": "yyyy", "y": "yy", "m": "MM", "-m": "M", "d": "dd", "-d": "d", "H": "HH", "-H": "H", "I": "hh", "-I": "h",
    "M": "mm", "-M": "m", "S": "ss", "-S": "s", "f": "SSSSSS", "g": "SSS", "p": "a", "b": "MMM", "h": "MMM",
    "B": "MMMM", "a": "EEE", "A": "EEEE", "j": "DDD", "-j": "D", "Z": "VV", "%": "%",
    "F": "yyyy-MM-dd", "T": "HH:mm:ss", "X": "HH:mm:ss", "x": "yyyy-MM-dd", "c": "yyyy-MM-dd HH:mm:ss", "D": "MM/dd/yy",
    "R": "HH:mm",
}
# strptime takes one digit or two.
PARSING = {**FORMATTING, "m": "M", "d": "d", "H": "H", "I": "h", "M": "m", "S": "s", "f": "SSSSSS",
           "z": "[XXX][XX][X]"}
for _name in ("a", "A", "Z"):
    del PARSING[_name]


def java_pattern(node, pattern, parsing):
    """Refused for what is not a constant, and for signs that Spark's patterns lack."""
    written = literal_text(pattern)
    if written is None:
        refuse(node, f"the pattern of {node.name.lower()} must be a constant on the Spark engine")
    table = PARSING if parsing else FORMATTING
    made, parts = "", re.findall(r"%(-?.)|([^%]+)", written)
    for place, (sign, plain) in enumerate(parts):
        # Digits that follow each other are as many as their letters.
        beside = any(sign and parts[other][0] for other in (place - 1, place + 1) if 0 <= other < len(parts))
        if plain:
            made += re.sub("[A-Za-z']+", lambda at: "'" + at[0].replace("'", "''") + "'", plain)
        elif sign in table:
            made += (FORMATTING if beside and sign in FORMATTING else table)[sign]
        else:
            refuse(node, f"%{sign} in the pattern of a time is not possible on the Spark engine")
    return made
