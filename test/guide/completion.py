"""What shells offer after some words, by the scripts of `sluice completion`."""

import shutil
import subprocess

from support.case import Case, Failure, Skip, expect_equal
from support.program import sluice

# What was typed, and some of what is to be offered; the last one is what must not be.
TYPED = [("sluice ru", ["run"], "check"),
         ("sluice run --pro", ["--progress"], "--once"),
         ("sluice run --progress ", ["auto", "json"], "run"),
         ("sluice delta ", ["optimize", "vacuum"], "run"),
         ("sluice delta vacuum --dry", ["--dry-run"], "--version"),
         ("sluice check pipe", ["pipeline.yaml"], "other.csv")]
BASH = """\
source ./script
COMP_WORDS=({words}{last}) COMP_CWORD={at}
_sluice
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def cases():
    for shell in ("bash", "fish", "zsh"):
        yield Case(f"completion_{shell}", lambda folder, shell=shell: completes(folder, shell))


def completes(folder, shell):
    if not shutil.which(shell):
        raise Skip(f"no {shell} here (Debian: apt-get install {shell})")
    (folder / "script").write_text(sluice("completion", shell, cwd=folder).must_exit(0).out)
    done = subprocess.run([shell, "-n", "script"], cwd=folder, capture_output=True, text=True)
    expect_equal((0, ""), (done.returncode, done.stderr), "its syntax")
    if shell == "zsh":
        return  # what it offers needs a terminal
    (folder / "pipeline.yaml").write_text("")
    for typed, wanted, other in TYPED:
        offered = OFFERED[shell](folder, typed)
        if missing := [one for one in wanted if one not in offered]:
            raise Failure(f"after {typed!r} {missing} is not offered, but {offered}")
        if other in offered:
            raise Failure(f"after {typed!r} {other} is offered")


def by_bash(folder, typed):
    words = typed.split()
    last = ' ""' if typed.endswith(" ") else ""
    script = BASH.format(words=typed.strip(), last=last, at=len(words) - (not last))
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=True).stdout.split()


def by_fish(folder, typed):
    done = subprocess.run(["fish", "--no-config", "-c", f"source ./script; complete -C '{typed}'"], cwd=folder,
                          capture_output=True, text=True, check=True, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    return [line.split("\t")[0] for line in done.stdout.splitlines()]


OFFERED = {"bash": by_bash, "fish": by_fish}
