"""Which tests have passed with the very same program and files, so that they need not run again.

A pass is remembered by what it depends on: the bytes of the program, and every file of ours but the C++ sources (they
are in the program), the benchmarks and the suites that its own suite does not name; of suites that look at all files, by all. TEST_AGAIN=1 remembers nothing. A test
that failed or was skipped always runs.
"""

import hashlib
import os
import platform
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SLUICE_HOME", Path.home() / ".cache" / "sluice")) / "checks" / "passed-tests"
# Of what the program is built from, which its bytes stand for; and of what no test reads.
NOT_READ = ("src/", "include/", "bench/", "cmake/")
# Who reads it nevertheless.
READ_BY = {"cpp": ("include/", "cmake/")}
# They look at the repository itself.
LOOK_AT_ALL = ("docs",)
# They choose what a test does.
ENVIRONMENT = ("SOAK", "SPARK_ENGINE", "SLUICE_SEED", "SLUICE_SEEDS", "CUTS")
STATES_KEPT = 40  # a few megabytes; runs of named cases with other programs are among them
BUILD_ID = b"\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0"  # of ELF: the note's head, before 20 bytes


def digest_of_program(path):
    """Of its bytes without the name of the commit, and what the linker makes of that."""
    content = Path(path).read_bytes()
    note = content.find(BUILD_ID)
    if note >= 0:
        start = note + len(BUILD_ID)
        content = content[:start] + content[start + 20:]
    head = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True).stdout.strip()
    if head:
        content = content.replace(head.encode(), b"")
    return hashlib.blake2b(content, digest_size=16).hexdigest()


class Files:
    """All files that tests may read: tracked by git, or new and not ignored."""

    def __init__(self):
        listing = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                 check=True, capture_output=True, text=True).stdout
        self._digests = {}
        for name in sorted(set(listing.split("\0"))):
            path = ROOT / name
            if name and path.is_file():
                content = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
                self._digests[name] = f"{name}\0{path.stat().st_mode & 0o100}\0{content}"
        suites = {path.parent.name for path in (ROOT / "test").glob("*/suite.py")}
        self._named = {suite: self._suites_named_in(suite, suites) for suite in suites}
        self._of_support = self._suites_named_in("support", suites)

    def digest(self, suite=None):
        """Of the files that a suite's cases may read; null: of all. And of the machine's Python."""
        used = self._all_named(suite) | self._of_support if suite else set(self._named)
        all_of_them = suite in LOOK_AT_ALL
        digest = hashlib.blake2b(digest_size=16)
        digest.update(repr((platform.machine(), platform.python_version(),
                            [(name, os.environ.get(name)) for name in ENVIRONMENT])).encode())
        for name, each in self._digests.items():
            parts = name.split("/")
            of_another_suite = parts[0] == "test" and len(parts) > 2 and parts[1] in self._named and parts[1] not in used
            is_not_read = name.startswith(NOT_READ) and not name.startswith(READ_BY.get(suite, ()))
            if all_of_them or not (of_another_suite or is_not_read):
                digest.update(each.encode())
        return digest.hexdigest()

    def _suites_named_in(self, folder, suites):
        """Which suites the code of a folder names, in an import or a path."""
        text = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in self._digests
                         if name.startswith(f"test/{folder}/") and name.endswith((".py", ".mjs")))
        named = re.findall(r"^\s*(?:from|import) (\w+)|/ \"(\w+)[\"/]|\btest/(\w+)", text, re.MULTILINE)
        imported = re.findall(r"^\s*from \w+ import (.+)", text, re.MULTILINE)
        words = {word for groups in named for word in groups} | {word for names in imported for word in re.findall(r"\w+", names)}
        return words & suites

    def _all_named(self, suite):
        found, todo = set(), [suite]
        while todo:
            one = todo.pop()
            if one not in found:
                found.add(one)
                todo.extend(self._named[one])
        return found


class Remembered:
    """What passed in one state; a file of lines, written at once, so that a run that is stopped goes on."""

    def __init__(self, kind, *digests):
        """`kind`: which tests, a word. `digests`: of the state."""
        self.again = os.environ.get("TEST_AGAIN", "") not in ("", "0")
        state = hashlib.blake2b("\0".join(digests).encode(), digest_size=12).hexdigest()
        self.path = FOLDER / f"{kind}-{state}"
        self.names = set()
        if not self.again and self.path.exists():
            self.names = set(self.path.read_text(encoding="utf-8").splitlines())
            os.utime(self.path)
        self._forget_old(kind)

    def has(self, name):
        return name in self.names

    def after(self, beginning):
        """The rest of the names that begin so."""
        return {name.removeprefix(beginning) for name in self.names if name.startswith(beginning)}

    def add(self, name):
        if not self.again and name not in self.names:
            FOLDER.mkdir(parents=True, exist_ok=True)
            self.names.add(name)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(name + "\n")

    def _forget_old(self, kind):
        states = sorted(FOLDER.glob(f"{kind}-*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in states[STATES_KEPT:]:
            path.unlink(missing_ok=True)
