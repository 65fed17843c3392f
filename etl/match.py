"""Finding the building or the household a row is about (匹配): by code, then by name, then by address.

A match says its way and its score: the share of the parts of the building's own name (community, estate, name) that
the row states. What fits more than one is asked, with the candidates named, and never guessed.
"""

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import pandas as pd

from data import schema
from etl.addresses import Address, split_address
from etl.buildings import BuildingNames, KnownBuilding, building_key
from etl.clean import Ledger
from etl.places import Places, name_forms
from etl.plan import Plan
from etl.problems import Reason, not_found, shorten
from etl.tables import lived

CODE, NAME, ADDRESS = "code", "name", "address"
SHOWN = 5
STATING = ("community_code", "community_name", "township_name")
_NAMING = ("building_name", "estate_name", "address")


@dataclass(frozen=True)
class Match:
    """A building found, how, and how much of what it is called the row states (0..1)."""

    building: KnownBuilding
    way: str
    score: float


class Matcher:
    """The buildings of a plan, to be found by what rows call them; their lists are made when first asked."""

    def __init__(self, plan: Plan, places: Places) -> None:
        self._plan, self._places = plan, places

    @cached_property
    def names(self) -> BuildingNames:
        return BuildingNames(self._plan)

    def by_name(self, name: str, estate: str | None, community: int | None) -> list[Match]:
        """The buildings of a name, in the community and the estate where these are known."""
        found = self.names.find(name, estate, community)
        return [self._scored(b, NAME, bool(estate) or _says(b.estate, name), community is not None) for b in found]

    def by_address(self, address: Address, community: int | None) -> list[Match]:
        """The buildings an address may mean: in the estate that it names, else in the community it or the row names.

        An address that names an estate we do not know means none of those we do.
        """
        named, rest = self._communities_in(address.before)
        if community is not None:
            named = {community}
        found = []
        for building in self.names.find(address.building, None, None):
            in_community = building.community in named
            in_estate = bool(building.estate) and building_key(building.estate) in building_key(rest)
            if (in_community or not named) and (in_estate or (in_community and _is_no_estate(rest))):
                found.append((in_estate, self._scored(building, ADDRESS, in_estate, in_community)))
        is_told = any(in_estate for in_estate, _ in found)
        return [match for in_estate, match in found if in_estate or not is_told]

    def near(self, name: str, community: int | None) -> list[str]:
        """Names of the community that are written much like one that is not there."""
        known = [b.name for b in self.names.all if community is None or b.community == community]
        return get_close_matches(name, list(dict.fromkeys(known)), n=3, cutoff=0.6)

    def _communities_in(self, text: str) -> tuple[set[int], str]:
        """The communities an address names, by the longest form of a name that stands in it, and what follows."""
        found: dict[int, str] = {}
        for area, level in self._places.level.items():
            if level == "community":
                forms = [form for form in name_forms(self._places.name[area]) if len(form) > 1 and form in text]
                if forms:
                    found[area] = max(forms, key=len)
        longest = max(found.values(), key=len, default="")
        rest = text.rpartition(longest)[2] if longest else text
        return {area for area, form in found.items() if len(form) == len(longest)}, rest

    def _scored(self, building: KnownBuilding, way: str, says_estate: bool, says_community: bool) -> Match:
        parts = [True, says_community, *([says_estate] if building.estate else [])]
        return Match(building, way, round(sum(parts) / len(parts), 2))


def _is_no_estate(rest: str) -> bool:
    """Whether what stands between community and building is nothing, or a street, a number, a village group."""
    return not rest or rest[-1] in "路街巷道号组队"


def _says(estate: str, name: str) -> bool:
    return bool(estate) and building_key(name).startswith(building_key(estate))


