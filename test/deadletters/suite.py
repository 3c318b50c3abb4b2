"""Dead letters are listed and shown as they are, and replayed once: whatever is in them, whoever asks, and
whenever the process is killed."""

import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import time

from deadletters.job import (RIGHT, WRONG, all_rows, expect_ledger, expect_tables, letters, replay,
                             run, write_input, write_pipeline)
from support import tables
from support.broker import FIRST_TIMESTAMP_MS, EmbeddedBroker, produce
from support.case import Case, Failure, expect_equal
from support.live import Live
from support.program import PROGRAM, Running, environment, indent, sluice, sluice_measured

REASON = "column amount: "


def cases():
    yield Case("list", listed)
    yield Case("bytes", every_byte)
    yield Case("places", places)
    yield Case("errors", errors)
    yield Case("in_flight", in_flight)
    yield Case("replay", replayed)
    yield Case("replay_some", replayed_some)
    yield Case("replay_running", replayed_running)
    yield Case("replay_late", replayed_late)
    yield Case("replay_elements", replayed_elements)
    yield Case("replay_kafka", replayed_kafka)
    yield Case("fails_again", fails_again)
    yield Case("several_batches", several_batches)
    yield Case("at_once", at_once)
    yield Case("crash", every_point)
    yield Case("crash_asking", killed_while_asking)
    yield Case("each_later", each_later)
    yield Case("named_folders", named_folders)
    yield Case("renamed", renamed)
    yield Case("forgotten", forgotten)
    yield Case("no_sink", no_sink)
    yield Case("other_owner", other_owner)
    yield Case("no_temporary_folder", no_temporary_folder)
    yield Case("cancelled", cancelled)
    yield Case("large", large)
    yield Case("many", many)
    yield Case("api", api)


def prepare(folder, batches=3):
    """A job that has run with the wrong schema: a quarter of its rows are dead letters."""
    write_pipeline(folder, WRONG)
    for batch in range(batches):
        write_input(folder, batch)
    run(folder).must_exit(0)


def expect_message(ended, code, *words):
    ended.must_exit(code)
    for word in words:
        if word not in ended.err:
            raise Failure(f"the message lacks '{word}':\n{ended.err}")


# ---- looking

def listed(folder):
    prepare(folder)
    found = letters(folder)
    expect_equal(15, len(found), "letters")
    expect_equal([2] * 5 + [1] * 5 + [0] * 5, [each["batch"] for each in found], "the newest first")
    expect_equal(15, len({each["id"] for each in found}), "ids are different")
    first = found[0]
    expect_equal("readings", first["source"], "source")
    if not re.search(r"in/0002\.jsonl line=17$", first["place"]):
        raise Failure(f"place: {first['place']}")
    expect_equal("amount", first["column"], "column")
    expect_equal({"id": 56, "k": "key 2", "amount": 56.5}, json.loads(first["text"]), "text")
    expect_equal(len(first["text"]), first["size"], "size")
    expect_equal(None, first["replayed"], "not replayed")
    # Ids stay, over runs and processes.
    write_input(folder, 3)
    run(folder).must_exit(0)
    expect_equal([each["id"] for each in found], [each["id"] for each in letters(folder)][5:],
                 "the same ids, after new ones")
    expect_equal(3, len(letters(folder, limit=3)), "--limit")
    expect_equal(20, len(letters(folder, "--reason", first["reason"])), "--reason as listed")
    expect_equal(0, len(letters(folder, "--reason", "nothing")), "--reason")
    expect_equal([24, 4], [json.loads(each["text"])["id"] for each in
                           letters(folder, "--contains", '"AMOUNT": 4.5')
                           + letters(folder, "--contains", '"id": 4,')
                           + letters(folder, "--contains", '"ID": 24,')][::-1][:2],
                 "--contains, in any case of letters")
    expect_equal(20, len(letters(folder, "--source", "readings")), "--source")
    table = sluice("deadletter", "list", "pipeline.yaml", "--limit", 2, cwd=folder).must_exit(0)
    lines = table.out.splitlines()
    expect_equal("20 dead letters", lines[0], "the first line")
    expect_equal(f"  20  {first['reason']}", lines[1], "counts by reason")
    expect_equal(6, len(lines), "two rows below a head")
    shown = sluice("deadletter", "show", "pipeline.yaml", first["id"], cwd=folder).must_exit(0).out
    for words in (first["id"], "in/0002.jsonl line=17", first["reason"], first["text"],
                  "00000000  7b 22 69 64"):
        if words not in shown:
            raise Failure(f"show lacks '{words}':\n{shown}")
    raw = sluice("deadletter", "show", "pipeline.yaml", first["id"], "--raw", cwd=folder)
    expect_equal(first["text"], raw.must_exit(0).out, "--raw")


BYTES = [b"", b"\x00", b"\xff\xfe\x00\x01", b"not json", "ü \U0001f600 not json".encode(), b"{\"id\": \x00}",
         b"\xc3", b"x" * 4095 + "ü".encode() + b"y" * 9, bytes(range(10, 256)).replace(b"\n", b"").replace(b"\r", b""),
         b"{" * 30_000_000]


