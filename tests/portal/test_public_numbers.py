"""No small number is shown to the public (D1), and none of a hidden one's rate, class or colour (D4); no map of leaders
has a point where somebody lives (D6).
"""

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable

import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from data.registry import indicators
from portal import colours, reads, released, relocation, rules, signing, snapshot
from portal.identity import Viewer
from portal.routes import routes
from tests.pages.conftest import open_page
from tests.portal.asgi import Client
from tests.portal.tiny_county import COUNTY, tiny_store

__all__ = ["open_page", "tiny_store"]
PUBLIC = Viewer("screen", COUNTY, "public")
LEADER = Viewer("leader", COUNTY, "internal")
REPORTED = re.compile(r"[\d,]+ (?:/|of) [\d,]+ (?:个社区有台账|communities? (?:has|have|with) the ledger)")
"""Who has reported: communities, which are things."""
OF = re.compile(r"(?<![\d,.])([\d,]+) / ([\d,]+)(?![\d,.])")
"""How pages print a numerator and its denominator."""
PEOPLE = "人户件条次起"
"""The units of people, homes, cases and visits. Organisations and grids are not hidden when they are few."""
UNITS = "members?|people|persons?|households?|homes?|visits?|suggestions?|disputes?|cases?"
COUNTED = re.compile(rf"(?<![\d,.])([\d,]+) ?(?:[{PEOPLE}名]|{UNITS})")
"""How a text says how many of these there are."""
PROPERTIES = {"c": str, "n": str, "v": str, "x": str, "t": str, "k": (int, str), "f": list, "l": list,
              "w": (int, float), "r": (int, float), "p": list, "o": list}  # fmt: skip
"""Every property that a map layer may have; what each holds is said in portal/features.py."""


def is_small(n: float, d: float | None, k: int) -> bool:
    """Whether a numerator, its denominator or what is left between them is 1 … k − 1."""
    return any(0 < part < k for part in (n, *((d, d - n) if d is not None else ())))


def codes() -> list[str]:
    levels = [reads.below(PUBLIC, COUNTY, level, with_unplaced=True) for level in reads.LEVELS]
    return [area.code for areas in levels for area in areas]


def looked_at(periods: Iterable[str]) -> Counter[str]:
    """How many numbers of all indicators, areas and periods are known, unknown and hidden; fails at a small one."""
    everywhere, found = codes(), Counter[str]()
    for period in periods:
        for code, rule in indicators().items():
            for area, measure in reads.measures(PUBLIC, code, period, everywhere).items():
                found[measure.part] += 1
                if measure.part == "known" and rule.k and not rule.is_index:
                    assert measure.numerator is not None
                    assert not is_small(measure.numerator, measure.denominator, rule.k), (code, period, area)
                if measure.part == "hidden":
                    assert (measure.numerator, measure.denominator, measure.rate) == (None, None, None)
    return found


def drawn(client: Client, periods: Iterable[str]) -> Counter[str]:
    """How many areas maps draw, by whether their number is hidden; fails where a hidden one has more than its name."""
    found = Counter[str]()
    classes = {colour.lower() for colour in (*colours.MORE_IS_BETTER, *colours.LESS_IS_BETTER)}
    for period in periods:
        for code, rule in indicators().items():
            for level in reads.LEVELS:
                asked = {"area": COUNTY, "level": level, "ind": code, "period": period, "lang": "zh"}
                for part in ("known", "hidden"):
                    url = signing.signed_url("/map/areas", {**asked, "part": part}, PUBLIC)
                    for feature in client.get(url).json()["features"]:
                        of = feature["properties"]
                        found[part] += 1
                        if part == "hidden":
                            assert of.get("r") is None and not re.search(
                                r"\d", REPORTED.sub("", of.get("v", "") + of.get("x", ""))
                            ), of
                            assert str(of.get("f", "")).lower() not in classes, of
                        elif rule.k and not rule.is_index:
                            for n, d in OF.findall(REPORTED.sub("", of.get("x", ""))):
                                assert not is_small(float(n.replace(",", "")), float(d.replace(",", "")), rule.k), of
    return found


def test_no_small_number_is_shown_to_the_public(tiny_store: str) -> None:
    found = looked_at(["2020", "2020-Q4", "2020-12", "2020-03"])
    seen = drawn(Client(Starlette(routes=routes)), ["2020"])
    assert found["hidden"] > 20 and found["known"] > 20 and seen["hidden"] > 5 and seen["known"] > 5
    said(found, seen)


def said(found: Counter[str], seen: Counter[str]) -> None:
    known, hidden = found["known"], found["hidden"]
    print(f"D1: {known:,} numbers and {seen['known']:,} areas of maps shown to the public, 0 counts of 1 … k − 1")
    print(f"D4: {hidden:,} hidden numbers and {seen['hidden']:,} hidden areas, 0 with a rate, a class or a colour")


def test_a_small_number_would_be_noticed(tiny_store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "hidden_in", lambda *_args, **_more: {})
    # Rounding would take it away as well.
    monkeypatch.setattr(released, "_coarse", lambda numbers, *_: dict(numbers))
    with pytest.raises(AssertionError, match=r"APP-0|DIS-0"):
        looked_at(["2020"])


