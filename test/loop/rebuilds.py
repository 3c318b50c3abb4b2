"""`sluice rebuild`: views whose SQL has changed are made again from the sources, and the targets become what a pipeline has that ran the new
SQL from its first record. The referee is DuckDB over all input."""

import json
import random
import re
from contextlib import contextmanager
from pathlib import Path

from support import tables
from support.broker import EmbeddedBroker, create_topic, produce
from support.case import Case, Failure, expect_equal
from support.program import Running, must_say, sluice

COLUMNS = "id,shop,amount,ts"
SOURCE = ('csv: {path: in, max_files_per_trigger: 1, schema: {id: INTEGER, shop: VARCHAR, amount: "DECIMAL(10,2)", ts: TIMESTAMP}}')
PIPELINE = """\
name: shops
sources:
  orders:
    {source}
    watermark: {{column: ts, delay: 0s}}
views:
  totals: >-
    {totals}
  counts: {counts}
  kept: SELECT shop, max(amount) AS most FROM orders GROUP BY shop
sinks:
  totals: {{from: totals, mode: upsert, key: shop, delta: {{path: out/totals}}}}
  changes: {{from: totals, mode: update, console: {{rows: 100}}}}
  counts: {{from: counts, mode: complete, parquet: {{path: out/counts}}}}
  kept: {{from: kept, mode: upsert, key: shop, delta: {{path: out/kept}}}}
trigger: available_now
checkpoint: check
"""
TOTALS = "SELECT shop, sum(amount) AS total FROM orders GROUP BY shop"
NEW_TOTALS = "SELECT shop, sum(amount) AS total FROM orders WHERE amount > 40 GROUP BY shop"
COUNTS = "SELECT shop, count(*) AS n FROM orders GROUP BY shop"
NEW_COUNTS = "SELECT id % 7 AS rest, count(*) AS n FROM orders GROUP BY id % 7"
KEPT = "SELECT shop, max(amount) AS most FROM orders GROUP BY shop"
POINTS = ("rebuild.read", "rebuild.done")
# Of the run that writes the results.
RUN_POINTS = ("engine.planned", "engine.staged", "engine.recorded", "engine.committed", "engine.released")


def cases():
    yield Case("rebuild", rebuilt)
    yield Case("rebuild_again_and_again", again)
    yield Case("rebuild_windows", windows)
    yield Case("rebuild_states", states)
    yield Case("rebuild_row_by_row", row_by_row)
    yield Case("rebuild_new_view", new_view)
    yield Case("rebuild_renamed", renamed)
    yield Case("rebuild_zone", zone)
    yield Case("rebuild_kafka", kafka)
    yield Case("rebuild_delta", delta)
    yield Case("rebuild_generator", generator)
    yield Case("rebuild_refuses", refuses)
    yield Case("rebuild_misses_files", missing)
    for point in POINTS:
        yield Case(f"rebuild_kill_{point}", lambda folder, point=point: killed(folder, point))
    for point in RUN_POINTS:
        yield Case(f"rebuild_kill_run_{point}", lambda folder, point=point: killed_run(folder, point))


def write(folder, totals=TOTALS, counts=COUNTS, name="pipeline.yaml", **replaced):
    text = PIPELINE.format(source=SOURCE, totals=totals, counts=counts)
    for old, new in replaced.values():
        if old not in text:
            raise Failure(f"nothing to replace: {old}")
        text = text.replace(old, new)
    (folder / name).write_text(text)


def feed(folder, first, files=1, rows=50, shops=20, seed=1):
    """Small amounts for some shops, so that these leave the new result; times go on with the ids, some a little back."""
    place = folder / "in"
    place.mkdir(exist_ok=True)
    chance = random.Random(seed * 1000 + first)
    for number in range(first, first + files):
        lines = []
        for row in range(rows):
            id = number * rows + row
            shop = chance.randrange(shops)
            amount = chance.randrange(100, 3000 if shop < 5 else 9000) / 100
            seconds = id * 10 + chance.randrange(-5, 5) + 60
            lines.append(f"{id},sh{shop},{amount:.2f},2026-05-01 {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}")
        (place / f"{number:04}.csv").write_text(COLUMNS + "\n" + "\n".join(lines) + "\n")


def referee(folder):
    duck = tables.connection()
    files = str(folder / "in" / "*.csv")
    duck.execute(f"CREATE TABLE orders AS SELECT * FROM read_csv('{files}', columns={{'id': 'INTEGER', 'shop': 'VARCHAR', "
                 "'amount': 'DECIMAL(10,2)', 'ts': 'TIMESTAMP'}, header=true)")
    return duck


