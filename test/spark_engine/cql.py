"""Tables of a real Cassandra on the Spark engine: read beside streams, written by key."""

import json
import subprocess

import yaml

from spark_engine.both import expect_same_tables, native, plan_of, spark
from support.cassandra import PASSWORD, USER, shared_cassandra
from support.case import Case, Failure, expect_equal
from support.warm_spark import environment, spark_jars, spark_python


def cases():
    yield Case("cassandra/tables", written_and_read)
    yield Case("cassandra/refused", refused)


def connection(keyspace, table, **more):
    """As the file has it; the password comes out of the environment."""
    return {"contact_points": [shared_cassandra().address], "user": USER, "password": "${CQL_PASSWORD}", "keyspace": keyspace,
            "table": table, **more}


def pipeline(keyspace):
    sales = {"id": "BIGINT", "shop": "VARCHAR", "amount": "DECIMAL(10,2)", "at": "TIMESTAMP", "paid": "BOOLEAN", "uid": "UUID"}
    return {
        "name": "cql",
        "sources": {"sales": {"json_lines": {"path": "in", "schema": sales, "max_files_per_trigger": 1}}},
        "tables": {"shops": {"cassandra": connection(keyspace, "shops")}},
        "views": {"totals": "SELECT shop, count(*) AS sales, sum(amount) AS amount FROM sales GROUP BY shop",
                  "placed": "SELECT sales.id AS sale, shops.* REPLACE (CAST(shops.id AS VARCHAR) AS id, CAST(whole AS DECIMAL(38,0)) AS whole) FROM sales JOIN shops ON sales.shop = shops.shop"},
        "sinks": {"sales": {"from": "sales", "cassandra": connection(keyspace, "${TARGET}_sales", nulls="unset")},
                  "totals": {"from": "totals", "mode": "upsert", "key": ["shop"], "cassandra": connection(keyspace, "${TARGET}_totals")},
                  "placed": {"from": "placed", "delta": {"path": "${OUT}/placed"}}},
        "trigger": "available_now", "checkpoint": "${OUT}/checkpoint"}


def written_and_read(folder):
    spark_jars("cassandra")
    server = shared_cassandra()
    session, keyspace = server.session(), server.new_keyspace()
    session.execute(f"CREATE TABLE {keyspace}.shops (shop text PRIMARY KEY, city text, opened timestamp, day date, size int, big bigint, "
                    "paid boolean, rate double, weight float, id uuid, bytes blob, tags list<text>, prices map<text, int>, "
                    "total decimal, whole varint, small smallint, tiny tinyint, address inet)")
    for name in ("s0", "s1"):
        session.execute(f"INSERT INTO {keyspace}.shops (shop, city, opened, day, size, big, paid, rate, weight, id, bytes, tags, prices, "
                        f"total, whole, small, tiny, address) VALUES ('{name}', 'Łódź', '2024-02-29 10:00:00.123+0000', '1969-01-01', 7, "
                        "9000000000, true, 1.5, 0.25, 0de3a0c6-9f1b-4a7e-8d2c-1a2b3c4d5e6f, 0x0102, ['a', 'b'], {'k': 1}, 12.345, "
                        "123456789012345678901234567890, 300, -7, '10.0.0.1')")
    session.execute(f"INSERT INTO {keyspace}.shops (shop) VALUES ('s2')")
    for engine in ("native", "spark"):
        session.execute(f"CREATE TABLE {keyspace}.{engine}_sales (id bigint PRIMARY KEY, shop text, amount decimal, at timestamp, "
                        "paid boolean, uid uuid)")
        session.execute(f"CREATE TABLE {keyspace}.{engine}_totals (shop text PRIMARY KEY, sales bigint, amount decimal)")
        session.execute(f"INSERT INTO {keyspace}.{engine}_sales (id, shop, paid) VALUES (3, 'before', true)")
    (folder / "in").mkdir()
    for part in range(3):
        lines = [json.dumps({"id": number, "shop": f"s{number % 4}", "amount": f"{number}.25", "at": f"2024-02-29 10:00:{number:02}",
                             "paid": None if number == 3 else number % 2 == 0,
                             "uid": f"0de3a0c6-9f1b-4a7e-8d2c-1a2b3c4d{number:04x}"}) for number in range(part * 10, part * 10 + 12)]
        (folder / "in" / f"{part}.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(pipeline(keyspace), sort_keys=False, width=1000))
    for engine, run in (("native", native), ("spark", spark)):
        run("pipeline.yaml", {"TARGET": engine, "OUT": folder / engine, "CQL_PASSWORD": PASSWORD}, folder)
    for table in ("sales", "totals"):
        rows = [sorted(map(tuple, session.execute(f"SELECT * FROM {keyspace}.{engine}_{table}"))) for engine in ("native", "spark")]
        if not rows[0]:
            raise Failure(f"{table}: no rows, which shows nothing")
        expect_equal(rows[0], rows[1], table)
    expect_same_tables(folder / "native", folder / "spark", [("placed", "delta")])


def refused(folder):
    """A stream, and rows that would have to be deleted, with their places, before anything starts."""
    server = shared_cassandra()
    keyspace = server.new_keyspace()
    server.session().execute(f"CREATE TABLE {keyspace}.shops (shop text PRIMARY KEY, sales bigint)")
    spec = {"name": "cql", "sources": {"shops": {"cassandra": connection(keyspace, "shops")},
                                       "lines": {"json_lines": {"path": "in", "schema": {"shop": "VARCHAR"}}}},
            "views": {"many": "SELECT shop, count(*) AS sales FROM lines GROUP BY shop HAVING count(*) > 1"},
            "sinks": {"shown": {"from": "shops", "console": {}},
                      "many": {"from": "many", "mode": "upsert", "key": ["shop"], "cassandra": connection(keyspace, "shops")}},
            "trigger": "available_now", "checkpoint": "c"}
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(spec, sort_keys=False, width=1000))
    plan = json.dumps(plan_of("pipeline.yaml", {"CQL_PASSWORD": PASSWORD}, folder))
    for command in ("check", "run"):
        done = subprocess.run([spark_python(), "-m", "sluice_spark", command], input=plan, text=True, capture_output=True, cwd=folder,
                              env=environment())
        expect_equal(2, done.returncode, f"{command}'s exit code, with\n{done.stderr}")
        for words in ("pipeline.yaml:4:5: the connector for Spark reads a table of Cassandra as it is, and no stream",
                      "the connector for Spark deletes nothing"):
            if words not in done.stderr:
                raise Failure(f"{words} is not in\n{done.stderr}")
