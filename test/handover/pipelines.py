"""What the cases have in common: a pipeline, its rows in the Delta table, and calls of the command."""

import json
from collections import Counter

from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from support.case import Failure
from support.program import sluice

PIPELINE = "pipeline.yaml"
FILES = """\
name: shop
sources:
  orders: {json_lines: {path: in, schema: {id: BIGINT, item: VARCHAR}}}
sinks:
  lake: {from: orders, delta: {path: table}}
trigger: available_now
checkpoint: checkpoint
"""
APP_ID = "shop/lake"


def write_pipeline(folder, text=FILES):
    (folder / "in").mkdir(exist_ok=True)
    (folder / PIPELINE).write_text(text)


def put_file(folder, number, rows=3):
    """One more input file; gives its ids."""
    ids = range(100 * number, 100 * number + rows)
    part = folder / "in" / f".{number:04}"
    part.write_text("".join(json.dumps({"id": n, "item": f"item {n}"}) + "\n" for n in ids))
    part.rename(folder / "in" / f"{number:04}.jsonl")
    return list(ids)


def run(folder, *arguments, env=None):
    return sluice("run", *arguments, PIPELINE, cwd=folder, env=env).must_exit(0)


def hand_over(folder, *arguments, env=None):
    """With the checkpoint of a job that somebody has written by hand: one query."""
    if "--spark-checkpoint" not in arguments:
        arguments += ("--spark-checkpoint", "spark")
    return sluice("handover", PIPELINE, *arguments, cwd=folder, env=env)


def to_spark(folder, *arguments):
    return hand_over(folder, "--to", "spark", *arguments).must_exit(0)


def from_spark(folder, *arguments):
    return hand_over(folder, "--from", "spark", *arguments).must_exit(0)


def must_refuse(done, code, *texts):
    """`texts` are to be in the error, which is to be one line."""
    done.must_exit(code)
    for text in texts:
        if text not in done.err:
            raise Failure(f"{done.command}: the error lacks {text!r}:\n{done.err}")


def rows_of(folder):
    try:
        return DeltaTable(str(folder / "table")).to_pyarrow_table().to_pylist()
    except TableNotFoundError:
        return []


def expect_ids(folder, wanted, what):
    """Each id once, with the item that was made of it."""
    rows = rows_of(folder)
    got, wanted = Counter(row["id"] for row in rows), Counter(wanted)
    lost, more = wanted - got, got - wanted
    wrong = [row for row in rows if row["item"] != f"item {row['id']}"]
    if lost or more or wrong:
        raise Failure(f"{what}: {sum(lost.values())} rows lost {sorted(lost)[:5]}, {sum(more.values())} too many "
                      f"{sorted(more)[:5]}, {len(wrong)} wrong {wrong[:3]}")
