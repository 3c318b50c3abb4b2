"""DuckDB's types, and what they are in Spark."""

from dataclasses import dataclass

from .errors import Refused

# A TIMESTAMP has no zone: Spark's TIMESTAMP_NTZ. An instant is a TIMESTAMPTZ: Spark's TIMESTAMP. But withWatermark
# takes instants only: a column of event time is cast to EVENT_TIME first, in the session's zone. What translate()
# makes of a TIMESTAMP suits both.
EVENT_TIME = "TIMESTAMP"
SPARK_NAMES = {
    "BOOLEAN": "BOOLEAN",
    "TINYINT": "TINYINT",
    "SMALLINT": "SMALLINT",
    "INTEGER": "INT",
    "BIGINT": "BIGINT",
    "HUGEINT": "DECIMAL(38, 0)",
    "UTINYINT": "SMALLINT",
    "USMALLINT": "INT",
    "UINTEGER": "BIGINT",
    "UBIGINT": "DECIMAL(20, 0)",
    "UHUGEINT": "DECIMAL(38, 0)",
    "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE",
    "VARCHAR": "STRING",
    "JSON": "STRING",
    "UUID": "STRING",
    "ENUM": "STRING",
    "BLOB": "BINARY",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP_NTZ",
    "TIMESTAMPTZ": "TIMESTAMP",
    "VARIANT": "VARIANT",
    "NULL": "VOID",
}
# Other names of the same types.
ALIASES = {
    "BOOL": "BOOLEAN", "LOGICAL": "BOOLEAN",
    "INT1": "TINYINT", "INT2": "SMALLINT", "SHORT": "SMALLINT", "INT16": "SMALLINT",
    "INT": "INTEGER", "INT4": "INTEGER", "SIGNED": "INTEGER", "INT32": "INTEGER",
    "INT8": "BIGINT", "LONG": "BIGINT", "INT64": "BIGINT", "OID": "BIGINT", "INT128": "HUGEINT",
    "UINT8": "UTINYINT", "UINT16": "USMALLINT", "UINT32": "UINTEGER", "UINT64": "UBIGINT",
    "UINT128": "UHUGEINT",
    "REAL": "FLOAT", "FLOAT4": "FLOAT", "FLOAT8": "DOUBLE", "NUMERIC": "DECIMAL", "DEC": "DECIMAL",
    "TEXT": "VARCHAR", "STRING": "VARCHAR", "CHAR": "VARCHAR", "BPCHAR": "VARCHAR", "NVARCHAR": "VARCHAR",
    "BYTEA": "BLOB", "BINARY": "BLOB", "VARBINARY": "BLOB",
    "DATETIME": "TIMESTAMP", "TIMESTAMP_S": "TIMESTAMP", "TIMESTAMP_MS": "TIMESTAMP",
    "TIMESTAMP_NS": "TIMESTAMP", "TIMESTAMP_US": "TIMESTAMP",
    "TIMESTAMP WITHOUT TIME ZONE": "TIMESTAMP", "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ",
}
INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
            "UBIGINT", "UHUGEINT"}
FLOATS = {"FLOAT", "DOUBLE"}
TEXTS = {"VARCHAR", "JSON", "UUID", "ENUM"}
TIMES = {"DATE", "TIMESTAMP", "TIMESTAMPTZ"}


@dataclass(frozen=True)
class Type:
    """A type of DuckDB's. `parts`: of a DECIMAL its width and scale, of a LIST its element, of a MAP key
    and value, of a STRUCT pairs of name and Type. UNKNOWN is the type of what is not understood."""

    name: str
    parts: tuple = ()

    def field(self, name):
        """The type of a STRUCT's field; UNKNOWN when there is none."""
        if self.name == "STRUCT":
            for field, kind in self.parts:
                if field.lower() == name.lower():
                    return kind
        return UNKNOWN

    @property
    def element(self):
        return self.parts[0] if self.name == "LIST" else UNKNOWN

    @property
    def is_integer(self):
        return self.name in INTEGERS

    @property
    def is_number(self):
        return self.name in INTEGERS or self.name in FLOATS or self.name == "DECIMAL"


