"""A sink that had nothing to write for so long that the log entry of its last batch is gone, with
everything before it: it starts again, and goes on."""

import signal
import time

from lake.table import expect_rows, opened, write_input, write_table
from support.case import Case, Failure, expect_equal
from support.program import sluice


def cases():
    yield Case("quiet_sink", lambda folder: quiet_sink(folder))
    yield Case("quiet_sink_upsert", lambda folder: quiet_sink(folder, "mode: upsert, key: [id], "))
    yield Case("quiet_sink_killed", lambda folder: quiet_sink(folder, crash="engine.published"))


def quiet_sink(folder, mode="", crash=None):
    """The clean-up is deltalake's. With `crash` what was published last is still in the outbox."""
    write_table(folder, 1, mode=mode)
    write_input(folder, 1)
    ended = sluice("run", "pipeline.yaml", cwd=folder, env={"SLUICE_CRASH": crash} if crash else {})
    expect_equal(-signal.SIGKILL if crash else 0, ended.exit, "exit code")
    clean_log(folder)
    sluice("run", "pipeline.yaml", cwd=folder).must_exit(0)
    write_table(folder, 1, mode=mode)
    expect_rows(folder, 3)


def clean_log(folder):
    import deltalake
    import pyarrow

    none = pyarrow.table({"id": pyarrow.array([], pyarrow.int64()),
                          "k": pyarrow.array([], pyarrow.string()),
                          "v": pyarrow.array([], pyarrow.float64())})
    for _ in range(2):
        deltalake.write_deltalake(str(folder / "out"), none, mode="append")
    opened(folder).alter.set_table_properties({"delta.logRetentionDuration": "interval 0 seconds"})
    opened(folder).create_checkpoint()
    time.sleep(0.01)
    opened(folder).cleanup_metadata()
    left = sorted(path.name for path in (folder / "out" / "_delta_log").glob("*.json"))
    if len(left) > 1:
        raise Failure(f"the log was not cleaned up: {left}")
