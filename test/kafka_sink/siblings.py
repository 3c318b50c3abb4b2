"""Two sinks of one pipeline in one partition of the commits topic, a topic whose limits change while a pipeline
runs, and a batch that takes longer than its transaction may."""

import time

from kafka_sink.job import committed
from support.broker import create_topic
from support.case import Failure, expect_equal
from support.kafka import shared_kafka
from support.program import Running, indent, sluice

PAIR = """\
name: {name}
sources:
  r: {{generator: {{rows_per_second: 50, columns: {{id: {{sequence: {{start: 0}}}}}}}}}}
sinks:
  b: {{from: r, kafka: {{brokers: "{brokers}", topic: {name}.b, commits_topic: {name}.notes, create_partitions: 1}}}}
  a: {{from: r, kafka: {{brokers: "{brokers}", topic: {name}.a, commits_topic: {name}.notes, create_partitions: 1}}}}
trigger: {{every: 200ms}}
checkpoint: checkpoint
"""

SHRINK = """\
name: {name}
sources:
  r: {{generator: {{rows_per_second: 2, columns: {{id: {{sequence: {{start: 1}}}}}}}}}}
views:
  v: SELECT repeat('x', 2000) AS value FROM r
sinks:
  o: {{from: v, kafka: {{brokers: "{brokers}", topic: {name}.rows, value: raw}}}}
trigger: {{every: {every}}}
checkpoint: checkpoint
"""


def name_of(folder, what):
    return f"{what}-{abs(hash(str(folder))):x}"


def siblings(folder):
    """Whoever takes the id of one sink does not make the others wait for each other."""
    from confluent_kafka import Producer

    brokers, name = shared_kafka().address, name_of(folder, "pair")
    sluice("topic", "create", f"{name}.notes", "--brokers", brokers, "--partitions", 1, "--config",
           "cleanup.policy=compact", cwd=folder).must_exit(0)
    (folder / "pipeline.yaml").write_text(PAIR.format(name=name, brokers=brokers))
    running = Running("run", "pipeline.yaml", cwd=folder)
    try:
        batch = 3
        running.wait_for(lambda out, err: f"batch {batch}:" in err, f"batch {batch}")
        for sink in ("a", "b", "a"):
            taker = Producer({"bootstrap.servers": brokers, "transactional.id": f"sluice-{name}-{sink}"})
            taker.init_transactions(30)
            begun = time.monotonic()
            seen = batches(running)
            running.wait_for(lambda out, err: max(numbers(err)) >= seen + 4, f"batches after the id of {sink} was taken")
            if time.monotonic() - begun > 20:
                raise Failure(f"it took {time.monotonic() - begun:.0f} s to go on without the id of {sink}")
        ended = running.stop().must_exit(0)
    finally:
        running.process.kill()
    rows = {sink: sorted(value for _, value in committed(brokers, f"{name}.{sink}")) for sink in "ab"}
    expect_equal(rows["a"], rows["b"], "rows of both sinks\n" + indent(ended.err, "  stderr| "))
    expect_equal(len(rows["a"]), len(set(rows["a"])), "each row once")


def numbers(err):
    return [int(line.split("batch ")[1].split(":")[0]) for line in err.splitlines()
            if "batch " in line and line.split("batch ")[1].split(":")[0].isdigit()] or [-1]


def batches(running):
    return running.wait_for(lambda out, err: max(numbers(err)) + 1, "a batch") - 1


def shrinking(folder):
    """A topic that takes less while a pipeline runs: nothing more is committed that it refuses, and of what is
    committed already it is said that the topic alone helps."""
    brokers, name = shared_kafka().address, name_of(folder, "shrink")
    create_topic(brokers, f"{name}.rows")

    def limit(count):
        sluice("topic", "alter", f"{name}.rows", "--brokers", brokers, "--config", f"max.message.bytes={count}",
               cwd=folder).must_exit(0)
        time.sleep(0.5)  # settings of a topic take a moment

    def end_by_limit(every):
        (folder / "pipeline.yaml").write_text(SHRINK.format(name=name, brokers=brokers, every=every))
        running = Running("run", "pipeline.yaml", cwd=folder)
        try:
            running.wait_for(lambda out, err: numbers(err) != [-1], "a batch")
            limit(1500)
            ended = running.finish().must_exit(2)
        finally:
            running.process.kill()
        if "E_RECORD_TOO_LARGE" not in ended.err:
            raise Failure("without its code\n" + indent(ended.err, "  stderr| "))
        return "what helps is that the topic takes them" in ended.err

    # Settings are looked at every five seconds.
    if end_by_limit("6s"):
        raise Failure("what the topic refuses was committed")
    limit(100_000)
    if not end_by_limit("400ms"):
        raise Failure("it does not say what helps")
    again = sluice("run", "pipeline.yaml", cwd=folder).must_exit(2)
    if "is committed" not in again.err:
        raise Failure("nor at the next start\n" + indent(again.err, "  stderr| "))
    limit(100_000)
    sluice("run", "pipeline.yaml", "--once", cwd=folder).must_exit(0)
