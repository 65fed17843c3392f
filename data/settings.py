"""Every setting (设置): read once from the environment, each with a working default.

WANGGE_DATABASE      database address; default a SQLite file var/wangge.db beside app.py.
WANGGE_COUNTY        six-digit code of the county shown; default 422825 (宣恩县).
WANGGE_EDITION       edition of the place codes on screen and in output; default NBS2020.
WANGGE_MAP_NO        map review number (审图号); empty: every map bears "内部工作用图 · 未经审图".
WANGGE_VISIT_WARN    days since the last visit from which a building is due soon; default 20.
WANGGE_VISIT_DUE     days since the last visit from which a building is overdue; default 30.
WANGGE_SCENE_SECONDS seconds that a scene of the briefing screen stays; default 20.
WANGGE_CACHE         folder for what can be made again (cell tables, when the store is no file); default var/cache.
WANGGE_AUDIT_DAYS    days that audit events are kept; default 400, never below 183 (网络安全法 第二十一条: six months).
WANGGE_AUDIT_STATE   folder in which the end of the audit log is kept outside it, where the store is a server (of a
                     SQLite file it lies beside it); default var.
WANGGE_HOSTS         names, with commas between, that this server is called by besides localhost, e.g. grid.example or
                     grid.example:8443; requests that name another host, or come from a page of another, are refused.
WANGGE_IDENTITY      how people sign in: demo (choose a role; this machine only), oidc or proxy; default demo.
WANGGE_OIDC_CLAIM    the claim of the identity provider that names a person; default sub.
WANGGE_PROXY_HEADER  the header in which a trusted proxy names the person; default X-Forwarded-User.
WANGGE_PROXIES       addresses of such proxies besides this machine, with commas; default none.
WANGGE_DETAILS       detail levels of roles that differ from ours, e.g. "leader=public,community_lead=households".
WANGGE_RECHECK_SECONDS how long a changed right may go unnoticed in an open session, at most 30 twice over; default 20.
WANGGE_IDLE_MINUTES  minutes without a click after which a sign-in ends; default 30.
WANGGE_SIGN_IN_HOURS hours after which a sign-in ends whatever happens; default 12.
WANGGE_LOAD_DATABASE address at which a page loads ledgers, where the role of WANGGE_DATABASE may only read
                     (deploy/postgresql.md); default WANGGE_DATABASE.
WANGGE_LOAD_WAIT     seconds that a load waits for another that writes to the same store; default 1800.
WANGGE_UPLOADS       folder for what stewards upload, until it is loaded; default `uploads` beside a SQLite file, else
                     var/uploads.
WANGGE_MAPS          folder of the column maps that are remembered; default `maps` beside a SQLite file, else var/maps.
WANGGE_RELEASE       when the public numbers are released anew: daily (with the first load of a day), weekly, or manual
                     (python -m etl release --now); default daily.
WANGGE_SECRET        key that signs map addresses; default a random one for each start of the server.
"""

import os
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEAST_AUDIT_DAYS = 183
"""Network logs are kept for six months or more by law; 183 days are six months whichever these are."""


MODES = ("demo", "oidc", "proxy")
RELEASES = ("daily", "weekly", "manual")
DETAILS = ("public", "internal", "buildings", "households")
"""From the least to the most a viewer may see; DESIGN.md §7."""


@dataclass(frozen=True)
class Settings:
    """The settings of one process."""

    database: str = f"sqlite:///{ROOT / 'var' / 'wangge.db'}"
    county: str = "422825"
    edition: str = "NBS2020"
    map_no: str = ""
    visit_warn_days: int = 20
    visit_due_days: int = 30
    scene_seconds: int = 20
    cache: Path = ROOT / "var" / "cache"
    audit_days: int = 400
    audit_state: Path = ROOT / "var"
    hosts: tuple[str, ...] = ()
    identity: str = "demo"
    oidc_claim: str = "sub"
    proxy_header: str = "X-Forwarded-User"
    proxies: tuple[str, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    recheck_seconds: int = 20
    idle_minutes: int = 30
    sign_in_hours: int = 12
    load_database: str = ""
    load_wait_seconds: int = 1800
    uploads: Path = ROOT / "var" / "uploads"
    maps: Path = ROOT / "var" / "maps"
    release: str = "daily"
    secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)


