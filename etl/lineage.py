"""Where a number comes from (数从哪来): its definition, the rows in it, the files they came from, what was left out.

Everything is worked out anew from the stored rows by the measures themselves (`geo.lineage`), and held beside the fact.
"""

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Table, select

from data import schema, terms
from data.counts import subtree
from data.queries import areas, data_version, facts
from data.queries import status as store_status
from data.registry import indicators
from data.store import reading
from etl.errors import LoadError
from etl.plan import Plan, read_plan
from etl.tables import measure_tables
from geo import lineage
from geo.as_stood import AT_END, without_day
from geo.measures import FACTS, Tables
from geo.periods import Period, parse_period

_PLACED = ("building", "grid")
_CASES = ("case_step", *_PLACED)
LEDGERS: dict[str, tuple[str, ...]] = {
    "ORG-01": ("grid", "grid_branch"), "ORG-02": ("grid", "grid_branch"),
    "ORG-03": ("building_group", "group_cover", *_PLACED), "ORG-04": ("post_building", *_PLACED),
    "VIS": ("household", "visit", *_PLACED), "REL": ("area_name", "facility", "plot"),
    "APP": ("suggestion", *_CASES), "DIS": ("dispute", *_CASES), "WIS": ("wish", *_CASES),
    "CAS": ("dispute", "suggestion", "wish", *_CASES), "SAT": ("dispute", "suggestion", "wish", *_CASES),
}  # fmt: skip
"""Indicator, or its topic → the kinds of ledger that its rows come from."""


@dataclass(frozen=True)
class Place:
    """One area of the county with its code and the name of the one above it."""

    area_id: int
    code: str
    name: str
    parent_name: str
    is_unplaced: bool


def read_lineage(
    engine: Engine, indicator: str, area: str, period: str, edition: str, *, with_rows: bool, lang: str
) -> dict[str, Any]:
    """The lineage of one number (see the keys below); `rows` only when asked for: they are single households or cases.

    Raises LoadError for an unknown indicator or area, or a store without data, GeoError for a period that is none.
    """
    found = indicators().get(indicator.removesuffix(AT_END))
    if found is None or indicator not in FACTS:
        raise LoadError(
            "UNKNOWN_INDICATOR",
            f"没有指标“{indicator}”,或它没有自己的行;可用:{'、'.join(FACTS)}。",
            f"There is no indicator {indicator!r} with rows of its own; use one of {', '.join(FACTS)}.",
        )
    with reading(engine) as conn:
        version = data_version(conn)
        if not version:
            raise LoadError(
                "EMPTY",
                "数据库里还没有数据;请先运行 python -m etl load。",
                "The database holds no data yet; run python -m etl load first.",
            )
        data_on = store_status(conn)["data_on"]
        span = parse_period(period or str(data_on.year))
        places = _places(conn, edition)
        here = next((place for place in places.values() if place.code == area), None)
        if here is None:
            raise LoadError(
                "NOT_FOUND",
                f"数据里没有代码为“{area}”的区划({edition});请核对代码。",
                f"There is no area with the code {area!r} ({edition}); check the code.",
            )
        inside = subtree(conn, here.area_id)
        plan = read_plan(conn)
        fact = facts(conn, [indicator], [span.text], [here.area_id])
        files = _files(conn, indicator, lang)
    end = min(span.end, data_on + timedelta(days=1))
    answer = _number(plan, indicator, span, end, inside, places, lang)
    kept = [
        (int(n), None if pd.isna(d) else int(d)) for n, d in zip(fact["numerator"], fact["denominator"], strict=True)
    ]
    rows = answer.pop("rows")
    return {
        "indicator": indicator, "name": _as_named(indicator, found.name(lang), lang),
        "area_code": here.code, "area_name": here.name,
        "period": span.text, "start": span.start and span.start.isoformat(), "end": end.isoformat(),
        "data_date": data_on.isoformat(), "version": version,
        "numerator_words": _as_named(indicator, found.numerator(lang), lang),
        "denominator_words": found.denominator(lang),
        **answer,
        "fact": {"numerator": kept[0][0], "denominator": kept[0][1]} if kept else None,
        "agrees": None if not kept else kept[0] == (answer["numerator"], answer["denominator"]),
        "files": files, **({"rows": rows} if with_rows else {}),
    }  # fmt: skip


def _as_named(indicator: str, words: str, lang: str) -> str:
    """Words of a number, and where it is one as it stood that it is."""
    if not indicator.endswith(AT_END):
        return words
    return f"{words}(只算到期末)" if lang == "zh" else f"{words} (up to the period's end only)"


