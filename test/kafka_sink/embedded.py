"""`sluice broker` and transactions: a topic into two, with a group, by several runs on one broker. Whoever reads what
they have written checks the checksums, of the transactions' markers too."""

import json
from collections import defaultdict

from kafka_sink.job import committed
from support.broker import EmbeddedBroker, produce
from support.case import expect_equal
from support.program import sluice

RUNS, ROWS = 3, 40

PIPELINE = """\
name: {name}
sources:
  orders:
    kafka: {{brokers: "{brokers}", topic: orders, group: {name}}}
    format: {{json: {{schema: {{id: BIGINT, shop: VARCHAR}}}}}}
views:
  shops: SELECT shop, count(*) AS n, max(id) AS id FROM orders GROUP BY shop
sinks:
  copies: {{from: orders, kafka: {{brokers: "{brokers}", topic: {name}.copies, key: shop, create_partitions: 3}}}}
  shops: {{from: shops, mode: upsert, key: [shop],
          kafka: {{brokers: "{brokers}", topic: {name}.shops, create_partitions: 2}}}}
checkpoint: checkpoint
"""


def embedded_broker(folder):
    """By its announcement, and by its address where nobody knows that it is the embedded one."""
    broker = EmbeddedBroker(folder)
    jobs = {"announced": ("embedded", broker.env), "by_address": (broker.address, {"SLUICE_HOME": folder / "other"})}
    try:
        broker.create_topic("orders", 2)
        for name, (brokers, _) in jobs.items():
            (folder / name).mkdir()
            (folder / name / "pipeline.yaml").write_text(PIPELINE.format(name=name, brokers=brokers))
        for number in range(1, RUNS + 1):
            ids = range((number - 1) * ROWS, number * ROWS)
            produce(broker.address, "orders", [row(id) for id in ids], partitions=2)
            for name, (_, env) in jobs.items():
                sluice("run", "pipeline.yaml", "--available-now", cwd=folder / name, env=env).must_exit(0)
                check(broker.address, name, number * ROWS)
    finally:
        broker.stop()


def row(id):
    return json.dumps({"id": id, "shop": f"shop {id % 7}"}).encode()


def check(brokers, name, count):
    wanted = defaultdict(list)
    for id in range(count):
        wanted[f"shop {id % 7}"].append(id)
    copies = sorted(json.loads(value)["id"] for _, value in committed(brokers, f"{name}.copies"))
    expect_equal(list(range(count)), copies, f"copies of {name}")
    newest = {key.decode(): json.loads(value) for key, value in committed(brokers, f"{name}.shops")}
    expect_equal({shop: {"shop": shop, "n": len(ids), "id": ids[-1]} for shop, ids in wanted.items()}, newest,
                 f"shops of {name}")
