"""Disputes and suggestions (矛盾纠纷、意见建议) of 2020, each with the log of its steps."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from data.terms import DISPUTE_CATEGORIES, LIFECYCLES, STEP_OPS, SUGGESTION_CATEGORIES
from etl.sample.people import days

Day = np.datetime64
LAST_DAY = Day("2020-12-31")

# What becomes of the disputes of the thirty grids: 150 accepted, 125 of them resolved.
URBAN_ENDS = {
    "archived": 88, "resolved": 29, "settled_again": 8,
    "mediation": 9, "held": 1, "agreed": 4, "accepted": 3, "failed": 6, "reopened": 2,
    "rejected": 5, "registered": 3,
}  # fmt: skip
SITE_ENDS = {"archived": 6, "resolved": 3, "mediation": 3, "agreed": 1, "failed": 1}
SUGGESTION_ENDS = {"archived": 61, "resolved": 29, "mediation": 9, "accepted": 3, "handed_over": 2, "rejected": 2}
SITE_SUGGESTION_ENDS = {"archived": 4, "resolved": 3, "mediation": 2}
ENDED_WELL = ("archived", "resolved", "settled_again")

# Cases by category in one city of the province, 2016: the shares of the fifteen categories.
_DISPUTE_SHARES = {
    "D01": 160, "D02": 278, "D03": 67, "D04": 44, "D05": 31, "D06": 76, "D07": 18, "D08": 28, "D09": 4, "D10": 13,
    "D11": 7, "D12": 55, "D13": 33, "D14": 25, "D99": 54,
}  # fmt: skip
_SITE_SHARES = {"D15": 45, "D02": 25, "D01": 12, "D14": 10, "D16": 8}
_SUGGESTION_SHARES = {"S01": 20, "S02": 22, "S03": 16, "S04": 12, "S05": 14, "S06": 7, "S07": 4, "S08": 3, "S99": 2}
_SOURCES = {"dispute": (["排查", "申请", "走访", "热线", "移送"], [0.38, 0.24, 0.22, 0.1, 0.06]),
            "suggestion": (["走访", "热线", "微信", "来访"], [0.62, 0.16, 0.14, 0.08])}  # fmt: skip
_CENTRE = "矛盾纠纷调处中心"


@dataclass
class _Case:
    found: Day
    accepted: Day | None = None
    resolved: Day | None = None
    closed: Day | None = None
    outcome: str = ""
    steps: list[tuple[str, Day, str, str]] = field(default_factory=list)

    def step(self, op: str, day: Day, lifecycle: str, unit: str) -> None:
        self.steps.append((STEP_OPS[op].zh, day, lifecycle, unit))


def make_disputes(
    register: pd.DataFrame, buildings: pd.DataFrame, grids: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Disputes and their steps.

    Disputes: one row each, `case_no` (unique); `grid_code`, `building` (its code, "" for none), `x`, `y` (metres, NaN
    for none), `category`, `source`, `found`, `accepted`, `due`, `resolved`, `closed` (NaT where not), `status`,
    `outcome`, `satisfaction` (words, "" where not known), `is_urban`. Steps: one row per case and `seq`; `op`, `day`,
    `status`, `unit`. The status of a case is that of its last step.
    """
    frames = []
    for is_urban, ends, shares in ((True, URBAN_ENDS, _DISPUTE_SHARES), (False, SITE_ENDS, _SITE_SHARES)):
        frames.append(_cases("dispute", ends, shares, is_urban, register, buildings, rng))
    return _numbered(frames, "MD2020", buildings, grids, DISPUTE_CATEGORIES, rng)


