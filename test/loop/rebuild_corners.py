"""`sluice rebuild` where something else has changed as well: watermarks, sinks, files, modes; and what it does not do silently."""

import json
import os
from datetime import datetime, timedelta, timezone

from loop.rebuilds import (COUNTS, KEPT, NEW_COUNTS, NEW_TOTALS, SOURCE, TOTALS, broker_of, expect, expect_new, feed, history, referee, rows_of, write)
from support import tables
from support.broker import create_topic, produce
from support.case import Case, Failure, expect_equal
from support.program import Running, must_say, sluice


def cases():
    yield Case("rebuild_at_the_watermark", at_the_watermark)
    yield Case("rebuild_with_another_delay", another_delay)
    yield Case("rebuild_rows_wait", rows_wait)
    yield Case("rebuild_sink_away", sink_away)
    yield Case("rebuild_sink_renamed", sink_renamed)
    yield Case("rebuild_sink_back", sink_back)
    yield Case("rebuild_sink_of_another_view", another_view)
    yield Case("rebuild_sink_of_another_mode", another_mode)
    yield Case("rebuild_into_a_topic", into_a_topic)
    yield Case("rebuild_after_silence", after_silence)
    yield Case("rebuild_parquet", parquet)
    yield Case("rebuild_for_charts", for_charts)
    yield Case("rebuild_after_a_refusal", after_a_refusal)
    yield Case("rebuild_without_state", without_state)
    yield Case("rebuild_late_rows", late_rows)
    yield Case("rebuild_dead_letters", dead_letters)
    yield Case("rebuild_changed_files", changed_files)
    yield Case("rebuild_kafka_range", kafka_range)
    yield Case("rebuild_names", names)


TIMES = """\
name: times
watermark_policy: {policy}
sources:
  a: {{csv: {{path: a, schema: {{id: INTEGER, ts: TIMESTAMP}}}}, watermark: {{column: ts, delay: {delay}}}}}
  b: {{csv: {{path: b, schema: {{id: INTEGER, ts: TIMESTAMP}}}}, watermark: {{column: ts, delay: {delay}}}}}
  c: {{csv: {{path: c, schema: {{id: INTEGER, ts: TIMESTAMP}}}}, watermark: {{column: ts, delay: {delay}}}}}
views:
  pairs: SELECT a.id, b.id AS other FROM a LEFT JOIN b ON a.id = b.id AND b.ts BETWEEN a.ts AND a.ts + INTERVAL 1 MINUTE
  once: {{sql: "SELECT id, ts FROM a", deduplicate: {{by: [id], within: 5m}}}}
  third: SELECT count(*) AS n FROM c
sinks:
  pairs: {{from: pairs, csv: {{path: out/pairs}}}}
  once: {{from: once, csv: {{path: out/once}}}}
  third: {{from: third, mode: complete, csv: {{path: out/third}}}}
trigger: available_now
checkpoint: check
"""


def times(folder, source, number, rows):
    (folder / source).mkdir(exist_ok=True)
    lines = "".join(f"{id},2026-05-01 {at}\n" for id, at in rows)
    (folder / source / f"{number}.csv").write_text("id,ts\n" + lines)


def with_and_without(folder, steps):
    """Views that are made again by the same SQL go on as if nothing had been."""
    written = {}
    for again in (False, True):
        place = folder / ("again" if again else "not")
        place.mkdir()
        steps(place, lambda: again and sluice("rebuild", "pipeline.yaml", "--view", "pairs", "--view", "once", cwd=place).must_exit(0))
        written[again] = [sorted(rows_of(place / "out" / "pairs", "id, other")), sorted(rows_of(place / "out" / "once", "id, ts"))]
    expect_equal(written[False], written[True], "rows with a rebuild, as without")
    if not all(written[True]):
        raise Failure("nothing was written")


def at_the_watermark(folder):
    """It came from a source that the views do not read."""
    def steps(place, rebuild):
        (place / "pipeline.yaml").write_text(TIMES.format(policy="max", delay="0s"))
        times(place, "a", 0, [(1, "00:00:00"), (2, "00:00:10")])
        times(place, "b", 0, [(9, "00:00:00")])
        times(place, "c", 0, [(1, "01:00:00")])
        sluice("run", "pipeline.yaml", cwd=place).must_exit(0)
        rebuild()
        times(place, "a", 1, [(1, "01:30:00"), (3, "01:30:01")])
        times(place, "c", 1, [(1, "02:00:00")])
        sluice("run", "pipeline.yaml", cwd=place).must_exit(0)

    with_and_without(folder, steps)