def match_buildings(ledger: Ledger, matcher: Matcher, ids: list[Any], stated: Any) -> list[Any]:
    """Buildings of rows that give a name or an address instead of a code, beside those found by code.

    ids : what was found by code. stated : function of the cells of a row → the community it states, or a list of
    several. Notes `building_way` and `building_score`; a building's code is filled in where it was found otherwise,
    and the door where the address says it. Rows that fit no building, or more than one, are refused.
    """
    frame, found = ledger.frame, list(ids)
    ways: list[Match | None] = [None] * len(frame)
    wanted = [name for name in _NAMING if name in frame]
    asked = frame["building_code"].isna() & frame[wanted].notna().any(axis=1)
    for row in frame.index[asked]:
        cells = {name: frame.at[row, name] for name in (*STATING, *wanted) if name in frame}
        match = _match_row(ledger, matcher, row, cells, stated(cells))
        if match:
            found[row], ways[row] = match.building.building_id, match
            # What hangs on the building is named after its code.
            frame.at[row, "building_code"] = match.building.code
    by_code = [None if b is None or match else CODE for b, match in zip(found, ways, strict=True)]
    frame["building_way"] = pd.Series(
        [match.way if match else way for match, way in zip(ways, by_code, strict=True)], frame.index, dtype=object
    )
    frame["building_score"] = pd.Series(
        [match.score if match else way and 1.0 for match, way in zip(ways, by_code, strict=True)],
        frame.index, dtype=object,
    )  # fmt: skip
    if "address" in frame and "room_no" in frame:
        _fill_doors(frame)
    return found


def _match_row(
    ledger: Ledger, matcher: Matcher, row: Any, cells: dict[str, Any], community: int | list[int] | None
) -> Match | None:
    name, estate = cells.get("building_name"), cells.get("estate_name")
    address = split_address(cells["address"]) if cells.get("address") else None
    place = community if isinstance(community, int) else None
    several = set(community) if isinstance(community, list) else None
    matches: list[Match] = []
    column = "building_name" if name else "address"
    heading = ledger.heading(row, column)
    if name:
        is_placed = place is not None or bool(estate)
        matches = matcher.by_name(name, estate, place) if is_placed else []
        if several is not None:
            # The community is one of several of its name, or none that is known: only theirs can be meant.
            matches = [match for match in matches if match.building.community in several]
        if len(matches) != 1 and address:
            both = {match.building.building_id for match in matches}
            told = [m for m in matcher.by_address(address, place) if not both or m.building.building_id in both]
            matches = told or matches
        if not matches and not is_placed:
            zh = f"“{heading}”为“{shorten(name)}”,但没有写明是哪个社区或小区;请补上,或填楼栋编码"
            en = f"{heading} is {shorten(name)}, but not in which community or estate; give it, or its code"
            ledger.refuse(row, Reason(heading, "NOT_FOUND", zh, en))
            return None
    elif address:
        matches = matcher.by_address(address, place)
    if len(matches) == 1:
        return matches[0]
    if matches:
        ledger.refuse(row, ambiguous(heading, name or address.building, [m.building.title() for m in matches]))  # type: ignore[union-attr]
    elif name or ledger.source.links["building"] == "required":
        ledger.refuse(row, _no_building(heading, name or "", matcher.near(name, place) if name else []))
    # A free text that names no building is no fault of a row which may lie elsewhere.
    return None


def _fill_doors(frame: pd.DataFrame) -> None:
    """Entrance, floor and room from the address where the columns leave them open."""
    for row in frame.index[frame["room_no"].isna() & frame["address"].notna()]:
        if address := split_address(str(frame.at[row, "address"])):
            for name, part in (("unit_no", address.unit), ("floor_no", address.floor), ("room_no", address.room)):
                if frame.at[row, name] is None:
                    frame.at[row, name] = part


def _no_building(heading: str, name: str, near: list[str]) -> Reason:
    if not near:
        return not_found(heading, shorten(name) if name else "***", "楼栋", "building")
    zh = f"“{heading}”为“{shorten(name)}”,没有这栋楼;写法相近的有:{'、'.join(near)}。请更正,或填楼栋编码"
    en = f"{heading} is {shorten(name)}, and there is no such building; alike are {', '.join(near)}; correct it"
    return Reason(heading, "NOT_FOUND", zh, en)


