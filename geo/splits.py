"""Tables split by a sensitive kind (敏感分类表): which rows of kinds may be shown, and what is hidden in them.

A split says of an area and a period how its total falls into kinds, one of them sensitive (disputes by category with
those within a family, visits due by kind of household with those in need). Its totals stand beside it exactly, down to
grids, and so do those of all areas and periods, which tie every row to every other. So a row is in one of these states:

* *total only*: where the total is below 2 k, and wherever the rules below leave nothing better;
* the sensitive kind is hidden, and its companion with it. This is the same kind in all rows of a year. Hence the sum of
  the two is all that a row tells about either, whatever other rows are shown: a thing can be of one or of the other,
  row by row. A row is served so where the two hold enough;
* everything is shown: in periods of the top area (a county) where the sensitive number is not small and no difference
  of such rows is; in the same periods of an area below, where the same is true of it and of what the shown ones leave
  of the area above; else for the year alone.

Each row counts two things (of disputes accepted those resolved and those not; of visits due those paid and those
left). A row tells them by kind where each is large enough; else it tells their sum alone, of the two kinds or of all.

What can be worked out is a question of flow. Under an area that is shown its months fall into blocks whose sensitive
number is known from the rows shown and their differences, and some of the areas just below it are known for the year.
The number can move between cells when every block and every such area keeps its own, in each cell between nothing and
what both hidden kinds hold there. That is a transport problem: its greatest and least values are whole numbers, found
by augmenting paths (Ford and Fulkerson 1956). Each number served as hidden keeps a range of k at least.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geo.disclosure import SMALL_BASE
from geo.periods import Period

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]

MONTHS = 12


@dataclass(frozen=True)
class Split:
    """One calendar year of a split, by leaf of the tree of areas.

    leaves : ids, each once; also that of an area that has others below it, for what lies in none of them. kinds :
    names. done, left : leaves × 12 months × kinds; whole, never negative. Both together are the total.
    """

    year: int
    leaves: Sequence[int]
    kinds: Sequence[str]
    done: Numbers
    left: Numbers


class Row(NamedTuple):
    """How a row is served.

    is_hidden : the sensitive kind and its companion are. has_done : what was done is told by kind, not the total of
    each kind alone. hides_done : of the two kinds it is not, though their totals are told.
    """

    is_hidden: bool
    has_done: bool
    hides_done: bool = False


@dataclass(frozen=True)
class Served:
    """What is served of a year: `rows` by area id and period, an absent one by its total alone; the `hidden` kinds."""

    hidden: tuple[str, ...]
    rows: Mapping[tuple[int, str], Row]


def rows_served(
    split: Split,
    parents: Mapping[int, int | None],
    sensitive: str,
    periods: Sequence[Period],
    k: int = 10,
    *,
    is_monthly: bool = False,
) -> Served:
    """Which rows of a split are served, and which kinds are hidden in those where any is.

    parents : the area above each; None, or absent, at the top. sensitive : one of the kinds. periods : of that year,
    made of whole months. is_monthly : a home of the sensitive kind counts once a month, so that k homes are k for
    every month of a period.

    Nothing is served where the split has one kind alone.

    >>> from geo.periods import parse_period
    >>> done = np.zeros((2, 12, 3), dtype=np.int64)
    >>> done[:, 0] = [[3, 30, 40], [9, 40, 60]]
    >>> one = Split(2020, [2, 3], ["family", "noise", "land"], done, np.zeros_like(done))
    >>> found = rows_served(one, {2: 1, 3: 1}, "family", [parse_period("2020-01")])
    >>> found.hidden, {area: row.is_hidden for (area, _), row in sorted(found.rows.items())}
    (('family', 'noise'), {1: False, 2: True, 3: True})
    """
    at = list(split.kinds).index(sensitive)
    spans = {period.text: _months(period, split.year) for period in periods}
    table, rows = _Table(split, parents, at, k, is_monthly), dict[tuple[int, str], Row]()
    trees = [_Tree(table, top, spans, rows) for top in table.tops]
    others = [kind for kind in range(len(split.kinds)) if kind != at]
    if not others:
        return Served((sensitive,), {})
    held = (split.done + split.left).sum(axis=(0, 1))
    # The one that serves most rows; of equals the one with which least is lost.
    companion = max(others, key=lambda kind: (sum(tree.worth(kind) for tree in trees), -int(held[kind]), -kind))
    table.choose(companion)
    for tree in trees:
        tree.serve()
    return Served((sensitive, split.kinds[companion]), rows)


def _months(period: Period, year: int) -> Mask:
    """The months of a year that lie in a period, as far as it has come."""
    first = 1 if period.start is None or period.start.year < year else period.start.month
    last = period.last_day.month if period.last_day.year == year else MONTHS
    return np.array([first <= month <= last for month in range(1, MONTHS + 1)])


class _Table:
    """Counts of every area: `parts` (done, left) × areas × months × kinds; `place` is the row of an area."""

    def __init__(self, split: Split, parents: Mapping[int, int | None], at: int, k: int, is_monthly: bool) -> None:
        self.sensitive, self.k, self.is_monthly = at, k, is_monthly
        paths: list[list[int]] = []
        for leaf in split.leaves:
            path = [leaf]
            while (above := parents.get(path[-1])) is not None:
                path.append(above)
            paths.append(path)
        self.parent = {area: parents.get(area) for path in paths for area in path}
        self.place = {area: row for row, area in enumerate(sorted(self.parent))}
        self.tops = sorted(area for area, above in self.parent.items() if above is None)
        self.below: dict[int, list[int]] = {area: [] for area in self.place}
        for area in self.place:
            if (above := self.parent[area]) is not None:
                self.below[above].append(area)
        counts = np.stack([split.done, split.left]).astype(np.int64)
        self.leaves, self.paths = counts, [[self.place[area] for area in path] for path in paths]
        self.parts = np.stack([self._up(part) for part in counts])
        self.total = self.parts.sum(axis=(0, 3))  # area × month

    def _up(self, counts: Numbers) -> Numbers:
        """Counts of leaves as those of all areas."""
        sums = np.zeros((len(self.place), *counts.shape[1:]), dtype=np.int64)
        for leaf, path in enumerate(self.paths):
            sums[path] += counts[leaf]
        return sums

    def choose(self, companion: int) -> None:
        """Set what is hidden: `mine`, the sensitive numbers, and `room`, with those of a companion."""
        self.companion = companion
        self.mine = self.parts[..., self.sensitive]  # part × area × month
        self.room = self.mine + self.parts[..., companion]
        # What can be done in place of left, and the other way round, when no total of a kind changes: area × month.
        (done, left), (done_too, left_too) = self.leaves[..., self.sensitive], self.leaves[..., companion]
        self.more, self.less = (self._up(np.minimum(*two)) for two in ((done_too, left), (done, left_too)))

    def inside(self, area: int) -> list[int]:
        """An area and all below it, those above before those below."""
        found = [area]
        for one in found:
            found.extend(self.below[one])
        return found

    def need(self, months: int) -> int:
        """The least number of things of the sensitive kind that is not small in so many months."""
        return self.k * (max(months, 1) if self.is_monthly else 1)

    def all_of(self, area: int, span: Mask) -> int:
        """The total of an area in some months."""
        return int(self.total[self.place[area], span].sum())

    def totals_of(self, area: int, span: Mask) -> Numbers:
        """The totals (done, left) of an area in some months."""
        return np.asarray(self.parts[:, self.place[area]][:, span].sum(axis=(1, 2)))

    def told_of(self, area: int, span: Mask) -> Numbers:
        """The sensitive numbers (done, left) of an area in some months."""
        return np.asarray(self.mine[:, self.place[area]][:, span].sum(axis=1))

    def is_told(self, parts: Numbers, totals: Numbers, months: int, *, apart: bool) -> bool:
        """Whether a sensitive number may be told: not small, and not that there is none of few.

        parts, totals : done and left, of the sensitive kind and of all. apart : also each by itself; where none is left
        (or done) of any kind, the total says so.
        """
        many, total = int(parts.sum()), int(totals.sum())
        if many == 0:
            return total == 0 or total >= SMALL_BASE
        if many < self.need(months) or (many == total and total < SMALL_BASE):
            return False
        return not apart or all(
            part >= self.k or (part == 0 and (many >= SMALL_BASE or every == 0))
            for part, every in zip(parts.tolist(), totals.tolist(), strict=True)
        )

    def is_beside(self, area: int, span: Mask, totals: Numbers) -> bool:
        """Whether a companion has enough of each: where it has none left, all that is left is the sensitive kind's."""
        own = self.parts[:, self.place[area]][:, span].sum(axis=1)[:, self.companion]
        return all(many >= self.k or every == 0 for many, every in zip(own.tolist(), totals.tolist(), strict=True))

    def is_held(self, kind: int, area: int, span: Mask) -> bool:
        """Whether a companion holds enough beside the sensitive kind to hide it."""
        own = self.parts[:, self.place[area]][:, span].sum(axis=(0, 1))
        need = self.need(int(span.sum()))
        return bool(own[kind] >= self.k and own[kind] + own[self.sensitive] >= need)

    def alias(self, area: int, span: Mask) -> int:
        """The highest area that has nothing but what this one has: the two have every number in common."""
        while (above := self.parent[area]) is not None and self.all_of(above, span) == self.all_of(area, span):
            area = above
        return area