def expect(folder, *checks):
    duck = referee(folder)
    for name, kind, select in checks:
        if not tables.define_table(duck, "got", kind, folder / "out" / name):
            raise Failure(f"nothing at out/{name}")
        tables.expect_same_rows(duck, select, "SELECT * FROM got", name)
        duck.execute("DROP VIEW IF EXISTS got")


def expect_new(folder, **others):
    expect(folder, ("totals", "delta", NEW_TOTALS), ("counts", "parquet", NEW_COUNTS), ("kept", "delta", KEPT))


def history(folder, files=6):
    feed(folder, 0, files)
    write(folder)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", TOTALS), ("counts", "parquet", COUNTS), ("kept", "delta", KEPT))
    write(folder, NEW_TOTALS, NEW_COUNTS)


def files_of(folder, *names):
    return {path: path.read_bytes() for name in names for path in (folder / name).rglob("*") if path.is_file()}


def rebuilt(folder):
    """What was read after the checkpoint's place is not in the state twice, nor is what has come meanwhile."""
    history(folder)
    feed(folder, 6, 2)
    must_say(sluice("run", "pipeline.yaml", cwd=folder).must_exit(2), "E_STATE_CHANGED", "sluice rebuild")
    must_say(sluice("plan", "pipeline.yaml", cwd=folder).must_exit(2), "sluice rebuild")
    before = files_of(folder, "out")
    done = sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    must_say(done, "made again: totals, counts", "from orders: 300 records", "whole result to: totals, changes, counts")
    expect_equal(before, files_of(folder, "out"), "the targets, to which a rebuild writes nothing")
    if (folder / "check" / "rebuild").exists():
        raise Failure("check/rebuild is left")
    must_say(sluice("plan", "pipeline.yaml", cwd=folder).must_exit(0), "a run goes on")
    run = sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_new(folder)
    came = {tuple(re.findall(r"[\w.]+", line)) for line in run.out.splitlines()}
    for row in tables.rows_as_text(referee(folder), NEW_TOTALS):
        if tuple(row) not in came:
            raise Failure(f"{row} did not come as a change")
    feed(folder, 8, 3)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_new(folder)


def rows_of(path, columns):
    duck = tables.connection()
    found = sorted(str(file) for file in Path(path).rglob("*.csv"))
    if not found:
        return []
    listed = ", ".join(f"'{file}'" for file in found)
    return tables.rows_as_text(duck, f"SELECT {columns} FROM read_csv([{listed}], all_varchar=true, union_by_name=true)")


def again(folder):
    """Without a change, before the results are written, and back to the SQL of before."""
    history(folder)
    sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "nothing to make again", "whole result to: changes, counts, totals")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_new(folder)
    before = files_of(folder, "out")
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "nothing to make again")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_equal(before, files_of(folder, "out"), "the targets after a run without news")
    must_say(sluice("rebuild", "pipeline.yaml", "--view", "kept", cwd=folder).must_exit(0), "made again: kept")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_new(folder)
    write(folder)
    sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    feed(folder, 6)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", TOTALS), ("counts", "parquet", COUNTS), ("kept", "delta", KEPT))


WINDOWS = """\
name: windows
sources:
  orders:
    {source}
    watermark: {{column: ts, delay: 1m}}
views:
  slots: >-
    SELECT window.start AS slot, {columns} FROM orders GROUP BY window(ts, '5 minutes')
sinks:
  slots: {{from: slots, csv: {{path: out/{target}}}}}
trigger: {trigger}
checkpoint: {target}
"""


