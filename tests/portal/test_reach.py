"""Within a walk, on the tiny county: four buildings of 2, 2, 1 and 1 households, five kinds in use, and no clinic."""

from collections.abc import Callable

import numpy as np
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from data import terms
from data.store import open_store, writing
from portal import reach, routes, signing, snapshot
from portal.identity import Viewer
from portal.reads import HIDDEN, UNKNOWN
from portal.relocation import ITEMS, sites, state_word
from tests.portal.asgi import Client
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS

SITE = COMMUNITIES[2]
LEADER = Viewer("leader", COUNTY, "internal")
LEAD = Viewer("community_lead", COUNTY, "buildings")
PUBLIC = Viewer("leader", COUNTY, "public")
Change = Callable[[str], None]
pytestmark = pytest.mark.usefixtures("tiny_store")


@pytest.fixture
def change(tiny_store: str) -> Change:
    """Changes the store before it is read."""

    def run(statement: str) -> None:
        engine = open_store(tiny_store)
        with writing(engine) as conn:
            conn.execute(text(statement))
        engine.dispose()
        snapshot.forget()

    return run


def pair(found: reach.Reach, kind: str) -> tuple[float | None, float | None]:
    return found.out[kind].numerator, found.out[kind].denominator


def test_households_out_of_reach_of_all_counted() -> None:
    (found,) = reach.reaches(LEAD)
    assert (found.area.code, found.limit_m, found.left_out) == (SITE, 500, 0)
    # The clinic is being built: nobody has one within any walk.
    assert pair(found, "clinic") == (6, 6)
    # The buildings stand some 550 m north of every facility, on foot 780 m or more.
    assert pair(found, "shop") == (6, 6)
    (wide,) = reach.reaches(LEAD, SITE, 1000)
    # The shop is 772 m east of the first building (950 m straight, 1,330 on foot) and 193 m of the second (587, 822).
    assert pair(wide, "shop") == (4, 6)
    assert pair(wide, "clinic") == (6, 6)


def test_what_is_missing_comes_first_and_health_before_comfort(change: Change) -> None:
    change("DELETE FROM facility WHERE facility_kind IN ('clinic', 'plaza')")
    (found,) = reach.reaches(LEAD, SITE, 1000)
    best = found.best["clinic"]
    # The two buildings of a grid are 580 m apart (810 on foot), the grids 1,350 m (1,890 on foot).
    assert (best.households.numerator, best.households.denominator) == (4, 6)
    assert best.buildings == {f"{SITE}00008", f"{SITE}00009"} and best.code == f"{SITE}00008"
    assert (found.states["clinic"], found.states["plaza"]) == ("missing", "missing") and "plaza" in found.best
    assert reach.next_one(found) == best
    change("UPDATE facility SET facility_state = 'closed' WHERE facility_kind = 'shop'")
    (found,) = reach.reaches(LEAD, SITE, 1000)
    assert reach.next_one(found) == found.best["clinic"], "a clinic that is missing before a shop that is closed"


def test_each_state_has_one_word_and_the_six_one_order(change: Change) -> None:
    assert sorted(terms.FIRST_NEEDED) == sorted(terms.ONE_PLUS_SIX) and terms.FIRST_NEEDED[0] == "clinic"
    for written in ("规划", "拟建", "建设中", "planned", "Planned", "在建"):
        assert terms.FACILITY_STATES.by_word()[written] == "planned", written
    assert [terms.FACILITY_STATES.label("planned", one) for one in ("zh", "en")] == ["在建", "Under construction"]
    # Plots for 6 of 7 households are not under construction.
    change("DELETE FROM facility WHERE facility_kind = 'plot'")
    (site,) = sites(LEAD, "2020", SITE)
    assert site.states["plot"] == "partial" and state_word("partial", "zh") == "部分到户"


def test_what_is_under_construction_is_coming_and_not_proposed_again(change: Change) -> None:
    (found,) = reach.reaches(LEAD, SITE, 1000)
    # The clinic stands 1,447 m east of the first building; of the second, straight 1,027 m away, it is 1,440 on foot.
    assert "clinic" not in found.best and found.coming["clinic"].part == "known"
    best = reach.next_one(found)
    assert best is not None and best.kind != "clinic"
    assert ask(LEADER, "reach_best", item="clinic", within="1000") == []
    # All six in use or coming: the place that reaches most.
    assert best.households.numerator == max(one.households.numerator or 0 for one in found.best.values())
    change("UPDATE facility SET lon = NULL, lat = NULL WHERE facility_kind = 'clinic'")
    (found,) = reach.reaches(LEAD, SITE, 1000)
    assert found.coming["clinic"] == UNKNOWN and "clinic" not in found.best
    change(
        "UPDATE facility SET lon = (SELECT lon FROM building WHERE building_id = 109), "
        "lat = (SELECT lat FROM building WHERE building_id = 109) WHERE facility_kind = 'clinic'"
    )
    (found,) = reach.reaches(LEAD, SITE, 1000)
    assert (found.coming["clinic"].numerator, found.coming["clinic"].denominator) == (4, 6)
    (hidden,) = reach.reaches(LEADER, SITE, 1000)
    assert hidden.coming["clinic"] == HIDDEN, "4 of 6 leave the 2 of one grid"
    change("UPDATE facility SET facility_state = 'present', built_on = '2021-03-01' WHERE facility_kind = 'clinic'")
    (found,) = reach.reaches(LEAD, SITE, 1000)
    assert found.coming["clinic"].numerator == 4, "to be in use after the data date: coming too"