def ambiguous(heading: str, value: Any, candidates: list[str]) -> Reason:
    """More than one fits: which they are, for the reader to choose."""
    more = len(candidates) - SHOWN
    shown = candidates[:SHOWN]
    count, dots = len(candidates), "……" if more > 0 else ""
    zh = f"“{heading}”为“{shorten(value)}”,能对上的有{count}个:{'、'.join(shown)}{dots};请写明是哪一个"
    en = f"{heading} is {shorten(value)}, and {count} fit: {', '.join(shown)}{dots}; say which"
    return Reason(heading, "AMBIGUOUS", zh, en)


# --- households by their door -----------------------------------------------------------------------------------------


class Doors:
    """The households of a plan by building, entrance and room."""

    def __init__(self, plan: Plan) -> None:
        names = ("household_id", "household_no", "building_id", "dwelling_id", "moved_in_on", "moved_out_on")
        homes = lived(plan, plan.columns(schema.household, *names))
        dwellings = plan.columns(schema.dwelling, "dwelling_id", "building_id", "unit_no", "room_no")
        at = dict(zip(dwellings["dwelling_id"], dwellings.itertuples(index=False), strict=True))
        self._homes: dict[tuple[Any, str], list[Any]] = defaultdict(list)
        # By their number: the ids are random, and a message says the same every time.
        for home in homes.sort_values("household_no").itertuples(index=False):
            if door := at.get(home.dwelling_id):
                self._homes[door.building_id, door.room_no].append((door.unit_no, home))

    def find(self, building: Any, unit: str | None, room: str, day: Any) -> list[Any]:
        """Who lived behind a door on a day; the entrance narrows where it is known."""
        entrance = _figures(unit, 2) if unit else None
        return [
            home
            for of, home in self._homes.get((building, _figures(room, 4)), ())
            if (entrance is None or of in (entrance, "00"))
            and (day is None or home.moved_in_on is None or home.moved_in_on <= day)
            and (day is None or home.moved_out_on is None or day < home.moved_out_on)
        ]


def _figures(part: str, width: int) -> str:
    return "".join(ch for ch in part if ch.isdigit()).zfill(width)


_DOOR = ("building_id", "unit_no", "room_no", "visited_on")


def match_households(ledger: Ledger, doors: Doors, ids: list[Any]) -> list[Any]:
    """Households of rows that give a door instead of a number, beside those found by number."""
    frame, found = ledger.frame, list(ids)
    asked = frame["household_no"].isna() & frame["room_no"].notna() & frame["building_id"].notna()
    for row in frame.index[asked]:
        door: dict[str, Any] = {name: frame.at[row, name] for name in _DOOR}
        homes = doors.find(door["building_id"], door["unit_no"], door["room_no"], door["visited_on"])
        heading = ledger.heading(row, "room_no" if "room_no" in _columns_of(ledger, row) else "address")
        if len(homes) == 1:
            found[row] = homes[0].household_id
        elif homes:
            ledger.refuse(row, ambiguous(heading, "***", [str(home.household_no) for home in homes]))
        else:
            ledger.refuse(row, not_found(heading, "***", "户", "household"))
    for row in frame.index[frame["household_no"].isna() & ~asked]:
        if not ledger.reasons.get(row):
            heading = ledger.heading(row, "household_no")
            zh, en = (
                f"“{heading}”为空,楼栋和房号也没有写全,不知道是哪一户",
                "neither a number nor a whole door is given",
            )
            ledger.refuse(row, Reason(heading, "MISSING", zh, en))
    return found


def _columns_of(ledger: Ledger, row: Any) -> dict[str, int]:
    return ledger.sheets[ledger.sheet_of[row]].layout.at
