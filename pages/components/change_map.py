"""The map of a comparison (变化图): areas by how a rate changed between two days; those of too few pale, those without
two rates hatched."""

from pages.components.legend import HATCH, key_legend
from pages.components.map import (
    context_layer,
    draw_map,
    drill,
    filled_layer,
    first_bounds,
    layer_url,
    name_layer,
    patterned,
    quoted,
    shapes_url,
)
from portal import colours
from portal.change_layers import MUCH, class_counts
from portal.changes import Span
from portal.choice import Choice, Indicator
from portal.identity import Viewer
from portal.words import lang, t


def draw_changes(viewer: Viewer, choice: Choice, over: Span, *, share: float = 0.66) -> None:
    """The areas of the chosen level; a click opens one."""
    code, level = choice.area.code, choice.level
    params = {"area": code, "level": level, "ind": choice.indicator.code, "since": str(over.since),
              "asof": str(over.until)}  # fmt: skip
    counts, small, unknown = class_counts(viewer, code, level, choice.indicator.code, over)
    layers, shapes = [context_layer(viewer, code)], shapes_url(viewer, code, level)
    if unknown:
        data = layer_url(viewer, "changes", part="unknown", only="values", **params)
        layers += patterned(data, f"unknown-{code}-{level}", "hatch", colours.UNKNOWN_LINE, True, shapes)
    if small:
        data = layer_url(viewer, "changes", part="light", only="values", **params)
        layers.append(filled_layer(data, f"light-{code}-{level}", line=colours.UNKNOWN_LINE, wide=1,
                                   shapes=quoted(shapes)))  # fmt: skip
    data = layer_url(viewer, "changes", part="known", only="values", **params)
    # White lines would be lost beside what did not change.
    layers.append(filled_layer(data, f"areas-{code}-{level}", line=colours.UNKNOWN_LINE, wide=1, shapes=quoted(shapes)))
    layers.append(context_layer(viewer, code, "over"))
    bounds = first_bounds(viewer, choice)
    layers.append(name_layer(layer_url(viewer, "change_labels", **params), f"labels-{code}-{level}"))
    legend = change_legend(choice.indicator, counts, small, unknown)
    draw_map(layers, bounds, key="compare", legend=legend, on_click=drill, share=share)


def change_legend(rule: Indicator, counts: list[int], small: int, unknown: int) -> str:
    """The five classes, the best first, each with how many areas are in it."""
    edge = f"{rule.scale * MUCH:g}"
    unit = t("点", " pts") if rule.scale == 100 else ""
    up, down = (t("升", "up"), t("降", "down")) if rule.direction == "up" else (t("降", "down"), t("升", "up"))
    words = (
        t(f"{up} {edge}{unit}以上", f"{up} {edge}{unit} or more"), t(f"{up}不到 {edge}{unit}", f"{up} less"),
        t("不变", "the same"),
        t(f"{down}不到 {edge}{unit}", f"{down} less"), t(f"{down} {edge}{unit}以上", f"{down} {edge}{unit} or more"),
    )  # fmt: skip
    rows: list[tuple[str, str, int | None]] = list(zip(reversed(colours.CHANGE), words, reversed(counts), strict=True))
    if small:
        unit = rule.of_unit(lang()) or rule.unit(lang())
        rows.append(
            (
                colours.LIGHT["small"],
                t(f"n / d 不到 {rule.min_sample} {unit}", f"n / d under {rule.min_sample} {unit}"),
                small,
            )
        )
    if unknown:
        rows.append((HATCH, t("无法比较", "No comparison"), unknown))
    return key_legend(f"{rule.name('zh')}变化", f"Change of {rule.name('en').lower()}", rows)
