"""The disk refuses what the commit itself writes, while the pipeline runs."""

import json
import resource

from deltalake import DeltaTable
from support.case import expect_equal
from support.program import Running, must_say, sluice

# The state of a batch is much larger than the room that is left, all else of it much smaller.
ROWS, PAD, ROOM_BYTES = 5000, 200, 100_000

PIPELINE = """\
name: failing
sources:
  numbers: {json_lines: {path: in, max_files_per_trigger: 1, schema: {id: BIGINT, pad: VARCHAR}}}
views:
  newest: SELECT id, max(pad) AS pad FROM numbers GROUP BY id
  totals: SELECT count(*) AS n, sum(id) AS ids FROM newest
sinks:
  out: {from: totals, mode: complete, delta: {path: out}}
trigger: {every: 50ms}
checkpoint: checkpoint
"""


def failing_commit(folder):
    """The process ends, and the next one finds out what became of the batch."""
    (folder / "in").mkdir()
    (folder / "pipeline.yaml").write_text(PIPELINE)
    put(folder, 0)
    # A file at its limit gives a signal, which Python ignores and hands down as ignored.
    running = Running("run", "pipeline.yaml", cwd=folder, restore_signals=False)
    try:
        running.wait_for(lambda out, err: "batch 0:" in err, "batch 0")
        log = folder / "checkpoint" / "state.db.wal"
        limit = log.stat().st_size + ROOM_BYTES
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        put(folder, 1)
        ended = running.finish().must_exit(1)
    finally:
        running.process.kill()
    must_say(ended, "E_COMMIT_UNKNOWN: the checkpoint's commit did not answer clearly", "start again")
    expect_equal([{"n": ROWS, "ids": sum(range(ROWS))}], totals(folder), "before it is started again")
    sluice("run", "pipeline.yaml", "--available-now", cwd=folder).must_exit(0)
    expect_equal([{"n": 2 * ROWS, "ids": sum(range(2 * ROWS))}], totals(folder), "both batches, once")


def put(folder, batch):
    lines = (json.dumps({"id": id, "pad": f"{id:0{PAD}d}"}) + "\n" for id in range(batch * ROWS, (batch + 1) * ROWS))
    part = folder / f"{batch}.part"
    part.write_text("".join(lines))
    part.rename(folder / "in" / f"{batch}.jsonl")


def totals(folder):
    return DeltaTable(str(folder / "out")).to_pyarrow_table().to_pylist()
