"""Map data by address (地图数据接口): GeoJSON for the layers of a page, gzip and ETag, signed for one viewer.

These run without a Streamlit session, so the signature says who may read; `reads` then applies scope and disclosure
as it does for pages. Which address wants one, and which layer which detail, stands in `portal.rules`. Plain functions:
the server runs them in its thread pool, never on the event loop.
"""

import gzip
import hashlib
import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from data import terms
from data.errors import StoreError
from data.registry import indicators
from geo.breaks import METHODS
from geo.errors import GeoError
from geo.periods import parse_period
from portal import (
    assets,
    audit,
    change_layers,
    coverage,
    features,
    health,
    quality,
    reach,
    reads,
    relocation,
    rules,
    shell,
    signing,
    snapshot,
    work,
)
from portal.identity import NotAllowedError, Viewer
from portal.recent import Recent
from portal.relocation import ITEMS

KEPT_ANSWERS = 256
CACHE = "private, max-age=600"
NO_CACHE = "no-store"
"""For viewers of single buildings or households: nothing stays on a shared computer after them."""


class Answer(NamedTuple):
    """One encoded layer, ready to send."""

    body: bytes
    gzipped: bytes
    etag: str


_answers: Recent[Answer] = Recent(KEPT_ANSWERS)

Params = dict[str, str]
Draw = Callable[[Viewer, Params], bytes]


def _draw_areas(viewer: Viewer, p: Params) -> bytes:
    return features.areas(
        viewer, p["area"], p["level"], p["ind"], p["period"], p.get("part", "known"), p["lang"],
        tone=p.get("tone", ""), method=p.get("classes", ""), beside=p.get("vs", ""), only=p.get("only", ""),
    )  # fmt: skip


def _draw_labels(viewer: Viewer, p: Params) -> bytes:
    zoom, size = float(p["zoom"]) if "zoom" in p else None, int(p.get("size", "13"))
    return features.labels(viewer, p["area"], p["level"], p.get("ind", ""), p.get("period", ""), zoom, size, p["lang"])


def _draw_names(viewer: Viewer, p: Params) -> bytes:
    zoom, size = float(p.get("zoom", "22")), int(p.get("size", "13"))
    return features.names(viewer, p["area"], p["level"], p.get("ind", ""), p.get("period", ""), zoom, size, p["lang"])


LAYERS: dict[str, Draw] = {
    "areas": _draw_areas,
    "labels": _draw_labels,
    "context": lambda viewer, p: features.context(viewer, p["area"], p.get("part", "under"), p.get("tone", "")),
    "buildings": lambda viewer, p: features.buildings(viewer, p["area"], p.get("by", "state"), p["lang"]),
    "orgs": lambda viewer, p: features.orgs(viewer, p["area"], p["kind"], p["lang"]),
    "facilities": lambda viewer, p: features.facilities(viewer, p["area"], p["lang"]),
    "name_labels": _draw_names,
    "unplaced": lambda viewer, p: features.unplaced(viewer, p["area"], p["lang"]),
    "outlines": lambda viewer, p: features.outlines(viewer, p["area"], p["level"]),
    **coverage.LAYERS,
    **quality.LAYERS,
    **relocation.LAYERS,
    **change_layers.LAYERS,
    **reach.LAYERS,
    "mark_labels": lambda viewer, p: work.building_marks(viewer, p["area"]),
}

_ALLOWED: dict[str, Callable[[str], bool]] = {
    "level": lambda value: value in terms.LEVELS,
    "ind": lambda value: value in indicators(),
    "period": lambda value: bool(parse_period(value)),
    "vs": lambda value: bool(parse_period(value)),
    "classes": lambda value: value in METHODS,
    "since": lambda value: bool(date.fromisoformat(value)),
    "asof": lambda value: bool(date.fromisoformat(value)),
    "part": lambda value: value in ("known", "light", "unknown", "hidden", "partial", "under", "over"),
    "only": lambda value: value == "values",
    "by": lambda value: value in ("state", "group", "lead"),
    "kind": lambda value: value in terms.ORG_KINDS,
    "item": lambda value: value in ITEMS,
    "within": lambda value: value in map(str, reach.LIMITS),
    "zoom": lambda value: bool(re.fullmatch(r"\d{1,2}\.\d", value)),
    "size": lambda value: bool(re.fullmatch(r"\d{1,2}", value)),
    "lang": lambda value: value in ("zh", "en"),
    "tone": lambda value: value in ("wall", "walls"),
}


