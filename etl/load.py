"""One load (装载) from end to end: files → raw sheets → clean, checked, linked rows → a plan → one transaction.

Everything is decided and computed before the transaction begins; in it the noted changes, the lineage, the refused
rows and the facts are written together, so that what is stored and what is shown never disagree. When somebody else
loaded in the meantime, nothing is written.
"""

import gc
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from data import schema
from data.expected import expected_totals
from data.queries import last_batch
from data.roles import upgrade
from data.store import cells_folder, check_ready, is_in_memory, is_ready, reading
from etl import take_areas, take_people, take_places, take_reports
from etl.assign import place_all
from etl.case_notices import case_notices
from etl.cases import settle_cases
from etl.check import check_ledger
from etl.clean import REFUSED, Ledger, clean_ledger, no_rows
from etl.datum import doubted_datums
from etl.errors import LoadError
from etl.extract import Opened, RawSheet, extract_files
from etl.far_days import far_days, far_error
from etl.files import Found, InputFile, find_files
from etl.likely import likely_twice
from etl.link import link_ledger
from etl.maps import ColumnMap
from etl.mend import is_mended, read_mended
from etl.place_notices import stated_elsewhere
from etl.places import Places
from etl.plan import Plan, read_plan
from etl.refresh import fact_changes
from etl.rollup import latest_event
from etl.shape_notices import shape_notices
from etl.sheets import Laid, Part, find_ledgers, is_of_sample
from etl.snapshot import end_missing
from etl.sources import Source, sources
from etl.states import state_changes
from etl.stay_notices import outside_stays
from etl.take import take_rows
from etl.take_stays import Days, mended_households, settle_stays
from etl.totals import check_totals
from etl.trial import moves_of
from etl.turn import Report, silent, turn
from etl.write import Known, Outcome, write_load

CHINA = ZoneInfo("Asia/Shanghai")

Taker = Callable[[Ledger, Plan, str], Any]
TAKERS: dict[str, Taker] = {
    "area_name": take_areas.take_area_names,
    "area_shape": take_areas.take_area_shapes,
    "grid": take_areas.take_grids,
    "building": take_places.take_buildings,
    "street": take_places.take_drawn,
    "water": take_places.take_drawn,
    "facility": take_places.take_facilities,
    "plot": take_places.take_plots,
    "grid_branch": take_people.take_branches,
    "building_group": take_people.take_groups,
    "group_cover": take_people.take_group_covers,
    "post_grid": take_people.take_posts,
    "post_building": take_people.take_posts,
    "household": take_people.take_households,
    "visit": take_people.take_visits,
    "dispute": take_people.take_cases,
    "suggestion": take_people.take_cases,
    "wish": take_people.take_wishes,
    "case_step": take_people.take_steps,
    "expected_total": take_areas.take_expected,
    "nil_report": take_reports.take_nil_reports,
    "reporting_scope": take_reports.take_scopes,
}
"""What a kind needs beyond its column map; a kind that is not here is taken as its map says."""


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Python does not look for what refers to itself while it makes millions of rows: it would, again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_without_collecting()
def load(
    engine: Engine,
    paths: list[Path],
    *,
    edition: str,
    maps: Sequence[ColumnMap] = (),
    data_on: date | None = None,
    today: date | None = None,
    opened: Opened | None = None,
    is_trial: bool = False,
    may_shrink: bool = False,
    may_be_far: bool = False,
    may_repair: bool = False,
    wait: float | None = None,
    report: Report = silent,
) -> Outcome:
    """Load files and folders into the store, all or nothing; bad rows are refused one by one and do not stop it.

    Loads of one store take turns; a trial writes nothing and waits for nobody. The store is made or upgraded once the
    files could be read.

    edition : of the place codes on screen. maps : for ledgers that are not recognised by themselves. data_on : the
    data date, default the latest event of all rows kept, or a later day that was stated. today : the first day no row
    may lie beyond is the day after it. opened : the files of `paths`, where reading them has begun. is_trial : decide
    everything and write nothing; the store must be there. may_shrink : whether a snapshot may end more of its register
    than etl.snapshot.MOST. may_be_far : whether a few days far beyond all others are believed (etl.far_days).
    may_repair : whether a faulty outline is taken as repaired where that hardly changes its area, each with a notice;
    else it is refused. wait : seconds to wait for another load at most, default WANGGE_LOAD_WAIT.

    Raises LoadError when a file cannot be used or the store changed meanwhile, StillRunningError when another load does
    not end; the store is then as it was.
    """
    today = today or datetime.now(CHINA).date()
    if data_on and data_on > today:
        raise LoadError(
            "BAD_DATE",
            f"数据日期{data_on}晚于今天;请更正。",
            f"The data date {data_on} is later than today; correct it.",
        )
    found = opened.found if opened else find_files(paths)
    asked = _Asked(edition, maps, data_on, today, is_trial, may_shrink, may_be_far, may_repair)
    # Before the store is read: what is worked out from it holds until it is written.
    with nullcontext() if is_trial else turn(engine, "load", report, wait):
        return _load(engine, paths, found, opened, asked, report)


