"""大屏 Briefing: the state of the county, its age, the next scene; nobody at the keyboard.

Addresses: `?screen=county` or an area's code as the screen; `scene=map` or `scene=numbers` holds one scene still.
"""

import logging
import math
from dataclasses import replace
from datetime import UTC, datetime

import streamlit as st

from pages.components import wall
from portal import health, put_right, reads, trouble
from portal.address import view
from portal.choice import choose
from portal.frame import scene_seconds
from portal.identity import Viewer, require_page
from portal.words import esc, lang, t

log = logging.getLogger("wangge.briefing")

WHOLE = "county"
"""The screen of the viewer's first own area."""
# The data version is looked at this often or oftener, also in the middle of a scene.
LOOK_SECONDS = 10


def picture(viewer: Viewer) -> wall.Picture | None:
    """What the address asks for, read now; None while nothing has been loaded."""
    if reads.status(viewer).version == 0:
        return None
    choice = choose(viewer, ("VIS-01", "ORG-01", "ORG-02", "ORG-03", "DIS-03", "DIS-04", "APP-01", "VIS-02", "VIS-06"))
    asked = view().screen
    area = reads.area(viewer, asked) or choice.area
    if asked not in ("", WHOLE, area.code):
        put_right.wrong("screen", ("大屏区域", "area of the screen"), (area.name, area.name), instead=WHOLE)
    level = wall.best_level(viewer, area.code, choice.indicator.code, choice.period)
    if view().level in reads.levels_below(viewer, area.code):
        level = view().level
    return wall.take_picture(viewer, replace(choice, area=area, level=level))


def look(viewer: Viewer) -> bool:
    """Keep a new picture for this session when the store can be read; False when it cannot.

    What is wrong with the store, in a few words, is kept beside it; "" when all is well.
    """
    fault = health.fault()
    st.session_state["_wall_why"] = trouble.store_title(fault.state) if fault else ""
    found = None
    for is_last in (False, True):
        try:
            found = picture(viewer)
            break
        except reads.NotAllowedError:
            # The link was revoked, or the right taken away: the last picture goes too.
            st.session_state.pop("_wall", None)
            st.rerun()
        except Exception as error:
            # Once more, for a load may have ended between two reads. Whatever it is then, nobody stands here to read
            # it: the last picture stays, and the log has the reason.
            if is_last:
                log.warning("the store cannot be read: %s", type(error).__name__)
    if found is not None:
        st.session_state["_wall"] = (found, datetime.now(UTC))
    return found is not None


viewer = wall.public(require_page("briefing"))
is_screen = bool(view().screen)
# The bar with the pages stays above the wall for those who came by it.
top = 0 if is_screen else 48
wall.draw_ground(top)
pinned = st.query_params.get("scene", "")
ticks = max(1, math.ceil(scene_seconds() / LOOK_SECONDS))
st.session_state["_wall_tick"] = -1
whole = f"./?screen={WHOLE}{'&lang=en' if lang() == 'en' else ''}"
link = "" if is_screen else f'<a href="{esc(whole)}" target="_blank">{esc(t("全屏", "Full screen"))}</a>'


@st.fragment(run_every=scene_seconds() / ticks)
def show() -> None:
    """One look at the store, and the scene whose turn it is."""
    st.session_state["_wall_tick"] += 1
    turn = st.session_state["_wall_tick"] // ticks
    is_read = look(viewer)
    kept, why = st.session_state.get("_wall"), st.session_state["_wall_why"]
    if kept is None:
        wall.draw_waiting(why)
        return
    found, seen_at = kept
    is_pinned = pinned in wall.SCENES
    scene = pinned if is_pinned else wall.SCENES[turn % 2]
    stay = None if is_pinned else float(scene_seconds())
    wall.draw_picture(found, scene, turn, stay, seen_at, is_lost=not is_read, top=top, link=link,
                      notes=put_right.words(), why=why)  # fmt: skip


show()
