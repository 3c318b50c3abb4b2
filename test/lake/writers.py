"""The sink over many batches: its own compaction, and another writer on the same table."""

import time

from lake.table import PIPELINE, write_table, write_input, opened, expect_rows, operations
from support.case import Case, Failure, expect_equal
from support.program import Running
from support.soak import rounds


def cases():
    yield Case("compacts_itself", compacts_itself)
    yield Case("compacts_itself_in_upsert_mode", compacts_upserts)
    yield Case("two_writers", lambda folder: two_writers(folder, "true"))
    yield Case("two_writers_theirs_compacts", lambda folder: two_writers(folder, "false"))


def compacts_itself(folder):
    for _ in range(3):  # runs that end by themselves compact before they do
        write_table(folder, 17, "partition_by: [k]")
    expect_rows(folder, 51)
    if operations(folder).count("OPTIMIZE") < 3:
        raise Failure(f"no compaction: {operations(folder)}")
    files = len(opened(folder).file_uris())
    if files > 3 * 16:
        raise Failure(f"{files} files stay")


def compacts_upserts(folder):
    mode = "mode: upsert, key: [id], "
    for _ in range(2):
        write_table(folder, 20, "", mode)
    expect_rows(folder, 40)
    if "OPTIMIZE" not in operations(folder):
        raise Failure(f"no compaction: {operations(folder)}")


def two_writers(folder, compact):
    """deltalake appends, vacuums and adds a column while sluice appends; one of the two compacts. Not
    both: deltalake 1.6 does not see that somebody has replaced the files that it is replacing, which
    doubles their rows (two deltalakes do it to each other)."""
    import deltalake
    import pyarrow

    commits = rounds(60, 1000)
    write_table(folder, 1)
    text = PIPELINE.format(options=f"compact: {compact}", mode="", trigger="continuous")
    (folder / "pipeline.yaml").write_text(text)
    running = Running("run", "pipeline.yaml", cwd=folder)
    try:
        for number in range(commits):
            write_input(folder, number + 1)
            rows = pyarrow.table({"id": pyarrow.array([1_000_000 + number], pyarrow.int64()),
                                  "k": ["theirs"], "v": [0.5]})
            if number > commits // 2:
                rows = rows.append_column("theirs", pyarrow.array(["new"]))
            theirs(lambda: deltalake.write_deltalake(str(folder / "out"), rows, mode="append"))
            if number % 10 == 9 and compact == "false":
                theirs(lambda: opened(folder).optimize.compact())
            if number % 20 == 19:
                theirs(lambda: opened(folder).vacuum(retention_hours=200, dry_run=False))
            if number == commits // 2:
                new = deltalake.Field("theirs", deltalake.schema.PrimitiveType("string"))
                theirs(lambda: opened(folder).alter.add_columns(new))
        running.wait_for(lambda out, err: f"batch {commits}:" in err, f"batch {commits}")
    finally:
        finished = running.stop()
    finished.must_exit(0)
    if "OPTIMIZE" not in operations(folder):
        raise Failure("nobody compacted")
    ids = opened(folder).to_pyarrow_table(columns=["id"])["id"].to_pylist()
    own = list(range((commits + 1) * 20))
    expect_equal(own + [1_000_000 + number for number in range(commits)], sorted(ids), "ids")


def theirs(work, tries=200):
    """deltalake gives up a commit sooner than we do; a lost race is no failure of ours."""
    import deltalake.exceptions

    for _ in range(tries):
        try:
            return work()
        except deltalake.exceptions.CommitFailedError:
            time.sleep(0.01)
    raise Failure("deltalake lost every race")