@dataclass(frozen=True)
class _Asked:
    """How a load is to be done, as `load` says."""

    edition: str
    maps: Sequence[ColumnMap]
    data_on: date | None
    today: date
    is_trial: bool
    may_shrink: bool
    may_be_far: bool
    may_repair: bool


def _load(
    engine: Engine, paths: list[Path], found: Found, opened: Opened | None, asked: _Asked, report: Report
) -> Outcome:
    began = time.perf_counter()
    edition, data_on, today, is_trial = asked.edition, asked.data_on, asked.today, asked.is_trial
    note = _read_note(found)
    mended: dict[tuple[Path, str, int], tuple[int, int]] = {}
    with ThreadPoolExecutor(1) as beside:
        # While other processes read the files; what is written later was worked out from this very version.
        was_ready = is_ready(engine)
        waiting = beside.submit(_stored, engine) if was_ready and not is_in_memory(engine) else None
        sheets = _read(found, opened, report)
        parts = find_ledgers(found, sheets, paths, asked.maps, lambda file, raws: _mended(engine, file, raws, mended))
        is_sample = bool(note) or any(is_of_sample(raw, layout) for _, raw, layout in parts)
    if not was_ready and not is_trial:
        # Only now: files that cannot be read leave no empty store behind where there was none.
        upgrade(engine)
    known, plan = waiting.result() if waiting else _stored(engine)
    ledgers = _take_all(parts, plan, asked, report)
    again = _read_again(ledgers, mended)
    stated = data_on or _stated(note, known)
    spoken = data_on or data_date(latest_event(plan, today), stated, known, today)
    ended = end_missing(plan, ledgers, edition, spoken)
    much = [entry for entry in ended if entry.is_much and not asked.may_shrink]
    if much and not is_trial:
        raise much[0].error()
    settle_stays(plan, Days(spoken, known.days, mended_households(ledgers, mended)))
    settle_cases(plan)
    far = far_days(plan, ledgers, _believed(known, stated), today)
    if far and not (is_trial or asked.may_be_far):
        raise far_error(far)
    place_all(plan, edition, None if is_trial else cells_folder(engine))
    day = data_on or data_date(latest_event(plan, today), stated, known, today)
    outcome = Outcome(
        None, day, ledgers, found.skipped, count_unplaced(plan), notes=note, is_sample=is_sample, ended=ended,
        mended=again, far=far, stated_on=stated,
    )  # fmt: skip
    outcome.notices = [notice for ledger in ledgers for notice in check_totals(ledger)]
    outcome.notices += [notice for ledger in ledgers for notice in doubted_datums(ledger, plan, edition)]
    outcome.notices += [notice for ledger in ledgers for notice in likely_twice(ledger, plan)]
    outcome.notices += [notice for ledger in ledgers for notice in outside_stays(ledger, plan)]
    names = Places(plan, edition)
    outcome.notices += [notice for ledger in ledgers for notice in stated_elsewhere(ledger, plan, names)]
    outcome.notices += case_notices(ledgers, plan)
    outcome.notices += [n for ledger in ledgers for n in (*ledger.notices, *shape_notices(ledger, plan, edition))]
    for ledger in ledgers:
        ledger.keep_refused_rows()
    if is_trial:
        with reading(engine) as conn:
            outcome.moves = moves_of(conn, plan, day)
        outcome.seconds = time.perf_counter() - began
        return outcome
    is_new = any(file.sha256 not in known.standing for file, _, _ in parts)
    outcome.has_changes = plan.is_changed() or day != known.data_on
    if is_new or again or outcome.has_changes or stated != known.stated_on:
        report("facts", 0, 1)
        with reading(engine) as conn:
            facts = fact_changes(conn, plan, day, known.data_on)
        # Indicators that this program counts and the one before did not.
        outcome.has_changes |= any((c.numerator | c.denominator).any() for c in facts.whole)
        states = state_changes(plan, day, known.data_on, facts.part)
        report("write", 0, 1)
        outcome.seconds = time.perf_counter() - began
        outcome.batch_id = write_load(engine, plan, outcome, known, facts, states)
    with reading(engine) as conn:
        outcome.expected = expected_totals(conn, edition)
    outcome.seconds = time.perf_counter() - began
    report("done", 1, 1)
    return outcome


