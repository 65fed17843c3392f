"""Signed map addresses: a route has no session, so the page says who may read, and signs it (签名网址).

The signature covers path, parameters, the viewer's scope and sign-in, and ends at a set time; when that sign-in or the
right ends before, so does the address (`portal.accounts` is asked by every read). That time is the end of a
six-hour slot, so that the same layer keeps the same address over many reruns and stays in the browser's cache.
"""

import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from data.settings import settings
from portal.identity import Viewer

SLOT_SECONDS = 6 * 3600


def _digest(path: str, params: Mapping[str, str]) -> str:
    message = path + "?" + urlencode(sorted(params.items()))
    return hmac.new(settings().secret.encode(), message.encode(), hashlib.sha256).hexdigest()[:32]


def signed_url(path: str, params: Mapping[str, str], viewer: Viewer, now: float | None = None) -> str:
    """The address of a map layer for one viewer, valid for between six and twelve hours."""
    moment = time.time() if now is None else now
    until = (int(moment // SLOT_SECONDS) + 2) * SLOT_SECONDS
    scope = {"role": viewer.role, "own": ",".join(viewer.areas), "detail": viewer.detail, "until": str(until)}
    everything = {**params, **scope, **({"who": viewer.who} if viewer.who else {})}
    return f"{path}?{urlencode(everything)}&sig={_digest(path, everything)}"


def viewer_of(path: str, params: Mapping[str, str], now: float | None = None) -> Viewer | None:
    """The viewer a signed address was made for; None when it was changed, is unsigned or has ended."""
    unsigned = {key: value for key, value in params.items() if key != "sig"}
    if not hmac.compare_digest(params.get("sig", "").encode(), _digest(path, unsigned).encode()):
        return None
    until = unsigned.get("until", "")
    moment = time.time() if now is None else now
    if not until.isdigit() or int(until) < moment:
        return None
    return Viewer(unsigned["role"], tuple(unsigned["own"].split(",")), unsigned["detail"], unsigned.get("who", ""))
