"""The question of a page by area (页面的问题): its sentence, and the choosers over its map."""

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.components.map import level_name, map_height
from portal import address, completeness, reads
from portal.choice import Choice, indicators
from portal.identity import Viewer
from portal.snapshot import Area
from portal.words import lang, t

UNITS: dict[str, tuple[str, str, str]] = {
    "township": ("个乡镇", "township", "townships"),
    "community": ("个社区(村)", "community", "communities"),
    "grid": ("个网格", "grid", "grids"),
}


METHODS: dict[str, tuple[str, str]] = {
    "": ("按口径的界限", "Edges of the definition"),
    "quantile": ("每级区域一样多", "As many areas each"),
    "equal": ("每级间隔一样宽", "As wide each"),
    "natural": ("自然断点", "Natural breaks"),
}
WHEN: dict[str, tuple[str, str]] = {
    "": ("界限固定，各月可比", "fixed: months compare"),
    "quantile": ("看谁靠前谁靠后", "who is ahead, who behind"),
    "equal": ("看数值相差多少", "how far apart values are"),
    "natural": ("相近的归在一起", "alike go together"),
}


def trend_height(base: int = 180) -> int:
    """The height of a trend beside the map: on a large screen it takes what the map has more than at 1440×900."""
    return base + max(0, map_height() - 602)


def question(viewer: Viewer, choice: Choice, areas: Sequence[Area]) -> tuple[str, str]:
    """The question of the view as a sentence in both languages: when, where, how many areas, which indicator, and how
    many of the communities have reported."""
    zh, en = _asked(choice, areas)
    found = completeness.of_area(viewer, choice.indicator.code, choice.period, choice.area.code)
    if found is None:
        return zh, en
    return f"{zh}（{completeness.words(found, 'zh')}）", f"{en} ({completeness.words(found, 'en')})"


def _asked(choice: Choice, areas: Sequence[Area]) -> tuple[str, str]:
    indicator, many = choice.indicator, len(areas)
    when, where = choice.period_words, reads.full_name(choice.area)
    if choice.area.level == choice.level or not many:
        return f"{when}，{where}的{indicator.zh}", f"{indicator.en}: {where}, {when}"
    zh, one, more = UNITS[choice.level]
    return (
        f"{when}，{where}{many}{zh}的{indicator.zh}",
        f"{indicator.en}: {many} {one if many == 1 else more} of {where}, {when}",
    )


def ask(
    viewer: Viewer, choice: Choice, among: Sequence[str], layers: Mapping[str, tuple[str, str]] | None = None,
    *, is_classed: bool = True,
) -> None:  # fmt: skip
    """The choosers over the map: the indicators of the page, the levels inside the area, the page's own layers.

    layers : name in the address → words in both languages. Layers of other pages stay in the address as they are.
    is_classed : whether the map shows classes that the reader may have made in another way.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="wg_ask"):
        key = address.chooser_key("ind", choice.indicator.code)
        st.selectbox(t("指标", "Indicator"), among, key=key, label_visibility="collapsed", width=210,
                     format_func=lambda code: indicators()[code].name(lang()),
                     on_change=address.write_choice, args=("ind", key))  # fmt: skip
        levels = reads.levels_below(viewer, choice.area.code)
        if len(levels) > 1:
            key = address.chooser_key("level", choice.level)
            st.segmented_control(t("层级", "Level"), levels, key=key, format_func=level_name, required=True,
                                 label_visibility="collapsed", on_change=address.write_choice,
                                 args=("level", key))  # fmt: skip
        if layers:
            key = address.chooser_key("layers", [name for name in choice.layers if name in layers])
            others = [name for name in choice.layers if name not in layers]
            st.pills(t("图层", "Layers"), list(layers), key=key, selection_mode="multi", wrap=True,
                     label_visibility="collapsed",
                     format_func=lambda name: t(*layers[name]), on_change=_take_layers, args=(key, others))  # fmt: skip
        if is_classed:
            ask_classes(choice)


def ask_classes(choice: Choice) -> None:
    """How the classes of the map are made: by the edges of the definition, or from the values on it."""
    with st.popover(t("分级", "Classes"), key="wg_classes", type="tertiary"):
        key = address.chooser_key("classes", choice.classes)
        st.radio(t("分级方法", "Classes by"), list(METHODS), key=key, format_func=lambda name: t(*METHODS[name]),
                 captions=[t(*WHEN[name]) for name in METHODS],
                 on_change=address.write_choice, args=("classes", key))  # fmt: skip


def _take_layers(key: str, others: list[str]) -> None:
    address.go(layers=[*others, *st.session_state[key]])
