"""What an address (地址) says of a building and a dwelling: 东门小区3栋1单元301室. For matching alone, never stored."""

import re
import unicodedata
from dataclasses import dataclass

from etl.cells import chinese_number

_FIGURE = r"(?:\d+|[一二三四五六七八九十]+|[A-Za-z])"
_BUILDING = re.compile(rf"(?:第)?{_FIGURE}(?:号楼|栋楼|幢楼|#楼|号栋|号幢|栋|幢|座|#)")
_DOORS = (
    re.compile(rf"(?P<unit>{_FIGURE})单元(?:(?P<floor>\d+)[层楼])?(?P<room>\d{{3,4}})"),
    re.compile(r"(?P<unit>\d{1,2})-(?P<room>\d{3,4})(?!\d)"),
    re.compile(r"(?P<room>\d{3,4})(?=[室号房]|$)"),
)


@dataclass(frozen=True)
class Address:
    """The parts of an address. before : what stands before the building: community, estate, streets."""

    before: str
    building: str
    unit: str | None = None
    floor: str | None = None
    room: str | None = None


def split_address(text: str) -> Address | None:
    """The parts of an address; None when it names no building by number.

    >>> split_address("东门社区 东门小区3栋1单元301室")
    Address(before='东门社区东门小区', building='3栋', unit='1', floor=None, room='301')
    >>> split_address("东门小区３号楼二单元4层402"), split_address("街心花园旁") is None
    (Address(before='东门小区', building='3号楼', unit='2', floor='4', room='402'), True)
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    found = _BUILDING.search(plain)
    if found is None:
        return None
    after = plain[found.end() :]
    door = next((door for pattern in _DOORS if (door := pattern.search(after))), None)
    parts = door.groupdict() if door else {}
    return Address(plain[: found.start()], found[0], _digits(parts.get("unit")), parts.get("floor"), parts.get("room"))


def _digits(figure: str | None) -> str | None:
    return figure if figure is None or figure.isascii() else str(chinese_number(figure))
