"""Functions in Python: what goes there comes back, and what goes wrong there loses nothing."""

import os
import re
import signal
import time

from functions.place import PYTHON, appended, feed, rows_by_duckdb, rows_of, run, write_pipeline
from support.case import Case, Failure, expect_equal
from support.program import Running, must_say, sluice

# Each type with values that are at its edges.
TYPES = {
    "BOOLEAN": ["true", "false"], "TINYINT": ["-128", "127"], "SMALLINT": ["-32768", "32767"], "INTEGER": ["-2147483648", "2147483647"],
    "BIGINT": ["-9223372036854775808", "9223372036854775807"], "UTINYINT": ["0", "255"], "USMALLINT": ["65535"], "UINTEGER": ["4294967295"],
    "UBIGINT": ["18446744073709551615"], "REAL": ["1.5", "-0.25"], "DOUBLE": ["1e300", "-0.0"], "DECIMAL(4,2)": ["-99.99", "0.01"],
    "DECIMAL(9,3)": ["-999999.999"], "DECIMAL(18,0)": ["-999999999999999999"], "DECIMAL(38,10)": ["-1234567890123456789012345678.0123456789"],
    "VARCHAR": ["", "a", "grüße 東 🙂", "x" * 70000], "BLOB": ["\\x00\\xFF", ""], "DATE": ["1582-10-15", "9999-12-31"], "TIME": ["23:59:59.999999"],
    "TIMESTAMP": ["1969-12-31 23:59:59.999999", "2024-02-29 12:00:00"], "TIMESTAMPTZ": ["2024-02-29 12:00:00.5+00"],
}

MODEL = """\
import pyarrow as pa
import pyarrow.compute as pc


def score(text, n):
    return pc.add(pc.utf8_length(text), n)


def as_list(n):
    return [None if one is None else one * 2 for one in n.to_pylist()]


def by_pandas(n):
    return n.to_pandas() * 2


def by_polars(n):
    import polars
    return polars.from_arrow(n) * 2


def by_numpy(n):
    return n.to_numpy(zero_copy_only=False) * 2


def sliced(n):
    return pa.concat_arrays([pa.array([7], n.type), n]).slice(1)


def chunked(n):
    return pa.chunked_array([n.slice(0, 1), n.slice(1)])


def prints(n):
    print("a line of the function's")
    return n


class Model:
    def __call__(self, n):
        return pc.multiply(n, 3)


model = Model()
"""
CALLS = {"as_list": "id * 2", "by_pandas": "id * 2", "by_polars": "id * 2", "by_numpy": "id * 2", "sliced": "id", "chunked": "id", "prints": "id"}


def cases():
    yield Case("python/types", types)
    yield Case("python/rows", rows)
    yield Case("python/raises", raises)
    yield Case("python/crashes", crashes)
    yield Case("python/answers", answers)
    yield Case("python/not_there", not_there)
    yield Case("python/killed", killed)
    yield Case("python/interrupted", interrupted)
    yield Case("python/side_by_side", side_by_side)


def types(folder):
    """As it is, with NULLs between, over chunks of several sizes; null alone, too."""
    (folder / "same.py").write_text("def same(x):\n    return x\n")
    functions, columns, sames = [], [], []
    for number, (kind, values) in enumerate(TYPES.items()):
        functions.append(f"  same_{number}: {{args: {{x: \"{kind}\"}}, returns: \"{kind}\", python: same.py:same}}")
        listed = ", ".join([*(f"'{value}'" for value in values), "NULL"])
        columns.append(f"CAST(([{listed}])[1 + (n // {number + 1}) % {len(values) + 1}] AS {kind}) AS c{number}")
        sames.append(f"c{number}, same_{number}(c{number}) AS s{number}")
    columns.append("CAST(NULL AS VARCHAR) AS nothing")
    functions.append("  nothing: {args: {x: VARCHAR}, returns: VARCHAR, python: same.py:same}")
    sames.append("nothing, nothing(nothing) AS s_nothing")
    (folder / "pipeline.yaml").write_text("name: types\nsources: {numbers: {generator: {rows: 5000, columns: {n: {sequence: {}}}}}}\n"
                                          "functions:\n" + "\n".join(functions) + "\nviews:\n  given: SELECT n, " + ", ".join(columns) +
                                          " FROM numbers\n  same: SELECT n, " + ", ".join(sames) +
                                          " FROM given\nsinks: {same: {from: same, parquet: {path: out/same}}}\n"
                                          "trigger: available_now\ncheckpoint: checkpoint\n")
    run(folder)
    from support.tables import connection, define_table

    duck = connection()
    define_table(duck, "same", "parquet", folder / "out" / "same")
    expect_equal((5000,), duck.execute("SELECT count(*) FROM same").fetchone(), "rows")
    for number, kind in enumerate(TYPES):
        other = f"SELECT count(*) FROM same WHERE c{number} IS DISTINCT FROM s{number}"
        expect_equal((0,), duck.execute(other).fetchone(), f"rows in which {kind} is another value")
        nulls = duck.execute(f"SELECT count(*) FILTER (WHERE c{number} IS NULL), count(DISTINCT c{number}) FROM same").fetchone()
        expect_equal((True, len(set(TYPES[kind]))), (nulls[0] > 0, nulls[1]), f"NULLs and values of {kind}")