def every_byte(folder):
    """Nothing, NULs, what is not UTF-8, what is cut in the middle of a letter, 30 MB."""
    (folder / "in").mkdir()
    (folder / "in" / "0.txt").write_bytes(b"\n".join(BYTES) + b"\n")
    (folder / "pipeline.yaml").write_text("""\
name: letters
sources:
  readings:
    files: {path: in, keep_empty_lines: true, max_record_bytes: 64MiB}
    format: {json: {schema: {id: BIGINT}}}
sinks:
  out: {from: readings, parquet: {path: out}}
trigger: available_now
checkpoint: checkpoint
""")
    run(folder).must_exit(0)
    found = letters(folder)[::-1]
    expect_equal([len(each) for each in BYTES], [each["size"] for each in found], "sizes")
    for expected, letter in zip(BYTES, found):
        raw = subprocess.run([str(PROGRAM), "deadletter", "show", "pipeline.yaml", letter["id"], "--raw"],
                             cwd=folder, env=environment(), capture_output=True)
        if raw.returncode or raw.stdout != expected:
            raise Failure(f"{expected[:40]}: --raw gives {raw.stdout[:40]}, {raw.stderr}")
        shown = sluice("deadletter", "show", "pipeline.yaml", letter["id"], cwd=folder).must_exit(0)
        if "\x00" in shown.out:
            raise Failure("show prints a NUL")
        try:
            is_text = expected[:4095].decode() is not None
        except UnicodeDecodeError:
            is_text = False
        expect_equal(is_text, "text" in letter, f"{expected[:40]}: text or base64")
        if "text" in letter and not expected.startswith(letter["text"].encode()):
            raise Failure(f"{expected[:40]}: text {letter['text'][:40]}")
    expect_equal([8], [found.index(each) for each in letters(folder, "--contains", "abcDEFG")],
                 "text between bytes that are not UTF-8")
    expect_equal([4, 7], [found.index(each) for each in letters(folder, "--contains", "Ü")[::-1]], "Ü is ü")
    # They go through once more, and fail once more, as they are.
    replay(folder, "--all").must_exit(0)
    run(folder).must_exit(0)
    again = letters(folder)[:len(BYTES)][::-1]
    expect_equal([(each["size"], each.get("text"), each.get("base64")) for each in found],
                 [(each["size"], each.get("text"), each.get("base64")) for each in again], "new letters")


PLACES = """\
name: letters
sources:
  plain:
    json_lines: {path: in, schema: {id: BIGINT}}
  parquet:
    json_lines: {path: in, schema: {id: BIGINT}}
    dead_letter: {parquet: {path: bad/parquet, partition_by: [source]}}
  delta:
    json_lines: {path: in, schema: {id: BIGINT}}
    dead_letter: {delta: {path: bad/delta}}
  lines:
    json_lines: {path: in, schema: {id: BIGINT}}
    dead_letter: {json_lines: {path: bad/lines}}
views:
  a: SELECT CAST(id AS VARCHAR) AS id FROM plain
  b: SELECT CAST(id AS VARCHAR) AS id FROM parquet
  c: SELECT CAST(id AS VARCHAR) AS id FROM delta
sinks:
  one: {from: a, parquet: {path: out/one}}
  two: {from: b, parquet: {path: out/two}}
  three: {from: c, parquet: {path: out/three}}
  four: {from: lines, parquet: {path: out/four}}
trigger: available_now
checkpoint: checkpoint
"""


def places(folder):
    """Wherever letters are that can be read back; of the others it is said where they are."""
    (folder / "in").mkdir()
    (folder / "in" / "0.jsonl").write_text('{"id": 1}\nbad\n{"id": "x"}\n')
    (folder / "pipeline.yaml").write_text(PLACES)
    expect_equal([], letters(folder), "nothing before the first run")
    run(folder).must_exit(0)
    expect_equal({"plain": 2, "parquet": 2, "delta": 2}, count(letters(folder), "source"), "sources")
    ended = sluice("deadletter", "list", "pipeline.yaml", cwd=folder)
    expect_message(ended, 0, "source lines go to the json_lines sink 'path: bad/lines'")
    expect_message(sluice("deadletter", "list", "pipeline.yaml", "--source", "lines", cwd=folder), 2,
                   "E_DEAD_LETTER_ELSEWHERE", "bad/lines")
    # A compaction moves the rows; the letters stay who they are.
    before = letters(folder, "--source", "delta")
    (folder / "in" / "1.jsonl").write_text("bad again\n")
    run(folder).must_exit(0)
    sluice("delta", "compact", "bad/delta", cwd=folder)
    expect_equal(before, letters(folder, "--source", "delta")[1:], "letters of a table that was compacted")
    (folder / "pipeline.yaml").write_text(PLACES.replace("{id: BIGINT}", "{id: VARCHAR}", 3))
    for source in ("plain", "parquet", "delta"):
        replay(folder, "--source", source, "--contains", '"x"').must_exit(0)
    run(folder).must_exit(0)
    expect_equal(3, sum(1 for each in letters(folder) if each["replayed"]), "replayed")
    duck = tables.connection()
    for sink in ("one", "two", "three"):
        tables.define_table(duck, sink, "parquet", folder / "out" / sink)
        tables.expect_same_rows(duck, "SELECT '1' AS id UNION ALL SELECT 'x'", f"SELECT id FROM {sink}", sink)


