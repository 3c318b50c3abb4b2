"""A pipeline on both engines, over the same input: what they write is compared row by row."""

import json
import re
import tempfile
from pathlib import Path

from support import tables
from support.case import Failure
from support.program import ROOT, sluice
from support.warm_spark import shared_spark, spark_python


def plan_of(file, env, cwd=ROOT, trigger="available_now"):
    """The plan of a pipeline file, with another trigger."""
    made = json.loads(sluice("export", "--to", "plan", file, cwd=cwd, env=env).must_exit(0).out)
    made["trigger"] = {"kind": trigger}
    return made


def native(file, env, cwd=ROOT):
    return sluice("run", file, "--available-now", cwd=cwd, env=env).must_exit(0)


def spark(file, env, cwd=ROOT):
    """Exports the program, as a user would, and runs it in the warm session to the end of what there is."""
    env = {name: str(value) for name, value in env.items()}
    with tempfile.TemporaryDirectory(prefix="sluice-export-") as folder:
        copy, program = Path(folder) / "pipeline.yaml", Path(folder) / "program.py"
        text, found = re.subn(r"(?m)^trigger: .*$", "trigger: available_now", (Path(cwd) / file).read_text(encoding="utf-8"))
        copy.write_text(text if found else text + "trigger: available_now\n", encoding="utf-8")
        sluice("export", "--to", "pyspark", copy, "-o", program, "--python", spark_python(), cwd=cwd, env=env).must_exit(0)
        return shared_spark().ask(do="run", program=str(program), folder=str(cwd), environment=env)


def on_both(folder, file, env, cwd=ROOT, out="OUT"):
    """Folders of what each engine has written."""
    for engine, run in (("native", native), ("spark", spark)):
        run(file, {**env, out: folder / engine}, cwd)
    return folder / "native", folder / "spark"


def expect_same_tables(one, other, names, leave_out=()):
    """Tables of both engines, by (name, kind). Files of JSON lines are named otherwise by Spark."""
    for name, kind in names:
        duck = tables.connection()
        there = [define(duck, side, kind, folder / name) for side, folder in (("native", one), ("spark", other))]
        if there == [False, False]:
            raise Failure(f"{name}: neither engine has written anything")
        if not all(there):
            raise Failure(f"{name}: only {'sluice' if there[0] else 'Spark'} has written it")
        columns = [row[0] for row in duck.execute("DESCRIBE native").fetchall() if row[0] not in leave_out]
        doubles = {row[0] for row in duck.execute("DESCRIBE native").fetchall() if row[1] in ("DOUBLE", "FLOAT")}
        chosen = ", ".join(f'round("{column}", 6)' if column in doubles else f'"{column}"' for column in columns)
        count = duck.execute("SELECT count(*) FROM native").fetchone()[0]
        if count == 0:
            raise Failure(f"{name}: no rows, which shows nothing")
        tables.expect_same_rows(duck, f"SELECT {chosen} FROM native", f"SELECT {chosen} FROM spark", name)


def define(duck, name, kind, path):
    path = Path(path)
    if kind == "json" and not list(path.rglob("*.jsonl")):
        files = [str(one) for one in path.rglob("part-*.json")]
        if not files:
            return False
        duck.execute(f"CREATE VIEW {name} AS SELECT * FROM read_json({files}, format='newline_delimited', "
                     "hive_partitioning=true)")
        return True
    return tables.define_table(duck, name, kind, path)
