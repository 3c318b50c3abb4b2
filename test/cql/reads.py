"""Tables of Cassandra that are read."""

import re
import signal
import uuid
from decimal import Decimal

from cql import orders
from cql.job import connection, must_say, reading, run, write
from crash.at_random import kill_often
from support import tables
from support.cassandra import PASSWORD, USER, shared_cassandra
from support.case import Case, Failure, expect_equal
from support.kafka import shared_kafka
from support.placed import place
from support.program import ROOT, Running, indent, sluice
from support.soak import rounds

EXAMPLE_ROWS = rounds(30_000, 100_000)
OWN = ("cassandra.", "inbox.", "engine.read", "engine.committed", "engine.published")


def cases():
    yield Case("examples", examples)
    yield Case("types", types)
    yield Case("query", query)
    yield Case("table", table)
    yield Case("addresses", addresses)
    yield Case("every_point", every_point)
    yield Case("random", at_random)
    yield Case("changed", changed)
    yield Case("altered", altered)


def expect_lines(expected, got, what):
    """Two long lists of lines: the first that differs is enough."""
    if len(expected) != len(got):
        raise Failure(f"{what}: {len(expected)} rows expected, {len(got)} are there")
    for one, other in zip(expected, got):
        if one != other:
            raise Failure(f"{what}\n  expected: {one}\n  got:      {other}")


def examples(folder):
    """The founding producer and its consumer: all that the driver reads comes out as Parquet."""
    node, topic = shared_cassandra(), f"orders-{uuid.uuid4().hex[:12]}"
    session, keyspace = node.session(), node.new_keyspace()
    orders.create(session, keyspace)
    env = {"CASSANDRA": node.address, "CASSANDRA_USER": USER, "CASSANDRA_PASSWORD": PASSWORD, "KEYSPACE": keyspace,
           "KAFKA_BROKERS": shared_kafka().address, "TOPIC": topic, "OUT": folder / "out"}
    pipeline = "examples/cassandra_to_kafka/pipeline.yaml"
    sluice("check", pipeline, cwd=ROOT, env=env).must_exit(0)
    # Without rows nothing is sent.
    sluice("run", pipeline, cwd=ROOT, env={**env, "OUT": folder / "empty"}).must_exit(0)
    orders.load(session, keyspace, EXAMPLE_ROWS)
    done = sluice("run", pipeline, "--log-folder", folder / "logs", cwd=ROOT, env=env).must_exit(0)
    tree = (" |-- customer: integer (nullable = true)", " |-- total: decimal(38,18) (nullable = true)",
            " |    |-- element: string (containsNull = true)", "25 columns", "only showing top 20 rows",
            f"|{EXAMPLE_ROWS}|")
    for text in tree:
        if text not in done.out:
            raise Failure(f"no {text!r} on the screen\n" + indent(done.out, "  stdout| ", 80))
    logs = list((folder / "logs").glob("20??-??-??_??-??-??.log"))
    if len(logs) != 1 or "source orders begins at" not in logs[0].read_text():
        raise Failure(f"the log: {logs}")
    consumer = Running("run", "examples/kafka_to_parquet/pipeline.yaml", cwd=ROOT,
                       env={**env, "PROCESSING_INTERVAL": "200ms", "OUT": folder / "parquet"})
    consumer.wait_for(lambda out, err: sum(map(int, re.findall(r"batch \d+: rows=(\d+)", err))) >= EXAMPLE_ROWS,
                      "all rows")
    ended = consumer.stop().must_exit(0)
    if " |-- lots: array (nullable = true)" not in ended.out:
        raise Failure("no tree\n" + indent(ended.out, "  stdout| "))
    expect_lines(orders.lines(orders.read_with_driver(session, keyspace)),
                 orders.lines(orders.read_parquet(folder / "parquet" / "dataSink")), "Parquet")


def addresses(folder):
    """A table shown and copied by its address, into files and from them into another table."""
    node = shared_cassandra()
    session, keyspace = node.session(), node.new_keyspace()
    for name in ("people", "copied"):
        session.execute(f"CREATE TABLE {keyspace}.{name} (id bigint PRIMARY KEY, name text, born date)")
    for id, name in ((1, "größer"), (2, "東京"), (3, "x")):
        session.execute(f"INSERT INTO {keyspace}.people (id, name, born) VALUES ({id}, '{name}', '1990-01-0{id}')")
    place = f"cassandra://{USER}:{PASSWORD}@{node.address}/{keyspace}"
    seen = sluice("show", f"{place}/people", cwd=folder).must_exit(0)
    for text in (" |-- id: long (nullable = true)", " |-- born: date (nullable = true)", "東京", "3 rows, 3 columns"):
        if text not in seen.out:
            raise Failure(f"no {text!r} on the screen\n" + indent(seen.out, "  stdout| "))
    sluice("copy", f"{place}/people", "out", "--to", "parquet", cwd=folder).must_exit(0)
    expect_equal([["1", "größer", "1990-01-01"], ["2", "東京", "1990-01-02"], ["3", "x", "1990-01-03"]],
                 [list(map(str, row)) for row in parquet(folder, "SELECT id, name, born FROM t ORDER BY id")], "files")
    sluice("copy", "out/*.parquet", f"{place}/copied", cwd=folder).must_exit(0)
    rows = sorted((row.id, row.name, str(row.born)) for row in session.execute(f"SELECT * FROM {keyspace}.copied"))
    expect_equal([(1, "größer", "1990-01-01"), (2, "東京", "1990-01-02"), (3, "x", "1990-01-03")], rows, "copied back")
    wrong = sluice("show", "cassandra://127.0.0.1/only", cwd=folder).must_exit(2)
    if "/KEYSPACE/TABLE" not in wrong.err:
        raise Failure(wrong.err)


