"""Cases whose state and dates contradict each other (状态与日期矛盾), counted for the stewards of the county."""

from dataclasses import dataclass

from data import queries, terms
from data.book import CASE_RULE, OUTCOME_RULE
from data.case_doubts import DOUBTS
from geo.case_doubts import case_doubts
from portal import loading
from portal.identity import NotAllowedError, Viewer
from portal.snapshot import Snapshot, current

__all__ = ["CASE_RULE", "DOUBTS", "OUTCOME_RULE", "Doubted", "doubted"]


@dataclass(frozen=True)
class Doubted:
    """How many live cases of each kind contradict themselves. of : by kind of case all there are; doubtful : those with
    a doubt or several; by : kind of doubt (`data.case_doubts`) → by kind of case; doubts of none are absent.
    """

    of: dict[str, int]
    doubtful: dict[str, int]
    by: dict[str, dict[str, int]]


def doubted(viewer: Viewer) -> Doubted:
    """The contradictions of all cases as they are stored. Stewards of the county only, as the quality of ledgers is."""
    if not loading.may(viewer, "load"):
        raise NotAllowedError("只有数据员可以查看台账质量。", "Only a data steward may see the quality of ledgers.")
    snapshot = current()
    return snapshot.keep("doubted cases", lambda: _doubted(snapshot))


def _doubted(snapshot: Snapshot) -> Doubted:
    # As stored: what the pages read has only the days that count.
    rows = snapshot.read(queries.cases)
    found = case_doubts(rows, terms.CASE_CODES)
    kinds = {kind: (rows["case_kind"] == kind).to_numpy(bool) for kind in terms.CASE_KINDS}
    by = {doubt: {kind: int((odd & own).sum()) for kind, own in kinds.items()} for doubt, odd in found.items()}
    any_of = sum(found.values()) > 0
    return Doubted(
        {kind: int(own.sum()) for kind, own in kinds.items()},
        {kind: int((own & any_of).sum()) for kind, own in kinds.items()},
        {doubt: counts for doubt, counts in by.items() if sum(counts.values())},
    )