def _without_day(code: str, cases: pd.DataFrame, start: date | None, end: date, inside: tuple[int, ...]) -> int:
    """Rows of the areas that the present number counts and the one as it stood never will: their day is not known."""
    if not code.endswith(AT_END):
        return 0
    own = cases[cases["grid_id"].isin(inside)]
    now = FACTS[code.removesuffix(AT_END)]
    return without_day(code, own, start, end, int(now(_of_cases(own), start, end)["numerator"].sum()))


def _of_cases(cases: pd.DataFrame) -> Tables:
    nothing = {field.name: pd.DataFrame() for field in fields(Tables)}
    return Tables(**{**nothing, "kinds": (), "cases": cases})  # type: ignore[arg-type]


def _number(
    plan: Plan, code: str, period: Period, end: date, inside: tuple[int, ...], places: dict[int, Place], lang: str
) -> dict[str, Any]:
    """The number with the rows in it, by grid, and what was left out."""
    tables = measure_tables(plan, end - timedelta(days=1))
    found = lineage.shares(code, tables, period.start, end)
    found = found[found["area_id"].isin(inside)]
    gone = lineage.left_out(code, tables, end, found, inside)
    kind = found["kind"].iloc[0] if len(found) else lineage.kinds_of(code)[0]
    unplaced = found[found["area_id"].map(lambda area_id: places[area_id].is_unplaced).astype(bool)]
    return {
        "numerator": int(found["numerator"].sum()), "denominator": int(found["denominator"].sum()),
        "row_kind": kind, "row_kind_name": terms.ROW_KINDS.label(kind, lang),
        "rows_in_numerator": int((found["numerator"] > 0).sum()),
        "rows_in_denominator": int((found["denominator"] > 0).sum()),
        "unplaced": {"numerator": int(unplaced["numerator"].sum()), "denominator": int(unplaced["denominator"].sum())},
        "by_area": _by_area(found, places),
        "left_out": [
            {"reason": reason, "words": terms.LEFT_OUT.label(reason, lang), "count": many}
            for reason, many in gone.items()
        ],
        "without_day": _without_day(code, tables.cases, period.start, end, inside),
        "rows": _rows(plan, found, places),
    }  # fmt: skip


def _by_area(found: pd.DataFrame, places: dict[int, Place]) -> list[dict[str, Any]]:
    """The numbers by grid (or relocation community), 未落格 too, in the order of their codes."""
    sums = found.groupby("area_id")[["numerator", "denominator"]].sum()
    rows = [
        {"area_code": places[i].code, "area_name": places[i].name, "parent_name": places[i].parent_name,
         "is_unplaced": places[i].is_unplaced, "numerator": int(n), "denominator": int(d)}
        for i, (n, d) in zip(sums.index, sums.to_numpy(), strict=True)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: str(row["area_code"]))


_NUMBERED: dict[str, tuple[Table, str, tuple[str, ...]]] = {
    lineage.BUILDINGS: (schema.building, "building_id", ("building_code", "estate_name", "building_name")),
    lineage.HOUSEHOLDS: (schema.household, "household_id", ("household_no",)),
    lineage.CASES: (schema.case_file, "case_id", ("case_no", "category", "accepted_on")),
}


def _rows(plan: Plan, found: pd.DataFrame, places: dict[int, Place]) -> list[dict[str, Any]]:
    """The rows counted: `kind`, `no` (the ledger's number), `about`, grid, shares, and the load that wrote it last."""
    answer = []
    for kind, part in found.groupby("kind", sort=False):
        numbers = _numbers(plan, str(kind), places)
        keys, areas_ = part["key"].tolist(), part["area_id"].tolist()
        for key, area_id, n, d in zip(
            keys, areas_, part["numerator"].tolist(), part["denominator"].tolist(), strict=True
        ):
            no, about, batch = numbers[key]
            place = places[area_id]
            answer.append(
                {"kind": kind, "no": no, "about": about, "area_code": place.code, "area_name": place.name,
                 "numerator": int(n), "denominator": int(d), "batch_id": batch}
            )  # fmt: skip
    return sorted(answer, key=lambda row: (row["kind"], row["no"]))


def _numbers(plan: Plan, kind: str, places: dict[int, Place]) -> dict[Any, tuple[str, str, int | None]]:
    """Key of a row of a kind → its number in the ledger, what else tells it, the load that wrote it last."""
    if kind in (lineage.GRIDS, lineage.SITES):
        batches = plan.rows(schema.area).set_index("area_id")["batch_id"].to_dict()
        return {i: (place.code, place.name, batches.get(i)) for i, place in places.items()}
    if kind == lineage.VISITS:
        rows = plan.rows(schema.visit)
        told = zip(rows["visit_no"], rows["visited_on"].map(str), rows["batch_id"], strict=True)
        return dict(enumerate(told))
    table, key, names = _NUMBERED[kind]
    rows = plan.rows(table)
    about = [
        " ".join(str(v) for v in values if v is not None) for values in zip(*(rows[n] for n in names[1:]), strict=True)
    ]
    about = about or [""] * len(rows)
    return dict(zip(rows[key], zip(rows[names[0]], about, rows["batch_id"], strict=True), strict=True))


