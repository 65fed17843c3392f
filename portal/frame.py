"""The frame round every page (页面框架): who is here, which pages they have, the bar above, then the page itself."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from data import terms
from data.errors import AuditError, ChangedMeanwhileError, EmptyStoreError, NoStoreError, StoreError, StoreVersionError
from data.settings import ROOT, settings
from geo.errors import GeoError
from geo.periods import period_label
from portal import address, audit, entrance, find, identity, loading, put_right, reads, rules, snapshot, stage, trouble
from portal.choice import chosen_period, comparable, period_options
from portal.identity import Viewer
from portal.sign_in import Refusal, link_token
from portal.words import day, esc, inert, lang, t

PAGES = ROOT / "pages"
STYLE = Path(__file__).parent / "style.css"
TITLES: dict[str, tuple[str, str]] = {
    "overview": ("总览", "Overview"),
    "coverage": ("组织覆盖", "Coverage"),
    "visits": ("入户走访", "Visits"),
    "disputes": ("矛盾纠纷", "Disputes"),
    "relocation": ("易迁社区", "Relocation"),
    "compare": ("前后对比", "Since last briefing"),
    "my_buildings": ("我的楼栋", "My buildings"),
    "briefing": ("大屏", "Briefing"),
    "intake": ("数据接入", "Data intake"),
    "reconcile": ("对账", "Reconciliation"),
    "lineage": ("数从哪来", "Lineage"),
    "book": ("指标口径", "Definitions"),
    "admin": ("账户与屏幕", "Accounts and screens"),
    "audit": ("审计", "Audit"),
}
WIDE = 1000
"""Narrower windows (CSS pixels) have no room in the bar for the second period, which the address still holds."""
PAGES_OF_ROLE = {role: rules.pages_of(role) for role in terms.ROLES}


def open_page() -> None:
    """One run of the front end: everything that main.py does."""
    address.keep()
    identity.leave()
    stage.begin()
    st.set_page_config(
        page_title=t("网格一张图", "Wangge: one map"), page_icon=str(PAGES.parent / "portal/static/map/icon.png"),
        layout="wide", initial_sidebar_state="collapsed",
    )  # fmt: skip
    st.html(STYLE)
    if entrance.is_public_demo():
        trouble.not_here()
        return
    try:
        _open()
    except ChangedMeanwhileError:
        st.rerun()
    except (StoreError, GeoError) as error:
        trouble.show(error)  # type: ignore[arg-type]
    address.remember()


def _open() -> None:
    named = entrance.named()
    if isinstance(named, Refusal):
        # Before the store: who is not known learns nothing about it.
        entrance.show_only(named)
        return
    if address.view().screen and named is None and not link_token():
        _screen(identity.demo_viewer("screen", "", settings().county, []))
        return
    try:
        with snapshot.held():
            _framed()
    except EmptyStoreError as error:
        # Accounts and links are in the store: nobody has one yet.
        _begin(_demo_steward(), partial(trouble.no_store, error))
    except (NoStoreError, StoreVersionError) as error:
        _nothing(partial(trouble.no_store, error))


def _framed() -> None:
    viewer = entrance.look(is_click=True)
    if isinstance(viewer, Refusal):
        entrance.show_only(viewer)
        return
    if viewer is None and (others := reads.other_counties()):
        _nothing(partial(trouble.other_county, settings().county, others))
        return
    if reads.is_empty() and not (viewer and reads.has_loads() and reads.own_areas(viewer)):
        _begin(viewer or _demo_steward(), trouble.no_data)
        return
    asked = address.view()
    county, grids = reads.sign_in_choices()
    viewer = viewer or identity.demo_viewer(asked.role, asked.post, county, [code for code, *_ in grids])
    if link_token() or (asked.screen and "briefing" in PAGES_OF_ROLE[viewer.role]):
        _screen(viewer)
        return
    identity.enter(viewer)
    audit.signed_in(viewer)
    if (name := address.asked_page()) in TITLES and name not in PAGES_OF_ROLE[viewer.role]:
        audit.page_refused(viewer, name)
    pages = {
        name: st.Page(PAGES / f"{name}.py", title=t(*TITLES[name]), url_path=name, default=name == "overview")
        for name in PAGES_OF_ROLE[viewer.role]
    }
    page = st.navigation(list(pages.values()), position="top")
    _go_to_first(viewer, pages, page)
    is_refused = audit.is_refused(viewer)
    entrance.watch(viewer, is_refused=is_refused)
    _judge_who(viewer, grids)
    _bar(viewer, reads.status(), grids)
    above = st.container()
    if is_refused:
        trouble.no_trace()
    else:
        _run(page, viewer)
    put_right.settle()
    with above:
        put_right.draw()


def _run(page: StreamlitPage, viewer: Viewer) -> None:
    """The page itself; what leaves no trace is not shown."""
    try:
        page.run()
    except AuditError:
        if audit.is_refused(viewer):  # found out only now: nothing of what was drawn stays beside it
            st.rerun()
        raise


def _judge_who(viewer: Viewer, grids: list[tuple[str, str, str]]) -> None:
    """The demo's role and grid in the address; whoever signed in has their own."""
    if viewer.who:
        return
    asked = address.view()
    if asked.role != viewer.role:
        role = terms.ROLES.label(viewer.role), terms.ROLES.label(viewer.role, "en")
        put_right.wrong("role", ("身份", "role"), role)
    if viewer.role == "grid_worker" and asked.post != viewer.area_code:
        name = next((f"{community} {name}" for code, name, community in grids if code == viewer.area_code), "")
        put_right.wrong("post", ("网格", "grid"), (name, name))


