"""The attacker finds what it should: in answers the product gave before (commit f976d6a, sample county, in `old/`).

What it does not find there it could not find today either. The files hold labels and what stood under them, the types
that were never hidden added up to one.
"""

import json
from collections import Counter
from pathlib import Path

from tests.attack.answers import ALL, Label, Served
from tests.attack.judge import SENSITIVE, by_place, findings, hidden, small_differences, told

OLD = Path(__file__).parent / "old"


def old(name: str) -> Served:
    return Served.of_json(json.loads((OLD / f"{name}.json").read_text(encoding="utf-8")))


def test_hardship_households_follow_exactly() -> None:
    found = told(old("visits"), SENSITIVE)
    care, beside = by_place(found, "care"), by_place(found, "ordinary")
    assert len(care) == 798
    what = Counter[str]()
    for place, numbers in care.items():
        if all(one.top == 0 for one in beside[place]):
            what["the companion is 0, the total is the number"] += 1
        elif all(one.top == one.floor for one in numbers):
            what["follows from months and areas"] += 1
        else:
            what["keeps a range"] += 1
            assert any(one.top != one.floor for one in numbers)
        if all(one.top == 0 for one in beside[place]):
            assert all(one.top == one.floor for one in numbers)
    assert sorted(what.values()) == [28, 44, 726] and what["keeps a range"] == 28
    print(f"Hardship households before: {dict(what)}")


def test_family_disputes_are_hardly_hidden() -> None:
    served = old("disputes")
    found = told(
        served, SENSITIVE, asked=[one for one in hidden(served) if (one.count, one.kind) == ("DIS-03 d", "D01")]
    )
    widths = [(one.top, one.width) for (one,) in by_place(found, "D01").values()]
    zero, to_four = sum(top == 0 for top, _ in widths), sum(top != 0 and width <= 4 for top, width in widths)
    assert (len(widths), zero, to_four) == (283, 123, 143)
    assert all(one.is_exact for one in found.values())
    assert max(width for _, width in widths) < SENSITIVE
    print(f"Family disputes before: {len(widths)} hidden, {zero} exactly 0, {to_four} within 4")


def test_what_is_left_of_two_open_numbers() -> None:
    found = small_differences(old("disputes"), ["D01"], SENSITIVE)
    assert {(one.label.area, one.label.period, one.least, one.most) for one in found} == {
        ("422825", "2020", 2, 28), ("422825100", "2020", 2, 28)}  # fmt: skip


def test_a_household_that_moves_stands_between_two_months() -> None:
    served, found = old("public"), []
    for area in served.parents:
        for before, after in zip(served.periods, served.periods[1:], strict=False):
            homes, people = ([served.cells[Label(f"{code} d", ALL, area, p)] for p in (before, after)]
                             for code in ("VIS-01", "VIS-02"))  # fmt: skip
            if all(isinstance(one, int) for one in (*homes, *people)):
                moved, size = int(homes[1]) - int(homes[0]), int(people[1]) - int(people[0])
                if abs(moved) == 1 and 1 <= size * moved <= 5:
                    found.append((area, before, after, *homes, *people))
    assert ("422825101", "2020-04", "2020-05", 278, 279, 791, 795) in found
    assert sum(len(area) == 9 for area, *_ in found) == 28
    assert len({tuple(rest) for _, *rest in found}) == 44  # a township with one community says it twice


def test_the_judge_names_them() -> None:
    told_of = {(one.label.area, one.label.period) for one in findings(one_town(old("disputes")), SENSITIVE)}
    assert ("422825", "2020-09") in told_of and ("422825", "2020-10") in told_of


def one_town(served: Served) -> Served:
    """Of everything only the county's third quarter and October, and its townships."""
    kept = {a: above for a, above in served.parents.items() if len(a) < 12}
    periods = [p for p in served.periods if p in ("2020-Q3", "2020-07", "2020-08", "2020-09", "2020-10")]
    cells = {label: v for label, v in served.cells.items() if label.area in kept and label.period in periods}
    return Served(kept, periods, cells)
