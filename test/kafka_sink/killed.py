"""A job that is killed at named instants, and what its topics must hold after it has gone on."""

import shutil
import signal

from kafka_sink.job import check_topics, run, write_job
from support.case import Failure
from support.program import indent


def points_of(folder, brokers):
    write_job(folder, brokers)
    names = folder / "points"
    run(folder, crash=f"list:{names}").must_exit(0)
    check_topics(folder, brokers)
    found = sorted(set(names.read_text().split()))
    for point in ("kafka.claim", "kafka.begin", "kafka.sent", "kafka.noted", "kafka.committed"):
        if point not in found:
            raise Failure(f"the job does not pass {point}: {found}")
    return found


def crash_and_go_on(folder, brokers, crashes, check=check_topics):
    """`crashes`: SLUICE_CRASH of one run after the other."""
    write_job(folder, brokers)
    for crash in crashes:
        died = run(folder, crash=crash)
        if died.exit not in (0, -signal.SIGKILL):
            raise Failure(f"with {crash} it ended with {died.exit}\n" + indent(died.err, "  stderr| "))
    for _ in range(2):
        run(folder).must_exit(0)
    check(folder, brokers)
    shutil.rmtree(folder)


def each(folder, brokers, chains, check=check_topics):
    failures = []
    for crashes in chains:
        try:
            crash_and_go_on(folder / "-".join(crashes).replace(":", "_"), brokers, crashes, check)
        except Failure as failure:
            failures.append(f"{' then '.join(crashes)}: {failure}")
    if failures:
        raise Failure("\n".join(failures))
