"""A throw-away PostgreSQL with PostGIS for a test run: started on a free port, stopped and deleted afterwards.

It runs as its own user, never as root, listens on loopback alone with a random password, and ends with its parent
process even when that one is killed.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import psycopg

START_SECONDS = 60
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_wal_size=1GB", "shared_buffers=64MB",
        "max_connections=40", "autovacuum=off", "log_min_messages=error")  # fmt: skip


def find_programs(root: Path = Path("/usr")) -> Path:
    """The folder of a PostgreSQL server that has PostGIS beside it; the newest one.

    Raises RuntimeError naming the packages when there is none: the tests are never skipped.
    """
    for control in sorted(root.glob("share/postgresql/*/extension/postgis.control"), reverse=True):
        programs = root / "lib" / "postgresql" / control.parts[-3] / "bin"
        if (programs / "initdb").exists():
            return programs
    raise RuntimeError(
        "The tests lack PostgreSQL with PostGIS. As an administrator run: "
        "apt-get install postgresql-15 postgresql-15-postgis-3"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """One running server. `with Cluster() as cluster:` gives `cluster.url(database)`."""

    def __init__(self) -> None:
        self._programs = find_programs()
        self._password = secrets.token_hex(16)
        self._folder = Path(tempfile.mkdtemp(prefix="wangge-postgis-"))
        # PostgreSQL refuses to run as root; Debian's package brings a user for it.
        self._as_user: list[str] = []
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
            self._as_user = ["--reuid=postgres", "--regid=postgres", "--init-groups"]
        self.port = _free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Cluster":
        try:
            self._make()
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def url(self, database: str) -> str:
        """The address of a database, as WANGGE_DATABASE takes it."""
        return f"postgresql+psycopg://tester:{self._password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside any transaction, as CREATE DATABASE needs it."""
        address = self.url(database).replace("+psycopg", "")
        with psycopg.connect(address, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        """Stop the server and delete everything it kept; safe to call twice."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self) -> None:
        secret = self._folder / "password"
        secret.write_text(self._password)
        secret.chmod(0o644)
        made = subprocess.run(
            ["setpriv", *self._as_user, str(self._programs / "initdb"), "--username=tester", f"--pwfile={secret}",
             "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions",
             "-D", str(self._folder / "data")],
            capture_output=True, text=True, check=False, cwd=self._folder,
        )  # fmt: skip
        secret.unlink()
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr.strip()}")

    def _start(self) -> None:
        options = [part for setting in FAST for part in ("-c", setting)]
        log = self._folder / "log"
        # The log is a file, not a pipe: nobody reads along, and a full pipe would stop the server.
        # pdeathsig: a test run that is killed takes its server with it. A session of its own: Ctrl-C reaches only
        # the tests, which then stop the server in order.
        with log.open("wb") as written:
            self.process = subprocess.Popen(
                ["setpriv", *self._as_user, "--pdeathsig=INT", str(self._programs / "postgres"),
                 "-D", str(self._folder / "data"), "-k", str(self._folder), "-h", "127.0.0.1", "-p", str(self.port),
                 *options],
                stdout=subprocess.DEVNULL, stderr=written, cwd=self._folder, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while True:
            if self.process.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace').strip()}")
            try:
                self.execute("SELECT 1")
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A running server with an empty database `template_postgis` that has the extension; copy it with TEMPLATE."""
    with Cluster() as cluster:
        cluster.execute("CREATE DATABASE template_postgis")
        cluster.execute("CREATE EXTENSION postgis", "template_postgis")
        yield cluster