def parquet(folder, select):
    duck = tables.connection()
    tables.define_table(duck, "t", "parquet", folder / "out")
    return tables.rows_as_text(duck, select)


def types(folder):
    """What is at the edge of a type is exact, or goes to the dead letter, or comes as text."""
    session, keyspace = shared_cassandra().session(), shared_cassandra().new_keyspace()
    session.execute(f'CREATE TABLE {keyspace}.edges (id int PRIMARY KEY, big varint, price decimal, clock time, '
                    'lasts duration, day date, moment timestamp, "Größe ""x""" text, words vector<text, 2>, '
                    'small vector<smallint, 2>, grid vector<vector<float, 2>, 2>, '
                    'deep map<text, frozen<list<frozen<tuple<int, text>>>>>)')
    session.execute(f"CREATE TABLE {keyspace}.hits (id int PRIMARY KEY, n counter)")
    session.execute(f"UPDATE {keyspace}.hits SET n = n + 7 WHERE id = 1")
    rows = {1: ("-" + "9" * 38, "12345678901234567890.123456789012345678", "'23:59:59.999999'",
                "1mo2d3us", "'-0044-03-15'", "'1969-12-31T23:59:59.999Z'"),
            2: (str(10**39), "1", "'00:00:00'", "1d", "'2024-01-01'", "0"),
            3: ("1", "0.0000000000000000001", "'00:00:00'", "1d", "'2024-01-01'", "0"),
            4: ("1", "1", "'00:00:00.000000001'", "1d", "'2024-01-01'", "0"),
            5: ("1", "1", "'00:00:00'", "1ns", "'2024-01-01'", "0"),
            6: ("1", "1", "'00:00:00'", "1d", "'2024-01-01'", "9223372036854775807")}
    for number, (big, price, clock, lasts, day, moment) in rows.items():
        session.execute(f'INSERT INTO {keyspace}.edges (id, big, price, clock, lasts, day, moment, "Größe ""x""", words, '
                        f"small, grid, deep) VALUES ({number}, {big}, {price}, {clock}, {lasts}, {day}, {moment}, '世界', "
                        "['a', 'bcd'], [1, -2], [[1, 2], [3, 4]], {'k': [(1, 'x'), (2, null)]})")
    # Parquet has no HUGEINT.
    write(folder, reading(keyspace, "edges", "parquet: {path: out}", types='{big: "DECIMAL(38,0)"}'))
    run(folder).must_exit(0)
    expect_equal([["1", rows[1][0], rows[1][1], "23:59:59.999999", "-0044-03-15", "-1", "世界", "[a, bcd]", "[1, -2]",
                   "[[1, 2], [3, 4]]", "{k=[{'_1': 1, '_2': x}, {'_1': 2, '_2': NULL}]}"]],
                 parquet(folder, 'SELECT id, big, price, clock, CASE WHEN day = DATE \'0045-03-15 (BC)\' THEN '
                                 "'-0044-03-15' ELSE CAST(day AS VARCHAR) END, epoch_ms(moment), \"Größe \"\"x\"\"\", "
                                 "words, small, CAST(grid AS INTEGER[][]), deep FROM t"), "edges")
    letters = tables.connection().execute(
        f"SELECT column_name, reason FROM '{folder}/checkpoint/dead_letter/rows/*.parquet' ORDER BY 1").fetchall()
    expect_equal(["big", "clock", "lasts", "moment", "price"], [name for name, _ in letters], "dead letters")
    if "types: VARCHAR" not in dict(letters)["big"]:
        raise Failure(f"reasons: {letters}")
    wanted = ('{big: VARCHAR, price: VARCHAR, clock: BIGINT, lasts: "STRUCT(months INTEGER, days INTEGER, nanoseconds '
              'BIGINT)"}')
    write(folder / "text", reading(keyspace, "edges", "parquet: {path: out}", types=wanted, on_error="'null'"))
    run(folder / "text").must_exit(0)
    expect_equal([["2", "1" + "0" * 39, "1", "0", "0"], ["3", "1", "0.0000000000000000001", "0", "0"],
                  ["4", "1", "1", "1", "0"], ["5", "1", "1", "0", "1"], ["6", "1", "1", "0", "0"]],
                 parquet(folder / "text", "SELECT id, big, price, clock, lasts.nanoseconds FROM t WHERE id > 1"), "as text")
    write(folder / "hits", reading(keyspace, "hits", "parquet: {path: out}"))
    run(folder / "hits").must_exit(0)
    expect_equal([["1", "7"]], parquet(folder / "hits", "SELECT id, n FROM t"), "a counter")


