"""`sluice shadow`: two versions of a pipeline on the same records, and in which rows their sinks differ. The referee of the counts and of the
rows is DuckDB over all input, by the SQL of both versions."""

import json
import shutil

from loop.rebuilds import (COUNTS, KEPT, NEW_COUNTS, NEW_TOTALS, TOTALS, broker_of, expect, feed, files_of, history, referee, rows_of, write)
from support import tables
from support.broker import create_topic, produce
from support.case import Case, Failure, expect_equal
from support.program import Running, must_not_say, must_say, sluice

# Within the runs of both versions, and after each.
POINTS = ("engine.planned:2", "engine.staged:3", "engine.recorded:2", "engine.committed:4", "engine.released:9", "shadow.read:1", "shadow.read:2")


def cases():
    yield Case("shadow", compared)
    yield Case("shadow_goes_on", goes_on)
    yield Case("shadow_taken_over", taken_over)
    yield Case("shadow_beside_a_run", beside_a_run)
    yield Case("shadow_rows", rows)
    yield Case("shadow_windows", windows)
    yield Case("shadow_types", types)
    yield Case("shadow_columns", columns)
    yield Case("shadow_sinks_come_and_go", come_and_go)
    yield Case("shadow_deletes", deletes)
    yield Case("shadow_dead_letters", dead_letters)
    yield Case("shadow_renamed", renamed)
    yield Case("shadow_for_charts", for_charts)
    yield Case("shadow_versions", versions)
    yield Case("shadow_of_an_older_checkpoint", older_checkpoint)
    yield Case("shadow_refuses", refuses)
    for point in POINTS:
        yield Case(f"shadow_kill_{point}", lambda folder, point=point: killed(folder, point))


def shadow(folder, *arguments, file="pipeline.yaml"):
    done = sluice("shadow", file, "--format", "json", *arguments, cwd=folder).must_exit(0)
    shown = json.loads(done.out)
    return shown, {sink["name"]: sink for sink in shown["sinks"]}


def counts(duck, before, after, keys, columns):
    """Same, changed, added and removed, by the SQL of both."""
    on = " AND ".join(f"b.{key} IS NOT DISTINCT FROM a.{key}" for key in keys)
    other = " OR ".join(f"b.{column} IS DISTINCT FROM a.{column}" for column in columns) or "false"
    return duck.execute(f"SELECT count(*) FILTER (b.here AND a.here AND NOT ({other})), count(*) FILTER (b.here AND a.here AND ({other})), "
                        f"count(*) FILTER (b.here IS NULL), count(*) FILTER (a.here IS NULL) FROM (SELECT *, true AS here FROM ({before})) b "
                        f"FULL JOIN (SELECT *, true AS here FROM ({after})) a ON {on}").fetchone()


def expect_counts(duck, sink, before, after, keys, columns):
    expect_equal(counts(duck, before, after, keys, columns), tuple(sink[name] for name in ("same", "changed", "added", "removed")),
                 f"sink {sink['name']}: same, changed, added, removed")
    for name, select in (("before", before), ("after", after)):
        expect_equal(duck.execute(f"SELECT count(*) FROM ({select})").fetchone()[0], sink[name], f"sink {sink['name']}: rows {name}")


def expect_compared(folder, sinks):
    duck = referee(folder)
    for name in ("totals", "changes"):
        expect_counts(duck, sinks[name], TOTALS, NEW_TOTALS, ["shop"], ["total"])
        expect_equal(["shop"], sinks[name]["key"], "key")
    expect_counts(duck, sinks["kept"], KEPT, KEPT, ["shop"], ["most"])
    expect_equal(False, sinks["kept"]["differs"], "kept")
    # Grouped by another column, so that no column is a key of both: n alone is compared.
    expect_equal([None, 20, 7], [sinks["counts"]["key"], sinks["counts"]["before"], sinks["counts"]["after"]], "counts")


