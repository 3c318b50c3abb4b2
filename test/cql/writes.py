"""Rows into tables of Cassandra: each once by its key, whatever happens on the way."""

import signal
import time

from cql import orders
from cql.job import check_tables, connection, must_say, run, write, write_job
from cql.reads import expect_lines
from crash import at_points
from crash.at_points import Job, kill_at
from crash.at_random import kill_often
from support.cassandra import shared_cassandra
from support.case import Case, Failure, expect_equal
from support.placed import place
from support.program import Running, sluice
from support.soak import rounds


NANOSECONDS = '{lasts: "STRUCT(months INTEGER, days INTEGER, nanoseconds BIGINT)"}'
# What every other suite's sinks pass, too.
OWN = ("cassandra.", "engine.staged", "engine.committed", "engine.before_publish", "engine.published")


def cases():
    yield Case("sink_every_point", every_point)
    yield Case("sink_every_point_of_recovery", every_point_of_recovery)
    yield Case("sink_random", at_random)
    yield Case("sink_newer_write", newer_write)
    yield Case("sink_order", order)
    yield Case("sink_types", types)
    yield Case("sink_nulls_and_ttl", nulls_and_ttl)
    yield Case("sink_errors", errors)
    yield Case("sink_server_away", server_away)


# ---- killed

JOB = Job(write_job, run, check_tables)


def points_of(folder):
    return at_points.points_of(folder, JOB, ("cassandra.staged", "cassandra.write", "cassandra.written", "cassandra.committed"))


def every_point(folder):
    points = points_of(folder / "list")
    kill_at(folder, JOB, [[f"{point}:{hit}"] for point in points for hit in rounds((1, 3), (1, 2, 3, 5))
                          if point.startswith(rounds(OWN, ("cassandra.", "engine.")))
                          and (hit == 1 or point.startswith("cassandra."))])


def every_point_of_recovery(folder):
    """A second death while the first one is repaired."""
    points = [point for point in points_of(folder / "list") if point.startswith(("cassandra.", "recovery."))]
    kill_at(folder, JOB, [[first, f"{point}:1"] for point in points
                          for first in rounds(("engine.committed:2",), ("engine.committed:2", "cassandra.written:3"))])


def at_random(folder):
    kill_often(folder, rounds(12, 100), lambda job: write_job(job, 25), lambda job: check_tables(job, 25))


# ---- somebody else

def newer_write(folder):
    """What somebody wrote between the crash and the repair is newer, and stays."""
    session = shared_cassandra().session()
    write_job(folder, 1)
    keyspace = (folder / "keyspace").read_text()
    died = run(folder, crash="cassandra.write:1")
    expect_equal(-signal.SIGKILL, died.exit, "killed before it has written")
    expect_equal([], list(session.execute(f"SELECT * FROM {keyspace}.sluice_commits")), "the note comes last")
    session.execute(f"INSERT INTO {keyspace}.numbers (k, id, amount, pad) VALUES ('key 1', 1, 42, 'newer')")
    session.execute(f"DELETE FROM {keyspace}.numbers WHERE k = 'key 2' AND id = 2")
    run(folder).must_exit(0)
    rows = {row.id: (str(row.amount), row.pad) for row in session.execute(f"SELECT * FROM {keyspace}.numbers")}
    expect_equal(("42", "newer"), rows[1], "the newer row")
    expect_equal((False, 39), (2 in rows, len(rows)), "the newer deletion, and the others")


