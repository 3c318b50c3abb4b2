"""`functions:` of a file on Spark: SQL expressions and Python, with the tables of a native run."""

import json
import sys

from spark_engine.both import expect_same_tables, native, spark
from support.case import Case, Failure
from support.program import sluice

PIPELINE = """\
name: scored
sources:
  sales: {json_lines: {path: in, schema: {id: BIGINT, shop: VARCHAR, price: "DECIMAL(10,2)", seen: TIMESTAMP}}}
functions:
  net: {args: [amount], sql: amount * 0.8}
  totalled: {args: [amount], sql: sum(net(amount))}
  score: {args: {text: VARCHAR, n: BIGINT}, returns: DOUBLE, python: model.py}
  dearer: {args: {price: "DECIMAL(10,2)"}, returns: "DECIMAL(10,2)", python: "model.py:twice"}
  small: {args: {n: UTINYINT}, returns: UTINYINT, python: "model.py:same"}
  later: {args: {t: TIMESTAMP}, returns: TIMESTAMP, python: "model.py:same"}
views:
  scored: SELECT id, shop, net(price) AS net, score(shop, id) AS score, dearer(price) AS dearer, CAST(small(CAST(id % 200 AS UTINYINT)) AS INTEGER) AS small, later(seen) AS later FROM sales
  shops: SELECT shop, totalled(price) AS total, count(*) AS n FROM sales GROUP BY shop
sinks:
  scored: {from: scored, delta: {path: "${OUT}/scored"}}
  shops: {from: shops, mode: complete, delta: {path: "${OUT}/shops"}}
trigger: available_now
checkpoint: "${OUT}/checkpoint"
"""

MODEL = """\
\"\"\"A model with state of its own, and a helper beside it.\"\"\"
import pyarrow.compute as pc

FACTOR = 0.5


def lengths(text):
    return pc.cast(pc.utf8_length(text), "double")


def score(text, n):
    return pc.multiply(pc.add(lengths(text), pc.cast(n, "double")), FACTOR)


def twice(price):
    return [None if one is None else one * 2 for one in price.to_pylist()]


def same(x):
    return x.to_pandas()
"""


def cases():
    yield Case("functions/both", both)


def both(folder):
    (folder / "pipeline.yaml").write_text(PIPELINE)
    (folder / "model.py").write_text(MODEL)
    (folder / "in").mkdir()
    rows = [{"id": n, "shop": [None, "north", "東京"][n % 3], "price": f"{n}.25", "seen": f"2024-05-01 12:00:{n % 60:02}"} for n in range(500)]
    (folder / "in" / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    env = {"SLUICE_PYTHON": sys.executable}
    native("pipeline.yaml", {**env, "OUT": folder / "native"}, folder)
    spark("pipeline.yaml", {**env, "OUT": folder / "spark"}, folder)
    expect_same_tables(folder / "native", folder / "spark", [("scored", "delta"), ("shops", "delta")])
    exported = sluice("export", "--to", "plan", "pipeline.yaml", cwd=folder, env={**env, "OUT": folder}).must_exit(0).out
    if "net(" in exported or "totalled" in exported:
        raise Failure(f"the plan has calls of SQL functions, which nobody else knows:\n{exported}")
