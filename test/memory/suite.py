"""Runs with less memory than their state: they succeed, stay near the bound, and leave no spilled
files, also after kill -9."""

import json
import signal

from support import tables
from support.broker import EmbeddedBroker, produce
from support.case import Case, Failure, expect_equal
from support.program import sluice, sluice_measured

ROWS, KEYS = 2_400_000, 2_000_000
LIMIT_MB = 128
# What is not SQL's: the program itself, a batch's records, files being written.
BESIDE_MB = 256

PIPELINE = f"""\
name: memory
sources:
  rows:
    generator:
      rows: {ROWS}
      max_records_per_trigger: ${{BATCH}}
      columns:
        id: {{sequence: {{start: 0}}}}
        text: {{pattern: {{text: "{'aaaa-####-' * 12}"}}}}
views:
  per_key: SELECT id % {KEYS} AS k, count(*) AS n, max(text) AS text FROM rows GROUP BY 1
  total: SELECT count(*) AS keys, sum(n)::BIGINT AS n, sum(n * k)::BIGINT AS nk FROM per_key
sinks:
  out: {{from: total, mode: complete, delta: {{path: out}}}}
engine: {{memory_limit: "${{MEMORY}}", retries: 0}}
checkpoint: checkpoint
"""


# Small records, then large ones: their average says nothing of those to come.
SMALL, LARGE, LARGE_BYTES = 40_000, 1200, 100_000
BYTES_MAX = 1 << 20

TOPIC = """\
name: bytes
sources:
  orders:
    kafka: {{brokers: "${{KAFKA_BROKERS}}", topic: orders, max_bytes_per_trigger: {bytes_max}}}
    format: {{json: {{schema: {{id: BIGINT, text: VARCHAR}}}}}}
views:
  sizes: SELECT id, length(text) AS bytes FROM orders
sinks:
  out: {{from: sizes, parquet: {{path: out}}}}
checkpoint: checkpoint
"""


def cases():
    yield Case("bounded", bounded)
    yield Case("kafka_bytes", kafka_bytes)
    yield Case("killed", killed)


def bounded(folder):
    """The bound is one: without it the same job takes more than what is asked of it here."""
    allowed = LIMIT_MB + BESIDE_MB
    peaks = {memory: peak_mb(folder / memory, memory) for memory in (f"{LIMIT_MB}MiB", "4GiB")}
    bounded_peak, free_peak = peaks.values()
    if bounded_peak > allowed or free_peak < allowed * 1.25:
        raise Failure(f"peaks in MB {peaks}; with {LIMIT_MB} MiB at most {allowed} were expected, "
                      f"and else more by a quarter")


def peak_mb(folder, memory):
    write_job(folder)
    peak, _ = measured_run(folder, MEMORY=memory, BATCH=100_000)
    check_result(folder)
    return peak


def measured_run(folder, *arguments, **env):
    """The peak of its memory in MB, and what it wrote to standard error."""
    done, peak = sluice_measured("run", "pipeline.yaml", "--available-now", *arguments, cwd=folder, env=env)
    return peak >> 20, done.must_exit(0).err


def kafka_bytes(folder):
    """A batch has the bytes that its limit says, whatever the records before were."""
    broker = EmbeddedBroker(folder, "--partition-mib", "200")
    try:
        broker.create_topic("orders")
        text = "x" * LARGE_BYTES
        produce(broker.address, "orders",
                [b'{"id":%d}' % n for n in range(SMALL)]
                + [b'{"id":%d,"text":"%s"}' % (n, text.encode()) for n in range(LARGE)])
        peaks = {}
        for bytes_max in (BYTES_MAX, 1 << 30):
            own = folder / str(bytes_max)
            own.mkdir()
            (own / "pipeline.yaml").write_text(TOPIC.format(bytes_max=bytes_max))
            peaks[bytes_max], err = measured_run(own, "--progress", "json", **broker.env)
            if bytes_max == BYTES_MAX:
                check_batches(err)
            check_sizes(own)
    finally:
        broker.stop()
    small, large = peaks.values()
    # One batch of all holds the large records at once.
    if large - small < LARGE * LARGE_BYTES * 0.75 / 1e6:
        raise Failure(f"peaks in MB {peaks}: the limit makes no difference")


def check_batches(err):
    """The first batches have small records alone, the last ones as many large ones as fit."""
    rows = [json.loads(line)["numInputRows"] for line in err.splitlines() if line.startswith("{")]
    fitting = BYTES_MAX // LARGE_BYTES
    # A batch may begin with small records.
    large = [count for count in rows if count <= fitting]
    if sum(rows) != SMALL + LARGE or sum(large) < LARGE - 2 * fitting:
        raise Failure(f"rows of the batches {rows}: at most {fitting} large ones fit one")
    if len(large) > LARGE / fitting * 1.5:
        raise Failure(f"rows of the batches {rows}: they are much smaller than the limit")


def check_sizes(folder):
    duck = tables.connection()
    tables.define_table(duck, "t", "parquet", folder / "out")
    expected = [str(SMALL + LARGE), str(LARGE), str(LARGE * LARGE_BYTES)]
    expect_equal(expected, tables.rows_as_text(
        duck, "SELECT count(*), count(bytes), sum(bytes) FROM t")[0], "the result")


def killed(folder):
    """In the middle of a batch that has spilled."""
    write_job(folder)
    env = {"MEMORY": f"{LIMIT_MB}MiB", "BATCH": 500_000, "SLUICE_CRASH": "engine.run:4"}
    run = sluice("run", "pipeline.yaml", "--available-now", cwd=folder, env=env)
    run.must_exit(-signal.SIGKILL)
    if not spilled(folder):
        raise Failure("the run was to spill before it was killed")
    # With so much memory that nothing is spilled that would clean up on its way.
    env = {"MEMORY": "4GiB", "BATCH": 500_000}
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder, env=env).must_exit(0)
    check_result(folder)


def write_job(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pipeline.yaml").write_text(PIPELINE)


def spilled(folder):
    return sorted(path.name for path in (folder / "checkpoint" / "spill").glob("*"))


def check_result(folder):
    duck = tables.connection()
    tables.define_table(duck, "t", "delta", folder / "out")
    twice = ROWS - KEYS
    expected = [str(KEYS), str(ROWS), str(sum(range(KEYS)) + sum(range(twice)))]
    expect_equal(expected, tables.rows_as_text(duck, "SELECT keys, n, nk FROM t")[0], "the result")
    expect_equal([], spilled(folder), "files that were spilled")
