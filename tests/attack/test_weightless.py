"""A hidden number weighs nothing: another in its place changes no byte of what the public is served."""

import itertools
from typing import Any

import numpy as np
from sqlalchemy import text
from starlette.applications import Starlette

from data.registry import indicators
from data.store import open_store, writing
from geo.disclosure import is_small
from portal import reads, signing, snapshot
from portal.choice import Choice
from portal.classes import class_counts
from portal.identity import Viewer
from portal.ranking import ranked_rows
from portal.routes import routes
from tests.portal.asgi import Client
from tests.portal.tiny_county import COUNTY, release_anew, tiny_store

__all__ = ["tiny_store"]
PUBLIC, LAYERS = Viewer("screen", COUNTY, "public"), ("areas", "labels", "outlines")
PERIODS = ("2020", "2020-Q4", "2020-12")


def served() -> dict[Any, Any]:
    """Everything that the public gets of the numbers: measures, layers, ranks, counts of classes."""
    client, found = Client(Starlette(routes=routes)), dict[Any, Any]()
    for code, period, level in itertools.product(indicators(), PERIODS, reads.LEVELS):
        areas = reads.below(PUBLIC, COUNTY, level, with_unplaced=True)
        found[code, period, level] = reads.measures(PUBLIC, code, period, [a.code for a in areas])
        if period != "2020" or code not in ("DIS-03", "APP-01", "VIS-01", "VIS-02"):
            continue
        asked = {"area": COUNTY, "level": level, "ind": code, "period": period, "lang": "zh"}
        for layer, part in itertools.product(LAYERS, ("known", "unknown", "hidden", "none", "small")):
            answer = client.get(signing.signed_url(f"/map/{layer}", {**asked, "part": part}, PUBLIC))
            found[layer, part, code, level] = answer.content
        county = reads.area(PUBLIC, COUNTY)
        assert county is not None
        choice = Choice(area=county, indicator=indicators()[code], period=period, level=level, layers=(), lang="zh")
        found["ranks", code, level] = ranked_rows(PUBLIC, choice, areas).to_csv()
        found["classes", code, level] = repr(class_counts(PUBLIC, choice))
    return found


def other_numbers() -> list[tuple[str, str, int, int]]:
    """Indicator, period and two hidden grids of one community, of which one can have one more and the other less."""
    now, places = snapshot.current(), snapshot.current().places
    found = []
    for code, rule in indicators().items():
        if not rule.k or rule.is_index:
            continue
        for period, numbers in now.facts(code, list(PERIODS)).items():
            grids = [a for a in places.by_id.values() if a.level == "grid" and a.area_id in numbers]
            measures = reads.measures(PUBLIC, code, period, [a.code for a in grids])
            hidden = [a for a in grids if measures[a.code].part == "hidden"]
            for one, other in itertools.permutations(hidden, 2):
                if one.parent_id == other.parent_id and all(
                    _flag(*numbers[a.area_id], 0) == _flag(*numbers[a.area_id], step)
                    for a, step in ((one, 1), (other, -1))
                ):
                    found.append((code, period, one.area_id, other.area_id))
    return found


def _flag(n: float, d: float | None, step: int) -> tuple[bool, ...] | None:
    """What the rule makes of a number with so many more done; None where it cannot be."""
    if d is None or not 0 < n + step < d:
        return None
    one, all_ = np.array([n + step]), np.array([float(d)])
    return tuple(is_small(one, all_).tolist())


def test_a_hidden_number_weighs_nothing(tiny_store: str) -> None:
    before, others = served(), other_numbers()
    assert others
    for code, period, one, other in others[:2]:
        with writing(open_store(tiny_store, must_exist=True)) as conn:
            for area, step in ((one, 1), (other, -1)):
                conn.execute(
                    text(
                        "UPDATE fact SET numerator = numerator + :s "
                        "WHERE indicator = :i AND period = :p AND area_id = :a"
                    ),
                    {"s": step, "i": code, "p": period, "a": area},
                )
        release_anew(tiny_store)
        after = served()
        assert after.keys() == before.keys()
        assert [key for key in before if before[key] != after[key]] == [], (code, period, one, other)
    print(f"B4: {len(others[:2])} hidden numbers changed, {len(before):,} answers the same to the byte")
