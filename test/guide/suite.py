"""What helps people to set sluice up: completion, editors, the man page, the examples of --help, and the manifests of
docs/guide/deploy, of which what can be known without the systems that they are for."""

import re
import shutil
import subprocess

import yaml

from guide import completion, editors, help_examples, man_page
from support.case import Case, Failure, Skip
from support.program import PROGRAM, ROOT, sluice

DEPLOY = ROOT / "docs" / "guide" / "deploy"


def cases():
    yield from completion.cases()
    yield from editors.cases()
    yield from man_page.cases()
    yield from help_examples.cases()
    for path in sorted(DEPLOY.iterdir()):
        check = units if path.suffix == ".service" else manifests
        yield Case(path.name, lambda folder, path=path, check=check: check(folder, path))


def units(folder, path):
    """systemd knows every line of it."""
    if not shutil.which("systemd-analyze"):
        raise Skip("no systemd-analyze here to verify units with (Debian: apt-get install systemd)")
    unit = folder / path.name.replace("@", "@1")
    # Of programs it asks that they are there.
    unit.write_text(re.sub(r"^(Exec\w+=)\S+", rf"\1{PROGRAM}", path.read_text(), flags=re.M))
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    if done.returncode or done.stderr.strip():
        raise Failure(done.stdout + done.stderr)


def manifests(folder, path):
    """It is YAML, and a pipeline in it is one that sluice takes."""
    found = [part for part in yaml.safe_load_all(path.read_text()) if part]
    if not found:
        raise Failure("nothing is in it")
    for part in found:
        for name, text in part.get("data", {}).items():
            (folder / "token").write_text("0123456789abcdef0123456789abcdef")
            (folder / name).write_text(text.replace("/secrets/token", str(folder / "token")))
            sluice("check", name, cwd=folder, env={"KAFKA_BROKERS": "localhost:9092"}).must_exit(0)
