"""A machine is lost at every named instant: its checkpoint is gone, the newest backup is restored on
another one, and the pipeline goes on: no row lost, none doubled. And backups that are made beside the
batches: a kill leaves the older ones whole, and a checkpoint that is behind its sinks never writes."""

import json
import shutil
import signal

from crash.at_random import kill_often
from crash.hits import hits_of, must_die
from support.case import Case, Failure
from support.program import Running, indent, sluice
from support.s3 import Store
from support.soak import rounds

BATCHES = 3
SINKS = ["delta", "delta_complete", "parquet"]


def cases(suite):
    yield Case("backup", lambda folder: machine_lost(suite, folder, hits=(1, 2)))
    yield Case("s3_backup", lambda folder: machine_lost(suite, folder, hits=(2,), store=Store()))
    yield Case("backup_beside", lambda folder: killed_beside(suite, folder))
    yield Case("backup_of_another_run", another_run)
    yield Case("restore_killed", lambda folder: restore_killed(suite, folder))
    yield Case("random_backup", lambda folder: lost_at_random(suite, folder))
    yield Case("s3_random_backup", lambda folder: lost_at_random(suite, folder, Store()))
    yield Case("s3_backup_beside", lambda folder: killed_beside(suite, folder, store=Store()))


def write_job(suite, job, store, every, batches=BATCHES):
    suite.write_job(job, SINKS, batches, store)
    to = "lake://backup" if store else "backups"
    # Beside the batches there may be only two: one of the first batch, one at the end.
    keep = 2 if every == "0s" else 1
    with open(job / "pipeline.yaml", "a", encoding="utf-8") as file:
        file.write(f"backup: {{to: '{to}', every: {every}, keep: {keep}}}\n")


def restore(job, to, store, *arguments):
    frm = ["lake://backup", to, "--pipeline", "pipeline.yaml"] if store else ["backups", to]
    return sluice("checkpoint", "restore", *frm, *arguments, cwd=job)


def points_of(suite, folder, store, every):
    job = folder / "list"
    write_job(suite, job, store, every)
    suite.run(job, crash="engine.committed:2")
    suite.run(job, crash=f"list:{folder / 'points'}").must_exit(0)
    fresh = folder / "list-fresh"
    write_job(suite, fresh, store, every)
    suite.run(fresh, crash=f"list:{folder / 'points'}").must_exit(0)
    suite.check_tables(fresh, SINKS, BATCHES)
    if (fresh / "checkpoint" / "backup").exists():
        raise Failure("the copies for backups are not removed at the end")
    found = sorted(set((folder / "points").read_text().split()))
    wanted = {"backup.copied", "backup.piece", "backup.put", "backup.committed",
              "backup.removed_one", "backup.removed_piece"}
    if missing := wanted - set(found):
        raise Failure(f"these crash points were not passed: {sorted(missing)}")
    return found


def each(folder, points, hits, check):
    failures = []
    for point in points:
        for hit in hits_of(point, hits):
            job = folder / f"{point}-{hit}"
            try:
                check(job, f"{point}:{hit}")
            except Failure as failure:
                failures.append(f"{point}:{hit}: {failure}")
                continue
            shutil.rmtree(job)
    if failures:
        raise Failure("\n".join(failures))


def kill(suite, job, crash):
    if crash.startswith("recovery."):
        suite.run(job, crash="engine.committed:2")
    died = suite.run(job, crash=crash)
    point, hit = crash.split(":")
    if died.exit != -signal.SIGKILL and (must_die(point, int(hit), BATCHES) or died.exit):
        raise Failure(f"ended with {died.exit}\n" + indent(died.err, "  stderr| "))


def machine_lost(suite, folder, hits, store=None):
    """Nothing is published before its backup is whole, so any restored checkpoint can go on."""
    restored = 0

    def check(job, crash):
        nonlocal restored
        write_job(suite, job, store, "0s")
        kill(suite, job, crash)
        shutil.rmtree(job / "checkpoint")
        done = restore(job, "checkpoint", store)
        if done.exit == 0:
            restored += 1
        elif "E_NO_BACKUP" not in done.err:  # killed before the first one: nothing was published
            raise Failure(f"restore ended with {done.exit}\n" + indent(done.err, "  stderr| "))
        for _ in range(2):
            suite.run(job).must_exit(0)
            suite.check_tables(job, SINKS, BATCHES)
        if store:
            store.expect_no_parts()

    points = points_of(suite, folder, store, "0s")
    each(folder, points, hits, check)
    if restored < sum(len(hits_of(point, hits)) for point in points) // 2:
        raise Failure(f"only {restored} checkpoints were restored")


