"""Which crash points of the source a run of the tests has killed the program at."""

import os
import re
import tempfile
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


class KillLog:
    """Notes, from now on, where the program is killed."""

    def __init__(self, before=()):
        """`before`: points of cases that need not run again."""
        self.before = set(before)
        handle, self.path = tempfile.mkstemp(prefix="sluice-kills-")
        os.close(handle)
        os.environ[LOG] = self.path

    def killed(self):
        return self.before | set(Path(self.path).read_text(encoding="utf-8").split())

    def missing(self):
        """Points of the source at which nothing was killed and something should have been, each with its place."""
        known = self.killed() | set(OF_UNIT_TESTS) | WITHOUT_A_CASE
        return [f"{name} ({place})" for name, place in sorted(of_source().items()) if name not in known]

    def stale(self):
        """What WITHOUT_A_CASE says wrongly."""
        return sorted(WITHOUT_A_CASE & (self.killed() | (WITHOUT_A_CASE - set(of_source()))))

    def end(self):
        os.environ.pop(LOG, None)
        Path(self.path).unlink(missing_ok=True)
