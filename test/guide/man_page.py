"""The page sluice(1): man formats it without a warning, and it has all that `docs/reference/cli.md` has."""

import gzip
import re
import shutil
import subprocess
import sys
from pathlib import Path

from support.case import Case, Failure, Skip, expect_equal
from support.program import PROGRAM, ROOT, sluice

SECTION = re.compile(r"^## ([^\n]*)\n\n```\n(.*?)^```$", re.M | re.S)
# Of a line of a section's Options or Positionals its first words: names, and what they take.
ENTRY = re.compile(r"^  (\S.*?)(?:  .*)?$", re.M)
# Where one of them is, and how it says what is wrong.
READERS = {"man": ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", "sluice.1"],
           "groff": ["groff", "-man", "-ww", "-T", "utf8", "sluice.1"],
           "mandoc": ["mandoc", "-T", "lint", "-W", "warning", "sluice.1"]}


def cases():
    for reader in READERS:
        yield Case(f"man_page/{reader}", lambda folder, reader=reader: formats(folder, reader))
    yield Case("man_page/whole", whole)
    yield Case("man_page/packed", packed)


def page(folder):
    (folder / "sluice.1").write_text(sluice("reference", "--man", cwd=folder).must_exit(0).out, encoding="utf-8")


def formats(folder, reader):
    if not shutil.which(reader):
        raise Skip(f"no {reader} here (Debian: apt-get install {'man-db' if reader == 'man' else reader})")
    page(folder)
    done = subprocess.run(READERS[reader], cwd=folder, capture_output=True, text=True)
    # mandoc writes its warnings to standard output; that there is no date is meant so.
    said = done.stderr + (done.stdout if reader == "mandoc" else "")
    found = [line for line in said.splitlines() if "missing date" not in line]
    if found or reader != "mandoc" and not done.stdout:
        raise Failure(f"{reader} ends with {done.returncode} and says\n" + "\n".join(found[:20]))


def shown(folder):
    """As it is read, in one line: how wide it is does not count."""
    done = subprocess.run(["groff", "-man", "-T", "utf8", "-P-c", "sluice.1"], cwd=folder, capture_output=True, check=True)
    return " ".join(re.sub(r".\x08", "", done.stdout.decode()).split())


def whole(folder):
    """Each command, argument, option, example and exit code."""
    if not shutil.which("groff"):
        raise Skip("no groff here to read the page with (Debian: apt-get install groff)")
    page(folder)
    text = shown(folder)
    sections = SECTION.findall((ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8"))
    missing, entries = [], 0
    for name, help_text in sections:
        for line in [name, *ENTRY.findall(help_text), *help_text.splitlines()]:
            entries += 1
            if " ".join(line.split()).removeprefix("Usage: ") not in text and not is_heading(line):
                missing.append(f"{name}: {line}")
    if len(sections) < 50 or entries < 500:
        raise Failure(f"only {len(sections)} commands with {entries} lines were looked for")
    if missing:
        raise Failure(f"{len(missing)} lines are not on the page:\n" + "\n".join(missing[:20]))
    for code in ("0 fine;", "1 something outside", "2 the command", "3 the checkpoint", "4 what is stored", "130 the second"):
        if code not in text.split("EXIT STATUS")[1]:
            raise Failure(f"the exit code {code} is not there")


def is_heading(line):
    return line in ("Options:", "Positionals:", "Subcommands:")


def packed(folder):
    """Packages have it where man looks, in the same bytes whenever they are made."""
    sys.path.insert(0, str(ROOT / "packaging"))
    import package

    made = []
    for name in ("a", "b"):
        package.lay_out(Path(PROGRAM), folder / name, [])
        made.append((folder / name / "share" / "man" / "man1" / "sluice.1.gz").read_bytes())
    expect_equal(made[0], made[1], "two packages")
    expect_equal(bytes(4), made[0][4:8], "the time in it")
    expect_equal(sluice("reference", "--man", cwd=folder).out, gzip.decompress(made[0]).decode(), "the page in it")
