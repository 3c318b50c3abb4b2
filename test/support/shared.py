"""A server that all cases of one run share."""

import threading

from support.case import Skip


class Shared:
    """Made by `make` when first asked for. Where it cannot be had, everybody who asks is skipped."""

    def __init__(self, make):
        self._make, self._server, self._lock = make, None, threading.Lock()

    def get(self):
        with self._lock:
            if isinstance(self._server, Skip):
                raise self._server
            if self._server is None:
                try:
                    self._server = self._make()
                except Skip as reason:
                    self._server = reason
                    raise
            return self._server

    def stop(self):
        if self._server is not None and not isinstance(self._server, Skip):
            self._server.stop()