def order(folder):
    """Of two rows of one key the later wins as a whole: in a batch, in the next one, and when the clock has gone
    back (which is seen as timestamps that grow all the same)."""
    session, keyspace = shared_cassandra().session(), shared_cassandra().new_keyspace()
    session.execute(f"CREATE TABLE {keyspace}.t (id int PRIMARY KEY, a int, b text)")
    write(folder, f"""\
name: order
sources:
  rows: {{json_lines: {{path: in, max_files_per_trigger: 1, schema: {{id: INTEGER, a: INTEGER, b: VARCHAR}}}}}}
sinks:
  out:
    from: rows
    cassandra:
      {connection(keyspace=keyspace, table="t")}
checkpoint: checkpoint
""")
    (folder / "in").mkdir()
    (folder / "in" / "0.jsonl").write_text('{"id": 1, "a": 9, "b": "z"}\n{"id": 1, "a": 1, "b": "a"}\n')
    run(folder).must_exit(0)
    expect_equal([(1, 1, "a")], list(session.execute(f"SELECT id, a, b FROM {keyspace}.t")), "the later one")
    # As if the clock had stood an hour later then.
    last = session.execute(f"SELECT last_timestamp FROM {keyspace}.sluice_commits").one().last_timestamp
    ahead = last + 3_600_000_000
    session.execute(f"UPDATE {keyspace}.sluice_commits USING TIMESTAMP {last + 1} SET last_timestamp = {ahead} "
                    "WHERE pipeline = 'order' AND sink = 'out'")
    (folder / "in" / "1.jsonl").write_text('{"id": 1, "a": 0, "b": null}\n')
    run(folder).must_exit(0)
    row = session.execute(f"SELECT id, a, b, writetime(a) AS w FROM {keyspace}.t").one()
    expect_equal((1, 0, None, True), (row.id, row.a, row.b, row.w > ahead), "the next one, NULL and all")


def types(folder):
    """A table of every type, read and written into another one like it."""
    session, keyspace, copy = shared_cassandra().session(), shared_cassandra().new_keyspace(), \
        shared_cassandra().new_keyspace()
    for name in (keyspace, copy):
        orders.create(session, name)
    orders.load(session, keyspace, 2000)
    write(folder, f"""\
name: copied
sources:
  rows:
    cassandra:
      {connection(keyspace=keyspace, table="orders", types=NANOSECONDS)}
sinks:
  out:
    from: rows
    mode: upsert
    key: [customer, placed]
    cassandra:
      {connection(keyspace=copy, table="orders")}
checkpoint: checkpoint
""")
    run(folder).must_exit(0)
    expect_lines(orders.lines(orders.read_with_driver(session, keyspace)),
                 orders.lines(orders.read_with_driver(session, copy)), "the copy")


def nulls_and_ttl(folder):
    session, keyspace = shared_cassandra().session(), shared_cassandra().new_keyspace()
    session.execute(f"CREATE TABLE {keyspace}.t (id int PRIMARY KEY, a int, b int)")
    for nulls, expected in (("unset", (1, 5, 7)), ("write", (1, None, 8))):
        job = folder / nulls
        write(job, f"""\
name: {nulls}
sources:
  rows: {{json_lines: {{path: in, schema: {{id: INTEGER, a: INTEGER, b: INTEGER, seconds: INTEGER}}}}}}
sinks:
  out:
    from: rows
    cassandra:
      {connection(keyspace=keyspace, table="t", nulls=nulls, ttl="Seconds")}
checkpoint: checkpoint
""")
        session.execute(f"INSERT INTO {keyspace}.t (id, a, b) VALUES (1, 5, 6)")
        (job / "in").mkdir()
        (job / "in" / "0.jsonl").write_text(
            json_line(id=1, b=expected[2]) + json_line(id=2, a=1, b=1, seconds=3600))
        run(job).must_exit(0)
        expect_equal(expected, tuple(session.execute(f"SELECT id, a, b FROM {keyspace}.t WHERE id = 1").one()), nulls)
    lives = session.execute(f"SELECT ttl(a) AS one, ttl(b) AS other FROM {keyspace}.t WHERE id = 2").one()
    if not (lives.one and 3000 < lives.one <= 3600 and lives.other):
        raise Failure(f"times to live: {lives}")
    expect_equal(None, session.execute(f"SELECT ttl(b) AS t FROM {keyspace}.t WHERE id = 1").one().t, "no time to live")


def json_line(**values):
    import json

    return json.dumps(values) + "\n"


# ---- what is wrong

