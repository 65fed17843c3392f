"""The audit chain on both engines: every change shows, nothing is lost early, no waiting for a load."""

import itertools
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from data import audit, audit_anchor, terms
from data.audit import append, purge, verify
from data.audit_store import audit_event, audit_head, audit_url, metadata, open_audit
from data.errors import AuditError
from data.store import open_store, writing
from tests.support.server import ROOT

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
CODE = """
import sys
from data.audit import append
from data.audit_store import open_audit
engine = open_audit(sys.argv[1])
for n in range(int(sys.argv[3])):
    append(engine, "refused", actor=sys.argv[2], object=f"page:{n}")
"""


@pytest.fixture
def events(store_url: str) -> Iterator[Engine]:
    """An empty audit store; the test runs once on each engine."""
    engine = open_audit(store_url)
    yield engine
    engine.dispose()
    open_audit.cache_clear()


def fill(engine: Engine, many: int, start: datetime = NOW, step: timedelta = timedelta(seconds=1)) -> None:
    for n in range(many):
        append(engine, "load", actor="cli", object=f"batch:{n}", details={"rows": n}, now=start + n * step)


def rows_of(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as conn:
        return [dict(row) for row in conn.execute(select(audit_event).order_by(audit_event.c.event_no)).mappings()]


def test_the_audit_store_lies_beside_the_store() -> None:
    assert audit_url("sqlite:////a/b/wangge.db") == "sqlite:////a/b/wangge.audit.db"
    assert audit_url("postgresql://u@h/wangge") == "postgresql://u@h/wangge"


@pytest.mark.parametrize("table", metadata.tables.values(), ids=list(metadata.tables))
def test_every_column_is_described(table: Any) -> None:
    assert table.comment.startswith("one row per")
    assert [column.name for column in table.columns if not column.comment] == []


def test_an_event_says_who_where_what_and_when(events: Engine) -> None:
    number = append(
        events, "export", actor="u17", role="steward", area_code="422825", object="refused:batch:3",
        details={"rows": 12, "kind": "xlsx"}, now=datetime(2026, 11, 25, 16, 0, tzinfo=UTC),
    )  # fmt: skip
    (event,) = audit.read(events)
    assert (number, event.event_no, event.actor, event.role, event.area_code) == (1, 1, "u17", "steward", "422825")
    assert (event.action, event.object, json.loads(event.details)) == (
        "export", "refused:batch:3", {"rows": 12, "kind": "xlsx"},
    )  # fmt: skip
    assert event.happened_at == "2026-11-25T16:00:00.000000+00:00"
    assert event.previous_hash == audit.GENESIS
    assert audit.head(events) == (1, event.event_hash)


def test_numbers_have_no_gap_and_the_newest_comes_first(events: Engine) -> None:
    fill(events, 5)
    append(events, "undo", actor="cli", now=NOW + timedelta(hours=1))
    assert [event.event_no for event in audit.read(events)] == [6, 5, 4, 3, 2, 1]
    assert [event.event_no for event in audit.read(events, actions=["load"], limit=2)] == [5, 4]
    assert [
        e.event_no for e in audit.read(events, since=NOW + timedelta(seconds=1), until=NOW + timedelta(seconds=3))
    ] == [3, 2]
    counts = audit.count(events)
    assert (counts["load"], counts["undo"], counts["export"]) == (5, 1, 0)
    assert set(counts) == set(terms.AUDIT_ACTIONS)


def test_an_action_that_is_none_and_a_time_without_zone_are_refused(events: Engine) -> None:
    with pytest.raises(ValueError, match="no such audit action"):
        append(events, "peek", actor="cli")
    with pytest.raises(ValueError, match="zone"):
        append(events, "load", actor="cli", now=datetime(2026, 1, 1))  # noqa: DTZ001
    assert audit.read(events) == []


def anchor_of(engine: Engine) -> Path:
    path = audit_anchor.place(engine.url.render_as_string(hide_password=True))
    assert path is not None
    return path


def no_anchor(engine: Engine) -> None:
    """As if somebody had taken away what lies outside the log as well."""
    anchor_of(engine).unlink()


# --- the chain (L2) ---------------------------------------------------------------------------------------------------


def test_a_whole_chain_is_whole(events: Engine) -> None:
    assert verify(events).is_whole
    fill(events, 7)
    found = verify(events)
    assert (found.is_whole, found.whole, found.kept, found.first_no, found.last_no) == (True, 7, 7, 1, 7)
    assert (found.last_no, found.last_hash) == audit.head(events)


def test_the_first_event_that_is_wrong_is_named(events: Engine) -> None:
    fill(events, 9)
    with events.begin() as conn:
        conn.execute(update(audit_event).where(audit_event.c.event_no == 4).values(actor="somebody"))
    found = verify(events)
    assert (found.broken_no, found.reason, found.whole, found.kept) == (4, "altered", 3, 9)
    with events.begin() as conn:
        conn.execute(delete(audit_event).where(audit_event.c.event_no == 2))
    assert (verify(events).broken_no, verify(events).reason) == (2, "missing")


def test_a_tail_that_was_cut_off_shows(events: Engine) -> None:
    fill(events, 9)
    noted = audit.head(events)
    with events.begin() as conn:
        conn.execute(delete(audit_event).where(audit_event.c.event_no > 6))
    assert (verify(events).broken_no, verify(events).reason) == (7, "cut")
    # Whoever sets the head back as well is found by what was noted elsewhere.
    with events.begin() as conn:
        last = rows_of(events)[-1]
        conn.execute(update(audit_head).values(event_no=6, event_hash=last["event_hash"]))
    assert (verify(events).broken_no, verify(events).reason) == (7, "cut")
    no_anchor(events)
    assert verify(events).is_whole
    assert (verify(events, noted).broken_no, verify(events, noted).reason) == (7, "cut")


def test_a_chain_made_anew_is_found_by_what_was_noted(events: Engine) -> None:
    fill(events, 5)
    noted = audit.head(events)
    with events.begin() as conn:
        conn.execute(delete(audit_event))
        conn.execute(delete(audit_head))
    fill(events, 6, NOW + timedelta(days=1))
    assert (verify(events).broken_no, verify(events).reason) == (5, "anchored")
    no_anchor(events)
    assert verify(events).is_whole
    assert (verify(events, noted).broken_no, verify(events, noted).reason) == (5, "noted")


def an_edit(engine: Engine, kept: list[dict[str, Any]], rng: random.Random) -> str:
    """One edit by somebody who may write the tables; its kind."""
    numbers = [row["event_no"] for row in kept]
    kind = rng.choice(["alter", "alter", "alter", "delete", "swap", "add", "cut", "behead", "head"])
    event = audit_event.c
    with engine.begin() as conn:
        if kind == "alter":
            name = rng.choice([c.name for c in audit_event.columns if c.name != "event_no"])
            row = rng.choice(kept)
            value = row[name] + "0" if "hash" not in name else row[name][::-1]
            conn.execute(update(audit_event).where(event.event_no == row["event_no"]).values({name: value}))
        elif kind == "delete":
            conn.execute(delete(audit_event).where(event.event_no == rng.choice(numbers)))
        elif kind == "swap":
            one, other = rng.sample(numbers, 2)
            for before, after in ((one, -1), (other, one), (-1, other)):
                conn.execute(update(audit_event).where(event.event_no == before).values(event_no=after))
        elif kind == "add":
            row = {**rng.choice(kept), "event_no": numbers[-1] + 1, "previous_hash": "1" * 64, "event_hash": "2" * 64}
            conn.execute(insert(audit_event), [row])
        elif kind == "cut":
            conn.execute(delete(audit_event).where(event.event_no > rng.choice(numbers[:-1])))
        elif kind == "behead":
            last = kept[rng.randrange(len(kept) - 1)]
            conn.execute(delete(audit_event).where(event.event_no <= last["event_no"]))
            conn.execute(update(audit_head).values(purged_no=last["event_no"], purged_hash=last["event_hash"]))
        else:
            conn.execute(update(audit_head).values(event_no=rng.choice(numbers[:-1])))
    return kind


def test_three_hundred_edits_are_all_found(sqlite_url: str) -> None:
    events = open_audit(sqlite_url)
    fill(events, 20)
    kept, rng = rows_of(events), random.Random(4)
    with events.connect() as conn:
        ends = dict(conn.execute(select(audit_head)).mappings().one())
    seen: list[str] = []
    for _ in range(300):
        seen.append(an_edit(events, kept, rng))
        assert not verify(events).is_whole, seen[-1]
        with events.begin() as conn:
            conn.execute(delete(audit_event))
            conn.execute(insert(audit_event), kept)
            conn.execute(update(audit_head).values(ends))
        assert verify(events).is_whole
    assert len(set(seen)) == 7
    print(f"L2: {len(seen)} of 300 edits found")


# --- the anchor -------------------------------------------------------------------------------------------------------


def empty(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(delete(audit_event))
        conn.execute(delete(audit_head))


def test_a_log_cut_to_nothing_shows_and_goes_on_showing(events: Engine) -> None:
    fill(events, 5)
    noted = anchor_of(events).read_text()
    empty(events)
    assert (verify(events).broken_no, verify(events).reason) == (1, "cut")
    # Whatever is noted afterwards does not make it good, nor more events than there were.
    fill(events, 3)
    assert (verify(events).broken_no, verify(events).reason) == (4, "cut")
    fill(events, 4, NOW + timedelta(days=1))
    assert (verify(events).broken_no, verify(events).reason) == (5, "anchored")
    assert anchor_of(events).read_text() == noted


def test_a_log_of_sqlite_that_was_removed_or_restored_shows(sqlite_url: str, tmp_path: Path) -> None:
    events, file = open_audit(sqlite_url), Path(audit_url(sqlite_url).removeprefix("sqlite:///"))
    fill(events, 4)
    with sqlite3.connect(file) as old, sqlite3.connect(tmp_path / "old") as copy:
        old.backup(copy)
    fill(events, 4)
    for put_back in (lambda: None, lambda: shutil.copy(tmp_path / "old", file)):
        for part in (file, *file.parent.glob(f"{file.name}-*")):
            part.unlink(missing_ok=True)
        put_back()
        kept = 4 if file.exists() else 0
        # The process that had it open notices, and so does one that opens it now.
        assert (verify(events).broken_no, verify(events).reason, verify(events).kept) == (kept + 1, "cut", kept)
        append(events, "load", actor="cli")
        open_audit.cache_clear()
        assert (verify(open_audit(sqlite_url)).reason, verify(open_audit(sqlite_url)).kept) == ("cut", kept + 1)


def test_an_anchor_that_lags_is_no_alarm(events: Engine) -> None:
    fill(events, 3)
    lagging = anchor_of(events).read_text()
    fill(events, 3)
    # Killed between an event and its anchor.
    anchor_of(events).write_text(lagging)
    assert verify(events).is_whole
    append(events, "load", actor="cli", now=NOW + timedelta(days=100))
    assert anchor_of(events).read_text().split()[0] == "7"
    anchor_of(events).write_text(lagging)
    assert purge(events, 183, actor="cli", now=NOW + timedelta(days=200)) == 6
    assert verify(events).is_whole and anchor_of(events).read_text().split()[0] == "8"


def test_a_missing_anchor_is_said_and_made(events: Engine) -> None:
    fill(events, 3)
    no_anchor(events)
    assert (verify(events).is_whole, verify(events).anchored_since) == (True, 3)
    no_anchor(events)
    assert verify(events).anchored_since is None
    no_anchor(events)
    fill(events, 2)
    found = verify(events)
    assert (found.is_whole, found.anchored_since, found.last_no) == (True, 4, 5)


def test_an_anchor_that_says_nothing_is_no_whole_log(events: Engine) -> None:
    fill(events, 3)
    anchor_of(events).write_text("3 0\n")
    assert (verify(events).is_whole, verify(events).reason) == (False, "anchor")
    fill(events, 1)
    assert anchor_of(events).read_text() == "3 0\n"


def test_killed_at_any_moment_the_log_is_whole(sqlite_url: str) -> None:
    open_audit(sqlite_url)
    for tries in range(2):
        process = subprocess.Popen([sys.executable, "-c", CODE, sqlite_url, "p", "100000"], cwd=ROOT)
        begun = verify(open_audit(sqlite_url)).kept
        while verify(open_audit(sqlite_url)).kept < begun + 3 + tries:
            assert process.poll() is None
        process.kill()
        process.wait()
        assert verify(open_audit(sqlite_url)).is_whole
        append(open_audit(sqlite_url), "load", actor="cli")
        found = audit_anchor.read(audit_url(sqlite_url))
        assert found and (found.event_no, found.event_hash) == audit.head(open_audit(sqlite_url))


# --- what could not be noted ------------------------------------------------------------------------------------------


def test_what_could_not_be_noted_is_counted_and_told(events: Engine) -> None:
    fill(events, 2)
    for _ in range(3):
        audit.lose(events, "sign_in")
    found = verify(events)
    assert (found.is_whole, found.is_unbroken, found.lost) == (False, True, 3)
    fill(events, 1)
    told = audit.read(events, actions=["not_noted"])[0]
    assert (told.event_no, json.loads(told.details)["lost"]) == (3, 3)
    found = verify(events)
    assert (found.is_whole, found.is_unbroken, found.lost, found.kept) == (False, True, 3, 4)
    # Whoever notes the end of the log elsewhere knows of it.
    assert verify(events, audit.head(events)).is_whole


def test_what_could_not_be_noted_is_kept_until_it_can_be_told(events: Engine) -> None:
    audit.lose(events, "sign_in")
    schema = "audit." if events.dialect.name == "postgresql" else ""
    with events.begin() as conn:
        conn.execute(text(f"ALTER TABLE {schema}audit_event RENAME TO away"))
    with pytest.raises(AuditError):
        append(events, "load", actor="cli")
    with pytest.raises(AuditError):
        audit.try_out(events)
    with events.begin() as conn:
        conn.execute(text(f"ALTER TABLE {schema}away RENAME TO audit_event"))
    audit.try_out(events)
    assert (verify(events).kept, verify(events).lost) == (0, 1)
    append(events, "load", actor="cli")
    assert [event.action for event in audit.read(events)] == ["load", "not_noted"]


# --- retention (L3) ---------------------------------------------------------------------------------------------------


def test_nothing_of_the_last_183_days_is_lost(events: Engine) -> None:
    fill(events, 40, NOW, timedelta(hours=1))
    assert purge(events, 183, actor="cli", now=NOW + timedelta(days=183)) == 0
    assert len(audit.read(events)) == 40
    print("L3: 40 of 40 events there after a purge 183 days later")
    with pytest.raises(ValueError, match="183"):
        purge(events, 182, actor="cli", now=NOW + timedelta(days=183))


def test_a_purge_takes_the_beginning_and_leaves_an_anchor(events: Engine) -> None:
    fill(events, 10, NOW, timedelta(days=1))
    noted = audit.head(events)
    # On day 188 the events of days 0 to 4 are older than 183 days.
    assert purge(events, 183, actor="cli", now=NOW + timedelta(days=188)) == 5
    kept = audit.read(events)
    assert [event.event_no for event in kept] == [11, 10, 9, 8, 7, 6]
    assert kept[0].action == "purge"
    found = verify(events, noted)
    assert (found.is_whole, found.first_no, found.kept) == (True, 6, 6)
    assert purge(events, 183, actor="cli", now=NOW + timedelta(days=190)) == 2
    assert verify(events).is_whole
    # Nobody else may cut the beginning off, not even by moving the anchor.
    with events.begin() as conn:
        ninth = conn.execute(select(audit_event).where(audit_event.c.event_no == 9)).mappings().one()
        conn.execute(delete(audit_event).where(audit_event.c.event_no <= 9))
        conn.execute(update(audit_head).values(purged_no=9, purged_hash=ninth["event_hash"]))
    assert (verify(events).broken_no, verify(events).reason) == (10, "purged")


def test_a_purge_of_everything_goes_on_counting(events: Engine) -> None:
    fill(events, 3)
    assert purge(events, 400, actor="cli", now=NOW + timedelta(days=500)) == 3
    assert [event.event_no for event in audit.read(events)] == [4]
    assert append(events, "load", actor="cli", now=NOW + timedelta(days=501)) == 5
    assert verify(events).is_whole


def test_an_event_after_a_younger_one_is_kept(events: Engine) -> None:
    # A clock that was set back: the chain is cut at its beginning only.
    for days in (0, 300, 10, 301):
        append(events, "load", actor="cli", now=NOW + timedelta(days=days))
    assert purge(events, 183, actor="cli", now=NOW + timedelta(days=302)) == 1
    assert verify(events).is_whole


# --- clean (L4) -------------------------------------------------------------------------------------------------------

MOBILE = "138" + "0013" + "8000"
IDENTITY = "110105" + "19491231" + "002" + "X"
CANARIES = [
    "张三", "张三丰 3栋2单元", MOBILE, f"call:{MOBILE}", IDENTITY, f"id={IDENTITY}", "line\r\n2026-01-01 admin load",
    "a\nb", "a\u2028b", "a\x85b", "<script>alert(1)</script>", "${x}", "p@ss word!", "\x00",
]  # fmt: skip


@pytest.mark.parametrize("canary", CANARIES)
def test_no_words_no_people_and_no_second_line_get_in(sqlite_url: str, canary: str) -> None:
    events = open_audit(sqlite_url)
    append(events, "detail_view", actor=canary, role=canary, area_code=canary, object=canary,
           details={"n": 1, canary: canary, "list": [canary, "batch:1"], "nested": {"x": canary}})  # fmt: skip
    (event,) = audit.read(events)
    said = json.dumps([event.__dict__[name] for name in event.__dict__], ensure_ascii=False)
    assert canary not in said and audit.WITHHELD in said
    assert json.loads(event.details)["list"] == ["＊", "batch:1"]
    assert not any(ord(letter) < 32 or letter in "\u2028\x85" for letter in "".join(map(str, event.__dict__.values())))


def test_codes_and_ids_get_in() -> None:
    for value in ("422825100001001", "42282510000300001", "building:42282510000300001", "visits/P001", "a1b2c3d4", 17):
        assert audit.opaque(value) == value


# --- several at once, and beside a load -------------------------------------------------------------------------------


def test_several_processes_make_one_chain(sqlite_url: str) -> None:
    command = [sys.executable, "-c", CODE, sqlite_url]
    running = [
        subprocess.Popen([*command, f"p{n}", "25"], cwd=ROOT, stderr=subprocess.PIPE, text=True) for n in range(4)
    ]
    said = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0] * 4, said
    found = verify(open_audit(sqlite_url))
    assert (found.is_whole, found.kept) == (True, 100)
    per_actor = itertools.groupby(sorted(event.actor for event in audit.read(open_audit(sqlite_url))))
    assert {actor: len(list(many)) for actor, many in per_actor} == {f"p{n}": 25 for n in range(4)}


def test_several_threads_make_one_chain(events: Engine) -> None:
    errors: list[Exception] = []

    def work(name: str) -> None:
        try:
            for _ in range(10):
                append(events, "sign_in", actor=name)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert (verify(events).is_whole, verify(events).kept) == (True, 80)


def test_an_event_does_not_wait_for_a_load(store_url: str, events: Engine) -> None:
    store = open_store(store_url)
    with writing(store) as conn:
        conn.execute(text("UPDATE batch SET seconds = 1"))
        began = time.perf_counter()
        append(events, "sign_in", actor="demo:1")
        seconds = time.perf_counter() - began
    store.dispose()
    assert seconds < 1


def test_events_do_not_fork_even_by_force(events: Engine) -> None:
    fill(events, 2)
    first = rows_of(events)[0]
    with pytest.raises(IntegrityError), events.begin() as conn:
        conn.execute(insert(audit_event), [{**first, "event_no": 3, "event_hash": "3" * 64}])


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path, sqlite_url: str) -> None:
    engine = open_audit(sqlite_url)
    with engine.begin() as conn:
        conn.execute(text("DROP TABLE audit_event"))
    with pytest.raises(AuditError) as caught:
        append(engine, "load", actor="cli")
    assert "审计" in caught.value.zh and "audit" in caught.value.en