def compared(folder):
    """The counts and the rows are right, and nothing else is changed by it: no target, no checkpoint."""
    history(folder)
    before = files_of(folder, "out", "check")
    shown, sinks = shadow(folder, "--limit", "1000")
    expect_compared(folder, sinks)
    expect_equal([("orders", 300, 300)], [(source["name"], source["before"], source["after"]) for source in shown["sources"]], "records")
    duck = referee(folder)
    was = dict(tables.rows_as_text(duck, TOTALS))
    now = dict(tables.rows_as_text(duck, NEW_TOTALS))
    rows = sinks["totals"]["rows"]
    expect_equal({shop: {"total": {"before": was[shop], "after": now[shop]}} for shop in was.keys() & now.keys() if was[shop] != now[shop]},
                 {row["key"]["shop"]: row["changes"] for row in rows["changed"]}, "rows that changed")
    expect_equal({shop: was[shop] for shop in was.keys() - now.keys()}, {row["row"]["shop"]: row["row"]["total"] for row in rows["removed"]}, "rows that left")
    if not rows["removed"] or not rows["changed"]:
        raise Failure("the input makes no difference")
    expect_equal(before, {path: text for path, text in files_of(folder, "out", "check").items() if "shadow" not in path.parts}, "targets and checkpoint")
    text = sluice("shadow", "pipeline.yaml", "--limit", "1", cwd=folder).must_exit(0)
    must_say(text, "  orders: 0 records\n", f"sink totals: 20 rows before, {len(now)} now (by shop)", "    - {shop: ", "    ~ {shop: ", "more removed", "3 of 4 sinks differ")
    expect_equal(1, sluice("shadow", "pipeline.yaml", "--exit-code", cwd=folder).exit, "the exit code when rows differ")
    write(folder)
    same = must_say(sluice("shadow", "pipeline.yaml", "--exit-code", cwd=folder).must_exit(0), "0 of 4 sinks differ", "orders: 300 records")
    must_not_say(same, "    + ", "    - ", "    ~ ")
    feed(folder, 6, 2)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", TOTALS), ("counts", "parquet", COUNTS), ("kept", "delta", KEPT))


