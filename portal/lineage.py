"""Where a number comes from, for the pages (数从哪来), as far as the viewer may see.

Worked out by `python -m etl lineage` in a process of its own, as loads are: it reads rows, which the pages never do,
and the command line and the page can then say nothing different.
"""

from typing import Any

from data.errors import ChangedMeanwhileError
from data.registry import indicators
from geo.as_stood import AT_END
from geo.lineage import BUILDINGS, GRIDS, SITES, kinds_of
from geo.measures import FACTS
from portal import children, reads
from portal.identity import Viewer
from portal.snapshot import current

SECONDS = 120
"""How long a reader waits at most."""
SORRY = (
    "暂时算不出这个数从哪来，请稍后再试；仍不行请告诉数据员。",
    "Where this number comes from could not be worked out; try again later, or tell the data steward.",
)


def as_stood(indicator: str) -> str:
    """What to ask for the number of an indicator as it stood at the period's end."""
    return indicator + AT_END


def has_rows(indicator: str) -> bool:
    """Whether an indicator is counted from rows; an index made of other indicators has none of its own."""
    return indicator in FACTS


def may_see_rows(viewer: Viewer, indicator: str) -> bool:
    """Whether the single rows of an indicator are for this viewer: grids, buildings and communities from *internal* on,
    households, visits and cases from *households* on."""
    is_open = all(kind in (GRIDS, BUILDINGS, SITES) for kind in kinds_of(indicator))
    return viewer.may_see("internal" if is_open else "households")


def lineage(viewer: Viewer, indicator: str, period: str, code: str, lang: str) -> dict[str, Any] | None:
    """The lineage of a number, as `etl.lineage.read_lineage` says; None for a number that is hidden from this viewer.

    indicator : its code, with `AT_END` for the number as it stood at the period's end.
    Grids whose own number is hidden are left out of `by_area`. A file and the rows refused of it lie in no area: who
    has less than the county reads of `files` only from which load the rows of a ledger come.
    Raises NotAllowedError for public viewers and for an area outside the viewer's own, StoreError when it cannot be
    worked out.
    """
    if not viewer.may_see("internal"):
        raise reads.NotAllowedError("您的身份只能看公开的合计数。", "Your role sees public sums only.")
    if reads.area(viewer, code) is None or _base(indicator) not in indicators():
        raise reads.NotAllowedError("没有这个数,或它不在您负责的区域。", "There is no such number in your area.")
    if reads.measure(viewer, _base(indicator), period, code).part == "hidden":
        return None
    if indicator != _base(indicator) and not reads.may_see_stood(viewer, _base(indicator)):
        return None
    found = dict(_worked_out(indicator, period, code, lang, with_rows=may_see_rows(viewer, indicator)))
    parts = reads.measures(viewer, _base(indicator), period, [row["area_code"] for row in found["by_area"]])
    found["by_area"] = [
        row for row in found["by_area"] if row["area_code"] not in parts or parts[row["area_code"]].part != "hidden"
    ]
    if not reads.has_county(viewer):
        found["files"] = _loads_of(found["files"])
    return found


def _base(indicator: str) -> str:
    """The indicator that a number is of, as it is now or as it stood."""
    return indicator.removesuffix(AT_END)


def _loads_of(files: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Kind of ledger, load and day, each once; no name, no number of rows, no fingerprint of a file."""
    kept = [{name: file[name] for name in ("kind", "batch_id", "loaded_at")} for file in files]
    return [file for number, file in enumerate(kept) if file not in kept[:number]]


def _worked_out(indicator: str, period: str, code: str, lang: str, *, with_rows: bool) -> dict[str, Any]:
    snapshot = current()
    key = ("lineage", indicator, period, code, lang, with_rows)
    # Not by `keep`: nobody else should wait for seconds meanwhile.
    if key not in snapshot.kept:
        asked = ["lineage", "--indicator", indicator, "--area", code, "--period", period, "--lang", lang, "--json"]
        found = children.ask([*asked, *(["--rows"] if with_rows else [])], seconds=SECONDS, sorry=SORRY)
        if found["version"] != snapshot.version:
            raise ChangedMeanwhileError(
                "数据刚刚更新，请刷新页面。", "The data has just been updated; reload the page."
            )
        snapshot.kept[key] = found
    answer: dict[str, Any] = snapshot.kept[key]
    return answer