def another_delay(folder):
    """What a shorter one has made final comes no second time."""
    def steps(place, rebuild):
        (place / "pipeline.yaml").write_text(TIMES.format(policy="min", delay="0s"))
        for number in range(2):
            first = number * 40
            at = [(id, f"{id // 60:02}:{id % 60:02}:00") for id in range(first, first + 40)]
            if number == 1:
                (place / "pipeline.yaml").write_text(TIMES.format(policy="min", delay="20m"))
                rebuild()
            times(place, "a", number, at)
            times(place, "b", number, at[::3])
            times(place, "c", number, at)
            sluice("run", "pipeline.yaml", cwd=place).must_exit(0)

    with_and_without(folder, steps)


ROLL = ("upsert, key: shop, delta: {path: out/totals}", "upsert, key: shop, roll: {rows: 100000, every: 1h}, delta: {path: out/totals}")


def rows_wait(folder):
    """Rows of the old result that wait for a file are neither lost nor written after the new one."""
    every = ("trigger: available_now", "trigger: {every: 10ms}")
    feed(folder, 0, 3)
    write(folder, roll=ROLL, every=every)
    killed = sluice("run", "pipeline.yaml", cwd=folder, env={"SLUICE_CRASH": "engine.released:2"})
    expect_equal(-9, killed.exit, killed.shown())
    write(folder, NEW_TOTALS, roll=ROLL)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(2), "E_ROWS_WAITING", "sink 'totals'", "run the pipeline as it was once with --available-now")
    write(folder, roll=ROLL, every=every)
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", TOTALS))
    write(folder, NEW_TOTALS)
    sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, roll=ROLL)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", NEW_TOTALS))


WITHOUT = ("  totals: {from: totals, mode: upsert, key: shop, delta: {path: out/totals}}\n", "")


def sink_away(folder):
    """One that is not there for the first batch gets the whole result once it is back."""
    history(folder)
    sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, NEW_COUNTS, away=WITHOUT)
    for first in (6, 7):
        feed(folder, first)
        must_say(sluice("run", "pipeline.yaml", cwd=folder).must_exit(0), "sink 'totals' is to get the whole result since the rebuild", "until the sink is back")
    expect(folder, ("totals", "delta", TOTALS.replace("FROM orders", "FROM orders WHERE id < 300")), ("counts", "parquet", NEW_COUNTS), ("kept", "delta", KEPT))
    write(folder, NEW_TOTALS, NEW_COUNTS)
    feed(folder, 8)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_new(folder)
    feed(folder, 9)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_new(folder)


def sink_renamed(folder):
    history(folder)
    write(folder, NEW_TOTALS, NEW_COUNTS, name_=("  totals: {from: totals,", "  sums: {from: totals,"))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "keep the result before", "targets of totals")


def sink_back(folder):
    """Away for a while, with its view: what its target has is not known."""
    feed(folder, 0, 2)
    write(folder)
    text = (folder / "pipeline.yaml").read_text()
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    view = next(line for line in text.splitlines() if line.startswith("  kept: SELECT")) + "\n"
    sink = next(line for line in text.splitlines() if line.startswith("  kept: {from")) + "\n"
    (folder / "pipeline.yaml").write_text(text.replace(view, "").replace(sink, ""))
    feed(folder, 2)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    (folder / "pipeline.yaml").write_text(text)
    must_say(sluice("run", "pipeline.yaml", cwd=folder).must_exit(2), "E_STATE_CHANGED")
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(2), "sink 'kept' was not in the file of the last start", "another name and target")
    (folder / "pipeline.yaml").write_text(text.replace(sink, sink.replace("  kept: {", "  most: {").replace("out/kept", "out/most")))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "made again: kept", "whole result to: most")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("most", "delta", KEPT), ("totals", "delta", TOTALS))


def another_view(folder):
    """A sink that takes another view now, without a view that has changed: the result is another one."""
    feed(folder, 0, 4)
    view = ("  kept: SELECT", "  loud: SELECT shop, sum(amount * 2) AS total FROM orders WHERE amount > 40 GROUP BY shop\n  kept: SELECT")
    twice = ("sinks:\n", "sinks:\n  loud: {from: loud, mode: complete, parquet: {path: out/loud}}\n")
    write(folder, view=view, twice=twice)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", TOTALS))
    write(folder, view=view, twice=twice, moved=("totals: {from: totals, mode: upsert", "totals: {from: loud, mode: upsert"))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "nothing to make again", "whole result to: totals")
    feed(folder, 4)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", "SELECT shop, sum(amount * 2) AS total FROM orders WHERE amount > 40 GROUP BY shop"))


