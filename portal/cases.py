"""Cases (事项): single ones for *households* detail, sums for all, within a viewer's areas as in `portal.reads`."""

import pandas as pd

from data import queries
from geo.periods import Period, parse_period
from portal import reads
from portal.case_rows import with_states
from portal.identity import NotAllowedError, Viewer
from portal.snapshot import current


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

    by : "category" (not of disputes, which have a sensitive one: `portal.disputes.categories`), "stage" (where it
    stands: its lifecycle, but what was closed unresolved stands where mediation failed), "community_id" or "grid_id".
    Counts: `accepted`, `resolved`, `closed`, `open`; those not taken up are left out. How many are past due is DIS-07,
    which knows of holds. All rows are `is_hidden`, without counts, for public viewers, whose numbers are those of the
    indicators.
    """
    if by not in ("category", "stage", "community_id", "grid_id") or (by, kind) == ("category", "dispute"):
        raise ValueError(f"cases are not summed by {by}")
    snapshot, p = current(), parse_period(period)
    inside = reads.ids_inside(snapshot, viewer, code)
    key = ("sums of cases", viewer.scope, kind, by, p.text, code)
    return snapshot.keep(key, lambda: _sums(viewer, kind, by, p, inside))


def _sums(viewer: Viewer, kind: str, by: str, p: Period, inside: frozenset[int]) -> pd.DataFrame:
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
    is_hidden = pd.Series(not viewer.may_see("internal"), index=counted.index)
    return counted.mask(is_hidden).assign(is_hidden=is_hidden).rename_axis(by).reset_index()


def taken_up(kind: str) -> pd.DataFrame:
    """All cases of a kind but those refused, void or duplicates: for modules that apply a viewer's areas themselves."""
    snapshot = current()
    return snapshot.keep(
        ("taken up", kind),
        lambda: snapshot.cases[(snapshot.cases["case_kind"] == kind) & snapshot.cases["is_valid"]],
    )
