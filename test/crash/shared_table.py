"""Two pipelines append to one Delta table at the same time, each killed at random instants and started
again: the table has every row of both, once."""

import json
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from crash.at_random import must_end
from support import tables
from support.case import Failure, expect_equal
from support.program import Running, sluice
from support.s3 import Store
from support.soak import rounds

BATCHES, ROWS = rounds(60, 1500), 10

PIPELINE = """\
name: {name}
sources:
  numbers: {{json_lines: {{path: {name}, max_files_per_trigger: 1, schema: {{id: BIGINT, k: VARCHAR}}}}}}
sinks:
  out: {{from: numbers, delta: {{path: out/shared, partition_by: [k]}}}}
checkpoint: {name}_checkpoint
"""


def shared_table(folder, in_store=False):
    store = Store() if in_store else None
    seed = random.SystemRandom().randrange(1 << 32)
    names = ("left", "right")
    for place, name in enumerate(names):
        (folder / name).mkdir()
        for batch in range(BATCHES):
            first = (place * BATCHES + batch) * ROWS
            lines = [json.dumps({"id": first + n, "k": f"k{n % 2}"}) for n in range(ROWS)]
            (folder / name / f"{batch:04}.jsonl").write_text("\n".join(lines) + "\n")
    write_pipelines(folder, names, store)
    with ThreadPoolExecutor(len(names)) as pool:
        jobs = [pool.submit(run_and_kill, folder, name, seed + place)
                for place, name in enumerate(names)]
        kills = [job.result() for job in jobs]
    if not all(kills):
        raise Failure(f"seed {seed}: {kills} kills; the job is too short to be killed")
    duck = tables.connection()
    tables.define_table(duck, "got", "delta", folder / "out" / "shared")
    ids = [row[0] for row in duck.execute("SELECT id FROM got ORDER BY id").fetchall()]
    expect_equal(list(range(len(names) * BATCHES * ROWS)), ids, f"seed {seed}, kills {kills}: ids")
    if store:
        store.expect_no_parts()


def write_pipelines(folder, names, store):
    texts = {name: PIPELINE.format(name=name) for name in names}
    if store:
        (store.folder / folder.name).mkdir()
        (folder / "out").symlink_to(store.folder / folder.name)
        mounted = store.mount("lake", folder.name)
        texts = {name: text.replace("path: out/", "path: lake://") + mounted
                 for name, text in texts.items()}
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)


def run_and_kill(folder, name, seed):
    """How often it was killed before its input was done."""
    chance = random.Random(seed)
    for kill in range(rounds(8, 100)):
        running = Running("run", f"{name}.yaml", "--available-now", cwd=folder)
        time.sleep(chance.uniform(0.02, 0.25))
        finished = running.kill()
        if finished.exit != -signal.SIGKILL:
            must_end(finished.exit, finished.err)
            return kill
    sluice("run", f"{name}.yaml", "--available-now", cwd=folder).must_exit(0)
    return kill + 1
