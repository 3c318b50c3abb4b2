"""A bare Debian 12 machine: made by debootstrap, with systemd as its first process, in namespaces of its own."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from support.case import Failure, Skip
from support.java import HOME
from support.program import HANG_SECONDS

RELEASE = "bookworm"
BASE = HOME / "machine" / RELEASE
# What Debian's own installer puts onto every machine, and a container of Debian's lacks.
PACKAGES = "systemd,systemd-sysv,dbus,ca-certificates"

# $1: the base, $2: a folder of this machine's own. The first process of the namespaces becomes systemd.
BOOT = """
set -e
own=$2 root=$2/root
mount -t tmpfs tmpfs "$own"
mkdir "$own/new" "$own/work" "$root"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$own/new,workdir=$own/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for name in null zero full random urandom tty; do touch "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"; done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
mkdir "$root/given"
mount --bind "$3" "$root/given"
exec chroot "$root" env -i container=chroot PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
  /lib/systemd/systemd --log-target=console --show-status=0
"""


class Machine:
    """Boots in some seconds, forgets everything when it stops. What is in `given` lies in its folder /given. It shares
    the network of this machine. Raises Skip where such machines cannot be made."""

    def __init__(self, folder, given):
        base = made_base()
        own = folder / "machine"
        own.mkdir()
        self._log = folder / "machine.log"
        with open(self._log, "w") as log:
            self._holder = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--cgroup", "--uts", "--ipc", "--fork", "--kill-child", "bash", "-c", BOOT, "boot",
                 base, own, given], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def _wait(self):
        deadline = time.monotonic() + HANG_SECONDS
        while time.monotonic() < deadline:
            if self._holder.poll() is not None:
                raise Skip("no machine can be made here, which needs root and namespaces: " + self._log.read_text().strip()[-300:])
            done = self.run("systemctl is-system-running", expected=None)
            if done.stdout.strip() in ("running", "degraded"):
                return
            time.sleep(0.2)
        raise Failure(f"systemd does not come up: {self._log.read_text()[-2000:]}")

    def _first(self):
        """systemd's process, as seen from outside; 0 before there is one."""
        children = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children")
        return int((children.read_text().split() or ["0"])[0])

    def run(self, script, expected=0, folder="/root"):
        """What a bash script has printed, as who logs in as root there has it. Failure with its texts otherwise."""
        first = self._first()
        if not first:
            return subprocess.CompletedProcess(script, 1, "", "not there yet")
        done = subprocess.run(
            ["nsenter", f"--target={first}", "--all", "--root", "--wd", "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
             "HOME=/root", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "bash", "-e", "-c", f"cd {folder}; {script}"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if expected is not None and done.returncode != expected:
            raise Failure(f"{script}\n  ended with {done.returncode}\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def stop(self):
        self._holder.send_signal(signal.SIGTERM)  # --kill-child: its first process and so all of them go, too
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._holder.wait(10)
        self._holder.kill()
        self._holder.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def made_base():
    """The folder of a bare machine, which debootstrap makes the first time."""
    if os.geteuid() != 0:
        raise Skip("a bare Debian machine is made by root only")
    if not shutil.which("debootstrap"):
        raise Skip("debootstrap is not here: tools/install_dependencies.sh packaging")
    BASE.parent.mkdir(parents=True, exist_ok=True)
    with open(BASE.parent / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not BASE.exists():
            scratch = BASE.with_name("making")
            shutil.rmtree(scratch, ignore_errors=True)
            done = subprocess.run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", RELEASE, scratch],
                                  capture_output=True, text=True)
            if done.returncode:
                raise Skip("debootstrap could not make a machine: " + (done.stdout + done.stderr).strip()[-300:])
            scratch.rename(BASE)
    return BASE
