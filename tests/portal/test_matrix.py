"""Who may see what, cell by cell (A1-A5): pages, routes, layers, reads, exports, actions × roles × areas × nobody.

What is expected is made from `portal.rules` and the areas alone. What stands in no rule fails here.
"""

import inspect
import json
import random
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, product
from typing import Any

import pandas as pd
import pytest
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from data.errors import AuditError, StoreError
from data.terms import ROLES
from portal import (
    actions,
    area_export,
    audit,
    cases,
    frame,
    loading,
    reads,
    routes,
    rules,
    signing,
    snapshot,
    table_export,
)
from portal.identity import NotAllowedError, Viewer, detail_of
from portal.watermark import Mark
from tests.portal.asgi import Client, Reply
from tests.portal.test_injection import WAYS_IN
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN, TOWNSHIP
from tests.support.server import ROOT

pytestmark = pytest.mark.usefixtures("tiny_store")
AREAS = {"own": COMMUNITIES[0], "parent": TOWN, "child": GRIDS[0], "foreign": COMMUNITIES[2], "none": "422825999"}
INSIDE = {COMMUNITIES[0], *GRIDS[:2], f"{COMMUNITIES[0]}000"}
FOREIGN = {*COMMUNITIES[1:], *GRIDS[2:], TOWN, TOWNSHIP, COUNTY} - INSIDE
CODE = re.compile(r"(?<!\d)422825\d*(?!\d)")
PERIOD = "2020"
TABLE = pd.DataFrame({"a": [1, None]}, dtype="Int64")
MARK = Mark("x", (), None, True, "zh")


def viewer_of(role: str, area: str = COMMUNITIES[0]) -> Viewer:
    return Viewer(role, (area,), detail_of(role))


def foreign_codes(text: str) -> set[str]:
    """Codes and names of areas and buildings in a text that lie outside the viewer's own community."""
    found = set(CODE.findall(text)) - {COUNTY}
    return {name for name in ("双龙湖社区", "椒园社区", "庆阳坝村", "椒园镇") if name in text} | {
        code for code in found if code in FOREIGN or (len(code) == 17 and code[:12] not in INSIDE)
    }


# --- every door has a rule --------------------------------------------------------------------------------------------


OF_LOADS = {"upload", "keep_map", "trial", "load", "undo"}
"""Steps of a load, by `portal.loading`: ledgers are of the whole county, so these have no area of their own."""


def test_everything_has_a_rule() -> None:
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"__init__"}
    assert pages == set(rules.PAGES) == set(frame.TITLES)
    assert {route.path for route in routes.routes} == set(rules.ROUTES)
    assert set(routes.LAYERS) == set(rules.LAYERS)
    assert _public(actions) | OF_LOADS == set(rules.ACTIONS)
    asked = re.findall(r'_check\(viewer, "(\w+)"\)', (ROOT / "portal" / "loading.py").read_text(encoding="utf-8"))
    assert set(asked) == OF_LOADS
    known = set(ROLES)
    for table in (rules.PAGES, rules.EXPORTS, rules.ACTIONS):
        assert all(set(roles) <= known for roles in table.values())
    assert all(rules.pages_of(role) for role in ROLES)


def test_a_page_or_route_without_a_rule_is_not_served() -> None:
    with pytest.raises(KeyError):
        routes._route("/everything", routes.health)
    assert all("everything" not in pages for pages in frame.PAGES_OF_ROLE.values())
    assert rules.pages_of("emperor") == ()


def _public(module: Any) -> set[str]:
    own = [f for _, f in inspect.getmembers(module, inspect.isfunction) if f.__module__ == module.__name__]
    return {f.__name__ for f in own if not f.__name__.startswith("_")}


# --- pages ------------------------------------------------------------------------------------------------------------


def open_page(page: str, viewer: Viewer | None, area: str) -> AppTest:
    run = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    if viewer:
        run.session_state["_viewer"] = viewer
    run.query_params["area"] = area
    with snapshot.held():
        return run.run()


def is_refused(run: AppTest) -> bool:
    return len(run.main.children) == 1 and bool(run.info) and "请从首页进入" in run.info[0].value


@pytest.mark.parametrize("page", rules.PAGES)
def test_pages(page: str, cells: Iterator[int]) -> None:
    for asked in AREAS:
        assert is_refused(open_page(page, None, AREAS[asked])), (page, "nobody", asked)
        next(cells)
    for role in ROLES:
        is_allowed = role in rules.PAGES[page]
        for asked in list(AREAS)[:4] if is_allowed else ["own"]:
            run = open_page(page, viewer_of(role), AREAS[asked])
            assert is_refused(run) is not is_allowed, (page, role, asked)
            # Ledgers are loaded for the county: a steward of less has the page and reads why it is empty.
            assert bool(run.exception) is (page == "intake" and is_allowed), (page, role, asked)
            assert foreign_codes(everything(run)) == set(), (page, role, asked)
            next(cells)


