"""kill -9 at random instants, until it was done so often."""

import random
import shutil
import signal
import time

from support.case import Failure
from support.program import Running, indent, sluice


def kill_often(folder, kills, begin, check, after_kill=lambda job: None):
    """`begin(job)` writes a job into a folder, `check(job)` says what its end must have left. A job that
    gets to its end is checked, and another one begun. `after_kill(job)` does what else happens to it."""
    seed = random.SystemRandom().randrange(1 << 32)
    chance = random.Random(seed)
    killed = jobs = 0
    job = None
    try:
        while killed < kills:
            if job is None:
                job = folder / f"job-{jobs}"
                begin(job)
            running = Running("run", "pipeline.yaml", "--available-now", cwd=job)
            time.sleep(chance.uniform(0.01, 0.6))
            ended = running.kill()
            if ended.exit == -signal.SIGKILL:
                killed += 1
                after_kill(job)
                continue
            must_end(ended.exit, ended.err)
            job, jobs = finish(job, check), jobs + 1
        if job:
            finish(job, check)
    except Failure as failure:
        raise Failure(f"seed {seed}, {killed} kills, job {jobs}: {failure}")


def must_end(code, err):
    if code != 0:
        raise Failure(f"ended by itself with {code}\n" + indent(err, "  stderr| "))


def finish(job, check):
    """What was staged before the checkpoint knew the sink is removed by the second start."""
    for _ in range(2):
        ended = sluice("run", "pipeline.yaml", "--available-now", cwd=job)
        must_end(ended.exit, ended.err)
        check(job)
    shutil.rmtree(job)
