"""Java programs for the tests: which Java there is, and jars by Maven."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from support.case import Skip

HOME = Path(os.environ.get("SLUICE_HOME", Path.home() / ".cache" / "sluice"))
VERSION_MIN = 17


def java(what):
    """The Java program that `what` needs, of version 17 or newer. Raises Skip when there is none."""
    home = os.environ.get("JAVA_HOME")
    program = f"{home}/bin/java" if home else shutil.which("java")
    if not program or not Path(program).exists():
        raise Skip(f"no java here; {what} needs a JDK of version {VERSION_MIN} or newer "
                   "(Debian: apt-get install openjdk-17-jre-headless)")
    lines = subprocess.run([program, "-version"], capture_output=True, text=True).stderr
    version = lines.split('"')[1] if '"' in lines else "0"
    if int(version.split(".")[0]) < VERSION_MIN:
        raise Skip(f"java {version} is too old for {what}; it needs {VERSION_MIN} or newer")
    return program


def jars(folder, pom, what, artifacts=()):
    """`folder` with the jars that `pom` names, of `artifacts` only when there are any; fetched by
    Maven the first time. Raises Skip when they cannot be had."""
    stamp, wanted = folder / ".stamp", pom.read_text() + " ".join(artifacts)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == wanted:
            return folder
        maven = shutil.which("mvn")
        if not maven:
            raise Skip(f"no mvn here to fetch {what} with (Debian: apt-get install maven)")
        only = [f"-DincludeArtifactIds={','.join(artifacts)}"] if artifacts else []
        fetch = subprocess.run([maven, "-q", "-B", "-f", pom, "dependency:copy-dependencies",
                                "-DincludeScope=runtime", f"-DoutputDirectory={folder}", *only],
                               capture_output=True, text=True)
        if fetch.returncode:
            raise Skip(f"Maven could not fetch {what}: "
                       + (fetch.stdout + fetch.stderr).strip()[-400:])
        stamp.write_text(wanted)
    return folder
