"""Java programs for the tests: which Java there is, and jars by Maven."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

from support.case import Skip

HOME = Path(os.environ.get("SLUICE_HOME", Path.home() / ".cache" / "sluice"))
VERSION_MIN = 17


def java(what, version_min=VERSION_MIN):
    """The Java program that `what` needs. Raises Skip when there is none."""
    home = os.environ.get("JAVA_HOME")
    usual = f"{home}/bin/java" if home else shutil.which("java")
    programs = [Path(usual)] if usual else []
    programs += sorted(Path("/usr/lib/jvm").glob("*/bin/java"), reverse=True)
    versions = []
    for program in programs:
        if not program.exists():
            continue
        versions.append(java_version(program))
        if int(versions[-1].split(".")[0]) >= version_min:
            return str(program)
    if not versions:
        raise Skip(f"no java here; {what} needs a JDK of version {version_min} or newer "
                   f"(Debian: apt-get install openjdk-{version_min}-jre-headless)")
    raise Skip(f"java {versions[0]} is too old for {what}; it needs {version_min} or newer")


def java_version(program):
    lines = subprocess.run([program, "-version"], capture_output=True, text=True).stderr
    return lines.split('"')[1] if '"' in lines else "0"


def archive(folder, artifact, what):
    """`folder` with what the tar archive of Maven's `artifact` holds; fetched the first time. Raises Skip when
    it cannot be had."""
    stamp = folder / ".stamp"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.exists() and stamp.read_text() == artifact:
            return folder
        maven = shutil.which("mvn")
        if not maven:
            raise Skip(f"no mvn here to fetch {what} with (Debian: apt-get install maven)")
        fetch = subprocess.run([maven, "-q", "-B", "dependency:copy", f"-Dartifact={artifact}",
                                f"-DoutputDirectory={folder}"], cwd=folder, capture_output=True, text=True)
        if fetch.returncode:
            raise Skip(f"Maven could not fetch {what}: " + (fetch.stdout + fetch.stderr).strip()[-400:])
        for packed in folder.glob("*.tar.gz"):
            subprocess.run(["tar", "xzf", packed, "-C", folder], check=True)
            packed.unlink()
        stamp.write_text(artifact)
    return folder


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
