"""Cases (事项): single ones for *households* detail, sums for all, within a viewer's areas as in `portal.reads`."""

from collections.abc import Iterable

import pandas as pd

from data import queries
from geo.periods import Period, parse_period
from portal import reads
from portal.case_rows import with_states
from portal.hiding import hidden_cases
from portal.identity import NotAllowedError, Viewer
from portal.snapshot import Area, current

SENSITIVE_CATEGORIES = ("D01",)


def rows(viewer: Viewer, kind: str, code: str | None = None) -> pd.DataFrame:
    """One row per case of a kind inside an area, for viewers of *households* detail only; all columns of the file."""
    if not viewer.may_see("households"):
        raise NotAllowedError("您的身份只能看汇总，不能看逐件明细。", "Your role sees sums, not single cases.")
    snapshot = current()
    inside = reads.ids_inside(snapshot, viewer, code)
    # Rows of people are read for this viewer alone, so that the database repeats the scope.
    own = [a.area_id for a in reads.own_areas(viewer)]
    found = snapshot.keep(("cases", viewer.scope), lambda: with_states(snapshot.read(queries.cases, own)))
    return found[(found["case_kind"] == kind) & reads.lie_in(found, inside)]


def sums(viewer: Viewer, kind: str, by: str, period: str, code: str | None = None) -> pd.DataFrame:
    """Cases of a kind accepted in a period inside an area, summed: one row per value of `by`, most cases first.

    by : "category", "stage" (where it stands: its lifecycle, but what was closed unresolved stands where mediation
    failed), "community_id" or "grid_id". Counts: `accepted`, `resolved`, `closed`, `open`; those
    not taken up are left out. How many are past due is DIS-07, which knows of holds. `is_hidden` rows have no counts:
    all of them for public viewers, whose numbers are those of the indicators; a sensitive category for all who may not
    see the rows, with a companion, where its count is below 10 in an area and period or would follow from others.
    """
    if by not in ("category", "stage", "community_id", "grid_id"):
        raise ValueError(f"cases are not summed by {by}")
    snapshot, p = current(), parse_period(period)
    inside = reads.ids_inside(snapshot, viewer, code)
    key = ("sums of cases", viewer.scope, kind, by, p.text, code)
    return snapshot.keep(key, lambda: _sums(viewer, kind, by, p, code, inside))


def _sums(viewer: Viewer, kind: str, by: str, p: Period, code: str | None, inside: frozenset[int]) -> pd.DataFrame:
    valid = taken_up(kind)
    found = valid[reads.lie_in(valid, inside)]
    found = found[found["accepted_on"] < pd.Timestamp(p.end)]
    if p.start is not None:
        found = found[found["accepted_on"] >= pd.Timestamp(p.start)]
    flags = pd.DataFrame(
        {"accepted": True, "resolved": found["is_resolved"], "closed": found["is_closed"], "open": found["is_open"]},
        index=found.index,
    )
    counted = flags.groupby(found[by]).sum().astype("Int64").sort_values("accepted", ascending=False, kind="stable")
    hidden: tuple[str, ...] = ()
    top = reads.area(viewer, code or viewer.area_code)
    if by == "category" and top and not viewer.may_see("households"):
        hidden = hidden_categories(kind, p.text, [top])[top.code]
    if hidden and len(counted):
        # One of which there is no case is hidden too: that it is absent would tell.
        counted = counted.reindex(counted.index.union(list(hidden), sort=False), fill_value=0)
    is_hidden = pd.Series(not viewer.may_see("internal"), index=counted.index) | counted.index.isin(hidden)
    return counted.mask(is_hidden).assign(is_hidden=is_hidden).rename_axis(by).reset_index()


def hidden_categories(kind: str, period: str, areas: Iterable[Area]) -> dict[str, tuple[str, ...]]:
    """The categories hidden in each area in a period from all who may not see the rows, by code of the area.

    The sensitive ones with small counts there, and their companion. The companion is the same in every area and
    period, so that the two make up for each other in every sum: the least frequent one of 10 cases or more, else the
    most frequent.
    """
    found, companion = current().keep(("hidden categories", kind), lambda: _hidden_categories(kind))
    text = parse_period(period).text
    hidden: dict[str, tuple[str, ...]] = {}
    for a in areas:
        # A window that is not among those hidden together shows none of them.
        here = [c for c, inside in found.items() if text not in inside or a.area_id in inside[text]]
        hidden[a.code] = (*here, companion) if here and companion else tuple(here)
    return hidden


def taken_up(kind: str) -> pd.DataFrame:
    """All cases of a kind but those refused, void or duplicates: for modules that apply a viewer's areas themselves."""
    snapshot = current()
    return snapshot.keep(
        ("taken up", kind),
        lambda: snapshot.cases[(snapshot.cases["case_kind"] == kind) & snapshot.cases["is_valid"]],
    )


def _hidden_categories(kind: str) -> tuple[dict[str, dict[str, frozenset[int]]], str | None]:
    """Where each sensitive category is hidden, by period and area, and the companion of them all."""
    valid = taken_up(kind)
    counts = valid["category"].value_counts()
    ordered = sorted((many, str(c)) for c, many in counts.items() if c not in SENSITIVE_CATEGORIES)
    companions = [c for many, c in ordered if many >= reads.SMALL_SENSITIVE] or [c for _, c in ordered[-1:]]
    found = {
        category: hidden_cases(current(), valid[valid["category"] == category], reads.SMALL_SENSITIVE)
        for category in SENSITIVE_CATEGORIES
        if category in counts.index
    }
    return found, companions[0] if companions else None