def read_settings(environ: dict[str, str] | None = None) -> Settings:
    """Settings from an environment; raises ValueError naming a number that is none."""
    env = dict(os.environ) if environ is None else environ
    base = Settings()

    def whole(name: str, default: int, least: int = 1) -> int:
        text = env.get(name, "")
        if not text:
            return default
        if not text.isdecimal() or int(text) < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, not {text!r}")
        return int(text)

    mode = env.get("WANGGE_IDENTITY") or base.identity
    if mode not in MODES:
        raise ValueError(f"WANGGE_IDENTITY must be one of {', '.join(MODES)}, not {mode!r}")

    release = env.get("WANGGE_RELEASE") or base.release
    if release not in RELEASES:
        raise ValueError(f"WANGGE_RELEASE must be one of {', '.join(RELEASES)}, not {release!r}")

    database = env.get("WANGGE_DATABASE") or base.database

    def folder(name: str, called: str) -> Path:
        return Path(env[name]) if env.get(name) else _beside(database) / called

    return Settings(
        database=database,
        county=env.get("WANGGE_COUNTY") or base.county,
        edition=env.get("WANGGE_EDITION") or base.edition,
        map_no=env.get("WANGGE_MAP_NO") or base.map_no,
        visit_warn_days=whole("WANGGE_VISIT_WARN", base.visit_warn_days),
        visit_due_days=whole("WANGGE_VISIT_DUE", base.visit_due_days),
        scene_seconds=whole("WANGGE_SCENE_SECONDS", base.scene_seconds),
        cache=Path(env["WANGGE_CACHE"]) if env.get("WANGGE_CACHE") else base.cache,
        audit_days=whole("WANGGE_AUDIT_DAYS", base.audit_days, LEAST_AUDIT_DAYS),
        audit_state=Path(env["WANGGE_AUDIT_STATE"]) if env.get("WANGGE_AUDIT_STATE") else base.audit_state,
        hosts=tuple(name.strip().lower() for name in env.get("WANGGE_HOSTS", "").split(",") if name.strip()),
        identity=mode,
        oidc_claim=env.get("WANGGE_OIDC_CLAIM") or base.oidc_claim,
        proxy_header=env.get("WANGGE_PROXY_HEADER") or base.proxy_header,
        proxies=tuple(_listed(env.get("WANGGE_PROXIES", ""))),
        details=_pairs(env.get("WANGGE_DETAILS", "")),
        # Twice this is the promise of 60 seconds: a cached right, then the next look.
        recheck_seconds=min(30, whole("WANGGE_RECHECK_SECONDS", base.recheck_seconds)),
        idle_minutes=whole("WANGGE_IDLE_MINUTES", base.idle_minutes),
        sign_in_hours=whole("WANGGE_SIGN_IN_HOURS", base.sign_in_hours),
        load_database=env.get("WANGGE_LOAD_DATABASE") or database,
        load_wait_seconds=whole("WANGGE_LOAD_WAIT", base.load_wait_seconds, 0),
        uploads=folder("WANGGE_UPLOADS", "uploads"),
        maps=folder("WANGGE_MAPS", "maps"),
        release=release,
        secret=env.get("WANGGE_SECRET") or base.secret,
    )


def _beside(database: str) -> Path:
    """The folder of a SQLite file; that of our own files for any other store."""
    path = database.removeprefix("sqlite:///")
    return Path(path).parent if path not in (database, "", ":memory:") else ROOT / "var"


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    pairs = [tuple(part.strip() for part in pair.partition("=")[::2]) for pair in _listed(text)]
    for role, detail in pairs:
        if not role or detail not in DETAILS:
            raise ValueError(f"WANGGE_DETAILS wants role=detail with a detail of {', '.join(DETAILS)}, not {text!r}")
    return tuple((role, detail) for role, detail in pairs)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return read_settings()
