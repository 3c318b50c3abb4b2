"""Another number of shards, and topics that get more partitions."""

import json
import shutil

from shards.job import Writer, write_job
from support import tables
from support.broker import produce
from support.case import Failure, expect_equal
from support.kafka import shared_kafka
from support.program import Running, sluice

STATELESS = """\
name: {name}
sources:
  orders:
    kafka: {{brokers: "{brokers}", topic: {topic}, discover_every: 100ms{more}}}
    format: {{json: {{schema: {{id: BIGINT, k: VARCHAR}}}}}}
sinks:
  bronze: {{from: orders, delta: {{path: out/bronze}}}}
trigger: {{every: 20ms}}
checkpoint: checkpoint
"""


def run_all(folder, shard=None, pipeline="pipeline.yaml"):
    arguments = ["--shard", shard] if shard else []
    return sluice("run", *arguments, pipeline, "--available-now", cwd=folder)


def must_say(ended, *words):
    ended.must_exit(2)
    for word in words:
        if word not in ended.err:
            raise Failure(f"the message lacks '{word}':\n{ended.err}")


def other_number(folder):
    """A checkpoint knows which part it is of; a change by hand-over works."""
    topic = write_job(folder, 4, STATELESS.replace("{more}", ""))
    rows = Writer(topic, 400).finish()
    for shard in ("1/2", "2/2"):
        run_all(folder, shard).must_exit(0)
    must_say(run_all(folder, "1/4"), "E_SHARD_CHANGED", "shard-", "of-2", "this is shard 1/4", "sharding.md")
    must_say(run_all(folder), "E_SHARD_CHANGED", "this run has all partitions")
    if (folder / "checkpoint" / "shard-1-of-4").exists() or (folder / "checkpoint" / "state.db").exists():
        raise Failure("a run that was refused has made a checkpoint")
    # Moved by hand to where another shard would look for it.
    shutil.copytree(folder / "checkpoint" / "shard-1-of-2", folder / "moved" / "shard-2-of-2")
    moved = (folder / "pipeline.yaml").read_text().replace("checkpoint: checkpoint", "checkpoint: moved")
    (folder / "moved.yaml").write_text(moved)
    must_say(run_all(folder, "2/2", "moved.yaml"), "E_SHARD_CHANGED", "is of shard 1/2", "is of shard 2/2")
    # As docs/guide/sharding.md says: what the old shards have read is where the new ones start.
    offsets = {}
    for number in (1, 2):
        asked = sluice("sql", "--checkpoint", f"checkpoint/shard-{number}-of-2",
                       "SELECT \"offset\" FROM sluice.offsets", "--format", "json", cwd=folder).must_exit(0)
        offsets.update(json.loads(asked.out.splitlines()[0])["offset"][topic])
    (folder / "checkpoint").rename(folder / "old")
    starts = json.dumps({"offsets": {topic: {int(p): at for p, at in offsets.items()}}}).replace('"', "")
    text = (folder / "pipeline.yaml").read_text().replace("discover_every", f"start: {starts}, discover_every")
    (folder / "pipeline.yaml").write_text(text)
    produce(shared_kafka().address, topic, [json.dumps({"id": rows + n, "k": ""}).encode() for n in range(100)],
            partitions=4)
    for number in range(1, 5):
        run_all(folder, f"{number}/4").must_exit(0)
    check_ids(folder, rows + 100)
    # A run of all beside them, and shards beside a run of all.
    must_say(run_all(folder), "E_SHARD_CHANGED")
    shutil.rmtree(folder / "checkpoint")
    run_all(folder).must_exit(0)
    must_say(run_all(folder, "1/4"), "E_SHARD_CHANGED", "a run of all partitions")


def check_ids(folder, rows):
    duck = tables.connection()
    tables.define_table(duck, "bronze", "delta", folder / "out" / "bronze")
    ids = [row[0] for row in duck.execute("SELECT id FROM bronze ORDER BY id").fetchall()]
    expect_equal(list(range(rows)), ids, "ids")


def grow(topic, partitions):
    from confluent_kafka.admin import AdminClient, NewPartitions

    admin = AdminClient({"bootstrap.servers": shared_kafka().address, "log_level": 0})
    for future in admin.create_partitions([NewPartitions(topic, partitions)]).values():
        future.result(60)


