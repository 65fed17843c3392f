"""Buildings by what ledgers call them (楼栋名称): 3栋, 3幢, 3#, 三号楼 and 东门小区3栋 in a community or an estate."""

import re
import unicodedata
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass

from data import schema
from etl.cells import chinese_number
from etl.plan import Plan

_ENDS = re.compile(r"(?:号楼|栋楼|幢楼|#楼|号栋|号幢|栋|幢|棟|座|#|号|楼)$")
_ENTRANCE = re.compile(r"(?<=[栋幢座楼#号])[一二三四五六七八九十\d]+单元.*$")
_FIGURES = re.compile(r"[一二三四五六七八九十]+$")


def building_key(name: str) -> str:
    """A building's name in one form, for matching only.

    >>> {building_key(name) for name in ("3栋", "3幢", "3#", "３号楼", "三号楼", "第3栋", "03栋", "3栋1单元", "3#楼")}
    {'3'}
    >>> building_key("东门小区十二栋"), building_key("A座"), building_key("综合楼")
    ('东门小区12', 'a', '综合')
    """
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()
    text = _ENDS.sub("", _ENTRANCE.sub("", text)).removeprefix("第")
    if figures := _FIGURES.search(text):
        with suppress(ValueError):
            text = text[: figures.start()] + str(chinese_number(figures[0]))
    return re.sub(r"(?<!\d)0+(?=\d+$)", "", text)


@dataclass(frozen=True)
class KnownBuilding:
    """A building by what people call it."""

    building_id: int
    code: str
    name: str
    estate: str
    community: int

    def title(self) -> str:
        """As it is named to a reader who must choose: estate, name and code."""
        return f"{self.estate}{self.name}({self.code})"


class BuildingNames:
    """The live buildings of a plan by community, estate and name."""

    def __init__(self, plan: Plan) -> None:
        columns = ("building_id", "building_code", "building_name", "estate_name", "community_id")
        rows = plan.columns(schema.building, *columns)
        self.all = [
            KnownBuilding(number, code, name, estate or "", community)
            for number, code, name, estate, community in rows.itertuples(index=False)
            if name
        ]
        self._named: dict[str, list[KnownBuilding]] = defaultdict(list)
        for building in self.all:
            for form in {building_key(building.name), building_key(building.estate + building.name)}:
                self._named[form].append(building)

    def find(self, name: str, estate: str | None, community: int | None) -> list[KnownBuilding]:
        """The buildings of that name, in the community and the estate where these are known."""
        wanted = building_key(estate) if estate else None
        return [
            building
            for building in self._named.get(building_key(name), ())
            if (community is None or building.community == community)
            and (wanted is None or building_key(building.estate) == wanted)
        ]