def goes_on(folder):
    """Each call reads what the pipeline has read since the last one, however often, and what it has not read is not compared."""
    feed(folder, 0, 4)
    write(folder, name="old.yaml")
    sluice("run", "old.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, NEW_COUNTS)
    shown, _ = shadow(folder)
    expect_equal(False, shown["went_on"], "went_on of the first call")
    for first in (4, 7):
        feed(folder, first, 3)
        sluice("run", "old.yaml", cwd=folder).must_exit(0)
        shown, sinks = shadow(folder)
        expect_equal((True, 150, 150), (shown["went_on"], shown["sources"][0]["before"], shown["sources"][0]["after"]), "what was read since")
        expect_compared(folder, sinks)
    feed(folder, 10, 1)
    shown, _ = shadow(folder)
    expect_equal(0, shown["sources"][0]["after"], "records that the pipeline has not read")


def taken_over(folder):
    """A rebuild reads only what has come since the shadow, and the next run's targets are those of the new SQL."""
    feed(folder, 0, 6)
    write(folder, name="old.yaml")
    sluice("run", "old.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, NEW_COUNTS)
    shadow(folder)
    feed(folder, 6, 2)
    sluice("run", "old.yaml", cwd=folder).must_exit(0)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "made again: totals, counts", "the shadow had read", "from orders: 100 records")
    if (folder / "check/shadow").exists():
        raise Failure("the shadow is left")
    feed(folder, 8, 2)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", NEW_TOTALS), ("counts", "parquet", NEW_COUNTS), ("kept", "delta", KEPT))
    # One of another file is not taken.
    write(folder, TOTALS, NEW_COUNTS)
    shadow(folder)
    write(folder, TOTALS, COUNTS)
    done = sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    must_say(done, "of another file", "from orders: 500 records")
    must_not_say(done, "the shadow had read")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", TOTALS), ("counts", "parquet", COUNTS), ("kept", "delta", KEPT))
    must_say(sluice("shadow", "pipeline.yaml", "--discard", cwd=folder).must_exit(0), "is removed")
    must_say(sluice("shadow", "pipeline.yaml", "--discard", cwd=folder).must_exit(0), "there is no shadow")


def beside_a_run(folder):
    """The pipeline runs, and reads on, while its shadow is made; its group's offsets are its own."""
    with broker_of(folder) as broker:
        create_topic(broker.address, "orders", partitions=3)

        def text(least):
            return f"""\
name: live
sources:
  orders:
    kafka: {{brokers: "{broker.address}", topic: orders, group: live, max_records_per_trigger: 50}}
    format: {{json: {{schema: {{id: BIGINT, shop: VARCHAR, amount: BIGINT}}}}}}
views:
  totals: SELECT shop, sum(amount) AS total FROM orders WHERE amount >= {least} GROUP BY shop
sinks:
  totals: {{from: totals, mode: upsert, key: shop, delta: {{path: out/totals}}}}
  rows: {{from: orders, parquet: {{path: out/rows}}}}
trigger: {{every: 50ms}}
checkpoint: check
"""

        sent = []

        def send(first, end):
            for partition in range(3):
                part = [{"id": i, "shop": f"s{i % 11}", "amount": i % 90} for i in range(first, end) if i % 3 == partition]
                produce(broker.address, "orders", [json.dumps(row).encode() for row in part], partition=partition)
                sent.extend(part)

        (folder / "old.yaml").write_text(text(0))
        (folder / "new.yaml").write_text(text(30))
        send(0, 300)
        run = Running("run", "old.yaml", "--progress", "json", cwd=folder)
        try:
            run.wait_for(lambda _, err: sum(json.loads(line)["numInputRows"] for line in err.splitlines() if line.startswith("{")) >= 300, "300 records")
            shown, sinks = shadow(folder, file="new.yaml")
            expect_equal((300, 300), (shown["sources"][0]["before"], shown["sources"][0]["after"]), "records")
            duck = tables.connection()
            duck.execute("CREATE TABLE orders(id BIGINT, shop VARCHAR, amount BIGINT)")
            duck.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(row["id"], row["shop"], row["amount"]) for row in sent])
            totals = "SELECT shop, sum(amount) AS total FROM orders WHERE amount >= {} GROUP BY shop"
            expect_counts(duck, sinks["totals"], totals.format(0), totals.format(30), ["shop"], ["total"])
            expect_equal((300, 0, 0), tuple(sinks["rows"][name] for name in ("same", "added", "removed")), "rows of the source")
            send(300, 400)
            run.wait_for(lambda _, err: sum(json.loads(line)["numInputRows"] for line in err.splitlines() if line.startswith("{")) >= 400, "400 records")
            shown, sinks = shadow(folder, file="new.yaml")
            expect_equal(100, shown["sources"][0]["after"], "records since")
        finally:
            run.stop().must_exit(0)
        must_say(sluice("rebuild", "new.yaml", cwd=folder).must_exit(0), "from orders: 0 records")
        send(400, 420)
        (folder / "new.yaml").write_text(text(30).replace("{every: 50ms}", "available_now"))
        sluice("run", "new.yaml", cwd=folder).must_exit(0)
        duck.execute("DELETE FROM orders")
        duck.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(row["id"], row["shop"], row["amount"]) for row in sent])
        tables.define_table(duck, "got", "delta", folder / "out/totals")
        tables.expect_same_rows(duck, totals.format(30), "SELECT * FROM got", "totals")
        tables.define_table(duck, "got_rows", "parquet", folder / "out/rows")
        tables.expect_same_rows(duck, "SELECT id FROM orders", "SELECT id FROM got_rows", "rows, which no rebuild writes twice")


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


def for_charts(folder):
    """What charts read decides how views are planned: a rebuild takes the state over that the run then goes on with."""
    chart = "charts:\n  shops: {from: totals, bar: {x: shop, y: total}}\n  some: {sql: \"SELECT shop, total FROM totals WHERE total > 100\", table: {}}\nsinks:\n"
    feed(folder, 0, 3)
    write(folder, chart=("sinks:\n", chart))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, NEW_COUNTS, chart=("sinks:\n", chart))
    shadow(folder)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "the shadow had read", "from orders: 0 records")
    feed(folder, 3, 2)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", NEW_TOTALS), ("counts", "parquet", NEW_COUNTS), ("kept", "delta", KEPT))


