"""Every case below cases/: sluice's tables of each trigger are compared with Spark's recorded ones;
then the case is run again with other cuts, with crashes, and as one plain DuckDB query."""

import os
import random
import signal

import duckdb

from referee import batch_query, pending, recording
from referee.case_file import load_all
from referee.job import Job
from referee.values import difference, shown
from support.case import Case, Failure, Pending
from support.program import indent

# Other numbers give other cuts and crashes: SLUICE_SEED=7 test/run.py referee
SEED = os.environ.get("SLUICE_SEED", "1")
CUTS = 2
ROWS_SHOWN = 8
# Engine points that a batch without rows for the sink does not pass.
ENGINE_POINTS_OF_ROWS = {"engine.staged_one", "engine.before_publish", "engine.published_one"}


def cases():
    waiting = pending.read()
    for case in load_all():
        yield Case(case.name, lambda folder, case=case: run(case, folder, waiting.get(case.name)))
    for name in set(waiting) - {case.name for case in load_all()}:
        yield Case(f"pending/{name}", lambda folder, name=name: no_such_case(name))


def no_such_case(name):
    raise Failure(f"{pending.FILE.name} names {name}, which is not a case")


def run(case, folder, reason):
    """A pending case must fail; one that passes is to be taken off the list."""
    try:
        judge(case, folder)
    except Failure:
        if reason is None:
            raise
        raise Pending(reason)
    if reason is not None:
        raise Failure(f"passes now: take its line out of test/referee/{pending.FILE.name}, or all "
                      "such lines with `test/referee/pending.py prune`")


def judge(case, folder):
    if not case.recording_path.exists():
        raise Failure("Spark's answer is not recorded: `test/referee/spark.sh " + case.name + "`")
    answer = recording.read(case.recording_path)
    if answer.case != case.hash:
        raise Failure("the case changed since Spark's answer was recorded: `test/referee/spark.sh "
                      + case.name + "`")
    if "refused" in case.spec:
        return refused(case, answer, folder)
    job = Job(case, folder / "whole")
    if "fails" in case.spec:
        return fails(case, answer, job)
    job.run(crash=f"list:{folder / 'points'}").must_exit(0)
    if answer.error and "differs" not in case.spec:
        raise Failure(f"Spark refuses it ({answer.error['class']}), sluice does not")
    tables = job.tables(answer.columns or None)
    if "differs" in case.spec:
        really_differs(case, answer, tables)
    else:
        compare_triggers(case, answer, job, tables)
    batch_equality(case, answer, tables)
    chance = random.Random(f"{SEED}/{case.name}")
    cut_equality(case, answer, tables, folder, chance)
    crash_equality(case, answer, tables, folder, chance)


# ---- what is refused

def refused(case, answer, folder):
    if answer.error is None and "differs" not in case.spec:
        raise Failure("Spark runs it, and the case does not say why sluice refuses it")
    checked = Job(case, folder / "refused").check()
    checked.must_exit(2)
    if case.spec["refused"] not in checked.err:
        raise Failure(f"the refusal does not say '{case.spec['refused']}'\n"
                      + indent(checked.err, "  stderr| "))


def fails(case, answer, job):
    """A row that no answer exists for stops both, after the same batches."""
    if answer.error is None and "differs" not in case.spec:
        raise Failure("Spark runs it, and the case does not say why sluice fails")
    finished = job.run()
    if finished.exit in (0, -signal.SIGKILL):
        raise Failure(f"it must fail, and ended with {finished.exit}")
    if case.spec["fails"] not in finished.err:
        raise Failure(f"the failure does not say '{case.spec['fails']}'\n"
                      + indent(finished.err, "  stderr| "))
    if answer.error:
        expect_tables(answer, job.tables(answer.columns or None), case)


# ---- trigger by trigger

def compare_triggers(case, answer, job, tables):
    expect_tables(answer, tables, case)
    if case.has_watermark:
        expect_watermarks(answer, job.progress)


def expect_tables(answer, tables, case):
    """A batch that sluice did not publish was empty; in complete mode, as the one before."""
    before = []
    batches = {trigger.batch: trigger.rows for trigger in answer.triggers}
    for batch in sorted(set(batches) | set(tables)):
        got = tables.get(batch, before if case.mode == "complete" else [])
        # A batch that only one of the two ran must have changed nothing.
        expected = batches.get(batch, before if case.mode == "complete" else [])
        expect_rows(expected, got, f"batch {batch}, Spark's rows and sluice's")
        before = got


def expect_rows(expected, got, what, more_allowed=False):
    missing, extra = difference(expected, got)
    if more_allowed:
        extra = []
    if missing or extra:
        lines = [f"    - {shown(row)}" for row in missing[:ROWS_SHOWN]]
        lines += [f"    + {shown(row)}" for row in extra[:ROWS_SHOWN]]
        raise Failure(f"{what}: {len(missing)} missing (-), {len(extra)} too many (+)\n"
                      + "\n".join(lines))


