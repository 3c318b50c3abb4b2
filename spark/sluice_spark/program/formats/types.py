"""Columns of a record: the type that Spark's readers take, and the way from there to the column's own."""

from ...types import parse_type, quoted, spark_type

# Texts of times, each with or without an offset; none means UTC. Up to nine digits of a fraction.
TIME = "HH:mm[:ss[.SSSSSSSSS]]"
TIMESTAMP_LAYOUT = f"yyyy-MM-dd['T'{TIME}][' '{TIME}][XXX][XX][X]"
UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
RANGES = {"TINYINT": (-128, 127), "UTINYINT": (0, 255), "USMALLINT": (0, 65535), "UINTEGER": (0, 4294967295)}


def read_type(duckdb_type):
    """The type to read a column with: instants for times without a zone, too, since their texts may have
    an offset; SMALLINT for TINYINT, which Spark's reader lets wrap around."""
    if parse_type(duckdb_type).name == "TINYINT":
        return "SMALLINT"
    return spark_type(duckdb_type).replace("TIMESTAMP_NTZ", "TIMESTAMP")


def as_column(context, name, duckdb_type, record="record"):
    """SQL of the column, of what was read."""
    kind, read = parse_type(duckdb_type).name, f"{record}.{quoted(name)}"
    wanted = spark_type(duckdb_type)
    if kind == "UUID":
        return f"lower({read})"
    if wanted == read_type(duckdb_type):
        return read
    if kind == "TIMESTAMP" and context.plan.timezone != "UTC":
        return f"timestampadd(MICROSECOND, unix_micros({read}), TIMESTAMP_NTZ '1970-01-01 00:00:00')"
    return f"CAST({read} AS {wanted})"