def into_a_topic(folder):
    """Nobody can ask a topic what it has: the keys that leave are deleted by what the checkpoint knows."""
    with broker_of(folder) as broker:
        create_topic(broker.address, "totals", partitions=2)
        sink = ("delta: {path: out/totals}", f'kafka: {{brokers: "{broker.address}", topic: totals}}')
        feed(folder, 0, 6)
        write(folder, sink=sink)
        sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
        write(folder, NEW_TOTALS, NEW_COUNTS, sink=sink)
        sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
        feed(folder, 6)
        sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
        came = sluice("consume", "totals", "--brokers", broker.address, "--output", "json", cwd=folder).must_exit(0)
        newest = {}
        for line in came.out.splitlines():
            record = json.loads(line)
            newest[record["key"]] = record["value"]
        got = sorted(float(value["total"]) for value in newest.values() if value is not None)
        expect_equal(sorted(float(row[1]) for row in tables.rows_as_text(referee(folder), NEW_TOTALS)), got, "totals in the topic")
        if None not in newest.values():
            raise Failure("no key has left")


SILENCE = """\
name: silence
sources:
  events: {{csv: {{path: in, schema: {{id: INTEGER, ts: TIMESTAMP}}}}, watermark: {{column: ts, delay: 0s, idle_after: 200ms, when_idle: advance}}}}
views:
  slots: SELECT window.start AS slot, {columns} FROM events GROUP BY window(ts, '1 second')
sinks:
  {sink}: {{from: slots, csv: {{path: out/{sink}}}}}
trigger: {trigger}
checkpoint: check
"""


def after_silence(folder):
    """Windows that silence has made final were written, and come no second time."""
    (folder / "in").mkdir()

    def times(number, seconds):
        now = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(seconds=seconds)
        (folder / "in" / f"{number}.csv").write_text("id,ts\n" + "".join(f"{i},{now - timedelta(seconds=i)}\n" for i in range(10)))

    def written(name):
        return sorted(row[0] for row in rows_of(folder / "out" / name, "CAST(slot AS TIMESTAMP) AS slot"))

    times(0, 1)
    (folder / "pipeline.yaml").write_text(SILENCE.format(columns="count(*) AS n", sink="slots", trigger="{every: 50ms}"))
    run = Running("run", "pipeline.yaml", "--progress", "log", cwd=folder)
    try:
        run.wait_for(lambda _out, _err: len(written("slots")) >= 10, "windows that are final")
    finally:
        run.stop().must_exit(0)
    final = written("slots")
    (folder / "pipeline.yaml").write_text(SILENCE.format(columns="count(*) AS n, min(id) AS least", sink="more", trigger="available_now"))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "made again: slots", "from events: 10 records")
    times(1, -3600)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    again = set(written("more")) & set(final)
    if again:
        raise Failure(f"windows that were final came again: {again}")


def parquet(folder):
    """A folder of Parquet files is read again up to the checkpoint's place."""
    import pyarrow
    import pyarrow.parquet

    (folder / "in").mkdir()

    def add(number):
        ids = range(number * 40, number * 40 + 40)
        pyarrow.parquet.write_table(pyarrow.table({"id": pyarrow.array(ids, pyarrow.int32()), "shop": [f"s{i % 6}" for i in ids]}), folder / "in" / f"{number}.parquet")

    text = ("name: files\nsources:\n  rows: {parquet: {path: in, max_files_per_trigger: 1}}\nviews:\n  totals: SELECT shop, count(*) AS n FROM rows GROUP BY shop\n"
            "sinks:\n  totals: {from: totals, mode: upsert, key: shop, delta: {path: out/totals}}\ntrigger: available_now\ncheckpoint: check\n")
    (folder / "pipeline.yaml").write_text(text)
    for number in range(4):
        add(number)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    changed = "SELECT shop, count(*) AS n FROM rows WHERE id % 3 > 0 AND shop <> 's2' GROUP BY shop"
    (folder / "pipeline.yaml").write_text(text.replace("SELECT shop, count(*) AS n FROM rows GROUP BY shop", changed))
    add(4)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "from rows: 160 records")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    duck = tables.connection()
    tables.define_table(duck, "rows", "parquet", folder / "in")
    tables.define_table(duck, "got", "delta", folder / "out/totals")
    tables.expect_same_rows(duck, changed, "SELECT shop, n FROM got", "totals")


def another_mode(folder):
    """Between the rebuild and the run."""
    history(folder)
    sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, NEW_COUNTS, mode=("totals, mode: upsert, key: shop, delta: {path: out/totals}", "totals, mode: complete, delta: {path: out/totals}"))
    feed(folder, 6)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_new(folder)