def windows(folder):
    """Windows that were written stay, each comes once, and those still open have all their rows."""
    for trigger in ("available_now", "once"):
        place = folder / trigger
        place.mkdir()
        feed(place, 0, 4)
        settings = {"source": SOURCE, "target": "slots", "trigger": trigger}
        (place / "old.yaml").write_text(WINDOWS.format(columns="count(*) AS n", **settings))
        (place / "new.yaml").write_text(WINDOWS.format(columns="count(*) AS n, CAST(sum(amount) AS DECIMAL(18,2)) AS total", **settings)
                                        .replace("path: out/slots", "path: out/more"))
        sluice("run", "old.yaml", cwd=place).must_exit(0)
        (place / "new.yaml").write_text((place / "new.yaml").read_text().replace("  slots: {from", "  more: {from"))
        done = sluice("rebuild", "new.yaml", cwd=place).must_exit(0)
        must_say(done, "made again: slots", "from orders: 200 records", "rows from now on only")
        for number in range(4, 8):
            feed(place, number)
            sluice("run", "new.yaml", cwd=place).must_exit(0)
        duck = referee(place)
        written = [row for name in ("slots", "more") for row in rows_of(place / "out" / name, "CAST(slot AS TIMESTAMP) AS slot, n")]
        all_slots = tables.rows_as_text(duck, "SELECT time_bucket(INTERVAL '5 minutes', ts) AS slot, count(*) AS n FROM orders GROUP BY 1")
        expect_equal(all_slots[:len(written)], sorted(written), f"windows with trigger {trigger}, each once")
        if len(written) < len(all_slots) - 3:
            raise Failure(f"{len(written)} of {len(all_slots)} windows were written")
        sums = {row[0]: row[1] for row in tables.rows_as_text(
            duck, "SELECT time_bucket(INTERVAL '5 minutes', ts) AS slot, CAST(sum(amount) AS DECIMAL(18,2)) FROM orders GROUP BY 1")}
        for at, total in rows_of(place / "out/more", "CAST(slot AS TIMESTAMP) AS slot, total"):
            expect_equal(sums[at], total, f"the sum of {at}")


STATES = """\
name: states
sources:
  orders:
    {source}
    watermark: {{column: ts, delay: 1m}}
views:
  once: {{sql: "SELECT id % {modulo} AS k, ts FROM orders", deduplicate: {{by: [k]}}}}
  per_shop: SELECT shop, sum(amount) AS total FROM orders GROUP BY shop
  over: SELECT count(*) AS shops, CAST(sum(total) AS DECIMAL(18,2)) AS total FROM per_shop WHERE total > {least}
sinks:
  once: {{from: once, csv: {{path: out/once}}}}
  over: {{from: over, mode: complete, parquet: {{path: out/over}}}}
trigger: available_now
checkpoint: check
"""


def states(folder):
    """Of other kinds: keys that were seen, a result over a result."""
    feed(folder, 0, 4)
    (folder / "pipeline.yaml").write_text(STATES.format(source=SOURCE, modulo=50, least=0))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    (folder / "pipeline.yaml").write_text(STATES.format(source=SOURCE, modulo=70, least=200).replace("sum(amount) AS total", "sum(amount * 2) AS total"))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "made again: once, per_shop")
    feed(folder, 4, 2)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    keys = sorted(int(row[0]) for row in rows_of(folder / "out/once", "k"))
    expect_equal(sorted(range(50)), keys, "keys: all 70 were seen before the rebuild, so that none of them comes again")
    expect(folder, ("over", "parquet", "SELECT count(*) AS shops, CAST(sum(total) AS DECIMAL(18,2)) AS total FROM "
                                       "(SELECT sum(amount * 2) AS total FROM orders GROUP BY shop) WHERE total > 200"))


def row_by_row(folder):
    """A view that takes a result row by row: its rows are the whole result as well, and those that leave are deleted."""
    place = ("  kept: SELECT", "  rich: SELECT shop, total * 2 AS twice FROM totals WHERE total > {least}\n"
                               "  loud: SELECT upper(shop) AS shop, twice FROM rich\n  kept: SELECT")
    sinks = ("sinks:\n", "sinks:\n  rich: {from: rich, mode: upsert, key: shop, delta: {path: out/rich}}\n"
                         "  loud: {from: loud, mode: upsert, key: shop, delta: {path: out/loud}}\n")

    def views(totals, least):
        rich = f"SELECT shop, total * 2 AS twice FROM ({totals}) WHERE total > {least}"
        return ("rich", "delta", rich), ("loud", "delta", f"SELECT upper(shop) AS shop, twice FROM ({rich})")

    feed(folder, 0, 6)
    write(folder, view=(place[0], place[1].format(least=300)), sinks=sinks)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, *views(TOTALS, 300))
    write(folder, NEW_TOTALS, view=(place[0], place[1].format(least=100)), sinks=sinks)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "whole result to: rich, loud, totals, changes")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, *views(NEW_TOTALS, 100), ("totals", "delta", NEW_TOTALS))
    feed(folder, 6, 3)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, *views(NEW_TOTALS, 100), ("totals", "delta", NEW_TOTALS))