def test_what_is_foreign_would_be_found() -> None:
    page = open_page("overview", viewer_of("leader", COUNTY), COUNTY)
    assert "椒园镇" in foreign_codes(everything(page))
    page = open_page("visits", viewer_of("leader", TOWNSHIP), TOWNSHIP)
    assert {"椒园社区", TOWNSHIP} <= foreign_codes(everything(page))


def everything(run: AppTest) -> str:
    """All that the page sent: every element as text, addresses of map layers included."""
    parts = []
    for node in _walk(run.main):
        # As bytes, because tables travel in Arrow; the words in them are UTF-8 all the same.
        proto = getattr(node, "proto", None)
        parts.append(proto.SerializeToString().decode("utf-8", "ignore") if proto is not None else "")
    return "\n".join(parts)


def _walk(block: Any) -> Iterator[Any]:
    for child in block.children.values():
        yield child
        if hasattr(child, "children"):
            yield from _walk(child)


# --- routes and layers ------------------------------------------------------------------------------------------------

PARAMS = {
    "level": "grid", "ind": "VIS-01", "period": PERIOD, "lang": "zh", "kind": "grid_branch", "since": "2020-11-30",
    "asof": "2020-12-31",
}  # fmt: skip


@pytest.fixture
def client() -> Client:
    return Client(Starlette(routes=routes.routes))


def ask(client: Client, viewer: Viewer, layer: str, **more: str) -> Reply:
    return client.get(signing.signed_url(f"/map/{layer}", {**PARAMS, **more}, viewer))


def is_empty(reply: Reply) -> bool:
    body = reply.json()
    return body == [] or (isinstance(body, dict) and body["features"] == [])


@pytest.mark.parametrize("layer", rules.LAYERS)
def test_layers(layer: str, client: Client, cells: Iterator[int]) -> None:
    nothing_there = set()
    for role in ROLES:
        viewer = viewer_of(role)
        for asked, area in AREAS.items():
            reply = ask(client, viewer, layer, area=area)
            expected = 200 if area in INSIDE else 404
            assert reply.status_code == expected, (layer, role, asked)
            assert foreign_codes(reply.text) == set(), (layer, role, asked)
            if expected == 404:
                nothing_there.add(reply.content)
            elif not viewer.may_see(rules.LAYERS[layer]):
                assert is_empty(reply), (layer, role, asked)
            next(cells)
    # Not there and not yours are the same words.
    assert len(nothing_there) == 1
    for area in AREAS.values():
        url = signing.signed_url(f"/map/{layer}", {**PARAMS, "area": area}, viewer_of("leader"))
        assert client.get(url.split("&sig=")[0]).status_code == 403
        assert client.get(f"/map/{layer}?area={area}").status_code == 403
        next(cells)


def test_open_routes_hold_no_data(client: Client, cells: Iterator[int]) -> None:
    for path in (path for path, rule in rules.ROUTES.items() if rule == "open"):
        reply = client.get(path.replace("{path:path}", "vendor/leaflet/leaflet.css"))
        assert reply.status_code == 200 and CODE.findall(reply.text) == [], path
        assert "宣恩" not in reply.text
        next(cells)


# --- reads, exports, actions ------------------------------------------------------------------------------------------

READS: dict[str, Callable[[Viewer, str], Any]] = {
    "area": reads.area, "trail": reads.trail, "levels_below": reads.levels_below,
    "below": lambda v, a: [reads.below(v, a, level, with_unplaced=True) for level in reads.LEVELS],
    "parent_names": lambda v, a: list(reads.parent_names(v, [a])),
    "measures": lambda v, a: reads.measures(v, "VIS-01", PERIOD, [a]),
    "measure": lambda v, a: reads.measure(v, "VIS-01", PERIOD, a).numerator,
    "trends": lambda v, a: reads.trends(v, "VIS-01", ["2020-03"], [a]),
    "as_stood": lambda v, a: reads.as_stood(v, "DIS-03", ["2020-03"], [a]),
    "buildings": reads.buildings, "orgs": reads.orgs, "org_covers": reads.org_covers, "posts": reads.posts,
    "facilities": reads.facilities, "plots": reads.plots, "relocation_communities": reads.relocation_communities,
    "cases.rows": lambda v, a: cases.rows(v, "dispute", a),
    "cases.sums": lambda v, a: cases.sums(v, "dispute", "grid_id", PERIOD, a),
    "placing": lambda v, a: reads.placing(v, a).query("total > 0") if v.may_see("internal") else [],
    "unplaced": reads.unplaced,
}  # fmt: skip
"""Every read that takes an area, asked for one."""
WITHOUT_AREA = {
    "home",
    "may_see_stood",
    "own_areas",
    "has_county",
    "periods",
    "status",
    "data_key",
    "released_on",
    "batches",
    "batch_files",
    "refused_rows",
    "load_notices",
    "accounts_of",
    "links_of",
}


