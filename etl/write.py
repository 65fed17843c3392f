"""The one transaction of a load (写入): changes of the plan, lineage, refused rows and facts together."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from data import schema, writes
from data.expected import Expected
from data.faults import first_line, told
from data.queries import last_batch
from data.store import writing
from etl.clean import Ledger, Sheet
from etl.errors import LoadError, changed_meanwhile
from etl.far_days import FarDay
from etl.journal import changes_of
from etl.plan import INSERT, TABLES, UPDATE, Plan
from etl.refresh import KEY, FactChanges, rows_of
from etl.release import release_if_due
from etl.snapshot import Ended
from etl.states import StateChanges
from etl.totals import Notice
from etl.trial import Move
from etl.visit_counts import write_visits


@dataclass
class Outcome:
    """What a load did. `batch_id` is None when there was nothing to write; `moves` is there after a trial run alone."""

    batch_id: int | None
    data_on: date
    ledgers: list[Ledger]
    skipped: list[tuple[str, str, str]]
    unplaced: dict[str, int]
    seconds: float = 0.0
    notes: dict[str, Any] = field(default_factory=dict)
    expected: list[Expected] = field(default_factory=list)
    moves: list[Move] | None = None
    ended: list[Ended] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    is_sample: bool = False
    mended: list[tuple[int, int]] = field(default_factory=list)
    """Rows that were refused before and were read again, mended: (batch, number of the refused row)."""
    far: list[FarDay] = field(default_factory=list)
    """Days far beyond all others, which move the data date."""
    stated_on: date | None = None
    """The day that was stated as the data date, by this load or the last that did."""
    has_changes: bool = False
    """Whether a row, the data date or a number changes; else only what was read and refused is noted."""


@dataclass(frozen=True)
class Known:
    """What the store knew when the load began."""

    version: int
    data_on: date | None
    file_ids: dict[str, int]
    standing: frozenset[str] = frozenset()
    """Checksums of the files that a load which was not taken back has read."""
    has_events: bool = True
    """Whether anything with a date had happened; while nothing has, the data date is a stand-in."""
    stated_on: date | None = None
    """The day that was stated last as the data date."""
    days: dict[int, date | None] = field(default_factory=dict)
    """The data date of every batch."""


def write_load(
    engine: Engine, plan: Plan, outcome: Outcome, known: Known, facts: FactChanges, states: StateChanges
) -> int:
    """Write everything a load changes; returns the number of its batch."""
    batch = known.version + 1
    journal = changes_of(plan, batch)
    with writing_whole(engine, known.version) as conn:
        writes.insert_rows(conn, schema.batch, _batch_row(batch, outcome))
        file_ids = _write_files(conn, outcome, known)
        for table in TABLES:
            writes.insert_rows(conn, table, plan.changes(table, INSERT).assign(batch_id=batch))
            writes.update_rows(conn, table, plan.changes(table, UPDATE).assign(batch_id=batch))
        writes.insert_rows(conn, schema.batch_change, journal)
        _write_lineage(conn, batch, outcome, file_ids)
        _write_notices(conn, batch, outcome)
        write_facts(conn, facts, batch)
        write_states(conn, states)
        release_if_due(conn)
    return batch


@contextmanager
def writing_whole(engine: Engine, version: int) -> Iterator[Connection]:
    """The transaction of a load worked out when `version` was the last batch. Raises LoadError when it no longer is."""
    try:
        with writing(engine) as conn:
            if last_batch(conn) != version:
                raise changed_meanwhile()
            yield conn
    except SQLAlchemyError as error:
        # In our words: the driver's name the place, the user and the statement, and this stands on a page.
        fault = told(error)
        zh, en = (f"（{fault.zh.rstrip('。')}）", f" ({fault.en.rstrip('.')})") if fault else ("", "")
        raise LoadError(
            "WRITE_FAILED",
            f"写入数据库失败{zh}，数据保持原样；请检查磁盘空间和权限后重试。",
            f"Writing to the database failed{en}; the data are as they were. Check disk and rights, then retry.",
            inner=fault.inner if fault else first_line(error),
        ) from error


def write_facts(conn: Connection, changes: FactChanges, batch: int) -> None:
    """Facts, those of the batch that changed them last, and the counts of visits."""
    t = schema.fact
    of_ledger = t.c.basis == "ledger"
    if changes.is_full:
        conn.execute(delete(t).where(of_ledger))
    elif changes.dropped:
        # By indicator first: so the index finds them.
        known = list(conn.execute(select(t.c.indicator).distinct()).scalars())
        conn.execute(delete(t).where(t.c.indicator.in_(known), t.c.period.in_(changes.dropped), of_ledger))
    for rows in changes.gone:
        writes.delete_rows(conn, t, rows[KEY])
    for rows in changes.updated:
        writes.update_rows(conn, t, rows.assign(batch_id=batch))
    many = sum(int(np.count_nonzero(counts.numerator | counts.denominator)) for counts in changes.whole)
    with writes.indexed_afterwards(conn, t, many):
        for rows, same in rows_of(changes):
            writes.insert_plain_rows(conn, t, rows, {**same, "batch_id": batch})
    write_visits(conn, changes.visits)


def write_states(conn: Connection, changes: StateChanges) -> None:
    """Building states in place of those of the same buildings, or of all."""
    if changes.buildings is None:
        writes.replace_rows(conn, schema.building_state, changes.states)
        return
    gone = pd.DataFrame({"building_id": sorted(changes.buildings)}, dtype=object)
    writes.delete_rows(conn, schema.building_state, gone)
    writes.insert_rows(conn, schema.building_state, changes.states)


def _batch_row(batch: int, outcome: Outcome) -> pd.DataFrame:
    note = outcome.notes
    notes = {"zh": note.get("notes_zh", []), "en": note.get("notes_en", []), "outline": note.get("outline")}
    row = {
        "batch_id": batch, "loaded_at": datetime.now(UTC), "seconds": round(outcome.seconds, 3),
        "data_on": outcome.data_on, "is_sample": outcome.is_sample, "notes": notes if note else None,
        "stated_on": outcome.stated_on, "has_changes": outcome.has_changes,
    }  # fmt: skip
    return pd.DataFrame([row], dtype=object)


def _sheets(outcome: Outcome) -> list[tuple[Ledger, int, Sheet]]:
    found = [(ledger, n, sheet) for ledger in outcome.ledgers for n, sheet in enumerate(ledger.sheets)]
    return sorted(found, key=lambda item: (item[2].file.name, item[2].name))


def _write_files(conn: Any, outcome: Outcome, known: Known) -> dict[str, int]:
    """Note the files read for the first time; returns the id of every file of the load."""
    files = {sheet.file.sha256: sheet.file for _, _, sheet in _sheets(outcome)}
    ids = {sha256: known.file_ids[sha256] for sha256 in files if sha256 in known.file_ids}
    now = datetime.now(UTC)
    rows: list[dict[str, Any]] = []
    for sha256, file in files.items():
        if sha256 not in ids:
            ids[sha256] = max([0, *known.file_ids.values()]) + len(rows) + 1
            rows.append(
                {
                    "file_id": ids[sha256], "sha256": sha256, "file_name": file.name[:255],
                    "size_bytes": file.size_bytes, "first_read_at": now,
                }
            )  # fmt: skip
    writes.insert_rows(conn, schema.source_file, pd.DataFrame(rows, columns=list(_FILE), dtype=object))
    return ids


_FILE = ("file_id", "sha256", "file_name", "size_bytes", "first_read_at")


def _write_lineage(conn: Any, batch: int, outcome: Outcome, file_ids: dict[str, int]) -> None:
    files: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for ledger, number, sheet in _sheets(outcome):
        at = {"batch_id": batch, "file_id": file_ids[sheet.file.sha256], "file_name": sheet.file.name[:255]}
        counts = {f"{name}_count": count for name, count in sheet.counts.items()}
        files.append(
            {
                **at, "sheet": sheet.name[:120], "ledger_kind": ledger.source.kind, "read_count": sheet.read, **counts,
                "not_data_count": sheet.not_data, "layout": layout_json(sheet, ledger.source.geometry),
            }
        )  # fmt: skip
        for row in refused_of(ledger, number):
            refused.append(
                {
                    **at, "refused_no": len(refused) + 1, "sheet": sheet.name[:120], "row": ledger.row_of[row],
                    "reasons": [reason.stored() for reason in ledger.reasons[row]], "cells": ledger.kept_cells(row),
                }
            )  # fmt: skip
    writes.insert_rows(conn, schema.batch_file, pd.DataFrame(files, dtype=object))
    writes.insert_rows(conn, schema.refused_row, pd.DataFrame(refused, dtype=object))
    t = schema.refused_row
    for before, number in outcome.mended:
        conn.execute(update(t).where(t.c.batch_id == before, t.c.refused_no == number).values(mended_by=batch))


def _write_notices(conn: Any, batch: int, outcome: Outcome) -> None:
    """What was said of the files, warnings first, then what was left aside."""
    warnings = ((True, n.file, n.sheet, n.row or None, n.column or None, n.zh, n.en) for n in outcome.notices)
    notes = ((False, file, "", None, None, zh, en) for file, zh, en in outcome.skipped)
    rows = [
        {
            "batch_id": batch, "notice_no": number, "is_warning": is_warning, "file_name": file[:255],
            "sheet": sheet[:120], "row": row, "heading": heading and heading[:120], "message_zh": zh, "message_en": en,
        }
        for number, (is_warning, file, sheet, row, heading, zh, en) in enumerate((*warnings, *notes), start=1)
    ]  # fmt: skip
    if rows:
        writes.insert_rows(conn, schema.load_notice, pd.DataFrame(rows, dtype=object))


def layout_json(sheet: Sheet, geometry: str) -> dict[str, Any] | None:
    """How a sheet was read, for reading its refused rows again once they are mended; None where that cannot be.

    A row with a shape is mended in the layer: a workbook does not hold it.
    """
    layout = sheet.layout
    if geometry or sheet.is_layer:
        return None
    columns = {name: list(own) for name in layout.at if (own := layout.own_positions(name))}
    return {"headings": layout.names(), "columns": columns, **layout.by_map}


def refused_of(ledger: Ledger, number: int) -> list[int]:
    """The refused rows of one sheet of a ledger, in the order of the sheet."""
    return sorted((r for r in ledger.reasons if ledger.sheet_of[r] == number), key=lambda r: ledger.row_of[r])
