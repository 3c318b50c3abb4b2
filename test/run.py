#!/usr/bin/env python3
"""Runs the system tests: what a whole pipeline does, through the program.

    test/run.py                        everything
    test/run.py pipelines crash        these suites
    test/run.py pipelines/csv          the cases whose name begins like this
    test/run.py '*restart*'            the cases whose name matches
    test/run.py --list                 names only
    test/run.py --slowest 20           also names the 20 cases that took longest
    test/run.py --kills crash cql      also names the crash points at which no case has killed the program;
                                       a run of everything fails when there are such

A run of everything leaves out what has passed before with the very same program and files, and counts it
(support/remembered.py); TEST_AGAIN=1 leaves out nothing. Cases that are named always run.

The last line counts: "N passed, N failed, N skipped". Exit code 1 when a case failed. A case that is
expected to fail today (test/referee/pending.txt) is none of these; a line before counts them.
"""

import argparse
import fnmatch
import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HOME = Path(os.environ.get("SLUICE_HOME", Path.home() / ".cache" / "sluice"))
SCRATCH_BYTES_MIN = 4 << 30
KILLED_AT = "killed at"  # before a crash point, among what is remembered
# What cases run besides the program.
OTHER_PROGRAMS = (ROOT / "build" / "debug" / "src" / "connectors" / "connector_kafka_test",
                  ROOT / "build" / "debug" / "src" / "connectors" / "connector_cassandra_test",
                  ROOT / "build" / "release" / "src" / "http_attack_server")
# Those with the longest cases first.
SUITES = ("interop", "handover", "spark_engine", "kafka_sink", "shards", "cql", "schemas", "stores", "crash", "http_connector", "examples", "memory", "host",
          "live", "questions", "alerts", "deadletters", "browser", "generated", "referee", "pipelines", "errors", "refused", "poison",
          "upsert", "upgrades", "functions", "guide", "docs", "loop", "packages", "lake", "transfer", "http_attacks", "cpp")



def use_project_python():
    """Starts again with the project's own Python packages when this Python has not got them."""
    try:
        import confluent_kafka, deltalake, fastavro, duckdb, pyarrow, yaml  # noqa: E401, F401
    except ImportError:
        python = HOME / "venv" / "bin" / "python"
        if Path(sys.prefix).resolve() == (HOME / "venv").resolve():
            raise
        subprocess.run([ROOT / "tools" / "install_dependencies.sh", "python"], check=True)
        os.execv(python, [str(python), *sys.argv])


def collect(patterns):
    """The cases that the command line asks for, each named suite/case."""
    from support.case import Case

    cases = []
    for suite in SUITES:
        module = importlib.import_module(f"{suite}.suite")
        for case in module.cases():
            name = f"{suite}/{case.name}"
            if not patterns or any(wanted(name, pattern) for pattern in patterns):
                cases.append(Case(name, case.run))
    return cases


def wanted(name, pattern):
    return name.startswith(pattern) or fnmatch.fnmatch(name, pattern)


def scratch():
    """Where cases get their folders: in memory where there is room, since every commit waits for the
    disk. A killed process loses nothing there either; a power cut is not what is tested."""
    memory = Path("/dev/shm")
    try:
        free = shutil.disk_usage(memory).free
    except OSError:
        return None
    return memory if free > SCRATCH_BYTES_MIN and os.access(memory, os.W_OK) else None