Blocks = list[tuple[Mask, bool]]
"""Months apart that are told from each other, and whether their number is known."""


class _Tree:
    """The areas under one whose periods are shown, or hidden, together: `found` is filled with the rows served.

    shown : its rows that are shown whole. blocks, done_blocks : what is known of its months, of both numbers
    together and of each. columns : of the areas just below it those shown for the year; along : those in all its
    periods, done_along : with what was done. parent_hides : what was done is not told of it, though its total is.
    """

    def __init__(self, table: _Table, top: int, spans: Mapping[str, Mask], found: dict[tuple[int, str], Row]) -> None:
        self.table, self.top, self.found = table, top, found
        self.areas = table.inside(top)
        self.busy: Mask = table.total[table.place[top]] > 0
        self.spans = spans
        self.shown: dict[str, Row] = {}
        self.blocks: Blocks = []
        self.done_blocks: Blocks = []
        self.columns: dict[int, Row] = {}
        self.parent_hides = False
        self.along: list[int] = []
        self.done_along: list[int] = []
        self.trees: list[_Tree] = []

    def _asked(self, areas: Sequence[int]) -> list[tuple[int, str]]:
        """The rows of some areas whose total is large enough to be split, those of an area above first."""
        rows, found = [self.table.place[area] for area in areas], []
        for text, span in self.spans.items():
            least = max(1, 2 * self.table.need(int((span & self.busy).sum())))
            sums = self.table.total[rows][:, span].sum(axis=1)
            found += [(n, area, text) for n, (area, many) in enumerate(zip(areas, sums, strict=True)) if many >= least]
        return [(area, text) for _, area, text in sorted(found)]

    def worth(self, kind: int) -> int:
        """How many rows a companion could serve; those of the top and of the areas below it weigh most."""
        weights = {self.top: 100, **dict.fromkeys(self.table.below[self.top], 10)}
        return sum(
            weights.get(area, 1)
            for area, text in self._asked(self.areas)
            if self.table.is_held(kind, area, self.spans[text] & self.busy)
        )

    def serve(self) -> None:
        """Decide on every row under a top: first on all that is shown whole, then on what can be hidden beside it."""
        self._show_top([text for _, text in self._asked([self.top])])
        self._show_below()
        self._serve_rows()

    def _show_below(self) -> None:
        self._choose_along()
        self._show_columns([area for area in self.table.below[self.top] if area not in self.along])
        self._go_along()
        for tree in self.trees:
            tree._show_below()

    def _serve_rows(self) -> None:
        for _, text in self._asked([self.top]):
            self._serve_row(self.top, text, self.shown.get(text))
        for tree in self.trees:
            tree._serve_rows()
        for home in self.table.below[self.top]:
            if home in self.along:
                continue
            for area, text in self._asked(self.table.inside(home)):
                is_year = bool((self.spans[text] & self.busy == self.busy).all())
                self._serve_row(area, text, self.columns.get(area) if is_year else None, home)

    def _serve_row(self, area: int, text: str, shown: Row | None, home: int | None = None) -> None:
        """Note how one row is served; home : the area just below the top that it lies in."""
        span = self.spans[text] & self.busy
        alias = self.table.alias(area, span)
        if alias != area:
            row = self.found.get((alias, text))
        elif shown is None and self.table.is_held(self.table.companion, area, span):
            row = self._hidden_row(area, span, home)
        else:
            row = shown
        if row is not None:
            self.found[area, text] = row

    # --- what is shown whole --------------------------------------------------------------------------------------

    def _blocks_of(self, shown: Sequence[Mask]) -> Blocks:
        """The months that some shown rows tell apart; the number of those in none of them is not known."""
        signs: dict[tuple[bool, ...], list[int]] = {}
        for month in np.flatnonzero(self.busy).tolist():
            signs.setdefault(tuple(bool(span[month]) for span in shown), []).append(month)
        blocks = []
        for sign, months in signs.items():
            block = np.zeros(MONTHS, dtype=bool)
            block[months] = True
            blocks.append((block, any(sign)))
        return blocks

    def _are_told(self, area: int, spans: Sequence[Mask], *, apart: bool) -> bool:
        """Whether the numbers of an area in some stretches may be told."""
        t = self.table
        for span in spans:
            told, totals, months = t.told_of(area, span), t.totals_of(area, span), int((span & self.busy).sum())
            if not t.is_told(told, totals, months, apart=apart) or (apart and not t.is_beside(area, span, totals)):
                return False
        return True

    def _show_top(self, texts: Sequence[str]) -> None:
        """The rows of the top that are shown whole: years before quarters before months, then what follows of them."""
        spans = {text: self.spans[text] & self.busy for text in texts}
        fixed = sorted((text for text in texts if ":" not in text), key=lambda text: (-spans[text].sum(), text))
        chosen: dict[bool, list[Mask]] = {False: [], True: []}
        for apart in (False, True):
            for text in list(self.shown) if apart else fixed:
                tried = [*chosen[apart], spans[text]]
                known = [block for block, is_known in self._blocks_of(tried) if is_known]
                if self._are_told(self.top, [*known, *tried], apart=apart):
                    chosen[apart] = tried
                    self.shown[text] = Row(is_hidden=False, has_done=apart)
        self.blocks, self.done_blocks = (self._blocks_of(chosen[apart]) for apart in (False, True))
        for text in texts:
            is_new = text not in self.shown and _follows(spans[text], self.blocks)
            if is_new and self._are_told(self.top, [spans[text]], apart=False):
                self.shown[text] = Row(is_hidden=False, has_done=_follows(spans[text], self.done_blocks))

    def _choose_along(self) -> None:
        """The areas just below that are shown in all the periods of the top, and those of them with what was done."""
        t = self.table
        below = [area for area in t.below[self.top] if t.all_of(area, self.busy)]
        for apart, blocks in ((False, self.blocks), (True, self.done_blocks)):
            known = [block for block, is_known in blocks if is_known]
            below = [area for area in below if known and self._are_told(area, known, apart=apart)]
            while below and not self._leaves_enough(below, known, apart=apart):
                below.remove(min(below, key=lambda area: (int(t.told_of(area, self.busy).sum()), area)))
            if apart:
                self.done_along = list(below)
            else:
                self.along = list(below)

    def _go_along(self) -> None:
        """The trees of the areas shown in all the periods of the top."""
        t = self.table
        untold = [
            area
            for area in t.below[self.top]
            if area not in self.done_along and not (area in self.columns and self.columns[area].has_done)
        ]
        for area in self.along:
            is_done = area in self.done_along
            tree = _Tree(t, area, self.spans, self.found)
            tree.busy, tree.blocks, tree.parent_hides = self.busy, self.blocks, not is_done
            tree.done_blocks = self.done_blocks if is_done else self._blocks_of([])
            asked = [text for _, text in tree._asked([area])]
            others = [one for one in untold if one != area]
            for text, row in self.shown.items():
                if text not in asked:
                    continue
                if is_done:
                    tree.shown[text] = row
                else:
                    is_open = self._is_done_open(area, others, self.spans[text])
                    tree.shown[text] = Row(is_hidden=False, has_done=is_open, hides_done=is_open)
            self.trees.append(tree)

    def _is_done_open(self, area: int, others: Sequence[int], span: Mask) -> bool:
        """Whether what was done of the hidden kinds of an area keeps a range of k when their totals are told.

        others : the areas beside it whose done numbers are not told either. That of all together counts as told, in
        every block.
        """
        t, found = self.table, 0
        row, rows = t.place[area], [t.place[one] for one in others]
        for block, _ in self.blocks:
            for own, beside in ((t.more, t.less), (t.less, t.more)):
                found += min(int(own[row, block & span].sum()), int(beside[rows][:, block].sum()))
        return found >= t.k

    def _leaves_enough(self, areas: Sequence[int], spans: Sequence[Mask], *, apart: bool) -> bool:
        """Whether what some areas leave of the top may be told as well, in some stretches."""
        t = self.table
        for span in spans:
            others = t.totals_of(self.top, span) - sum(t.totals_of(area, span) for area in areas)
            rest = t.told_of(self.top, span) - sum(t.told_of(area, span) for area in areas)
            if others.sum() and not t.is_told(rest, others, int((span & self.busy).sum()), apart=apart):
                return False
        return True

    def _show_columns(self, pool: Sequence[int]) -> None:
        """Of the other areas just below those that are shown whole for the year."""
        t, year = self.table, self.busy
        chosen = [area for area in pool if t.all_of(area, year) >= max(1, 2 * t.need(int(year.sum())))]
        for apart, blocks in ((False, self.blocks), (True, self.done_blocks)):
            if apart and self.parent_hides:
                break
            chosen = [area for area in chosen if self._are_told(area, [year], apart=apart)]
            told = self.done_along if apart else self.along
            while chosen and _follows(year, blocks) and not self._leaves_enough([*told, *chosen], [year], apart=apart):
                chosen.remove(min(chosen, key=lambda area: (int(t.told_of(area, year).sum()), area)))
            self.columns |= {area: Row(is_hidden=False, has_done=apart) for area in chosen}

    # --- what a hidden number can be ------------------------------------------------------------------------------

    def _hidden_row(self, area: int, span: Mask, home: int | None) -> Row | None:
        """How a row is served that hides the sensitive kind; None where too little is left open."""
        t = self.table
        need, k = t.need(int(span.sum())), t.k
        done, left = (self._range(part, area, span, home, max(need, k)) for part in (0, 1))
        if done + left < need:
            return None
        totals = t.totals_of(area, span).tolist()
        # Where nothing was left (or done) at all, its total says so, and the kinds say no more.
        has_done = all(many >= k or total == 0 for many, total in zip((done, left), totals, strict=True))
        return Row(is_hidden=True, has_done=has_done)

    def _range(self, part: int, area: int, span: Mask, home: int | None, enough: int) -> int:
        """Between the least and the greatest value of the sensitive number of a row, as far as it is asked for."""
        if home is None:
            # Within the areas below that keep their own number for the year.
            pool = [one for one in self.table.below[area] if one not in self.along]
            if not pool and not self.trees:
                return self._exchanged(part, [area], [area], span)
            return sum(self._exchanged(part, [one], [one], span) for one in pool) + sum(
                tree._range(part, tree.top, span, None, enough) for tree in self.trees
            )
        found = self._exchanged(part, [area], [home], span)
        return found if found >= enough else _Flow(self, part, area, home, span).range(enough)

    def _held(self, part: int, areas: Sequence[int], span: Mask) -> tuple[int, int]:
        """What some areas have of the sensitive number in some months, and how much more of it there can be."""
        rows = [self.table.place[area] for area in areas]
        own = int(self.table.mine[part][rows][:, span].sum())
        return own, int(self.table.room[part][rows][:, span].sum()) - own

    def _exchanged(self, part: int, areas: Sequence[int], home: Sequence[int], span: Mask) -> int:
        """How far a number can go by exchange with the rest of the area just below the top, in its own block."""
        is_free, found = home[0] not in self.columns, 0
        for block, is_known in self.blocks:
            if not (span & block).any():
                continue
            own, free = self._held(part, areas, span & block)
            if is_free and not is_known:
                found += own + free
            else:
                all_own, all_free = self._held(part, home, block)
                found += min(free, all_own - own) + min(own, all_free - free)
        return found