def count(found, key):
    counts = {}
    for each in found:
        counts[each[key]] = counts.get(each[key], 0) + 1
    return counts


def errors(folder):
    prepare(folder, batches=1)
    one = letters(folder)[0]["id"]
    for arguments, words in (
            (["show", "pipeline.yaml", "12-0123456789abcdef"], ["E_NO_DEAD_LETTER", "12-0123456789abcdef"]),
            (["show", "pipeline.yaml", "' OR 1=1 --"], ["E_NO_DEAD_LETTER"]),
            (["list", "pipeline.yaml", "--source", "orders"], ["no source 'orders'", "readings"]),
            (["list", "missing.yaml"], ["missing.yaml"]),
            (["replay", "pipeline.yaml"], ["say which"]),
            (["replay", "pipeline.yaml", one, "--all"], ["say which"]),
            (["replay", "pipeline.yaml", one, "0-0123456789abcdef"], ["E_NO_DEAD_LETTER"]),
            (["list", "pipeline.yaml", "--format", "xml"], ["--format"])):
        expect_message(sluice("deadletter", *arguments, cwd=folder), 2, *words)
    expect_equal(None, letters(folder)[0]["replayed"], "of a wish with an unknown id nothing is asked for")
    expect_equal(0, len(letters(folder, "--contains", "'; DROP TABLE letters; --")), "SQL in a text")


def in_flight(folder):
    """Letters of a batch whose commit nobody has published are not there yet."""
    write_pipeline(folder, WRONG)
    write_input(folder, 0)
    for point, seen in (("engine.staged", 0), ("engine.committed", 0), ("files.moved_all", 0)):
        died = run(folder, crash=f"{point}:1")
        expect_equal(-signal.SIGKILL, died.exit, point)
        expect_equal(seen, len(letters(folder)), f"letters after {point}")
    run(folder).must_exit(0)
    expect_equal(5, len(letters(folder)), "letters in the end")


# ---- replaying

def replayed(folder):
    prepare(folder)
    expect_tables(folder, f"SELECT * FROM ({all_rows(folder)}) WHERE amount = floor(amount)")
    write_pipeline(folder, RIGHT)
    ended = replay(folder, "--all").must_exit(0)
    expect_equal("15 records go through the pipeline with its next batch\n", ended.out, "what it says")
    expect_equal([{"batch": None, "waits": True}] * 15, [each["replayed"] for each in letters(folder)],
                 "they wait")
    write_input(folder, 3)  # beside new rows
    ran = run(folder).must_exit(0)
    expect_ledger(ran)
    expect_equal([15], [source["numReplayedRows"] for batch in ran.progress for source in batch["sources"]
                        if "numReplayedRows" in source], "counted in one batch")
    expect_equal([35], [batch["numInputRows"] for batch in ran.progress], "as input rows")
    expect_tables(folder, all_rows(folder))
    expect_equal([{"batch": 3, "waits": False}] * 15, [each["replayed"] for each in letters(folder)],
                 "they stay, marked")
    # Once is enough; more only when it is asked for by name.
    ended = replay(folder, "--all").must_exit(0)
    if "15 were replayed before" not in ended.out:
        raise Failure(ended.out)
    run(folder).must_exit(0)
    expect_tables(folder, all_rows(folder))
    one = letters(folder)[0]
    replay(folder, one["id"], "--again").must_exit(0)
    replay(folder, one["id"], "--again").must_exit(0)  # it waits already
    run(folder).must_exit(0)
    expect_tables(folder, f"{all_rows(folder)} UNION ALL SELECT id, k, amount FROM ({all_rows(folder)}) "
                          f"WHERE id = {json.loads(one['text'])['id']}")
    expect_equal({"batch": 4, "waits": False}, letters(folder)[0]["replayed"], "marked with the newest batch")


def replayed_some(folder):
    prepare(folder)
    write_pipeline(folder, RIGHT)
    found = letters(folder)
    replay(folder, found[0]["id"], found[-1]["id"], found[0]["id"]).must_exit(0)
    replay(folder, "--contains", '"id": 24,').must_exit(0)
    run(folder).must_exit(0)
    expect_tables(folder, f"SELECT * FROM ({all_rows(folder)}) WHERE amount = floor(amount) OR id IN (56, 0, 24)"
                  .replace("(56, 0, 24)", str((json.loads(found[0]["text"])["id"],
                                               json.loads(found[-1]["text"])["id"], 24))))
    expect_equal(3, sum(1 for each in letters(folder) if each["replayed"]), "marked")


def replayed_running(folder):
    """A pipeline that is at work takes it with its next batch, also where no new rows come."""
    prepare(folder)
    write_pipeline(folder, RIGHT, trigger="{every: 50ms}")
    running = Running("run", "pipeline.yaml", "--ui", "127.0.0.1:0", cwd=folder)
    try:
        running.wait_for(lambda out, err: "the page is at" in err, "it runs")
        replay(folder, "--all").must_exit(0)
        running.wait_for(lambda out, err: "batch 3:" in err, "batch 3")
        write_input(folder, 3)
        running.wait_for(lambda out, err: "batch 4:" in err, "batch 4")
        expect_equal({"{'batch': 3, 'waits': False}": 15},
                     count([{"r": str(each["replayed"])} for each in letters(folder)], "r"), "marks while it runs")
        running.stop().must_exit(0)
    finally:
        running.process.kill()
    expect_tables(folder, all_rows(folder))


