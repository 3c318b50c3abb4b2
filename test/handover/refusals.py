"""What cannot be handed over is refused by name, with what to do; and whatever is refused is as it was before."""

import json
import shutil

from deltalake import DeltaTable
from handover.pipelines import (APP_ID, FILES, PIPELINE, expect_ids, from_spark, hand_over, must_refuse, put_file, run,
                                to_spark, write_pipeline)
from handover.pretended_spark import PretendedSpark
from support.case import Case, Failure
from support.held_file import HeldFile
from support.program import Running, sluice


def cases():
    return [Case(f"refused/{work.__name__}", work)
            for work in (nothing_done, running, unpublished, state, no_counterpart, twice, own_query, begun_by_spark,
                         other_folder, apart, undecided, by_app_id, not_there, planned_meanwhile, broken_checkpoint,
                         own_batches, taken_by_another, unfinished, done_twice, no_direction, lost_checkpoint, windows)]


def spark_of(folder, **options):
    return PretendedSpark(folder, folder / "spark", **options)


def ran(folder, text=FILES):
    write_pipeline(folder, text)
    ids = put_file(folder, 0) + put_file(folder, 1)
    run(folder)
    return ids


def to(folder, *arguments, env=None):
    return hand_over(folder, "--to", "spark", *arguments, env=env)


def back(folder, *arguments, env=None):
    return hand_over(folder, "--from", "spark", *arguments, env=env)


def nothing_done(folder):
    write_pipeline(folder)
    must_refuse(to(folder), 2, "E_HANDOVER_NOTHING: pipeline 'shop' has done no batch in checkpoint; Spark may begin")
    must_refuse(back(folder), 2, "E_SPARK_CHECKPOINT: there is no checkpoint of a Spark query: path=spark")
    put_file(folder, 0)
    spark_of(folder)
    must_refuse(back(folder), 2, "E_HANDOVER_NOTHING: Spark's query in spark has done no batch; sluice may begin")


def running(folder):
    ran(folder)
    text = FILES.replace("available_now", "{every: 50ms}")
    write_pipeline(folder, text)
    pipeline = Running("run", PIPELINE, "--progress", "json", cwd=folder)
    put_file(folder, 2)
    pipeline.wait_for(lambda out, err: '"batch' in err, "it has done a batch")
    done = to(folder)
    pipeline.stop()
    must_refuse(done, 3, "E_CHECKPOINT_LOCKED: another process is running on this checkpoint")


def unpublished(folder):
    """The run was killed between its decision and the table."""
    write_pipeline(folder)
    ids = put_file(folder, 0)
    sluice("run", PIPELINE, cwd=folder, env={"SLUICE_CRASH": "engine.before_publish:1"}).must_exit(-9)
    must_refuse(to(folder), 2, "E_HANDOVER_UNPUBLISHED: batch 0 may not be in the sinks yet, since the last run did not "
                "end in order; run the pipeline once more and let it end in order: sluice run --once FILE")
    run(folder, "--once")
    to(folder).must_exit(0)
    expect_ids(folder, ids, "after the run")


def state(folder):
    text = FILES.replace("sinks:", "views:\n  items: SELECT item, count(*) AS id FROM orders GROUP BY item\nsinks:")
    text = text.replace("{from: orders, delta", "{from: items, mode: complete, delta")
    ran(folder, text)
    must_refuse(to(folder), 2, "E_HANDOVER_STATE: view 'items' keeps state, rows=6, which cannot be moved into "
                "Spark's", "advances_when_idle")
    run(folder)  # still ours


def no_counterpart(folder):
    write_pipeline(folder, FILES.replace("{json_lines: {path: in, schema: {id: BIGINT, item: VARCHAR}}}",
                                         "{generator: {rows: 3, columns: {id: {sequence: {}}, item: {constant: a}}}}"))
    must_refuse(to(folder), 2, "pipeline.yaml:3:3: E_HANDOVER_SOURCE: source 'orders' cannot be handed over: a position "
                "of generator has no counterpart in Spark; positions in Kafka topics and folders of files do")


def twice(folder):
    text = FILES.replace("sinks:", "views:\n  everything: SELECT * FROM orders WHERE id < 5 UNION ALL SELECT * FROM orders\n"
                         "sinks:").replace("from: orders", "from: everything")
    write_pipeline(folder, text)
    must_refuse(to(folder), 2, "E_HANDOVER_SOURCE: the query of sink 'lake' has a source twice", "let a view read the "
                "source once")


