"""The indicator book for the pages (指标口径): the words of `data.book` beside the current value of an area."""

from dataclasses import dataclass

from data import terms
from data.book import by_topic, lines
from data.registry import Indicator
from portal import goals, reads
from portal.goals import Goal
from portal.identity import Viewer

__all__ = ["Entry", "entries", "topic_name", "topics"]


@dataclass(frozen=True)
class Entry:
    """One indicator of the book: what it means in the reader's language, and what it is here and now."""

    indicator: Indicator
    lines: tuple[tuple[str, str], ...]
    measure: reads.Measure
    goal: Goal


def topics() -> dict[str, int]:
    """The topics with how many indicators each has."""
    return {topic: len(found) for topic, found in by_topic().items()}


def topic_name(topic: str, lang: str) -> str:
    """A topic in a language."""
    return terms.TOPICS.label(topic, lang)


def entries(viewer: Viewer, topic: str, period: str, code: str, lang: str) -> list[Entry]:
    """The indicators of a topic with their values for an area and a period."""
    return [
        Entry(
            indicator, tuple(lines(indicator, lang)), reads.measure(viewer, indicator.code, period, code),
            goals.goal(viewer, indicator, period, code),
        )
        for indicator in by_topic()[topic]
    ]  # fmt: skip
