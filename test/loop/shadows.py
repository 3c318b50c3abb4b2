"""`sluice shadow`: two versions of a pipeline on the same records, and in which rows their sinks differ. The referee of the counts and of the
rows is DuckDB over all input, by the SQL of both versions."""

import json
import shutil

from loop.rebuilds import (COUNTS, KEPT, NEW_COUNTS, NEW_TOTALS, TOTALS, broker_of, expect, feed, files_of, history, referee, write)
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
    yield Case("shadow_for_charts", for_charts)
    yield Case("shadow_in_parts", in_parts)
    yield Case("shadow_reads_nothing", nothing_read)
    yield Case("shadow_stopped", stopped)
    yield Case("shadow_variables", variables)
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
    expect_equal(5, sluice("shadow", "pipeline.yaml", "--exit-code", cwd=folder).exit, "the exit code when rows differ")
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


def for_charts(folder):
    """A view that only a chart reads is in the state that a rebuild takes over."""
    def of(average, sink=""):
        return ("sinks:\n", f"  means: SELECT id % 5 AS k, {average} AS m FROM orders GROUP BY id % 5\ncharts:\n  means: {{from: means, bar: {{x: k, y: m}}}}\nsinks:\n" + sink)

    feed(folder, 0, 3)
    write(folder, chart=of("min(amount)"))
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, chart=of("max(amount)"))
    shadow(folder)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "made again: totals, means", "the shadow had read", "from orders: 0 records")
    feed(folder, 3, 2)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, chart=of("max(amount)", "  means: {from: means, mode: complete, parquet: {path: out/means}}\n"))
    feed(folder, 5)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", NEW_TOTALS), ("means", "parquet", "SELECT id % 5 AS k, max(amount) AS m FROM orders GROUP BY id % 5"))


def in_parts(folder):
    """A rebuild takes what a killed shadow has read of the new version and reads the rest, or reads all if it had read nothing."""
    for point, taken in (("engine.committed:2", False), ("engine.committed:9", True)):
        place = folder / str(taken)
        place.mkdir()
        history(place)
        expect_equal(-9, sluice("shadow", "pipeline.yaml", cwd=place, env={"SLUICE_CRASH": point}).exit, "the call that is killed")
        done = sluice("rebuild", "pipeline.yaml", cwd=place).must_exit(0)
        if taken:
            must_say(done, "the shadow had read")
            must_not_say(done, "from orders: 300 records")
        else:
            must_say(must_not_say(done, "the shadow had read"), "from orders: 300 records")
        feed(place, 6)
        sluice("run", "pipeline.yaml", cwd=place).must_exit(0)
        expect(place, ("totals", "delta", NEW_TOTALS), ("counts", "parquet", NEW_COUNTS), ("kept", "delta", KEPT))
    # Killed when all was in the state, and nobody knew yet that anything had been read.
    place = folder / "one_batch"
    place.mkdir()
    history(place, 1)
    expect_equal(-9, sluice("shadow", "pipeline.yaml", cwd=place, env={"SLUICE_CRASH": "engine.committed:1"}).exit, "the call that is killed")
    shown, _ = shadow(place)
    expect_equal((50, 50), (shown["sources"][0]["before"], shown["sources"][0]["after"]), "records")


def nothing_read(folder):
    """A version whose sources begin after the checkpoint's place has an empty result, which would displace a full one: refused as a rebuild refuses it."""
    with broker_of(folder) as broker:
        create_topic(broker.address, "orders")
        produce(broker.address, "orders", [json.dumps({"id": i, "shop": f"s{i % 7}"}).encode() for i in range(70)])

        def write_from(start, modulo):
            (folder / "pipeline.yaml").write_text(f"""\
name: topic
sources:
  orders:
    kafka: {{brokers: "{broker.address}", topic: orders, start: {start}}}
    format: {{json: {{schema: {{id: BIGINT, shop: VARCHAR}}}}}}
views:
  totals: SELECT shop, count(*) AS n FROM orders WHERE id % {modulo} = 0 GROUP BY shop
sinks:
  totals: {{from: totals, mode: upsert, key: shop, delta: {{path: out/totals}}}}
trigger: available_now
checkpoint: check
""")

        write_from("earliest", 1)
        sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
        write_from("latest", 2)
        for _ in range(2):
            must_say(sluice("shadow", "pipeline.yaml", cwd=folder).must_exit(2), "source 'orders' has no record before", "option start")
        # Nor is it after a call that was killed with the empty version in hand.
        for point in ("shadow.read:1", "shadow.read:2"):
            sluice("shadow", "pipeline.yaml", "--discard", cwd=folder).must_exit(0)
            expect_equal(-9, sluice("shadow", "pipeline.yaml", cwd=folder, env={"SLUICE_CRASH": point}).exit, "the call that is killed")
            must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(2), "source 'orders' has no record before")
            must_say(sluice("shadow", "pipeline.yaml", cwd=folder).must_exit(2), "source 'orders' has no record before", "option start")
        must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(2), "source 'orders' has no record before")
        write_from("earliest", 2)
        _, sinks = shadow(folder)
        expect_equal((7, 7), (sinks["totals"]["before"], sinks["totals"]["changed"]), "totals")