def for_charts(folder):
    """A view that only a chart reads is made again as well."""
    def of(average):
        return ("sinks:\n", f"  means: SELECT id % 5 AS k, {average} AS m FROM orders GROUP BY id % 5\ncharts:\n  means: {{from: means, bar: {{x: k, y: m}}}}\nsinks:\n")

    feed(folder, 0, 3)
    write(folder, chart=of("min(amount)"))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, chart=of("max(amount)"))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "made again: means", "from orders: 150 records")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    asks = (of("max(amount)")[0], of("max(amount)")[1] + "  means: {from: means, mode: complete, parquet: {path: out/means}}\n")
    write(folder, chart=asks)
    feed(folder, 3)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("means", "parquet", "SELECT id % 5 AS k, max(amount) AS m FROM orders GROUP BY id % 5"), ("totals", "delta", TOTALS))


def after_a_refusal(folder):
    """A target that refuses the new result is no dead end."""
    feed(folder, 0, 4)
    write(folder)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, "SELECT shop, CAST(sum(amount) AS VARCHAR) || ' EUR' AS total FROM orders WHERE amount > 40 GROUP BY shop")
    sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    refused = sluice("run", "pipeline.yaml", cwd=folder)
    if refused.exit == 0:
        raise Failure("the table took text for numbers")
    write(folder, NEW_TOTALS)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "whole result to: totals")
    feed(folder, 4)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", NEW_TOTALS), ("counts", "parquet", COUNTS))
    write(folder, NEW_TOTALS.replace("SELECT shop, sum(amount) AS total", "SELECT length(shop) AS shop, sum(amount) AS total").replace("GROUP BY shop", "GROUP BY length(shop)"))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(2), "column 'shop' of its key is new or of another type")


def without_state(folder):
    """SQL that keeps no state itself has changed: what it feeds is made again, and what shows a result is written whole."""
    def views(above, least):
        return {"view": ("views:\n", f"views:\n  above: SELECT * FROM orders WHERE amount > {above}\n  rich: SELECT shop, total AS much FROM totals WHERE total > {least}\n"),
                "sink": ("sinks:\n", "sinks:\n  rich: {from: rich, mode: upsert, key: shop, delta: {path: out/rich}}\n  raw: {from: above, csv: {path: out/raw}}\n")}

    def expected(above, least):
        totals = f"SELECT shop, sum(amount) AS total FROM orders WHERE amount > {above} GROUP BY shop"
        return ("totals", "delta", totals), ("rich", "delta", f"SELECT shop, total AS much FROM ({totals}) WHERE total > {least}"), ("counts", "parquet", COUNTS)

    over = TOTALS.replace("FROM orders", "FROM above")
    feed(folder, 0, 4)
    write(folder, over, **views(10, 100))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, *expected(10, 100))
    write(folder, over, **views(10, 300))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "whole result to: rich\n")
    if "from orders" in sluice("rebuild", "pipeline.yaml", cwd=folder).out:
        raise Failure("records were read for a view without state")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, *expected(10, 300))
    write(folder, over, **views(40, 300))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "made again: totals\n", "whole result to: rich, totals, changes\n", "rows from now on only: raw\n")
    feed(folder, 4)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, *expected(40, 300))


LATE = """\
name: late
sources:
  orders:
    {source}
    watermark: {{column: ts, delay: 0s}}
views:
  slots: {{sql: "SELECT window.start AS slot, count(*) AS n FROM orders GROUP BY window(ts, '5 minutes')", late: {{to: missed}}}}
  missing: SELECT shop, count(*) AS n FROM missed{where} GROUP BY shop
sinks:
  slots: {{from: slots, csv: {{path: out/slots}}}}
  raw: {{from: missed, parquet: {{path: out/raw}}}}
  missing: {{from: missing, mode: upsert, key: shop, delta: {{path: out/missing}}}}
trigger: available_now
checkpoint: check
"""


def late_rows(folder):
    """A view over rows that came too late has those again that were too late."""
    def add(number):
        feed(folder, number)
        path = folder / "in" / f"{number:04}.csv"
        if number > 1:
            path.write_text(path.read_text() + f"{9000 + number},sh1,1.00,2026-05-01 00:00:10\n{9100 + number},sh2,2.00,2026-05-01 00:02:10\n")

    (folder / "pipeline.yaml").write_text(LATE.format(source=SOURCE, where=""))
    for number in range(5):
        add(number)
        sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    (folder / "pipeline.yaml").write_text(LATE.format(source=SOURCE, where=" WHERE shop <> 'sh2'"))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "made again: missing")
    add(5)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    duck = tables.connection()
    tables.define_table(duck, "got", "delta", folder / "out/missing")
    tables.define_table(duck, "raw", "parquet", folder / "out/raw")
    tables.expect_same_rows(duck, "SELECT shop, count(*) AS n FROM raw WHERE shop <> 'sh2' GROUP BY shop", "SELECT * FROM got", "missing")