def rows_for(topic, first, count, partitions):
    produce(shared_kafka().address, topic,
            [json.dumps({"id": first + n, "k": "k"}).encode() for n in range(count)], partitions=partitions)


def more_partitions(folder):
    """A shard without a partition waits, and reads those that come."""
    topic = write_job(folder, 2, STATELESS.replace("{more}", ""))
    rows_for(topic, 0, 20, 2)
    running = [Running("run", "--shard", f"{number}/3", "pipeline.yaml", "--progress", "json", cwd=folder)
               for number in (1, 2, 3)]
    try:
        running[2].wait_for(lambda out, err: "shard 3/3 has no partition of its topics" in err, "its warning")
        for one in running[:2]:
            one.wait_for(lambda out, err: '"numInputRows":10' in err, "ten rows")
        grow(topic, 6)
        rows_for(topic, 20, 60, 6)
        for one in running:
            one.wait_for(lambda out, err: read(err) >= 20, "the rows of the new partitions")
        for one in running:
            one.stop().must_exit(0)
    finally:
        for one in running:
            one.kill()
    for number in (1, 2, 3):
        run_all(folder, f"{number}/3").must_exit(0)
    check_ids(folder, 80)


def read(err):
    lines = [json.loads(line) for line in err.splitlines() if line.startswith("{")]
    return sum(line["numInputRows"] for line in lines)


def keyed_partitions(folder):
    """Where rows of a key must be together the number of partitions stays a multiple of that of shards."""
    topic = write_job(folder, 4)
    must_say(run_all(folder, "1/3"), "pipeline.yaml:4:", "E_SHARD_PARTITIONS", "has 4 partitions",
             "no multiple of 3 shards")
    # What it has left has read nothing, and is in no one's way.
    rows = Writer(topic, 500).finish()
    running = [Running("run", "--shard", f"{number}/2", "pipeline.yaml", cwd=folder) for number in (1, 2)]
    try:
        for one in running:
            one.wait_for(lambda out, err: "batch 0:" in err, "a batch")
        grow(topic, 6)  # keys move to other partitions, and stay in their shards
        more = Writer(topic, 900).finish()
        for one in running:
            one.stop().must_exit(0)
    finally:
        for one in running:
            one.kill()
    for number in (1, 2):
        run_all(folder, f"{number}/2").must_exit(0)
    duck = tables.connection()
    tables.define_table(duck, "gold", "delta", folder / "out" / "gold")
    expect_equal([(40, rows + more)], duck.execute("SELECT count(*), sum(n)::BIGINT FROM gold").fetchall(),
                 "keys and rows")
    running = [Running("run", "--shard", f"{number}/2", "pipeline.yaml", cwd=folder) for number in (1, 2)]
    try:
        grow(topic, 7)
        for one in running:
            must_say(one.finish(), "E_SHARD_PARTITIONS", "has 7 partitions")
    finally:
        for one in running:
            one.kill()


def not_a_shard(folder):
    """What --shard takes, and what it says else."""
    (folder / "pipeline.yaml").write_text("")
    for text in ("0/4", "5/4", "4", "1/0", "x/y"):
        must_say(sluice("run", "--shard", text, "pipeline.yaml", cwd=folder), f"--shard {text}: write --shard I/N",
                 "1/4", "4/4")


def dead_letters(folder):
    """Each shard has its own; without --shard the answer is which shards there are."""
    topic = write_job(folder, 2, STATELESS.replace("{more}", ""))
    produce(shared_kafka().address, topic, [b"not json", b"nor this"], partitions=2)
    for shard in ("1/2", "2/2"):
        run_all(folder, shard).must_exit(0)
    for words in (("list", "pipeline.yaml"), ("replay", "pipeline.yaml", "--all")):
        must_say(sluice("deadletter", *words, cwd=folder), "E_SHARD_NEEDED", "in checkpoint there are 1/2, 2/2; name one: "
                 "--shard 1/2")
    for shard in ("1/2", "2/2"):
        listed = sluice("deadletter", "list", "--shard", shard, "pipeline.yaml", cwd=folder).must_exit(0).out
        expect_equal("1 dead letter", listed.splitlines()[0], f"of shard {shard}")
