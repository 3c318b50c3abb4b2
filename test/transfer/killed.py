"""Copies that are killed and go on with their checkpoint: no row is missing, none is there twice."""

import os
import signal
from pathlib import Path

from support.case import Case, Failure, expect_equal
from support.kafka import shared_kafka
from support.program import Running, must_say, sluice
from transfer.place import copy, expect_ids, write_csv

ROWS = 400
ARGUMENTS = ("in.csv", "out", "--checkpoint", "kept", "--from-option", "max_records_per_trigger=40")


def cases():
    yield Case("killed", killed)
    yield Case("killed_into_kafka", killed_into_kafka)
    yield Case("stopped", stopped)
    yield Case("undecoded_are_kept", undecoded)


def killed(folder):
    write_csv(folder / "in.csv", ROWS)
    deaths = 0
    for crash in ("engine.committed:3", "delta.committed:2", "engine.staged_one:2", "engine.published:2"):
        done = sluice("copy", *ARGUMENTS, cwd=folder, env={"SLUICE_CRASH": crash})
        if done.exit not in (0, -signal.SIGKILL):
            raise Failure(f"{crash}: {done.exit}\n{done.err}")
        deaths += done.exit == -signal.SIGKILL
    if deaths < 3:
        raise Failure(f"only {deaths} of four runs were killed")
    must_say(copy(folder, *ARGUMENTS), "going on after batch")
    expect_ids(folder, "delta", "out", range(ROWS))
    must_say(copy(folder, *ARGUMENTS), "0 rows")
    expect_ids(folder, "delta", "out", range(ROWS))


def killed_into_kafka(folder):
    brokers = shared_kafka().address
    write_csv(folder / "in.csv", ROWS)
    arguments = ("in.csv", f"kafka://{brokers}/killed_copy", *ARGUMENTS[2:])
    for crash in ("kafka.sent:3", "engine.committed:2", "kafka.committed:2"):
        done = sluice("copy", *arguments, cwd=folder, env={"SLUICE_CRASH": crash})
        expect_equal(-signal.SIGKILL, done.exit, f"{crash}\n{done.err}")
    copy(folder, *arguments)
    copy(folder, f"kafka://{brokers}/killed_copy", "out", "--schema", "id BIGINT")
    expect_ids(folder, "delta", "out", range(ROWS))


def stopped(folder):
    """Ctrl+C: the batch in hand is finished, and what is said then goes on."""
    write_csv(folder / "in.csv", 4 * ROWS)
    slow = ("in.csv", "out", "--from-option", "max_records_per_trigger=1")
    running = Running("copy", *slow, cwd=folder, env={"TMPDIR": folder})
    running.wait_for(lambda out, err: "rows/s" in err, "a line on its progress")
    ended = must_say(running.stop().must_exit(130), ", not all", "to go on: the same command with --checkpoint ")
    checkpoint = ended.err.split("with --checkpoint ")[1].strip()
    copy(folder, *slow[:2], "--checkpoint", checkpoint)
    expect_ids(folder, "delta", "out", range(4 * ROWS))


def undecoded(folder):
    """What does not decode stays, also without --checkpoint; a folder that nobody needs does not."""
    temporary = folder / "tmp"
    temporary.mkdir()
    (folder / "in.jsonl").write_text('{"id": 1}\n{"id": "x"}\n')
    said = must_say(copy(folder, "in.jsonl", "out", "--schema", "id BIGINT", env={"TMPDIR": temporary}),
                    "1 row (", "1 record did not decode", "dead_letter")
    expect_ids(folder, "delta", "out", [1])
    kept = Path(said.err.split("; kept in ")[1].split("\n")[0])
    if not list(kept.rglob("*.parquet")):
        raise Failure(f"no dead letter in {kept}")
    (folder / "in.jsonl").write_text('{"id": 1}\n')
    before = sorted(os.listdir(temporary))
    copy(folder, "in.jsonl", "fine", env={"TMPDIR": temporary})
    expect_equal(before, sorted(os.listdir(temporary)), "temporary folders")