def replayed_late(folder):
    """A replayed row that the watermark has passed is late, as any other, and the rows still add up."""
    (folder / "in").mkdir()
    (folder / "pipeline.yaml").write_text(LATE.format(amount="INTEGER"))
    hours = "\n".join(json.dumps({"ts": f"2024-05-01 {hour:02d}:00:00", "amount": 1}) for hour in range(5))
    (folder / "in" / "0.jsonl").write_text('{"ts": "2024-05-01 00:10:00", "amount": 1.5}\n' + hours + "\n")
    run(folder).must_exit(0)
    (folder / "in" / "1.jsonl").write_text('{"ts": "2024-05-01 05:00:00", "amount": 1}\n')
    run(folder).must_exit(0)
    (folder / "pipeline.yaml").write_text(LATE.format(amount="DOUBLE"))
    replay(folder, "--all").must_exit(0)
    ran = run(folder).must_exit(0)
    expect_ledger(ran)
    expect_equal([1], [sink["numLateRows"] for batch in ran.progress for sink in batch["sinks"]
                       if batch["numInputRows"]], "late rows")


LATE = """\
name: letters
sources:
  readings:
    json_lines: {{path: in, max_files_per_trigger: 1, schema: {{ts: TIMESTAMP, amount: {amount}}}}}
    watermark: {{column: ts, delay: 10m}}
views:
  hours: |
    SELECT window.start AS hour, sum(CAST(amount AS DOUBLE)) AS n FROM readings GROUP BY window(ts, '1 hour')
sinks:
  hours: {{from: hours, mode: append, parquet: {{path: out}}}}
trigger: available_now
checkpoint: checkpoint
"""


def replayed_elements(folder):
    """Of a message with several records only those go through again that did not decode."""
    text = """\
name: letters
sources:
  events:
    files: {{path: in, max_files_per_trigger: 1}}
    format: {{json: {{each: {each}, schema: {{id: {type}}}}}}}
    metadata: [element]
sinks:
  out: {{from: events, parquet: {{path: out}}}}
trigger: available_now
checkpoint: checkpoint
"""
    (folder / "in").mkdir()
    (folder / "in" / "0.txt").write_text('[{"id": 1}, {"id": 1.5}, {"id": 3}, {"id": 3.5}]\n'
                                         '{"events": [{"id": 6}, {"id": 7}]}\n')
    (folder / "pipeline.yaml").write_text(text.format(each="/-", type="DOUBLE").replace(
        "out: {from: events", "out: {from: numbers").replace(
        "sinks:", "views: {numbers: 'SELECT CAST(id AS DOUBLE) AS id, element FROM events'}\nsinks:"))
    right = (folder / "pipeline.yaml").read_text()
    (folder / "pipeline.yaml").write_text(right.replace("id: DOUBLE", "id: BIGINT"))
    run(folder).must_exit(0)
    found = letters(folder)
    expect_equal(3, len(found), "letters: two elements and a message")
    expect_equal(['{"id": 3.5}', '{"id": 1.5}'], [each["text"] for each in found if "element" in each["place"]],
                 "elements")
    (folder / "pipeline.yaml").write_text(right)
    replay(folder, "--all").must_exit(0)
    expect_ledger(run(folder).must_exit(0))
    duck = tables.connection()
    tables.define_table(duck, "out", "parquet", folder / "out")
    tables.expect_same_rows(duck, "VALUES (1, 0), (3, 2), (1.5, 1), (3.5, 3)",
                            "SELECT id, element FROM out", "rows after the first replay")
    # The message is a letter still; with the right place of its list it goes through whole.
    (folder / "pipeline.yaml").write_text(right.replace("each: /-", "each: /events/-"))
    newest = letters(folder)[0]
    expect_equal(None, newest["replayed"], "the message has failed again")
    replay(folder, newest["id"]).must_exit(0)
    run(folder).must_exit(0)
    tables.define_table(duck, "out", "parquet", folder / "out")
    tables.expect_same_rows(duck, "VALUES (1, 0), (3, 2), (1.5, 1), (3.5, 3), (6, 0), (7, 1)",
                            "SELECT id, element FROM out", "rows after the second")


KAFKA = """\
name: letters
sources:
  orders:
    kafka: {{topic: orders, start: earliest}}
    format: {{json: {{schema: {{id: BIGINT, amount: {amount}}}}}}}
    metadata: [key, topic, partition, offset, timestamp]
views:
  rows: SELECT id, CAST(amount AS DOUBLE) AS amount, key, topic, partition, "offset", timestamp FROM orders
sinks:
  out: {{from: rows, parquet: {{path: out}}}}
trigger: available_now
checkpoint: checkpoint
"""


