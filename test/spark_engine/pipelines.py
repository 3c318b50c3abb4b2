"""`sluice export --to spark-pipelines`: the project, run by Spark's own spark-pipelines, gives the tables of a native run."""

import os
import re
import shlex
import shutil
import subprocess

from spark_engine.both import expect_same_tables, native
from spark_engine.examples import EXAMPLES
from spark_engine.runs import spark_home
from support.case import Case, Failure
from support.program import HANG_SECONDS, ROOT, indent, sluice
from support.warm_spark import environment, spark_jars, spark_python

# Flows into files and a Delta table, and a materialized view over a streaming table.
READINGS = """\
name: readings
sources:
  readings: {csv: {path: "${IN}", schema: {station: VARCHAR, measured_at: TIMESTAMP, celsius: "DECIMAL(4,1)"}}}
views:
  warm: SELECT * FROM readings WHERE celsius > 0
  stations: SELECT station, count(*) AS readings, max(celsius) AS warmest FROM readings GROUP BY station
sinks:
  warm: {from: warm, delta: {path: "${OUT}/warm"}}
  lines: {from: warm, json_lines: {path: "${OUT}/lines"}}
  stations: {from: stations, mode: complete, delta: {path: "${OUT}/stations"}}
trigger: available_now
checkpoint: "${OUT}/checkpoint"
"""


def cases():
    yield Case("pipelines/csv_to_parquet", csv_to_parquet)
    yield Case("pipelines/delta", delta)


def csv_to_parquet(folder):
    run_on_both(folder, ROOT / "examples/csv_to_parquet/pipeline.yaml")
    expect_same_tables(folder / "native", folder / "spark", [("readings", "parquet")])


def delta(folder):
    (folder / "pipeline.yaml").write_text(READINGS)
    project = run_on_both(folder, folder / "pipeline.yaml")
    shutil.copytree(project / "spark-warehouse/stations", folder / "spark/stations")  # a table of the catalog
    expect_same_tables(folder / "native", folder / "spark", [("warm", "delta"), ("lines", "json")])
    shutil.rmtree(folder / "native/stations/_delta_log")
    expect_same_tables(folder / "native", folder / "spark", [("stations", "parquet")])


def run_on_both(folder, file):
    """The project's folder, after a run of it as the comment in its specification says."""
    shutil.copytree(EXAMPLES / "csv_to_parquet/readings", folder / "in")
    env = {"IN": folder / "in"}
    native(file, {**env, "OUT": folder / "native"})
    env["OUT"] = folder / "spark"
    project = folder / "project"
    sluice("export", "--to", "spark-pipelines", file, "-o", project, "--python", spark_python(), cwd=ROOT, env=env).must_exit(0)
    comment = re.match(r"(#.*\n)+", (project / "spark-pipeline.yml").read_text())[0].replace("#", " ").replace("\\\n", " ")
    words = shlex.split(re.sub(r"--packages \S+", "", comment))  # the jars are here; Maven is not asked
    python = os.path.dirname(spark_python())
    done = subprocess.run([spark_home() / "bin" / words[0], words[1], "--jars", ",".join(map(str, spark_jars())),
                           *words[2:]],
                          cwd=project, capture_output=True, text=True, timeout=HANG_SECONDS,
                          env=environment(SPARK_HOME=spark_home(), PATH=f"{python}:{os.environ['PATH']}", **env))
    if done.returncode or "Run is COMPLETED" not in done.stderr + done.stdout:
        raise Failure(f"spark-pipelines ended with {done.returncode}\n" + indent((done.stdout + done.stderr)[-4000:], "  | "))
    return project
