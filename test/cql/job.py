"""Pipelines that read and write a real Cassandra."""

import json

from support.cassandra import PASSWORD, USER, shared_cassandra
from support.case import Failure, expect_equal
from support.placed import place
from support.program import indent, sluice

BATCHES, ROWS = 4, 40

CONNECTION = """\
contact_points: ["{address}"]
      user: {user}
      password: {password}"""


def connection(**extra):
    """The options by which a source or sink connects, as lines of a pipeline file."""
    text = CONNECTION.format(address=shared_cassandra().address, user=USER, password=PASSWORD)
    return text + "".join(f"\n      {name}: {value}" for name, value in extra.items())


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pipeline.yaml").write_text(text, encoding="utf-8")


def reading(keyspace, table, sink, **extra):
    """A pipeline from a table into `sink`."""
    return f"""\
name: reading
sources:
  rows:
    cassandra:
      {connection(keyspace=keyspace, table=table, **extra)}
sinks:
  out: {{from: rows, {sink}}}
checkpoint: checkpoint
"""


SINK = """\
name: {name}
sources:
  numbers:
    json_lines:
      path: in
      max_files_per_trigger: 1
      schema: {{id: BIGINT, k: VARCHAR, amount: "DECIMAL(22,12)", pad: VARCHAR}}
views:
  slots: >
    SELECT id % 7 AS slot, count(*) AS n, max(id) AS id FROM numbers GROUP BY slot
    HAVING count(*) % 2 = 1
sinks:
  rows:
    from: numbers
    cassandra:
      {connection}
      table: numbers
  slots:
    from: slots
    mode: upsert
    key: [slot]
    cassandra:
      {connection}
      table: slots
checkpoint: checkpoint
"""


def write_job(folder, batches=BATCHES):
    """Files into two tables: rows that are added, and slots that come and go."""
    session, keyspace = shared_cassandra().session(), shared_cassandra().new_keyspace()
    session.execute(f"CREATE TABLE {keyspace}.numbers (k text, id bigint, amount decimal, pad text, "
                    "PRIMARY KEY (k, id))")
    session.execute(f"CREATE TABLE {keyspace}.slots (slot bigint PRIMARY KEY, n bigint, id bigint)")
    write(folder, SINK.format(name="job", connection=connection(keyspace=keyspace)))
    (folder / "keyspace").write_text(keyspace)
    (folder / "in").mkdir()
    number = 0
    for batch in range(batches):
        lines = []
        for _ in range(ROWS):
            number += 1
            lines.append(json.dumps({"id": number, "k": f"key {number % 5}", "amount": f"{number}.{number:012d}",
                                     "pad": "x" * (number % 3 * 700) or None}))
        place(folder / "in" / f"{batch:04d}.jsonl", "\n".join(lines) + "\n")


def run(folder, crash=None):
    return sluice("run", "pipeline.yaml", "--available-now", cwd=folder,
                  env={"SLUICE_CRASH": crash} if crash else {})


def check_tables(folder, batches=BATCHES):
    """What plain arithmetic says must be in the two tables, and the sinks' notes."""
    session, keyspace = shared_cassandra().session(), (folder / "keyspace").read_text()
    numbers = range(1, batches * ROWS + 1)
    expect_equal([(n, f"key {n % 5}", f"{n}.{n:012d}", "x" * (n % 3 * 700) or None) for n in numbers],
                 sorted((row.id, row.k, format(row.amount, "f"), row.pad)
                        for row in session.execute(f"SELECT id, k, amount, pad FROM {keyspace}.numbers")), "numbers")
    slots = []
    for slot in range(7):
        ids = [n for n in numbers if n % 7 == slot]
        if len(ids) % 2 == 1:
            slots.append((slot, len(ids), max(ids)))
    expect_equal(slots, sorted(session.execute(f"SELECT slot, n, id FROM {keyspace}.slots")), "slots")
    notes = {row.sink: row for row in session.execute(f"SELECT * FROM {keyspace}.sluice_commits")}
    expect_equal(["rows", "slots"], sorted(notes), "sinks that have noted something")
    if notes["rows"].batch_number != batches - 1 or not notes["rows"].plan_hash or "host=" not in notes["rows"].writer:
        raise Failure(f"the note of the newest batch: {notes['rows']}")


def must_say(ended, code, *texts):
    ended.must_exit(code)
    for text in texts:
        if text not in ended.err:
            raise Failure(f"no word of {text!r}\n" + indent(ended.err, "  stderr| "))