def replayed_kafka(folder):
    """A replayed record has the key, place and time that it came with."""
    broker = EmbeddedBroker(folder)
    try:
        broker.create_topic("orders", 2)
        values = [json.dumps({"id": number, "amount": number + 0.5 if number % 2 else number}).encode() for number in range(20)]
        produce(broker.address, "orders", values[:10] + [b"", None, b"\xff"], partition=0, key=b"k\x001")
        produce(broker.address, "orders", values[10:], partition=1)
        (folder / "pipeline.yaml").write_text(KAFKA.format(amount="INTEGER"))
        sluice("run", "pipeline.yaml", cwd=folder, env=broker.env).must_exit(0)
        found = letters_of_kafka(folder, broker)
        expect_equal(13, len(found), "letters")
        if "orders partition=0 offset=11" not in {each["place"] for each in found}:
            raise Failure(str([each["place"] for each in found]))
        (folder / "pipeline.yaml").write_text(KAFKA.format(amount="DOUBLE"))
        sluice("deadletter", "replay", "pipeline.yaml", "--all", cwd=folder, env=broker.env).must_exit(0)
        sluice("run", "pipeline.yaml", cwd=folder, env=broker.env).must_exit(0)
        again = letters_of_kafka(folder, broker)
        expect_equal(16, len(again), "letters: three have failed again")
        expect_equal(3, sum(1 for each in again if not each["replayed"]), "new ones")
    finally:
        broker.stop()
    duck = tables.connection()
    tables.define_table(duck, "out", "parquet", folder / "out")
    tables.expect_same_rows(
        duck, f"""SELECT n AS id, n + n % 2 / 2 AS amount,
              CASE WHEN n < 10 THEN unhex('6B0031') END AS key, 'orders' AS topic, n // 10 AS partition,
              n % 10 AS "offset", make_timestamptz(({FIRST_TIMESTAMP_MS} + 1000 * (n % 10)) * 1000) AS timestamp
              FROM range(20) t(n)""", "SELECT * FROM out", "rows with their places")


def letters_of_kafka(folder, broker):
    ended = sluice("deadletter", "list", "pipeline.yaml", "--format", "json", "--limit", 100, cwd=folder,
                   env=broker.env).must_exit(0)
    return [json.loads(line) for line in ended.out.splitlines()]


def fails_again(folder):
    prepare(folder, batches=1)
    replay(folder, "--all").must_exit(0)
    expect_ledger(run(folder).must_exit(0))
    found = letters(folder)
    expect_equal([1] * 5 + [0] * 5, [each["batch"] for each in found], "new letters, beside the old ones")
    expect_equal([None] * 5 + [{"batch": 1, "waits": False}] * 5, [each["replayed"] for each in found], "marks")
    expect_equal([each["place"] for each in found[:5]], [each["place"] for each in found[5:]],
                 "they have the place that they had")
    # The newer ones alone go through with the right schema; asking for both would double the rows.
    write_pipeline(folder, RIGHT)
    ended = replay(folder, "--all").must_exit(0)
    if "5 records go" not in ended.out or "5 were replayed before" not in ended.out:
        raise Failure(ended.out)
    run(folder).must_exit(0)
    expect_tables(folder, all_rows(folder))
    # Two letters of one record, which fail again together, get two ids.
    write_pipeline(folder, WRONG)
    replay(folder, "--all", "--again").must_exit(0)
    run(folder).must_exit(0)
    found = letters(folder)
    expect_equal(20, len(found), "each has failed once more")
    expect_equal(20, len({each["id"] for each in found}), "with an id of its own")


def several_batches(folder):
    """More letters than a batch takes."""
    write_pipeline(folder, WRONG)
    (folder / "in").mkdir()
    (folder / "in" / "0.jsonl").write_text("".join(
        f'{{"id": {number}, "k": "k", "amount": {number}.5}}\n' for number in range(25_000)))
    run(folder).must_exit(0)
    write_pipeline(folder, RIGHT)
    replay(folder, "--all").must_exit(0)
    ran = run(folder).must_exit(0)
    expect_equal([10_000, 10_000, 5_000], [batch["numInputRows"] for batch in ran.progress
                                           if batch["numInputRows"]], "rows by batch")
    expect_tables(folder, all_rows(folder))
    expect_equal({1: 10_000, 2: 10_000, 3: 5_000},
                 count([{"b": each["replayed"]["batch"]} for each in letters(folder)], "b"), "marks")


def at_once(folder):
    """Many ask for the same letters at the same time, also while the pipeline takes them."""
    prepare(folder)
    write_pipeline(folder, RIGHT, trigger="{every: 20ms}")
    running = Running("run", "pipeline.yaml", cwd=folder)
    try:
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            ended = list(pool.map(lambda _: replay(folder, "--all"), range(12)))
        for each in ended:
            each.must_exit(0)
        accepted = sum(int(found[1]) for each in ended if (found := re.search(r"(\d+) records? go", each.out)))
        expect_equal(15, accepted, "accepted by all of them together")
        running.wait_for(lambda out, err: "batch 3:" in err, "batch 3")
        running.stop().must_exit(0)
    finally:
        running.process.kill()
    run(folder).must_exit(0)
    expect_tables(folder, all_rows(folder))