def _begin(viewer: Viewer | None, explain: Callable[[], None]) -> None:
    """An empty store: the desk for who may load the county, the explanation for everybody else."""
    if viewer is None or not loading.may(viewer, "load"):
        _nothing(explain)
        return
    identity.enter(viewer)
    audit.signed_in(viewer)
    # What the frame of a filled store opens with: the same page, at the outcome of the load.
    address.go(role=None if viewer.who else viewer.role, view=st.query_params.get("view", "load"))
    st.session_state["_role_changed"] = True
    with st.container(horizontal=True, key="wg_bar", vertical_alignment="center", gap="small"):
        st.html(f'<span class="wg-here">{esc(t(f"本县代码 {county_code()}", f"County {county_code()}"))}</span>')
        _language()
        if viewer.who:
            entrance.sign_out_button(viewer)
    entrance.watch(viewer)
    entrance.show_alone(PAGES / "intake.py")


def _demo_steward() -> Viewer | None:
    """Whoever tries the program out is the steward while there is nothing to see; not by the link of a screen."""
    if settings().identity != "demo" or link_token():
        return None
    return identity.demo_viewer("steward", "", settings().county, [])


def _nothing(explain: Callable[[], None]) -> None:
    """There is nothing to show, and why; it comes back by itself."""
    entrance.show_alone(explain)
    entrance.try_again()


def _go_to_first(viewer: Viewer, pages: dict[str, StreamlitPage], page: StreamlitPage) -> None:
    """Somebody who has just come in by the root, or has just changed the role, starts on the role's own page."""
    is_new = viewer.who and page == pages["overview"] and "_came_in" not in st.session_state
    st.session_state["_came_in"] = True
    if st.session_state.pop("_role_changed", False) or is_new:
        first = pages[PAGES_OF_ROLE[viewer.role][0]]
        if first != page:
            st.switch_page(first, query_params=dict(st.query_params))


def _screen(viewer: Viewer) -> None:
    """The briefing screen, without any frame. It outlives the store: the page itself says when that cannot be read."""
    identity.enter(viewer)
    audit.signed_in(viewer)
    st.html("<style>[data-testid='stHeader']{display:none}</style>")
    page = PAGES / "briefing.py"
    # At the root and at its own path, or the front end says that there is no such page.
    pages = [st.Page(page, url_path="screen", default=True), st.Page(page, url_path="briefing")]
    shown = st.navigation(pages, position="hidden")
    entrance.watch(viewer, is_wall=True)
    shown.run()
    put_right.settle()


def _bar(viewer: Viewer, status: reads.Status, grids: list[tuple[str, str, str]]) -> None:
    """The bar above every page: breadcrumb on the left; sample flag, period, language and role on the right."""
    with st.container(horizontal=True, key="wg_bar", vertical_alignment="center", gap="small"):
        with st.container(horizontal=True, key="wg_crumbs", vertical_alignment="center", gap=None):
            _crumbs(viewer)
            _find(viewer)
        with st.container(
            horizontal=True, key="wg_choosers", vertical_alignment="center", gap="small", width="content"
        ):
            if status.is_sample:
                st.html(f'<span class="wg-sample">{esc(t("示例数据", "Sample data"))}</span>', width="content")
            _period(viewer)
            if stage.window()[0] >= WIDE:
                _compared(viewer)
            _language()
            _role(viewer, grids)


def _language() -> None:
    other = "en" if lang() == "zh" else "zh"
    st.button("EN" if other == "en" else "中文", key="wg_lang", help=t("Switch to English", "切换到中文"),
              on_click=address.go, kwargs={"lang": other if other == "en" else None})  # fmt: skip


def _crumbs(viewer: Viewer) -> None:
    steps = reads.trail(viewer, address.view().area) or [reads.home(viewer)]
    for step in steps[:-1]:
        st.button(inert(step.name), key=f"crumb_{step.code}", type="tertiary", on_click=address.go,
                  kwargs={"area": step.code, "level": None})  # fmt: skip
        st.html('<span class="wg-chevron">›</span>', width="content")
    here = reads.full_name(steps[-1]) if len(steps) == 1 else steps[-1].name
    st.html(f'<span class="wg-here">{esc(here)}</span>', width="content")


