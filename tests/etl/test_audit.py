"""python -m etl audit: loads are noted, the chain is checked, and what is too old goes."""

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from data import audit
from data.audit_store import open_audit
from data.settings import read_settings
from etl.audit import actor

Etl = Callable[..., CompletedProcess[str]]
HEAD = "版本,代码,名称,上级代码,级别"
ROWS = ["NBS2020,422825,宣恩县,,县", "NBS2020,422825100,珠山镇,422825,乡镇"]


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "区划名录.csv"
    path.write_text("\n".join([HEAD, *ROWS]), encoding="utf-8")
    return path


def test_a_load_is_noted_with_its_counts_and_no_names(etl: Etl, sqlite_url: str, ledger: Path) -> None:
    assert etl("load", ledger, "--json", database=sqlite_url).returncode == 0
    (event,) = audit.read(open_audit(sqlite_url))
    assert (event.action, event.actor, event.object) == ("load", actor(), "batch:1")
    assert json.loads(event.details) == {
        "files": 1,
        "loaded": 2,
        "refused": 0,
        "unchanged": 0,
        "updated": 0,
    }
    assert "区划" not in event.details
    again = etl("load", ledger, "--json", database=sqlite_url)
    assert again.returncode == 0
    number = json.loads(again.stdout)["batch_id"]
    last, first = (event.object for event in audit.read(open_audit(sqlite_url)))
    assert (last, first) == (f"batch:{number}" if number else "batch:none", "batch:1")


def test_a_load_that_failed_is_no_load(etl: Etl, sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2", encoding="utf-8")
    assert etl("load", tmp_path / "x.csv", database=sqlite_url).returncode == 1
    assert audit.read(open_audit(sqlite_url)) == []


def test_a_load_goes_through_when_it_cannot_be_noted(etl: Etl, sqlite_url: str, ledger: Path) -> None:
    Path(sqlite_url.removeprefix("sqlite:///")).with_suffix(".audit.db").mkdir()
    done = etl("load", ledger, "--json", database=sqlite_url)
    assert done.returncode == 0 and json.loads(done.stdout)
    assert "审计" in done.stderr and "Traceback" not in done.stderr
    # Nobody calls a log whole that could not be written, neither while it cannot nor when it can again.
    assert (failed := etl("audit", "verify", database=sqlite_url)).returncode == 1 and "完整" not in failed.stdout
    Path(sqlite_url.removeprefix("sqlite:///")).with_suffix(".audit.db").rmdir()
    gap = etl("audit", "verify", database=sqlite_url)
    assert gap.returncode == 1 and "有缺口:1 件事" in gap.stdout and "完整" not in gap.stdout


def test_loads_without_any_event_are_no_whole_log(etl: Etl, sqlite_url: str, ledger: Path) -> None:
    assert etl("load", ledger, database=sqlite_url).returncode == 0
    for part in Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("store.audit.*"):
        part.unlink()
    done = etl("audit", "verify", "--json", database=sqlite_url)
    assert (done.returncode, json.loads(done.stdout)["reason"]) == (1, "none")


def test_a_log_that_was_removed_is_not_whole(etl: Etl, sqlite_url: str) -> None:
    for n in range(3):
        audit.append(open_audit(sqlite_url), "load", actor="cli", object=f"batch:{n}")
    number, digest = audit.head(open_audit(sqlite_url))
    for part in Path(sqlite_url.removeprefix("sqlite:///")).parent.glob("store.audit.db*"):
        part.unlink()
    done = etl("audit", "verify", "--lang", "en", database=sqlite_url)
    assert done.returncode == 1
    assert done.stdout.strip() == "Broken: event 1 and all behind it are gone; 0 before it are whole, of 0."
    # Whoever takes the anchor away as well is found by what was noted elsewhere.
    Path(sqlite_url.removeprefix("sqlite:///")).with_suffix(".audit.head").unlink()
    noted = ("--head", f"{number}:{digest}")
    assert etl("audit", "verify", database=sqlite_url).returncode == 0
    assert etl("audit", "verify", *noted, database=sqlite_url).returncode == 1


def test_the_chain_is_checked(etl: Etl, sqlite_url: str) -> None:
    engine = open_audit(sqlite_url)
    for n in range(4):
        audit.append(engine, "load", actor="cli", object=f"batch:{n}")
    number, digest = audit.head(engine)
    good = etl("audit", "verify", "--json", database=sqlite_url)
    assert good.returncode == 0
    assert json.loads(good.stdout) == {
        "kept": 4, "first_no": 1, "last_no": 4, "last_hash": digest, "whole": 4, "broken_no": None, "reason": "",
        "anchored_since": 1, "lost": 0, "unable": [], "is_unbroken": True, "is_whole": True,
    }  # fmt: skip
    assert f"完整:4 / 4 条。请另处抄录 {number}:{digest}" in etl("audit", "verify", database=sqlite_url).stdout
    assert etl("audit", "verify", "--head", f"{number}:{digest}", database=sqlite_url).returncode == 0
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///").replace(".db", ".audit.db")) as conn:
        conn.execute("DELETE FROM audit_event WHERE event_no = 3")
    bad = etl("audit", "verify", "--lang", "en", database=sqlite_url)
    assert bad.returncode == 1
    assert "Broken: event 3 is missing; 2 before it are whole, of 3." in bad.stdout
    wrong = etl("audit", "verify", "--noted", "4", database=sqlite_url)
    assert wrong.returncode == 1 and "编号:哈希" in wrong.stderr


def test_events_are_listed_and_that_is_an_event(etl: Etl, sqlite_url: str) -> None:
    engine = open_audit(sqlite_url)
    audit.append(engine, "load", actor="cli", object="batch:1", details={"rows": 3})
    audit.append(engine, "export", actor="u1", role="steward", object="refused_rows:batch:1")
    done = etl("audit", "list", "--action", "load", "--json", database=sqlite_url)
    (row,) = json.loads(done.stdout)
    assert (row["event_no"], row["object"], row["details"]) == (1, "batch:1", {"rows": 3})
    assert audit.read(engine)[0].action == "audit_read"
    text = etl("audit", "list", "--lang", "en", database=sqlite_url).stdout.splitlines()
    assert len(text) == 3 and "Exported" in text[1]


def test_what_is_too_old_goes(etl: Etl, sqlite_url: str) -> None:
    engine = open_audit(sqlite_url)
    for days in (500, 401, 399, 1):
        audit.append(engine, "load", actor="cli", object=f"days:{days}", now=datetime.now(UTC) - timedelta(days=days))
    done = etl("audit", "purge", "--json", database=sqlite_url)
    assert json.loads(done.stdout) == {"removed": 2, "days": 400}
    assert [e.object for e in audit.read(engine, actions=["load"])] == ["days:1", "days:399"]
    assert audit.verify(engine).is_whole


def test_six_months_is_the_least() -> None:
    assert read_settings({"WANGGE_AUDIT_DAYS": "183"}).audit_days == 183
    with pytest.raises(ValueError, match="at least 183"):
        read_settings({"WANGGE_AUDIT_DAYS": "182"})