def test_who_may_not_see_buildings_sees_no_sum_that_tells_of_few_households(change: Change) -> None:
    change("DELETE FROM facility WHERE facility_kind = 'clinic'")
    (found,) = reach.reaches(LEADER, SITE, 1000)
    assert pair(found, "clinic") == (6, 6)
    assert found.out["shop"] == HIDDEN
    assert found.best["clinic"].households == HIDDEN
    assert reach.reaches(PUBLIC) == []


def test_a_gain_does_not_tell_what_is_hidden_of_all_out_of_reach() -> None:
    (found,) = reach.reaches(LEADER, SITE, 1000)
    for kind, best in found.best.items():
        if found.out[kind] == HIDDEN:
            assert best.households.denominator is None


def test_without_a_ledger_of_facilities_nothing_is_known(change: Change) -> None:
    change("DELETE FROM facility")
    (found,) = reach.reaches(LEAD)
    assert {kind: found.out[kind] for kind in ITEMS} == dict.fromkeys(ITEMS, UNKNOWN)
    assert found.best == {} and found.walks[list(ITEMS)].isna().all().all()


def test_a_facility_in_use_without_a_position_is_not_known(change: Change) -> None:
    change("UPDATE facility SET lon = NULL, lat = NULL WHERE facility_kind = 'shop'")
    (found,) = reach.reaches(LEAD)
    assert found.out["shop"] == UNKNOWN and "shop" not in found.best
    assert found.out["plaza"].part == "known"


def test_plots_allotted_nobody_says_where_are_not_known(change: Change) -> None:
    change("DELETE FROM facility WHERE facility_kind = 'plot'")
    (found,) = reach.reaches(LEAD)
    assert found.out["plot"] == UNKNOWN


def test_buildings_without_a_register_or_a_position_are_left_out(change: Change) -> None:
    change("UPDATE building_state SET households_count = NULL WHERE building_id = 109")
    (found,) = reach.reaches(LEAD)
    assert (pair(found, "clinic"), found.left_out) == ((4, 4), 1)
    change("UPDATE building SET lon = NULL, lat = NULL WHERE building_id = 110")
    (found,) = reach.reaches(LEAD)
    assert (pair(found, "clinic"), found.left_out) == ((2, 2), 2)
    walks = found.walks.set_index("building_code")["clinic"]
    assert np.isnan(walks[f"{SITE}00009"])


def test_without_any_register_nothing_is_counted(change: Change) -> None:
    change("UPDATE building_state SET households_count = NULL")
    (found,) = reach.reaches(LEAD)
    assert set(found.out.values()) == {UNKNOWN} and found.left_out == 4


def test_only_own_communities() -> None:
    assert reach.reaches(Viewer("leader", COMMUNITIES[0], "internal")) == []
    assert reach.reaches(Viewer("grid_worker", GRIDS[4], "households")) == []
    assert reach.reaches(LEADER, COMMUNITIES[0]) == []


def ask(viewer: Viewer, layer: str, **more: str) -> list[dict[str, object]]:
    routes._answers.clear()  # kept by the version of the data, and every test has its own first one
    client = Client(Starlette(routes=routes.routes))
    reply = client.get(signing.signed_url(f"/map/{layer}", {"area": SITE, "lang": "zh", **more}, viewer))
    assert reply.status_code == 200
    return list(reply.json()["features"])


def test_the_layers_have_no_households() -> None:
    houses = ask(LEADER, "reach_houses", item="shop", within="1000")
    fills = [one["properties"]["f"] for one in houses]  # type: ignore[index]
    assert len(houses) == 4 and fills[1] != fills[0] == fills[2] == fills[3]
    assert houses[0]["properties"]["x"] == "步行约 1,330 米"  # type: ignore[index]
    assert set(houses[0]["properties"]) == {"c", "n", "v", "x", "f"}  # type: ignore[call-overload]
    assert len(ask(LEADER, "reach_rings", item="shop", within="1000")) == 1
    assert ask(LEADER, "reach_rings", item="clinic", within="1000") == []
    assert len(ask(LEADER, "reach_best", item="shop", within="1000")) == 2
    assert ask(PUBLIC, "reach_houses", item="shop", within="1000") == []


def test_a_walk_or_a_kind_that_is_not_offered_is_refused() -> None:
    client = Client(Starlette(routes=routes.routes))
    for wrong in ({"item": "hall"}, {"within": "501"}, {"within": "-1"}):
        url = signing.signed_url("/map/reach_rings", {"area": SITE, "lang": "zh", **wrong}, LEADER)
        assert client.get(url).status_code == 404


def test_what_is_to_be_built_later_is_not_in_use(change: Change) -> None:
    change("UPDATE facility SET built_on = '2021-03-01' WHERE facility_kind = 'shop'")
    (found,) = reach.reaches(LEAD, SITE, 1000)
    assert pair(found, "shop") == (6, 6)
    assert ask(LEADER, "reach_rings", item="shop", within="1000") == []
