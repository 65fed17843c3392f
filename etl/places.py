"""Finding places by code or by name (区划索引). Names come in three forms: 工农街, 工农街社区, 工农街社区居民委员会."""

import re
import unicodedata
from collections import defaultdict

from data import schema
from etl.plan import Plan

LOCAL = "LOCAL"
"""The edition of grid codes, which are the county's own."""

_COMMITTEE_TAIL = re.compile(r"(?:社区)?居(?:民委员|委)会$"), re.compile(r"村(?:民委员|委)会$")
_COMMUNITY_TAIL = re.compile(r"(社区|村)$")
_TOWNSHIP_TAIL = re.compile(r"(人民政府|街道办事处|办事处)$")


def name_forms(name: str) -> tuple[str, ...]:
    """A community's or township's name from the most to the least exact form, for matching only.

    >>> name_forms("工农街社区居民委员会"), name_forms("珠山镇人民政府")
    (('工农街社区居民委员会', '工农街社区', '工农街'), ('珠山镇人民政府', '珠山镇'))
    """
    whole = re.sub(r"\s+", "", unicodedata.normalize("NFKC", name))
    kind = _TOWNSHIP_TAIL.sub("", whole)
    kind = _COMMITTEE_TAIL[1].sub("村", _COMMITTEE_TAIL[0].sub("社区", kind))
    return tuple(dict.fromkeys((whole, kind, _COMMUNITY_TAIL.sub("", kind) or kind)))


class Places:
    """The areas of a plan by code and by name; made anew after areas were added."""

    def __init__(self, plan: Plan, edition: str) -> None:
        self.edition = edition
        areas = plan.rows(schema.area)
        codes = plan.rows(schema.area_code)
        self.level: dict[int, str] = dict(zip(areas["area_id"], areas["level"], strict=True))
        self.parent: dict[int, int | None] = dict(zip(areas["area_id"], areas["parent_id"], strict=True))
        self.name: dict[int, str] = dict(zip(areas["area_id"], areas["area_name"], strict=True))
        self.context = set(areas["area_id"][areas["is_context"] == True])  # noqa: E712
        ours = codes[codes["edition"].isin([edition, LOCAL])]
        self.by_code: dict[str, int] = dict(zip(ours["code"], ours["area_id"], strict=True))
        self.code: dict[int, str] = {area: code for code, area in self.by_code.items()}
        self.by_edition = {
            (edition, code): area
            for edition, code, area in zip(codes["edition"], codes["code"], codes["area_id"], strict=True)
        }
        self._named: dict[tuple[str, int | None, str], list[int]] = defaultdict(list)
        for area, name in self.name.items():
            if area in self.context:
                continue
            for parent in {self.parent[area], None}:
                for form in name_forms(name):
                    self._named[self.level[area], parent, form].append(area)

    def add(self, area: int, code: str, level: str, name: str, parent: int) -> None:
        """Note an area that is on its way into the plan; it is found by code only."""
        self.by_code[code], self.code[area] = area, code
        self.level[area], self.name[area], self.parent[area] = level, name, parent

    def find(self, level: str, code: str | None) -> int | None:
        """The area with a code, if it is of that level."""
        area = self.by_code.get(code or "")
        return area if area is not None and self.level[area] == level else None

    def named(self, level: str, name: str, parent: int | None = None) -> list[int]:
        """The areas of that name under a parent (anywhere when None): those that share its most exact form."""
        return next((found for form in name_forms(name) if (found := self._named.get((level, parent, form)))), [])
