"""Cases of the referee on Spark, one warm JVM for all: each folder of cases is a case here, so that it can be run alone."""

import atexit
import os
import subprocess
import tempfile
import threading
from pathlib import Path

from referee.case_file import load_all
from spark_engine.judge import in_question, judge
from support import spark
from support.case import Failure
from support.shared import Shared

HERE = Path(__file__).resolve().parent
NOT_EQUAL = HERE / "not_equal.txt"


class Runner:
    """runner.py, which is given a name at a time."""

    def __init__(self):
        self.answers = tempfile.TemporaryDirectory(prefix="sluice-referee-answers-")
        self.lock = threading.Lock()
        self.log = open(Path(self.answers.name) / "log", "w+")
        self.process = subprocess.Popen([spark.python(), HERE / "runner.py", self.answers.name], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"})

    def answer(self, name):
        """The file with Spark's answer."""
        with self.lock:
            try:
                self.process.stdin.write(name + "\n")
                self.process.stdin.flush()
                line = self.process.stdout.readline()
                while line and line.strip() != name:
                    line = self.process.stdout.readline()
            except BrokenPipeError:
                line = ""
        if not line:
            self.log.seek(0)
            raise RuntimeError(f"Spark has ended:\n{self.log.read()[-2000:]}")
        return Path(self.answers.name) / f"{name}.json"

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)
        self.answers.cleanup()


_shared = Shared(Runner)
atexit.register(_shared.stop)


def groups():
    """{folder: names of its cases}"""
    found = {}
    for case in load_all():
        if in_question(case):
            found.setdefault(case.name.split("/")[0], []).append(case.name)
    return found


def not_equal():
    """{case: why}"""
    lines = [line for line in NOT_EQUAL.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split(": ", 1) for line in lines)


def referee(names):
    """Fails for those that are neither equal nor listed, and for those that are both."""
    reasons, cases = not_equal(), {case.name: case for case in load_all() if in_question(case)}
    failures = [f"{NOT_EQUAL.name} names {name}, which is not a case" for name in sorted(set(reasons) - set(cases))]
    equal = 0
    for name in names:
        try:
            judge(cases[name], _shared.get().answer(name))
        except Failure as failure:
            if name not in reasons:
                failures.append(f"{name}: {failure}")
            continue
        equal += 1
        if name in reasons:
            failures.append(f"{name} is equal now: take its line out of {NOT_EQUAL.name}")
    print(f"{equal} of {len(names)} cases of the referee equal: {names[0].split('/')[0]} ...", flush=True)
    if failures:
        raise Failure("\n".join(failures))
