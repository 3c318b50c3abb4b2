"""Packages on a bare Debian 12 machine: nothing but what its installer brings, systemd, and the package."""

import json
import re
import shlex
import shutil
import time

from packages.made import make, must
from support.case import Case, Failure, expect_equal
from support.machine import Machine
from support.program import ROOT, indent

PAGE = ROOT / "docs" / "guide" / "first-five-minutes.md"


def cases():
    yield Case("machine/first_five_minutes", first_five_minutes)
    yield Case("machine/service", service)
    yield Case("machine/tar", tar)
    yield Case("machine/container", container)


def machine_with(kind, folder):
    """The machine, and the name of the package in its folder /given."""
    given = folder / "given"
    given.mkdir()
    name = make(kind, folder).name
    shutil.copy(folder / "made" / name, given)
    return Machine(folder, given), name


def first_five_minutes(folder):
    """Types every line that the page says, in one shell, and compares what comes."""
    machine, _ = machine_with("deb", folder)
    with machine:
        machine.run("cp /given/*.deb /root")
        blocks = re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL)
        typed = [(command, output.splitlines()) for block in blocks for command, output in re.findall(r"\$ (.*)\n((?:(?!\$ ).*\n)*)", block)]
        if len(typed) < 10:
            raise Failure(f"the page has {len(typed)} commands")
        began, where, first = time.monotonic(), "/root", 0
        for command, expected in typed:
            done = machine.run(f"exec 2>&1\n{command}\ntrue; pwd > /tmp/where" if command.startswith("cd ") else f"exec 2>&1\n{command}",
                               expected=None, folder=where)
            where = machine.run("cat /tmp/where").stdout.strip() if command.startswith("cd ") else where
            code = done.returncode if done.returncode >= 0 else 128 - done.returncode  # as a shell has it
            shown = done.stdout.rstrip("\n").splitlines() + ([f"[exit code {code}]"] if code else [])
            if not matches(expected, shown):
                page, came = (indent("\n".join(lines), "  | ") for lines in (expected, shown))
                raise Failure(f"$ {command}\n  the page says\n{page}\n  what came\n{came}")
            if "sluice sql" in command and not first:
                first = time.monotonic() - began
        print(f"the first table after {first:.1f} s, with the installation; the whole page in {time.monotonic() - began:.1f} s")


def matches(expected, shown):
    """Whether lines are the page's; `...` alone stands for any lines, at a line's end for any text."""
    if not expected:
        return not shown
    head, rest = expected[0], expected[1:]
    if head == "...":
        return any(matches(rest, shown[start:]) for start in range(len(shown) + 1))
    if not shown:
        return False
    same = shown[0].startswith(head[:-3]) if head.endswith("...") else shown[0].rstrip() == head.rstrip()
    return same and matches(rest, shown[1:])


COUNTED = "sluice sql \"SELECT count(*), count(DISTINCT id), max(id) FROM '/var/lib/sluice/heartbeats'\" --format csv | tail -1"


def service(folder):
    """Off at first; started, killed, started again by systemd, stopped; its tables outlive the package."""
    machine, name = machine_with("deb", folder)
    with machine:
        machine.run(f"apt-get update -qq; apt-get install -y -qq --no-install-recommends /given/{name}")
        expect_equal("inactive", machine.run("systemctl is-active sluice", expected=3).stdout.strip(), "the service at first")
        machine.run("sed -i 's/every: 10s/every: 1s/; s/rows_per_second: 1/rows_per_second: 100/' /etc/sluice/pipeline.yaml")
        machine.run("systemctl enable --now sluice")
        pid = wait_for(machine, "batch 2: ")
        machine.run(f"kill -9 {pid}")
        again = wait_for(machine, "batch 5: ")
        expect_equal(True, pid != again, "another process after kill -9")
        expect_equal("1", machine.run("systemctl show sluice -p NRestarts --value").stdout.strip(), "restarts")
        expect_equal(False, machine.run(f"stat -c %u /proc/{again}").stdout.strip() == "0", "it runs as root")
        machine.run("systemctl stop sluice")
        expect_equal("success", machine.run("systemctl show sluice -p Result --value").stdout.strip(), "how it ended")
        rows, different, newest = machine.run(COUNTED).stdout.strip().split(",")
        if not rows == different == newest or int(rows) < 300:
            raise Failure(f"{rows} rows, {different} ids, the last of them {newest}")
        machine.run("apt-get purge -y -qq sluice")
        for path, there in (("/etc/sluice", 1), ("/usr/bin/sluice", 1), ("/var/lib/sluice/heartbeats/_delta_log", 0)):
            machine.run(f"test -e {path}", expected=there)


def wait_for(machine, words):
    """The process, once the journal has the words."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if words in machine.run("journalctl -u sluice --no-pager").stdout:
            return machine.run("systemctl show sluice -p MainPID --value").stdout.strip()
        time.sleep(0.3)
    raise Failure(f"'{words}' never came:\n" + machine.run("journalctl -u sluice --no-pager").stdout[-2000:])


def tar(folder):
    """The tar.gz asks the machine for nothing but the C library."""
    machine, name = machine_with("tar", folder)
    with machine:
        if "libssl" in machine.run("dpkg -l | awk '{print $2}'").stdout and machine.run("which gcc", expected=None).returncode == 0:
            raise Failure("the machine is not bare")
        machine.run(f"tar -xzf /given/{name} -C /opt; mv /opt/sluice-* /opt/sluice")
        machine.run("cp /opt/sluice/share/doc/sluice/examples/pipeline.yaml .; env -i /opt/sluice/bin/sluice run pipeline.yaml")
        shown = machine.run("env -i /opt/sluice/bin/sluice sql \"SELECT count(*) AS n FROM 'out/orders'\" --format csv").stdout
        expect_equal(["n", "10000"], shown.split(), "rows in the table")


def container(folder):
    """The steps of packaging/Containerfile, one after the other, as a builder of images would do them."""
    machine, name = machine_with("deb", folder)
    text = (ROOT / "packaging" / "Containerfile").read_text().replace("\\\n", "")
    steps = dict(re.findall(r"^(USER|WORKDIR|ENTRYPOINT|CMD) (.*)$", text, re.MULTILINE))
    expect_equal("debian:12-slim", re.search(r"^FROM (.*)$", text, re.MULTILINE)[1], "what it begins with, which is this machine")
    with machine:
        machine.run(f"cp /given/{name} /tmp")
        for script in re.findall(r"^RUN (.*)$", text, re.MULTILINE):
            machine.run(script)
        example = (ROOT / "packaging" / "example.yaml").read_text()
        (folder / "given" / "pipeline.yaml").write_text(example)
        machine.run("cp /given/pipeline.yaml /etc/sluice/")
        words = shlex.join(json.loads(steps["ENTRYPOINT"]) + json.loads(steps["CMD"]))
        shown = machine.run(f"runuser -u {steps['USER']} -- {words}", folder=steps["WORKDIR"]).stdout
        if "harbour" not in shown:
            raise Failure(f"no table is shown:\n{shown}")
        expect_equal(steps["USER"], machine.run("stat -c %U /var/lib/sluice/out/orders").stdout.strip(), "whose the table is")
