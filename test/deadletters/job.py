"""A pipeline whose file is wrong at first: amounts with a point are no integers."""

import json

from support import tables
from support.case import Failure, expect_equal
from support.placed import place
from support.program import sluice

PIPELINE = """\
name: letters
sources:
  readings:
    json_lines:
      path: in
      max_files_per_trigger: 1
      schema: {{id: BIGINT, k: VARCHAR, amount: {amount}}}{more}
views:
  rows: SELECT id, k, CAST(amount AS DOUBLE) AS amount FROM readings
  totals: SELECT k, count(*) AS n, sum(amount) AS amount FROM rows GROUP BY k
sinks:
  delta: {{from: rows, delta: {{path: out/delta}}}}
  parquet: {{from: rows, parquet: {{path: out/parquet}}}}
  totals: {{from: totals, mode: complete, parquet: {{path: out/totals}}}}
trigger: {trigger}
checkpoint: checkpoint
"""

WRONG, RIGHT = "INTEGER", "DOUBLE"


def write_pipeline(folder, amount=WRONG, trigger="available_now", more=""):
    (folder / "pipeline.yaml").write_text(PIPELINE.format(amount=amount, trigger=trigger, more=more))


def write_input(folder, batch, rows=20):
    """A file with some rows of which every fourth has a point."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    lines = []
    for number in range(batch * rows, (batch + 1) * rows):
        amount = number + (0.5 if number % 4 == 0 else 0)
        lines.append(json.dumps({"id": number, "k": f"key {number % 3}", "amount": amount}))
    place(folder / "in" / f"{batch:04d}.jsonl", "\n".join(lines) + "\n")


def run(folder, crash=None):
    return sluice("run", "pipeline.yaml", "--available-now", "--progress", "json", cwd=folder,
                  env={"SLUICE_CRASH": crash} if crash else {})


def letters(folder, *arguments, limit=100_000, file="pipeline.yaml"):
    """The dead letters that `list` shows, the newest first."""
    ended = sluice("deadletter", "list", file, "--format", "json", "--limit", limit, *arguments,
                   cwd=folder).must_exit(0)
    return [json.loads(line) for line in ended.out.splitlines()]


def replay(folder, *arguments, file="pipeline.yaml"):
    return sluice("deadletter", "replay", file, *arguments, cwd=folder)


def expect_tables(folder, select, sinks=("delta", "parquet", "totals")):
    """Every sink has what plain DuckDB makes of the rows of `select` (id, k, amount)."""
    duck = tables.connection()
    duck.execute(f"CREATE TABLE expected AS SELECT CAST(id AS BIGINT) AS id, k, "
                 f"CAST(amount AS DOUBLE) AS amount FROM ({select})")
    for sink in sinks:
        kind = "delta" if sink == "delta" else "parquet"
        if not tables.define_table(duck, sink, kind, folder / "out" / sink):
            raise Failure(f"{sink} holds nothing")
    rows = "SELECT id, k, amount FROM {}"
    for sink in ("delta", "parquet"):
        if sink in sinks:
            tables.expect_same_rows(duck, rows.format("expected"), rows.format(sink), sink)
    if "totals" in sinks:
        tables.expect_same_rows(duck, "SELECT k, count(*) AS n, sum(amount) AS amount FROM expected "
                                      "GROUP BY k", "SELECT k, n, amount FROM totals", "totals")


def all_rows(folder):
    """What the input is, whatever the pipeline's file says."""
    return (f"SELECT id, k, amount FROM read_json('{folder}/in/*.jsonl', "
            "columns={'id': 'BIGINT', 'k': 'VARCHAR', 'amount': 'DOUBLE'})")


def expect_ledger(ended):
    """Rows of each sink add up in every batch."""
    for batch in ended.progress:
        for sink in batch["sinks"]:
            left = sink["numInputRows"] + sink["numAddedRows"]
            right = (sink["numKeptRows"] + sink["numFilteredRows"] + sink["numLateRows"]
                     + sink["numDeadLetters"])
            expect_equal(left, right, f"batch {batch['batchId']}, sink {sink['name']}: rows add up")
