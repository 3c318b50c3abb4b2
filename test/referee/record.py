#!/usr/bin/env python3
"""Asks Apache Spark what it makes of the cases, and records or compares its answers.

    record.py [NAME...]              records the cases that are new or changed since their recording
    record.py --all [NAME...]        records all (of these names)
    record.py --compare [NAME...]    runs Spark again and compares with the recordings; writes nothing

`make referee` compares, `make referee-record` records all; both install Spark first.
"""

import argparse
import difflib
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from referee import recording  # noqa: E402
from referee.case_file import CASES, RECORDED, load_all  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0],
                                     epilog="\n".join(__doc__.splitlines()[2:]),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="beginning of the cases' names")
    parser.add_argument("--all", action="store_true", help="record what has not changed, too")
    parser.add_argument("--compare", action="store_true", help="compare instead of writing")
    arguments = parser.parse_args()

    cases = load_all(arguments.names)
    orphans = remove_orphans(arguments.compare)
    if not arguments.all and not arguments.compare:
        cases = [case for case in cases if not is_current(case)]
    if not cases:
        print("nothing to record: every case's recording is of its present text")
        return 1 if orphans and arguments.compare else 0

    from referee.spark import Spark

    start = time.time()
    spark = Spark()
    try:
        print(f"Spark {spark.session.version}: {len(cases)} cases", flush=True)
        wrong = compare(spark, cases) if arguments.compare else record(spark, cases)
    finally:
        spark.close()
    print(f"{len(cases) - wrong} of {len(cases)} cases are well, {time.time() - start:.0f} s")
    return 1 if wrong or (orphans and arguments.compare) else 0


def is_current(case):
    return case.recording_path.exists() and recording.read(case.recording_path).case == case.hash


def record(spark, cases):
    """Writes the recordings; the number of those that Spark refused and the case does not say so."""
    surprises = 0
    for case in cases:
        answer = spark.record(case)
        recording.write(case.recording_path, answer)
        surprise = unexpected(case, answer)
        surprises += surprise is not None
        print(f"{case.name}: {surprise or summary(answer)}", flush=True)
    return surprises


def summary(answer):
    if answer.error:
        return f"{len(answer.triggers)} triggers, then {answer.error['class']}"
    return f"{len(answer.triggers)} triggers, {sum(len(one.rows) for one in answer.triggers)} rows"


def unexpected(case, answer):
    """An error of Spark's must be what the case is about, not a slip in it."""
    expected = {"refused", "fails", "differs"} & set(case.spec)
    if answer.error and not expected:
        return f"SPARK REFUSES and the case has no `refused`, `fails` or `differs`: {answer.error}"
    if not answer.error and "differs" not in case.spec and expected:
        return f"SPARK RUNS IT, but the case has {expected} and no `differs`"
    return None


def compare(spark, cases):
    """Shows where Spark answers now other than in the recordings."""
    differing = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            fresh = Path(folder) / (case.name + RECORDED)
            recording.write(fresh, spark.record(case))
            before = case.recording_path.read_text() if case.recording_path.exists() else ""
            lines = list(difflib.unified_diff(before.splitlines(), fresh.read_text().splitlines(),
                                              "recorded", "now", lineterm=""))
            differing += bool(lines)
            print(f"{case.name}: {'DIFFERS' if lines else 'same'}", flush=True)
            print("".join(f"    {line}\n" for line in lines), end="", flush=True)
    return differing


def remove_orphans(only_say):
    """Recordings whose case is gone."""
    orphans = [path for path in CASES.rglob("*" + RECORDED)
               if not path.with_name(path.name.removesuffix(RECORDED) + ".yaml").exists()]
    for path in orphans:
        print(f"{path.relative_to(CASES)}: its case is gone" + ("" if only_say else "; removed"))
        if not only_say:
            path.unlink()
    return orphans


if __name__ == "__main__":
    sys.exit(main())
