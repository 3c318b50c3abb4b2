"""Runs the program under test, build/sluice or what SLUICE_BIN names."""

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from support import crash_points
from support.case import Failure

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("SLUICE_BIN", ROOT / "build" / "sluice")).absolute()

# Against hanging for ever, not a measure of speed: no case comes near it.
HANG_SECONDS = 900

# A small process between, since a child's peak begins with that of its parent.
MEASURE = """\
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print("\\n%d" % resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""


@dataclass
class Finished:
    """A run of the program that has ended. `exit` is negative for a signal, as in subprocess."""

    command: str
    exit: int
    out: str
    err: str

    def must_exit(self, code):
        if self.exit != code:
            raise Failure(f"{self.command}\n  exit code: expected {code}, got {self.exit}\n{self.shown()}")
        return self

    def shown(self):
        return f"{indent(self.err, '  stderr| ')}\n{indent(self.out, '  stdout| ')}"

    @property
    def progress(self):
        """The JSON objects that --progress json printed, one a batch."""
        return [json.loads(line) for line in self.err.splitlines() if line.startswith("{")]


def must_say(finished, *texts):
    for text in texts:
        if text not in finished.err + finished.out:
            raise Failure(f"{finished.command}\n  does not say '{text}'\n{finished.shown()}")
    return finished


def must_not_say(finished, *texts):
    for text in texts:
        if text in finished.err + finished.out:
            raise Failure(f"{finished.command}\n  says '{text}'\n{finished.shown()}")
    return finished


def indent(text, prefix, lines_max=60):
    lines = text.rstrip("\n").splitlines()
    if len(lines) > lines_max:
        lines = [f"... {len(lines) - lines_max} lines before"] + lines[-lines_max:]
    return "\n".join(prefix + line for line in lines)


def environment(**extra):
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SLUICE_", "KAFKA_"))}
    if log := crash_points.log():
        env[crash_points.LOG] = log
    env.update(TZ="UTC", LC_ALL="C.UTF-8", NO_COLOR="1")
    env.update({name: str(value) for name, value in extra.items()})
    return env


def sluice(*arguments, cwd, env=None, feed=None):
    """Runs to the end."""
    return run_to_end([str(PROGRAM), *map(str, arguments)], arguments, cwd, env, feed)


def sluice_measured(*arguments, cwd, env=None):
    """Runs to the end; also the peak of its memory in bytes."""
    done = run_to_end([sys.executable, "-S", "-c", MEASURE, str(PROGRAM), *map(str, arguments)], arguments, cwd, env)
    done.out, peak = done.out.rstrip("\n").rsplit("\n", 1)
    return done, int(peak) << 10


def run_to_end(command, arguments, cwd, env, feed=None):
    try:
        done = subprocess.run(command, cwd=cwd, env=environment(**(env or {})), input=feed,
                              capture_output=True, timeout=HANG_SECONDS)
    except subprocess.TimeoutExpired as stuck:
        raise Failure(f"{shown(arguments)} hangs\n{indent(text(stuck.stderr), '  stderr| ')}")
    return Finished(shown(arguments), done.returncode, text(done.stdout), text(done.stderr))


class Running:
    """The program in the background; its output is collected while it runs."""

    def __init__(self, *arguments, cwd, env=None, restore_signals=True):
        self.command = shown(arguments)
        self.process = subprocess.Popen([str(PROGRAM), *map(str, arguments)], cwd=cwd,
                                        env=environment(**(env or {})), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        restore_signals=restore_signals)
        self._changed = threading.Condition()
        self._text = {"out": "", "err": ""}
        self._open = 2
        self._readers = [threading.Thread(target=self._read, args=(name, pipe), daemon=True)
                         for name, pipe in (("out", self.process.stdout),
                                            ("err", self.process.stderr))]
        for reader in self._readers:
            reader.start()

    def _read(self, name, pipe):
        for line in pipe:
            with self._changed:
                self._text[name] += text(line)
                self._changed.notify_all()
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def wait_for(self, condition, what):
        """Until condition(out, err) is true; fails when the program ends before."""
        with self._changed:
            while not (result := condition(self._text["out"], self._text["err"])):
                if self._open == 0 or not self._changed.wait(HANG_SECONDS):
                    raise Failure(f"{self.command} ended before {what}\n"
                                  + indent(self._text["err"], "  stderr| "))
            return result

    def send(self, signal_number):
        self.process.send_signal(signal_number)

    def finish(self):
        """Waits for the end."""
        try:
            code = self.process.wait(HANG_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise Failure(f"{self.command} does not end\n" + indent(self._text["err"], "  stderr| "))
        for reader in self._readers:
            reader.join()
        return Finished(self.command, code, self._text["out"], self._text["err"])

    def stop(self):
        """As Ctrl+C does."""
        self.send(signal.SIGINT)
        return self.finish()

    def kill(self):
        """kill -9; nothing when it has ended already."""
        self.process.kill()
        return self.finish()


def shown(arguments):
    return "sluice " + " ".join(map(str, arguments))


def text(raw):
    return (raw or b"").decode("utf-8", "replace")