def stopped(folder):
    """Ctrl+C is not the answer that no row differs; the next call goes on."""
    feed(folder, 0, 400, rows=5)
    write(folder)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write(folder, NEW_TOTALS, NEW_COUNTS)
    run = Running("shadow", "pipeline.yaml", "--exit-code", cwd=folder)
    run.wait_for(lambda _out, err: "begins at" in err, "the first batch")
    stopped = run.stop()
    must_say(stopped.must_exit(130), "stopped before the end")
    _, sinks = shadow(folder)
    expect_counts(referee(folder), sinks["totals"], TOTALS, NEW_TOTALS, ["shop"], ["total"])


def versions(folder):
    """Another file, or another value of a variable in it, begins again."""
    history(folder, 3)
    write(folder, NEW_TOTALS.replace("40", "${LEAST}"), NEW_COUNTS)
    for least in (30, 40, 40):
        shown, sinks = shadow(folder, "--var", f"LEAST={least}")
        expect_counts(referee(folder), sinks["totals"], TOTALS, NEW_TOTALS.replace("40", str(least)), ["shop"], ["total"])
    expect_equal((True, 0), (shown["went_on"], shown["sources"][0]["after"]), "the same again")
    write(folder, NEW_TOTALS.replace("40", "${LEAST}"), NEW_COUNTS, comment=("trigger: available_now", "# a comment\ntrigger: {every: 1s}\nengine: {threads: 1}"))
    shown, _ = shadow(folder, "--var", "LEAST=40")
    expect_equal(True, shown["went_on"], "went_on of a file in which nothing has changed that rows depend on")
    # The pipeline was started with another file meanwhile: that one is what runs.
    write(folder, NEW_TOTALS.replace("40", "20"), name="old.yaml")
    sluice("rebuild", "old.yaml", cwd=folder).must_exit(0)
    sluice("run", "old.yaml", cwd=folder).must_exit(0)
    shown, sinks = shadow(folder, "--var", "LEAST=40")
    expect_equal(False, shown["went_on"], "went_on after another start")
    expect_counts(referee(folder), sinks["totals"], NEW_TOTALS.replace("40", "20"), NEW_TOTALS, ["shop"], ["total"])


def variables(folder):
    """The file of the last start has the values of then, whatever the environment has now; other values elsewhere in the file begin again."""
    feed(folder, 0, 4)
    write(folder, NEW_TOTALS.replace("40", "${LEAST:-40}"), delete=("key: shop, delta: {path: out/totals}", 'key: shop, delete_when: "total < ${LOW:-0}", delta: {path: out/totals}'))
    sluice("run", "pipeline.yaml", cwd=folder, env={"LEAST": "10"}).must_exit(0)
    duck = referee(folder)

    def totals(least, low=0):
        return f"SELECT * FROM ({NEW_TOTALS.replace('40', str(least))}) WHERE total >= {low}"

    for env, now in (({"LEAST": "50"}, totals(50)), ({}, totals(40)), ({"LEAST": "10"}, totals(10))):
        done = sluice("shadow", "pipeline.yaml", "--format", "json", cwd=folder, env=env).must_exit(0)
        sink = {sink["name"]: sink for sink in json.loads(done.out)["sinks"]}["totals"]
        expect_counts(duck, sink, totals(10), now, ["shop"], ["total"])
    must_say(sluice("plan", "pipeline.yaml", cwd=folder, env={"LEAST": "50"}).must_exit(2), "was: SELECT shop, sum(amount) AS total FROM orders WHERE amount > 10", "is:  SELECT shop, sum(amount) AS total FROM orders WHERE amount > 50")
    done = sluice("shadow", "pipeline.yaml", "--format", "json", cwd=folder, env={"LEAST": "10", "LOW": "300"}).must_exit(0)
    shown = json.loads(done.out)
    expect_equal(False, shown["went_on"], "went_on with another value in a sink")
    expect_equal(duck.execute(f"SELECT count(*) FROM ({totals(10, 300)})").fetchone()[0], {sink["name"]: sink for sink in shown["sinks"]}["totals"]["after"], "rows with another value in a sink")


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
        # Into the same file, which then looks like the one of the shadow.
        if (folder / "saved" / name).exists():
            shutil.copy(folder / "saved" / name, folder / "check" / name)
        else:
            (folder / "check" / name).unlink(missing_ok=True)
    done = sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0)
    must_say(done, "from orders: 150 records")
    must_not_say(done, "the shadow had read")
    # Another database in the folder is another checkpoint.
    write(folder)
    shadow(folder)
    for name in ("state.db", "state.db.wal"):
        (folder / "check" / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "out")
    feed(folder, 0, 6, seed=2)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    shown, _ = shadow(folder)
    expect_equal((False, 300), (shown["went_on"], shown["sources"][0]["after"]), "of another checkpoint")


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
    shown, sinks = shadow(folder)
    expect_equal(True, shown["went_on"], "went_on after a kill")
    expect_compared(folder, sinks)
    must_say(sluice("rebuild", "pipeline.yaml", cwd=folder).must_exit(0), "the shadow had read", "from orders: 0 records")
    feed(folder, 6)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    expect(folder, ("totals", "delta", NEW_TOTALS), ("counts", "parquet", NEW_COUNTS), ("kept", "delta", KEPT))