@pytest.mark.parametrize("page", ["overview", "briefing"])
def test_nor_on_a_page(open_page: Callable[..., AppTest], page: str) -> None:
    looked = 0
    for code in ("VIS-01", "VIS-06", "APP-01", "DIS-03"):
        app = open_page(page, role="screen", ind=code, period="2020", level="grid")
        assert not app.exception
        texts = re.sub("<[^>]+>", "", " ".join(element.proto.body for element in app.get("html")))
        for n, d in re.findall(OF.pattern + f" [{PEOPLE}]", texts):
            assert not is_small(float(n.replace(",", "")), float(d.replace(",", "")), 5), (page, code, n, d)
            looked += 1
    assert looked


def points_of(viewer: Viewer) -> Counter[str]:
    """How many points each map layer has for a viewer."""
    client, found = Client(Starlette(routes=routes)), Counter[str]()
    for layer in rules.LAYERS:
        for kind in ("grid_branch", "building_group"):
            asked = {"area": COUNTY, "level": "grid", "ind": "DIS-03", "period": "2020", "lang": "zh", "kind": kind,
                     "since": "2020-11-30", "asof": "2020-12-31"}  # fmt: skip
            answer = client.get(signing.signed_url(f"/map/{layer}", asked, viewer)).json()
            features = answer["features"] if isinstance(answer, dict) else []
            found[layer] += sum(feature["geometry"]["type"] == "Point" for feature in features)
    return found


def small_in_layers(viewer: Viewer, ask: list[dict[str, str]]) -> tuple[int, list[str]]:
    """How many texts stand in the properties of all map layers, and those of them that give a small count away."""
    client, looked, found = Client(Starlette(routes=routes)), 0, list[str]()
    for layer, asked in itertools.product(rules.LAYERS, ask):
        answer = client.get(signing.signed_url(f"/map/{layer}", asked, viewer)).json()
        rows = [f["properties"] for f in answer["features"]] if isinstance(answer, dict) else answer
        for row in rows:
            for name, value in row.items():
                assert isinstance(value, PROPERTIES[name]), (layer, name, value)
                if not isinstance(value, str) or name == "c":
                    continue
                looked += 1
                value = REPORTED.sub("", value)
                pairs = [(float(n.replace(",", "")), float(d.replace(",", ""))) for n, d in OF.findall(value)]
                alone = [float(n.replace(",", "")) for n in COUNTED.findall(OF.sub("", value))]
                is_of_people = any(unit in value for unit in PEOPLE) or COUNTED.search(value)
                if any(is_small(n, None, 5) for n in alone) or any(is_of_people and is_small(*p, 5) for p in pairs):
                    found.append(f"{layer} {name}: {value}")
    return looked, found


def all_layers(period: str, indicator: str) -> list[dict[str, str]]:
    """What a map may ask of its layers: every kind, part and level, in both languages."""
    everything = {"area": COUNTY, "ind": indicator, "period": period, "since": "2020-11-30", "asof": "2020-12-31"}
    kinds = ("grid_branch", "building_group", "relocation_org")
    ways = itertools.product(reads.LEVELS, kinds, ("known", "unknown", "hidden"), ("zh", "en"))
    return [
        {**everything, "level": level, "kind": kind, "part": part, "lang": lang} for level, kind, part, lang in ways
    ]


def test_no_property_of_any_layer_tells_the_public_a_small_count(tiny_store: str) -> None:
    looked, found = small_in_layers(PUBLIC, all_layers("2020", "VIS-01"))
    assert looked > 100 and not found
    print(f"D1: {looked:,} texts in the properties of {len(rules.LAYERS)} map layers, 0 with a count of 1 … k − 1")


def test_the_same_properties_do_tell_a_leader(tiny_store: str) -> None:
    ask = [asked for asked in all_layers("2020", "VIS-01") if (asked["level"], asked["part"]) == ("grid", "known")]
    _, found = small_in_layers(LEADER, ask)
    assert {"orgs x: 党员 4 名", "orgs x: 4 members"} <= set(found)
    assert any(text.startswith("relocation x:") and "1户还没有菜地" in text for text in found)


def test_the_public_sees_the_same_items_in_use_as_a_leader(tiny_store: str) -> None:
    states = [[site.states for site in relocation.sites(who, "2020", COUNTY)] for who in (PUBLIC, LEADER)]
    assert states[0] == states[1] and [site.plots for site in relocation.sites(PUBLIC, "2020", COUNTY)] == [None]


def test_a_leaders_map_has_no_point_where_somebody_lives(tiny_store: str) -> None:
    found = +points_of(LEADER)
    assert set(found) <= {"orgs", "facilities", "relocation_points"}
    print(f"D6: {found.total()} points on all maps of a leader, all of them organisations and facilities")


@pytest.mark.soak
def test_no_small_number_of_the_sample_county_is_shown(county_settings: None) -> None:
    snapshot.forget()
    periods = [period for period in reads.periods(PUBLIC) if period[:4] in ("2019", "2020")]
    said(looked_at(periods), drawn(Client(Starlette(routes=routes)), ["2020", "2020-Q4", "2020-12"]))
    looked, told = small_in_layers(PUBLIC, all_layers("2020", "VIS-01"))
    assert looked > 1_000 and not told
    print(f"D1: {looked:,} texts in the properties of {len(rules.LAYERS)} map layers, 0 with a count of 1 … k − 1")
    found = +points_of(LEADER)
    assert set(found) <= {"orgs", "facilities", "relocation_points", "unplaced"}
    print(f"D6: {found.total()} points on all maps of a leader: {dict(found)}")
    snapshot.forget()