def test_every_read_stands_in_the_matrix() -> None:
    asked = [("", reads, name) for name in _public(reads)] + [("cases.", cases, name) for name in _public(cases)]
    with_viewer = {
        f"{door}{name}"
        for door, module, name in asked
        if "viewer" in list(inspect.signature(getattr(module, name)).parameters)[:1]
    }
    assert with_viewer == set(READS) | WITHOUT_AREA


def ids_of(answer: Any) -> set[Any]:
    """Ids of grids and communities in an answer."""
    if not hasattr(answer, "columns"):
        return set()
    columns = [c for c in ("grid_id", "community_id", "target_id") if c in answer.columns]
    return {value for column in columns for value in answer[column].dropna()}


@pytest.mark.parametrize("name", READS)
def test_reads(name: str, cells: Iterator[int]) -> None:
    inside = {4, 11, 12, 21}
    for role in ROLES:
        viewer = viewer_of(role)
        for asked, area in AREAS.items():
            next(cells)
            try:
                answer = READS[name](viewer, area)
            except NotAllowedError:
                assert name == "cases.rows" and not viewer.may_see("households"), (name, role, asked)
                continue
            assert ids_of(answer) <= inside, (name, role, asked)
            assert foreign_codes(str(answer.to_dict("list") if hasattr(answer, "columns") else answer)) == set()
            if area not in INSIDE:
                assert is_nothing(answer), (name, role, asked, answer)


def is_nothing(answer: Any) -> bool:
    if hasattr(answer, "columns"):
        return len(answer) == 0
    return not answer or answer == [[] for _ in reads.LEVELS]


TABLE_PAGES = ("visits", "disputes", "compare", "owed")


def table_of(page: str, viewer: Viewer) -> bytes:
    """A table of a page about the viewer's area, as a file."""
    return table_export.table_file(viewer, page, viewer.area_code, "x", TABLE, {"a": "A"}, MARK, "csv")


def test_exports(cells: Iterator[int]) -> None:
    # Refused rows are of the whole county; audit events are of no area.
    made: dict[str, tuple[Callable[[Viewer], Any], tuple[str, ...]]] = {
        "refused_rows": (lambda v: reads.refused_rows(v, 1), (COUNTY,)),
        "column_map": (lambda v: loading.map_text(v, {"kind": "visit"}), (COUNTY,)),
        "audit": (audit.events, (COUNTY, *AREAS.values())),
        "areas": (
            lambda v: area_export.rows(v, area_export.Asked(v.area_code, "grid", "VIS-01", PERIOD), "zh"),
            (COUNTY, *list(AREAS.values())[:4]),
        ),
        **{page: (partial(table_of, page), (COUNTY, *list(AREAS.values())[:4])) for page in TABLE_PAGES},
    }
    for name, roles in rules.EXPORTS.items():
        read, areas = made[name]
        for role in ROLES:
            for area in (COUNTY, *AREAS.values()):
                next(cells)
                if role in roles and area in areas:
                    assert len(read(viewer_of(role, area)))
                else:
                    with pytest.raises((NotAllowedError, AuditError)):
                        read(viewer_of(role, area))


