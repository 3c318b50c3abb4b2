"""Values of both engines made comparable: one Python form per Spark type, and what counts as equal."""

import datetime
import math
import re
from decimal import Decimal

RELATIVE_TOLERANCE = 1e-9


# ---- Spark's names of types: "bigint", "struct<start:timestamp,end:timestamp>", "array<int>"

def children(kind):
    """The inside of array<...>, map<...>, struct<...>, cut at the commas of its own level."""
    inside, depth, parts = kind[kind.index("<") + 1:-1], 0, [""]
    for letter in inside:
        depth += (letter in "<(") - (letter in ">)")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def fields(kind):
    return [part.split(":", 1) for part in children(kind)]


# ---- writing: what record.py puts into a recording (JSON's types only)

def to_json(value):
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return value.hex()
    if hasattr(value, "asDict"):
        return {name: to_json(part) for name, part in zip(value.__fields__, value)}
    if isinstance(value, dict):
        return sorted(([to_json(key), to_json(part)] for key, part in value.items()), key=repr)
    if isinstance(value, (list, tuple)):
        return [to_json(part) for part in value]
    raise TypeError(f"no form for {type(value)}: {value!r}")


# ---- reading: a recorded value, of its column's type

def from_json(value, kind):
    if value is None:
        return None
    if kind.startswith("decimal"):
        return Decimal(value)
    if kind in ("double", "float"):
        return float(value)
    if kind.startswith("array<"):
        return [from_json(part, children(kind)[0]) for part in value]
    if kind.startswith("map<"):
        key, part = children(kind)
        return {from_json(k, key): from_json(p, part) for k, p in value}
    if kind.startswith("struct<"):
        return {name: from_json(value[name], part) for name, part in fields(kind)}
    return value


# ---- what sluice wrote: pyarrow's values, or the console's texts

def from_arrow(value):
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: from_arrow(part) for name, part in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(part, tuple) for part in value):  # a map
            return {from_arrow(key): from_arrow(part) for key, part in value}
        return [from_arrow(part) for part in value]
    return value


def from_text(text, kind):
    """A cell of the console; only for types whose text is plain to read."""
    if text == "NULL":
        return None
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    if kind in ("tinyint", "smallint", "int", "bigint"):
        return int(text)
    if kind in ("double", "float"):
        return float(text)
    if kind.startswith("decimal"):
        return Decimal(text)
    if kind.startswith("timestamp"):
        whole, dot, fraction = text.partition(".")
        return whole + dot + (fraction.ljust(6, "0") if fraction else "")
    if kind.startswith("array<"):
        inside = text[1:-1]
        return [from_text(part, children(kind)[0]) for part in inside.split(", ")] if inside else []
    if kind.startswith("struct<"):
        parts = text[1:-1].split(", ")
        return {name: from_text(part, inner) for part, (name, inner) in zip(parts, fields(kind))}
    return text


# ---- equality

def same(expected, got):
    if expected is None or got is None:
        return expected is None and got is None
    if isinstance(expected, dict) and isinstance(got, dict):
        if isinstance(next(iter(expected), None), str):
            expected = {str(key).lower(): part for key, part in expected.items()}
            got = {str(key).lower(): part for key, part in got.items()}
        return expected.keys() == got.keys() and all(same(expected[k], got[k]) for k in expected)
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(same, expected, got))
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, float) or isinstance(got, float):
        return same_double(expected, got)
    number = (int, Decimal)
    if isinstance(expected, number) != isinstance(got, number):
        return False
    return expected == got


def same_double(expected, got):
    try:
        expected, got = float(expected), float(got)
    except (TypeError, ValueError):
        return False
    if math.isnan(expected) or math.isnan(got):
        return math.isnan(expected) and math.isnan(got)
    return math.isclose(expected, got, rel_tol=RELATIVE_TOLERANCE)


def difference(expected, got):
    """Rows of the one and not of the other, as multisets: (missing, too many)."""
    missing, rest = [], list(got)
    for row in expected:
        for place, other in enumerate(rest):
            if len(row) == len(other) and all(map(same, row, other)):
                del rest[place]
                break
        else:
            missing.append(row)
    return missing, rest


def shown(row):
    return " | ".join(re.sub(r"datetime\.\w+|Decimal", "", repr(cell)) for cell in row)