def run_case(case, kept, kills):
    """The outcome ("passed", "failed", "skipped", "pending"), its reason and the seconds it took."""
    from support.case import Failure, Pending, Skip

    start = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="sluice-test-", dir=scratch()))
    kills.begin(case.name)
    try:
        case.run(folder)
    except Skip as reason:
        outcome, text = "skipped", str(reason)
    except Pending as reason:
        outcome, text = "pending", str(reason)
    except Failure as failure:
        outcome, text = "failed", str(failure)
    except Exception:
        outcome, text = "failed", traceback.format_exc()
    else:
        outcome, text = "passed", ""
    if outcome == "failed" and kept:
        target = kept / case.name
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, target)
        text += f"\n  its folder is kept: {target.relative_to(ROOT)}"
    shutil.rmtree(folder, ignore_errors=True)
    return outcome, text, time.monotonic() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                     epilog="\n".join(__doc__.splitlines()[2:]),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="*", metavar="NAME", help="suite, beginning or pattern")
    parser.add_argument("-j", "--jobs", type=int, default=2 * os.cpu_count() + 1,
                        help="cases at a time (default: two for each core and one more; many wait for servers)")
    parser.add_argument("--list", action="store_true", help="print the cases' names and end")
    parser.add_argument("--slowest", type=int, default=0, metavar="N",
                        help="name the N cases that took longest")
    parser.add_argument("--kills", action="store_true",
                        help="name the crash points at which no case has killed the program")
    parser.add_argument("-v", "--verbose", action="store_true", help="name the cases that pass too")
    arguments = parser.parse_args()
    use_project_python()

    from support import cassandra, kafka, s3, schema_registry, warm_spark
    from support.crash_points import KillLog
    from support.program import PROGRAM
    from support.remembered import Files, Remembered, digest_of_program

    cases = collect(arguments.patterns)
    if arguments.list:
        print("\n".join(case.name for case in cases))
        return 0
    if not cases:
        sys.exit("no case has such a name; test/run.py --list shows all")
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} is not there: run `make build`, or set SLUICE_BIN")

    count = {"passed": 0, "failed": 0, "skipped": 0, "pending": 0}
    kept = ROOT / "build" / "test-failures"
    times = []
    remembered = Remembered("system", *map(digest_of_program, filter(Path.exists, [PROGRAM, *OTHER_PROGRAMS])))
    files = Files()
    digests = {suite: files.digest(suite) for suite in SUITES}
    if not arguments.patterns:
        todo = [case for case in cases if not remembered.has(mark(case, digests))]
        count["passed"] = len(cases) - len(todo)
        if count["passed"]:
            print(f"{count['passed']} of {len(cases)} cases have passed with this program and these files: not run again "
                  "(TEST_AGAIN=1 runs them)", flush=True)
        cases = todo
    kills = KillLog(before=set().union(*(remembered.after(f"{KILLED_AT} {digest} ") for digest in digests.values())))
    signal.signal(signal.SIGTERM, lambda number, frame: end_at_once())
    try:
        with ThreadPoolExecutor(arguments.jobs) as pool:
            jobs = {pool.submit(run_case, case, kept, kills): case for case in cases}
            for job in as_completed(jobs):
                outcome, text, seconds = job.result()
                count[outcome] += 1
                if outcome == "passed":
                    remember(remembered, jobs[job], digests, kills)
                times.append((seconds, jobs[job].name))
                report(jobs[job].name, outcome, text, arguments.verbose, seconds)
    finally:
        cassandra.stop_shared_cassandra()
        kafka.stop_shared_kafka()
        schema_registry.stop_shared_registry()
        s3.stop_shared_s3()
        warm_spark.stop_shared_spark()
    if arguments.kills or not (arguments.patterns or count["skipped"]):
        if missing := kills.missing():
            text = "no case kills the program at these crash points:\n" + "\n".join(missing)
            report("crash points", "failed", text, arguments.verbose)
            count["failed"] += 1
        if stale := kills.stale():
            print(f"these crash points have cases: take them out of test/support/crash_points.py: {', '.join(stale)}")
    kills.end()
    for seconds, name in sorted(times, reverse=True)[:arguments.slowest]:
        print(f"{seconds:7.1f} s  {name}")
    if count["pending"]:
        print(f"pending: {count['pending']} cases fail as is listed (test/referee/pending.txt, NOT_EQUAL of test/spark_engine/examples.py); they are "
              "not among the passed")
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 1 if count["failed"] else 0


def mark(case, digests):
    """Under which a pass is remembered."""
    return f"{case.name} {digests[suite_of(case)]}"


def remember(remembered, case, digests, kills):
    """That it has passed; its kills first, since the run may be stopped between the two."""
    for point in sorted(kills.killed_by(case.name)):
        remembered.add(f"{KILLED_AT} {digests[suite_of(case)]} {point}")
    remembered.add(mark(case, digests))


def suite_of(case):
    return case.name.split("/")[0]


def end_at_once():
    """Of a run that is stopped, nothing that it started goes on: not the programs, not the servers."""
    for process in descendants(os.getpid()):
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass
    os._exit(128 + signal.SIGTERM)


def descendants(process):
    """Their process ids, the children's first."""
    found = []
    for thread in Path(f"/proc/{process}/task").glob("*"):
        try:
            children = (thread / "children").read_text(encoding="ascii").split()
        except OSError:
            continue
        found += map(int, children)
    return found + [each for child in found for each in descendants(child)]


def report(name, outcome, text, verbose, seconds=0.0):
    if outcome == "failed":
        print(f"FAILED {name}\n" + "\n".join("  " + line for line in text.splitlines()) + "\n",
              flush=True)
    elif outcome == "skipped":
        print(f"SKIPPED {name}: {text}", flush=True)
    elif verbose and outcome == "pending":
        print(f"PENDING {name}: {text}", flush=True)
    elif verbose:
        print(f"passed {name} ({seconds:.1f} s)", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "test"))
    sys.exit(main())