# --- files ------------------------------------------------------------------------------------------------------------


def ledgers_of(indicator: str) -> tuple[str, ...]:
    """The kinds of ledger that an indicator's rows come from."""
    return LEDGERS.get(indicator) or LEDGERS.get(indicator[:3], ())


def _files(conn: Connection, indicator: str, lang: str) -> list[dict[str, Any]]:
    """Every sheet of those ledgers with the last load that took rows from it, its sum and why rows were refused."""
    t, files, batches = schema.batch_file, schema.source_file, schema.batch
    query = (
        select(t, files.c.sha256, batches.c.loaded_at)
        .join(files, files.c.file_id == t.c.file_id)
        .join(batches, batches.c.batch_id == t.c.batch_id)
        .where(t.c.ledger_kind.in_(ledgers_of(indicator)), batches.c.undone_by.is_(None))
        .order_by(t.c.batch_id)
    )
    last: dict[tuple[int, str], Any] = {}
    for row in conn.execute(query).mappings():
        took = row["loaded_count"] + row["updated_count"] + row["refused_count"]
        if took or (row["file_id"], row["sheet"]) not in last:
            last[row["file_id"], row["sheet"]] = row
    order = {kind: number for number, kind in enumerate(ledgers_of(indicator))}
    rows = sorted(last.values(), key=lambda row: (order[row["ledger_kind"]], row["file_name"], row["sheet"]))
    return [
        {
            "file": row["file_name"], "sheet": row["sheet"], "kind": row["ledger_kind"], "sha256": row["sha256"],
            "batch_id": row["batch_id"], "loaded_at": row["loaded_at"].isoformat(), "read": row["read_count"],
            "refused": row["refused_count"], "reasons": _reasons(conn, row, lang),
        }
        for row in rows
    ]  # fmt: skip


def _reasons(conn: Connection, file: Any, lang: str) -> list[dict[str, Any]]:
    """Why rows of a sheet were refused, and how many; a row with two reasons counts for its first."""
    if not file["refused_count"]:
        return []
    t = schema.refused_row
    query = select(t.c.reasons).where(
        t.c.batch_id == file["batch_id"], t.c.file_id == file["file_id"], t.c.sheet == file["sheet"],
        t.c.mended_by.is_(None),
    )  # fmt: skip
    counts: dict[str, int] = {}
    for reasons in conn.execute(query).scalars():
        counts[reasons[0]["code"]] = counts.get(reasons[0]["code"], 0) + 1
    return [
        {"code": code, "words": terms.PROBLEMS.label(code, lang), "count": many}
        for code, many in sorted(counts.items(), key=lambda pair: -pair[1])
    ]


def _places(conn: Connection, edition: str) -> dict[int, Place]:
    rows: Any = areas(conn, edition)
    names = dict(zip(rows["area_id"], rows["area_name"], strict=True))
    return {
        row.area_id: Place(row.area_id, row.area_code, row.area_name,
                           "" if pd.isna(row.parent_id) else names.get(int(row.parent_id), ""), bool(row.is_unplaced))
        for row in rows.itertuples()
    }  # fmt: skip


def print_lineage(result: dict[str, Any], lang: str) -> None:
    """The number, its rows, its files and what was left out, in plain words."""
    from rich.console import Console

    zh = lang == "zh"
    console = Console()

    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    n, d = result["numerator"], result["denominator"]
    say(f"{result['area_name']} {result['period']} {result['name']}: {n:,} / {d:,}")
    say(("分子:" if zh else "numerator: ") + f"{result['numerator_words']}({result['rows_in_numerator']:,})")
    say(("分母:" if zh else "denominator: ") + f"{result['denominator_words']}({result['rows_in_denominator']:,})")
    for entry in result["left_out"]:
        say(("不计入:" if zh else "left out: ") + f"{entry['words']} {entry['count']:,}")
    if undated := result["without_day"]:
        say(
            f"已到这一步但没有日期,只算在现在的数里:{undated:,}"
            if zh
            else f"came so far on a day that is not known, so counted in the present number only: {undated:,}"
        )
    for file in result["files"]:
        where = file["file"] + (f"[{file['sheet']}]" if file["sheet"] else "")
        why = "".join(f" {reason['words']} {reason['count']}" for reason in file["reasons"])
        say(
            f"{where}: 读到 {file['read']:,},拒收 {file['refused']:,}{why};第 {file['batch_id']} 批"
            if zh
            else f"{where}: {file['read']:,} read, {file['refused']:,} refused{why}; load {file['batch_id']}"
        )
    if result["agrees"] is False:
        say("注意:与已存的数不一致,请运行 python -m etl load 重新载入。" if zh else "Mind: the stored number differs.")