def errors(folder):
    session, keyspace = shared_cassandra().session(), shared_cassandra().new_keyspace()
    session.execute(f"CREATE TABLE {keyspace}.t (id int PRIMARY KEY, a int, at timestamp, who timeuuid, tags set<text>)")
    session.execute(f"CREATE TABLE {keyspace}.hits (id int PRIMARY KEY, n counter)")

    def job(name, select, *, table="t", mode="append", **extra):
        key = "\n    key: [id]" if mode == "upsert" else ""
        write(folder / name, f"""\
name: {name}
sources:
  rows: {{json_lines: {{path: in, schema: {{id: INTEGER, t: VARCHAR}}}}}}
views:
  v: {select}
sinks:
  out:
    from: v
    mode: {mode}{key}
    cassandra:
      {connection(keyspace=extra.pop("keyspace", keyspace), table=table, **extra)}
checkpoint: checkpoint
""")
        (folder / name / "in").mkdir()
        (folder / name / "in" / "0.jsonl").write_text('{"id": 1, "t": "x"}\n')
        return run(folder / name)

    must_say(job("table", "SELECT id FROM rows", table="tt"), 2, f"there is no table 'tt'; did you mean 't'?",
             f"table={keyspace}.tt")
    must_say(job("keyspace", "SELECT id FROM rows", keyspace=keyspace[:-1]), 2,
             f"there is no keyspace '{keyspace[:-1]}'")
    must_say(job("column", "SELECT id, 1 AS b FROM rows"), 2, "the table has no column 'b'")
    must_say(job("key", "SELECT id AS a FROM rows"), 2, "the rows have no column 'id', which is in the table's key")
    must_say(job("type", "SELECT id, t AS a FROM rows"), 2,
             "column 'a' is int in the table and VARCHAR in the rows; it takes an integer")
    must_say(job("counter", "SELECT id, 1 AS n FROM rows", table="hits"), 2, "counters, which cannot be set")
    must_say(job("upsert", "SELECT id, a FROM (SELECT id AS a, 1 AS id FROM rows)", mode="upsert"), 0)
    must_say(job("large", "SELECT ID, 99999999999 AS A FROM rows"), 2, "column 'a' (int): the number does not fit")
    must_say(job("millis", "SELECT id, TIMESTAMPTZ '2024-01-01 00:00:00.0001Z' AS at FROM rows"), 2,
             "parts of a millisecond", "date_trunc")
    must_say(job("uuid", "SELECT id, UUID '00000000-0000-4000-8000-000000000000' AS who FROM rows"), 2,
             "not of version 1")
    must_say(job("null_key", "SELECT CAST(NULL AS INTEGER) AS id, id AS a FROM rows"), 2, "a key is NULL")
    must_say(job("null_inside", "SELECT id, ['a', NULL] AS tags FROM rows"), 2, "NULL in a collection")
    must_say(job("infinite", "SELECT id, TIMESTAMPTZ 'infinity' AS at FROM rows"), 2, "is infinite, which CQL has not")
    must_say(job("ttl", "SELECT id FROM rows", ttl="seconds"), 2, "no column 'seconds', which 'ttl' names")
    expect_equal([(1, 1)], list(session.execute(f"SELECT id, a FROM {keyspace}.t")), "nothing else was written")


def server_away(folder):
    """The server answers nobody while a batch is published; when it does again, the batch is there."""
    node = shared_cassandra()
    write_job(folder, 3)
    keyspace = (folder / "keyspace").read_text()
    text = (folder / "pipeline.yaml").read_text()
    (folder / "pipeline.yaml").write_text(text.replace("      table:", "      request_timeout: 500ms\n      table:"))
    running = Running("run", "pipeline.yaml", cwd=folder)
    try:
        running.wait_for(lambda out, err: "batch 2:" in err, "three batches")
        node.pause()
        place(
            folder / "in" / "0003.jsonl",
            "".join(json_line(id=n, k=f"key {n % 5}", amount=f"{n}.{n:012d}", pad="x" * (n % 3 * 700) or None)
                    for n in range(121, 161)))
        running.wait_for(lambda out, err: "cassandra: write contact_points=" in err, "a warning")
    finally:
        node.go_on()
    try:
        running.wait_for(lambda out, err: "batch 3:" in err, "the batch")
        running.stop().must_exit(0)
    finally:
        running.process.kill()
    check_tables(folder, 4)
