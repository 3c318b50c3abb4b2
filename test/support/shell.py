"""Lines as people type them: run by a shell, with the program under test as `sluice`."""

import os
import signal
import subprocess

from support.case import Failure
from support.program import HANG_SECONDS, PROGRAM, Finished, environment, text


def shell(line, cwd, env=None, feed=b""):
    """Runs the line to its end."""
    whole = with_program(cwd, env)
    try:
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], cwd=cwd, env=whole, input=feed,
                              capture_output=True, timeout=HANG_SECONDS)
    except subprocess.TimeoutExpired:
        raise Failure(f"{line} hangs")
    return Finished(line, done.returncode, text(done.stdout), text(done.stderr))


def background(line, place):
    """Begins the line in the folder of `place`, until end()."""
    return subprocess.Popen(["bash", "-c", line], cwd=place.folder, env=with_program(place.folder, place.env), start_new_session=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def end(process):
    """It, and what it has started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def with_program(cwd, env):
    whole = environment(**(env or {}))
    whole["PATH"] = f"{program_folder(cwd)}:{whole['PATH']}"
    return whole


def program_folder(folder):
    """A folder with nothing but `sluice` in it, out of the way of what is listed."""
    place = folder / ".program"
    place.mkdir(exist_ok=True)
    link = place / "sluice"
    if not link.is_symlink():
        link.symlink_to(PROGRAM)
    return place