def make_suggestions(
    register: pd.DataFrame, buildings: pd.DataFrame, grids: pd.DataFrame, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Suggestions and their steps, as `make_disputes`; 104 accepted in the thirty grids."""
    frames = []
    for is_urban, ends in ((True, SUGGESTION_ENDS), (False, SITE_SUGGESTION_ENDS)):
        frames.append(_cases("suggestion", ends, _SUGGESTION_SHARES, is_urban, register, buildings, rng))
    return _numbered(frames, "YJ2020", buildings, grids, SUGGESTION_CATEGORIES, rng)


def _cases(
    kind: str,
    ends: dict[str, int],
    shares: dict[str, int],
    is_urban: bool,
    register: pd.DataFrame,
    buildings: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Cases of one kind; busy grids have more of them."""
    outcomes = np.array([end for end, count in ends.items() for _ in range(count)], dtype=object)
    homes = register[(register["is_urban"] == is_urban) & register["is_registered"]]
    grids = homes.groupby("grid_code").size()
    heat = grids.to_numpy() * np.exp(rng.normal(0, 0.55, grids.size))
    grid = rng.choice(grids.index.to_numpy(), outcomes.size, p=heat / heat.sum())
    place = homes["building"].to_numpy()
    here = homes.groupby("grid_code").indices
    name_of = buildings["community_name"].to_numpy()
    records = []
    for end, code in zip(outcomes, grid, strict=True):
        building = int(place[rng.choice(here[code])])  # a case is where people live
        case = _live(kind, str(end), name_of[building], rng)
        records.append((code, building, case, end))
    categories = list(shares)
    weight = np.array(list(shares.values()), dtype=float)
    sources, odds = _SOURCES[kind]
    return pd.DataFrame(
        {
            "grid_code": [r[0] for r in records],
            "row": [r[1] for r in records],
            "case": [r[2] for r in records],
            "end": [r[3] for r in records],
            "category": rng.choice(categories, len(records), p=weight / weight.sum()),
            "source": rng.choice(sources, len(records), p=odds),
            "is_urban": is_urban,
        }
    )


def _live(kind: str, end: str, community: str, rng: np.random.Generator) -> _Case:
    """The life of one case, from the day it is found."""
    if end == "registered":
        found = _day("2020-12-27", "2020-12-31", rng)
    elif end == "accepted":
        found = _day("2020-12-14", "2020-12-28", rng)
    elif end in ("mediation", "agreed", "held", "reopened", "handed_over"):
        found = _day("2020-09-20" if rng.random() < 0.55 else "2020-11-25", "2020-12-12", rng)
    else:
        found = _day("2020-01-08", "2020-12-06", rng)
    case, committee = _Case(found), f"{community}居委会"
    case.step("register", found, "10", committee)
    if end == "registered":
        return case
    accepted = min(found + _plus(rng, 0, 4), LAST_DAY)
    if end == "rejected":
        case.step("reject", accepted, "80", committee)
        return case
    case.accepted = accepted
    case.step("accept", accepted, "20", committee)
    if end == "accepted":
        return case
    unit = f"{community}调委会" if kind == "dispute" else committee
    at = min(accepted + _plus(rng, 1, 5), LAST_DAY)
    case.step("handle", at, "30", unit)
    if end == "mediation":
        if rng.random() < 0.3 and LAST_DAY - accepted > np.timedelta64(32, "D"):
            case.step("urge", min(accepted + _plus(rng, 32, 40), LAST_DAY), "30", _CENTRE)
        return case
    if end == "handed_over":
        case.step("assign", min(at + _plus(rng, 1, 6), LAST_DAY), "32", "县直部门")
        return case
    if end == "held":
        case.step("extend", min(at + _plus(rng, 8, 20), LAST_DAY), "33", _CENTRE)
        return case
    if rng.random() < 0.12:
        at = min(at + _plus(rng, 2, 6), LAST_DAY)
        case.step("escalate", at, "31", unit)
        unit = _CENTRE if kind == "dispute" else "镇政府"
    if kind == "dispute" and (end == "agreed" or rng.random() < 0.35):
        at = min(at + _plus(rng, 2, 9), LAST_DAY)
        case.step("agree", at, "40", unit)
        if end == "agreed":
            return case
    # Most end in time; a tail of one in six drags on beyond the month.
    limit = 30 if kind == "dispute" else 15
    spent = int((at - accepted).astype(int))
    rest = max(limit - spent - 2, 2)
    last = _plus(rng, limit - spent + 2, limit - spent + 24) if rng.random() < 0.12 else _plus(rng, 1, rest)
    done = min(max(at + last, at + np.timedelta64(1, "D")), LAST_DAY)
    if end == "failed":
        case.step("fail", done, "70", unit)
        case.closed, case.outcome = done, "不成功"
        return case
    _settle(case, done, unit, rng)
    if end == "resolved":
        return case
    visit = min(done + _plus(rng, 5, 16), LAST_DAY)
    if end in ("reopened", "settled_again"):
        case.step("reopen", visit, "90", committee)
        case.resolved = case.closed = None
        case.outcome = ""
        if end == "reopened":
            return case
        again = min(visit + _plus(rng, 6, 22), LAST_DAY)
        case.step("handle", min(visit + _plus(rng, 1, 4), again), "30", unit)
        _settle(case, again, unit, rng)
        visit = min(again + _plus(rng, 5, 14), LAST_DAY)
    case.step("follow_up", visit, "50", committee)
    case.step("archive", min(visit + _plus(rng, 0, 6), LAST_DAY), "60", committee)
    return case


def _settle(case: _Case, done: Day, unit: str, rng: np.random.Generator) -> None:
    """The parties agree on one day; the paperwork is finished that day or up to three days later."""
    earlier = min(int(rng.choice([0, 0, 0, 1, 2, 3])), int((done - case.steps[-1][1]).astype(int)))
    case.resolved, case.closed, case.outcome = done - np.timedelta64(earlier, "D"), done, "成功"
    case.step("finish", case.resolved, "50", unit)


def _day(start: str, end: str, rng: np.random.Generator) -> Day:
    return Day(days(start, end, rng, 1)[0])


def _plus(rng: np.random.Generator, low: int, high: int) -> np.timedelta64:
    return np.timedelta64(int(rng.integers(low, max(high, low) + 1)), "D")


def _numbered(
    frames: list[pd.DataFrame],
    prefix: str,
    buildings: pd.DataFrame,
    grids: pd.DataFrame,
    categories: object,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    raw = pd.concat(frames, ignore_index=True)
    raw["found"] = [case.found for case in raw["case"]]
    raw = raw.sort_values("found", kind="stable", ignore_index=True)
    raw["case_no"] = [f"{prefix}-{i:04d}" for i in range(1, len(raw) + 1)]
    is_dispute = prefix.startswith("MD")
    where = rng.random(len(raw))
    by_code = grids.set_index("code")
    rows = raw["row"].to_numpy()
    has_building = where < 0.76 if is_dispute else where < 0.85
    has_point = ~has_building & (where < 0.92) & is_dispute
    middle = buildings.geometry.centroid
    accepted = pd.to_datetime(pd.Series([case.accepted for case in raw["case"]]))
    last = [case.steps[-1][2] for case in raw["case"]]
    kind_words = {"30": "调解中" if is_dispute else "办理中", "50": "已化解" if is_dispute else "已办结"}
    words = {code: kind_words.get(code, term.zh) for code, term in LIFECYCLES.items()}
    ended = raw["end"].isin(ENDED_WELL).to_numpy()
    mood = rng.choice(["满意", "基本满意", "不满意", "未评价"], len(raw), p=[0.66, 0.2, 0.03, 0.11])
    frame = pd.DataFrame(
        {
            "case_no": raw["case_no"],
            "grid_code": raw["grid_code"],
            "community_name": by_code["community_name"].reindex(raw["grid_code"]).to_numpy(),
            "grid_name": by_code["name"].reindex(raw["grid_code"]).to_numpy(),
            "building": np.where(has_building, buildings["code"].to_numpy()[rows], ""),
            "x": np.where(has_point, middle.x.to_numpy()[rows], np.nan),
            "y": np.where(has_point, middle.y.to_numpy()[rows], np.nan),
            "category": [categories[code].zh for code in raw["category"]],  # type: ignore[index]
            "source": raw["source"],
            "found": pd.to_datetime(raw["found"]),
            "accepted": accepted,
            "due": accepted + (pd.DateOffset(months=1) if is_dispute else pd.Timedelta(days=15)),
            "resolved": pd.to_datetime(pd.Series([case.resolved for case in raw["case"]])),
            "closed": pd.to_datetime(pd.Series([case.closed for case in raw["case"]])),
            "status": [words[code] for code in last],
            "outcome": [case.outcome for case in raw["case"]],
            "satisfaction": np.where(ended, mood, ""),
            "is_urban": raw["is_urban"],
        }
    )
    steps = [
        (no, seq, *step)
        for no, case in zip(raw["case_no"], raw["case"], strict=True)
        for seq, step in enumerate(case.steps, start=1)
    ]
    log = pd.DataFrame(steps, columns=["case_no", "seq", "op", "day", "status", "unit"])
    log["status"] = log["status"].map(words)
    log["day"] = pd.to_datetime(log["day"])
    return frame, log