# --- reading ----------------------------------------------------------------------------------------------------------


def _stored(engine: Engine) -> tuple[Known, Plan]:
    """The store as it stands, of one moment."""
    with reading(engine) as conn:
        return _known(conn), read_plan(conn)


def _known(conn: Any) -> Known:
    b = schema.batch
    days = {row.batch_id: row.data_on for row in conn.execute(select(b.c.batch_id, b.c.data_on))}
    last = days[max(days)] if days else None
    states = select(b.c.stated_on).where(b.c.stated_on.is_not(None), b.c.undone_by.is_(None))
    stated = conn.execute(states.order_by(b.c.batch_id.desc()).limit(1)).scalar()
    files = conn.execute(select(schema.source_file.c.sha256, schema.source_file.c.file_id)).all()
    t, loads, read = schema.source_file, schema.batch, schema.batch_file
    standing = (
        select(t.c.sha256).join(read, read.c.file_id == t.c.file_id).join(loads, loads.c.batch_id == read.c.batch_id)
    )
    shas = conn.execute(standing.where(loads.c.undone_by.is_(None))).scalars()
    events = (schema.visit.c.visit_id, schema.case_file.c.case_id)
    has_events = any(conn.execute(select(key).limit(1)).first() for key in events)
    known_files = {row.sha256: row.file_id for row in files}
    return Known(last_batch(conn), last, known_files, frozenset(shas), has_events, stated, days)


def _read_note(found: Found) -> dict[str, Any]:
    """The note beside sample files: they are flagged on every screen. Empty when there is none."""
    if found.sample_note is None:
        return {}
    try:
        note = json.loads(found.sample_note.read_text("utf-8"))
        if note["wangge_sample"] is not True:
            raise ValueError
        date.fromisoformat(note["data_date"])
    except (ValueError, KeyError, TypeError, OSError) as error:
        name = found.sample_note.name
        raise LoadError(
            "UNREADABLE", f"“{name}”的内容不对;请重新生成样例。", f"{name} is not as it should be."
        ) from error
    return note


def _read(found: Found, opened: Opened | None, report: Report) -> list[list[RawSheet]]:
    """The sheets of every file."""
    total, done = len(found.files), 0

    def heard(name: str) -> None:
        nonlocal done
        done += 1
        report("read", done, total)

    report("read", 0, total)
    return opened.sheets(heard) if opened else extract_files(found.files, heard)


def _mended(
    engine: Engine, file: InputFile, raws: list[RawSheet], known: dict[tuple[Path, str, int], tuple[int, int]]
) -> Laid:
    """The sheets of a file that hold refused rows come back mended; `known` learns which rows these are."""
    laid: Laid = {}
    for number, raw in enumerate(raws):
        if is_mended(raw):
            check_ready(engine)
            with reading(engine) as conn:
                found = read_mended(conn, raw, file.name)
            laid[number] = found.raw, found.layout
            known |= {(file.path, raw.sheet, row): key for row, key in found.rows.items()}
    return laid


