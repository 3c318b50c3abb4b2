"""kill -9 at every step of a handover: either nobody has gone on, or the other engine does, and the same command
finishes what was begun. With a folder of files, where rows are counted exactly."""

from handover.pipelines import (PIPELINE, expect_ids, from_spark, hand_over, must_refuse, put_file, run, to_spark,
                                write_pipeline)
from handover.pretended_spark import Fenced, PretendedSpark
from support.case import Case, Failure
from support.program import sluice

TO = ("handover.written", "handover.marked", "handover.placed")
FROM = ("handover.fenced", "handover.entered", "handover.taken")


def cases():
    return ([Case(f"kill/to/{point}", lambda folder, point=point: kill_to(folder, point)) for point in TO]
            + [Case(f"kill/from/{point}", lambda folder, point=point: kill_from(folder, point)) for point in FROM]
            + [Case(f"kill/fresh/{point}", lambda folder, point=point: kill_fresh(folder, point))
               for point in (*FROM, "handover.made")])


def spark_of(folder):
    return PretendedSpark(folder, folder / "spark")


def must_die(done, point):
    if done.exit != -9:
        raise Failure(f"the command was not killed at {point}: exit {done.exit}\n{done.err}")


def started_natively(folder):
    write_pipeline(folder)
    ids = []
    for number in range(3):  # a batch each, so that their numbers say something
        ids += put_file(folder, number)
        run(folder)
    return ids


def goes_on(folder, ids, numbers):
    """Both engines in turn, to see that nothing is lost or there twice."""
    spark = spark_of(folder)
    ids += put_file(folder, numbers[0])
    spark.run()
    from_spark(folder)
    ids += put_file(folder, numbers[1])
    run(folder)
    expect_ids(folder, ids, "after both engines")


def kill_to(folder, point):
    ids = started_natively(folder)
    must_die(hand_over(folder, "--to", "spark", env={"SLUICE_CRASH": f"{point}:1"}), point)
    if point == "handover.written":  # not done
        ids += put_file(folder, 3)
        run(folder)
    else:
        must_refuse(sluice("run", PIPELINE, cwd=folder), 3, "E_HANDED_OVER: after batch ")
    to_spark(folder)
    must_refuse(sluice("run", PIPELINE, cwd=folder), 3, "E_HANDED_OVER: after batch ")
    goes_on(folder, ids, (5, 6))


def kill_from(folder, point):
    ids = started_natively(folder)
    to_spark(folder)
    ids += put_file(folder, 3)
    # Its rows are in the table, and Spark has not said so yet.
    spark_of(folder).run(until="written")
    must_die(hand_over(folder, "--from", "spark", env={"SLUICE_CRASH": f"{point}:1"}), point)
    must_be_fenced(folder)
    if point != "handover.taken":
        must_refuse(sluice("run", PIPELINE, cwd=folder), 3, "E_HANDED_OVER: after batch ")
    from_spark(folder)
    ids += put_file(folder, 4)
    run(folder)
    expect_ids(folder, ids, "after the second command")
    to_spark(folder)
    goes_on(folder, ids, (5, 6))


def kill_fresh(folder, point):
    """sluice has never run on this checkpoint."""
    write_pipeline(folder)
    ids = put_file(folder, 0) + put_file(folder, 1)
    spark_of(folder).run(until="planned")
    must_die(hand_over(folder, "--from", "spark", env={"SLUICE_CRASH": f"{point}:1"}), point)
    must_be_fenced(folder)
    from_spark(folder)
    run(folder)
    expect_ids(folder, ids, "after the second command")
    to_spark(folder)
    goes_on(folder, ids, (5, 6))


def must_be_fenced(folder):
    try:
        spark_of(folder).run()
    except Fenced as fence:
        if not str(fence).startswith("E_HANDED_OVER: sluice goes on where this query was"):
            raise Failure(f"the fence says {fence}")
        return
    raise Failure("Spark was not fenced")
