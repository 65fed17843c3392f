"""The registry of indicators (指标口径), read from indicators.toml: the same words on every page and export."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from data import terms

SMALL_SENSITIVE = 10
"""Counts of sensitive topics below this are hidden from everybody without the rows themselves."""
COMPARED = ("", "period_end")
"""Periods are compared as they are now, or as each stood at its own end."""


@dataclass(frozen=True)
class Variant:
    """Another formula for the same thing, and where it is used."""

    zh: str
    en: str
    place_zh: str
    place_en: str


@dataclass(frozen=True)
class Published:
    """A figure published elsewhere that the arithmetic must give: `percent` as it was printed."""

    numerator: int
    denominator: int
    percent: str
    source: str


@dataclass(frozen=True)
class Indicator:
    """One indicator: its words in both languages, its direction and its classes; indicators.toml explains each entry.

    `breaks` are the inner class edges of the rate (a class holds its lower edge), `month_breaks` and
    `quarter_breaks` those of short periods, where an indicator counts distinct households. `scale` is what a rate of
    1 is shown as: 100 for per cent, 10 000 for a number per ten thousand. An index has `parts` and no facts of its own.
    `compared` says how two periods of it are set against each other, one of COMPARED; a period is ripe
    `ripe_after_days` after its end (0: by the limit of handling).
    Counts below `k` are hidden from the public, and those of a sensitive topic (`is_sensitive`) from everybody without
    the rows themselves. A unit has reported for it where it has each of `ledgers`; one written "a|b" stands for any.
    """

    code: str
    topic: str
    zh: str
    en: str
    numerator_zh: str
    numerator_en: str
    denominator_zh: str
    denominator_en: str
    unit_zh: str
    unit_en: str
    direction: str
    lowest_level: str
    goal: float
    breaks: tuple[float, ...]
    month_breaks: tuple[float, ...] = ()
    quarter_breaks: tuple[float, ...] = ()
    k: int = 5
    is_sensitive: bool = False
    cohort_zh: str = ""
    cohort_en: str = ""
    compared: str = ""
    ripe_after_days: int = 0
    min_sample: int = 1
    scale: int = 100
    of_unit_zh: str = ""
    of_unit_en: str = ""
    parts: Mapping[str, float] = field(default_factory=dict, hash=False)
    variants: tuple[Variant, ...] = ()
    published: tuple[Published, ...] = ()
    ledgers: tuple[str, ...] = ()

    @property
    def is_of_relocation(self) -> bool:
        """Whether its units are the relocation communities alone."""
        return self.topic == "relocation"

    @property
    def is_index(self) -> bool:
        """Whether it is made of other rates."""
        return bool(self.parts)

    @property
    def is_stock(self) -> bool:
        """Whether it is counted as things stand at the end of a period, not over it."""
        return self.cohort_zh == "期末"

    @property
    def is_at_end(self) -> bool:
        """Whether its periods are compared as each stood at its own end."""
        return self.compared == "period_end"

    @property
    def hidden_below(self) -> int:
        """Counts below this are hidden where numbers are; 0 where things are counted."""
        return max(self.k, SMALL_SENSITIVE) if self.is_sensitive else self.k

    @property
    def is_share(self) -> bool:
        """Whether it is n of d of the same things, shown as a percentage."""
        return self.scale == 100 and not self.parts

    def shown(self, rate: float) -> str:
        """A limit or goal (0..1) as it is written: "80 %", 50 per ten thousand, 90 points."""
        return f"{self.scale * rate:g} %" if self.is_share else f"{self.scale * rate:g}"

    def of_unit(self, lang: str) -> str:
        """The unit of the denominator; "" where it is that of the numerator."""
        return self.of_unit_zh if lang == "zh" else self.of_unit_en

    def name(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def unit(self, lang: str) -> str:
        return self.unit_zh if lang == "zh" else self.unit_en

    def numerator(self, lang: str) -> str:
        return self.numerator_zh if lang == "zh" else self.numerator_en

    def denominator(self, lang: str) -> str:
        return self.denominator_zh if lang == "zh" else self.denominator_en

    def cohort(self, lang: str) -> str:
        """Which day puts a thing into a period."""
        return self.cohort_zh if lang == "zh" else self.cohort_en

    def class_breaks(self, period: str) -> tuple[float, ...]:
        """The inner class edges for a period: a month or a quarter can reach only a part of the households."""
        if re.fullmatch(r"\d{4}-\d{2}|last30:.*", period) and self.month_breaks:
            return self.month_breaks
        if re.fullmatch(r"\d{4}-Q\d|last90:.*", period) and self.quarter_breaks:
            return self.quarter_breaks
        return self.breaks


@lru_cache(maxsize=1)
def indicators() -> dict[str, Indicator]:
    """All indicators by code, in the order of the file; raises ValueError naming a faulty entry."""
    text = (Path(__file__).parent / "indicators.toml").read_text(encoding="utf-8")
    return {code: _indicator(code, entry) for code, entry in tomllib.loads(text).items()}


def _indicator(code: str, entry: dict[str, object]) -> Indicator:
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    try:
        for name, kind in (("variants", Variant), ("published", Published)):
            if name in values:
                values[name] = tuple(kind(**item) for item in values[name])  # type: ignore[attr-defined]
        found = Indicator(code=code, **values)  # type: ignore[arg-type]
    except TypeError as error:
        raise ValueError(f"indicators.toml, {code}: {error}") from error
    if found.direction not in ("up", "down"):
        raise ValueError(f"indicators.toml, {code}: direction must be up or down")
    if found.compared not in COMPARED or found.ripe_after_days < 0:
        raise ValueError(f"indicators.toml, {code}: compared must be period_end or left out, ripe_after_days a number")
    if found.lowest_level not in terms.LEVELS:
        raise ValueError(f"indicators.toml, {code}: lowest_level must be one of {', '.join(terms.LEVELS)}")
    if list(found.breaks) != sorted(found.breaks):
        raise ValueError(f"indicators.toml, {code}: breaks must rise")
    if not found.ledgers or any(one not in terms.LEDGERS for entry in found.ledgers for one in entry.split("|")):
        raise ValueError(f"indicators.toml, {code}: ledgers must be some of {', '.join(terms.LEDGERS)}")
    return found
