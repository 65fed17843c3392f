"""Finding a place by name, code or building (查找): within the viewer's own areas, best matches first."""

from typing import NamedTuple

import pandas as pd

from portal import reads
from portal.identity import Viewer
from portal.words import door_name

MOST = 8
"""Hits of a kind that are offered; whoever sees that many types one more character."""


class Hit(NamedTuple):
    """One place: its name, where it lies, its level ("building" for one), and the area that shows it."""

    name: str
    where: str
    level: str
    code: str


def find(viewer: Viewer, text: str) -> list[Hit]:
    """Areas, then buildings (from detail *internal* on), whose name holds a text or whose code begins with it.

    Blanks and the case of letters do not matter. A text that begins a name comes before one inside it, and short names
    before long ones. Nothing for an empty text.
    """
    wanted = _plain(text)
    return [*_areas(viewer, wanted), *_buildings(viewer, wanted)] if wanted else []


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _rank(wanted: str, name: str, code: str) -> tuple[int, int] | None:
    """How good a match is, the smallest best; None for none."""
    at = _plain(name).find(wanted)
    if at < 0 and not code.startswith(wanted):
        return None
    return (0 if at == 0 or code == wanted else 1, len(name))


def _areas(viewer: Viewer, wanted: str) -> list[Hit]:
    own = reads.own_areas(viewer)
    inside = {a.code: a for top in own for level in reads.LEVELS for a in reads.below(viewer, top.code, level)}
    ranked = [(rank, a) for a in inside.values() if (rank := _rank(wanted, reads.full_name(a), a.code))]
    best = sorted(ranked, key=lambda one: (one[0], reads.LEVELS.index(one[1].level), one[1].code))[:MOST]
    above = reads.parent_names(viewer, [a.code for _, a in best])
    return [Hit(reads.full_name(a), above.get(a.code, ""), a.level, a.code) for _, a in best]


def _buildings(viewer: Viewer, wanted: str) -> list[Hit]:
    rows = reads.buildings(viewer)
    if rows.empty:
        return []
    doors = pd.Series(
        [door_name(*pair) for pair in rows[["estate_name", "building_name"]].itertuples(index=False)], index=rows.index
    )
    codes = rows["building_code"].astype(str)
    plain = doors.str.replace(r"\s", "", regex=True).str.casefold()
    is_hit = plain.str.contains(wanted, regex=False) | codes.str.startswith(wanted)
    ranked = sorted((_rank(wanted, doors[i], codes[i]) or (1, 0), codes[i], i) for i in rows.index[is_hit])
    found = []
    for _, _, i in ranked[:MOST]:
        row = rows.loc[i]
        place = "grid" if isinstance(row["grid_code"], str) else "community"
        found.append(Hit(doors[i], str(row[f"{place}_name"]), "building", str(row[f"{place}_code"])))
    return found