def versions(folder):
    """Another file, or another value of a variable in it, begins again."""
    history(folder, 3)
    write(folder, NEW_TOTALS.replace("40", "${LEAST}"), NEW_COUNTS)
    for least in (30, 40, 40):
        shown, sinks = shadow(folder, "--var", f"LEAST={least}")
        expect_counts(referee(folder), sinks["totals"], TOTALS, NEW_TOTALS.replace("40", str(least)), ["shop"], ["total"])
    expect_equal((True, 0), (shown["went_on"], shown["sources"][0]["after"]), "the same again")
    # The pipeline was started with another file meanwhile: that one is what runs.
    write(folder, NEW_TOTALS.replace("40", "20"), name="old.yaml")
    sluice("rebuild", "old.yaml", cwd=folder).must_exit(0)
    sluice("run", "old.yaml", cwd=folder).must_exit(0)
    shown, sinks = shadow(folder, "--var", "LEAST=40")
    expect_equal(False, shown["went_on"], "went_on after another start")
    expect_counts(referee(folder), sinks["totals"], NEW_TOTALS.replace("40", "20"), NEW_TOTALS, ["shop"], ["total"])


def older_checkpoint(folder):
    """A checkpoint that was put back has read less than the shadow: it begins again, and no rebuild takes its state."""
    feed(folder, 0, 3)
    write(folder, name="old.yaml")
    sluice("run", "old.yaml", cwd=folder).must_exit(0)
    shutil.copytree(folder / "check", folder / "saved")
    feed(folder, 3, 3)
    sluice("run", "old.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, NEW_COUNTS)
    shadow(folder)
    for name in ("state.db", "state.db.wal"):
        (folder / "check" / name).unlink(missing_ok=True)
        if (folder / "saved" / name).exists():
            shutil.copy(folder / "saved" / name, folder / "check" / name)
    done = sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    must_say(done, "from orders: 150 records")
    must_not_say(done, "the shadow had read")


def refuses(folder):
    write(folder)
    must_say(sluice("shadow", "pipeline.yaml", cwd=folder).must_exit(2), "there is no checkpoint")
    history(folder, 2)
    write(folder, NEW_TOTALS, NEW_COUNTS, broken=("sum(amount)", "sum(amuont)"))
    must_say(sluice("shadow", "pipeline.yaml", cwd=folder).must_exit(2), "pipeline.yaml:8:", "amuont")
    write(folder, NEW_TOTALS, NEW_COUNTS, lost=("path: in,", "path: elsewhere,"))
    (folder / "elsewhere").mkdir()
    must_say(sluice("shadow", "pipeline.yaml", cwd=folder).must_exit(2), "cannot be read again", "elsewhere")
    write(folder, NEW_TOTALS, NEW_COUNTS)
    gone = folder / "in" / "0001.csv"
    text = gone.read_bytes()
    gone.unlink()
    must_say(sluice("shadow", "pipeline.yaml", cwd=folder).must_exit(4), "1 of the 2 files")
    gone.write_bytes(text)
    _, sinks = shadow(folder)
    expect_counts(referee(folder), sinks["totals"], TOTALS, NEW_TOTALS, ["shop"], ["total"])
    (folder / "none.yaml").write_text("\n".join(line for line in (folder / "pipeline.yaml").read_text().splitlines() if not line.startswith("checkpoint")) + "\n")
    done = sluice("shadow", "none.yaml", cwd=folder)
    if done.exit != 2:
        raise Failure(done.shown())


def killed(folder, point):
    """At any instant of a shadow, the next call has the result of one that was never killed."""
    history(folder)
    done = sluice("shadow", "pipeline.yaml", cwd=folder, env={"SLUICE_CRASH": point})
    expect_equal(-9, done.exit, done.shown())
    _, sinks = shadow(folder)
    expect_compared(folder, sinks)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "the shadow had read", "from orders: 0 records")
    feed(folder, 6)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", NEW_TOTALS), ("counts", "parquet", NEW_COUNTS), ("kept", "delta", KEPT))
