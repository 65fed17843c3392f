"""A value of an indicator as a reader sees it (指标的显示): a percentage, so many per ten thousand, or points."""

from data.registry import Indicator
from portal.reads import Measure
from portal.standing import least, standing
from portal.words import HIDDEN, HIDDEN_WHY, NONE, UNKNOWN, count, per, percent, points, t


def shown(indicator: Indicator, measure: Measure, lang: str | None = None) -> str:
    """What stands large for a measure: the rate; n / d alone where there are too few; 无, ＊ or — where there is none.

    >>> from data.registry import indicators
    >>> dis = indicators()["DIS-03"]
    >>> [shown(dis, m, "en") for m in (Measure(1, 1, "known"), Measure(0, 40, "known"), Measure(part="none"))]
    ['1 / 1', '0.0 %', 'none']
    """
    match standing(measure, indicator):
        case "small" if not indicator.is_index:
            return of(measure)
        case "none":
            return t(*NONE, lang)
        case "hidden":
            return HIDDEN
    return value(indicator, measure)


def why(indicator: Indicator, measure: Measure, lang: str | None = None) -> str:
    """What `shown` is made of, or why it is no rate."""
    match standing(measure, indicator):
        case "small":
            unit_zh, unit_en = (indicator.of_unit(one) or indicator.unit(one) for one in ("zh", "en"))
            many = least(indicator, is_public=measure.part == "small")
            few = t(f"不到 {many} {unit_zh}，不看比率", f"fewer than {many} {unit_en}: no rate", lang)
            return f"{parts(indicator, measure, lang)} · {few}" if indicator.is_index else few
        case "none":
            return t(f"没有{indicator.denominator_zh}", f"no {indicator.denominator_en}", lang)
        case "hidden":
            return t(*HIDDEN_WHY, lang)
        case "unknown":
            return t(f"没有{indicator.zh}的数据", f"no data for {indicator.en.lower()}", lang)
    return parts(indicator, measure, lang)


def of(measure: Measure) -> str:
    """n / d, without a unit."""
    return f"{count(measure.numerator)} / {count(measure.denominator)}"


def value(indicator: Indicator, measure: Measure) -> str:
    """The rate, however few it is of; "—" when there is none. See `shown` for what a reader is to go by.

    >>> from data.registry import indicators
    >>> [value(indicators()[code], Measure(3.0, 400.0, "known")) for code in ("DIS-03", "DIS-06", "CAS-05")]
    ['0.8 %', '75.0', '0.8']
    """
    if measure.rate is None:
        return UNKNOWN
    if indicator.is_share:
        return percent(measure.numerator, measure.denominator)
    return per(measure.numerator, measure.denominator, indicator.scale)


def parts(indicator: Indicator, measure: Measure, lang: str | None = None) -> str:
    """What the value is made of: n of d with the unit, or two units where they differ; of an index, out of how many."""
    language = t("zh", "en", lang)
    if indicator.is_index:
        return t("满分100分", "out of 100 points", lang)
    n, d, unit = count(measure.numerator), count(measure.denominator), indicator.unit(language)
    if of := indicator.of_unit(language):
        return f"{n} {unit} / {d} {of}"
    return f"{n} / {d} {unit}"


def step(indicator: Indicator, difference: float) -> str:
    """A change of the rate as it is written, without its unit."""
    return points(difference if indicator.is_share else difference * indicator.scale / 100)


def change(indicator: Indicator, difference: float, lang: str | None = None) -> tuple[str, str]:
    """A change of the rate as it is written, and in what: percentage points, the value's own unit, or points."""
    if indicator.is_share:
        return step(indicator, difference), t("百分点", "pts", lang)
    return step(indicator, difference), t("分", "points", lang) if indicator.is_index else ""


def goal(indicator: Indicator, aim: float) -> str:
    """A goal (0..1) in the same form as the value; 0 alone stands without a sign."""
    return ("0" if not aim else percent(aim, 1)) if indicator.is_share else indicator.shown(aim)


def edge(indicator: Indicator, rate: float) -> str:
    """A limit of a class: 80%, 50 or 90.

    >>> from data.registry import indicators
    >>> edge(indicators()["DIS-03"], 0.85), edge(indicators()["DIS-06"], 0.005)
    ('85%', '50')
    """
    return indicator.shown(rate).replace(" ", "")
