"""组织树 The tree of organisations under the map: a click on an area opens it there; a grid unfolds its groups."""

from collections.abc import Sequence

import streamlit as st

from pages.components.page import section
from portal.address import link
from portal.choice import Choice
from portal.org_tree import Node
from portal.words import count, esc, t


def draw_tree(choice: Choice, nodes: Sequence[Node]) -> None:
    """The areas with what they have; nothing where there is nothing to tell."""
    if not nodes:
        return
    section("组织树", "The tree", t("点名称在地图上打开", "a name opens it on the map"))
    st.html(f'<div class="wg-panel wg-tree">{"".join(_node(choice, node) for node in nodes)}</div>')


def _node(choice: Choice, node: Node) -> str:
    href = link("coverage", area=node.area.code, ind=choice.indicator.code, period=choice.period)
    name = f'<a class="wg-why" href="{esc(href)}" target="_self">{esc(node.area.name)}</a>'
    if node.area.level != "grid":
        return f'<div class="wg-tree-row">{name}<span>{esc(_sums(node))}</span></div>'
    branch = "、".join(node.own_branches) or t("没有单独的党支部", "no branch of its own")
    inside = "".join(f"<li>{esc(_group(one.name, one.buildings, one.leads))}</li>" for one in node.own_groups)
    tail = esc(t(f"党小组 {count(node.groups)} 个，覆盖 {_covered(node)} 栋",
                 f"{count(node.groups)} groups, {_covered(node)} buildings"))  # fmt: skip
    head = f"<summary>{name} <span>{esc(branch)}</span><br><small>{tail}</small></summary>"
    return f"<details>{head}<ul>{inside}</ul></details>"


def _sums(node: Node) -> str:
    return t(
        f"网格 {count(node.grids)} · 党支部 {count(node.branches)} · 党小组 {count(node.groups)} · "
        f"楼栋 {_covered(node)}",
        f"{count(node.grids)} grids · {count(node.branches)} branches · {count(node.groups)} groups · "
        f"{_covered(node)} buildings",
    )


def _covered(node: Node) -> str:
    return f"{count(node.covered)}/{count(node.homes)}"


def _group(name: str, buildings: int, leads: int) -> str:
    return t(f"{name}：{count(buildings)} 栋，楼栋长 {count(leads)} 栋有",
             f"{name}: {count(buildings)} buildings, {count(leads)} with a lead")  # fmt: skip
