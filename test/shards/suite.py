"""Runs in shards (`sluice run --shard I/N`): what several processes write together is what one would have written,
whoever dies when; what cannot run so is refused, each with the message in refused/NAME.txt, to the letter."""

import re
import shutil
import subprocess
from pathlib import Path

from shards import changes, killed, targets
from support.case import Case, Failure, Skip, expect_equal
from support.program import PROGRAM, ROOT, sluice

HERE = Path(__file__).resolve().parent


def cases():
    yield Case("killed_at_random", killed.at_random)
    yield Case("folder_and_topic", targets.folder_and_topic)
    yield Case("fenced", targets.fenced)
    yield Case("other_number", changes.other_number)
    yield Case("more_partitions", changes.more_partitions)
    yield Case("keyed_partitions", changes.keyed_partitions)
    yield Case("not_a_shard", changes.not_a_shard)
    yield Case("dead_letters", changes.dead_letters)
    yield Case("unit_of_systemd", unit)
    for path in sorted((HERE / "refused").glob("*.yaml")):
        yield Case(f"refused_{path.stem}", lambda folder, path=path: refused(path))


def unit(folder):
    """The template unit of the guide, as systemd sees it."""
    if not shutil.which("systemd-analyze"):
        raise Skip("systemd-analyze is not there; install the package systemd")
    guide = (ROOT / "docs" / "guide" / "sharding.md").read_text(encoding="utf-8")
    text = re.search(r"```ini\n(.*?)```", guide, re.S).group(1)
    path = folder / "sluice@.service"
    path.write_text(text.replace("/usr/local/bin/sluice", str(PROGRAM)))
    verified = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True)
    if verified.returncode or "sluice@" in verified.stderr:
        raise Failure(f"systemd-analyze verify: {verified.returncode}\n{verified.stderr}")


def refused(path):
    """`fine_*` is not: its first line is that it can run."""
    golden = path.with_suffix(".txt")
    ended = sluice("check", "--shard", "1/4", path.name, cwd=path.parent)
    if path.stem.startswith("fine_"):
        ended.must_exit(0)
        return
    ended.must_exit(2)
    if not golden.exists():
        raise Failure(f"{golden.name} is missing; the program says\n{ended.err}")
    expect_equal(golden.read_text(encoding="utf-8").rstrip(), ended.err.rstrip(), golden.name)
    # Without --shard nothing is wrong with it.
    sluice("check", path.name, cwd=path.parent).must_exit(0)