def _is_good(params: Params) -> bool:
    try:
        return all(_ALLOWED[key](value) for key, value in params.items() if key in _ALLOWED and value)
    except (GeoError, ValueError):
        return False


def map_layer(request: Request) -> Response:
    """One layer of a map; 403 without a good signature, 404 outside the viewer's area, 503 without a store."""
    name = request.path_params["layer"]
    params = dict(request.query_params)
    viewer: Viewer = request.state.viewer
    if name not in LAYERS or name not in rules.LAYERS or not _is_good(params):
        return _refuse(404, "没有这个图层。", "There is no such layer.")
    if audit.is_refused(viewer):
        return _refuse(503, "审计记录现在写不进去，逐栋、逐户的内容暂不提供。", "No audit event can be noted now.")
    try:
        with snapshot.held():
            if reads.area(viewer, params.get("area", "")) is None:
                audit.route_refused(viewer, request.url.path, "area")
                return _refuse(404, "没有这个区域。", "There is no such area.")
            answer = _answer(name, viewer, params)
    except KeyError as missing:
        return _refuse(400, f"网址缺少参数 {missing}。", f"The address lacks {missing}.")
    except NotAllowedError as error:
        return _refuse(403, error.zh, error.en)
    except StoreError as error:
        return _refuse(503, error.zh, error.en)
    headers = {
        "ETag": answer.etag,
        "Cache-Control": NO_CACHE if viewer.may_see("buildings") else CACHE,
        "Vary": "Accept-Encoding",
    }
    if answer.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    kind = "application/json" if name.endswith("labels") else "application/geo+json"
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(answer.gzipped, media_type=kind, headers={**headers, "Content-Encoding": "gzip"})
    return Response(answer.body, media_type=kind, headers=headers)


def _answer(name: str, viewer: Viewer, params: Params) -> Answer:
    asked = {
        key: value for key, value in params.items() if key not in ("sig", "until", "v", "role", "own", "detail", "who")
    }
    key = (reads.data_key(viewer), name, viewer.scope, tuple(sorted(asked.items())))

    def make() -> Answer:
        body = LAYERS[name](viewer, {"lang": "zh", **params}) if viewer.may_see(rules.LAYERS[name]) else _empty(name)
        return Answer(body, gzip.compress(body, 6, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:24]}"')

    return _answers.get(key, make)


def _empty(name: str) -> bytes:
    return b"[]" if name.endswith("labels") else b'{"type":"FeatureCollection","features":[]}'


def _refuse(code: int, zh: str, en: str) -> Response:
    return JSONResponse({"error": zh, "error_en": en}, status_code=code, headers={"Cache-Control": "no-store"})


def _signed(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """An address that answers only with a good signature; `request.state.viewer` is who it was made for."""

    def ask(request: Request) -> Response:
        viewer = signing.viewer_of(request.url.path, dict(request.query_params))
        if viewer is None:
            audit.route_refused(None, request.url.path, "signature")
            return _refuse(403, "地图网址已失效，请刷新页面。", "This map address has ended; reload the page.")
        request.state.viewer = viewer
        return answer(request)

    return ask


def _route(path: str, answer: Callable[[Request], Response]) -> Route:
    """A route as its rule wants it; KeyError for one without a rule, which so is never served."""
    guarded = {"open": answer, "signed": _signed(answer)}[rules.ROUTES[path]]
    return Route(path, guarded, methods=["GET"])


routes = [
    _route("/health", health.route),
    _route("/map/{layer}", map_layer),
    _route(assets.PREFIX + "{path:path}", assets.answer),
    *(_route(path, shell.page) for path in shell.PAGE_PATHS),
]
