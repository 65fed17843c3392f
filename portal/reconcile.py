"""Published figures beside the ledger for the pages (对账), within a viewer's areas."""

import re
from dataclasses import dataclass

from data import terms
from data.published import NO_LEDGER, Interval, number_words, place_name
from data.reconcile import Reconciled, reconcile
from portal import reads
from portal.identity import Viewer
from portal.snapshot import current
from portal.words import UNKNOWN, count, esc, t

MARKS = {"same": "✓", "within": "≈", "differs": "✕", "no_ledger": UNKNOWN}
"""A mark beside the colour of each verdict."""
WITH_LEDGER, ALL = "with_ledger", "all"


@dataclass(frozen=True)
class Part:
    """A part of the article: its heading, and by sentence the figures that stand in it, in their order."""

    place: str
    sentences: tuple[tuple[str, tuple[Reconciled, ...]], ...]


def reconciled(viewer: Viewer) -> list[Reconciled]:
    """Every published figure with the ledger's count, in the order of the article; sums, for *internal* and above.

    Figures of a place outside the viewer's own have no count for this viewer and are left out.
    """
    if not viewer.may_see("internal"):
        return []
    snapshot = current()
    rows: list[Reconciled] = snapshot.keep("reconciled", lambda: snapshot.read(reconcile))
    return [row for row in rows if reads.area(viewer, row.figure.area) is not None]


def tally(rows: list[Reconciled]) -> dict[str, int]:
    """How many figures there are of each verdict, with a ledger, and in all; in the order of the chooser."""
    found = {code: sum(row.verdict == code for row in rows) for code in terms.VERDICTS}
    return {WITH_LEDGER: len(rows) - found[NO_LEDGER], **found, ALL: len(rows)}


def chosen(rows: list[Reconciled], which: str) -> list[Reconciled]:
    """The figures of a verdict, with a ledger, or all of them."""
    if which == ALL:
        return rows
    return [row for row in rows if (row.verdict != NO_LEDGER if which == WITH_LEDGER else row.verdict == which)]


def parts(rows: list[Reconciled]) -> list[Part]:
    """The figures by part of the article and by sentence."""
    by_place: dict[str, dict[str, list[Reconciled]]] = {}
    for row in rows:
        by_place.setdefault(row.figure.place, {}).setdefault(row.figure.sentence, []).append(row)
    return [
        Part(place, tuple((sentence, tuple(found)) for sentence, found in sentences.items()))
        for place, sentences in by_place.items()
    ]


def heading_of(part: Part, lang: str) -> str:
    """The heading of a part of the article."""
    return place_name(part.place, lang)


def published_words(row: Reconciled, lang: str) -> str:
    """The numbers as published, with unit and qualifier; "—" for a figure without a number."""
    return ("；" if lang == "zh" else "; ").join(number_words(v, lang) for v in row.figure.values) or UNKNOWN


def interval_words(row: Reconciled) -> str:
    """The counts that agree with the published numbers; empty where only the number itself does."""
    found = [_interval(v.interval) for v in row.figure.values if v.qualifier != "eq"]
    return t("；", "; ").join(found)


def _interval(interval: Interval) -> str:
    if interval.lowest is None:
        return f"≤ {count(interval.highest)}"
    return (
        f"≥ {count(interval.lowest)}"
        if interval.highest is None
        else f"{count(interval.lowest)}–{count(interval.highest)}"
    )


def counted_words(row: Reconciled) -> str:
    """What the ledger counts, for each number."""
    return t("；", "; ").join(count(number) for number in row.found) or UNKNOWN


def marked(sentence: str, rows: tuple[Reconciled, ...]) -> str:
    """The sentence as HTML with the words of its figures marked."""
    words = sorted({row.figure.text for row in rows}, key=len, reverse=True)
    pieces = re.split("(" + "|".join(re.escape(word) for word in words) + ")", sentence)
    return "".join(f"<mark>{esc(piece)}</mark>" if piece in words else esc(piece) for piece in pieces)
