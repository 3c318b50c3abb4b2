"""The plain DuckDB query over all the input that a case's result must be equal to.

It is the case's own SQL, with window() and session_window() replaced by what they mean: a subquery
in FROM gives each row its windows, and GROUP BY takes their column.
"""

import json
import re

import duckdb

from referee.case_file import interval
from referee.values import from_arrow

CALL = re.compile(r"\b(session_window|window)\s*\(", re.I)
WINDOW = "__window"


class NoBatch(Exception):
    """The case has no equal batch query; the text says why."""


def rows(case, recording):
    """The rows of the batch query; in append mode those of closed windows only."""
    duck = connect(case)
    watermark = final_watermark(case, recording) if case.mode == "append" else None
    own = case.spec.get("batch")
    for name, view in case.spec["views"].items():
        if own is not None and name == case.result:
            view = own
        try:
            define_view(duck, name, view, watermark)
        except (NoBatch, duckdb.Error):
            if own is None or name == case.result:
                raise  # otherwise the case's own query does without it
    found = duck.execute(f'SELECT * FROM "{case.result}"')
    return [[from_arrow(cell) for cell in row] for row in fetch(found)]


def define_view(duck, name, view, watermark):
    if not isinstance(view, str):
        view = deduplicated(view) if "deduplicate" in view else sql_of(view)
    duck.execute(f'CREATE VIEW "{name}" AS {plain(view, watermark)}')


def sql_of(view):
    return view["sql"] if "sql" in view else f'SELECT * FROM "{view["from"]}"'


def deduplicated(view):
    return f'SELECT DISTINCT ON ({", ".join(view["deduplicate"]["by"])}) * FROM "{view["from"]}"'


def final_watermark(case, recording):
    """Spark's; where sluice differs, the one by the rule: the least of max(time) - delay."""
    if "differs" not in case.spec:
        return recording.watermark
    duck, marks = connect(case), []
    views = {name: view for name, view in case.spec["views"].items() if isinstance(view, dict)}
    for name, view in views.items():
        define_view(duck, name, view, None)
    for name, options in {**case.sources, **views}.items():
        if "watermark" in options:
            mark, delay = options["watermark"], interval(options["watermark"].get("delay", "0s"))
            marks.append(duck.execute(f"SELECT max({mark['column']}) - INTERVAL '{delay}' "
                                      f'FROM "{name}"').fetchone()[0])
    choose = max if case.spec.get("watermark_policy") == "max" else min
    return choose(marks) if marks else None


def fetch(found):
    table = found.to_arrow_table()
    return zip(*(column.to_pylist() for column in table.columns)) if table.num_columns else []


def connect(case):
    from support.tables import connection

    duck = connection()
    if "timezone" in case.spec:
        duck.execute(f"SET TimeZone = '{case.spec['timezone']}'")
    for name, options in case.sources.items():
        define(duck, name, options["schema"], case.rows_of(name))
    for name, options in case.spec.get("tables", {}).items():
        define(duck, name, options["schema"], case.rows_of_table(name))
    return duck


def define(duck, name, schema, records):
    listed = ", ".join(f'"{column}" {kind}' for column, kind in schema.items())
    duck.execute(f'CREATE TABLE "{name}" ({listed})')
    shape = json.dumps({column: str(kind) for column, kind in schema.items()})
    for record in records:
        duck.execute(f'INSERT INTO "{name}" SELECT unnest(json_transform_strict(?, ?))',
                     [json.dumps(record), shape])


def plain(sql, watermark):
    """`sql` without Spark's window functions; at most one kind of window in it."""
    calls = sorted(set(found_calls(sql)), key=len, reverse=True)
    if not calls:
        return sql
    if len(calls) > 1:
        raise NoBatch(f"two windows in one SELECT: {calls}")
    call = calls[0]
    kind, arguments = call[:call.index("(")].strip().lower(), split(call[call.index("(") + 1:-1])
    source = re.search(r"\bFROM\s+([a-z_]\w*)", sql, re.I)
    maker = sliding if kind == "window" else session
    windowed = maker(source[1], arguments, sql, call)
    closed = f' WHERE "{WINDOW}"."end" IS NOT NULL'
    if watermark:
        closed += f" AND \"{WINDOW}\".\"end\" <= TIMESTAMP '{watermark}'"
    sql = sql.replace(call, f'"{WINDOW}"')
    sql = re.sub(rf'(SELECT\s+(?:[^()]*,\s*)?)"{WINDOW}"(\s*,|\s+FROM)',
                 rf'\1"{WINDOW}" AS "{kind}"\2', sql, count=1, flags=re.I)
    return re.sub(rf"\bFROM\s+{source[1]}\b",
                  f"FROM (SELECT * FROM ({windowed}){closed}) AS {source[1]}", sql, count=1,
                  flags=re.I)


def found_calls(sql):
    for match in CALL.finditer(sql):
        depth, place = 0, match.end() - 1
        while True:
            depth += (sql[place] == "(") - (sql[place] == ")")
            place += 1
            if depth == 0:
                break
        yield sql[match.start():place]


def split(text):
    depth, parts = 0, [""]
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def sliding(source, arguments, _sql, _call):
    """Every window [start, start + size) with start a multiple of the slide (plus the offset)."""
    time, size = arguments[0], f"INTERVAL {arguments[1]}"
    slide = f"INTERVAL {arguments[2]}" if len(arguments) > 2 else size
    offset = f"INTERVAL {arguments[3]}" if len(arguments) > 3 else "INTERVAL '0 seconds'"
    last = f"time_bucket({slide}, {time}, TIMESTAMP '1970-01-01' + {offset})"
    starts = (f"generate_series({last}, {last} - {size}, -{slide})")
    return (f"SELECT *, {{'start': __start, 'end': __start + {size}}} AS \"{WINDOW}\" FROM "
            f"(SELECT *, unnest({starts}) AS __start FROM {source} WHERE {time} IS NOT NULL) "
            f"WHERE __start + {size} > {time} AND __start <= {time}")


def session(source, arguments, sql, call):
    """Rows of a key whose windows [t, t + gap) overlap or touch are one session."""
    time, gap = arguments[0], arguments[1]
    gap = f"INTERVAL {gap}" if gap.startswith("'") else f"CAST({gap} AS INTERVAL)"
    grouped = re.search(r"\bGROUP BY\s+(.*?)(?:\bHAVING\b.*|\bORDER BY\b.*)?$", sql, re.I | re.S)[1]
    keys = [key for key in split(grouped) if key != call]
    by = "PARTITION BY " + ", ".join(keys) if keys else ""
    again = "PARTITION BY " + ", ".join([*keys, "__number"])
    return (f"SELECT *, {{'start': min({time}) OVER ({again}), 'end': max(__end) OVER ({again})}} "
            f'AS "{WINDOW}" FROM (SELECT *, sum(__new) OVER ({by} ORDER BY {time}, __end ROWS '
            f"UNBOUNDED PRECEDING) AS __number FROM (SELECT *, CASE WHEN {time} <= max(__end) OVER "
            f"({by} ORDER BY {time}, __end ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) "
            f"THEN 0 ELSE 1 END AS __new FROM (SELECT *, {time} + {gap} AS __end FROM {source} "
            f"WHERE {time} IS NOT NULL AND {gap} > INTERVAL '0 seconds')))")
