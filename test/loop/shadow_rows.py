"""`sluice shadow`: how rows are compared, by mode, key and type, and what is said of columns, sinks and sources that differ."""

from loop.rebuilds import COUNTS, feed, referee, rows_of, write
from loop.shadows import expect_counts, shadow
from support.case import Case, Failure, expect_equal
from support.program import must_say, sluice


def cases():
    yield Case("shadow_rows", rows)
    yield Case("shadow_windows", windows)
    yield Case("shadow_types", types)
    yield Case("shadow_columns", columns)
    yield Case("shadow_sinks_come_and_go", come_and_go)
    yield Case("shadow_deletes", deletes)
    yield Case("shadow_dead_letters", dead_letters)
    yield Case("shadow_renamed", renamed)


ROWS = """\
name: rows
sources:
  orders:
    csv: {{path: in, max_files_per_trigger: 1, schema: {{id: INTEGER, shop: VARCHAR, amount: "DECIMAL(10,2)", ts: TIMESTAMP}}}}
views:
  picked: {picked}
sinks:
  picked: {{from: picked, parquet: {{path: out/picked}}}}
trigger: available_now
checkpoint: check
"""


def rows(folder):
    """Rows of a sink of mode append have no key: they are compared whole, or by the columns that the user says."""
    feed(folder, 0, 5)
    old = "SELECT id, shop, amount FROM orders WHERE amount > 20"
    new = "SELECT id, shop, amount * 2 AS amount FROM orders WHERE amount > 25 OR id % 50 = 7"
    (folder / "pipeline.yaml").write_text(ROWS.format(picked=old))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    (folder / "pipeline.yaml").write_text(ROWS.format(picked=new))
    _, sinks = shadow(folder)
    duck = referee(folder)
    # The type of the column is another one, its values are compared.
    added = duck.execute(f"SELECT count(*) FROM (SELECT id, shop, CAST(amount AS DECIMAL(20,2)) FROM ({new}) EXCEPT ALL SELECT id, shop, CAST(amount AS DECIMAL(20,2)) FROM ({old}))").fetchone()[0]
    removed = duck.execute(f"SELECT count(*) FROM (SELECT id, shop, CAST(amount AS DECIMAL(20,2)) FROM ({old}) EXCEPT ALL SELECT id, shop, CAST(amount AS DECIMAL(20,2)) FROM ({new}))").fetchone()[0]
    expect_equal((None, 0, added, removed), tuple(sinks["picked"][name] for name in ("key", "changed", "added", "removed")), "whole rows")
    expect_equal(10, len(sinks["picked"]["rows"]["added"]), "rows that are shown")
    _, sinks = shadow(folder, "--key", "picked=id")
    expect_counts(duck, sinks["picked"], old, new, ["id"], ["shop", "amount"])
    expect_equal({"amount"}, set(sinks["picked"]["changed_columns"]), "columns that changed")
    must_say(sluice("shadow", "pipeline.yaml", "--key", "picked=shop", cwd=folder).must_exit(2), "sink picked", "cannot be compared by shop", "are equal in it")
    must_say(sluice("shadow", "pipeline.yaml", "--key", "picked=nothing", cwd=folder).must_exit(2), "the key nothing", "id, shop, amount")
    must_say(sluice("shadow", "pipeline.yaml", "--key", "other=id", cwd=folder).must_exit(2), "there is no sink 'other'")
    for wrong in ("picked", "picked=", "=id", "picked=id,,shop"):
        must_say(sluice("shadow", "pipeline.yaml", "--key", wrong, cwd=folder).must_exit(2), f"--key {wrong}: write SINK=COLUMN")


WINDOWS = """\
name: windows
sources:
  orders:
    csv: {{path: in, max_files_per_trigger: 1, schema: {{id: INTEGER, shop: VARCHAR, amount: "DECIMAL(10,2)", ts: TIMESTAMP}}}}
    watermark: {{column: ts, delay: 1m}}
views:
  slots: SELECT window.start AS slot, count(*) AS n FROM orders WHERE amount > {least} GROUP BY window(ts, '5 minutes')
sinks:
  slots: {{from: slots, csv: {{path: out/slots}}}}
trigger: {trigger}
checkpoint: check
"""


def windows(folder):
    """Windows that are final by the pipeline's own watermark are compared, and no others, now and after a further call. With trigger once
    the last batch's watermark is far from what its rows say."""
    for trigger in ("available_now", "once"):
        (folder / trigger).mkdir()
        windows_of(folder / trigger, trigger)