# ---- kills

def every_point(folder):
    """Each point that a run with a replay passes, and the next run's, at its first hits."""
    # A checkpoint knows its folder's path.
    seed, job = folder / "seed", folder / "job"
    job.mkdir()
    prepare(job)
    write_pipeline(job, RIGHT)
    write_input(job, 3)
    replay(job, "--all").must_exit(0)
    shutil.copytree(job, seed)
    run(job, crash=f"list:{folder / 'points'}").must_exit(0)
    points = sorted(set((folder / "points").read_text().split()))
    wanted = {"replay.added", "replay.queued", "replay.noted", "replay.taken_in", "replay.marked"}
    if missing := wanted - set(points):
        raise Failure(f"these crash points were not passed: {sorted(missing)}")
    failures = []
    for point in points:
        for hit in (1, 2):
            shutil.rmtree(job)
            shutil.copytree(seed, job)
            try:
                kill_and_go_on(job, f"{point}:{hit}", must_die=hit == 1)
            except Failure as failure:
                failures.append(f"{point}:{hit}: {failure}")
    if failures:
        raise Failure("\n".join(failures))


def kill_and_go_on(job, crash, must_die):
    died = run(job, crash=crash)
    if died.exit != -signal.SIGKILL and (must_die or died.exit != 0):
        raise Failure(f"it ended with exit code {died.exit}\n" + indent(died.err, "  stderr| "))
    run(job).must_exit(0)
    expect_replayed(job, 15)
    expect_tables(job, all_rows(job))
    run(job).must_exit(0)
    expect_tables(job, all_rows(job))


def expect_replayed(job, number):
    found = letters(job)
    expect_equal(number, len(found), "letters")
    for each in found:
        if not each["replayed"] or each["replayed"]["waits"] or each["replayed"]["batch"] is None:
            raise Failure(f"not marked: {each}")


def killed_while_asking(folder):
    """Who is killed while asking has asked for a part of the letters or for none (here there is one part),
    and asks again."""
    prepare(folder)
    write_pipeline(folder, RIGHT)
    died = sluice("deadletter", "replay", "pipeline.yaml", "--all", cwd=folder,
                  env={"SLUICE_CRASH": "replay.request_written:1"})
    expect_equal(-signal.SIGKILL, died.exit, "killed")
    expect_equal(0, sum(1 for each in letters(folder) if each["replayed"]), "nothing waits")
    run(folder).must_exit(0)
    replay(folder, "--all").must_exit(0)
    run(folder).must_exit(0)
    expect_tables(folder, all_rows(folder))
    # A request of which a disk has kept only half is put aside, and the pipeline goes on.
    (folder / "checkpoint" / "replay" / "half.request").write_bytes(b"PAR1 and no more")
    ended = run(folder).must_exit(0)
    if "half.request.broken" not in ended.err:
        raise Failure(ended.err)
    expect_tables(folder, all_rows(folder))


# ---- what has changed meanwhile

EACH = """\
name: letters
sources:
  events:
    files: {path: in}
    format: {json: {EACHschema: {id: BIGINT}}}
sinks:
  out: {from: events, parquet: {path: out}}
trigger: available_now
checkpoint: checkpoint
"""


def each_later(folder):
    """A folder of letters from before `each`, or of an earlier program, takes those of elements, too."""
    (folder / "in").mkdir()
    (folder / "in" / "0.txt").write_text('{"id": "x"}\n')
    (folder / "pipeline.yaml").write_text(EACH.replace("EACH", ""))
    run(folder).must_exit(0)
    (folder / "in" / "1.txt").write_text('[{"id": 1}, {"id": "y"}]\n')
    (folder / "pipeline.yaml").write_text(EACH.replace("EACH", "each: /-, "))
    run(folder).must_exit(0)
    found = letters(folder)
    expect_equal(['{"id": "y"}', '{"id": "x"}'], [each["text"] for each in found], "letters")
    expect_equal([True, False], ["1.txt line=1 element=1" in each["place"] for each in found], "places")
    (folder / "in" / "2.txt").write_text('{"id": "z"}\n')
    (folder / "pipeline.yaml").write_text(EACH.replace("EACH", ""))
    run(folder).must_exit(0)
    expect_equal(3, len(letters(folder)), "letters without `each` again")


def named_folders(folder):
    """Folders that are called as columns are, with a value, are folders."""
    job = folder / "letter=A" / "source=x"
    job.mkdir(parents=True)
    prepare(job, batches=1)
    expect_equal({"readings": 5}, count(letters(job), "source"), "sources")
    write_pipeline(job, RIGHT)
    replay(job, "--all").must_exit(0)
    expect_equal(5, sum(1 for each in letters(job) if each["replayed"]), "they wait")
    run(job).must_exit(0)
    expect_replayed(job, 5)
    expect_tables(job, all_rows(job))


def rename(folder):
    text = (folder / "pipeline.yaml").read_text()
    (folder / "pipeline.yaml").write_text(
        text.replace("  readings:\n", "  values_read:\n    renamed_from: readings\n").replace(
            "FROM readings", "FROM values_read"))


