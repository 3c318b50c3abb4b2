"""The Spark engine's SQL. translate/*.txt: what DuckDB's SQL becomes, to the letter, without Spark. Cases of the
referee: translated and run by Spark; they must answer what Spark is recorded to answer, and sluice answers. A few
of them by default; all with SPARK_ENGINE=all (`make test-spark`), a case for each folder. not_equal.txt has those that
cannot be equal."""

import os
import sys
from pathlib import Path

import yaml

from spark_engine.referee_run import groups, referee
from support.case import Case, expect_equal

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# By default; about half a minute. Together they have most kinds of views.
SAMPLE = ("aggregate/distinct", "aggregate/string_agg", "aggregate/list_in_order", "dedup/distinct_on",
          "functions/casts", "functions/division_by_zero", "functions/kafka_values", "functions/lambdas",
          "functions/lateral_view", "functions/maps", "functions/round_of_doubles", "functions/unix_time",
          "over_result/rank", "plain/three_valued_logic", "static_join/left_values", "window/fields",
          "window/time_bucket")
RELATIONS = {
    "events": [("id", "INTEGER"), ("b", "BIGINT"), ("s", "VARCHAR"), ("d", "DOUBLE"), ("m", "DECIMAL(10,2)"),
               ("t", "TIMESTAMP"), ("seen", "TIMESTAMPTZ"), ("day", "DATE"), ("l", "INTEGER[]"), ("words", "VARCHAR[]"),
               ("p", "STRUCT(a INTEGER, b VARCHAR)"), ("counts", "MAP(VARCHAR, INTEGER)"), ("j", "JSON"),
               ("ok", "BOOLEAN"), ("bytes", "BLOB")],
    "names": [("id", "INTEGER"), ("name", "VARCHAR")],
    "windowed": [("id", "INTEGER"), ("t", "TIMESTAMP"), ("w", 'STRUCT("start" TIMESTAMP, "end" TIMESTAMP)')],
    "counted": [("id", "INTEGER"), ("w", 'STRUCT("start" TIMESTAMP, "end" TIMESTAMP)'), ("n", "BIGINT")],
}


def cases():
    for path in sorted((HERE / "translate").glob("*.txt")):
        for title, sql, expected in blocks(path):
            yield Case(f"translate/{path.stem}/{title.replace(' ', '_')}",
                       lambda folder, title=title, sql=sql, expected=expected: translates(title, sql, expected))
    yield Case("types", lambda folder: types())
    parts = groups() if os.environ.get("SPARK_ENGINE") == "all" else {"sample": list(SAMPLE)}
    for part, names in parts.items():
        yield Case(f"referee/{part}", lambda folder, names=names: referee(names))


# ---- without Spark

def blocks(path):
    """(title, SQL, what it becomes) of each block; see README.md."""
    for block in path.read_text().split("=== ")[1:]:
        title, _, rest = block.partition("\n")
        sql, _, expected = rest.partition("\n---\n")
        yield title, sql, expected.rstrip("\n")


def options(title):
    """`columns=a|b`, `event_times=t` and `timezone=Europe/Berlin` at the end of a title."""
    given = dict(part.split("=") for part in title.split(", ") if "=" in part)
    return {key: value if key == "timezone" else value.split("|") for key, value in given.items()}


def translated(title, sql):
    sys.path.insert(0, str(ROOT / "spark"))
    from sluice_spark.errors import Refused
    from sluice_spark.sql import translate

    try:
        found = translate(sql, RELATIONS, **options(title))
    except Refused as refused:
        return f"refused {refused}"
    text = found.sql + "".join(f"\nnote: {note}" for note in found.notes)
    if found.distinct is not None:
        text += f"\ndistinct {found.distinct}:\n{found.distinct_sql}"
    return text


def translates(title, sql, expected):
    expect_equal(expected, translated(title, sql), f"what becomes of\n{sql}")


def types():
    sys.path.insert(0, str(ROOT / "spark"))
    from sluice_spark.errors import Refused
    from sluice_spark.types import spark_type

    for duckdb, expected in yaml.safe_load((HERE / "types.yaml").read_text()).items():
        try:
            got = spark_type(duckdb)
        except Refused as refused:
            got = f"refused: {refused.message}"
        expect_equal(expected, got, duckdb)