def test_actions(cells: Iterator[int]) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    number = count()
    tries: dict[str, Callable[[Viewer, str], Any]] = {
        "add_account": lambda v, area: actions.add_account(v, f"s{next(number)}", "leader", [area]),
        "change_account": lambda v, area: actions.change_account(v, account, 1, areas=[area]),
        "add_link": lambda v, area: actions.add_link(v, area, "x", until),
        "revoke_link": lambda v, area: actions.revoke_link(v, links[area]),
        "sign_out": lambda v, area: actions.sign_out(v),
    }
    chief = viewer_of("admin", COUNTY)
    links = {area: actions.add_link(chief, area, "x", until)[0].link_id for area in list(AREAS.values())[:4]}
    links["422825999"] = "nothing"
    for name in sorted(OF_LOADS):
        for role, area in product(ROLES, (COUNTY, *AREAS.values())):
            next(cells)
            assert loading.may(viewer_of(role, area), name) is (role == "steward" and area == COUNTY), (
                name,
                role,
                area,
            )
    for name, roles in ((name, rules.ACTIONS[name]) for name in tries):
        for role in ROLES:
            for asked, area in AREAS.items():
                next(cells)
                account = actions.add_account(chief, f"o{next(number)}", "leader", [AREAS["own"]]).account_id
                is_good = role in roles and (area in INSIDE or name == "sign_out")
                try:
                    tries[name](viewer_of(role), area)
                    assert is_good, (name, role, asked)
                except StoreError as error:
                    assert not is_good, (name, role, asked)
                    assert isinstance(error, NotAllowedError) is (role not in roles), (name, role, asked)


# --- A2, A3, A4 -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["", "null", "all", "*", "%", "422825999", "全部"])
@pytest.mark.parametrize("role", ["leader", "grid_worker", "screen"])
def test_no_filter_is_own_area(role: str, asked: str, client: Client) -> None:
    viewer = viewer_of(role)
    for name, read in READS.items():
        if name == "cases.rows" and not viewer.may_see("households"):
            continue
        assert ids_of(read(viewer, asked)) <= {4, 11, 12, 21}, name
    own = reads.buildings(viewer, None)
    assert set(own.get("grid_id", [])) <= {11, 12}
    assert ask(client, viewer, "areas", area=asked).status_code == 404
    if role == "leader":
        run = open_page("overview", viewer, asked)
        assert not run.exception and foreign_codes(everything(run)) == set()


def test_a_repeated_parameter_gives_no_more(client: Client) -> None:
    viewer = viewer_of("leader")
    url = signing.signed_url("/map/areas", {**PARAMS, "area": COMMUNITIES[0]}, viewer)
    for name, value in (("area", COUNTY), ("own", COUNTY), ("detail", "households"), ("role", "steward")):
        after, before = client.get(f"{url}&{name}={value}"), client.get(url.replace("?", f"?{name}={value}&", 1))
        assert after.status_code == 403
        assert before.status_code == 403 or foreign_codes(before.text) == set()


