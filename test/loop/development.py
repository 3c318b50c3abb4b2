"""`sluice dev`: rows and tests at each change."""

import os

from loop.place import ORDERS, files_of, place
from support.case import Case, Failure, expect_equal
from support.program import Running, must_not_say, must_say, sluice

TESTS = """\
tests:
  positive:
    batches:
      - rows: {orders: [{id: 1, shop: north, amount: 2, ts: "2024-05-01 12:00:00"}]}
        expect: {totals: [{shop: north, total: 2}]}
"""


def cases():
    yield Case("dev/changes", changes)
    yield Case("dev/not_there", not_there)
    yield Case("dev/a_slow_source", a_slow_source)


def write(folder, name, text):
    """As editors do: a new file in the place of the old one."""
    (folder / f".{name}.tmp").write_text(text, encoding="utf-8")
    os.replace(folder / f".{name}.tmp", folder / name)


class Shown:
    """What comes after each change."""

    def __init__(self, running):
        self.running, self.seen = running, 0

    def next(self, *texts, end="waits for a change"):
        def is_there(out, err):
            return err.count(end) > self.seen and all(text in (out + err) for text in texts)
        self.running.wait_for(is_there, f"it says {texts}")
        self.seen += 1


def changes(folder):
    place(folder)
    (folder / "pipeline.test.yaml").write_text(TESTS)
    (folder / "data").mkdir()
    before = files_of(folder)
    running = Running("dev", "pipeline.yaml", "--view", "totals", "--watch", "data", "--watch", "in", cwd=folder)
    shown = Shown(running)
    shown.next("11.75", "pipeline.test.yaml: positive", "1 passed, 0 failed")
    expect_equal(before, files_of(folder), "files")
    write(folder, "pipeline.yaml", ORDERS.replace("sum(amount)", "2 * sum(amount)"))
    shown.next("pipeline.yaml changed", "23.50", "1 failed")
    write(folder, "pipeline.yaml", ORDERS.replace("sum(amount)", "sum(amountt)"))
    shown.next("pipeline.yaml:8:", "amountt")
    write(folder, "pipeline.yaml", ORDERS)
    shown.next("1 passed, 0 failed")
    write(folder, "pipeline.test.yaml", TESTS.replace("total: 2", "total: 3"))
    shown.next("pipeline.test.yaml changed", "- {shop: north, total: 3}")
    with open(folder / "in" / "b.jsonl", "w", encoding="utf-8") as file:
        file.write('{"id": 9, "shop": "north", "amount": 100, "ts": "2024-05-01 12:03:00"}\n')
    shown.next("b.jsonl changed", "111.75")
    (folder / "data" / "more.csv").write_text("x\n")
    shown.next("more.csv changed")
    (folder / "in" / "b.jsonl").unlink()
    shown.next()
    done = running.stop()
    expect_equal(0, done.exit, "the exit code")
    if (folder / "out").exists():
        raise Failure("something is written")


def not_there(folder):
    must_say(sluice("dev", "pipeline.yaml", cwd=folder).must_exit(2), "there is no file pipeline.yaml")
    place(folder)
    must_say(sluice("dev", "pipeline.yaml", "--timeout", "soon", cwd=folder).must_exit(2), "--timeout soon: write a duration")


def a_slow_source(folder):
    """A change does not wait for a source that has nothing more to give."""
    place(folder, ORDERS.replace("  orders:\n    json_lines: {path: in/*.jsonl, schema: {id: BIGINT, shop: VARCHAR, amount: \"DECIMAL(10,2)\", ts: TIMESTAMP}}",
                                 "  orders:\n    generator: {rows_per_second: 1, columns: {id: {sequence: {}}, shop: {choice: {values: [a]}}, amount: {sequence: {}}, "
                                 "ts: {timestamp: {start: \"2024-01-01 00:00:00\", step: 1s}}}}"))
    running = Running("dev", "pipeline.yaml", "--timeout", "10m", "--limit", "10000", cwd=folder)
    running.wait_for(lambda out, err: "== pipeline.yaml" in out, "it begins")
    write(folder, "pipeline.yaml", ORDERS)
    running.wait_for(lambda out, err: "pipeline.yaml changed" in out and "11.75" in out, "the new rows")
    done = running.stop()
    expect_equal(0, done.exit, "the exit code")
    must_not_say(done, "cancelled")