def query(folder):
    """A SELECT, columns of a table, and a table of nothing."""
    session, keyspace = shared_cassandra().session(), shared_cassandra().new_keyspace()
    orders.create(session, keyspace)
    orders.load(session, keyspace, 300)
    write(folder / "query", f"""\
name: reading
sources:
  rows:
    cassandra:
      {connection(query=f"SELECT customer, items AS things, toUnixTimestamp(placed) AS ms FROM {keyspace}.orders "
                        "WHERE customer = 7", page_rows=1)}
sinks:
  out: {{from: rows, parquet: {{path: out}}}}
checkpoint: checkpoint
""")
    run(folder / "query").must_exit(0)
    row = session.execute(f"SELECT items, toUnixTimestamp(placed) AS ms FROM {keyspace}.orders WHERE customer = 7").one()
    expect_equal([["7", str(row.items), str(row.ms)]],
                 parquet(folder / "query", "SELECT customer, things, ms FROM t"), "a query")
    write(folder / "columns", reading(keyspace, "orders", "parquet: {path: out}", columns="[items, customer]"))
    run(folder / "columns").must_exit(0)
    expect_equal([["300", "2"]], parquet(folder / "columns", "SELECT count(*), (SELECT count(*) FROM (DESCRIBE t)) "
                                                             "FROM t"), "two columns")


def table(folder):
    """Joined with a stream, and read again after `refresh`."""
    session, keyspace = shared_cassandra().session(), shared_cassandra().new_keyspace()
    session.execute(f"CREATE TABLE {keyspace}.names (id int PRIMARY KEY, name text)")
    for number, name in enumerate(("Ada", "Grace", "Linus")):
        session.execute(f"INSERT INTO {keyspace}.names (id, name) VALUES ({number}, '{name}')")
    write(folder, f"""\
name: joined
sources:
  hits:
    json_lines: {{path: in, schema: {{id: INTEGER}}, max_files_per_trigger: 1}}
tables:
  names:
    refresh: 1ms
    cassandra:
      {connection(keyspace=keyspace, table="names")}
views:
  named: SELECT hits.id, name FROM hits LEFT JOIN names USING (id)
sinks:
  out: {{from: named, parquet: {{path: out}}}}
checkpoint: checkpoint
""")
    (folder / "in").mkdir()
    (folder / "in" / "0.jsonl").write_text('{"id": 0}\n{"id": 9}\n')
    run(folder).must_exit(0)
    session.execute(f"INSERT INTO {keyspace}.names (id, name) VALUES (9, 'Edsger')")
    (folder / "in" / "1.jsonl").write_text('{"id": 9}\n')
    run(folder).must_exit(0)
    expect_equal([["0", "Ada"], ["9", "Edsger"], ["9", "NULL"]], parquet(folder, "SELECT id, name FROM t"), "joined")


# ---- killed

def numbers(count):
    session, keyspace = shared_cassandra().session(), shared_cassandra().new_keyspace()
    session.execute(f"CREATE TABLE {keyspace}.numbers (k int, id int, pad text, PRIMARY KEY (k, id))")
    insert = session.prepare(f"INSERT INTO {keyspace}.numbers (k, id, pad) VALUES (?, ?, ?)")
    session.execute_all((insert, (n % 50, n, "x" * (n % 9 * 30))) for n in range(count))
    return keyspace


def check_numbers(folder, count):
    got = parquet(folder, "SELECT count(*), count(DISTINCT id), min(id), max(id) FROM t")
    expect_equal([[str(count), str(count), "0", str(count - 1)]], got, "each row once")


def small_steps(keyspace):
    """So that a scan has many instants to die at: a block is 16 KiB."""
    return reading(keyspace, "numbers", "parquet: {path: out}", page_rows=10, ranges=8, buffer="1MiB",
                   max_records_per_trigger=150)


