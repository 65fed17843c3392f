"""Taking a load back (撤销): what it added goes, what it changed is as it was before, and the numbers with it.

Only while nothing later touched, refers to or was placed by its rows: those batches are named, and are undone first.
The undoing is a batch of its own, so that every page sees it; the load it took back keeps its counts and refused rows,
but no longer speaks for any number. It can be undone for as long as its former rows are kept (data/retention.toml).
"""

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from time import perf_counter
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, delete, select, update

from data import schema, writes
from data.queries import last_batch
from data.releases import drop_areas
from data.store import reading
from etl.assign import place_all
from etl.cases import settle_cases
from etl.errors import LoadError
from etl.journal import TABLE_OF, key_of, read_changes
from etl.plan import INSERT, REMOVE, RESTORE, TABLES, Plan, picked, read_plan
from etl.refresh import FactChanges, fact_changes
from etl.release import release_if_due
from etl.rollup import latest_event
from etl.states import StateChanges, building_states_of, state_changes
from etl.turn import Report, silent, turn
from etl.visit_counts import VisitChanges
from etl.write import write_facts, write_states, writing_whole

Changes = dict[str, tuple[pd.DataFrame, pd.DataFrame]]
APART = ("fact", "building_state", "batch_change")
"""Tables that are made anew from the others."""


@dataclass(frozen=True)
class Undone:
    """What was taken back; `batch_id` is that of the undoing, None in a trial."""

    batch: int
    batch_id: int | None
    removed: dict[str, int]
    restored: dict[str, int]
    data_on: date | None


@dataclass
class _Batches:
    """All batches by number, and which of them were loads of files."""

    rows: dict[int, Any]
    loads: set[int]

    def standing(self) -> list[Any]:
        return [row for row in self.rows.values() if row.undone_by is None]


@dataclass
class _Later:
    """Rows that later batches changed of the batch to undo, or that refer to what it added: (batch, table, key)."""

    rows: set[tuple[int, str, tuple[Any, ...]]] = field(default_factory=set)

    def batches(self) -> list[int]:
        """The batches, newest first: the order to undo them in."""
        return sorted({batch for batch, _, _ in self.rows}, reverse=True)


def undo(
    engine: Engine, batch: int, *, edition: str, is_trial: bool = False, wait: float | None = None,
    report: Report = silent,
) -> Undone:  # fmt: skip
    """Take a load back; it waits for one that is running, as that would for it.

    Raises LoadError when there is no such load, it cannot be undone, or later ones built on it.
    """
    with nullcontext() if is_trial else turn(engine, "undo", report, wait):
        return _undo(engine, batch, edition, is_trial=is_trial)


def _undo(engine: Engine, batch: int, edition: str, *, is_trial: bool) -> Undone:
    began = perf_counter()
    with reading(engine) as conn:
        version, batches = last_batch(conn), _read_batches(conn)
        _check(batches, batch)
        changes = read_changes(conn, batch)
        _check_kept(conn, batches, batch, changes)
        plan = read_plan(conn)
        later = _later(conn, plan, batch, changes, batches)
    if later.rows:
        raise _built_on(batch, later)
    _take_back(plan, changes)
    settle_cases(plan)
    place_all(plan, edition)
    if (later := _unsettled(plan, batch, changes, batches)).rows:
        raise _built_on(batch, later)
    known_on = batches.rows[version].data_on
    day = _data_date(batches, batch, plan)
    done = Undone(batch, None if is_trial else version + 1, _count(plan, REMOVE), _count(plan, RESTORE), day)
    if is_trial:
        return done
    facts, states = _numbers(engine, plan, day, known_on)
    with writing_whole(engine, version) as conn:
        _write(
            conn, plan, done, facts, states, perf_counter() - began, has_changes=plan.is_changed() or day != known_on
        )
    return done


# --- may it be undone? ------------------------------------------------------------------------------------------------


def _read_batches(conn: Connection) -> _Batches:
    t = schema.batch
    rows = {row.batch_id: row for row in conn.execute(select(t).order_by(t.c.batch_id))}
    return _Batches(rows, set(conn.execute(select(schema.batch_file.c.batch_id).distinct()).scalars()))


def _check(batches: _Batches, batch: int) -> None:
    row = batches.rows.get(batch)
    if row is None:
        last = max(batches.rows, default=0)
        raise LoadError(
            "NO_BATCH",
            f"没有第 {batch} 批;最近一批是第 {last} 批。" if last else "数据库里还没有装载过数据。",
            f"There is no batch {batch}; the last one is {last}." if last else "Nothing was loaded yet.",
        )
    if row.undone_by is not None:
        raise LoadError(
            "UNDONE",
            f"第 {batch} 批已由第 {row.undone_by} 批撤销。",
            f"Batch {batch} was taken back already, by batch {row.undone_by}.",
        )
    if batch not in batches.loads:
        raise LoadError(
            "NO_LOAD",
            f"第 {batch} 批不是台账装载(是重算、清理、填写或撤销),不能撤销;撤销过的文件重新装载即可。",
            f"Batch {batch} is no load of files (a roll-up, purge, entry or undo) and cannot be taken back.",
        )