def rows(folder):
    """What functions may give, and that what they print is not among rows."""
    (folder / "model.py").write_text(MODEL)
    functions = ["score: {args: {text: VARCHAR, n: BIGINT}, returns: BIGINT, python: model.py}",
                 "tripled: {args: {n: BIGINT}, returns: BIGINT, python: 'model.py:model'}"]
    functions += [f"{name}: {{args: {{n: BIGINT}}, returns: BIGINT, python: model.py}}" for name in CALLS]
    calls = ", ".join(f"{name}(id) AS {name}" for name in CALLS)
    sql = f"SELECT id, score(shop, id) AS score, tripled(id) AS tripled, {calls} FROM sales WHERE score(shop, id) > 8"
    views = {"made": appended(sql, "made"), "totals": ("SELECT shop, sum(score(shop, id)) AS total FROM sales GROUP BY shop", "complete", "csv: {path: out/totals}")}
    write_pipeline(folder, "\n".join(functions), views)
    text = (folder / "pipeline.yaml").read_text()
    (folder / "pipeline.yaml").write_text(text.replace("sinks:\n", "sinks:\n  shown: {from: made, console: {rows: 2}}\n"))
    feed(folder)
    done = run(folder)
    if "a line of the function's" in done.out:
        raise Failure(f"what a function prints is on standard output:\n{done.out}")
    must_say(done, "a line of the function's")
    plain = ", ".join(f"{sql} AS {name}" for name, sql in CALLS.items())
    expect_equal(rows_by_duckdb(f"SELECT id, length(shop) + id AS score, id * 3 AS tripled, {plain} FROM sales WHERE length(shop) + id > 8"),
                 rows_of(folder, "made"), "rows")
    wanted = rows_by_duckdb("SELECT shop, CAST(sum(length(shop) + id) AS VARCHAR) AS total FROM sales GROUP BY shop")
    expect_equal(wanted, [row[:2] for row in rows_of(folder, "totals", "csv")], "the totals of a state")


def simple(folder, python, code="def f(n):\n    return n\n"):
    (folder / "model.py").write_text(code)
    write_pipeline(folder, f"f: {{args: {{n: BIGINT}}, returns: BIGINT, python: {python}}}",
                   {"made": appended("SELECT id, f(id) AS f FROM sales", "made")})
    feed(folder)


WHOLE = "SELECT id, id AS f FROM sales"


def raises(folder):
    """The batch is as if it had not been; with the file put right the run goes on."""
    simple(folder, "model.py", "def f(n):\n    if 150 in n.to_pylist():\n        raise ValueError('no 150')\n    return n\n")
    done = must_say(run(folder, code=2), "E_FUNCTION_FAILED: function f(): ValueError: no 150", "model.py:3")
    if "Traceback" in done.err:
        raise Failure(f"Python's traceback is shown:\n{done.err}")
    expect_equal(100, len(rows_of(folder, "made")), "rows of the batch before")
    (folder / "model.py").write_text("def f(n):\n    return n\n")
    run(folder)
    expect_equal(rows_by_duckdb(WHOLE), rows_of(folder, "made"), "rows")


def crashes(folder):
    """A process that dies is named, with how; nothing is lost or comes twice."""
    simple(folder, "model.py", "import os\n\n\ndef f(n):\n    if 150 in n.to_pylist():\n        os.kill(os.getpid(), 11)\n    return n\n")
    must_say(run(folder, code=2), "E_FUNCTION_CRASHED: function f()", "signal 11")
    (folder / "model.py").write_text("import os\n\n\ndef f(n):\n    if 250 in n.to_pylist():\n        os._exit(3)\n    return n\n")
    must_say(run(folder, code=2), "E_FUNCTION_CRASHED: function f()", "ended with 3")
    (folder / "model.py").write_text("def f(n):\n    return n\n")
    run(folder)
    expect_equal(rows_by_duckdb(WHOLE), rows_of(folder, "made"), "rows")


