"""The tiny county a month before: numbers as of 30 November 2020, what was covered then, one dispute opened again.

By grid then: 7/10, 8/10, 10/10, 2/10, 4/5, 2/2 households met (33 of 47). Since then building 101 came under its group,
building 107 lost its own, D-2 was opened again and one facility came into use. D-4 was accepted in November, so nothing
was accepted since; D-9 was still open then.
"""

from datetime import date

from sqlalchemy import insert, update

from data import schema
from data.store import open_store, writing
from portal import snapshot
from tests.portal.tiny_county import YEAR, _areas

THEN = "2020-11-30"
NUMBERS = {
    "VIS-01": [(7, 10), (8, 10), (10, 10), (2, 10), (4, 5), (2, 2)],
    "ORG-03": [(1, 2), (2, 2), (1, 2), (2, 2), (0, 2), (0, 2)],
    "DIS-03": [*YEAR["DIS-03"][:5], (0, 0)],
    "DIS-07": [(0, 1), (0, 0), (0, 0), (1, 1), (0, 0), (0, 0)],
}  # fmt: skip


def add_earlier(url: str) -> None:
    """Add to a tiny store what the head of this file says."""
    parents = {i: parent for i, _, _, _, parent, _, _ in _areas()}
    sums: dict[tuple[str, int], list[int]] = {}
    for code, pairs in NUMBERS.items():
        for serial, (n, d) in enumerate(pairs):
            area: int | None = 11 + serial
            while area is not None and d:
                kept = sums.setdefault((code, area), [0, 0])
                kept[0], kept[1] = kept[0] + n, kept[1] + d
                area = parents[area]
    rows = [
        {"indicator": code, "area_id": area, "period": f"{kind}:{THEN}", "basis": "ledger", "numerator": n,
         "denominator": d, "batch_id": 1}
        for (code, area), (n, d) in sums.items() for kind in ("ytd", "todate")
    ]  # fmt: skip
    engine = open_store(url)
    cover = schema.org_cover
    with writing(engine) as conn:
        conn.execute(insert(schema.fact), rows)
        since = update(cover).where(cover.c.target_kind == "building")
        conn.execute(since.where(cover.c.target_id == 101).values(valid_from=date(2020, 12, 5)))
        conn.execute(since.where(cover.c.target_id == 107).values(valid_to=date(2020, 12, 10)))
        conn.execute(insert(schema.case_step), [
            {"case_id": 2, "step_seq": 1, "step_op": "reopen", "step_on": date(2020, 12, 8), "lifecycle_after": "30",
             "batch_id": 1, "is_void": False}])  # fmt: skip
        facility = schema.facility
        conn.execute(update(facility).where(facility.c.facility_no == "F1").values(built_on=date(2020, 12, 1)))
    engine.dispose()
    snapshot.forget()
