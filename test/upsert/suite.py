"""Random upserts over many batches, with kills and a foreign compaction between them: the table must
hold what plain DuckDB finds as the last row of each key, unless that one deletes it. results.py: the same of
results that rows leave."""

import json
import random
import signal
from pathlib import Path

from support import tables
from support.case import Case, Failure
from support.program import indent, sluice
from upsert import results

SEEDS = range(1, 17)
RESULT_SEEDS = range(1, 17)
POINTS = ("delta.stage", "delta.staged", "engine.committed", "delta.rewrite", "delta.rewritten",
          "delta.commit", "delta.committed", "delta.deletes", "engine.published_one")
# Not __HIVE_DEFAULT_PARTITION__: deltalake's compaction takes it for NULL.
TEXTS = [None, "", "a", "b c", "100%", "x:y", "x=y", "[a]*?", "d/e", "ü", "a" * 60, "'", "NULL"]
DAYS = [None, "2024-01-01", "2024-02-29", "1969-12-31", "0031-07-05"]
TYPES = {"id": "BIGINT", "k": "VARCHAR", "d": "DATE", "x": "DECIMAL(20,4)"}

PIPELINE = """\
name: upserts
sources:
  input:
    json_lines:
      path: in
      max_files_per_trigger: 1
      schema: {{id: BIGINT, k: VARCHAR, d: DATE, x: "DECIMAL(20,4)", ts: BIGINT, v: DOUBLE, op: VARCHAR}}
sinks:
  out:
    from: input
    mode: upsert
    key: {key}
    order_by: [ts]
    delete_when: op = 'd'
    leave_out: [op]
    delta: {{path: out, partition_by: {partitions}}}
trigger: available_now
checkpoint: checkpoint
"""


def cases():
    for seed in SEEDS:
        yield Case(f"seed_{seed}", lambda folder, seed=seed: upserts(folder, seed))
    for seed in RESULT_SEEDS:
        yield Case(f"result_{seed}", lambda folder, seed=seed: results.run(folder, seed))


def upserts(folder, seed):
    chance = random.Random(seed)
    key = chance.sample(list(TYPES), chance.randint(1, 3))
    partitions = chance.sample(["k", "d"], chance.randint(0, 2))
    (folder / "pipeline.yaml").write_text(PIPELINE.format(key=key, partitions=partitions))
    batches = chance.randint(8, 20)
    write_input(folder / "in", chance, batches)
    try:
        run_with_kills(folder, chance)
        compare(folder, key, partitions)
    except Failure as failure:
        raise Failure(f"key {key}, partitioned by {partitions}: {failure}")


def write_input(folder, chance, batches):
    folder.mkdir()
    ids = chance.choice([5, 50, 400])
    number = 0
    for batch in range(batches):
        # Later batches may carry smaller times: within a batch the greatest wins, then the later batch.
        rows = chance.randint(1, 60)
        times = chance.sample(range(10_000), rows)
        with open(folder / f"{batch:04}.jsonl", "w", encoding="utf-8") as file:
            for time in times:
                number += 1
                row = {"id": chance.choice([None, chance.randrange(ids), chance.randrange(ids)]),
                       "k": chance.choice(TEXTS), "d": chance.choice(DAYS),
                       "x": f"{chance.randrange(3)}.{chance.randrange(2)}", "ts": time, "v": number,
                       "op": chance.choice([None, "u", "u", "d"])}
                file.write(json.dumps({name: value for name, value in row.items()
                                       if value is not None}) + "\n")
                if chance.random() < 0.1:  # the same row again is no second row
                    file.write(json.dumps({name: value for name, value in row.items()
                                           if value is not None}) + "\n")


def run_with_kills(folder, chance):
    for _ in range(chance.randint(2, 5)):
        crash = f"{chance.choice(POINTS)}:{chance.randint(1, 4)}"
        died = sluice("run", "pipeline.yaml", cwd=folder, env={"SLUICE_CRASH": crash})
        if died.exit not in (0, -signal.SIGKILL):
            raise Failure(f"with SLUICE_CRASH={crash} it ended with exit code {died.exit}\n"
                          + indent(died.err, "  stderr| "))
        if chance.random() < 0.5:
            compact(folder / "out")
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)


def compact(path):
    """Another writer puts the table's files together between two runs."""
    import deltalake

    if deltalake.DeltaTable.is_deltatable(str(path)):
        deltalake.DeltaTable(str(path)).optimize.compact()


def compare(folder, key, partitions):
    duck = tables.connection()
    if not tables.define_table(duck, "got", "delta", folder / "out"):
        raise Failure("there is no table")
    columns = ", ".join(f'{name}: \'{kind}\'' for name, kind in TYPES.items())
    duck.execute(f"""CREATE TABLE input AS SELECT * FROM read_json(
        '{folder}/in/*.jsonl', format='newline_delimited', filename=true,
        columns={{{columns}, ts: 'BIGINT', v: 'DOUBLE', op: 'VARCHAR'}})""")
    # In a partition column Delta cannot distinguish the empty text from NULL.
    k = "nullif(k, '') AS k" if "k" in partitions else "k AS k"
    last = (f"SELECT id, k, d, x, ts, v FROM (SELECT * FROM (SELECT * REPLACE ({k}) FROM input)"
            f" QUALIFY row_number() OVER (PARTITION BY {', '.join(key)} ORDER BY filename DESC, ts DESC) = 1)"
            " WHERE op IS DISTINCT FROM 'd'")
    tables.expect_same_rows(duck, last, "SELECT id, k, d, x, ts, v FROM got", "the table")
