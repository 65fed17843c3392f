"""A line that can be cut and mended: a proxy before a web server or a PostgreSQL that stops passing bytes on."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Line:
    """Passes bytes from its port to that of a server, until it is cut; at : the address of this machine it is at."""

    target: int
    port: int = 0
    at: str = "127.0.0.1"
    _door: socket.socket | None = None
    _open: set[socket.socket] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def mend(self) -> None:
        """Listen (again) at the same port."""
        self._door = socket.create_server((self.at, self.port))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._serve, args=(self._door,), daemon=True).start()

    def cut(self) -> None:
        """Close every connection and take no new one."""
        door, self._door = self._door, None
        for each in (door, *self._open):
            if each is not None:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
        self._open.clear()

    def _serve(self, door: socket.socket) -> None:
        while True:
            try:
                near, _ = door.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            self._open |= {near, far}
            for here, there in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(here, there), daemon=True).start()

    def _pass(self, here: socket.socket, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := here.recv(65536):
                there.sendall(block)
        for each in (here, there):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
            self._open.discard(each)


@contextlib.contextmanager
def line_to(target: int, port: int = 0, at: str = "127.0.0.1") -> Iterator[Line]:
    """A line from a port (a free one by default) to a server on this machine; cut at the end."""
    line = Line(target, port, at)
    line.mend()
    try:
        yield line
    finally:
        line.cut()
