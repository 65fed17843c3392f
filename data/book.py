"""The indicator book (指标口径): what every indicator means, in words made from the registry.

The page 指标口径 and docs/indicators.md show what these functions say, so that screen and manual are the same text.
A new entry of the registry becomes a line here: `lines` is the one place.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from data import terms
from data.registry import Indicator, indicators

CASE_RULE = (
    "状态定算不算，日期只定是哪天：状态已到、没有日期的照算，只是不进要看那一天的数；状态没到、却有日期的，日期不算。"
    "受理日期不明的，不进按受理统计的数。",
    "the state says whether, dates only say when: what has reached the state counts without a day, but in no number "
    "that asks for that day; a day that the state does not bear out counts for nothing. Without a day of acceptance a "
    "case is in no number by acceptance.",
)
"""How a case is counted whose state and dates contradict each other; see `geo.case_state`."""
OUTCOME_RULE = (
    "纠纷记录了结果的，结果为成功才算化解；没有记录结果的，按状态算。归了档但没有成功的，算调解不成。",
    " A dispute with an outcome on record is resolved only by success; without one its state decides. What was "
    "archived without success counts as failed.",
)
"""What else makes a dispute resolved."""


def lines(indicator: Indicator, lang: str) -> list[tuple[str, str]]:
    """What an indicator means: (label, text) in the order of reading."""
    zh = lang == "zh"
    said = [
        (("分子", "Numerator"), indicator.numerator(lang)),
        (("分母", "Denominator"), indicator.denominator(lang)),
        (("公式", "Formula"), _formula(indicator, lang)),
        (("算入哪个统计期", "Belongs to a period by"), getattr(indicator, f"cohort_{lang}", "")),
        (("什么算化解、办结", "What is resolved or closed"), _case_rule(indicator, lang)),
        (("与别的期相比", "Compared with another period"), _compared(indicator, lang)),
        (("单位", "Unit"), indicator.unit(lang)),
        (("方向", "Direction"), _direction(indicator, lang)),
        (("默认目标", "Default goal"), _goal(indicator, lang)),
        (("地图分级", "Classes"), _classes(indicator, indicator.breaks, lang)),
        (("季度分级", "Classes of a quarter"), _classes(indicator, indicator.quarter_breaks, lang)),
        (("月度分级", "Classes of a month"), _classes(indicator, indicator.month_breaks, lang)),
        (("算到哪一级", "Lowest level"), terms.LEVELS.label(indicator.lowest_level, lang)),
        (("需要的台账", "Ledgers it needs"), _ledgers(indicator, lang)),
        (("样本下限", "Smallest sample"), _sample(indicator, lang)),
        (("隐私", "Disclosure"), _disclosure(indicator, lang)),
        (("别处的算法", "Other formulas"), _variants(indicator, lang)),
    ]
    return [(label[0] if zh else label[1], text) for label, text in said if text]


def by_topic() -> dict[str, list[Indicator]]:
    """The indicators by topic, in the order of the registry."""
    found: dict[str, list[Indicator]] = {}
    for indicator in indicators().values():
        found.setdefault(indicator.topic, []).append(indicator)
    return found


def as_markdown() -> str:
    """The whole book for docs/indicators.md, both languages side by side."""
    return "\n".join(_markdown()) + "\n"


def _markdown() -> Iterator[str]:
    yield "# 指标口径 Indicator book"
    yield ""
    yield "由 `python -m etl book --out docs/indicators.md` 写出,与页面“指标口径”是同一份文字;请勿手工修改。"
    yield "Written by that command; the page shows the same text. The source is `data/indicators.toml`."
    for topic, found in by_topic().items():
        yield ""
        yield f"## {terms.TOPICS.label(topic)} {terms.TOPICS.label(topic, 'en')}"
        for indicator in found:
            yield ""
            yield f"### {indicator.code} {indicator.zh} {indicator.en}"
            yield ""
            yield "| | | |"
            yield "|---|---|---|"
            english = lines(indicator, "en")
            for (label, text), (label_en, text_en) in zip(lines(indicator, "zh"), english, strict=True):
                yield f"| {label} {label_en} | {text} | {text_en} |"


def _formula(indicator: Indicator, lang: str) -> str:
    zh = lang == "zh"
    parts: Mapping[str, float] = getattr(indicator, "parts", {})
    if parts:
        terms_of = [
            f"{weight:g} × {code}" if weight >= 0 else f"{-weight:g} × (1 − {code})" for code, weight in parts.items()
        ]
        return " + ".join(terms_of)
    scale = getattr(indicator, "scale", 100)
    if scale == 100:
        return "分子 ÷ 分母" if zh else "numerator ÷ denominator"
    return f"分子 ÷ 分母 × {scale:,}" if zh else f"numerator ÷ denominator × {scale:,}"


def _case_rule(indicator: Indicator, lang: str) -> str:
    if indicator.code[:3] not in ("APP", "DIS", "CAS", "SAT", "WIS") or indicator.is_index:
        return ""
    at = 0 if lang == "zh" else 1
    return CASE_RULE[at] + (OUTCOME_RULE[at] if indicator.code.startswith("DIS") else "")


def _direction(indicator: Indicator, lang: str) -> str:
    if indicator.direction == "up":
        return "越高越好" if lang == "zh" else "more is better"
    return "越低越好" if lang == "zh" else "less is better"


def _goal(indicator: Indicator, lang: str) -> str:
    goal = indicator.shown(indicator.goal)
    return f"{goal}；各地可以另定并写明理由" if lang == "zh" else f"{goal}; an area may have its own, with a reason"


def _compared(indicator: Indicator, lang: str) -> str:
    if not indicator.is_at_end:
        return ""
    return (
        "按期末时点比：两期都只算到各自期末，之后才有的结果不算，免得办得短的一期显得差；公开场合不比"
        if lang == "zh"
        else "as each stood at its period's end, without later results, as a young period would look worse for its "
        "age; not compared in public"
    )


def _classes(indicator: Indicator, breaks: tuple[float, ...], lang: str) -> str:
    """The classes from the lowest up: each holds its lower edge.

    >>> _classes(indicators()["ORG-03"], (0.8, 1.0), "zh"), _classes(indicators()["DIS-06"], (0.005, 0.01), "en")
    ('不足 80 %、80 % 到不足 100 %、100 %', 'below 50, 50 to below 100, 100 and more')
    """
    if not breaks:
        return ""
    zh = lang == "zh"
    edges = [indicator.shown(edge) for edge in breaks]
    words = [f"不足 {edges[0]}" if zh else f"below {edges[0]}"]
    words += [f"{low} 到不足 {high}" if zh else f"{low} to below {high}" for low, high in pairwise(edges)]
    words.append(
        edges[-1]
        if breaks[-1] == 1 and indicator.is_share
        else f"{edges[-1]} 及以上"
        if zh
        else f"{edges[-1]} and more"
    )
    return ("、" if zh else ", ").join(words)


def _ledgers(indicator: Indicator, lang: str) -> str:
    """What a community must have sent, and which communities are asked."""
    zh = lang == "zh"
    needed = getattr(indicator, "ledgers", ())
    any_of, all_of = (" 或 ", "、") if zh else (" or ", ", ")
    words = all_of.join(any_of.join(terms.LEDGERS.label(one, lang) for one in entry.split("|")) for entry in needed)
    if not words:
        return ""
    if indicator.is_of_relocation:
        return f"{words}；看易迁社区" if zh else f"{words}; of relocation communities"
    return f"{words}；看全部社区（村）" if zh else f"{words}; of all communities"


def _sample(indicator: Indicator, lang: str) -> str:
    smallest = getattr(indicator, "min_sample", 1)
    if smallest <= 1:
        return ""
    if lang == "zh":
        return f"分母不足 {smallest} 时，一个率说明不了多少"
    return f"below a denominator of {smallest} a rate says little by itself"


def _disclosure(indicator: Indicator, lang: str) -> str:
    k = indicator.hidden_below
    if k <= 1:
        return (
            "数的是组织、楼栋和设施，不是人，全部公开"
            if lang == "zh"
            else "organisations, buildings and facilities, not people: nothing is hidden"
        )
    if indicator.is_sensitive:
        return (
            f"数小于 {k} 时，对看不到明细的人都不显示，能推算出来的也一并隐藏"
            if lang == "zh"
            else f"counts below {k} are hidden from all who may not see the rows, and what would give them away"
        )
    return (
        f"公开场合数小于 {k} 时不显示，能推算出来的也一并隐藏"
        if lang == "zh"
        else f"in public, counts below {k} are hidden, and what would give them away"
    )


def _variants(indicator: Indicator, lang: str) -> str:
    found = [
        f"{getattr(variant, lang)} ({getattr(variant, f'place_{lang}')})"
        for variant in getattr(indicator, "variants", ())
    ]
    return ("；" if lang == "zh" else "; ").join(found)
