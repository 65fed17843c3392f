"""A real nginx with a configuration as our text gives it: started on free ports, as whoever runs the tests."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 20
AROUND = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{ }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def find_nginx() -> str:
    """The program; raises RuntimeError naming the package when there is none."""
    for name in ("nginx", "/usr/sbin/nginx"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("The tests lack nginx. As an administrator run: apt-get install nginx-light")


@contextmanager
def running_nginx(site: str, folder: Path, port: int) -> Iterator[Path]:
    """nginx with one site, until the block ends; gives the folder of its logs. Raises RuntimeError with what it said.

    site : what would lie in conf.d. port : one that it listens on.
    """
    (folder / "site.conf").write_text(site, encoding="utf-8")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder), encoding="utf-8")
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig=TERM", find_nginx(), "-p", str(folder), "-c", str(folder / "nginx.conf")],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            if process.poll() is not None:
                raise RuntimeError(f"nginx did not start: {process.communicate()[0].decode()}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if time.monotonic() > deadline:
                raise RuntimeError("nginx did not answer")
            time.sleep(0.05)
        yield folder
    finally:
        process.terminate()
        process.communicate(timeout=20)
