"""The stays of one household (居住期): what a ledger says of it, put among what other ledgers said before.

A stay lasts from a day to a day, half-open; an open beginning means before the register began. These rules hold:

* A new stay begins on its 迁入日期 (day of moving in) when that is after the beginning of the stay before and no later
  than the day the ledger speaks of; else on the day of the ledger. It ends the stay before.
* The same building, with the same or no dwelling, is no new stay, but for a household that had left and came back.
* A correction takes the place of the last stay and moves nothing: a refused row that comes back mended; another
  building in a ledger that states the same day as the one that said the last stay, without a later 迁入日期; a stay
  that would begin no later than the last one did.
* A ledger that states an earlier day than the last stay's, loaded late, says where the household lived then: its word
  is put in its place and the present stay remains.
* A ledger that repeats where a household lives leaves no trace of its own.
* A ledger that gives no 迁入日期 says nothing of when a known stay began.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

Stays = tuple["Stay", ...]


@dataclass(frozen=True)
class Stay:
    """One stay. since : None is before the register began. until : first day no longer. said_on : the day of the ledger
    that said it first, None when it said none.
    """

    building: int
    dwelling: int | None
    since: date | None = None
    until: date | None = None
    said_on: date | None = None


@dataclass(frozen=True)
class Word:
    """What a ledger says of a household. day : that it speaks of; is_stated : by its own word. is_mended : the row was
    refused before.
    """

    building: int
    dwelling: int | None
    moved_in: date | None
    moved_out: date | None
    day: date
    is_stated: bool = False
    is_mended: bool = False


def told(stays: Sequence[Stay], word: Word) -> Stays:
    """The stays after a ledger said something; in the order of their days, none overlapping.

    stays : at least one, likewise.

    >>> stays = told([Stay(1, None)], Word(2, None, None, None, date(2020, 6, 20)))
    >>> [(stay.building, str(stay.since), str(stay.until)) for stay in stays]
    [(1, 'None', '2020-06-20'), (2, '2020-06-20', 'None')]
    """
    later = later_than(stays, word)
    return _joined(
        _late(tuple(stays[: len(stays) - len(later)]), later, word) if later else _latest(tuple(stays), word)
    )


def later_than(stays: Sequence[Stay], word: Word) -> Stays:
    """The stays that a ledger of a later day said first."""
    if not word.is_stated or word.is_mended:
        return ()
    return tuple(stay for stay in stays if stay.said_on is not None and stay.said_on > word.day)


def begins_on(word: Word, *, is_first: bool) -> date | None:
    """The first day of a household that was not known.

    is_first : whether this is the first that was heard of its community; then it lived there before the register began.
    """
    has_left = word.moved_out is not None and word.moved_out <= word.day
    return word.moved_in if word.moved_in is not None or is_first or word.is_mended or has_left else word.day


def _latest(stays: Stays, word: Word) -> Stays:
    """The word of the newest ledger."""
    *former, last = stays
    is_move = is_elsewhere(last, word) or _is_back(last, word)
    start = word.day
    is_dated = word.moved_in is not None and _is_after(word.moved_in, last.since) and word.moved_in <= word.day
    if is_dated and word.moved_in is not None:
        start = word.moved_in
    is_correction = word.is_stated and last.said_on == word.day and not is_dated
    if not is_move or word.is_mended or is_correction or not _is_after(start, last.since):
        return _corrected(tuple(former), last, word)
    if word.moved_out is not None and word.moved_out <= start:
        # It had left before anybody said where it went.
        ended = _earlier(last.until, word.moved_out) if _is_after(word.moved_out, last.since) else last.until
        return (*former, replace(last, until=ended))
    stay = Stay(word.building, word.dwelling, start, word.moved_out, word.day)
    return (*former, replace(last, until=_earlier(last.until, start)), stay)


def _corrected(former: Stays, last: Stay, word: Word) -> Stays:
    """The last stay as it is told now; the one before gives way where this one begins earlier."""
    since = last.since
    before = former[-1] if former else None
    if word.moved_in is not None and (
        before is None or (_is_after(word.moved_in, before.since) and word.moved_in <= word.day)
    ):
        since = word.moved_in
    dwelling = last.dwelling if word.dwelling is None and word.building == last.building else word.dwelling
    if before is not None and since is not None:
        until = since if before.until == last.since else _earlier(before.until, since)
        former = (*former[:-1], replace(before, until=until))
    return (*former, replace(last, building=word.building, dwelling=dwelling, since=since, until=word.moved_out))


def _late(earlier: Stays, later: Stays, word: Word) -> Stays:
    """The word of a ledger of former days, between what was said up to its day and after it."""
    following = later[0]
    begins = following.since if following.since is not None else following.said_on
    if earlier:
        last = earlier[-1]
        still = replace(last, until=None) if last.until == following.since else last
        now = _latest((*earlier[:-1], still), word)
    elif not is_elsewhere(following, word):
        return later
    else:
        now = (Stay(word.building, word.dwelling, word.moved_in, word.moved_out, word.day),)
    last = now[-1]
    if begins is None or not _is_after(begins, last.since):
        return (*earlier, *later)  # the ledger of the later day knew better
    if last.until is None and not is_elsewhere(last, following):
        return (*now[:-1], replace(last, until=following.until), *later[1:])
    return (*now[:-1], replace(last, until=_earlier(last.until, begins)), replace(following, since=begins), *later[1:])


def is_elsewhere(stay: Stay, other: Stay | Word) -> bool:
    """Whether two places differ; of an unknown dwelling in the same building nothing is said.

    >>> is_elsewhere(Stay(1, 11), Stay(1, 12)), is_elsewhere(Stay(1, 11), Stay(1, None))
    (True, False)
    """
    if stay.building != other.building:
        return True
    return stay.dwelling is not None and other.dwelling is not None and stay.dwelling != other.dwelling


def _is_back(last: Stay, word: Word) -> bool:
    """Whether a household that had left came back to the same place."""
    return last.until is not None and word.moved_in is not None and word.moved_in >= last.until


def _joined(stays: Stays) -> Stays:
    """Stays in one place without a day between them as one."""
    found: list[Stay] = []
    for stay in stays:
        before = found[-1] if found else None
        if before is not None and before.until == stay.since and not is_elsewhere(before, stay):
            found[-1] = replace(before, dwelling=stay.dwelling or before.dwelling, until=stay.until)
        else:
            found.append(stay)
    return tuple(found)


def _is_after(day: date, since: date | None) -> bool:
    return since is None or day > since


def _earlier(one: date | None, other: date) -> date:
    return other if one is None else min(one, other)
