"""What the cases share: a pipeline over files, and how it is asked."""

import json

from support.program import sluice

ORDERS = """\
name: orders
sources:
  orders:
    json_lines: {path: in/*.jsonl, schema: {id: BIGINT, shop: VARCHAR, amount: "DECIMAL(10,2)", ts: TIMESTAMP}}
    watermark: {column: ts, delay: 1m}
views:
  good: SELECT * FROM orders WHERE amount > 0
  totals: SELECT shop, sum(amount) AS total FROM good GROUP BY shop
  minutes: >-
    SELECT window.start AS minute, count(*) AS orders FROM good GROUP BY window(ts, '1 minute')
sinks:
  good: {from: good, parquet: {path: out/good}}
  totals: {from: totals, mode: update, console: {}}
  minutes: {from: minutes, mode: append, parquet: {path: out/minutes}}
trigger: available_now
checkpoint: out/checkpoint
"""

ROWS = [{"id": 1, "shop": "north", "amount": 10.5, "ts": "2024-05-01 12:00:01"},
        {"id": 2, "shop": "south", "amount": 0, "ts": "2024-05-01 12:00:02"},
        {"id": 3, "shop": "north", "amount": 1.25, "ts": "2024-05-01 12:01:03"},
        {"id": 4, "shop": "naïve 東", "amount": 7, "ts": "2024-05-01 12:02:04"}]


def place(folder, pipeline=ORDERS, rows=ROWS, more=""):
    (folder / "pipeline.yaml").write_text(pipeline, encoding="utf-8")
    (folder / "in").mkdir()
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "in" / "a.jsonl").write_text("".join(line + "\n" for line in lines) + more, encoding="utf-8")
    return folder


def ask(folder, command, *arguments, code=0, env=None, feed=None):
    return sluice(command, "pipeline.yaml", *arguments, cwd=folder, env=env, feed=feed).must_exit(code)


def files_of(folder):
    """Every file below the folder and its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
