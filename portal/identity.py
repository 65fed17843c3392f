"""Who is here (身份): the viewer of this run, with a role, own areas and a level of detail.

Demo is the mode that needs no set-up: the reader chooses a role. It refuses to run on anything but this machine. In
the other modes `portal.sign_in` finds out who it is, and `portal.accounts` what they may see.
"""

from dataclasses import dataclass, field

import streamlit as st

from data import terms
from data.errors import StoreError
from data.settings import DETAILS, settings
from portal import address, audit, rules
from portal.words import t

__all__ = ["DETAILS", "NotAllowedError", "Viewer", "demo_viewer", "detail_of", "require", "require_page"]

DETAIL_OF_ROLE = {
    "leader": "internal", "org_department": "internal", "community_lead": "buildings", "grid_worker": "households",
    "unit_liaison": "internal", "steward": "internal", "screen": "public", "admin": "internal",
}  # fmt: skip
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_KEY = "_viewer"


class NotAllowedError(StoreError):
    """This viewer may not see or do that, or no longer."""


@dataclass(frozen=True)
class Viewer:
    """One reader: `areas` are the tops of what they may see (codes, sorted, never empty), `detail` one of DETAILS.

    `who` says by which account or link they are here, "" in the demo; two viewers are the same whoever they are. A
    single code may be given as it is.

    >>> Viewer("leader", "422825", "internal").areas, Viewer("grid_worker", ("2", "1", "2"), "households").areas
    (('422825',), ('1', '2'))
    """

    role: str
    areas: tuple[str, ...]
    detail: str
    who: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        codes = (self.areas,) if isinstance(self.areas, str) else self.areas
        object.__setattr__(self, "areas", tuple(sorted(set(codes))))

    @property
    def area_code(self) -> str:
        """The area that is shown when nothing else is asked for: the first of the own ones."""
        return self.areas[0]

    @property
    def scope(self) -> tuple[tuple[str, ...], str, str]:
        """What a cached answer depends on: two viewers of one scope see the same."""
        return self.areas, self.detail, self.role

    @property
    def actor(self) -> str:
        """How the audit log and the tables write them: the account or link, never a name."""
        return ":".join(self.who.split(":")[:2]) if self.who else f"demo:{self.role}"

    def may_see(self, detail: str) -> bool:
        """Whether this viewer's detail level reaches `detail`."""
        return DETAILS.index(self.detail) >= DETAILS.index(detail)


def detail_of(role: str) -> str:
    """The level of detail of a role: as the settings say, else ours."""
    return dict(settings().details).get(role, DETAIL_OF_ROLE[role])


def is_loopback(address: object) -> bool:
    """Whether a server on this address can be reached from this machine alone."""
    return str(address or "") in LOOPBACK


def demo_viewer(role: str, post: str, county: str, grids: list[str]) -> Viewer:
    """The viewer of a chosen role: a grid worker has one grid, everybody else the county.

    A role that is none is a leader's; a grid that is none is the first one.
    """
    role = role if role in terms.ROLES else "leader"
    own = (post if post in grids else grids[0]) if role == "grid_worker" and grids else county
    return Viewer(role, (own,), detail_of(role))


def enter(viewer: Viewer) -> None:
    """Let a viewer in for this run; only the frame does this."""
    st.session_state[_KEY] = viewer


def entered() -> Viewer | None:
    """Who is here; None while nobody is."""
    found: Viewer | None = st.session_state.get(_KEY)
    return found


def leave() -> None:
    """Nobody is here until the frame lets somebody in."""
    st.session_state.pop(_KEY, None)


def require(*roles: str) -> Viewer:
    """The viewer, or the end of the page.

    A page that is run without the frame, or by a role that may not see it, says so and stops.
    """
    viewer = st.session_state.get(_KEY)
    if not isinstance(viewer, Viewer) or (roles and viewer.role not in roles):
        audit.page_refused(viewer if isinstance(viewer, Viewer) else None, address.asked_page())
        st.info(
            t(
                "请从首页进入，或换一个可以查看此页的身份。",
                "Enter by the front page, or as a role that may see this page.",
            )
        )
        st.stop()
    return viewer


def require_page(page: str) -> Viewer:
    """The viewer of a page, or its end: every page begins with this. Who has it stands in `portal.rules`."""
    return require(*rules.PAGES[page])
