#!/usr/bin/env python3
"""Measures the use cases of docs/use-cases: a pipeline file beside the PySpark script that people write for it.

    bench/use_cases.py [NAME...] [--rounds 1] [--write]

Both read the same input, and what they write is compared row by row. Figures are of whole processes, started cold:
the seconds until the first table or file can be read, the seconds until all is done, CPU-seconds (user and system, of
the JVM, too), and the highest memory of all processes together. Of a script that runs for ever the trigger is
replaced by one that ends. Spark has local[2], 1 GiB for its JVM, two partitions of shuffles and of Delta's snapshots, and no web page.
--write puts the tables into the pages, without seconds where the machine has other work (a load above its cores). Lines are those that are neither empty nor comments.
"""

import argparse
import datetime
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "test")]

from support.case import Failure, Skip  # noqa: E402
from support.kafka import stop_shared_kafka  # noqa: E402
from support.program import PROGRAM, environment  # noqa: E402
from support.spark import SETTINGS  # noqa: E402
from support.warm_spark import spark_jars, spark_python  # noqa: E402
from spark_engine.both import expect_same_tables  # noqa: E402
from use_case_inputs import INPUTS  # noqa: E402

PAGES = ROOT / "docs" / "use-cases"
PROGRAMS = ("sluice", "python", "java")  # a thread of the JVM that starts something is a process, too, for a moment
# Waits for orphans, too: Spark's JVM outlives its Python by a moment.
REAPER = """\
import ctypes, json, os, resource, subprocess, sys
ctypes.CDLL(None).prctl(36, 1)
code = subprocess.call(sys.argv[2:])
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], "w").write(str(used.ru_utime + used.ru_stime))
sys.exit(code)
"""


class Watch:
    """What happens while a process runs: its children's memory, and when the first output is there. Of each program the
    largest process counts."""

    def __init__(self, pid, out):
        self._pid, self._out, self._start = pid, out, time.perf_counter()
        self._peaks, self.first_output_s, self._before = {}, None, set(out.rglob("*"))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self):
        while not self._ended.wait(0.01):
            self._look_at(self._pid)
            self._look_for_output()

    def _look_for_output(self):
        if self.first_output_s is None and any(map(is_output, set(self._out.rglob("*")) - self._before)):
            self.first_output_s = time.perf_counter() - self._start

    def _look_at(self, pid):
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            for thread in Path(f"/proc/{pid}/task").iterdir():
                children += (thread / "children").read_text().split()
            for child in set(children):
                status = Path(f"/proc/{child}/status").read_text()
                name = status.split()[1]
                if "VmHWM:" in status and name.startswith(PROGRAMS):
                    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
                    self._peaks[name] = max(peak, self._peaks.get(name, 0))
                self._look_at(child)
        except OSError:
            return  # it has just ended

    def end(self):
        self._ended.set()
        self._thread.join()
        self._look_for_output()
        return sum(self._peaks.values())


def is_output(path):
    """A commit of a Delta table, or a file of rows that is not being written."""
    if path.parent.name == "_delta_log":
        return path.suffix == ".json" and path.stem.isdigit()
    hidden = any(part.startswith(("_", ".")) for part in path.parts)
    return not hidden and path.suffix in (".parquet", ".csv", ".jsonl") and "checkpoint" not in str(path)


def run_measured(command, cwd, env, out):
    """A cold start to the end: {start, seconds, cpu, memory}."""
    out.mkdir(exist_ok=True)
    cpu, log = cwd / f"{out.name}.cpu", cwd / f"{out.name}.log"
    begin = time.perf_counter()
    with open(log, "wb") as printed:
        process = subprocess.Popen([sys.executable, "-S", "-c", REAPER, cpu, *map(str, command)], cwd=cwd, env=env,
                                   stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT)
        watch = Watch(process.pid, out)
        code = process.wait()
    seconds, memory = time.perf_counter() - begin, watch.end()
    if code:
        raise Failure(f"{command} ended with {code}\n{log.read_text(errors='replace')[-4000:]}")
    return {"start": watch.first_output_s, "seconds": seconds, "cpu": float(cpu.read_text()), "memory": memory}