UNKNOWN = Type("UNKNOWN")


def list_of(element):
    return Type("LIST", (element,))


def spark_type(duckdb_type):
    """`INTEGER[]` as `ARRAY<INT>`; Refused for what Spark has no type for."""
    return spark_name(parse_type(duckdb_type))


def spark_name(kind):
    """The same, of a Type."""
    if kind.name == "DECIMAL":
        width, scale = kind.parts or (18, 3)
        return f"DECIMAL({width}, {scale})"
    if kind.name == "LIST":
        return f"ARRAY<{spark_name(kind.parts[0])}>"
    if kind.name == "MAP":
        return f"MAP<{spark_name(kind.parts[0])}, {spark_name(kind.parts[1])}>"
    if kind.name == "STRUCT":
        fields = (f"{quoted(name)}: {spark_name(part)}" for name, part in kind.parts)
        return "STRUCT<" + ", ".join(fields) + ">"
    if kind.name not in SPARK_NAMES:
        raise Refused(f"Spark has no type {kind.name}; cast it to VARCHAR or to a number first")
    return SPARK_NAMES[kind.name]


def duckdb_name(kind):
    """A Type as DuckDB writes it."""
    if kind.name == "DECIMAL":
        return f"DECIMAL({kind.parts[0]},{kind.parts[1]})"
    if kind.name == "LIST":
        return duckdb_name(kind.parts[0]) + "[]"
    if kind.name == "MAP":
        return f"MAP({duckdb_name(kind.parts[0])}, {duckdb_name(kind.parts[1])})"
    if kind.name == "STRUCT":
        fields = ('"' + name.replace('"', '""') + f'" {duckdb_name(part)}' for name, part in kind.parts)
        return "STRUCT(" + ", ".join(fields) + ")"
    return kind.name


def quoted(name):
    """A name as Spark SQL takes it, in backticks where it must be."""
    plain = name.replace("_", "a").isalnum() and name.isascii() and not name[0].isdigit()
    return name if plain else "`" + name.replace("`", "``") + "`"


def parse_type(text):
    """A Type of DuckDB's name for it, such as `STRUCT(a INTEGER, "b c" VARCHAR[])`."""
    text = text.strip()
    if text.endswith("]") and "[" in text:
        return list_of(parse_type(text[:text.rindex("[")]))
    name, opened, inside = text.partition("(")
    name = " ".join(name.upper().split())
    if name.startswith("TIMESTAMP") and opened:  # TIMESTAMP(6) WITH TIME ZONE
        name, opened = " ".join(f"{name} {inside.partition(')')[2].upper()}".split()), ""
    name = ALIASES.get(name, name)
    if not opened:
        return Type(name, (18, 3) if name == "DECIMAL" else ())
    parts = split(inside[:inside.rindex(")")])
    if name == "DECIMAL":
        return Type(name, (int(parts[0]), int(parts[1]) if len(parts) > 1 else 0))
    if name == "MAP":
        return Type(name, tuple(map(parse_type, parts)))
    if name in ("STRUCT", "ROW"):
        return Type("STRUCT", tuple(map(parse_field, parts)))
    return Type(name)


def parse_field(text):
    text = text.strip()
    if text.startswith('"'):
        end = text.replace('""', "  ").index('"', 1)
        return text[1:end].replace('""', '"'), parse_type(text[end + 1:])
    name, _, kind = text.partition(" ")
    return name, parse_type(kind)


def split(text):
    """At the commas outside brackets and quotes."""
    depth, in_quotes, parts = 0, False, [""]
    for letter in text:
        in_quotes ^= letter == '"'
        if not in_quotes:
            depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0 and not in_quotes:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
