"""Savepoints: a copy of a running pipeline's checkpoint, from which another run makes the same tables; what goes
wrong with one is the asker's error, and the pipeline goes on."""

import json
import shutil
import signal
import threading
import time

from crash import suite as jobs
from crash.starts import store_that_is_away
from support import tables
from support.case import Case, Failure, expect_equal
from support.live import Live
from support.program import indent, sluice
from support.s3 import Store

SINKS = ["delta", "delta_complete", "parquet"]
BATCHES = 4
POINTS = {"savepoint.copied", "backup.piece", "backup.put", "savepoint.committed"}
POINTS_OF_BACKUP = {"backup.copied", "backup.put", "backup.committed"}


def cases():
    yield Case("savepoint", goes_on)
    yield Case("s3_savepoint", lambda folder: goes_on(folder, Store()))
    yield Case("savepoint_of_backup", of_backup)
    yield Case("savepoint_states", states)
    yield Case("savepoint_refused", refused)
    yield Case("savepoint_store_fails", store_fails)
    yield Case("savepoint_killed", killed)
    yield Case("s3_savepoint_killed", lambda folder: killed(folder, Store()))
    yield Case("savepoint_under_load", under_load)


def write_job(job, store=None, batches=BATCHES, more=""):
    jobs.write_job(job, SINKS, batches, store)
    (job / "later").mkdir()
    for late in sorted((job / "in").iterdir())[batches // 2:]:
        late.rename(job / "later" / late.name)
    with open(job / "pipeline.yaml", "a", encoding="utf-8") as file:
        file.write("trigger: {every: 50ms}\n" + more)


def feed_the_rest(job):
    for file in sorted((job / "later").iterdir()):
        file.rename(job / "in" / file.name)


def place(job, store):
    """Where savepoints go: as the command takes it, and the folder that shows them."""
    if store is None:
        return str(job / "elsewhere"), job / "elsewhere"
    return "lake://savepoints", job / "out" / "savepoints"


def ask(live, to=None, headers=None):
    body = json.dumps({"to": to} if to else {})
    status, _, answer = live.ask("POST", "/api/pipelines/crash/savepoint", body, headers)
    return status, json.loads(answer)


def made(live, to=None):
    status, answer = ask(live, to)
    if status != 200:
        raise Failure(f"no savepoint: {status} {answer}")
    return answer


def read_batches(live, count):
    live.wait_until("crash", lambda status: status["batches"] >= count, f"made {count} batches")


def restore(job, answer, to):
    """By the command that the answer names."""
    words = answer["restore"].split()
    expect_equal(["sluice", "checkpoint", "restore"], words[:3], "the command")
    words[words.index("FOLDER")] = to
    sluice(*words[1:], cwd=job).must_exit(0)


def goes_on(folder, store=None):
    """The pipeline goes on to the end; then so does another run from its savepoint, on copies of the tables as they
    were then: both make the same."""
    job = folder / "job"
    write_job(job, store)
    to, _ = place(job, store)
    with Live("pipeline.yaml", cwd=job) as live:
        read_batches(live, BATCHES // 2)
        live.post("/api/pipelines/crash/pause")
        live.wait_until("crash", lambda status: status["state"] == "paused", "is paused")
        done = sluice("ctl", "savepoint", "crash", "--to", to, "--connect", live.url, cwd=job).must_exit(0)
        if f"of batch {BATCHES // 2 - 1}" not in done.out or "sluice checkpoint restore" not in done.out:
            raise Failure(f"it does not say what it is: {done.out}")
        answer = made(live, to)
        expect_equal((BATCHES // 2 - 1, 1), (answer["batch"], answer["number"]), "batch and number")
        expect_equal("paused", live.status("crash")["state"], "the state after it")
        (folder / "then").mkdir()
        shutil.copytree((job / "out").resolve(), folder / "then" / "out")
        shutil.copytree(job / "checkpoint" / "dead_letter", folder / "then" / "dead_letter")
        feed_the_rest(job)
        live.post("/api/pipelines/crash/resume")
        read_batches(live, BATCHES)
        live.post("/api/pipelines/crash/drain")
        live.running.finish().must_exit(0)
    jobs.check_tables(job, SINKS, BATCHES)
    expect_equal(False, (job / "checkpoint" / "savepoint").exists(), "copies that stay behind")
    # The tables as they were then, with the checkpoint of the savepoint.
    out = (job / "out").resolve()
    shutil.copytree(out, folder / "first")
    for sink in SINKS:
        shutil.rmtree(out / sink)
        shutil.copytree(folder / "then" / "out" / sink, out / sink)
    (job / "checkpoint").rename(folder / "own")
    restore(job, answer, "checkpoint")
    jobs.run(job).must_exit(0)
    jobs.check_tables(job, SINKS, BATCHES)
    duck = tables.connection()
    for sink in SINKS:
        kind = sink.split("_")[0]
        tables.define_table(duck, f"one_{sink}", kind, folder / "first" / sink)
        tables.define_table(duck, f"other_{sink}", kind, out / sink)
        tables.expect_same_rows(duck, f"SELECT * FROM one_{sink}", f"SELECT * FROM other_{sink}", sink)


def of_backup(folder):
    """With `backup` in the file it is one of those, numbered with them."""
    job = folder / "job"
    write_job(job, more="backup: {to: backups, every: 1h, keep: 2}\n")
    with Live("pipeline.yaml", cwd=job) as live:
        read_batches(live, BATCHES // 2)
        first, second = made(live), made(live)
        expect_equal(first["number"] + 1, second["number"], "numbers")
        expect_equal(BATCHES // 2 - 1, second["batch"], "the batch")
        kept = sorted(int(file.stem) for file in (job / "backups").glob("*.json"))
        expect_equal([first["number"], second["number"]], kept, "what is kept")
        by_name = made(live, str(job / "backups"))
        expect_equal(second["number"] + 1, by_name["number"], "the folder of the backups by its name")
    restore(job, by_name, "restored")
    expect_equal(True, (job / "restored" / "state.db").exists(), "a restored checkpoint")


def states(folder):
    """Idle it makes one, by the side of nothing; not started, ended and waiting to start again it says why not."""
    job = folder / "job"
    write_job(job)
    to, shown = place(job, None)
    with Live("pipeline.yaml", cwd=job) as live:
        read_batches(live, BATCHES // 2)
        live.wait_until("crash", lambda status: status["verdict"]["state"] == "idle", "is idle")
        expect_equal(BATCHES // 2 - 1, made(live, to)["batch"], "batch of an idle pipeline")
        live.post("/api/pipelines/crash/pause")
        live.wait_until("crash", lambda status: status["state"] == "paused", "is paused")
        made(live, to)
        live.post("/api/pipelines/crash/resume")
        expect_equal(2, len(list(shown.glob("*.json"))), "savepoints")
        expect_equal(0o700, shown.stat().st_mode & 0o777, "its mode")
    with store_that_is_away() as proxy:
        job = folder / "failing"
        write_job(job, more=Store(proxy.endpoint, retries=0).mount("far")
                  + "engine: {restart: on_failure, retries: 0}\n")
        text = (job / "pipeline.yaml").read_text()
        (job / "pipeline.yaml").write_text(text.replace("path: out/parquet", "path: far://parquet"))
        with Live("pipeline.yaml", cwd=job) as live:
            until_refused(live, str(job / "elsewhere"), "waits to start again")
    job = folder / "two"
    write_job(job)
    for name in ("crash", "other"):
        text = (job / "pipeline.yaml").read_text().replace("name: crash", f"name: {name}")
        text = text.replace("checkpoint: checkpoint", f"checkpoint: checkpoint-{name}").replace("out/", f"{name}/")
        (job / f"{name}.yaml").write_text(text)
    with Live("crash.yaml", "other.yaml", cwd=job) as live:
        read_batches(live, BATCHES // 2)
        live.post("/api/pipelines/crash/stop")
        live.wait_until("crash", lambda status: status["state"] == "stopped", "is stopped")
        status, answer = ask(live, str(job / "elsewhere"))
        expect_equal(409, status, "of a stopped pipeline")
        if "copy checkpoint-crash" not in answer["error"]["message"]:
            raise Failure(f"it does not say what to do instead: {answer}")


def until_refused(live, to, words):
    for _ in range(600):
        status, answer = ask(live, to)
        if status == 200:
            raise Failure(f"a pipeline that fails makes a savepoint: {answer}")
        if status == 409 and words in answer["error"]["message"]:
            return
        time.sleep(0.05)
    raise Failure(f"it never says '{words}': {status} {answer}")


def refused(folder):
    """What is asked wrongly, and what would write where other things are."""
    job = folder / "job"
    write_job(job)
    (job / "letters").mkdir()
    (job / "letters" / "dear.txt").write_text("dear")
    with Live("pipeline.yaml", cwd=job) as live:
        read_batches(live, BATCHES // 2)
        for body, code, words in [
                ('{"to": 7}', 400, "a savepoint needs"), ('{"where": "x"}', 400, "a savepoint needs"),
                ('{"to": ""}', 400, "a savepoint needs"), ("[]", 400, "a savepoint needs"),
                ("{}", 409, "has no `backup`"), ('{"to": "backups"}', 409, "whole path"),
                ('{"to": "nowhere://backups"}', 409, "nowhere"),
                (json.dumps({"to": str(job / "checkpoint" / "x")}), 409, "lies in the checkpoint"),
                (json.dumps({"to": str(job / "letters")}), 409, "other files than backups"),
                (json.dumps({"to": str(job / "pipeline.yaml")}), None, "pipeline.yaml")]:
            status, _, answer = live.ask("POST", "/api/pipelines/crash/savepoint", body)
            if status < 400 or (code and status != code) or words not in answer.decode():
                raise Failure(f"{body}: {status} {answer}")
        status, _, answer = live.ask("POST", "/api/pipelines/crush/savepoint", "{}")
        expect_equal(404, status, "an unknown pipeline")
        done = sluice("ctl", "savepoint", "--connect", live.url, cwd=job).must_exit(2)
        if "--to FOLDER" not in done.err:
            raise Failure(f"it does not say what to do: {done.err}")
        expect_equal(["dear.txt"], [file.name for file in (job / "letters").iterdir()], "the other folder")
        expect_equal("running", live.status("crash")["state"], "the state after all")


def store_fails(folder):
    """A store that is away: an error to who asks, and the tables come as ever."""
    with store_that_is_away() as proxy:
        job = folder / "job"
        away = Store(proxy.endpoint, retries=0)
        write_job(job, more=away.mount("far"))
        with Live("pipeline.yaml", cwd=job) as live:
            read_batches(live, BATCHES // 2)
            status, answer = ask(live, "far://savepoints")
            if status < 400 or "the pipeline goes on" not in answer["error"]["message"]:
                raise Failure(f"of a store that is away: {status} {answer}")
            feed_the_rest(job)
            read_batches(live, BATCHES)
            proxy.faults.clear()
            expect_equal(BATCHES - 1, made(live, "far://savepoints")["batch"], "when the store is back")
            live.post("/api/pipelines/crash/drain")
            live.running.finish().must_exit(0)
        jobs.check_tables(job, SINKS, BATCHES)


def killed(folder, store=None):
    """At each point of a savepoint: the pipeline goes on from its checkpoint, savepoints from before are whole, and
    the next one is made."""
    for backup, points in ((False, POINTS), (True, POINTS_OF_BACKUP)):
        seen = folder / f"points-{backup}"
        kill_at(folder / f"list-{backup}", store, backup, f"list:{seen}")
        missing = points - set(seen.read_text().split())
        if missing:
            raise Failure(f"these crash points were not passed: {sorted(missing)}")
        for point in sorted(points):
            kill_at(folder / f"{point}-{backup}", store, backup, f"{point}:1")


def kill_at(job, store, backup, crash):
    to, shown = place(job, store)
    where = to if store else "elsewhere"
    write_job(job, store, more=f"backup: {{to: '{where}', every: 1h, keep: 9}}\n" if backup else "")
    jobs.run(job).must_exit(0)  # with `backup` that makes one
    first = None
    if not backup:
        with Live("pipeline.yaml", cwd=job) as live:
            live.wait_until("crash", lambda status: status["state"] == "running", "runs")
            first = made(live, to)
    before = {file.name: file.read_bytes() for file in shown.glob("*.json")}
    if not before:
        raise Failure("there is no savepoint from before")
    lists = crash.startswith("list:")
    if not backup:  # something that is not there yet
        late = sorted((job / "later").iterdir())[0]
        late.rename(job / "in" / late.name)
    with Live("pipeline.yaml", cwd=job, env={"SLUICE_CRASH": crash}) as live:
        live.wait_until("crash", lambda status: status["state"] == "running", "runs")
        try:
            if not backup:
                read_batches(live, 1)
            status, answer = ask(live, None if backup else to)
        except OSError:
            status, answer = 0, {}
        if lists:
            expect_equal(200, status, f"the savepoint: {answer}")
            live.post("/api/pipelines/crash/stop")
            live.running.finish().must_exit(0)
        elif status != 0:
            raise Failure(f"{crash}: the process lives and answers {status} {answer}")
        elif (ended := live.running.finish()).exit != -signal.SIGKILL:
            raise Failure(f"{crash}: ended with {ended.exit}\n" + indent(ended.err, "  stderr| "))
    for name, content in before.items():
        expect_equal(content, (shown / name).read_bytes(), f"{crash}: a savepoint from before")
    restore(job, first or {"restore": f"sluice checkpoint restore {to} FOLDER --backup 0"
                           + (" --pipeline pipeline.yaml" if store else "")}, "restored")
    feed_the_rest(job)
    with Live("pipeline.yaml", cwd=job) as live:
        read_batches(live, BATCHES // 2 - (not backup))
        expect_equal(False, (job / "checkpoint" / "savepoint").exists(), f"{crash}: copies that stay behind")
        answer = made(live, None if backup else to)
        live.post("/api/pipelines/crash/drain")
        live.running.finish().must_exit(0)
    jobs.check_tables(job, SINKS, BATCHES)
    restore(job, answer, "restored-2")
    if store:
        store.expect_no_parts()
    shutil.rmtree(job)


def under_load(folder):
    """Many that are asked for while batches go on: each holds whole batches, and the tables are as ever."""
    job = folder / "job"
    batches = 24
    write_job(job, batches=batches)
    to, _ = place(job, None)
    answers, problems = [], []

    def often():
        while not over.is_set():
            status, answer = ask(live, to)
            if status == 200:
                answers.append(answer)
            elif status != 409:
                problems.append(f"{status} {answer}")

    over = threading.Event()
    with Live("pipeline.yaml", cwd=job) as live:
        read_batches(live, 1)
        asking = [threading.Thread(target=often) for _ in range(2)]
        for thread in asking:
            thread.start()
        feed_the_rest(job)
        read_batches(live, batches)
        over.set()
        for thread in asking:
            thread.join()
        live.post("/api/pipelines/crash/drain")
        live.running.finish().must_exit(0)
    expect_equal([], problems, "other answers than 200 and 409")
    jobs.check_tables(job, SINKS, batches)
    if len(answers) < 2:
        raise Failure(f"only {len(answers)} savepoints were made")
    expect_equal(sorted({answer["number"] for answer in answers}), sorted(a["number"] for a in answers), "numbers")
    # Its sinks have later batches: another run from there must not write them again.
    (job / "checkpoint").rename(folder / "own")
    restore(job, answers[0], "checkpoint")
    ended = jobs.run(job).must_exit(4)
    if "E_SINK_AHEAD_OF_CHECKPOINT" not in ended.err:
        raise Failure(indent(ended.err, "  stderr| "))
    jobs.check_tables(job, SINKS, batches, checkpoint="../own")