def _check_kept(conn: Connection, batches: _Batches, batch: int, changes: Changes) -> None:
    """A load whose changes are no longer kept, or were made by a program that kept none, cannot be undone."""
    t = schema.batch_file
    counts = conn.execute(select(t.c.loaded_count, t.c.updated_count).where(t.c.batch_id == batch)).all()
    if not changes and sum(row.loaded_count + row.updated_count for row in counts):
        day = f"{batches.rows[batch].loaded_at:%Y-%m-%d}"
        raise LoadError(
            "TOO_OLD",
            f"第 {batch} 批({day})的原样已不再保存(保存 30 天),不能撤销;请装载更正后的文件。",
            f"What batch {batch} ({day}) replaced is no longer kept (30 days); load a corrected file instead.",
        )


def _later(conn: Connection, plan: Plan, batch: int, changes: Changes, batches: _Batches) -> _Later:
    """Later batches that changed rows of this one, or added rows that refer to what it added."""
    later = _Later()
    touched = {name: {key for rows in both for key in _keys(rows, TABLE_OF[name])} for name, both in changes.items()}
    for name, keys in touched.items():
        rows = plan.stored(TABLE_OF[name])
        for key, owner in zip(_keys(rows, TABLE_OF[name]), rows["batch_id"], strict=True):
            if key in keys and owner != batch:
                later.rows.add((owner, name, key))
    for row in batches.standing():
        if row.batch_id > batch:
            for name, (_, former) in read_changes(conn, row.batch_id).items():
                for key in _keys(former, TABLE_OF[name]):
                    if key in touched.get(name, ()):
                        later.rows.add((row.batch_id, name, key))
    _note_references(conn, plan, batch, changes, later)
    return later


def _note_references(conn: Connection, plan: Plan, batch: int, changes: Changes, later: _Later) -> None:
    for name, (added, _) in changes.items():
        keys = key_of(TABLE_OF[name])
        if len(keys) != 1 or added.empty:
            continue
        gone = set(added[keys[0]])
        for other, column, kind in _references(name):
            rows = plan.stored(other) if other.name in TABLE_OF else writes.read_rows(conn, other)
            rows = rows[rows[column].isin(gone).to_numpy(bool)]
            rows = rows[rows["target_kind"] == kind] if kind else rows
            for key, owner in zip(_keys(rows, other), rows["batch_id"], strict=True):
                # What this batch changed did not refer to these rows before, for they were not there.
                if owner != batch:
                    later.rows.add((int(owner or 0), other.name, key))


def _references(name: str) -> Iterable[tuple[Any, str, str]]:
    """Every column that names rows of a table: foreign keys, and targets of covers and posts."""
    for other in schema.metadata.sorted_tables:
        if other.name in APART or "batch_id" not in other.c:
            continue
        for column in other.c:
            if any(key.column.table.name == name for key in column.foreign_keys):
                yield other, column.key, ""
        if "target_kind" in other.c and name in ("area", "building"):
            yield other, "target_id", "grid" if name == "area" else "building"


def _built_on(batch: int, later: _Later) -> LoadError:
    numbers = later.batches()
    zh, en = "、".join(f"第 {n} 批" for n in numbers), ", ".join(f"batch {n}" for n in numbers)
    many = len({row[1:] for row in later.rows})
    tables = "、".join(sorted({table for _, table, _ in later.rows}))
    return LoadError(
        "BUILT_ON",
        f"第 {batch} 批的行后来又被{zh}改动或引用({many:,} 行:{tables}),未撤销;请先按此顺序撤销它们。",
        f"Rows of batch {batch} were changed or referred to by {en} ({many:,} rows: {tables}), nothing was undone; "
        "undo those first, in this order.",
    )


def _unsettled(plan: Plan, batch: int, changes: Changes, batches: _Batches) -> _Later:
    """Rows of later batches that would lie elsewhere without this one: they were placed by what it brought."""
    later = _Later()
    after = [row.batch_id for row in batches.standing() if row.batch_id > batch and row.batch_id in batches.loads]
    for table in TABLES:
        moved = plan.before(table)
        for key, owner in zip(_keys(moved, table), moved["batch_id"], strict=True):
            later.rows.add((int(owner), table.name, key))
        # What is new, or not as it was although it was put back, is so by the boundaries of some later load.
        odd = [*_keys(plan.changes(table, INSERT), table), *_altered(plan, table, changes)]
        later.rows |= {(owner, table.name, key) for owner in after for key in odd}
    return later


def _altered(plan: Plan, table: Any, changes: Changes) -> list[tuple[Any, ...]]:
    """Rows that were put back and then placed elsewhere, and rows that were to go and are needed again."""
    gone = plan.changes(table, REMOVE)
    back = _keys(picked(gone, (void is not True for void in gone["is_void"])), table)
    if table.name not in changes:
        return back
    former = changes[table.name][1]
    was = dict(zip(_keys(former, table), former.itertuples(index=False, name=None), strict=True))
    now = plan.changes(table, RESTORE)[list(former.columns)]
    return back + [
        key
        for key, values in zip(_keys(now, table), now.itertuples(index=False, name=None), strict=True)
        if values != was[key]
    ]


