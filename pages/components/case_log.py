"""Single disputes for those who may see the rows (逐件): the list, and the log of one. No narrative, no names."""

import pandas as pd

from data import terms
from pages.components.course import CLOCK_MARKS
from pages.components.first_map import draw_table
from portal.words import UNKNOWN, day, lang, t


def draw_cases(rows: pd.DataFrame) -> None:
    """One row per dispute, as `portal.disputes.listed` gives them."""
    table = pd.DataFrame({
        "case_no": rows["case_no"],
        "category": [terms.DISPUTE_CATEGORIES.label(code, lang()) for code in rows["category"]],
        "accepted": [day(value) for value in rows["accepted_on"]],
        "due": [day(value) for value in rows["due_on"]],
        "lifecycle": [terms.LIFECYCLES.label(code, lang()) for code in rows["stage"]],
        "clock": [_clock(code) for code in rows["clock"]],
        "days": rows["days"],
    })  # fmt: skip
    heads = {"case_no": t("编号", "Number"), "category": t("类别", "Type"), "accepted": t("受理", "Accepted"),
             "due": t("到期", "Due"), "lifecycle": t("办到", "Stands at"), "clock": t("时钟", "Clock"),
             "days": t("天数", "Days")}  # fmt: skip
    draw_table(table, key="cases", height=420, column_order=list(heads), column_config=dict(heads))


def _clock(code: object) -> str:
    known = code if isinstance(code, str) else ""
    return f"{CLOCK_MARKS[known]} {terms.CLOCKS.label(known, lang())}" if known else UNKNOWN


def draw_log(steps: pd.DataFrame) -> None:
    """One row per step of a dispute: its day, what was done, where it stood after, which unit."""
    table = pd.DataFrame({
        "on": [day(value) for value in steps["step_on"]],
        "op": [terms.STEP_OPS.label(code, lang()) for code in steps["step_op"]],
        "after": [terms.LIFECYCLES.label(code, lang()) for code in steps["lifecycle_after"]],
        "unit": steps["unit"].fillna(UNKNOWN),
    })  # fmt: skip
    heads = {
        "on": t("日期", "Day"),
        "op": t("环节", "Step"),
        "after": t("办理后", "After it"),
        "unit": t("单位", "Unit"),
    }
    draw_table(table, key="case_log", height=350, column_order=list(heads), column_config=dict(heads))
