"""Who is here (身份): the viewer of this run, with a role, an own area and a level of detail.

Demo is the mode that needs no set-up: the reader chooses a role. It refuses to run on anything but this machine.
"""

from dataclasses import dataclass

import streamlit as st

from data import terms
from portal import address, audit
from portal.words import t

DETAILS = ("public", "internal", "buildings", "households")
"""From the least to the most a viewer may see; DESIGN.md §7."""
DETAIL_OF_ROLE = {
    "leader": "internal",
    "grid_worker": "households",
    "screen": "public",
    "steward": "internal",
    "admin": "internal",
}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_KEY = "_viewer"


@dataclass(frozen=True)
class Viewer:
    """One reader: `area_code` is the top of the areas they may see (never empty), `detail` one of DETAILS."""

    role: str
    area_code: str
    detail: str

    @property
    def scope(self) -> tuple[str, str]:
        """What a cached answer depends on: two viewers of one scope see the same."""
        return self.area_code, self.detail

    def may_see(self, detail: str) -> bool:
        """Whether this viewer's detail level reaches `detail`."""
        return DETAILS.index(self.detail) >= DETAILS.index(detail)


def is_loopback(address: object) -> bool:
    """Whether a server on this address can be reached from this machine alone."""
    return str(address or "") in LOOPBACK


def demo_viewer(role: str, post: str, county: str, grids: list[str]) -> Viewer:
    """The viewer of a chosen role: a grid worker has one grid, everybody else the county.

    A role that is none is a leader's; a grid that is none is the first one.
    """
    role = role if role in terms.ROLES else "leader"
    own = (post if post in grids else grids[0]) if role == "grid_worker" and grids else county
    return Viewer(role=role, area_code=own, detail=DETAIL_OF_ROLE[role])


def enter(viewer: Viewer) -> None:
    """Let a viewer in for this run; only the frame does this."""
    st.session_state[_KEY] = viewer


def leave() -> None:
    """Nobody is here until the frame lets somebody in."""
    st.session_state.pop(_KEY, None)


def require(*roles: str) -> Viewer:
    """The viewer, or the end of the page: every page begins with this.

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
