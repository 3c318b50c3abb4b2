"""Scans that are repeated and give what is new."""

import signal
import uuid

from cql.job import must_say, reading, run, write
from cql.reads import parquet
from support.cassandra import shared_cassandra
from support.case import Case, Failure, expect_equal
from support.program import Running, indent
from support.soak import rounds

MINUTE_MS = 60_000


def cases():
    yield Case("every_new_rows", new_rows)
    yield Case("every_by_timeuuid", by_timeuuid)
    yield Case("every_point_of_repeated_scans", every_point)
    yield Case("every_running", running)
    yield Case("every_errors", errors)


def table(kind="timestamp"):
    session, keyspace = shared_cassandra().session(), shared_cassandra().new_keyspace()
    session.execute(f"CREATE TABLE {keyspace}.numbers (k int, id int, at {kind}, PRIMARY KEY (k, id))")
    return session, keyspace


def put(session, keyspace, rows):
    """`rows`: (id, minutes since 2024)."""
    for number, minute in rows:
        at = "null" if minute is None else 1_704_067_200_000 + minute * MINUTE_MS
        session.execute(f"INSERT INTO {keyspace}.numbers (k, id, at) VALUES ({number % 5}, {number}, {at})")


def repeated(keyspace, **extra):
    options = {"every": "10m", "growing": "at", "overlap": "5m", "ranges": 4, **extra}
    return reading(keyspace, "numbers", "parquet: {path: out}", **options)


def given(folder, select="id"):
    return sorted(row[0] for row in parquet(folder, f"SELECT {select} FROM t"))


def new_rows(folder):
    """Each run with available_now is one scan: of new rows, of those that are late within the overlap, of rows that were
    written again with a new time; and of nothing that was given."""
    session, keyspace = table()
    write(folder, repeated(keyspace))
    put(session, keyspace, [(n, n) for n in range(10)] + [(99, None)])
    for _ in range(2):
        run(folder).must_exit(0)
        expect_equal(sorted(map(str, range(10))), given(folder), "the first ten")
    # New; late by four minutes; too late; written again.
    put(session, keyspace, [(10, 12), (11, 5), (12, 3), (0, 13)])
    for _ in range(2):
        run(folder).must_exit(0)
        expect_equal(sorted([*map(str, range(12)), "0"]), given(folder), "what was new")
    # The overlap has moved on: from minute 8.
    put(session, keyspace, [(13, 7), (14, 8), (15, 14)])
    run(folder).must_exit(0)
    expect_equal(sorted([*map(str, range(12)), "0", "14", "15"]), given(folder), "in the new overlap")
    # A time to come does not hide what is written until then.
    put(session, keyspace, [(16, 1 << 26)])
    run(folder).must_exit(0)
    put(session, keyspace, [(17, (1 << 26) + 1)])
    session.execute(f"INSERT INTO {keyspace}.numbers (k, id, at) VALUES (1, 18, toTimestamp(now()))")
    for _ in range(2):
        run(folder).must_exit(0)
        expect_equal(sorted([*map(str, range(12)), "0", "14", "15", "16", "17", "18"]), given(folder), "the future")


def by_timeuuid(folder):
    session, keyspace = table("timeuuid")
    write(folder, repeated(keyspace))
    for number in range(5):
        session.execute(f"INSERT INTO {keyspace}.numbers (k, id, at) VALUES (1, {number}, now())")
    run(folder).must_exit(0)
    expect_equal(list("01234"), given(folder), "the first")
    session.execute(f"INSERT INTO {keyspace}.numbers (k, id, at) VALUES (1, 5, now())")
    # An hour ago.
    early = uuid.uuid1()
    early = uuid.UUID(fields=(*divide(early.time - 36_000_000_000), 0x80, 1, 1))
    session.execute(f"INSERT INTO {keyspace}.numbers (k, id, at) VALUES (1, 6, {early})")
    for _ in range(2):
        run(folder).must_exit(0)
        expect_equal(list("012345"), given(folder), "and the new one")


def divide(ticks):
    return ticks & 0xFFFFFFFF, (ticks >> 32) & 0xFFFF, 0x1000 | (ticks >> 48)