def expect_watermarks(answer, progress):
    """Spark counts late rows after its partial aggregation, so sluice's count may be higher."""
    by_batch = {one["batchId"]: one for one in progress}
    for trigger in answer.triggers:
        one = by_batch.get(trigger.batch)
        if one is None:
            if trigger.rows:
                raise Failure(f"batch {trigger.batch}: sluice did not run it")
            continue
        mark = one.get("eventTime", {}).get("watermark")
        mark = mark and mark.replace("T", " ").replace("Z", "").removesuffix(".000")
        # Before the first event Spark says 1970, sluice nothing.
        if (mark or "1970-01-01 00:00:00") != trigger.watermark:
            raise Failure(f"batch {trigger.batch}: watermark: Spark {trigger.watermark}, sluice {mark}")
        late = sum(part.get("numRowsDroppedByWatermark", 0)
                   for part in one.get("stateOperators", []))
        if late < trigger.late or (late > 0) != (trigger.late > 0):
            raise Failure(f"batch {trigger.batch}: late rows: Spark {trigger.late}, sluice {late}")


def really_differs(case, answer, tables):
    """`differs` must stay true; then DuckDB is the referee."""
    if "batch" in case.spec and isinstance(case.spec["batch"], dict):
        raise Failure("a case that differs from Spark needs DuckDB as its referee, not `batch: none`")
    if answer.error:
        return
    try:
        expect_tables(answer, tables, case)
    except Failure:
        return
    raise Failure("its tables are Spark's: take `differs` out of the case")


# ---- the final result, by other ways

def final(case, tables):
    """What is left when all is read: append and update: the union; complete: the last table."""
    if case.mode != "complete":
        return [row for batch in sorted(tables) for row in tables[batch]]
    return tables[max(tables)] if tables else []


def batch_equality(case, answer, tables):
    """Where it has no meaning: rows were dropped as late, or `batch: {none: why}`. In update mode each
    row of the final result must have come in some batch."""
    if isinstance(case.spec.get("batch"), dict):
        return
    dropped = answer.late and "differs" not in case.spec
    if case.mode != "complete" and dropped and "batch" not in case.spec:
        return
    try:
        expected = batch_query.rows(case, answer)
    except (batch_query.NoBatch, duckdb.Error) as reason:
        raise Failure(f"no batch query by rule: give `batch` as SQL or {{none: why}}\n{reason}")
    expect_rows(expected, final(case, tables),
                "DuckDB's rows over all the input, and sluice's final result",
                more_allowed=case.mode == "update")


def cut_equality(case, answer, tables, folder, chance):
    """The same rows in other batches. Without meaning in update mode, and where rows were late."""
    if case.mode == "update" or "cuts" in case.spec or (answer.late and case.mode == "append"):
        return
    for number in range(CUTS):
        batches = recut(case, chance)
        job = Job(case, folder / f"cut-{number}", batches)
        job.run().must_exit(0)
        sizes = [{name: len(rows) for name, rows in batch.items()} for batch in batches]
        expect_rows(final(case, tables), final(case, job.tables(answer.columns or None)),
                    f"SLUICE_SEED={SEED}: as recorded, and in batches of {sizes}")


def recut(case, chance):
    """Each source's rows in their order, cut at random places into as many batches."""
    count = chance.randint(1, 2 * len(case.batches))
    batches = [{} for _ in range(count)]
    for name in case.sources:
        rows = case.rows_of(name)
        places = sorted(chance.randint(0, len(rows)) for _ in range(count - 1))
        for batch, left, right in zip(batches, [0, *places], [*places, len(rows)]):
            batch[name] = rows[left:right]
    return batches


def crash_equality(case, answer, tables, folder, chance):
    """Killed once in each batch, at a random point; every batch's table as without."""
    # Each once, in the order in which the whole run passed them.
    points = list(dict.fromkeys((folder / "points").read_text().split()))
    recovery = [point for point in points if point.startswith("recovery.")]
    engine = [point for point in points if point.startswith("engine.")
              and point not in ENGINE_POINTS_OF_ROWS]
    others = [point for point in points if point not in engine and point not in recovery]
    job, crashes, hit, killed = Job(case, folder / "crash"), [], 1, 0
    step_of_others = chance.randrange(len(case.batches))
    for step in range(2 * len(case.batches) + 8):
        if killed and chance.random() < 0.2:
            point = chance.choice(recovery)
            crash = f"{point}:1"
        else:
            # The sink's points are passed only by batches that have rows for it.
            point = chance.choice(others if others and step == step_of_others else engine)
            crash = f"{point}:{hit}"
        finished = job.run(crash=crash)
        crashes.append(crash)
        if finished.exit == 0:
            break
        if finished.exit != -signal.SIGKILL:
            finished.must_exit(0)
        killed += 1
        if point not in recovery:
            # Killed before the commit, the next run begins with the same batch: kill it in the next.
            hit = 1 if points.index(point) >= points.index("engine.committed") else 2
    else:
        job.run().must_exit(0)
    if not killed:
        raise Failure(f"no crash came to pass: {crashes}")
    got = job.tables(answer.columns or None)
    for batch in sorted(set(tables) | set(got)):
        expect_rows(tables.get(batch, []), got.get(batch, []),
                    f"SLUICE_SEED={SEED}: batch {batch} without crashes, and with {crashes}")
