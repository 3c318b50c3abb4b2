"""Four shards of eight partitions write one table, while rows come and each shard is killed at random instants
and started again: the tables have every row once, and the totals are of all rows."""

import random
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from shards.job import Writer, check_tables, write_job
from support.case import Failure
from support.program import Running, indent, sluice
from support.soak import rounds

SHARDS, PARTITIONS = 4, 8
KILLS, ROWS = rounds(4, 60), rounds(4_000, 120_000)


def at_random(folder):
    seed = random.SystemRandom().randrange(1 << 32)
    topic = write_job(folder, PARTITIONS)
    writer = Writer(topic, ROWS, pause=0.05)
    with ThreadPoolExecutor(SHARDS) as pool:
        jobs = [pool.submit(run_and_kill, folder, number, seed + number) for number in range(1, SHARDS + 1)]
        logs = [job.result() for job in jobs]
    rows = writer.finish()
    with ThreadPoolExecutor(SHARDS) as pool:
        ends = [pool.submit(finish, folder, number) for number in range(1, SHARDS + 1)]
        logs += [end.result() for end in ends]
    check_tables(folder, rows, f"seed {seed}")
    lost = sum(int(races) for log in logs for races in re.findall(r"lost_races=(\d+)", log))
    if not lost:
        raise Failure(f"seed {seed}: no shard lost a race for a commit; the test does not show what it is to show")
    if "other writers were faster each time" in "".join(logs):
        raise Failure(f"seed {seed}: a shard ran out of tries to commit")


def run(folder, number, *arguments):
    return Running("run", "--shard", f"{number}/{SHARDS}", "pipeline.yaml", "--log-level", "debug", *arguments,
                   cwd=folder)


def run_and_kill(folder, number, seed):
    """What it has logged, over all of its lives."""
    chance = random.Random(seed)
    log = ""
    for _ in range(KILLS):
        running = run(folder, number)
        time.sleep(chance.uniform(0.3, 2.5))
        ended = running.kill()
        log += ended.err
        if ended.exit != -signal.SIGKILL:
            raise Failure(f"shard {number} ended by itself with {ended.exit}\n" + indent(ended.err, "  stderr| "))
    return log


def finish(folder, number):
    return sluice("run", "--shard", f"{number}/{SHARDS}", "pipeline.yaml", "--available-now", "--log-level", "debug",
                  cwd=folder).must_exit(0).err