def every_point(folder):
    """Killed at each instant of the second scan, the rows of both are there once."""
    session, keyspace = table()
    put(session, keyspace, [(n, n % 4) for n in range(60)])
    points = ("cassandra.stored", "cassandra.given", "cassandra.noted", "cassandra.compacted",
              "inbox.written", "engine.committed")
    jobs = []
    for point in points:
        for hit in rounds((1,), (1, 2, 3)):
            job = folder / f"{point}-{hit}"
            write(job, repeated(keyspace, page_rows=5, overlap="1h"))
            run(job).must_exit(0)
            expect_equal(60, len(given(job)), "the first scan")
            jobs.append((job, point, hit))
    put(session, keyspace, [(n, 5) for n in range(60, 120)])
    for job, point, hit in jobs:
        died = run(job, crash=f"{point}:{hit}")
        if died.exit != -signal.SIGKILL and hit == 1:
            raise Failure(f"{point} was not hit\n" + indent(died.err, "  stderr| "))
        run(job, crash="cassandra.noted:1")
        for _ in range(2):
            run(job).must_exit(0)
        expect_equal(sorted(map(str, range(120))), given(job), f"after {point}:{hit}")


def running(folder):
    """A pipeline that goes on scans by itself."""
    session, keyspace = table()
    put(session, keyspace, [(n, n) for n in range(3)])
    write(folder, repeated(keyspace, every="1s"))
    job = Running("run", "pipeline.yaml", cwd=folder)
    try:
        job.wait_for(lambda out, err: "batch 0: rows=3 " in err, "the first rows")
        put(session, keyspace, [(n, n) for n in range(3, 5)])
        job.wait_for(lambda out, err: "batch 1: rows=2 " in err or "batch 2: rows=1 " in err, "the others")
        job.stop().must_exit(0)
    finally:
        job.process.kill()
    expect_equal(list("01234"), given(folder), "all")


def errors(folder):
    session, keyspace = table()
    put(session, keyspace, [(n, 1) for n in range(30)])

    def job(name, **extra):
        write(folder / name, repeated(keyspace, **extra))
        return run(folder / name)

    must_say(job("column", growing="att"), 2, "'att'", "did you mean 'at'?")
    must_say(job("type", growing="id"), 2, "must be a column of type timestamp or timeuuid, and 'id' is int")
    must_say(job("key", columns="[k, at]"), 2, "needs the column 'id'")
    write(folder / "once", reading(keyspace, "numbers", "parquet: {path: out}"))
    run(folder / "once").must_exit(0)
    write(folder / "once", repeated(keyspace))
    must_say(run(folder / "once"), 2, "E_TABLE_CHANGED", "has read the table without 'every'", "new checkpoint")
    # Before the first scan is over, too.
    write(folder / "half", reading(keyspace, "numbers", "parquet: {path: out}", page_rows=5, buffer="1MiB"))
    run(folder / "half", crash="cassandra.noted:1")
    write(folder / "half", repeated(keyspace))
    must_say(run(folder / "half"), 2, "E_TABLE_CHANGED", "has read the table without 'every'")
    # Another column, or another table, under the same checkpoint.
    session.execute(f"ALTER TABLE {keyspace}.numbers ADD seen timestamp")
    run_once = job("other")
    run_once.must_exit(0)
    must_say(job("other", growing="seen"), 2, "E_TABLE_CHANGED", "by 'growing: at'", "by 'growing: seen'")
    session.execute(f"CREATE TABLE {keyspace}.others (k int, id int, at timestamp, PRIMARY KEY (k, id))")
    write(folder / "other", repeated(keyspace).replace("table: numbers", "table: others"))
    must_say(run(folder / "other"), 2, f"E_TABLE_CHANGED: the checkpoint has read {keyspace}.numbers",
             f"name {keyspace}.others now")
    session.execute(f"CREATE TABLE {keyspace}.by_time (at timestamp PRIMARY KEY, id int)")
    write(folder / "key_time", repeated(keyspace).replace("table: numbers", "table: by_time"))
    must_say(run(folder / "key_time"), 2, "'growing' must not be in the partition key")
    must_say(job("many", overlap_rows=20), 2, "more than overlap_rows=20", "shorten 'overlap'")
