"""What a number of a period spans (当月、本年累计): one name stands for one magnitude, so it says of which stretch."""

from data.registry import Indicator
from geo.periods import parse_period
from portal import reads
from portal.words import t

MONTHLY = ("每月当月", "each month by itself")
MONTH_ENDS = ("每月月末", "at each month's end")


def span_word(indicator: Indicator, period: str, lang: str | None = None) -> str:
    """In a word or two: of what stretch a number is, or that it stands as at the end of the period.

    A year that is not over on the data date is one up to that day.
    """
    p, data_on = parse_period(period), reads.status().data_on
    if indicator.is_stock:
        return t("期末", "at the end", lang)
    if p.kind == "ytd" or (p.kind == "year" and data_on is not None and data_on < p.last_day):
        return t("本年累计", "year to date", lang)
    if p.kind.startswith("last"):
        days = p.kind.removeprefix("last")
        return t(f"近{days}天", f"{days} days", lang)
    words = {"month": ("当月", "the month"), "quarter": ("当季", "the quarter"), "year": ("全年", "whole year"),
             "todate": ("历年累计", "all years")}  # fmt: skip
    return t(*words[p.kind], lang)


def months_word(indicator: Indicator, lang: str | None = None) -> str:
    """Of what the bars of twelve months are."""
    return t(*MONTH_ENDS if indicator.is_stock else MONTHLY, lang)
