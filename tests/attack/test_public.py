"""The public numbers of the sample, all periods and areas of a year together: no hidden one is known to less than k.

What is shown below the county is a multiple of 5 and stands for two less to two more; a county's own is exact. Bounds
are those of the rational programme: a whole-number table cannot be wider, so narrow ones are found, and wide ones are
wide where every sum is one of areas or of periods.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import lil_array

from geo.coarse import BASE, OFF
from geo.periods import parse_period
from portal import reads
from portal.identity import Viewer
from portal.snapshot import current

COUNTY, K = "422825", 5
PUBLIC = Viewer("screen", COUNTY, "public")
Cell = tuple[int, str]


class Seen:
    """The numbers of one indicator as they are served: cells, what is hidden, and what the rest says of leaves."""

    def __init__(self, indicator: str, year: str) -> None:
        places = current().places
        self.levels = {a: places.by_id[a].level for a in places.subtree(places.by_code[COUNTY].area_id)}
        periods = [text for text in reads.periods(PUBLIC) if text.startswith(year)]
        cells = {}
        for text in periods:
            found = reads.measures(PUBLIC, indicator, text, [places.by_id[a].code for a in self.levels])
            cells |= {(a, text): found[places.by_id[a].code] for a in self.levels if places.by_id[a].code in found}
        self.hidden = [cell for cell, measure in cells.items() if measure.part == "hidden"]
        months = [text for text in periods if parse_period(text).kind == "month"]
        self.inside = {a: set(places.subtree(a)) for a in self.levels}
        self.months = {text: [m for m in months if _lies_in(m, text)] for text in periods}
        busy = {a for (a, _), measure in cells.items() if measure.part in ("known", "small", "hidden")}
        self.place = {at: n for n, at in enumerate((a, m) for a in sorted(busy) for m in months)
                      if not busy & set(places.children.get(at[0], ()))}  # fmt: skip
        self.place = {at: n for n, at in enumerate(self.place)}
        self.rows: list[tuple[list[int], float, float]] = []
        for cell, measure in cells.items():
            if measure.part in ("unknown", "none"):
                self.rows.append((self.columns(cell, "d"), 0, 0))
            elif measure.part in ("known", "small"):
                counts = {"n": measure.numerator or 0, "d": measure.denominator or 0}
                is_exact = self.levels[cell[0]] == "county" and any(count % BASE for count in counts.values())
                off = 0 if is_exact else OFF
                self.rows += [(self.columns(cell, of), max(0, n - off), n + off) for of, n in counts.items()]

    def columns(self, cell: Cell, of: str) -> list[int]:
        """The unknown numbers that make up a cell: those that did, and for a denominator those that did not."""
        area, text = cell
        did = [n for (a, m), n in self.place.items() if a in self.inside[area] and m in self.months[text]]
        return did if of == "n" else [*did, *(len(self.place) + n for n in did)]

    def ranges(self, cells: list[Cell]) -> Iterator[tuple[Cell, str, float, float]]:
        table = lil_array((2 * len(self.rows), 2 * len(self.place)))
        ends = np.zeros(2 * len(self.rows))
        for n, (columns, low, high) in enumerate(self.rows):
            table[2 * n, columns], table[2 * n + 1, columns] = 1, -1
            ends[2 * n], ends[2 * n + 1] = high, -low
        rows = table.tocsr()
        for cell in cells:
            for of in ("n", "d"):
                wanted = np.zeros(2 * len(self.place))
                wanted[self.columns(cell, of)] = 1
                least, most = (linprog(s * wanted, A_ub=rows, b_ub=ends, bounds=(0, None)) for s in (1, -1))
                assert least.status == 0, least.message
                yield cell, of, least.fun, np.inf if most.status == 3 else -most.fun


def _lies_in(month: str, text: str) -> bool:
    one, other = parse_period(month), parse_period(text)
    return (other.start or one.start) <= one.start and one.end <= other.end  # type: ignore[operator]


def narrow(indicator: str, many: int) -> tuple[int, list[tuple[Cell, str, float, float]]]:
    """How many hidden numbers were attacked, those of county and townships first, and the narrow ones."""
    seen = Seen(indicator, "2020")
    above = [cell for cell in seen.hidden if seen.levels[cell[0]] in ("county", "township")]
    others = [cell for cell in seen.hidden if cell not in set(above)]
    order = np.random.default_rng(1).permutation(len(others))
    cells = [*above, *(others[n] for n in order)][:many]
    found = list(seen.ranges(cells))
    return len(found), [one for one in found if one[3] - one[2] < K - 1e-6]


@pytest.mark.usefixtures("county_settings")
def test_no_hidden_public_number_of_the_sample_is_known_to_less_than_k() -> None:
    many, found = narrow("DIS-03", 30)
    assert many == 60 and not found


@pytest.mark.soak
@pytest.mark.usefixtures("county_settings")
def test_nor_of_any_rate_of_cases() -> None:
    many = 0
    for indicator in ("DIS-01", "DIS-02", "DIS-03", "DIS-04", "APP-01", "APP-02", "SAT-01", "CAS-01", "CAS-03"):
        looked, found = narrow(indicator, 400)
        many += looked
        assert not found, (indicator, found[:5])
    print(f"Attacker, public: {many:,} hidden numbers of 9 rates of the sample, 0 narrow")
