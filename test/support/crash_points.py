"""Which crash points of the source a run of the tests has killed the program at."""

import os
import re
import shutil
import tempfile
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOG = "SLUICE_CRASH_LOG"

# These are met by the conformance suites of their sinks (kill_at_every_point), which are unit tests: no file of a
# memory sink outlives the program, and the console's rows cannot be taken back.
OF_UNIT_TESTS = {"memory.publish": "src/connectors/memory/memory_conformance_test.cc",
                 "console.publish": "src/connectors/console/console_conformance_test.cc",
                 "console.published": "src/connectors/console/console_conformance_test.cc"}


def of_source():
    """Where each point is: by its name."""
    points = {}
    for path in sorted((ROOT / "src").rglob("*.cc")) + sorted((ROOT / "src").rglob("*.h")):
        if path.stem.endswith(("_test", "_rig", "_fixture", "_conformance")):
            continue
        text = path.read_text(encoding="utf-8")
        for call in re.finditer(r"(?<![\w:])crash_point\((?!std::)([^)]*)\)", text):
            names = re.findall(r'"([a-z_]+\.[a-z_]+)"', call[1])
            place = f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, call.start()) + 1}"
            if not names:
                raise ValueError(f"{place}: a crash point's name is to be read here: write crash_point(\"a.b\")")
            points.update((name, place) for name in names)
    return points


# Passed in rare states only: no case of the system tests is known to be killed there each time. Whoever writes one
# takes its point out of here.
WITHOUT_A_CASE = {"files.discarded", "files.moved_back", "files.moved_manifest", "files.orphan_removed", "kafka.before_release", "kafka.after_release"}


_of_thread = threading.local()


def log():
    """Where the program is to note its kills: of the case that this thread runs, else of the whole run. None: nowhere."""
    return getattr(_of_thread, "log", None) or os.environ.get(LOG)


class KillLog:
    """Notes, from now on, where the program is killed: for each case, and together what threads of the cases' own start."""

    def __init__(self, before=()):
        """`before`: points of cases that need not run again."""
        self.before = set(before)
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-kills-"))
        os.environ[LOG] = str(self.folder / "run")

    def begin(self, case):
        """This thread runs the case from now on."""
        _of_thread.log = str(self.folder / case.replace("/", "."))

    def killed_by(self, case):
        """Where it killed the program; also what no case is known of."""
        return self._read("run") | self._read(case.replace("/", "."))

    def killed(self):
        return self.before.union(*(self._read(path.name) for path in self.folder.iterdir()))

    def missing(self):
        """Points of the source at which nothing was killed and something should have been, each with its place."""
        known = self.killed() | set(OF_UNIT_TESTS) | WITHOUT_A_CASE
        return [f"{name} ({place})" for name, place in sorted(of_source().items()) if name not in known]

    def stale(self):
        """What WITHOUT_A_CASE says wrongly."""
        return sorted(WITHOUT_A_CASE & (self.killed() | (WITHOUT_A_CASE - set(of_source()))))

    def end(self):
        os.environ.pop(LOG, None)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self, name):
        path = self.folder / name
        return set(path.read_text(encoding="utf-8").split()) if path.exists() else set()
