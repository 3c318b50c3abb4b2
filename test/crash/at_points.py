"""A job that is killed at named instants and goes on, and what its sinks must hold then."""

import shutil
import signal
from typing import Callable, NamedTuple

from support.case import Failure
from support.program import indent


class Job(NamedTuple):
    """Each is called with the job's folder; `run` also with `crash`, its SLUICE_CRASH."""
    write: Callable
    run: Callable
    check: Callable


def points_of(folder, job, needed):
    """The crash points that the job passes; `needed` must be among them."""
    job.write(folder)
    names = folder / "points"
    job.run(folder, crash=f"list:{names}").must_exit(0)
    job.check(folder)
    found = sorted(set(names.read_text().split()))
    for point in needed:
        if point not in found:
            raise Failure(f"the job does not pass {point}: {found}")
    return found


def kill_at(folder, job, chains):
    """For each of the chains, the SLUICE_CRASH of one run after the other, a job of its own."""
    failures = []
    for crashes in chains:
        try:
            crash_and_go_on(folder / "-".join(crashes).replace(":", "_"), job, crashes)
        except Failure as failure:
            failures.append(f"{' then '.join(crashes)}: {failure}")
    if failures:
        raise Failure("\n".join(failures))


def crash_and_go_on(folder, job, crashes):
    job.write(folder)
    for crash in crashes:
        died = job.run(folder, crash=crash)
        if died.exit not in (0, -signal.SIGKILL):
            raise Failure(f"with {crash} it ended with {died.exit}\n" + indent(died.err, "  stderr| "))
    for _ in range(2):
        job.run(folder).must_exit(0)
    job.check(folder)
    shutil.rmtree(folder)