def new_view(folder):
    """One that is new has the rows from before as well, once it is made again."""
    feed(folder, 0, 3)
    write(folder)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, extra=("sinks:\n", "  days: SELECT id % 3 AS third, count(*) AS n FROM orders GROUP BY id % 3\nsinks:\n"
                                     "  days: {from: days, mode: upsert, key: third, delta: {path: out/days}}\n"))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "made again: days", "from orders: 150 records")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("days", "delta", "SELECT id % 3 AS third, count(*) AS n FROM orders GROUP BY id % 3"), ("totals", "delta", TOTALS))


def renamed(folder):
    """A source under another name, of which more files were read than an offset names."""
    feed(folder, 0, 1100, rows=2)
    write(folder, files=("max_files_per_trigger: 1,", "max_files_per_trigger: 300,"))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    text = (folder / "pipeline.yaml").read_text().replace("FROM orders", "FROM sales").replace("  orders:\n", "  sales:\n    renamed_from: orders\n")
    (folder / "pipeline.yaml").write_text(text.replace("sum(amount) AS total FROM sales", "sum(amount) AS total FROM sales WHERE amount > 40"))
    feed(folder, 1100, 2, rows=2)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "from sales: 2200 records")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", NEW_TOTALS), ("counts", "parquet", COUNTS), ("kept", "delta", KEPT))


def zone(folder):
    """All state is of the time zone, so all is made again."""
    feed(folder, 0, 2)
    write(folder)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, zone=("name: shops\n", "name: shops\ntimezone: Asia/Tokyo\n"))
    must_say(sluice("run", "pipeline.yaml", cwd=folder).must_exit(2), "E_STATE_CHANGED")
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "made again: totals, counts, kept")
    feed(folder, 2)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", TOTALS), ("counts", "parquet", COUNTS), ("kept", "delta", KEPT))


@contextmanager
def broker_of(folder):
    broker = EmbeddedBroker(folder)
    try:
        yield broker
    finally:
        broker.stop()


def kafka(folder):
    """Up to the checkpoint's offsets, partition by partition; what has come after them is not in the state twice."""
    with broker_of(folder) as broker:
        create_topic(broker.address, "orders", partitions=3)
        source = f'kafka: {{brokers: "{broker.address}", topic: orders, max_records_per_trigger: 40}}\n    format: {{json: {{schema: {{id: BIGINT, shop: VARCHAR, amount: BIGINT, ts: TIMESTAMP}}}}}}'
        rows = []

        def send(first, end):
            for partition in range(3):
                part = [{"id": i, "shop": f"s{i % 11}", "amount": i % 90, "ts": "2026-05-01 00:00:00"} for i in range(first, end) if i % 3 == partition]
                produce(broker.address, "orders", [json.dumps(row).encode() for row in part], partition=partition)
                rows.extend(part)

        def expect_rows(select):
            duck = tables.connection()
            duck.execute("CREATE TABLE orders(id BIGINT, shop VARCHAR, amount BIGINT)")
            duck.executemany("INSERT INTO orders VALUES (?, ?, ?)", [(row["id"], row["shop"], row["amount"]) for row in rows])
            tables.define_table(duck, "got", "delta", folder / "out/totals")
            tables.expect_same_rows(duck, select, "SELECT * FROM got", "totals")

        send(0, 200)
        text = PIPELINE.format(source=source, totals=TOTALS, counts=COUNTS)
        (folder / "pipeline.yaml").write_text(text)
        sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
        send(200, 300)
        (folder / "pipeline.yaml").write_text(text.replace(TOTALS, NEW_TOTALS))
        must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "from orders: 200 records")
        send(300, 330)
        sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
        expect_rows(NEW_TOTALS)
        (folder / "pipeline.yaml").write_text(text.replace("topic: orders,", "topic: orders, start: latest,"))
        must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(2), "source 'orders' has no record before", "option start")
        (folder / "pipeline.yaml").write_text(text)
        sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
        sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
        expect_rows(TOTALS)


