"""The packages, as who installs them has them: without the build, its folders and its environment."""

import os
import re
import subprocess
import sys

from packages import contents, machine
from packages.made import HOME, make, must
from support.case import Case, Failure, expect_equal
from support.program import PROGRAM, ROOT

OF_THE_SYSTEM = re.compile(r"^\s*(linux-vdso|/lib\S*/ld-linux|libc\.|libm\.|libresolv\.|libdl\.|libpthread\.|librt\.)")

ASKED = """
import subprocess
import sluice
sluice.check("pipeline.yaml")
printed = sluice.run("pipeline.yaml")
assert "harbour" in printed, printed
rows = sluice.sql("SELECT shop, count(*) AS n FROM 'out/orders' GROUP BY shop ORDER BY shop").to_pylist()
assert [row["shop"] for row in rows] == ["harbour", "north", "south"] and sum(row["n"] for row in rows) == 10000, rows
assert sluice.sql("SELECT 1 AS a").column_names == ["a"]
try:
    sluice.run("missing.yaml")
except sluice.Error as error:
    assert error.exit_code == 2 and "missing.yaml" in str(error), error
else:
    raise AssertionError("a file that is not there")
sluice.run("scored.yaml")
scored = sluice.sql("SELECT min(score) AS low, max(score) AS high, count(*) AS n FROM 'out/scored'").to_pandas()
assert (scored.low[0], scored.high[0], scored.n[0]) == (2, 20, 10), scored
process = sluice.start("endless.yaml", stderr=subprocess.PIPE, text=True)
while "batch 0:" not in process.stderr.readline():
    assert process.poll() is None, process.returncode
process.terminate()
process.communicate()
assert process.returncode == 0, process.returncode
print(sluice.__version__)
"""


SCORED = """\
name: scored
sources: {numbers: {generator: {rows: 10, columns: {n: {sequence: {}}}}}}
functions: {score: {args: {n: BIGINT}, returns: BIGINT, python: model.py}}
views: {scored: "SELECT n, score(n) AS score FROM numbers"}
sinks: {scored: {from: scored, delta: {path: out/scored}}}
trigger: available_now
checkpoint: scored
"""


def cases():
    yield from machine.cases()
    yield from contents.cases()
    yield Case("tar", tar)
    yield Case("deb", deb)
    yield Case("wheel", wheel)


def version():
    return must([PROGRAM, "--version"]).split()[1]


def first_table(program, folder):
    """The example of the package runs, with nothing in the environment."""
    folder.mkdir()
    (folder / "pipeline.yaml").write_text((ROOT / "packaging" / "example.yaml").read_text())
    shown = must([program, "run", "pipeline.yaml"], cwd=folder, env={})
    if "harbour" not in shown:
        raise Failure(f"no table is shown:\n{shown}")
    counted = must([program, "sql", "SELECT count(*) AS n FROM 'out/orders'", "--format", "csv"], cwd=folder, env={})
    expect_equal(["n", "10000"], counted.split(), "rows in the table")


def tar(folder):
    """It runs wherever it is unpacked, with its own libraries."""
    made = make("tar", folder)
    (folder / "at").mkdir()
    must(["tar", "-xzf", made, "-C", folder / "at"])
    top, = (folder / "at").iterdir()
    expect_equal(f"sluice-{version()}-linux-{os.uname().machine}", top.name, "the folder in it")
    # Not where it was unpacked first.
    moved = folder / "moved here"
    top.rename(moved)
    for line in must(["ldd", moved / "bin" / "sluice"], env={"PATH": os.environ["PATH"]}).splitlines():
        if not OF_THE_SYSTEM.match(line) and f"=> {moved}/" not in line:
            raise Failure(f"a library from elsewhere: {line.strip()}")
    first_table(moved / "bin" / "sluice", folder / "job")
    for path in ("share/doc/sluice/LICENSE", "share/sluice/sluice.schema.json", "share/bash-completion/completions/sluice"):
        if not (moved / path).stat().st_size:
            raise Failure(f"{path} is empty")


def deb(folder):
    """What dpkg unpacks runs, and its control file names the libraries that it needs."""
    made = make("deb", folder)
    must(["dpkg-deb", "-x", made, folder / "root"])
    must(["dpkg-deb", "-e", made, folder / "control"])
    control = (folder / "control" / "control").read_text()
    for word in (f"Version: {version()}\n", "libc6", "libcurl4", "libssl3"):
        if word not in control:
            raise Failure(f"{word.strip()} is not in\n{control}")
    first_table(folder / "root" / "usr" / "bin" / "sluice", folder / "job")
    must([folder / "root" / "usr" / "bin" / "sluice", "check", folder / "root" / "etc" / "sluice" / "pipeline.yaml"])
    listed = set((folder / "control" / "conffiles").read_text().split())
    there = {f"/{path.relative_to(folder / 'root')}" for path in (folder / "root" / "etc").rglob("*") if path.is_file()}
    expect_equal(there, listed, "files that an upgrade leaves alone")
    unit = (folder / "root" / "lib" / "systemd" / "system" / "sluice.service").read_text()
    for path in re.findall(r"/etc/sluice/\w[\w.]*", unit):
        if not (folder / "root" / path[1:]).exists():
            raise Failure(f"the service reads {path}, which is not in the package")
    for script in ("postinst", "prerm", "postrm"):
        must(["sh", "-n", folder / "control" / script])


def wheel(folder):
    """In a fresh virtual environment: the command, and the module beside it."""
    made = make("wheel", folder)
    if not re.search(r"manylinux_2_\d+_x86_64\.whl$", made.name):
        raise Failure(f"auditwheel has not named the C library that it needs: {made.name}")
    must([sys.executable, "-m", "venv", folder / "venv"])
    must([folder / "venv" / "bin" / "pip", "install", "--no-index", "--no-deps", made])
    expect_equal(must([PROGRAM, "--version"]), must([folder / "venv" / "bin" / "sluice", "--version"], env={}), "the version")
    job = folder / "job"
    job.mkdir()
    text = (ROOT / "packaging" / "example.yaml").read_text()
    (job / "pipeline.yaml").write_text(text)
    (job / "endless.yaml").write_text(text.replace("available_now", "continuous").replace("rows: 10000", "rows_per_second: 10")
                                      .replace("checkpoint: checkpoint", "checkpoint: endless").replace("out/orders", "out/endless"))
    (job / "scored.yaml").write_text(SCORED)
    (job / "model.py").write_text("import pandas\n\n\ndef score(n):\n    return pandas.Series(n.to_pylist()) * 2 + 2\n")
    # pyarrow and pandas of the tests' own environment: they are not in the wheel.
    packages, = (HOME / "venv" / "lib").glob("python*/site-packages")
    said = must([folder / "venv" / "bin" / "python", "-c", ASKED], cwd=job, env={"PYTHONPATH": str(packages)})
    expect_equal(version(), said.split()[-1], "sluice.__version__")