def renamed(folder):
    """Letters, and those that wait, are of the source's new name."""
    more = "\n    dead_letter: {parquet: {path: bad}}"
    write_pipeline(folder, WRONG, more=more)
    write_input(folder, 0)
    run(folder).must_exit(0)
    write_pipeline(folder, RIGHT, more=more)
    some = [each["id"] for each in letters(folder)[:2]]
    replay(folder, *some).must_exit(0)
    rename(folder)
    expect_equal({"values_read": 5}, count(letters(folder), "source"), "letters")
    replay(folder, "--all").must_exit(0)
    run(folder).must_exit(0)
    expect_replayed(folder, 5)
    expect_tables(folder, all_rows(folder))


def forgotten(folder):
    """A source that starts again reads its records itself: what waits of them is forgotten, too."""
    prepare(folder, batches=1)
    write_pipeline(folder, RIGHT)
    replay(folder, "--all").must_exit(0)
    sluice("checkpoint", "forget", "checkpoint", "--source", "readings", cwd=folder).must_exit(0)
    ended = run(folder).must_exit(0)
    expect_equal([20], [batch["numInputRows"] for batch in ended.progress if batch["numInputRows"]],
                 "the source's rows, and no letters")


def no_sink(folder):
    """Letters of a source that nothing reads any more stay where they are."""
    prepare(folder, batches=1)
    text = (folder / "pipeline.yaml").read_text().replace("FROM readings", "FROM others")
    (folder / "pipeline.yaml").write_text(text.replace(
        "sources:\n", "sources:\n  others:\n    json_lines: {path: others, schema: {id: BIGINT, k: VARCHAR, "
                      "amount: DOUBLE}}\n"))
    expect_message(replay(folder, "--all"), 2, "E_NOT_REPLAYED", "reaches no sink")


def other_owner(folder):
    """Who asks as root for letters of somebody else's pipeline leaves nothing that this one cannot work with."""
    if os.geteuid() != 0:
        return
    prepare(folder, batches=1)
    shutil.rmtree(folder / "checkpoint" / "replay")
    os.chown(folder / "checkpoint", 65534, 65534)
    os.chmod(folder / "checkpoint", 0o750)
    replay(folder, "--all").must_exit(0)
    made = [folder / "checkpoint" / "replay", *(folder / "checkpoint" / "replay").iterdir()]
    expect_equal(3, len(made), "the folder, the lock and the request")
    for path in made:
        seen = path.stat()
        expect_equal((65534, 65534, 0o750 if path.is_dir() else 0o640),
                     (seen.st_uid, seen.st_gid, seen.st_mode & 0o777), str(path))


def no_temporary_folder(folder):
    prepare(folder, batches=1)
    for command in (("deadletter", "list", "pipeline.yaml"), ("show", "in/0000.jsonl")):
        expect_message(sluice(*command, cwd=folder, env={"TMPDIR": str(folder / "missing")}), 2,
                       "E_NO_TEMPORARY_FOLDER")


def cancelled(folder):
    """Letters that wait are taken back, whether the pipeline has taken them in or not."""
    prepare(folder, batches=1)
    before = letters(folder)
    one = before[0]["id"]

    def cancel(*arguments):
        return sluice("deadletter", "cancel", "pipeline.yaml", *arguments, cwd=folder)

    expect_message(cancel(), 2, "say which")
    expect_message(cancel(one, "--all"), 2, "say which")
    expect_equal("no dead letter waits\n", cancel("--all").must_exit(0).out, "nothing waits")
    replay(folder, "--all").must_exit(0)
    expect_equal("1 dead letter is taken back\n1 does not wait\n", cancel(one, "1-0").must_exit(0).out, "one")
    expect_equal(4, sum(1 for each in letters(folder) if each["replayed"]), "four wait")
    expect_equal("4 dead letters are taken back\n", cancel("--all").must_exit(0).out, "the others")
    expect_equal(before, letters(folder), "none waits")
    # Asked for once more after that.
    expect_equal("1 record goes through the pipeline with its next batch\n", replay(folder, one).must_exit(0).out,
                 "once more")
    expect_equal("1 waits for the next batch already\n", replay(folder, one).must_exit(0).out, "it waits")
    # A letter that stops the pipeline, in its queue.
    text = (folder / "pipeline.yaml").read_text()
    (folder / "pipeline.yaml").write_text(text.replace("      schema:", "      on_error: fail\n      schema:"))
    for _ in range(2):
        expect_message(run(folder), 2, "E_BAD_RECORD", f"the replayed letter {one}", "deadletter cancel")
    expect_equal("1 dead letter is taken back\n", cancel(one).must_exit(0).out, "from the queue")
    run(folder).must_exit(0)
    expect_equal(before, letters(folder), "it is a letter, and nothing more")
    expect_equal([], [each.name for each in (folder / "checkpoint" / "replay").iterdir()
                      if each.suffix in (".request", ".cancel")], "requests that are left")