def _follows(span: Mask, blocks: Blocks) -> bool:
    """Whether a span is made of blocks whose number is known."""
    touched = [(block, is_known) for block, is_known in blocks if (block & span).any()]
    return all(is_known and not (block & ~span).any() for block, is_known in touched)


class _Flow:
    """The transport problem of one row: blocks of months on one side, areas just below the top on the other.

    A number moves from a block to an area through what is free in their cell, and back through what it holds. Blocks
    and areas whose number is not told meet in a node of their own. The row itself stands between its blocks and area.
    """

    def __init__(self, tree: _Tree, part: int, area: int, home: int, span: Mask) -> None:
        pool = [one for one in tree.table.below[tree.top] if one not in tree.along]
        columns = [[one] for one in pool if one in tree.columns or one == home]
        columns.append([one for one in pool if [one] not in columns])
        many = len(tree.blocks)
        self.home = many + columns.index([home])
        self.row, self.hub = many + len(columns), many + len(columns) + 1
        self.links = np.zeros((self.hub + 1, self.hub + 1), dtype=np.int64)
        unlimited = int(tree.table.room[part].sum()) + 1
        for b, (block, is_known) in enumerate(tree.blocks):
            for c, ones in enumerate(columns):
                held, free = tree._held(part, ones, block)
                if ones == [home]:
                    own, own_free = tree._held(part, [area], block & span)
                    self.links[b, self.row], self.links[self.row, b] = own_free, own
                    held, free = held - own, free - own_free
                self.links[b, many + c], self.links[many + c, b] = free, held
            if not is_known:
                self.links[b, self.hub] = self.links[self.hub, b] = unlimited
        for c, ones in enumerate(columns):
            if not ones or ones[0] not in tree.columns:
                self.links[many + c, self.hub] = self.links[self.hub, many + c] = unlimited

    def range(self, enough: int) -> int:
        """How far the number of the row can go up and down together, as far as it is asked for."""
        up = _most(self.links.copy(), self.home, self.row, enough)
        return up + _most(self.links.copy(), self.row, self.home, max(enough - up, 0))


def _most(links: Numbers, start: int, end: int, enough: int) -> int:
    """The greatest flow between two nodes, or `enough` where there is more; `links` are used up.

    >>> _most(np.array([[0, 3, 2], [0, 0, 2], [0, 0, 0]]), 0, 2, 9)
    4
    """
    found = 0
    while found < enough:
        before, waiting = {start: start}, deque([start])
        while waiting and end not in before:
            node = waiting.popleft()
            for following in np.flatnonzero(links[node]).tolist():
                if following not in before:
                    before[following] = node
                    waiting.append(following)
        if end not in before:
            return found
        path = [end]
        while path[-1] != start:
            path.append(before[path[-1]])
        steps = list(zip(path[1:], path[:-1], strict=True))
        pushed = min(enough - found, *(int(links[step]) for step in steps))
        for one, other in steps:
            links[one, other] -= pushed
            links[other, one] += pushed
        found += pushed
    return found