def another_run(folder):
    """Somebody else has written the backup that is next: the run stops before it publishes the batch, and its backup stays."""
    (folder / "in").mkdir()
    (folder / "pipeline.yaml").write_text("""\
name: backups
sources:
  numbers: {json_lines: {path: in, schema: {id: BIGINT}}}
sinks:
  out: {from: numbers, csv: {path: out}}
backup: {to: backups, every: 0s, keep: 9}
trigger: {every: 50ms}
checkpoint: checkpoint
""")
    (folder / "in/1.jsonl").write_text('{"id": 1}\n')
    running = Running("run", "pipeline.yaml", "--progress", "json", cwd=folder)
    try:
        running.wait_for(lambda out, err: '"numInputRows":1' in err.replace(" ", ""), "the first batch")
        newest = max((folder / "backups").glob("*.json"))
        other = json.loads(newest.read_text()) | {"id": "0b6c1c5e-6a38-4e6e-9f3c-0e8f0d7f2b11", "time": 4_000_000_000_000_000}
        for number in range(int(newest.stem) + 1, int(newest.stem) + 6):
            newest.with_name(f"{number:011d}.json").write_text(json.dumps(other | {"number": number}))
        written = {path: path.read_bytes() for path in (folder / "backups").glob("*.json")}
        (folder / "in/.2").write_text('{"id": 2}\n')
        (folder / "in/.2").rename(folder / "in/2.jsonl")
        done = running.finish().must_exit(3)
    finally:
        running.kill()
    if "E_BACKUP_FENCED: backup path=" not in done.err:
        raise Failure("the other backup is not seen\n" + indent(done.err, "  stderr| "))
    if {path: path.read_bytes() for path in (folder / "backups").glob("*.json")} != written:
        raise Failure("a backup of the other run was changed")
    if any("2" in path.read_text().splitlines() for path in (folder / "out").rglob("*.csv") if not path.name.startswith(".")):
        raise Failure("the batch is published without its backup")


def restore_killed(suite, folder):
    """Half a checkpoint is not in the place of one: who restores again gets it whole."""
    job = folder / "job"
    write_job(suite, job, None, "0s")
    suite.run(job, crash="engine.committed:2")
    shutil.rmtree(job / "checkpoint")
    for hit in (1, 2):
        died = sluice("checkpoint", "restore", "backups", "checkpoint", cwd=job,
                      env={"SLUICE_CRASH": f"restore.file:{hit}"})
        if died.exit != -signal.SIGKILL:
            raise Failure(f"restore.file:{hit}: ended with {died.exit}\n" + indent(died.err, "  stderr| "))
        if (job / "checkpoint").exists():
            raise Failure(f"restore.file:{hit}: there is a checkpoint: {list((job / 'checkpoint').iterdir())}")
    restore(job, "checkpoint", None).must_exit(0)
    suite.run(job).must_exit(0)
    suite.check_tables(job, SINKS, BATCHES)


def lost_at_random(suite, folder, store=None):
    """The machine is lost at each kill."""
    def begin(job):
        write_job(suite, job, store, "0s", batches=40)

    def lose(job):
        shutil.rmtree(job / "checkpoint", ignore_errors=True)
        done = restore(job, "checkpoint", store)
        if done.exit and "E_NO_BACKUP" not in done.err:
            raise Failure(f"restore ended with {done.exit}\n" + indent(done.err, "  stderr| "))

    kill_often(folder, rounds(5, 100), begin, lambda job: suite.check_tables(job, SINKS, 40), lose)


def killed_beside(suite, folder, store=None):
    """The newest backup is whole whenever there is one; what it cannot go on with, it does not touch."""
    def check(job, crash):
        write_job(suite, job, store, "1ms")
        kill(suite, job, crash)
        done = restore(job, "older", store)
        if done.exit and "E_NO_BACKUP" not in done.err:
            raise Failure(f"restore ended with {done.exit}\n" + indent(done.err, "  stderr| "))
        if done.exit == 0:
            goes_on_or_refuses(job)
        suite.run(job).must_exit(0)
        suite.check_tables(job, SINKS, BATCHES)

    def goes_on_or_refuses(job):
        """With the restored checkpoint in the place of the own one, for a while."""
        (job / "checkpoint").rename(job / "own")
        shutil.copytree(job / "older", job / "checkpoint")
        ended = suite.run(job)
        if ended.exit == 0:
            suite.check_tables(job, SINKS, BATCHES)
            shutil.rmtree(job / "own")
            return
        if ended.exit != 4 or "E_SINK_AHEAD_OF_CHECKPOINT" not in ended.err:
            raise Failure(f"ended with {ended.exit}\n" + indent(ended.err, "  stderr| "))
        shutil.rmtree(job / "checkpoint")
        (job / "own").rename(job / "checkpoint")

    points = [point for point in points_of(suite, folder, store, "1ms") if point.startswith("backup.")]
    each(folder, points, (1, 3), check)