def large(folder):
    """Records of many megabytes are asked for in parts, in bounded memory."""
    (folder / "in").mkdir()
    with open(folder / "in" / "0.jsonl", "w", encoding="utf-8") as file:
        for number in range(40):
            file.write(json.dumps({"id": number, "k": "k", "amount": number + 0.5, "pad": "xyz%d" % number * 500_000}) + "\n")
    write_pipeline(folder, WRONG)
    run(folder).must_exit(0)
    write_pipeline(folder, RIGHT)
    replay(folder, "--all").must_exit(0)
    requests = list((folder / "checkpoint" / "replay").glob("*.request"))
    if not 3 <= len(requests) <= 6:
        raise Failure(f"{len(requests)} parts")
    run(folder).must_exit(0)
    expect_replayed(folder, 40)
    expect_tables(folder, all_rows(folder))


# ---- many

LETTERS, SECONDS_MAX, BYTES_MAX = 100_000, 20, 700 << 20


def many(folder):
    """A hundred thousand letters of a kilobyte: looked at in seconds, in bounded memory."""
    (folder / "in").mkdir()
    with open(folder / "in" / "0.jsonl", "w", encoding="utf-8") as file:
        for number in range(LETTERS):
            reason = '"x"' if number % 3 else "[]"
            file.write(json.dumps({"id": number, "pad": f"{number:x}" * 200}).replace(
                '"pad"', f'"amount": {reason}, "pad"')[:1000] + '"}\n')
    write_pipeline(folder, WRONG)
    run(folder).must_exit(0)
    for arguments in (["--limit", 100], ["--limit", 100, "--contains", "deadbeef"],
                      ["--limit", 1000, "--reason", letters(folder, limit=1)[0]["reason"]]):
        start = time.monotonic()
        done, peak = sluice_measured("deadletter", "list", "pipeline.yaml", "--format", "json", *arguments, cwd=folder)
        seconds = time.monotonic() - start
        done.must_exit(0)
        if seconds > SECONDS_MAX or peak > BYTES_MAX:
            raise Failure(f"{arguments}: {seconds:.1f} s, {peak >> 20} MiB")
    table = sluice("deadletter", "list", "pipeline.yaml", "--limit", 1, cwd=folder).must_exit(0)
    expect_equal(f"{LETTERS:,} dead letters".replace(",", ""), table.out.splitlines()[0].replace(",", ""), "all")


# ---- the server

def api(folder):
    prepare(folder)
    write_pipeline(folder, RIGHT, trigger="{every: 50ms}")
    with Live("pipeline.yaml", cwd=folder) as live:
        with live.events() as events:
            if "dead_letters" not in events.until("hello")["features"]:
                raise Failure("hello does not name the feature")
        path = "/api/pipelines/letters/dead-letters"
        page = live.get(f"{path}?from=1&limit=2")
        expect_equal([15, 2], [page["total"], len(page["rows"])], "total and rows")
        expect_equal(letters(folder)[1:3], page["rows"], "the same as the program lists")
        expect_equal([15], [each["count"] for each in page["reasons"]], "counts by reason")
        expect_equal(1, live.get(f"{path}?q=%22ID%22%3A%2024%2C")["total"], "q")
        expect_equal(0, live.get(f"{path}?reason=nothing")["total"], "reason")
        letter = page["rows"][0]
        status, headers, body = live.ask("GET", f"{path}/{letter['id']}/bytes")
        expect_equal([200, letter["text"].encode()], [status, body], "bytes")
        if "attachment" not in headers["Content-Disposition"]:
            raise Failure(str(headers))
        for query in ("from=-1", "limit=1001", "limit=x", "from=99999999999999999999"):
            expect_equal(400, live.ask("GET", f"{path}?{query}")[0], query)
        expect_equal(400, live.ask("GET", f"{path}?source=orders")[0], "a source that is not there")
        expect_equal(404, live.ask("GET", f"{path}/1-0/bytes")[0], "a letter that is not there")
        for body in ("", "{}", "[]", '{"again": true}', '{"ids": []}', '{"ids": [1]}', '{"ids": ["1-0"]}',
                     '{"all": true}', '{"ids": ["1\\u0000-0"]}', '{"q": "a\\u0000"}', '{"reason": 1}', '{"ids": ["1-0"], "q": ""}'):
            expect_equal(400, live.ask("POST", f"{path}/replay", body)[0], body)
        expect_equal(403, live.ask("POST", f"{path}/replay", '{"q": ""}', {"Origin": "http://elsewhere"})[0],
                     "another origin")
        expect_equal({"accepted": 1, "rejected": 0}, asked(live, {"ids": [letter["id"]]}), "one")
        expect_equal({"accepted": 14, "rejected": 1}, asked(live, {"reason": "", "source": "", "q": ""}), "all")
        live.wait_until("letters", lambda status: status["batches"] >= 1, "ran a batch")
        for _ in range(600):
            rows = live.get(f"{path}?limit=1000")["rows"]
            if all(each["replayed"] and not each["replayed"]["waits"] for each in rows):
                break
            time.sleep(0.05)
        else:
            raise Failure(str(rows[:3]))
        live.post("/api/pipelines/letters/stop")
        live.running.finish().must_exit(0)
    expect_tables(folder, all_rows(folder))


def asked(live, what):
    status, _, body = live.ask("POST", "/api/pipelines/letters/dead-letters/replay", json.dumps(what))
    if status != 200:
        raise Failure(f"{status} {body}")
    return json.loads(body)
