"""Accounts and screen links on both engines: nothing is lost, nothing readable is kept of a token."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from data import accounts, schema
from data.errors import AccountError, ChangedMeanwhileError
from data.store import changing, reading

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
COUNTY, TOWN, COMMUNITY = "422825", "422825100", "422825100001"


def added(engine: Engine, subject: str = "s-1", role: str = "leader", *areas: str) -> accounts.Account:
    with changing(engine) as conn:
        return accounts.add_account(conn, subject, role, areas or [TOWN, COMMUNITY, TOWN], by="cli", now=NOW)


def test_an_account_comes_back_as_it_was_made(engine: Engine) -> None:
    made = added(engine)
    assert (made.subject, made.role, made.detail, made.is_active, made.version_no) == ("s-1", "leader", None, True, 1)
    assert made.areas == (TOWN, COMMUNITY)
    assert made.changed_at == NOW
    with reading(engine) as conn:
        assert accounts.account_of(conn, "s-1") == made == accounts.account(conn, made.account_id)
        assert accounts.account_of(conn, "S-1") is None


def test_a_change_made_from_an_old_version_changes_nothing(engine: Engine) -> None:
    made = added(engine)
    with changing(engine) as conn:
        new = accounts.change_account(conn, made.account_id, 1, by="a", now=NOW, role="screen", areas=[COUNTY])
    assert (new.role, new.areas, new.version_no) == ("screen", (COUNTY,), 2)
    with pytest.raises(ChangedMeanwhileError), changing(engine) as conn:
        accounts.change_account(conn, made.account_id, 1, by="b", now=NOW, is_active=False, areas=[TOWN])
    with reading(engine) as conn:
        assert accounts.account(conn, made.account_id) == new


@pytest.mark.parametrize(
    ("subject", "role", "areas"),
    [("", "leader", [TOWN]), ("x", "emperor", [TOWN]), ("x", "leader", []), ("x", "leader", [" "])],
)
def test_an_account_that_cannot_be_is_not_made(
    sqlite_engine: Engine, subject: str, role: str, areas: list[str]
) -> None:
    with pytest.raises(AccountError), changing(sqlite_engine) as conn:
        accounts.add_account(conn, subject, role, areas, by="cli", now=NOW)
    with reading(sqlite_engine) as conn:
        assert accounts.accounts(conn) == []


def test_a_subject_has_one_account(engine: Engine) -> None:
    added(engine)
    with pytest.raises(AccountError, match="s-1"):
        added(engine)
    added(engine, "s-0")
    with reading(engine) as conn:
        assert [a.subject for a in accounts.accounts(conn)] == ["s-0", "s-1"]


def test_signing_out_is_kept(engine: Engine) -> None:
    made = added(engine)
    with changing(engine) as conn:
        accounts.sign_out(conn, made.account_id, NOW)
        found = accounts.account(conn, made.account_id)
    assert found is not None and found.signed_out_at == NOW


def test_a_link_holds_until_it_ends_or_is_revoked(engine: Engine) -> None:
    end = NOW + timedelta(days=30)
    with changing(engine) as conn:
        made, token = accounts.add_link(conn, COUNTY, "大厅", end, by="a", now=NOW)
        other, _ = accounts.add_link(conn, COUNTY, "会议室", end, by="a", now=NOW)
    assert made.holds(NOW) and made.holds(end - timedelta(seconds=1)) and not made.holds(end)
    with changing(engine) as conn:
        assert accounts.link_of(conn, accounts.token_hash(token)) == made
        accounts.revoke_link(conn, made.link_id, by="b", now=NOW)
        accounts.revoke_link(conn, made.link_id, by="c", now=end)
        found = accounts.link(conn, made.link_id)
        assert found is not None and found.revoked_at == NOW and not found.holds(NOW)
        assert {x.link_id for x in accounts.links(conn)} == {made.link_id, other.link_id}
        with pytest.raises(AccountError):
            accounts.revoke_link(conn, "nothing", by="b", now=NOW)


def test_nothing_of_a_token_is_kept(sqlite_engine: Engine) -> None:
    with changing(sqlite_engine) as conn:
        _, token = accounts.add_link(conn, COUNTY, "大厅", NOW + timedelta(days=1), by="a", now=NOW)
        kept = [str(value) for row in conn.execute(select(schema.screen_link)) for value in row]
    # 24 random bytes are 192 bits, as 32 characters.
    assert len(token) == 32
    assert not any(token in value or token[:8] in value for value in kept)


@pytest.mark.parametrize(("label", "days"), [("", 1), ("大厅", 0), ("大厅", -1), ("长" * 81, 1)])
def test_a_link_that_cannot_be_is_not_made(sqlite_engine: Engine, label: str, days: int) -> None:
    with pytest.raises(AccountError), changing(sqlite_engine) as conn:
        accounts.add_link(conn, COUNTY, label, NOW + timedelta(days=days), by="a", now=NOW)
