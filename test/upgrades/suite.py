"""Checkpoints of every layout that was ever released, `first` and `format_1` by 0.1: each is opened, goes on with the rest of the input, and
its tables hold what plain DuckDB finds over all of it. A view whose SQL was changed still stops.

test/upgrades/make_kept.py makes one, once, with the program that is to be remembered.
"""

import shutil
import tarfile
from pathlib import Path

from support import tables
from support.case import Case, Failure
from support.program import sluice

HERE = Path(__file__).resolve().parent
KINDS = {"json_lines": "json", "csv": "csv", "parquet": "parquet", "delta": "delta"}
# What the engines say differently: a window is a STRUCT, or two columns here; doubles end differently.
SHOWN = {"totals": 'SELECT * REPLACE (round(x, 6) AS x) FROM "totals"',
         "hours": 'SELECT w."start" AS "start", k, c FROM "hours"',
         "visits": 'SELECT w."start" AS "start", w."end" AS "end", k, n FROM "visits"'}
CHANGES = {"totals": ("sum(n) AS n, count(*)", "sum(n + 1) AS n, count(*)"),
           "names": ("SELECT DISTINCT k FROM lines", "SELECT DISTINCT upper(k) AS k FROM lines"),
           "lonely": ("lines l LEFT JOIN", "lines l RIGHT JOIN")}


def cases():
    for folder in sorted(path.parent for path in HERE.glob("*/kept.tar.gz")):
        yield Case(f"{folder.name}_goes_on", lambda at, kept=folder: goes_on(at, kept))
        yield Case(f"{folder.name}_layout_and_comments", lambda at, kept=folder: written_again(at, kept))
        for view in CHANGES:
            yield Case(f"{folder.name}_changed_{view}",
                       lambda at, kept=folder, view=view: changed_view(at, kept, view))


def unpack(at, kept):
    shutil.copytree(kept / "input", at / "in")
    shutil.copy(kept / "pipeline.yaml", at / "pipeline.yaml")
    with tarfile.open(kept / "kept.tar.gz") as archive:
        # Debian 12's Python knows no filters.
        archive.extractall(at, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    text = (at / "pipeline.yaml").read_text()
    if "KEPT_AT" in text:
        (at / "pipeline.yaml").write_text(text.replace("KEPT_AT", (at / "kept_at").read_text()))


def goes_on(at, kept):
    unpack(at, kept)
    sluice("run", "pipeline.yaml", cwd=at).must_exit(0)
    compare(at, kept)
    # Whatever was noted again is found by the next start.
    sluice("run", "pipeline.yaml", cwd=at).must_exit(0)
    compare(at, kept)


def written_again(at, kept):
    """Keywords, comments and line ends of the SQL are no change."""
    unpack(at, kept)
    # An old note may hold less than what the user wrote.
    sluice("run", "pipeline.yaml", cwd=at).must_exit(0)
    text = (at / "pipeline.yaml").read_text()
    other = text.replace("FROM lines GROUP BY", "from lines /* all of them */ group by")
    other = other.replace("SELECT DISTINCT k FROM lines", "select  distinct K from LINES")
    if other == text:
        raise Failure("nothing was changed")
    (at / "pipeline.yaml").write_text(other)
    sluice("run", "pipeline.yaml", cwd=at).must_exit(0)
    compare(at, kept)


def changed_view(at, kept, view):
    unpack(at, kept)
    text = (at / "pipeline.yaml").read_text()
    if CHANGES[view][0] not in text:
        raise Failure(f"{CHANGES[view][0]} is not in the pipeline")
    (at / "pipeline.yaml").write_text(text.replace(*CHANGES[view]))
    stopped = sluice("run", "pipeline.yaml", cwd=at).must_exit(2)
    if f"E_STATE_CHANGED: view '{view}'" not in stopped.err:
        raise Failure(f"it does not name view {view}\n{stopped.err}")
    # And taking the change back is a way out.
    (at / "pipeline.yaml").write_text(text)
    sluice("run", "pipeline.yaml", cwd=at).must_exit(0)
    compare(at, kept)


def compare(at, kept):
    import yaml

    duck = tables.connection()
    define_input(duck, at / "in")
    sinks = yaml.safe_load((at / "pipeline.yaml").read_text())["sinks"]
    for line in (kept / "expected.sql").read_text().splitlines():
        if line.startswith("--") or not line:
            continue
        sink, sql = line.split(": ", 1)
        kind = next(key for key in KINDS if key in sinks[sink])
        if not tables.define_table(duck, sink, KINDS[kind], at / "out" / sink):
            raise Failure(f"sink {sink} has written no table")
        columns = ", ".join(f'"{row[0]}"' for row in duck.execute(f"DESCRIBE {sql}").fetchall())
        got = SHOWN.get(sink, f'SELECT * FROM "{sink}"')
        as_text = "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (SELECT {} FROM ({}))"
        tables.expect_same_rows(duck, as_text.format(columns, sql), as_text.format(columns, got),
                                f"sink {sink}")


def define_input(duck, folder):
    duck.execute(f"""CREATE TABLE lines AS SELECT * FROM read_json('{folder}/lines/*.jsonl',
        format='newline_delimited', columns={{id: 'BIGINT', k: 'VARCHAR', n: 'INTEGER',
        x: 'DECIMAL(12,3)', ts: 'TIMESTAMP'}})""")
    duck.execute(f"""CREATE TABLE partners AS SELECT * FROM read_json('{folder}/partners/*.jsonl',
        format='newline_delimited', columns={{pid: 'BIGINT', note: 'VARCHAR', pts: 'TIMESTAMP'}})""")
    duck.execute(f"""CREATE TABLE plain AS SELECT * FROM read_csv('{folder}/csv/*.csv',
        columns={{c: 'VARCHAR', m: 'BIGINT'}}, header=true)""")
    duck.execute("""CREATE TABLE watermark AS SELECT least(
        (SELECT max(ts) FROM lines), (SELECT max(pts) FROM partners)) - INTERVAL 10 MINUTE AS w""")
