"""Two runs of one pipeline, each with its own copy of the checkpoint, write one target: the older one
stops with E_FENCED, which names the other, and the table holds every row once, whenever either dies."""

import shutil
import signal
import socket

from crash import suite
from support.case import Case, Failure, expect_equal
from support.program import Running, indent, sluice
from support.s3 import Store

SINKS = ("delta", "delta_upsert", "parquet_partitioned", "csv")

# Where the first run dies in its third batch, and whether its batch is in the table then.
DEATHS = {
    "delta": {"engine.staged": False, "engine.recorded": False, "engine.committed": False,
              "delta.committed": True},
    "delta_upsert": {"delta.commit": False},
    "parquet_partitioned": {"engine.staged": False, "engine.recorded": False,
                            "engine.committed": False, "files.moved": False,
                            "files.moved_all": False, "files.committed": True},
}


def cases():
    for sink in SINKS:
        yield Case(f"fenced_{sink}", lambda folder, sink=sink: woken(folder, sink))
    for sink in ("delta", "parquet_partitioned"):
        yield Case(f"s3_fenced_{sink}", lambda folder, sink=sink: woken(folder, sink, Store()))
    for sink in DEATHS:
        yield Case(f"dead_{sink}", lambda folder, sink=sink: dead(folder, sink))
    yield Case("s3_dead_parquet_partitioned",
               lambda folder: dead(folder, "parquet_partitioned", Store()))
    yield Case("fenced_between_two_sinks", between_two_sinks)


def write_copy(folder):
    """A second pipeline file, over a copy of the checkpoint."""
    shutil.copytree(folder / "checkpoint", folder / "copy")
    text = (folder / "pipeline.yaml").read_text()
    (folder / "copy.yaml").write_text(text.replace("checkpoint: checkpoint", "checkpoint: copy"))


def hide_input(folder, batch):
    """Input that comes later."""
    (folder / "in" / f"{batch:04d}.jsonl").rename(folder / f"later-{batch}")


def feed(folder, batch):
    (folder / f"later-{batch}").rename(folder / "in" / f"{batch:04d}.jsonl")


def must_be_fenced(ended, other=None):
    ended.must_exit(3)
    words = ["E_FENCED"]
    if other:
        words += [f"host={socket.gethostname()}", f"process={other}", "checkpoint="]
    for word in words:
        if word not in ended.err:
            raise Failure(f"the message lacks '{word}'\n" + indent(ended.err, "  stderr| "))
    for word in ("is gone", "No such file"):
        if word in ended.err:
            raise Failure(f"the loser sees '{word}'\n" + indent(ended.err, "  stderr| "))


def woken(folder, sink, store=None):
    """A process that everybody took for dead goes on while another has its work."""
    suite.write_job(folder, [sink], 5, store)
    beside_a_zombie(folder)
    suite.check_tables(folder, [sink], 5, "copy")
    # It does not get past the head rule any more, and changes nothing.
    must_stay_out(folder)
    sluice("run", "copy.yaml", "--available-now", cwd=folder).must_exit(0)
    suite.check_tables(folder, [sink], 5, "copy")
    if store:
        store.expect_no_parts()


def beside_a_zombie(folder):
    """Runs a job of five batches: the first two by a process that is stopped then, the rest by another one with a
    copy of its checkpoint. The first one wakes up in between, and must be fenced."""
    for batch in (2, 3, 4):
        hide_input(folder, batch)
    zombie = Running("run", "pipeline.yaml", cwd=folder)
    other = None
    try:
        zombie.wait_for(lambda out, err: "batch 1:" in err, "batch 1")
        zombie.send(signal.SIGSTOP)
        write_copy(folder)
        other = Running("run", "copy.yaml", cwd=folder)
        feed(folder, 2)
        other.wait_for(lambda out, err: "batch 2:" in err, "batch 2")
        feed(folder, 3)
        zombie.send(signal.SIGCONT)
        must_be_fenced(zombie.finish(), other.process.pid)
        other.wait_for(lambda out, err: "batch 3:" in err, "batch 3")
        feed(folder, 4)
        other.wait_for(lambda out, err: "batch 4:" in err, "batch 4")
        other.stop().must_exit(0)
    finally:
        for running in filter(None, (zombie, other)):
            running.process.kill()


def must_stay_out(folder):
    """The run that was fenced, started again."""
    ended = sluice("run", "pipeline.yaml", "--available-now", cwd=folder)
    if ended.exit not in (3, 4) or not ("E_FENCED" in ended.err or "E_SINK_AHEAD" in ended.err):
        raise Failure(f"exit {ended.exit}\n" + indent(ended.err, "  stderr| "))


def dead(folder, sink, store=None):
    """The first run dies somewhere in its third batch; another goes on with a copy from before."""
    failures = []
    for point, is_published in DEATHS[sink].items():
        for first_again in (False, True):
            if is_published and not first_again:
                continue
            name = f"{point}-{'first' if first_again else 'other'}"
            try:
                die_and_go_on(folder / name, sink, point, is_published, first_again, store)
            except Failure as failure:
                failures.append(f"{name}: {failure}")
    if failures:
        raise Failure("\n".join(failures))


def die_and_go_on(folder, sink, point, is_published, first_again, store):
    """`first_again`: the one that died is started before the other has published anything."""
    suite.write_job(folder, [sink], 4, store)
    for batch in (2, 3):
        hide_input(folder, batch)
    suite.run(folder).must_exit(0)
    write_copy(folder)
    feed(folder, 2)
    died = suite.run(folder, crash=point)
    expect_equal(-signal.SIGKILL, died.exit, f"exit code at {point}")
    feed(folder, 3)
    first, other = "pipeline.yaml", "copy.yaml"
    winner, loser = (first, other) if first_again else (other, first)
    if first_again and not is_published:
        # The other one claims, and dies before it has published.
        died = sluice("run", other, "--available-now", cwd=folder,
                      env={"SLUICE_CRASH": "engine.staged"})
        expect_equal(-signal.SIGKILL, died.exit, "exit code of the other one")
    sluice("run", winner, "--available-now", cwd=folder).must_exit(0)
    letters = "checkpoint" if first_again else "copy"
    suite.check_tables(folder, [sink], 4, letters)
    ended = sluice("run", loser, "--available-now", cwd=folder)
    if ended.exit not in (3, 4) or not ("E_FENCED" in ended.err or "E_SINK_AHEAD" in ended.err):
        raise Failure(f"the loser: exit {ended.exit}\n" + indent(ended.err, "  stderr| "))
    suite.check_tables(folder, [sink], 4, letters)
    sluice("run", winner, "--available-now", cwd=folder).must_exit(0)
    suite.check_tables(folder, [sink], 4, letters)
    if store:
        store.expect_no_parts()
        store.forget(folder)
    shutil.rmtree(folder)


def between_two_sinks(folder):
    """What died between two sinks is the only one that can go on; the other leaves all as it is."""
    sinks = ["delta", "parquet"]
    suite.write_job(folder, sinks, 3)
    hide_input(folder, 2)
    suite.run(folder).must_exit(0)
    write_copy(folder)
    feed(folder, 2)
    died = suite.run(folder, crash="engine.published_one")
    expect_equal(-signal.SIGKILL, died.exit, "exit code")
    ended = sluice("run", "copy.yaml", "--available-now", cwd=folder).must_exit(4)
    if "E_SINK_AHEAD_OF_CHECKPOINT" not in ended.err:
        raise Failure(indent(ended.err, "  stderr| "))
    suite.run(folder).must_exit(0)
    suite.check_tables(folder, sinks, 3)