def dead_letters(folder):
    """Rows that could not be decoded are in the dead letters once."""
    feed(folder, 0, 3)
    bad = folder / "in" / "0001.csv"
    bad.write_text(bad.read_text() + "1,sh1,little,2026-05-01 00:00:00\n1,sh1,much,2026-05-01 00:00:00\n")
    letters = ("csv: {path: in,", "dead_letter: {parquet: {path: out/letters}}\n    csv: {path: in,")
    write(folder, letters=letters)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, letters=letters)
    sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    duck = tables.connection()
    tables.define_table(duck, "letters", "parquet", folder / "out/letters")
    expect_equal((2,), duck.execute("SELECT count(*) FROM letters").fetchone(), "dead letters")
    bad.write_text("\n".join(bad.read_text().splitlines()[:-2]) + "\n")
    expect(folder, ("totals", "delta", NEW_TOTALS), ("counts", "parquet", COUNTS))


def changed_files(folder):
    """A file that has grown would give the new state rows that the old views never had."""
    history(folder, 4)
    grown = folder / "in" / "0001.csv"
    text = grown.read_text()
    grown.write_text(text + "7777,sh1,50.00,2026-05-01 00:00:00\n")
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(4), "0001.csv", f"had {len(text)} bytes", "put it back")
    if (folder / "check" / "rebuild").exists():
        raise Failure("check/rebuild is left by a rebuild that failed")
    grown.write_text(text)
    os.utime(grown, (2_000_000_000, 2_000_000_000))
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "was written again", "as many bytes")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect_new(folder)


def kafka_range(folder):
    """An `end` before the checkpoint's place does not cut the new state short, and a partition that begins after it is refused."""
    with broker_of(folder) as broker:
        create_topic(broker.address, "orders", partitions=2)
        rows = [{"id": i, "shop": f"s{i % 7}"} for i in range(120)]
        for partition in range(2):
            produce(broker.address, "orders", [json.dumps(row).encode() for row in rows if row["id"] % 2 == partition], partition=partition)

        def text(modulo, extra):
            source = f'kafka: {{brokers: "{broker.address}", topic: orders{extra}}}\n    format: {{json: {{schema: {{id: BIGINT, shop: VARCHAR}}}}}}'
            return ("name: range\nsources:\n  orders:\n    " + source + f"\nviews:\n  totals: SELECT id % {modulo} AS k, count(*) AS n FROM orders GROUP BY id % {modulo}\n"
                    "sinks:\n  totals: {from: totals, mode: complete, parquet: {path: out/totals}}\ntrigger: available_now\ncheckpoint: check\n")

        def rebuild(modulo, extra):
            (folder / "pipeline.yaml").write_text(text(modulo, extra))
            return sluice("rebuild", "pipeline.yaml", cwd=folder)

        (folder / "pipeline.yaml").write_text(text(7, ""))
        sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
        produce(broker.address, "orders", [json.dumps({"id": i, "shop": "late"}).encode() for i in range(200, 205)], partition=1)
        must_say(rebuild(5, ", start: {offsets: {orders: {0: 0, 1: 61}}}").must_exit(2), "partition=1 begins at offset 61", "option start")
        must_say(rebuild(5, ", end: {offsets: {orders: {0: 10, 1: 10}}}").must_exit(0), "from orders: 120 records")
        (folder / "pipeline.yaml").write_text(text(5, ""))
        sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
        # Also the five that came after the checkpoint's place.
        duck = tables.connection()
        tables.define_table(duck, "got", "parquet", folder / "out/totals")
        tables.expect_same_rows(duck, "SELECT id % 5 AS k, count(*) AS n FROM (SELECT unnest(range(120) || range(200, 205)) AS id) GROUP BY 1", "SELECT * FROM got", "totals")


def names(folder):
    """What a rebuild keeps has no name that a view could have."""
    extra = ("sinks:\n", "  totals__before_rebuild: SELECT count(*) AS n FROM orders\nsinks:\n  whole: {from: totals__before_rebuild, mode: complete, parquet: {path: out/whole}}\n")
    feed(folder, 0, 3)
    write(folder, extra=extra)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, extra=extra)
    sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    feed(folder, 3)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", NEW_TOTALS), ("whole", "parquet", "SELECT count(*) AS n FROM orders"))