def every_point(folder):
    keyspace = numbers(600)
    write(folder / "list", small_steps(keyspace))
    names = folder / "points"
    run(folder / "list", crash=f"list:{names}").must_exit(0)
    check_numbers(folder / "list", 600)
    points = sorted(set(names.read_text().split()))
    for point in ("cassandra.stored", "cassandra.noted", "inbox.write", "inbox.written"):
        if point not in points:
            raise Failure(f"the job does not pass {point}: {points}")
    for point in points:
        if not point.startswith(rounds(OWN, ("cassandra.", "inbox.", "engine."))):
            continue
        for hit in (1, 3) if point.startswith(("cassandra.", "inbox.")) else (1,):
            job = folder / f"{point}-{hit}"
            write(job, small_steps(keyspace))
            died = run(job, crash=f"{point}:{hit}")
            if died.exit != -signal.SIGKILL:
                raise Failure(f"{point}:{hit}: ended with {died.exit}\n" + indent(died.err, "  stderr| "))
            # A second death while the first one is repaired.
            run(job, crash="cassandra.noted:1")
            for _ in range(2):
                run(job).must_exit(0)
            check_numbers(job, 600)


def at_random(folder):
    keyspace = numbers(3000)
    kill_often(folder, rounds(15, 100), lambda job: write(job, small_steps(keyspace)),
               lambda job: check_numbers(job, 3000))


def changed(folder):
    """Rows that wait are not read as if they had other columns."""
    keyspace = numbers(600)
    write(folder, small_steps(keyspace))
    died = run(folder, crash="engine.committed:1")
    expect_equal(-signal.SIGKILL, died.exit, "killed")
    shared_cassandra().session().execute(f"ALTER TABLE {keyspace}.numbers ADD more text")
    ended = run(folder).must_exit(2)
    if "rows wait that were read with other columns" not in ended.err:
        raise Failure("what it says\n" + indent(ended.err, "  stderr| "))


def altered(folder):
    """A table that is altered while it is read: no row is taken for one with other columns."""
    session, keyspace = shared_cassandra().session(), shared_cassandra().new_keyspace()
    session.execute(f"CREATE TABLE {keyspace}.wide (id int PRIMARY KEY, pad text)")
    insert = session.prepare(f"INSERT INTO {keyspace}.wide (id, pad) VALUES (?, ?)")
    # Much more than the inbox takes, so that the scan waits for batches, for twenty seconds.
    session.execute_all((insert, (n, "x" * 40_000)) for n in range(200))
    write(folder / "scan", f"""\
name: reading
sources:
  rows:
    cassandra:
      {connection(query=f"SELECT * FROM {keyspace}.wide", page_rows=2, buffer="1MiB", max_records_per_trigger=2)}
sinks:
  out: {{from: rows, parquet: {{path: out}}}}
trigger: {{every: 200ms}}
checkpoint: checkpoint
""")
    session.execute(f"CREATE TABLE {keyspace}.names (id int PRIMARY KEY, name text)")
    session.execute(f"INSERT INTO {keyspace}.names (id, name) VALUES (0, 'Ada')")
    write(folder / "table", f"""\
name: joined
sources:
  hits: {{json_lines: {{path: in, schema: {{id: INTEGER}}}}}}
tables:
  names:
    refresh: 1ms
    cassandra:
      {connection(query=f"SELECT * FROM {keyspace}.names")}
views:
  named: SELECT hits.id, name FROM hits LEFT JOIN names USING (id)
sinks:
  out: {{from: named, parquet: {{path: out}}}}
trigger: {{every: 20ms}}
checkpoint: checkpoint
""")
    (folder / "table" / "in").mkdir()
    (folder / "table" / "in" / "0.jsonl").write_text('{"id": 0}\n')
    scan = Running("run", "pipeline.yaml", cwd=folder / "scan")
    table = Running("run", "pipeline.yaml", cwd=folder / "table")
    try:
        scan.wait_for(lambda out, err: "batch 2:" in err, "three batches")
        table.wait_for(lambda out, err: "batch 0:" in err, "a batch")
        session.execute(f"ALTER TABLE {keyspace}.wide ADD aa bigint")
        session.execute(f"ALTER TABLE {keyspace}.names ADD aa bigint")
        place(folder / "table" / "in" / "1.jsonl", '{"id": 0}\n')
        for running in (scan, table):
            must_say(running.finish(), 2, "E_COLUMNS_CHANGED", "'aa' (bigint) is new")
    finally:
        scan.process.kill()
        table.process.kill()
    wrong = parquet(folder / "scan", "SELECT count(*) FROM t WHERE id IS NULL OR id NOT BETWEEN 0 AND 199 "
                                     "OR length(pad) IS DISTINCT FROM 40000")
    expect_equal([["0"]], wrong, "rows read as others")
    expect_equal([["0", "Ada"]], parquet(folder / "table", "SELECT id, name FROM t"), "joined")
    letters = list((folder / "scan" / "checkpoint" / "dead_letter").rglob("*.parquet"))
    expect_equal([], letters, "dead letters")