def foreign_ids(many: int) -> list[str]:
    real = [code for code in FOREIGN if code not in (COMMUNITIES[0],)]
    return (real * (many // len(real) + 1))[: many // 2] + [f"4228{n:08}" for n in range(many - many // 2)]


def guessed(client: Client, many: int) -> None:
    for layer in rules.LAYERS:
        bodies = {
            ask(client, viewer_of("grid_worker", GRIDS[0]), layer, area=code).content for code in foreign_ids(many)
        }
        assert len(bodies) == 1 and json.loads(next(iter(bodies)))["error"] == "没有这个区域。", layer
    print(f"A3: {many} foreign ids at each of {len(rules.LAYERS)} layers: one and the same answer")


def test_guessing_ids_gives_nothing(client: Client) -> None:
    guessed(client, 100)


@pytest.mark.soak
def test_guessing_a_thousand_ids_gives_nothing(client: Client) -> None:
    guessed(client, 1_000)


def in_turn_and_at_once(client: Client, asked: list[dict[str, str]]) -> None:
    """Three viewers ask the same things, one after the other and eight at once; each gets what they get alone."""
    leader, screen = viewer_of("leader", COUNTY), viewer_of("screen", COUNTY)
    worker = viewer_of("grid_worker", GRIDS[3])
    alone: dict[Any, bytes] = {}
    for viewer in (worker, screen, leader):
        _forget_answers()
        alone |= {(viewer.role, n): ask_for(client, viewer, one) for n, one in enumerate(asked)}
    _forget_answers()
    turns = [(viewer, n) for n in range(len(asked)) for viewer in (leader, screen, worker)]
    leaks = sum(ask_for(client, viewer, asked[n]) != alone[viewer.role, n] for viewer, n in turns)
    _forget_answers()
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda turn: ask_for(client, turn[0], asked[turn[1]]), turns)
        leaks += sum(answer != alone[viewer.role, n] for answer, (viewer, n) in zip(answers, turns, strict=True))
    assert any(alone["leader", n] != alone["screen", n] for n in range(len(asked)))
    assert leaks == 0
    print(f"A4: {2 * len(turns)} answers to 3 viewers in turn and at once, {leaks} of them somebody else's")


def _forget_answers() -> None:
    routes._answers.clear()
    snapshot.forget()


def ask_for(client: Client, viewer: Viewer, one: dict[str, str]) -> bytes:
    return ask(client, viewer, area=viewer.areas[0], **one).content


def test_two_roles_asking_the_same_get_their_own_answers(client: Client) -> None:
    asked = [{"layer": layer, "part": part} for layer in rules.LAYERS for part in ("known", "hidden", "unknown")]
    in_turn_and_at_once(client, asked * 3)


@pytest.mark.soak
def test_a_thousand_things_asked_by_three_get_their_own_answers(client: Client) -> None:
    inds, periods = ("VIS-01", "ORG-03", "DIS-03", "APP-01"), ("2020", "2020-Q4", "2020-05", "2020-12")
    everything = product(rules.LAYERS, ("known", "hidden", "unknown"), inds, periods, ("zh", "en"))
    names = ("layer", "part", "ind", "period", "lang")
    asked = [dict(zip(names, one, strict=True)) for one in everything]
    in_turn_and_at_once(client, random.Random(4).sample(asked, 1_000))


def test_all_doors_say_the_same(client: Client) -> None:
    """A5: the verdict on an area is one, whichever door is asked."""
    asked = 0
    for role in ROLES:
        viewer = viewer_of(role)
        for area in (*AREAS.values(), *GRIDS, *COMMUNITIES, TOWNSHIP, COUNTY):
            verdict = area in INSIDE
            verdicts = [
                reads.area(viewer, area) is not None,
                bool(reads.trail(viewer, area)),
                bool(reads.measures(viewer, "VIS-01", PERIOD, [area])),
                *(ask(client, viewer, layer, area=area).status_code == 200 for layer in rules.LAYERS),
            ]
            assert verdicts == [verdict] * len(verdicts), (role, area)
            asked += len(verdicts)
    print(f"A5: {asked} verdicts of {3 + len(rules.LAYERS)} doors, each the same at every door")


# --- in full ----------------------------------------------------------------------------------------------------------

EVERYWHERE = (COUNTY, TOWN, TOWNSHIP, *COMMUNITIES, *GRIDS, f"{COMMUNITIES[0]}000", "422801", "422825999", "")
"""Every area of the county, one outside it, one that is none, and no area at all."""


@pytest.mark.soak
def test_every_page_layer_and_read_for_every_role_and_every_area(client: Client) -> None:
    cells = 0
    for role in ROLES:
        viewer = viewer_of(role)
        for area in EVERYWHERE:
            for layer in rules.LAYERS:
                reply = ask(client, viewer, layer, area=area)
                assert reply.status_code == (200 if area in INSIDE else 404), (layer, role, area)
                assert foreign_codes(reply.text) == set(), (layer, role, area)
                cells += 1
            for name, read in READS.items():
                if name == "cases.rows" and not viewer.may_see("households"):
                    continue
                assert ids_of(read(viewer, area)) <= {4, 11, 12, 21}, (name, role, area)
                cells += 1
            for page, roles in rules.PAGES.items():
                run = open_page(page, viewer, area)
                assert is_refused(run) is not (role in roles), (page, role, area)
                assert foreign_codes(everything(run)) == set(), (page, role, area)
                cells += 1
    print(f"A1: {cells} cells of roles, {len(EVERYWHERE)} areas, pages, layers and reads, all as the rules say")


@pytest.mark.soak
def test_no_odd_value_widens_what_is_seen(client: Client) -> None:
    asked = 0
    for role, value in product(("leader", "community_lead", "grid_worker", "screen"), WAYS_IN):  # one of each detail
        viewer = viewer_of(role)
        for name, read in READS.items():
            if name == "cases.rows" and not viewer.may_see("households"):
                continue
            assert ids_of(read(viewer, value)) <= {4, 11, 12, 21}, (name, role, value)
            asked += 1
        for layer in rules.LAYERS:
            for parameter in ("area", "ind", "level", "period", "kind", "part", "own"):
                reply = ask(client, viewer, layer, **{"area": COMMUNITIES[0], parameter: value})
                assert reply.status_code != 200 or foreign_codes(reply.text) == set(), (layer, role, parameter, value)
                asked += 1
    print(f"A2: {asked} questions with {len(WAYS_IN)} odd values in every parameter, 0 foreign rows")


# --- the count --------------------------------------------------------------------------------------------------------

_cells = {"cells": 0}


@pytest.fixture
def cells() -> Iterator[Iterator[int]]:
    """Counts the cells that were looked at."""
    counted = count(1)
    yield counted
    _cells["cells"] += next(counted) - 1


def test_the_count() -> None:
    print(f"A1: {_cells['cells']} cells of the matrix, all as the rules say")