def windows_of(folder, trigger):
    for first in (0, 4):
        feed(folder, first, 4)
        (folder / "old.yaml").write_text(WINDOWS.format(least=0, trigger=trigger))
        sluice("run", "old.yaml", cwd=folder).must_exit(0)
        (folder / "pipeline.yaml").write_text(WINDOWS.format(least=25, trigger=trigger))
        _, sinks = shadow(folder, "--limit", "1000")
        duck = referee(folder)
        written = len(rows_of(folder / "out/slots", "slot"))
        slots = "SELECT time_bucket(INTERVAL '5 minutes', ts) AS slot, count(*) AS n FROM orders WHERE amount > {} GROUP BY 1 ORDER BY 1 LIMIT " + str(written)
        expect_counts(duck, sinks["slots"], slots.format(0), slots.format(25), ["slot"], ["n"])
        expect_equal(["slot"], sinks["slots"]["key"], "key")
        least = {"available_now": 5 * (first + 4) // 4, "once": first}[trigger]
        if written < least:
            raise Failure(f"only {written} windows are final with trigger {trigger}")


TYPES = """\
name: types
sources:
  made:
    generator: {{rows: 200, columns: {{n: {{sequence: {{}}}}}}}}
views:
  all_types: >-
    SELECT n, CAST(n AS HUGEINT) * 100000000000000000000000000000 AS huge, CAST(n % 3 AS VARCHAR)::ENUM('0', '1', '2') AS word,
    to_microseconds(n + {shift}) AS pause, {{'a': [n, NULL], 'b': {{'c': CAST(n AS HUGEINT)}}}} AS nested, MAP {{'k' || n: n}} AS pairs,
    CASE n % 4 WHEN 0 THEN 'NaN'::DOUBLE WHEN 1 THEN NULL WHEN 2 THEN '-inf'::DOUBLE ELSE n / 3 END AS fraction,
    CASE WHEN n % 5 = 0 THEN NULL ELSE 'ä{tail}' || n END AS text, '\\xAA'::BLOB AS bytes, TIME '10:00:00' AS clock,
    TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_hours(n) AS moment, uuid_of(n) AS id FROM made
functions:
  uuid_of: {{args: [n], sql: CAST(md5(CAST(n AS VARCHAR)) AS UUID)}}
sinks:
  all_types: {{from: all_types, console: {{rows: 0}}}}
trigger: available_now
checkpoint: check
"""


def types(folder):
    """Each type of SQL is kept and compared, those that Parquet does not have among them."""
    for shift, tail, changed in ((1, "", {"pause": 200}), (0, "ö", {"text": 160})):
        place = folder / f"shift{shift}"
        place.mkdir()
        (place / "pipeline.yaml").write_text(TYPES.format(shift=0, tail=""))
        sluice("run", "pipeline.yaml", cwd=place).must_exit(0)
        (place / "pipeline.yaml").write_text(TYPES.format(shift=shift, tail=tail))
        _, sinks = shadow(place, "--key", "all_types=n")
        expect_equal(changed, sinks["all_types"]["changed_columns"], "columns that changed")
        _, whole = shadow(place)
        count = max(changed.values())
        expect_equal((200 - count, count, count), tuple(whole["all_types"][name] for name in ("same", "added", "removed")), "whole rows")
    row = sinks["all_types"]["rows"]["changed"][0]
    expect_equal({"key": {"n": "1"}, "changes": {"text": {"before": "ä1", "after": "äö1"}}}, row, "a row that changed")


def columns(folder):
    """Columns that come, go or get another type are said, and the others compared; a value that the new type does not hold is a difference."""
    feed(folder, 0, 3)
    (folder / "pipeline.yaml").write_text(ROWS.format(picked="SELECT id, shop, amount, CASE WHEN id = 5 THEN 'five' ELSE CAST(id AS VARCHAR) END AS code FROM orders"))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    (folder / "pipeline.yaml").write_text(ROWS.format(picked="SELECT id, shop, ts, id AS code FROM orders"))
    _, sinks = shadow(folder, "--key", "picked=ID")
    expect_equal(["column ts is new, and not compared", "column code was VARCHAR, and is INTEGER", "column amount is gone, and not compared"], sinks["picked"]["notes"], "notes")
    expect_equal((149, 1), (sinks["picked"]["same"], sinks["picked"]["changed"]), "rows")
    expect_equal([{"key": {"id": "5"}, "changes": {"code": {"before": "five", "after": "5"}}}], sinks["picked"]["rows"]["changed"], "the row that changed")


def come_and_go(folder):
    """Sinks that one version has are counted; sources and tables that only one has are read by that one."""
    feed(folder, 0, 3)
    write(folder)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    text = (folder / "pipeline.yaml").read_text()
    (folder / "pipeline.yaml").write_text(text.replace("  kept: {from: kept, mode: upsert, key: shop, delta: {path: out/kept}}\n",
                                                       "  best: {from: kept, mode: upsert, key: shop, delta: {path: out/best}}\n"))
    _, sinks = shadow(folder)
    expect_equal(("new", 20), (sinks["best"]["fate"], sinks["best"]["after"]), "best")
    expect_equal(("dropped", 20), (sinks["kept"]["fate"], sinks["kept"]["before"]), "kept")
    must_say(sluice("shadow", "pipeline.yaml", cwd=folder).must_exit(0), "sink best: is new, and would have 20 rows", "sink kept: is gone, and had 20 rows")


DELETES = """\
name: latest
sources:
  orders:
    csv: {{path: in, max_files_per_trigger: 1, schema: {{id: INTEGER, shop: VARCHAR, amount: "DECIMAL(10,2)", ts: TIMESTAMP}}}}
sinks:
  latest: {{from: orders, mode: upsert, key: shop, order_by: id, leave_out: ts, delete_when: amount < {least}, delta: {{path: out/latest}}}}
trigger: available_now
checkpoint: check
"""


def deletes(folder):
    """Of each key the newest row, unless it deletes the key."""
    feed(folder, 0, 6)
    (folder / "pipeline.yaml").write_text(DELETES.format(least=20))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    (folder / "pipeline.yaml").write_text(DELETES.format(least=10))
    _, sinks = shadow(folder, "--limit", "100")
    duck = referee(folder)
    latest = "SELECT shop, id, amount FROM (SELECT * FROM orders QUALIFY row_number() OVER (PARTITION BY shop ORDER BY id DESC) = 1) WHERE amount >= {}"
    expect_counts(duck, sinks["latest"], latest.format(20), latest.format(10), ["shop"], ["id", "amount"])
    if sinks["latest"]["added"] == 0 or sinks["latest"]["before"] == 0:
        raise Failure("the input makes no difference")
    expect_equal({"id", "shop", "amount"}, set(sinks["latest"]["rows"]["added"][0]["row"]), "columns, without the one that is left out")


def dead_letters(folder):
    """Records that one of the versions does not decode are counted."""
    feed(folder, 0, 3)
    write(folder)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, schema=("DECIMAL(10,2)", "DECIMAL(3,2)"))
    shown, sinks = shadow(folder)
    whole = referee(folder).execute("SELECT count(*) FROM orders WHERE amount < 10").fetchone()[0]
    expect_equal((150, 150, 0, 150 - whole), tuple(shown["sources"][0][name] for name in ("before", "after", "before_dead_letters", "after_dead_letters")), "records")
    after = referee(folder).execute(f"SELECT count(*) FROM ({COUNTS.replace('FROM orders', 'FROM orders WHERE amount < 10')})").fetchone()[0]
    expect_equal((20, after), (sinks["counts"]["before"], sinks["counts"]["after"]), "shops")
    must_say(sluice("shadow", "pipeline.yaml", "--discard", cwd=folder).must_exit(0), "is removed")
    must_say(sluice("shadow", "pipeline.yaml", cwd=folder).must_exit(0), f"orders: 150 records, {150 - whole} of them not decoded (before: 150 records)")


def renamed(folder):
    """A source under another name goes on at the place of the old one."""
    feed(folder, 0, 3)
    write(folder)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    feed(folder, 3)
    text = (folder / "pipeline.yaml").read_text().replace("FROM orders", "FROM sales").replace("  orders:\n", "  sales:\n    renamed_from: orders\n")
    (folder / "pipeline.yaml").write_text(text)
    shown, sinks = shadow(folder)
    expect_equal([("sales", 150, 150)], [(source["name"], source["before"], source["after"]) for source in shown["sources"]], "records")
    expect_equal(False, shown["differs"], "differs")
    expect_equal(20, sinks["totals"]["same"], "totals")
