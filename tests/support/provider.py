"""An identity provider of this test run's own, and the settings that make the dashboard use it. All on loopback."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import oidc_provider_mock

from tests.support.server import Server, free_port, running_server


@contextmanager
def running_provider() -> Iterator[str]:
    """Address of a provider that believes whatever name is typed."""
    with oidc_provider_mock.run_server_in_thread() as server:
        yield f"http://localhost:{server.server_port}"


def secrets_file(folder: Path, provider: str, port: int) -> Path:
    """A secrets.toml as deploy/identity.md describes it."""
    path = folder / "secrets.toml"
    path.write_text(
        "[auth]\n"
        f'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
        f'cookie_secret = "{secrets.token_hex(32)}"\n'
        'client_id = "wangge"\n'
        f'client_secret = "{secrets.token_hex(16)}"\n'
        f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n',
        encoding="utf-8",
    )
    return path


@dataclass(frozen=True)
class Place:
    """A dashboard with sign-in and its provider."""

    server: Server
    provider: str
    database: str


@contextmanager
def running_with_sign_in(database: str, folder: Path, **environ: str) -> Iterator[Place]:
    """A fresh server in mode oidc, over a store."""
    port = free_port()
    with running_provider() as provider:
        path = secrets_file(folder, provider, port)
        with running_server(
            database, "--secrets.files", str(path), port=port, WANGGE_IDENTITY="oidc", **environ
        ) as server:
            yield Place(server, provider, database)
