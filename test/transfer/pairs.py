"""`sluice copy` from each kind of place into others, a real Kafka among them, and what it says of itself."""

import json
import os
import pty
import subprocess

from support.broker import create_topic, produce
from support.case import Case, Failure, expect_equal
from support.kafka import shared_kafka
from support.program import PROGRAM, environment, must_say, sluice
from support.s3 import Store
from transfer.place import copy, expect_ids, rows, show, write_csv, write_json


def cases():
    yield Case("csv_delta_parquet_kafka_delta", around)
    yield Case("kafka_as_it_is", as_it_is)
    yield Case("json_csv", json_to_csv)
    yield Case("print", printed)
    yield Case("twice", twice)
    yield Case("foreign_csv", foreign_csv)
    yield Case("looks", looks)
    yield Case("own_rules", own_rules)
    yield Case("packed_and_patterns", packed)
    yield Case("store", store)
    yield Case("bar", bar)


def around(folder):
    """A file's rows through a table, Parquet files and a topic into a table again: the same rows."""
    brokers = shared_kafka().address
    write_csv(folder / "in" / "orders.csv", 200)
    must_say(copy(folder, "in/orders.csv", "lake/orders"), "200 rows (", " to delta lake/orders in ",
             "columns by the looks of in/orders.csv: id BIGINT, name VARCHAR, price DOUBLE, "
             '"at" TIMESTAMP, ok BOOLEAN')
    copy(folder, "lake/orders", "out.parquet")
    copy(folder, "out.parquet", f"kafka://{brokers}/copied", "--key", "id")
    copy(folder, f"kafka://{brokers}/copied", "lake/again", "--schema",
         "id BIGINT, name VARCHAR, price DOUBLE, at TIMESTAMP, ok BOOLEAN")
    expected = rows(folder, "delta", "lake/orders")
    expect_equal(200, len(expected), "rows")
    expect_equal(expected, rows(folder, "parquet", "out.parquet"), "delta to parquet")
    expect_equal(expected, rows(folder, "delta", "lake/again"), "kafka to delta")
    consumed = sluice("consume", "copied", "--brokers", brokers, "--count", 1, "--output", "json",
                      cwd=folder).must_exit(0)
    record = json.loads(consumed.out)
    expect_equal(str(record["value"]["id"]), record["key"], "the record's key")


def as_it_is(folder):
    from confluent_kafka import Producer

    brokers = shared_kafka().address
    for topic in ("from", "to"):
        create_topic(brokers, topic, partitions=3)
    producer = Producer({"bootstrap.servers": brokers})
    for i in range(90):
        producer.produce("from", value=None if i % 10 == 9 else bytes([i, 255]), key=f"k{i}".encode(),
                         partition=i % 3, timestamp=1_714_560_000_000 + i,
                         headers=[("h", b"\x00\xff"), ("h", None), ("ü", str(i).encode())])
    producer.flush()
    copy(folder, f"kafka://{brokers}/from", f"kafka://{brokers}/to")
    expect_equal(records(brokers, "from"), records(brokers, "to"), "records with all that they have")
    expect_equal(90, len(records(brokers, "to")), "records")
    must_say(copy(folder, f"kafka://{brokers}/from", f"kafka://{brokers}/missing", code=2), "missing")
    # As columns into a table.
    copy(folder, f"kafka://{brokers}/from", "bronze")
    expect_equal([["90", "81"]], rows(folder, "delta", "bronze", "count(*), count(value)"), "raw columns")


def records(brokers, topic):
    """Partition, key, value, time and headers of all records, each partition in its order."""
    from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "none", "enable.auto.commit": False,
                         "enable.partition.eof": True, "isolation.level": "read_committed"})
    try:
        consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in range(3)])
        found, ended = [], set()
        while len(ended) < 3:
            message = consumer.poll(30)
            if message is None:
                raise Failure(f"no answer from {topic}")
            if message.error():
                ended.add(message.partition())
            else:
                found.append((message.partition(), message.key(), message.value(), message.timestamp()[1],
                              message.headers()))
        return sorted(found, key=lambda record: record[:2])
    finally:
        consumer.close()


