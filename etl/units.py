"""Units in headings and cells (单位): 总户数(百户), 1.2万人 → how many of our unit. Pure.

A unit that measures something else (亩 for a count of households) is an error, never left out: the number would be
wrong by orders of magnitude. What stands in brackets and is no unit at all is a note.
"""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

PREFIXES = {
    "": 1,
    "十": 10,
    "百": 100,
    "千": 1000,
    "万": 10_000,
    "十万": 100_000,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
}
COUNTED = ("户", "人", "名", "个", "栋", "幢", "层", "次", "套", "单元", "处", "件", "条", "户次", "人次")
AREAS_M2 = {
    "平方米": Fraction(1), "㎡": Fraction(1), "m2": Fraction(1), "m²": Fraction(1), "亩": Fraction(2000, 3),
    "公顷": Fraction(10_000), "平方公里": Fraction(10**6), "km2": Fraction(10**6),
}  # fmt: skip
MONEY = ("元",)


class WrongUnit(ValueError):
    """A unit that measures something else than the column holds."""


def factor_of(unit: str, measure: str) -> Fraction | None:
    """What a number in a unit is multiplied by for a measure ("count" or "m2"); None when it is no unit.

    Raises WrongUnit for a unit of something else.

    >>> factor_of("百户", "count"), factor_of("亩", "m2"), factor_of("含空置", "count")
    (Fraction(100, 1), Fraction(2000, 3), None)
    """
    word = unicodedata.normalize("NFKC", unit).strip().casefold()
    areas = {unicodedata.normalize("NFKC", name): size for name, size in AREAS_M2.items()}
    for prefix in sorted(PREFIXES, key=len, reverse=True):
        if not word.startswith(prefix):
            continue
        base, times = word[len(prefix) :], Fraction(PREFIXES[prefix])
        is_count = base in COUNTED or (base == "" and prefix != "")
        if is_count or base in areas or base in MONEY:
            if is_count and measure == "count":
                return times
            if base in areas and measure == "m2":
                return times * areas[base]
            raise WrongUnit(unit)
    return None


def bracketed(heading: str) -> list[str]:
    """What stands in brackets in a heading, or behind a stroke.

    >>> bracketed("总户数（百户）"), bracketed("户数/万户"), bracketed("户数")
    (['百户'], ['万户'], [])
    """
    plain = unicodedata.normalize("NFKC", heading)
    found = re.findall(r"[(\[【]\s*(?:单位\s*:)?\s*([^)\]】]*)[)\]】]", plain)
    return found + ([plain.rsplit("/", 1)[1].strip()] if "/" in plain else [])


def measure_of(name: str, kind: str) -> str | None:
    """What a column counts in: by its type and the end of its name; None where units mean nothing."""
    if kind == "count":
        return "count"
    return "m2" if kind == "number" and name.endswith("_m2") else None


def scaled(cell: Any, factor: Fraction) -> Any:
    """A number times a factor, a whole one where it comes out whole; what is no number stays as it is.

    >>> scaled("1.25", Fraction(10_000)), scaled(3, Fraction(100)), scaled("不详", Fraction(100))
    (12500, 300, '不详')
    """
    if isinstance(cell, bool) or cell is None:
        return cell
    try:
        number = Fraction(Decimal(unicodedata.normalize("NFKC", str(cell)).strip().replace(",", ""))) * factor
    except (InvalidOperation, ValueError, OverflowError):
        return cell
    return int(number) if number.denominator == 1 else float(number)
