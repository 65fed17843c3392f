"""Words and numbers as a reader sees them, in Chinese and English (文字与数字).

A pair of words stands where it is used: `t("走访覆盖率", "Visit coverage")`. Functions that run outside a page (map
routes) pass the language; in a page it is the one in the address.
"""

import math
import re
from datetime import date, timedelta, timezone
from fractions import Fraction
from functools import lru_cache

import pandas as pd
from streamlit.runtime.scriptrunner import get_script_run_ctx

LANGS = ("zh", "en")
_ENGLISH = re.compile(r"(?:^|&)lang=en(?:&|$)")
_UNSAFE: dict[int, str | None] = {ord(mark): f"&#{ord(mark)};" for mark in "&<>\"'\\`${}"}
# Control characters mean nothing in a text, and marks of direction turn what stands beside it round; the two line ends
# of JavaScript would break a string of it in two.
_UNSAFE |= dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, *range(0x202A, 0x202F), *range(0x2066, 0x206A))) | {
    0x2028: " ",
    0x2029: " ",
}
_MARKDOWN = frozenset("\\`*_{}[]()#+-.!|:~<>$")
CHINA = timezone(timedelta(hours=8))
"""The time of day that readers go by."""
UNKNOWN = "—"
HIDDEN = "＊"
NONE = ("无", "none")
"""There was nothing to count."""
HIDDEN_WHY = ("数太小或可推算，为保护隐私不显示", "small or could be worked out, hidden for privacy")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def lang() -> str:
    """The language of this page: `zh` unless the address says `en`; asked hundreds of times in a run."""
    run = get_script_run_ctx(suppress_warning=True)
    return "en" if run and _ENGLISH.search(run.query_string) else "zh"


def t(zh: str, en: str, language: str | None = None) -> str:
    """The Chinese or the English words, by the page's language or the one given."""
    return zh if (language or lang()) == "zh" else en


def esc(value: object) -> str:
    """A value as text that is safe inside HTML and inside the template strings that folium writes."""
    return str(value).translate(_UNSAFE)


def inert(value: object) -> str:
    r"""A text that may come from a file, for a label or a message: Streamlit reads these as Markdown.

    >>> print(inert("![x](http://a.example/b.png) :red[2*3]"))
    \!\[x\]\(http\://a\.example/b\.png\) \:red\[2\*3\]
    """
    return "".join(f"\\{sign}" if sign in _MARKDOWN else sign for sign in " ".join(str(value).split()))


def count(value: float | None) -> str:
    """A whole number with thousands separators; "—" when it is missing.

    >>> count(15447), count(None)
    ('15,447', '—')
    """
    return UNKNOWN if _missing(value) else f"{round(value):,}"  # type: ignore[arg-type]


def percent(numerator: float | None, denominator: float | None) -> str:
    """A share with one decimal, half up; "—" for a missing or zero denominator. All is 100.0 only when it is all.

    >>> percent(15447, 16901), percent(1, 80), percent(1999, 2000), percent(1, 20000), percent(0, 0)
    ('91.4 %', '1.3 %', '99.9 %', '0.1 %', '—')
    """
    if _missing(numerator) or _missing(denominator) or not denominator:
        return UNKNOWN
    tenths = _tenths_of(numerator, denominator, 1000)  # type: ignore[arg-type]
    if numerator < denominator:  # type: ignore[operator]
        tenths = min(tenths, 999)
    if numerator > 0:  # type: ignore[operator]
        tenths = max(tenths, 1)
    return f"{_decimal(tenths)} %"


def per(numerator: float | None, denominator: float | None, scale: int) -> str:
    """So many per `scale`, with one decimal, half up; "—" for a missing or zero denominator.

    >>> per(164, 18932, 10000), per(83.41, 100, 100), per(1, 0, 10000)
    ('86.6', '83.4', '—')
    """
    if _missing(numerator) or _missing(denominator) or not denominator:
        return UNKNOWN
    return _decimal(_tenths_of(numerator, denominator, 10 * scale))  # type: ignore[arg-type]


@lru_cache(maxsize=65_536)
def _tenths_of(numerator: float, denominator: float, scale: int) -> int:
    """The same few thousand pairs of numbers stand on every page, month after month."""
    return _half_up(scale * _exact(numerator) / _exact(denominator))


def _exact(value: float | None) -> Fraction:
    """A number as it is written: 0.9255 is 9255/10000, not the binary number nearest to it."""
    return Fraction(str(value))


def _half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def _decimal(tenths: int) -> str:
    return f"{tenths // 10:,}.{tenths % 10}"


def points(change: float | None) -> str:
    """A change of a rate in percentage points, signed; "—" when one side is unknown.

    >>> points(0.0123), points(-0.2), points(None)
    ('+1.2', '−20.0', '—')
    """
    if _missing(change):
        return UNKNOWN
    # A change is a difference of two floats: what lies beyond the ninth place is theirs.
    tenths = _tenths_of(round(1000 * abs(change), 9), 1, 1)  # type: ignore[arg-type]
    return f"{'±' if not tenths else '+' if change > 0 else '−'}{_decimal(tenths)}"  # type: ignore[operator]


def day(value: date | None, language: str | None = None) -> str:
    """A day in words: 2020年12月31日 or 31 Dec 2020."""
    if value is None or pd.isna(value):
        return UNKNOWN
    if (language or lang()) == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS_EN[value.month - 1]} {value.year}"


def door_name(estate: object, building: object) -> str:
    """Estate and building as people say it; what is missing is left out.

    >>> door_name("滨河小区", "3栋"), door_name(float("nan"), "46号")
    ('滨河小区 3栋', '46号')
    """
    return " ".join(str(part) for part in (estate, building) if part and not pd.isna(part))  # type: ignore[call-overload]


def area_km2(value_m2: float | None) -> str:
    """An area in square kilometres, or "—"."""
    if _missing(value_m2):
        return UNKNOWN
    km2 = value_m2 / 1e6  # type: ignore[operator]
    return f"{km2:,.0f} km²" if km2 >= 100 else f"{km2:,.1f} km²" if km2 >= 1 else f"{km2:.2f} km²"


def _missing(value: object) -> bool:
    return value is None or bool(pd.isna(value))  # type: ignore[call-overload]