def own_query(folder):
    """Spark has been started there before."""
    ran(folder)
    other = PretendedSpark(folder, folder / "spark", app_id="other", writes_txn=False)
    other.table = folder / "other"
    other.run(batches=1)
    must_refuse(to(folder), 3, "E_NOT_HANDED_OVER: Spark has a query of its own in spark, at batch 0",
                "sluice handover FILE --from spark")
    run(folder)


def begun_by_spark(folder):
    """Spark has begun by itself, as the generated program does: a folder for each query."""
    write_pipeline(folder)
    ids = put_file(folder, 0)
    lake = PretendedSpark(folder, folder / "checkpoint" / "spark" / "lake")
    lake.run()
    for _ in range(2):  # nothing is made by the first that the second would take for its own
        must_refuse(sluice("run", PIPELINE, cwd=folder), 3, "E_NOT_HANDED_OVER: Spark runs this pipeline, and has planned "
                    "batch 0 in checkpoint/spark/lake; to go on with sluice, stop Spark's job and run: sluice handover "
                    "FILE --from spark")
    sluice("handover", PIPELINE, "--from", "spark", cwd=folder).must_exit(0)
    ids += put_file(folder, 1)
    run(folder)
    expect_ids(folder, ids, "after sluice")
    # Somebody starts Spark's program beside sluice, with a new folder.
    shutil.rmtree(folder / "checkpoint" / "spark")
    other = PretendedSpark(folder, folder / "checkpoint" / "spark" / "lake", app_id="other")
    other.table = folder / "other"
    other.run()
    must_refuse(sluice("run", PIPELINE, cwd=folder), 3, "E_NOT_HANDED_OVER: Spark runs this pipeline, and has planned "
                "batch 1 in checkpoint/spark/lake; sluice has done batch 2 here as well")


def other_folder(folder):
    write_pipeline(folder, FILES.replace("path: in", "path: elsewhere"))
    (folder / "elsewhere").mkdir()
    put_file(folder, 0)
    spark_of(folder).run()
    must_refuse(back(folder), 2, "E_HANDOVER_SOURCE: source 'orders' cannot be handed over: its path names "
                f"{folder}/elsewhere, and Spark's query read {folder}/in/0000.jsonl; the two must read the same folder")
    must_go_on(folder)


def must_go_on(folder):
    """What was refused has left no fence."""
    ids = put_file(folder, 40)
    spark_of(folder).run()
    if not set(ids) <= {row["id"] for row in DeltaTable(str(folder / "table")).to_pyarrow_table().to_pylist()}:
        raise Failure("Spark has not gone on")


def apart(folder):
    """As sluice's own Spark jobs are: a query for each sink, one for dead letters."""
    ids = ran(folder)
    layout = ("--spark-checkpoint", "checkpoint/spark")
    # Of one sink a folder with this option is the query's; by default each query has a folder of its own.
    done = sluice("handover", PIPELINE, "--to", "spark", cwd=folder).must_exit(0)
    if "dead-letters-orders: batch" not in done.out:
        raise Failure(f"no query of dead letters: {done.out}")
    spark = folder / "checkpoint" / "spark"
    sink = PretendedSpark(folder, spark / "lake")
    letters = PretendedSpark(folder, spark / "dead-letters-orders", app_id="letters")
    letters.table = folder / "letters"
    ids += put_file(folder, 2)
    sink.run()
    done = sluice("handover", PIPELINE, "--from", "spark", cwd=folder)
    must_refuse(done, 2, "E_HANDOVER_APART: Spark's queries are not at the same place in source 'orders': lake is at "
                '{"logOffset": 1}, dead-letters-orders at {"logOffset":0}', "available_now")
    letters.run()
    sluice("handover", PIPELINE, "--from", "spark", cwd=folder).must_exit(0)
    ids += put_file(folder, 3)
    run(folder)
    expect_ids(folder, ids, "after the handover")
    del layout


