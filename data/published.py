"""The published figures (公开数), read from published.toml, and the rule by which a ledger's count agrees with one.

A published number is seldom a bare number: 120余 says more than 120 and fewer than 130, 3.4万 says 33,500 to 34,499.
So a count is compared with an interval, never with the number itself. Counts are whole; money is in whole yuan.
"""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from data import terms

SAME, WITHIN, DIFFERS, NO_LEDGER = "same", "within", "differs", "no_ledger"


@dataclass(frozen=True)
class Interval:
    """The whole numbers from `lowest` to `highest`, both included; None is without an end."""

    lowest: int | None
    highest: int | None

    def __contains__(self, count: float) -> bool:
        return (self.lowest is None or count >= self.lowest) and (self.highest is None or count <= self.highest)


@dataclass(frozen=True)
class Value:
    """One number of a figure. `step` is what one in its last written digit is worth: 1,000 for 3.4万."""

    value: int
    unit: str
    qualifier: str
    step: int = 1

    @property
    def interval(self) -> Interval:
        """The counts that agree with it."""
        return acceptance(self.value, self.qualifier, self.step)


@dataclass(frozen=True)
class Figure:
    """One published figure: its words, the sentence it stands in, its numbers (several in F10, F67, F85; none in F70).

    `is_rule`: a parameter of the county, not a count. `look_alikes`: figures of the same number or words that count
    something else. `area` is the code of the place it speaks of.
    """

    figure_no: str
    place: str
    text: str
    zh: str
    en: str
    metric: str
    values: tuple[Value, ...]
    sentence: str
    is_rule: bool
    area: str
    period: str
    look_alikes: tuple[str, ...]

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


def acceptance(value: int, qualifier: str, step: int = 1) -> Interval:
    """The counts that agree with a published number (可接受区间), by its qualifier.

    eq exactly; yu (余) above it and below the next unit of its last digit that is not 0; jin (近) from nine tenths up
    to but without it; zuoyou (左右) ten per cent to either side; gt (超过) above; ge (以上、不少于) and le (以下、
    不超过) with the number itself; wan (万) half of `step` to either side, the upper end without. Raises ValueError
    for another qualifier.

    >>> acceptance(120, "yu"), acceptance(34000, "wan", 1000)
    (Interval(lowest=121, highest=129), Interval(lowest=33500, highest=34499))
    """
    if qualifier == "eq":
        return Interval(value, value)
    if qualifier == "yu":
        return Interval(value + 1, value + _last_unit(value) - 1)
    if qualifier == "jin":
        return Interval(math.ceil(value * 9 / 10), value - 1)
    if qualifier == "zuoyou":
        return Interval(math.ceil(value * 9 / 10), math.floor(value * 11 / 10))
    if qualifier == "gt":
        return Interval(value + 1, None)
    if qualifier == "ge":
        return Interval(value, None)
    if qualifier == "le":
        return Interval(None, value)
    if qualifier == "wan":
        return Interval(value - step // 2, value + step // 2 - 1)
    raise ValueError(f"{qualifier!r} is no qualifier of a published figure")


def _last_unit(value: int) -> int:
    """What one in the last digit that is not 0 is worth: 10 for 120, 100 for 2,700."""
    unit = 1
    while value % (unit * 10) == 0:
        unit *= 10
    return unit


def verdict(values: Sequence[Value], found: Sequence[float | None]) -> str:
    """What the ledger says about a figure (对账结论): a code of terms.VERDICTS.

    found : the ledger's count for each number, None where there is no ledger. The worst number decides: one that
    differs, then one without a ledger; a figure of exact numbers that all agree is the same, any other within.

    >>> verdict([Value(120, "起", "yu")], [125]), verdict([Value(30, "个", "eq")], [29]), verdict([], [])
    ('within', 'differs', 'no_ledger')
    """
    known = [(value, count) for value, count in zip(values, found, strict=True) if count is not None]
    if any(count not in value.interval for value, count in known):
        return DIFFERS
    if len(known) < len(values) or not known:
        return NO_LEDGER
    return SAME if all(value.qualifier == "eq" for value in values) else WITHIN


@lru_cache(maxsize=1)
def _file() -> dict[str, object]:
    return tomllib.loads((Path(__file__).parent / "published.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def figures() -> dict[str, Figure]:
    """All figures by number, in the order of the article; raises ValueError naming a faulty entry."""
    given: dict = dict(_file())
    alike: list[list[str]] = given["look_alikes"]
    found = {}
    for number, entry in given.items():
        if not number.startswith("F"):
            continue
        try:
            values = tuple(Value(**value) for value in entry["values"])
            for value in values:
                acceptance(value.value, value.qualifier, value.step)
            found[number] = Figure(
                figure_no=number, values=values, sentence=given["sentences"][entry["sentence"]],
                is_rule=entry.get("is_rule", False), area=given[entry.get("area", "county")], period=given["period"],
                look_alikes=tuple(other for group in alike if number in group for other in group if other != number),
                **{name: entry[name] for name in ("place", "text", "zh", "en", "metric")},
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"published.toml, {number}: {error}") from error
    return found


def place_name(place: str, lang: str) -> str:
    """The heading of a part of the article in a language."""
    places: dict = _file()["places"]  # type: ignore[assignment]
    return places[place][lang]


def unit_name(unit: str, lang: str) -> str:
    """A unit in a language; English has no word for 个."""
    units: dict = _file()["units"]  # type: ignore[assignment]
    return unit if lang == "zh" else units[unit]


def number_words(value: Value, lang: str) -> str:
    """A published number as it is meant, with its unit.

    >>> number_words(Value(120, "起", "yu"), "zh"), number_words(Value(34000, "人", "wan", 1000), "en")
    ('120余起', '34,000 people (rounded)')
    """
    before, after = terms.QUALIFIER_WORDS[value.qualifier][lang == "en"]
    unit = unit_name(value.unit, lang)
    number = f"{before}{value.value:,}{after}" if lang == "zh" else f"{before}{value.value:,}"
    if lang == "zh":
        return f"{number}{unit}"
    tail = "%" if unit == "%" else f" {unit}" if unit else ""
    return f"{number}{tail}{after}"
