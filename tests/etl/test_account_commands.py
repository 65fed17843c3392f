"""Accounts and screens from the command line, as an administrator types it."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from data import accounts, audit
from data.audit_store import open_audit
from data.store import open_store, reading
from etl.audit import actor

Etl = Callable[..., subprocess.CompletedProcess[str]]


def test_the_first_administrator_before_any_data(etl: Etl, sqlite_url: str) -> None:
    done = etl("account", "add", "u-1", "--role", "admin", "--area", "422825", database=sqlite_url)
    assert done.stdout == "u-1\ton\tadmin\t-\t422825\n", done.stderr
    done = etl("account", "set", "u-1", "--area", "422825100", "--area", "422825101", "--detail", "public",
               database=sqlite_url)  # fmt: skip
    assert done.stdout == "u-1\ton\tadmin\tpublic\t422825100,422825101\n"
    assert etl("account", "off", "u-1", database=sqlite_url).stdout.split("\t")[1] == "off"
    assert etl("account", "set", "u-1", "--on", "--detail", "role", database=sqlite_url).stdout.split("\t")[1] == "on"
    assert etl("account", "list", database=sqlite_url).stdout == "u-1\ton\tadmin\t-\t422825100,422825101\n"


def test_what_cannot_be_is_one_sentence(etl: Etl, sqlite_url: str) -> None:
    done = etl("account", "off", "nobody", database=sqlite_url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "没有标识为“nobody”的账户；请用 account list 查看。\n"
    done = etl("account", "add", "u-1", "--role", "emperor", "--area", "422825", database=sqlite_url)
    assert done.returncode == 1 and "emperor" in done.stderr and "Traceback" not in done.stderr


def test_an_area_that_is_not_in_the_data_is_refused(etl: Etl, county_store: str, tmp_path: object) -> None:
    # Refused before anything is written, so the shared store stays as it is.
    done = etl("account", "add", "u-1", "--role", "leader", "--area", "999999", database=county_store)
    assert done.returncode == 1 and "999999" in done.stderr
    assert etl("account", "list", database=county_store).stdout == ""


def test_a_screen_is_opened_and_closed(etl: Etl, sqlite_url: str) -> None:
    done = etl("screen", "add", "大厅", "--area", "422825", "--days", "30", database=sqlite_url)
    link_id, _, address = done.stdout.strip().split("\t")
    token = address.removeprefix("/?screen_link=")
    with reading(open_store(sqlite_url)) as conn:
        found = accounts.link_of(conn, accounts.token_hash(token))
    assert found is not None and found.link_id == link_id and found.holds(datetime.now(UTC))
    assert etl("screen", "revoke", link_id, database=sqlite_url).returncode == 0
    [line] = etl("screen", "list", database=sqlite_url).stdout.splitlines()
    assert line.split("\t")[1] == "revoked" and token not in line


def noted(url: str) -> list[tuple[str, str, str]]:
    """Action, object and details of the events, oldest first; all of them by whoever runs the tests."""
    rows = audit.read(open_audit(url))
    assert {row.actor for row in rows} <= {actor()}
    return [(row.action, row.object, row.details) for row in reversed(rows)]


def test_every_change_of_rights_is_noted(etl: Etl, sqlite_url: str) -> None:
    assert actor().startswith("cli:")
    etl("account", "add", "zhang.san", "--role", "leader", "--area", "422825", database=sqlite_url)
    etl("account", "set", "zhang.san", "--role", "admin", "--detail", "public", database=sqlite_url)
    etl("account", "off", "zhang.san", database=sqlite_url)
    with reading(open_store(sqlite_url)) as conn:
        [account] = accounts.accounts(conn)
    assert noted(sqlite_url) == [
        ("role_change", f"add_account:{account.account_id}", '{"areas":["422825"],"detail":null,"role":"leader"}'),
        ("role_change", f"change_account:{account.account_id}",
         '{"detail":[null,"public"],"role":["leader","admin"]}'),
        ("role_change", f"change_account:{account.account_id}", '{"is_active":[true,false]}'),
    ]  # fmt: skip
    assert all("zhang" not in part for event in noted(sqlite_url) for part in event)


def test_every_change_of_a_screen_is_noted(etl: Etl, sqlite_url: str) -> None:
    link_id, until, address = etl("screen", "add", "大厅", "--area", "422825", database=sqlite_url).stdout.split("\t")
    etl("screen", "revoke", link_id, database=sqlite_url)
    (added, details), (revoked, nothing) = [(thing, details) for _, thing, details in noted(sqlite_url)]
    assert (added, revoked, nothing) == (f"add_link:{link_id}", f"revoke_link:{link_id}", "{}")
    assert '"area":"422825"' in details and until in details
    assert address.strip().partition("=")[2] not in added + details


def test_looking_and_failing_change_nothing(etl: Etl, sqlite_url: str) -> None:
    for command in (["account", "list"], ["screen", "list"], ["account", "off", "nobody"], ["screen", "revoke", "x"]):
        etl(*command, database=sqlite_url)
    assert noted(sqlite_url) == []


def test_an_emergency_does_not_wait_for_the_audit_store(etl: Etl, sqlite_url: str) -> None:
    etl("account", "add", "u-1", "--role", "leader", "--area", "422825", database=sqlite_url)
    path = Path(sqlite_url.removeprefix("sqlite:///")).with_suffix(".audit.db")
    path.unlink()
    path.mkdir()
    done = etl("account", "off", "u-1", database=sqlite_url)
    assert done.stdout.split("\t")[1] == "off" and done.returncode == 0
    assert "审计" in done.stderr and "Traceback" not in done.stderr
