"""What the checks share: our own files, the includes in them, and a memory of what passed."""

import hashlib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOME = pathlib.Path(os.environ.get("SLUICE_HOME", pathlib.Path.home() / ".cache" / "sluice"))
CACHE = HOME / "checks"  # shared by all checkouts, so that a fresh clone need not start from nothing
INCLUDE_FOLDERS = [ROOT / "src", ROOT / "include", ROOT / "test", ROOT / "test" / "support"]
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^">]+)[">]', re.MULTILINE)
COMMENT_LINE = re.compile(rb"^[ \t]*//(?!.*NOLINT).*\n", re.MULTILINE)


# Paths on a check's command line narrow it down to the files under them.
SELECTED = [argument.rstrip("/") for argument in sys.argv[1:] if not argument.startswith("-")]


def selected(path):
    return not SELECTED or any(f"{path}/".startswith(f"{each}/") for each in SELECTED)


def files(*suffixes):
    """Our files: known to git, or new and not ignored. Without suffixes: all of them."""
    listing = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout
    paths = [pathlib.PurePosixPath(name) for name in sorted(set(listing.split("\0"))) if name]
    return [path for path in paths
            if (not suffixes or path.suffix in suffixes) and selected(path)
            and (ROOT / path).is_file()]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def pinned_packages():
    """tools/requirements.txt without the sums, of which there is one a Python version."""
    return re.sub(r" \\\n    --hash=\S+", "", text("tools/requirements.txt"))


TEST_STEMS = ("conformance", "_fixture", "_rig", "_test_support")


def is_test(path):
    """Tests, and the headers that only tests include."""
    return (path.name.endswith("_test.cc") or path.parts[0] == "test"
            or path.stem.endswith(TEST_STEMS))


def venv(program):
    """The path of a program that install_dependencies.sh put into the virtual environment."""
    path = HOME / "venv" / "bin" / program
    if not path.exists():
        sys.exit(f"{program} is not installed; run tools/install_dependencies.sh python")
    return str(path)


def report(problems, name, fix=""):
    """Prints the problems, one a line, and leaves with the status that the caller reads."""
    for problem in problems:
        print(problem)
    if problems:
        print(f"{name}: {len(problems)} problem(s). {fix}".rstrip())
    sys.exit(bool(problems))


class Passed:
    """Remembers, by content, which files passed a check, so that only changed ones run again.

    A file's key covers everything of ours that it includes, directly or not, without the comments
    that have lines of their own there, and `salt`: the command, the tool's version, its settings.
    Other people's headers are pinned, so they are not read.
    """

    def __init__(self, name, salt):
        self.path_ = CACHE / name
        self.salt_ = salt
        self.known_ = set(self.path_.read_text().split()) if self.path_.exists() else set()
        self.used_ = set()
        self.digests_ = {}

    def key(self, path, command=""):
        command = command.replace(str(ROOT), ".")
        digest = hashlib.sha256(f"{self.salt_}\0{path}\0{command}".encode())
        digest.update((ROOT / path).read_bytes())
        for each in sorted(self.closure_(ROOT / path)):
            digest.update(self.digest_(each)[0])
        return digest.hexdigest()

    def has(self, key):
        if key in self.known_:
            self.used_.add(key)
        return key in self.known_

    def add(self, key):
        """Written down at once: a run that is stopped goes on where it was."""
        if key not in self.known_ and key not in self.used_:
            CACHE.mkdir(parents=True, exist_ok=True)
            with self.path_.open("a") as file:
                file.write(key + "\n")
        self.used_.add(key)

    def save(self):
        """Forgets what no file has any more, unless only some files were looked at."""
        if SELECTED:
            return
        CACHE.mkdir(parents=True, exist_ok=True)
        fresh = self.path_.with_suffix(".new")
        fresh.write_text("".join(key + "\n" for key in sorted(self.used_)))
        fresh.replace(self.path_)

    def digest_(self, path):
        """Content hash of one file and the files of ours that it includes."""
        if path not in self.digests_:
            content = path.read_bytes()
            targets = []
            for _, name in INCLUDE.findall(content.decode("utf-8", "replace")):
                for folder in [path.parent, *INCLUDE_FOLDERS]:
                    if (folder / name).is_file():
                        targets.append((folder / name).resolve())
                        break
            self.digests_[path] = hashlib.sha256(COMMENT_LINE.sub(b"", content)).digest(), targets
        return self.digests_[path]

    def closure_(self, start):
        seen, todo = set(), [start]
        while todo:
            path = todo.pop()
            if path not in seen:
                seen.add(path)
                todo.extend(self.digest_(path)[1])
        return seen
