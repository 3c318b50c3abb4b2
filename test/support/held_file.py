"""A file that nobody can open until the test says so: an instant between two looks of another process."""

import fcntl
import os
import signal
import time

from support.case import Failure

F_SETSIG = 10  # of Linux's fcntl.h
PATIENCE_SECONDS = 60


class HeldFile:
    """By a lease (fcntl(2)): whoever opens the file waits until release(), or for /proc/sys/fs/lease-break-time."""

    def __init__(self, path):
        self._file = os.open(path, os.O_RDONLY)
        # The kernel says by a signal that somebody waits; SIGIO would end this process.
        fcntl.fcntl(self._file, F_SETSIG, signal.SIGURG)
        fcntl.fcntl(self._file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        self._path = path

    def wait_until_wanted(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while fcntl.fcntl(self._file, fcntl.F_GETLEASE) == fcntl.F_WRLCK:
            if time.monotonic() > deadline:
                raise Failure(f"nobody opens {self._path}")
            time.sleep(0.01)

    def release(self):
        os.close(self._file)
