"""What a bench hands back, and how it is printed."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number: what it is, in which unit, and the limit it is held against (None: for information)."""

    what: str
    value: float
    unit: str
    limit: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the limit is kept; nothing where there is none."""
        if self.limit is None:
            return ""
        return "✓" if self.value <= self.limit else "✗"


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank), so that few runs are not smoothed over."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * share // 1))
    return ordered[int(rank) - 1]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table of figures."""
    rows = ["| 项目 What | 实测 Measured | 上限 Limit | |", "|---|---:|---:|---|"]
    for figure in figures:
        limit = "" if figure.limit is None else f"≤ {_number(figure.limit)} {figure.unit}"
        mark = " ".join(part for part in (figure.verdict, figure.note) if part)
        rows.append(f"| {figure.what} | {_number(figure.value)} {figure.unit} | {limit} | {mark} |")
    return "\n".join(rows)


def surroundings() -> str:
    """What it was measured on, in a few words; ratios carry over to other machines, seconds do not."""
    return f"{os.cpu_count()} 核 cores · Python {platform.python_version()}"


def _number(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"
