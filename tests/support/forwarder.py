"""A line to a server that can be cut and mended, so that one server of PostgreSQL can be away for one test alone."""

import socket
import threading
from contextlib import suppress

ADDRESS = "127.0.0.9"
"""An address of this machine that nothing else has, so that it can be looked for in what is sent."""


class Line:
    """Listens on `ADDRESS` while it is whole; `port` stays the same."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._open: list[socket.socket] = []
        self._listening: socket.socket | None = None
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((ADDRESS, 0))
            self.port = int(probe.getsockname()[1])

    def mend(self) -> None:
        """Take connections from now on."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((ADDRESS, self.port))
        listening.listen(64)
        self._listening = listening
        threading.Thread(target=self._take, args=(listening,), daemon=True).start()

    def cut(self) -> None:
        """End every connection and take no more."""
        if self._listening is not None:
            # Wakes the thread that waits in accept, which closing alone does not.
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _take(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            far = socket.create_connection(self._to)
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while part := one.recv(65_536):
            other.sendall(part)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)