def json_to_csv(folder):
    write_json(folder / "in.jsonl", [{"id": i, "name": f"ü,\"{i}\"", "day": "2024-05-01"} for i in range(30)])
    must_say(copy(folder, "in.jsonl", "out.csv"), "id BIGINT, name VARCHAR, day DATE")
    expect_equal(["7", 'ü,"7"', "2024-05-01"], [row for row in rows(folder, "csv", "out.csv") if row[0] == "7"][0],
                 "a row")
    copy(folder, "in.jsonl", "other", "--to", "parquet")
    expect_ids(folder, "parquet", "other", range(30))


def printed(folder):
    """What --print shows is a pipeline that does the same."""
    write_csv(folder / "in.csv", 20)
    shown = copy(folder, "in.csv", "lake/out", "--print", "--from-option", "max_records_per_trigger=7")
    if (folder / "lake").exists():
        raise Failure("--print has run it")
    (folder / "pipeline.yaml").write_text(shown.out)
    sluice("check", "pipeline.yaml", cwd=folder).must_exit(0)
    done = sluice("run", "pipeline.yaml", "--progress", "json", cwd=folder).must_exit(0)
    expect_equal(3, len(done.progress), "batches of 7 rows")
    expect_ids(folder, "delta", "lake/out", range(20))
    secret = copy(folder, "in.csv", "kafka://localhost:1/t", "--print", "--to-option",
                  "properties={sasl.password: hunter2}")
    if "hunter2" in secret.out + secret.err or "***" not in secret.out:
        raise Failure("the password is shown\n" + secret.out)


def twice(folder):
    """Without a checkpoint rows are added again, and it says so; with one only new ones are."""
    write_csv(folder / "in" / "a.csv", 10)
    must_say(copy(folder, "in", "again"), "10 rows")
    must_say(copy(folder, "in", "again"), "again is there already: rows are added to it")
    expect_ids(folder, "delta", "again", sorted(2 * list(range(10))))
    for count, files in ((10, 1), (0, 1), (5, 2)):
        if files == 2:
            write_csv(folder / "in" / "b.csv", 5, first=10)
        must_say(copy(folder, "in", "once", "--checkpoint", "kept"), f"{count} rows")
    # However it is spelt.
    write_csv(folder / "in" / "c.csv", 5, first=15)
    must_say(copy(folder, folder / "in/", "./once/", "--checkpoint", "./kept/"), "5 rows")
    must_say(copy(folder, "in/../in", folder / "once", "--checkpoint", folder / "kept"), "0 rows")
    expect_ids(folder, "delta", "once", range(20))


def foreign_csv(folder):
    (folder / "in.csv").write_text("1;a,b;01/05/2024\n2;\"c;d\";02/05/2024\n")
    must_say(copy(folder, "in.csv", "out", "--to", "parquet"), "column0 BIGINT, column1 VARCHAR, column2 VARCHAR")
    expect_equal([["1", "a,b", "01/05/2024"], ["2", "c;d", "02/05/2024"]], rows(folder, "parquet", "out"), "rows")


def looks(folder):
    """All that a column of a first file looks like is read as such, by the rules of a pipeline."""
    (folder / "in.csv").write_text(
        "flag,day,at,zoned,time,number,code,whole,long\n"
        "true,2024-5-1,2024-05-01T10:00:00,2024-05-01 10:00:00Z,10:00:00,1e5,007,-5,99999999999999999999\n"
        "false,2024-12-31,2024-05-01 10:00:00.5,2024-05-01 10:00:00+02,9:05,-1.5,08,7,1\n")
    said = copy(folder, "in.csv", "out")
    must_say(said, 'flag BOOLEAN, day VARCHAR, "at" TIMESTAMP, zoned TIMESTAMPTZ', "whole BIGINT")
    if "did not decode" in said.err:
        raise Failure(said.err)
    expect_equal([["false", "2024-12-31", "9:05", "08", "1"], ["true", "2024-5-1", "10:00:00", "007", "99999999999999999999"]],
                 rows(folder, "delta", "out", 'flag, "day", "time", code, long'), "rows")


