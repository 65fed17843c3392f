"""The relocation communities and their "1+6" facilities (易迁社区“1+6”配套): which item stands where, and its map.

A listing, not a measure: REL-01 counts communities and comes from the facts. Both follow the same rule for what is in
use at the end of a period, so a row of six marks "in use" is a community that REL-01 counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pandas as pd

from data import terms
from geo.periods import parse_period
from geo.simplify import encode_features, label_points, simplify_level
from portal import reads
from portal.colours import MORE_IS_BETTER, UNKNOWN_FILL, rgba
from portal.identity import Viewer
from portal.snapshot import Area, current, each
from portal.words import UNKNOWN, count, t

ITEMS = terms.ONE_PLUS_SIX
ZONES = ("hall", "guard_room", "after_school")
"""What stands inside the service centre; not counted among the six."""
PLOT = "plot"
_BEST_FIRST = ("present", "planned", "closed")
STEPS = {6: MORE_IS_BETTER[4], 5: MORE_IS_BETTER[3], 4: MORE_IS_BETTER[2], 3: MORE_IS_BETTER[1], 0: MORE_IS_BETTER[0]}
"""Colour by items in use: 6, 5, 4, 3, and fewer."""
TOLERANCE = 0.0002
NEAR = (0.2, 0.06)
"""Degrees of longitude and latitude within which two labels would touch on the map of a county."""


@dataclass(frozen=True)
class Plots:
    """Households of a community at its last count, and those of them with a vegetable plot."""

    households: int
    with_plot: int

    @property
    def left(self) -> int:
        """Households still without one."""
        return max(0, self.households - self.with_plot)


@dataclass(frozen=True)
class Site:
    """One relocation community; `states` of ITEMS and ZONES: present, planned, closed, missing or unknown;
    of plots also partial, where some households have one.

    Everything is unknown where the ledger has no facility of the community at all; one item without a row is missing.
    `plots` is None for public viewers too. `is_organised`: it has a party organisation of the relocation community.
    """

    area: Area
    township: str
    states: dict[str, str]
    plots: Plots | None
    is_organised: bool

    @property
    def is_known(self) -> bool:
        return any(self.states[item] != "unknown" for item in ITEMS)

    @property
    def in_use(self) -> int | None:
        """How many of the six are in use; None when nothing is known."""
        return sum(self.states[item] == "present" for item in ITEMS) if self.is_known else None

    @property
    def lacking(self) -> list[str]:
        """The items of the six that are not in use; empty when nothing is known."""
        return [item for item in ITEMS if self.states[item] not in ("present", "unknown")]


def sites(viewer: Viewer, period: str, code: str | None = None) -> list[Site]:
    """The relocation communities inside an area as they stood at the end of a period, in the order of their codes."""
    inside = reads.relocation_communities(viewer, code)
    end = pd.Timestamp(parse_period(period).end)
    found = reads.facilities(viewer, code)
    late = (found["facility_state"] == "present") & (pd.to_datetime(found["built_on"]) >= end)
    found = found.assign(state=found["facility_state"].mask(late, "planned"))
    best: dict[tuple[int, str], str] = {}
    for community, kind, state in found[["community_id", "facility_kind", "state"]].to_numpy().tolist():
        best[community, kind] = min(best.get((community, kind), state), state, key=_BEST_FIRST.index)
    orgs = reads.orgs(viewer, code)
    organised = set(orgs.loc[orgs["org_kind"] == "relocation_org", "community_id"])
    last = _last_counts(reads.plots(viewer, code), end)
    parents = reads.parent_names(viewer, [a.code for a in inside])
    kinds = (*ITEMS, *ZONES)
    answer = []
    for a in inside:
        nothing = "missing" if any((a.area_id, kind) in best for kind in kinds) else "unknown"
        states = {kind: best.get((a.area_id, kind), nothing) for kind in kinds}
        state, own = last.get(a.area_id, ("unknown", None))
        if states[PLOT] not in ("present", "planned") and state != "unknown":
            # Where no plot facility is in use or being laid out, the count says it: all households, some, or none.
            states[PLOT] = state
        answer.append(Site(a, parents.get(a.code, ""), states, own, a.area_id in organised))
    return answer


def _last_counts(rows: pd.DataFrame, end: pd.Timestamp) -> dict[int, tuple[str, Plots | None]]:
    """By community the state of its plots at the last count before a day, and the count for those who may have it."""
    rows = rows[pd.to_datetime(rows["counted_on"]) < end]
    return {
        row.community_id: (
            row.plot_state,
            None if pd.isna(row.households_count) else
            Plots(int(row.households_count), int(row.households_with_plot_count)),
        )
        for row in each(rows.sort_values("counted_on"))
    }  # fmt: skip


def step_colour(in_use: int) -> str:
    """The colour of a number of items in use."""
    return next(colour for least, colour in STEPS.items() if in_use >= least)


# --- map layers -------------------------------------------------------------------------------------------------------


def shapes_layer(viewer: Viewer, code: str, period: str, part: str, lang: str) -> bytes:
    """The relocation communities inside an area: outlines of those known or unknown, or a point for each ("points")."""
    chosen = [site for site in sites(viewer, period, code) if site.area.bounds]
    if part != "points":
        chosen = [site for site in chosen if site.is_known == (part == "known")]
    shapes = current().shapes.loc[[site.area.area_id for site in chosen]]
    if part == "points":
        geoms, ground = label_points(shapes.geometry.array), rgba(UNKNOWN_FILL)
    else:
        geoms, ground = np.asarray(simplify_level(shapes, TOLERANCE).geometry.array, dtype=object), [0, 0, 0, 0]
    properties = [
        {"c": site.area.code, "n": site.area.name, "v": items_words(site, lang), "x": lacking_words(site, lang),
         "f": ground if site.in_use is None else rgba(step_colour(site.in_use), 240)}
        for site in chosen
    ]  # fmt: skip
    return encode_features(geoms, properties, decimals=5)


def labels_layer(viewer: Viewer, code: str, period: str) -> bytes:
    """Where to write the name of each relocation community: `p` point, `t` name and items in use, `o` offset in pixels.

    A label stands above its point, or below where another community is close to the north of it.
    """
    chosen = [site for site in sites(viewer, period, code) if site.area.bounds]
    points = label_points(current().shapes.loc[[site.area.area_id for site in chosen]].geometry.array)
    rows: list[dict[str, Any]] = []
    for site, point in zip(chosen, points, strict=True):
        is_under = any(abs(p.x - point.x) < NEAR[0] and 0 < p.y - point.y < NEAR[1] for p in points)
        items = f"{UNKNOWN if site.in_use is None else site.in_use}/{len(ITEMS)}"
        rows.append({"p": [round(point.x, 6), round(point.y, 6)], "c": site.area.code,
                     "t": f"{site.area.name} {items}", "o": [0, 19 if is_under else -19]})  # fmt: skip
    return orjson.dumps(rows)


def items_words(site: Site, lang: str) -> str:
    """How many of the six are in use, in words."""
    if site.in_use is None:
        return t("还没有登记配套设施", "no facilities on record yet", lang)
    return t(f"{site.in_use} / {len(ITEMS)} 项在用", f"{site.in_use} of {len(ITEMS)} items in use", lang)


def lacking_words(site: Site, lang: str) -> str:
    """What of the six is not in use, with its state; then the households still without a plot."""
    label = terms.FACILITY_KINDS.label
    parts = [f"{label(item, lang)}({state_word(site.states[item], lang)})" for item in site.lacking]
    if site.plots and site.plots.left:
        left = count(site.plots.left)
        parts.append(t(f"{left}户还没有菜地", f"{left} households without a plot", lang))
    return t("、", ", ", lang).join(parts)


def state_word(state: str, lang: str) -> str:
    """The state of an item in words, the two that no ledger writes included."""
    own = {"missing": ("缺", "Missing"), "unknown": (UNKNOWN, UNKNOWN), "partial": ("部分到户", "Some households")}
    return t(*own[state], lang) if state in own else terms.FACILITY_STATES.label(state, lang)


LAYERS: dict[str, Callable[[Viewer, dict[str, str]], bytes]] = {
    "relocation": lambda viewer, p: shapes_layer(viewer, p["area"], p["period"], p.get("part", "known"), p["lang"]),
    "relocation_points": lambda viewer, p: shapes_layer(viewer, p["area"], p["period"], "points", p["lang"]),
    "relocation_labels": lambda viewer, p: labels_layer(viewer, p["area"], p["period"]),
}
