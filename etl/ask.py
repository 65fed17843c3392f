"""What other systems ask the store by command line (查询): facts of an indicator, and what is in the store."""

from typing import Any

import pandas as pd
from sqlalchemy import Engine, func, select

from data import schema
from data.queries import areas, data_version
from data.queries import facts as stored_facts
from data.queries import status as store_status
from data.registry import indicators
from data.store import reading
from etl.errors import LoadError
from geo.periods import parse_period

COUNTED = ("area", "building", "household", "org", "visit", "case_file", "case_step", "facility", "fact")


def read_facts(engine: Engine, indicator: str, level: str, period: str, edition: str) -> list[dict[str, Any]]:
    """Facts of one indicator, level and period (the year of the data date when empty), sorted by `area_code`.

    Raises LoadError for an unknown indicator, GeoError for a period that is none. An area without a denominator is
    absent: its rate is undefined, not zero.
    """
    if indicator not in indicators():
        known = "、".join(indicators())
        raise LoadError(
            "UNKNOWN_INDICATOR",
            f"没有指标“{indicator}”;可用:{known}。",
            f"There is no indicator {indicator!r}; use one of {', '.join(indicators())}.",
        )
    with reading(engine) as conn:
        if not data_version(conn):
            raise LoadError(
                "EMPTY",
                "数据库里还没有数据;请先运行 python -m etl load。",
                "The database holds no data yet; run python -m etl load first.",
            )
        text = parse_period(period or str(store_status(conn)["data_on"].year)).text
        places = areas(conn, edition)
        places = places[(places["level"] == level) & ~places["is_context"].astype(bool)]
        rows = stored_facts(conn, [indicator], [text], places["area_id"].tolist())
    rows_of: Any = (
        rows.merge(places[["area_id", "area_code", "area_name"]], on="area_id").sort_values("area_code").itertuples()
    )
    return [
        {
            "area_code": row.area_code, "area_name": row.area_name, "indicator": row.indicator, "period": row.period,
            "numerator": int(row.numerator), "denominator": None if pd.isna(row.denominator) else int(row.denominator),
        }
        for row in rows_of
    ]  # fmt: skip


def read_status(engine: Engine) -> dict[str, Any]:
    """Version, data date, time of the last load, whether it is sample data, and rows per table (void ones left out)."""
    with reading(engine) as conn:
        found = store_status(conn)
        rows = {}
        for name in COUNTED:
            table = schema.metadata.tables[name]
            query = select(func.count()).select_from(table)
            rows[name] = conn.execute(
                query.where(table.c.is_void.is_(False)) if "is_void" in table.c else query
            ).scalar()
    return {
        "version": found["version"],
        "data_date": found["data_on"] and found["data_on"].isoformat(),
        "loaded_at": found["loaded_at"] and found["loaded_at"].isoformat(),
        "is_sample": found["is_sample"],
        "rows": rows,
    }