def spark_settings(folder):
    """A folder with spark-defaults.conf, as a machine that has Spark would have one."""
    conf = folder / "conf"
    conf.mkdir(exist_ok=True)
    settings = {name: value for name, value in SETTINGS.items() if "spark.sql" not in name}
    settings |= {"spark.master": "local[2]", "spark.driver.memory": "1g", "spark.sql.shuffle.partitions": "2",
                 "spark.databricks.delta.snapshotPartitions": "2",
                 "spark.jars": ",".join(map(str, spark_jars())), "spark.sql.warehouse.dir": str(folder / "warehouse")}
    (conf / "spark-defaults.conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    return conf


def run_native(case, folder, env):
    ends = ["--available-now"] if re.search(r"(?m)^trigger: \{every", case.pipeline.read_text()) else []
    out = folder / "native"
    return run_measured([PROGRAM, "run", case.pipeline, *ends], folder, environment(**case.env(env, out)), out)


def run_spark(case, folder, env):
    out, script = folder / "spark", folder / "script.py"
    text = (PAGES / "pyspark" / f"{case.name}.py").read_text()
    text = re.sub(r'processingTime="[^"]*"', "availableNow=True", text)
    script.write_text(text.replace("spark.streams.awaitAnyTermination()", "[q.awaitTermination() for q in queries]"))
    env = {**environment(**case.env(env, out)), "SPARK_CONF_DIR": str(spark_settings(folder)),
           "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": str(spark_python())}
    return run_measured([spark_python(), script], folder, env, out)


def measure(case, rounds):
    """The runs of both, by turns, each over an input made for it."""
    runs = {"native": [], "spark": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="sluice-use-case-", dir=ROOT / "build") as name:
            folder = Path(name)
            env = case.prepare(folder)
            runs["native"].append(run_native(case, folder, env))
            runs["spark"].append(run_spark(case, folder, env))
            for names, leave_out in case.tables:
                expect_same_tables(folder / "native", folder / "spark", names, leave_out)
        print(f"  {case.name}: " + json.dumps({side: runs[side][-1] for side in runs}), flush=True)
    return {side: {field: statistics.median(run[field] for run in found) for field in found[0]}
            for side, found in runs.items()}


def lines_of(path):
    return sum(1 for line in path.read_text().splitlines() if line.strip() and not re.match(r'\s*(#|""".*"""$)', line))


def table(case, found, load, rounds):
    """The table of a page, in Markdown. On a machine with more to do than it has cores, seconds say little."""
    native, spark = found["native"], found["spark"]
    busy = load > os.cpu_count()
    rows = [("lines", lines_of(ROOT / case.file), lines_of(PAGES / "pyspark" / f"{case.name}.py"), "{:.0f}"),
            ("seconds to the first table or file", native["start"], spark["start"], "{:.2f}"),
            ("seconds to the end", native["seconds"], spark["seconds"], "{:.2f}"),
            ("CPU-seconds", native["cpu"], spark["cpu"], "{:.2f}"),
            ("peak memory, MiB", native["memory"], spark["memory"], "{:.0f}")]
    made = [f"| | sluice | Spark 4.2 | Spark takes |", "|---|---:|---:|---:|"]
    for what, one, other, form in rows:
        if busy and what.startswith("seconds"):
            continue
        made.append(f"| {what} | {form.format(one)} | {form.format(other)} | {other / one:.1f} × |")
    how = "one run" if rounds == 1 else f"the median of {rounds} runs"
    text = (f"Measured on {datetime.date.today()} over {case.what}: {how} of each, started cold, on {os.cpu_count()} cores (load average "
            f"{load:.1f} before it began). Both wrote the same rows.")
    return "\n".join([*made, "", text + (" Seconds are left out, because the machine had other work." if busy else "")])


def write(case, text):
    """Puts the table between the marks of the use case's page."""
    page = PAGES / f"{case.name}.md"
    begin, end = "<!-- measured -->", "<!-- end of measured -->"
    content = page.read_text()
    before, rest = content.split(begin)
    page.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help=f"of {', '.join(INPUTS)}; default: all")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/use-cases")
    given = parser.parse_args()
    failed = []
    try:
        for name in given.names or INPUTS:
            load = os.getloadavg()[0]
            try:
                text = table(INPUTS[name], measure(INPUTS[name], given.rounds), load, given.rounds)
            except Failure as failure:
                failed.append(f"{name}: {failure}")
                continue
            print(f"\n{name}\n{text}\n", flush=True)
            if given.write:
                write(INPUTS[name], text)
    except Skip as reason:
        sys.exit(f"SKIPPED: {reason}")
    finally:
        stop_shared_kafka()
    sys.exit("\n".join(failed) or 0)


if __name__ == "__main__":
    main()