def own_rules(folder):
    """What another program takes for more than a text, and a pipeline does not; and numbers that a DOUBLE rounds."""
    (folder / "in.csv").write_text(
        "zip,flag,amount,plain\n01234,t,0.12345678901234567890,1.5\n00099,f,12345678901234.123456789,2\n")
    said = copy(folder, "in.csv", "out")
    must_say(said, "2 rows", "flag VARCHAR, amount VARCHAR, plain DOUBLE")
    expect_equal([["f", "12345678901234.123456789"], ["t", "0.12345678901234567890"]],
                 rows(folder, "delta", "out", "flag, amount"), "rows")
    (folder / "in.jsonl").write_text(
        '{"d":"01-02-2024","n":12345678901234567890123,"x":1.5,"s":{"y":0.1234567890123456789,"t":"a"},"e":1}\n'
        '{"d":"03-04-2024","n":5,"x":0.5,"s":{"y":1.5,"t":"1234567890123456789"},"e":0.000000000000000001}\n')
    said = copy(folder, "in.jsonl", "json")
    must_say(said, "2 rows", "d VARCHAR", "x DOUBLE", "s VARCHAR", "e DOUBLE")
    if "did not decode" in said.err:
        raise Failure(said.err)
    expect_equal([["01-02-2024", "12345678901234567890123"], ["03-04-2024", "5"]],
                 rows(folder, "delta", "json", "d, n"), "rows of JSON")
    # Nothing of it is a row.
    must_say(copy(folder, "in.jsonl", "none", "--schema", "x DATE", code=2), "0 rows (", "2 records did not decode",
             "no record decoded, so nothing was copied")


def packed(folder):
    import gzip

    write_csv(folder / "a.csv", 10)
    (folder / "b.csv.gz").write_bytes(gzip.compress((folder / "a.csv").read_bytes()))
    copy(folder, "b.csv.gz", "packed")
    expect_ids(folder, "delta", "packed", range(10))
    write_csv(folder / "a1.csv", 5, first=10)
    copy(folder, "a*.csv", "all")
    expect_ids(folder, "delta", "all", range(15))
    must_say(show(folder, "a*.csv", "--count", "--rows", "1"), "15 rows")


def store(folder):
    """Files and tables of a bucket, on both sides, and looked at."""
    bucket = Store()
    url, env = f"s3://{bucket.bucket}", bucket.server.env
    (folder / "bucket").symlink_to(bucket.folder)
    write_csv(folder / "in.csv", 40)
    copy(folder, "in.csv", f"{url}/orders", env=env)
    expect_ids(folder, "delta", "bucket/orders", range(40))
    write_csv(bucket.folder / "files" / "a.csv", 10)
    must_say(copy(folder, f"{url}/files", f"{url}/out.parquet", env=env), "id BIGINT")
    expect_ids(folder, "parquet", "bucket/out.parquet", range(10))
    copy(folder, f"{url}/out.parquet", "back", env=env)
    expect_ids(folder, "delta", "back", range(10))
    must_say(show(folder, f"{url}/orders", "--count", env=env), "40 rows, 5 columns")
    must_say(show(folder, f"{url}/order", code=2, env=env), "there is no file or folder")


def bar(folder):
    """On a terminal a bar, and nothing else moves."""
    write_csv(folder / "in.csv", 200)
    terminal, other = pty.openpty()
    try:
        done = subprocess.Popen([PROGRAM, "copy", "in.csv", "out", "--from-option", "max_records_per_trigger=1"],
                                cwd=folder, env=environment(TERM="xterm"), stdin=subprocess.DEVNULL, stderr=other)
        os.close(other)
        text = b""
        try:
            while piece := os.read(terminal, 4096):
                text += piece
        except OSError:  # nobody writes any more
            pass
        expect_equal(0, done.wait(), "exit code")
    finally:
        os.close(terminal)
    for part in (b"[#", b".] ", b" %   ", b" rows/s   ", b"200 rows ("):
        if part not in text:
            raise Failure(f"{part} is not in\n{text.decode(errors='replace')}")