def undecided(folder):
    """foreachBatch without a txn: nothing says whether the planned batch is written."""
    write_pipeline(folder)
    ids = put_file(folder, 0) + put_file(folder, 1)
    spark_of(folder, writes_txn=False).run(until="written")
    must_refuse(back(folder), 2, "E_HANDOVER_UNDECIDED: Spark has planned batch 1 of the query in spark and not "
                "committed it, and nothing says whether its rows are written", "--app-id",
                "start Spark's job once more and stop it between two batches")
    # As Spark itself would: the batch is done once more. What that doubles is the job's.
    (folder / "spark" / "commits" / "1").write_text('v1\n{"nextBatchWatermarkMs":0}')
    from_spark(folder)
    ids += put_file(folder, 2)
    run(folder)
    expect_ids(folder, ids, "after the handover")


def by_app_id(folder):
    """A txnAppId of the job's own, by which a batch is known that was planned and not written."""
    write_pipeline(folder)
    ids = put_file(folder, 0) + put_file(folder, 1)
    spark_of(folder, app_id="mine").run(until="planned")
    must_refuse(back(folder), 2, "E_HANDOVER_UNDECIDED: Spark has planned batch 1")
    from_spark(folder, "--app-id", "mine")
    # The batch can never be written any more.
    if DeltaTable(str(folder / "table")).transaction_version("mine") != 1:
        raise Failure("the table takes the batch that Spark had planned")
    run(folder)
    expect_ids(folder, ids, "after the handover")


def not_there(folder):
    """Spark's own Delta sink: the batch before is there, so this one is not."""
    write_pipeline(folder)
    ids = put_file(folder, 0) + put_file(folder, 1)
    spark_of(folder, app_id=None).run(until="planned")
    from_spark(folder)
    run(folder)
    expect_ids(folder, ids, "after the handover")
    to_spark(folder)
    ids += put_file(folder, 2)
    spark_of(folder, app_id=None).run(until="written")
    from_spark(folder)
    ids += put_file(folder, 3)
    run(folder)
    expect_ids(folder, ids, "after both")


def planned_meanwhile(folder):
    """Spark plans a batch after the handover has seen what is planned, and before it stops Spark."""
    write_pipeline(folder)
    put_file(folder, 0)
    spark = spark_of(folder)
    spark.run()
    put_file(folder, 1)
    held = HeldFile(folder / "spark" / "commits" / "0")
    try:
        handover = Running("handover", PIPELINE, "--from", "spark", "--spark-checkpoint", "spark", cwd=folder)
        held.wait_until_wanted()
        spark.run(until="planned")
    finally:
        held.release()
    must_refuse(handover.finish(), 3, "E_SPARK_RUNNING: Spark has just planned batch 1 of the query in spark; stop its job, "
                "then hand over")
    must_go_on(folder)


def broken_checkpoint(folder):
    write_pipeline(folder)
    put_file(folder, 0)
    spark_of(folder).run()
    (folder / "spark" / "offsets" / "0").write_text("v2\n{}\n")
    must_refuse(back(folder), 2, "E_SPARK_CHECKPOINT: spark/offsets/0 is not what Spark 4 writes: its first line is not v1 "
                "but 'v2'", "--spark-checkpoint names the checkpointLocation of one streaming query")
    (folder / "spark" / "offsets" / "0").write_text('v1\n{"batchWatermarkMs":0}\n{"logOffset":0}\n{"logOffset":0}')
    must_refuse(back(folder), 2, "E_HANDOVER_SOURCE: Spark's query in spark has 2 sources, and sink 'lake' of the pipeline "
                "has 1; the two must read the same")


def own_batches(folder):
    """Both have run, and nobody has handed over."""
    ran(folder)
    other = PretendedSpark(folder, folder / "spark", app_id="other")
    other.table = folder / "other"
    other.run()
    must_refuse(back(folder), 3, "E_NOT_HANDED_OVER: sluice itself runs this pipeline, and has done batch 0 in checkpoint")


def taken_by_another(folder):
    write_pipeline(folder)
    put_file(folder, 0)
    spark_of(folder).run()
    from_spark(folder)
    (folder / PIPELINE).write_text(FILES.replace("checkpoint: checkpoint", "checkpoint: second"))
    must_refuse(back(folder), 3, "E_HANDED_OVER: the query in spark was handed over already: E_HANDED_OVER: sluice goes on "
                f"where this query was (checkpoint {folder}/checkpoint)")