def delta(folder):
    """A table's rows up to the version that was read."""
    import deltalake
    import pyarrow

    place = folder / "table"

    def add(first, rows=50):
        deltalake.write_deltalake(str(place), pyarrow.table({"id": pyarrow.array(range(first, first + rows), pyarrow.int64()),
                                                             "shop": [f"s{i % 9}" for i in range(first, first + rows)]}), mode="append")

    text = """\
name: gold
sources:
  rows: {delta: {path: table}}
views:
  totals: SELECT shop, count(*) AS n FROM rows GROUP BY shop
sinks:
  totals: {from: totals, mode: upsert, key: shop, delta: {path: out/totals}}
trigger: available_now
checkpoint: check
"""
    (folder / "pipeline.yaml").write_text(text)
    for first in range(0, 200, 50):
        add(first)
        if first == 50 or first == 150:
            sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    add(200)
    changed = "SELECT shop, count(*) AS n, max(id) AS newest FROM rows WHERE id % 2 = 0 OR shop = 's1' GROUP BY shop"
    (folder / "pipeline.yaml").write_text(text.replace("SELECT shop, count(*) AS n FROM rows GROUP BY shop", changed)
                                          .replace("delta: {path: out/totals}", "delta: {path: out/totals, on_new_field: add}"))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "from rows: 200 records")
    add(250)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    duck = tables.connection()
    tables.define_table(duck, "rows", "delta", place)
    tables.define_table(duck, "got", "delta", folder / "out/totals")
    tables.expect_same_rows(duck, changed, "SELECT shop, n, newest FROM got", "totals")


def generator(folder):
    text = """\
name: made
sources:
  rows: {generator: {rows: 3000, columns: {n: {sequence: {}}}}, max_records_per_trigger: 700}
views:
  totals: SELECT n % 10 AS k, count(*) AS c FROM rows GROUP BY n % 10
sinks:
  totals: {from: totals, mode: complete, parquet: {path: out/totals}}
trigger: available_now
checkpoint: check
"""
    text = text.replace(", max_records_per_trigger: 700", "")
    (folder / "pipeline.yaml").write_text(text)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    (folder / "pipeline.yaml").write_text(text.replace("% 10", "% 7"))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "from rows: 3000 records")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    duck = tables.connection()
    tables.define_table(duck, "got", "parquet", folder / "out/totals")
    expect_equal(7, duck.execute("SELECT count(*) FROM got").fetchone()[0], "rows")
    expect_equal(3000, duck.execute("SELECT sum(c) FROM got").fetchone()[0], "records")


def refuses(folder):
    write(folder)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(2), "no batch yet")
    if (folder / "check").exists():
        raise Failure("a refused rebuild has made a checkpoint")
    history(folder, 2)
    must_say(sluice("rebuild", "pipeline.yaml", "--view", "nothing", cwd=folder).must_exit(2), "there is no view 'nothing' that keeps state")
    before = files_of(folder, "out", "check")
    write(folder, NEW_TOTALS, NEW_COUNTS, broken=("sum(amount)", "sum(amuont)"))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(2), "pipeline.yaml:8:", "amuont")
    write(folder, NEW_TOTALS, NEW_COUNTS, lost=("path: in,", "path: elsewhere,"))
    (folder / "elsewhere").mkdir()
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(2), "cannot be read again", "elsewhere")
    write(folder, NEW_TOTALS, NEW_COUNTS, trigger=("trigger: available_now", "trigger: {every: 100ms}"))
    write(folder, name="old.yaml", trigger=("trigger: available_now", "trigger: {every: 100ms}"))
    run = Running("run", "old.yaml", "--progress", "log", cwd=folder)
    try:
        feed(folder, 2)
        run.wait_for(lambda _, err: "batch 2: " in err, "batch 2")
        must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(3), "E_CHECKPOINT_LOCKED")
    finally:
        run.stop().must_exit(0)
    if not before:
        raise Failure("no checkpoint")
    sluice("run", "old.yaml", "--trigger", "available_now", cwd=folder)


def missing(folder):
    """Files that are gone are named, and nothing is made of the rest."""
    history(folder, 5)
    gone = folder / "in" / "0002.csv"
    text = gone.read_bytes()
    gone.unlink()
    before = files_of(folder, "out")
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(4), "1 of the 5 files", "put them back")
    expect_equal(before, files_of(folder, "out"), "the targets")
    gone.write_bytes(text)
    sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_new(folder)


def killed(folder, point):
    history(folder)
    killed = sluice("rebuild", "pipeline.yaml", cwd=folder, env={"SLUICE_CRASH": f"{point}:1"})
    expect_equal(-9, killed.exit, killed.shown())
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "made again" if point == "rebuild.read" else "nothing to make again")
    feed(folder, 6)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_new(folder)


def killed_run(folder, point):
    history(folder)
    sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_equal(-9, sluice("run", "pipeline.yaml", cwd=folder, env={"SLUICE_CRASH": f"{point}:1"}).exit, "the run that is killed")
    feed(folder, 6)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_new(folder)