def _find(viewer: Viewer) -> None:
    """Finding an area or a building; a click shows the area, or the grid the building stands in."""
    # Another key for another area: the popover that was clicked in is gone.
    with st.popover(t("查找", "Find"), key=f"wg_find_{address.view().area}", type="tertiary"):
        text = st.text_input(t("名称、代码或楼栋", "Name, code or building"), key="find", max_chars=40,
                             placeholder=t("例如 双龙湖、阳光新城 3栋", "such as 双龙湖"))  # fmt: skip
        hits = find.find(viewer, text) if text.strip() else []
        for number, hit in enumerate(hits):
            level = t("楼栋", "Building") if hit.level == "building" else terms.LEVELS.label(hit.level, lang())
            st.button(inert(f"{hit.name} · {hit.where or level}"), key=f"hit_{number}", type="tertiary",
                      on_click=_take_hit, args=(hit.code,))  # fmt: skip
        if text.strip() and not hits:
            st.caption(inert(t(f"您的区域里没有“{text}”。", f"There is no “{text}” in your areas.")))


def _take_hit(code: str) -> None:
    address.go(area=code, level=None)
    st.session_state["find"] = ""


def _period(viewer: Viewer) -> None:
    current = chosen_period(viewer)
    options = period_options(viewer)
    if current not in options:
        options = [current, *options]
    key = address.chooser_key("period", current)
    st.selectbox(
        t("期间", "Period"), options, key=key, format_func=lambda text: period_label(text, lang()), width=190,
        label_visibility="collapsed", on_change=address.write_choice, args=("period", key),
    )  # fmt: skip


def _compared(viewer: Viewer) -> None:
    """The period to compare with: the one before, or another as long."""
    period = chosen_period(viewer)
    options = comparable(viewer, period)
    if not options:
        return
    asked = address.view().vs
    key = address.chooser_key("vs", asked if asked in options else "")
    st.selectbox(
        t("对比", "Compare with"), ["", *options], key=key, width=180, label_visibility="collapsed",
        format_func=lambda text: t(f"对比{period_label(text)}", f"vs {period_label(text, 'en')}") if text else
        t("对比上期", "vs period before"),
        on_change=address.write_choice, args=("vs", key),
    )  # fmt: skip


def _role(viewer: Viewer, grids: list[tuple[str, str, str]]) -> None:
    # A phone has room for the period or for the role.
    role = "" if stage.window()[0] < stage.PHONE else f" · {terms.ROLES.label(viewer.role, lang())}"
    with st.popover(t("我", "Me") + role, key="wg_me"):
        if viewer.who:
            _own(viewer)
        else:
            _demo(viewer, grids)


def _own(viewer: Viewer) -> None:
    """Somebody who signed in: their areas, and the way out."""
    st.caption(t("我的区域", "My areas"))
    for own in reads.own_areas(viewer):
        st.button(inert(reads.full_name(own)), key=f"own_{own.code}", type="tertiary", on_click=address.go,
                  kwargs={"area": own.code, "level": None})  # fmt: skip
    entrance.sign_out_button(viewer)


def _demo(viewer: Viewer, grids: list[tuple[str, str, str]]) -> None:
    st.caption(t("演示：选择身份", "Demo: choose who you are"))
    key = address.chooser_key("role", viewer.role)
    st.radio(t("身份", "Role"), list(terms.ROLES), key=key, label_visibility="collapsed",
             format_func=lambda role: terms.ROLES.label(role, lang()),
             on_change=_take_role, args=(key,))  # fmt: skip
    if viewer.role == "grid_worker" and grids:
        names = {code: f"{community} {name}" for code, name, community in grids}
        post = address.chooser_key("post", viewer.area_code if viewer.area_code in names else grids[0][0])
        st.selectbox(t("网格", "Grid"), list(names), key=post, format_func=lambda code: names[code],
                     on_change=_take_post, args=(post,))  # fmt: skip


def _take_role(key: str) -> None:
    role = st.session_state[key]
    address.go(role=None if role == "leader" else role, post=None, area=None, level=None)
    st.session_state["_role_changed"] = True


def _take_post(key: str) -> None:
    address.go(post=st.session_state[key], area=None, level=None)


def as_of() -> str:
    """The words 数据截至 … for the head of a page; "" while there are none."""
    if not reads.has_loads():
        return ""
    viewer = identity.entered()
    words = t("数据截至 ", "Data as of ") + day(reads.status(viewer).data_on)
    released = reads.released_on(viewer) if viewer else None
    return f"{words} · {t(f'公开数据 {day(released)} 发布', f'released {day(released)}')}" if released else words


def county_code() -> str:
    """The code of the county that this installation is for."""
    return settings().county


def scene_seconds() -> int:
    """How long a scene of the briefing screen stays."""
    return settings().scene_seconds


def map_number() -> str:
    """The map review number (审图号), or nothing while there is none."""
    return settings().map_no