def answers(folder):
    """What is no answer."""
    for number, (body, says) in enumerate({"return n.slice(1)": "gives 99 values for 100 rows", "return 'abc'": "gives str",
                                           "return None": "gives NoneType", "return ['a'] * len(n)": "ArrowInvalid",
                                           "import sys; sys.exit(0)": "SystemExit"}.items()):
        at = folder / str(number)
        at.mkdir()
        simple(at, "model.py", f"def f(n):\n    {body}\n")
        must_say(run(at, code=2), "E_FUNCTION_FAILED: function f()", says)


def not_there(folder):
    simple(folder, "model.py")
    must_say(run(folder, code=2, env={"SLUICE_PYTHON": folder / "no-python"}), "E_FUNCTION_PYTHON: ", "cannot start")
    bare = folder / "bare"
    bare.write_text(f"#!/bin/sh\nexec {PYTHON['SLUICE_PYTHON']} -S \"$@\"\n")
    bare.chmod(0o755)
    must_say(run(folder, code=2, env={"SLUICE_PYTHON": bare}), "E_FUNCTION_PYTHON: ", "-m pip install pyarrow")
    simple(folder, "model.py:nobody")
    must_say(run(folder, code=2), "E_FUNCTION_PYTHON: ", "model.py has no function 'nobody'")
    simple(folder, "model.py", "import nothing_of_this_name\n")
    must_say(run(folder, code=2), "E_FUNCTION_PYTHON: ", "ModuleNotFoundError")
    simple(folder, "elsewhere.py")
    must_say(sluice("check", "pipeline.yaml", cwd=folder).must_exit(2), "pipeline.yaml:10:3: function 'f' is in a file that does not exist: elsewhere.py")
    simple(folder, "model.py")
    run(folder)


def processes_of(marker):
    """Processes whose command line has the text."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                if marker.encode() in file.read():
                    found.append(int(entry))
        except OSError:
            continue
    return found


def slow(folder):
    """A run that is within the function, and the text by which its workers are known."""
    name = f"slow_{folder.name}_{os.getpid()}"
    (folder / f"{name}.py").write_text("import time\n\n\ndef f(n):\n    open('called', 'w').close()\n    time.sleep(0.5)\n    return n\n")
    simple(folder, f"{name}.py:f")
    running = Running("run", "pipeline.yaml", cwd=folder, env=PYTHON)
    while not (folder / "called").exists():
        if running.process.poll() is not None:
            raise Failure(f"the run has ended:\n{running.stop().shown()}")
        time.sleep(0.01)
    return running, f"{name}.py"


def gone(marker, seconds=60):
    end = time.monotonic() + seconds
    while processes_of(marker):
        if time.monotonic() > end:
            raise Failure(f"processes of {marker} are still there: {processes_of(marker)}")
        time.sleep(0.05)


def killed(folder):
    """kill -9 in the middle of a call: no process stays, and the next run does the rest."""
    running, marker = slow(folder)
    running.process.kill()
    running.process.wait()
    gone(marker)
    run(folder)
    expect_equal(rows_by_duckdb(WHOLE), rows_of(folder, "made"), "rows")


def interrupted(folder):
    """Ctrl+C of a terminal reaches the workers, too, and does not disturb the batch in hand."""
    running, marker = slow(folder)
    for process in [running.process.pid, *processes_of(marker)]:
        os.kill(process, signal.SIGINT)
    running.process.wait()
    done = running.stop()
    if done.exit != 0:
        raise Failure(done.shown())
    gone(marker)
    run(folder)
    expect_equal(rows_by_duckdb(WHOLE), rows_of(folder, "made"), "rows")


def side_by_side(folder):
    """Threads of SQL call at the same time; each has a process of its own."""
    (folder / "model.py").write_text("import os\nimport time\n\n\ndef f(n):\n    time.sleep(0.01)\n    open(f'pids/{os.getpid()}', 'w').close()\n    return n\n")
    (folder / "pids").mkdir()
    write_pipeline(folder, "f: {args: {n: BIGINT}, returns: BIGINT, python: model.py}", {"made": appended("SELECT id, f(id) AS f FROM sales", "made")})
    text = (folder / "pipeline.yaml").read_text()
    (folder / "pipeline.yaml").write_text(re.sub(r"    json_lines:(\n      .*)*\n    watermark: .*", "    generator: {rows: 400000, columns: {id: {sequence: {}}}}", text)
                                          + "engine: {threads: 4}\n")
    run(folder)
    made = rows_of(folder, "made")
    expect_equal([(n, n) for n in range(400_000)], made, "rows")
    if len(os.listdir(folder / "pids")) < 2:
        raise Failure(f"{len(os.listdir(folder / 'pids'))} process has called the function, with 4 threads")
