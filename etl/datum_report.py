"""What was found of a file's coordinate system: a sentence, lines for a column map, and JSON (查证结果)."""

from dataclasses import dataclass
from typing import Any

from geo.datum_fit import NAMED, NEAREST, Finding, Fit, System

_WGS84 = "CGCS2000(WGS-84)"


@dataclass(frozen=True)
class SheetDatum:
    """What was found of one sheet. columns : the headings its coordinates stand under; none for shapes of a layer."""

    file: str
    sheet: str
    columns: tuple[str, ...]
    finding: Finding


def system_words(system: System, lang: str) -> str:
    """A system as a reader knows it."""
    name = _WGS84 if system.datum == "CGCS2000" else system.datum
    if not system.is_swapped:
        return name
    return f"{name}、横纵坐标对调" if lang == "zh" else f"{name} with the axes exchanged"


def map_lines(found: SheetDatum) -> list[str]:
    """What to write into the column map; nothing when the system could not be told."""
    best = found.finding.best
    if best is None:
        return []
    lines = [f'crs = "{best.system.datum}"']
    if best.system.is_swapped and found.columns:
        first, second = found.columns
        lines += ["[columns]", f'source_lon = "{second}"', f'source_lat = "{first}"']
    return lines


def datum_lines(found: SheetDatum, lang: str) -> list[str]:
    """The finding in one sentence, then the lines for the column map."""
    place = found.file + (f"[{found.sheet}]" if found.sheet else "")
    sentence = (_said_zh if lang == "zh" else _said_en)(place, found.finding)
    if lines := map_lines(found):
        write = "列映射里写:" if lang == "zh" else "Write into the column map:"
        return [sentence, write, *(f"    {line}" for line in lines)]
    return [sentence]


def _said_zh(place: str, finding: Finding) -> str:
    against = {NAMED: "与各自的楼栋(区域)相比", NEAREST: "与最近的楼栋相比"}.get(finding.way, "只能与县界相比")
    if finding.best is None:
        if finding.alike:
            names = "、".join(f"{system_words(fit.system, 'zh')}({_figures(fit, 'zh')})" for fit in finding.alike)
            return f"{place}:分不清坐标系,{against},这几种同样符合:{names}。请向提供者核实。"
        near = finding.fits[0]
        nearest = f"{system_words(near.system, 'zh')}({_figures(near, 'zh')})"
        return f"{place}:没有一种坐标系符合;{against},最接近的是{nearest}。"
    rest = finding.runner_up
    other = f";其次{system_words(rest.system, 'zh')}({_figures(rest, 'zh')})" if rest else ";其他坐标系都不落在本县"
    return f"{place}:坐标是{system_words(finding.best.system, 'zh')};{against},{_figures(finding.best, 'zh')}{other}。"


def _said_en(place: str, finding: Finding) -> str:
    against = {NAMED: "beside the own building (or area) of each", NEAREST: "beside the nearest building"}.get(
        finding.way, "beside the county's boundary alone"
    )
    if finding.best is None:
        if finding.alike:
            names = ", ".join(f"{system_words(fit.system, 'en')} ({_figures(fit, 'en')})" for fit in finding.alike)
            return f"{place}: the system cannot be told; {against} these fit alike: {names}. Ask whoever made the file."
        near = finding.fits[0]
        nearest = f"{system_words(near.system, 'en')} ({_figures(near, 'en')})"
        return f"{place}: no system fits; {against} the nearest is {nearest}."
    rest = finding.runner_up
    other = (
        f"; next {system_words(rest.system, 'en')} ({_figures(rest, 'en')})"
        if rest
        else "; no other lies in the county"
    )
    best = finding.best
    return f"{place}: the coordinates are {system_words(best.system, 'en')}; {against} {_figures(best, 'en')}{other}."


def _figures(fit: Fit, lang: str) -> str:
    inside = f"{fit.inside_count} / {fit.points_count}"
    if fit.median_m is None or fit.p90_m is None:
        return f"在县内 {inside} 个" if lang == "zh" else f"{inside} in the county"
    if lang == "zh":
        return f"偏差中位数 {fit.median_m:,.1f} 米、九成在 {fit.p90_m:,.1f} 米内,在县内 {inside} 个"
    return f"median offset {fit.median_m:,.1f} m, nine tenths within {fit.p90_m:,.1f} m, {inside} in the county"


def datum_json(found: list[SheetDatum], lang: str) -> list[dict[str, Any]]:
    """What a program reads of it."""
    return [
        {
            "file": one.file, "sheet": one.sheet, "way": one.finding.way,
            "best": one.finding.best and _fit_json(one.finding.best),
            "alike": [_fit_json(fit) for fit in one.finding.alike],
            "fits": [_fit_json(fit) for fit in one.finding.fits],
            "map": map_lines(one), "message": datum_lines(one, lang)[0],
        }
        for one in found
    ]  # fmt: skip


def _fit_json(fit: Fit) -> dict[str, Any]:
    return {
        "crs": fit.system.datum, "is_swapped": fit.system.is_swapped, "points_count": fit.points_count,
        "inside_count": fit.inside_count, "median_m": fit.median_m, "p90_m": fit.p90_m,
    }  # fmt: skip
