"""Cases of 25 seeds each: random pipelines compared with plain DuckDB. README.md describes them."""

import datetime
import os
import random
import time
from pathlib import Path

from generated import shapes
from referee.case_file import CaseFile
from referee.job import Job
from referee.values import difference, from_arrow, shown
from support.case import Case, Failure
from support.tables import connection

PIPELINES = 1000
SEEDS_PER_CASE = 25
CRASH_EVERY = 7
VIEW_EVERY = 2  # of those with windows: the watermark is a view's
START = datetime.datetime(2024, 1, 1)
ROWS_SHOWN = 8


def cases():
    for first in range(0, PIPELINES, SEEDS_PER_CASE):
        seeds = range(first, first + SEEDS_PER_CASE)
        yield Case(f"{first // SEEDS_PER_CASE}",
                   lambda folder, seeds=seeds: [run(seed, folder) for seed in seeds])


def soak():
    """As many seeds as fit into SOAK_MINUTES, from one that changes with the day."""
    import tempfile

    seed = int(time.strftime("%Y%m%d")) * 100_000
    end = time.time() + 60 * float(os.environ.get("SOAK_MINUTES", "10"))
    done = 0
    with tempfile.TemporaryDirectory() as folder:
        while time.time() < end:
            run(seed + done, Path(folder))
            done += 1
    print(f"soak: {done} pipelines equal to DuckDB's, seeds {seed} to {seed + done - 1}")


def run(seed, folder):
    chance = random.Random(seed)
    shape = shapes.make(chance)
    batches = [[row(chance, number) for _ in range(chance.randint(0, 12))]
               for number in range(chance.randint(2, 6))]
    source = {"schema": shapes.COLUMNS}
    if shape.can_move and seed % VIEW_EVERY == 0:
        shape.move_watermark(seed // VIEW_EVERY)
    elif shape.delay is not None:
        source["watermark"] = {"column": "t", "delay": f"{shape.delay}s"}
    case = CaseFile(f"seed-{seed}", folder, {"sources": {"events": source}, "views": shape.views,
                                             "mode": shape.mode},
                    [{"events": rows} for rows in batches])
    job = Job(case, folder / f"seed-{seed}")
    if seed % CRASH_EVERY == 0:
        killed_once(job, chance)
    job.run().must_exit(0)
    try:
        compare(shape, batches, job)
    except Failure as failure:
        raise Failure(f"seed {seed}, {shape.mode}: {shape.views}\n{failure}")


def killed_once(job, chance):
    point = chance.choice(["engine.planned", "engine.run", "engine.staged", "engine.recorded",
                           "engine.committed", "engine.published_one", "engine.published"])
    job.run(crash=f"{point}:{chance.randint(1, 4)}")  # a point may not come so often: then it ends


def row(chance, batch):
    """Events come around the batch's own time, some much earlier, a few without one."""
    def maybe(value, nothing=0.1):
        return None if chance.random() < nothing else value

    seconds = 15 * batch + chance.choice([0, chance.randint(-60, 20), chance.randint(-5, 10)])
    at = START + datetime.timedelta(seconds=seconds, milliseconds=chance.choice([0, 0, 500]))
    return {"k": maybe(chance.choice("aabbc")), "j": maybe(chance.randint(0, 2)),
            "t": maybe(at.isoformat(sep=" "), 0.05), "v": maybe(chance.randint(-50, 50)),
            "d": maybe(f"{chance.randint(-5000, 5000) / 100:.2f}"), "b": maybe(chance.random() < 0.5),
            "l": maybe([chance.randint(0, 3) for _ in range(chance.randint(0, 3))])}


def compare(shape, batches, job):
    """Spark's count_if, and ours, is 0 where no row counts; DuckDB's is NULL where all are NULL."""
    duck = connection()
    load(duck, batches, shape.delay, shape.measured or "true")
    tables = job.tables(None)
    if shape.mode == "update":
        query, keys = as_spark_counts(shape.query[0]), shape.query[1]
        rows = {}
        for batch in sorted(tables):
            for got in tables[batch]:
                rows[tuple(got[:keys])] = got
        if not keys and not rows and not duck.execute(
                f"SELECT count(*) FROM {query.split(' FROM ', 1)[1]}").fetchone()[0]:
            return  # no row came this far, so nothing changed
        expected = [list(one) for one in duck.execute(printed(query)).fetchall()]
        return expect(expected, list(rows.values()))
    got = [one for batch in sorted(tables) for one in tables[batch]] if shape.mode == "append" else \
        tables[max(tables)] if tables else []
    for name, view in shape.views.items():
        if shape.query is None:
            duck.execute(f"CREATE VIEW {name} AS {as_spark_counts(view)}")
    found = duck.execute(as_spark_counts(shape.query or "SELECT * FROM out")).to_arrow_table()
    expected = [[from_arrow(cell) for cell in one]
                for one in zip(*(column.to_pylist() for column in found.columns))]
    expect(expected, got)


def as_spark_counts(sql):
    return sql.replace("count_if(b)", "count(*) FILTER (WHERE b)")


def printed(query):
    """The console's form of the values: text."""
    return f"SELECT COLUMNS(*)::VARCHAR FROM ({query})"


def load(duck, batches, delay, measured):
    columns = ", ".join(f"{name} {kind}" for name, kind in shapes.COLUMNS.items())
    duck.execute("CREATE MACRO nvl(a, b) AS coalesce(a, b)")
    duck.execute(f"CREATE TABLE events ({columns}, batch INTEGER)")
    duck.execute("CREATE TABLE marks (batch INTEGER, late TIMESTAMP)")
    watermark = latest = before = None
    for number, rows in enumerate(batches):
        duck.execute("INSERT INTO marks VALUES (?, ?)", [number, before])
        for one in rows:
            duck.execute(f"INSERT INTO events VALUES ({', '.join('?' * (len(one) + 1))})",
                         [*one.values(), number])
        before = watermark  # what this batch makes results final by
        newest = duck.execute(f"SELECT max(t) FROM events WHERE batch = ? AND ({measured})",
                              [number]).fetchone()[0]
        latest = max([one for one in (newest, latest) if one], default=None)
        if latest and delay is not None:
            watermark = latest - datetime.timedelta(seconds=delay)
    duck.execute("CREATE TABLE final AS SELECT ?::TIMESTAMP AS final", [watermark])


def expect(expected, got):
    missing, extra = difference(expected, got)
    if missing or extra:
        lines = [f"    - {shown(one)}" for one in missing[:ROWS_SHOWN]]
        lines += [f"    + {shown(one)}" for one in extra[:ROWS_SHOWN]]
        raise Failure(f"{len(missing)} missing (-), {len(extra)} too many (+)\n" + "\n".join(lines))