def unfinished(folder):
    """Killed on the way to Spark, whose folder still has what it had when sluice took over from it."""
    ids = ran(folder)
    to_spark(folder)
    ids += put_file(folder, 2)
    spark_of(folder).run()
    from_spark(folder)
    ids += put_file(folder, 3)
    run(folder)
    to(folder, env={"SLUICE_CRASH": "handover.marked:1"}).must_exit(-9)
    must_refuse(back(folder), 3, "E_HANDED_OVER: this checkpoint was handed over to spark, and spark does not go on from "
                "there; finish it first: sluice handover FILE --to spark")
    to_spark(folder)
    ids += put_file(folder, 4)
    spark_of(folder).run()
    from_spark(folder)
    run(folder)
    expect_ids(folder, ids, "after all")


def done_twice(folder):
    ran(folder)
    to_spark(folder)
    before = json.loads((folder / "spark" / "handover.json").read_text())
    done = to_spark(folder)
    if "Spark goes on already; nothing was changed" not in done.out:
        raise Failure(done.out)
    if before != json.loads((folder / "spark" / "handover.json").read_text()):
        raise Failure("the second call has written another checkpoint")
    from_spark(folder)
    done = from_spark(folder)
    if "sluice goes on already; nothing was changed" not in done.out:
        raise Failure(done.out)


def no_direction(folder):
    write_pipeline(folder)
    must_refuse(sluice("handover", PIPELINE, cwd=folder), 2, "who goes on? Write --to spark or --from spark")


def lost_checkpoint(folder):
    """sluice has gone on after a handover, and its checkpoint is gone: Spark's place is too old."""
    write_pipeline(folder)
    ids = put_file(folder, 0)
    spark_of(folder).run()
    from_spark(folder)
    ids += put_file(folder, 1)
    run(folder)
    shutil.rmtree(folder / "checkpoint")
    must_refuse(back(folder), 2, "E_HANDOVER_APART: the table of sink 'lake' has batch 2 of sluice's, which Spark's query "
                "in spark does not know")
    expect_ids(folder, ids, "after the refusal")
    if DeltaTable(str(folder / "table")).transaction_version(APP_ID) != 2:
        raise Failure("the refusal has written to the table")


WINDOWS = """\
name: shop
sources:
  orders:
    json_lines: {path: in, schema: {id: BIGINT, item: VARCHAR, ts: TIMESTAMPTZ}}
    watermark: {column: ts, delay: 1s}
views:
  counted: SELECT id, item, ts, count(*) AS n FROM orders WHERE item <> 'beat' GROUP BY id, item, ts
  listed: SELECT id, item FROM counted
sinks:
  lake: {from: listed, mode: append, delta: {path: table}}
trigger: available_now
checkpoint: checkpoint
"""


def windows(folder):
    """An open window is state; without one the watermark is carried over, and the state that Spark finds is empty."""
    write_pipeline(folder, WINDOWS)

    def put(number, *rows):
        (folder / "in" / f"{number}.jsonl").write_text("".join(
            json.dumps({"id": n, "item": item, "ts": f"2024-01-01T00:00:{second:02}Z"}) + "\n" for n, item, second in rows))

    put(0, (1, "item 1", 1), (2, "item 2", 2))
    run(folder)
    must_refuse(to(folder), 2, "E_HANDOVER_STATE: view 'counted' keeps state, rows=1,", "idle_after and advances_when_idle")
    put(1, (0, "beat", 10))  # of no window
    run(folder)
    run(folder)
    to(folder).must_exit(0)
    expect_ids(folder, [1, 2], "after sluice")
    last = max(int(path.name) for path in (folder / "spark" / "offsets").iterdir())
    settings = json.loads((folder / "spark" / "offsets" / f"{last}").read_text().splitlines()[1])
    commit = json.loads((folder / "spark" / "commits" / f"{last}").read_text().splitlines()[1])
    watermark = 1_704_067_209_000
    if (settings["batchWatermarkMs"], commit["nextBatchWatermarkMs"]) != (watermark, watermark):
        raise Failure(f"the watermark is not carried over: {settings} {commit}")
    stores = list((folder / "spark" / "state" / "0").glob(f"*/{last + 1}.snapshot"))
    if len(stores) != int(settings["conf"]["spark.sql.shuffle.partitions"]):
        raise Failure(f"there are {len(stores)} empty stores, and {settings['conf']}")
    (folder / "spark" / "state" / "0" / "0" / "9.delta").write_bytes(b"rows")
    must_refuse(back(folder), 2, "E_HANDOVER_STATE: the query in spark keeps state (9.delta), which cannot be moved into "
                "sluice's")