def _read_again(ledgers: list[Ledger], mended: dict[tuple[Path, str, int], tuple[int, int]]) -> list[tuple[int, int]]:
    """The refused rows that were read again: those that are refused once more stand in this load."""
    read = [
        (sheet.file.path, sheet.name, row)
        for ledger in ledgers if mended
        for sheet, row in zip((ledger.sheets[n] for n in ledger.sheet_of), ledger.row_of, strict=True)
    ]  # fmt: skip
    return sorted({mended[place] for place in read if place in mended})


# --- deciding ---------------------------------------------------------------------------------------------------------


def _take_all(parts: list[Part], plan: Plan, asked: _Asked, report: Report) -> list[Ledger]:
    """Every kind in the order that lets the next refer to it."""
    edition = asked.edition
    by_kind: dict[str, list[Part]] = {}
    for part in parts:
        by_kind.setdefault(part[2].source.kind, []).append(part)
    kinds = [source for kind, source in sources().items() if kind in by_kind]
    ledgers = []
    for number, source in enumerate(kinds):
        report("check", number, len(kinds))
        ledger = clean_ledger(source, by_kind[source.kind])
        for _, raw, _ in by_kind[source.kind]:
            raw.rows = []  # cleaned; the ledger has what is still needed
        ledgers.append(ledger)
        check_ledger(ledger, asked.today, may_repair=asked.may_repair)
        link_ledger(ledger, plan, Places(plan, edition))
        _take(source, ledger, plan, edition)
        _count(ledger)
        ledger.keep_refused_cells()
    report("check", len(kinds), len(kinds))
    _check_any_rows(ledgers, asked.may_shrink)
    return ledgers


def _take(source: Source, ledger: Ledger, plan: Plan, edition: str) -> None:
    if source.kind in TAKERS:
        TAKERS[source.kind](ledger, plan, edition)
        return
    table = schema.metadata.tables[source.table]
    id_name = f"{source.table}_id"
    take_rows(ledger, plan, table, id_name=id_name if id_name in table.c else "")


def _count(ledger: Ledger) -> None:
    """Every row is loaded, updated, unchanged or refused, and nothing else."""
    outcomes = ledger.outcome.copy()
    outcomes[list(ledger.reasons)] = REFUSED
    for (number, outcome), many in Counter(zip(ledger.sheet_of, outcomes.tolist(), strict=True)).items():
        ledger.sheets[number].counts[outcome] += many


def _check_any_rows(ledgers: list[Ledger], may_shrink: bool) -> None:
    """An empty file is a mistake, unless it is to empty its register."""
    read: dict[str, int] = {}
    for ledger in ledgers:
        for sheet in ledger.sheets:
            if may_shrink and sheet.layout.snapshot is not None:
                continue
            read[sheet.file.name] = read.get(sheet.file.name, 0) + sheet.read
    for name, count in read.items():
        if not count:
            raise no_rows(name)


def data_date(latest: date | None, stated: date | None, known: Known, today: date) -> date:
    """The latest event of the live rows, or a later day that was stated: it follows them, backwards too.

    While nothing has happened yet it is the day of the first load, which gives way to the first event.
    """
    return max((day for day in (latest, stated) if day is not None), default=known.data_on or today)


def _stated(note: dict[str, Any], known: Known) -> date | None:
    """The day that was stated last: by the note of a sample, never before one stated earlier, or with a load."""
    days = [date.fromisoformat(note["data_date"]) if note else None, known.stated_on]
    return max((day for day in days if day is not None), default=None)


def _believed(known: Known, stated: date | None) -> date | None:
    """The day up to which nothing is far: shown already, or stated; None while nothing has happened."""
    days = [known.data_on if known.has_events else None, stated]
    return max((day for day in days if day is not None), default=None)


def count_unplaced(plan: Plan) -> dict[str, int]:
    """How many live buildings, cases and facilities lie in no grid."""
    areas = plan.rows(schema.area)
    unplaced = set(areas["area_id"][areas["area_kind"] == "unplaced"])
    placed = plan.in_force(schema.building_grid)
    return {
        "building": int(placed["grid_id"].isin(unplaced).sum()),
        "case_file": int(plan.rows(schema.case_file)["grid_id"].isin(unplaced).sum()),
        "facility": int(plan.rows(schema.facility)["grid_id"].isin(unplaced).sum()),
    }