# --- taking back ------------------------------------------------------------------------------------------------------


def _take_back(plan: Plan, changes: Changes) -> None:
    """Rows as they were before, in the plan; what has been purged since stays away."""
    for table in TABLES:
        added, former = changes.get(table.name, (None, None))
        if added is None or former is None:
            continue
        there = set(_keys(plan.stored(table), table))
        plan.restore(table, picked(former, (key in there for key in _keys(former, table))))
        plan.remove(table, picked(added, (key in there for key in _keys(added, table))))


def _keys(rows: pd.DataFrame, table: Any) -> list[tuple[Any, ...]]:
    return list(zip(*(rows[name] for name in key_of(table)), strict=True))


def _count(plan: Plan, change: str) -> dict[str, int]:
    return {table.name: len(rows) for table in TABLES if len(rows := plan.changes(table, change))}


def _data_date(batches: _Batches, batch: int, plan: Plan) -> date | None:
    """The data date without the batch: that of the one before it, else by the same rule as after a load."""
    standing = [row for row in batches.standing() if row.batch_id != batch]
    before = [row.data_on for row in standing if row.batch_id < batch]
    former = before[-1] if before else None
    after = [row.data_on for row in standing if row.batch_id > batch]
    if not after:
        return former
    stated = [row.stated_on for row in standing if row.stated_on is not None]
    days = [latest_event(plan, date.max), *stated[-1:]]
    return max((day for day in days if day is not None), default=former or after[-1])


def _numbers(engine: Engine, plan: Plan, day: date | None, known_on: date | None) -> tuple[FactChanges, StateChanges]:
    if day is None:
        nothing = FactChanges(is_full=True, visits=VisitChanges(is_full=True))
        return nothing, StateChanges(pd.DataFrame(columns=[c.key for c in schema.building_state.c]))
    with reading(engine) as conn:
        facts = fact_changes(conn, plan, day, known_on)
    if facts.part is None:
        return facts, StateChanges(building_states_of(plan, day))
    return facts, state_changes(plan, day, known_on, facts.part)


def _write(
    conn: Connection, plan: Plan, done: Undone, facts: FactChanges, states: StateChanges, seconds: float,
    *, has_changes: bool,
) -> None:  # fmt: skip
    assert done.batch_id is not None
    row = {"batch_id": done.batch_id, "loaded_at": datetime.now(UTC), "seconds": round(seconds, 3)}
    row |= {"data_on": done.data_on, "is_sample": False, "has_changes": has_changes}
    writes.insert_rows(conn, schema.batch, pd.DataFrame([row], dtype=object))
    for table in TABLES:
        writes.update_rows(conn, table, plan.changes(table, RESTORE))
    write_facts(conn, facts, done.batch_id)
    write_states(conn, states)
    for table in reversed(TABLES):
        gone = plan.changes(table, REMOVE)[key_of(table)]
        for column in table.c:
            if any(key.column.table is table for key in column.foreign_keys):
                # Rows that name each other could not go one by one.
                writes.update_rows(conn, table, gone.assign(**{column.key: None}))
        writes.delete_rows(conn, table, gone)
    t, kept = schema.batch, schema.batch_change
    conn.execute(update(t).where(t.c.batch_id == done.batch).values(undone_by=done.batch_id))
    rows = schema.refused_row
    conn.execute(update(rows).where(rows.c.mended_by == done.batch).values(mended_by=None))
    conn.execute(delete(kept).where(kept.c.batch_id == done.batch))
    drop_areas(conn)
    release_if_due(conn)


# --- telling ----------------------------------------------------------------------------------------------------------


def undone_json(done: Undone) -> dict[str, Any]:
    """What a program reads of it."""
    return {
        "undone": done.batch, "batch_id": done.batch_id, "is_trial": done.batch_id is None,
        "data_date": done.data_on and done.data_on.isoformat(), "removed": done.removed, "restored": done.restored,
    }  # fmt: skip


def undone_lines(done: Undone, lang: str) -> list[str]:
    """What a person reads of it."""
    lines = [f"{name}: −{count:,}" for name, count in done.removed.items()]
    lines += [f"{name}: ↺ {count:,}" for name, count in done.restored.items()]
    removed, restored = (f"{sum(counts.values()):,}" for counts in (done.removed, done.restored))
    n, by, day = done.batch, done.batch_id, done.data_on or "—"
    if by is None:
        end_zh = f"将撤销第 {n} 批:删去 {removed} 行,恢复 {restored} 行;去掉 --dry-run 即撤销。"
        end_en = f"Batch {n} would be taken back: {removed} rows go, {restored} are restored; leave out --dry-run."
    else:
        end_zh = f"第 {n} 批已撤销(第 {by} 批):删去 {removed} 行,恢复 {restored} 行;数据日期 {day}。"
        end_en = f"Batch {n} was taken back by batch {by}: {removed} rows went, {restored} restored; data date {day}."
    return [*lines, end_zh if lang == "zh" else end_en]
