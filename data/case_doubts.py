"""The words for cases whose state and dates contradict each other, and how each is counted (状态与日期矛盾)."""

from typing import NamedTuple


class Doubt(NamedTuple):
    """What is odd about a case, and how it is counted all the same."""

    zh: str
    en: str
    rule_zh: str
    rule_en: str


DOUBTS = {
    "closed_no_day": Doubt("状态已办结（已归档），没有办结日期", "closed or archived, without a closing day",
                           "算办结，不进要看办结那天的数", "closed, in no number that asks for the day"),
    "resolved_no_day": Doubt("状态已化解，没有化解日期", "resolved, without a day of resolution",
                             "算化解，不算按期，不进用了多少天", "resolved, not in time, in no count of days"),
    "day_not_closed": Doubt("有办结日期，状态还没有办结", "a closing day, and a state that is not closed",
                            "算在办，这个日期不算", "open; the day counts for nothing"),
    "day_not_resolved": Doubt("有化解日期，状态或结果不是化解", "a day of resolution, and not resolved",
                              "不算化解，这个日期不算", "not resolved; the day counts for nothing"),
    "closed_not_accepted": Doubt("已办结（化解、实现），没有受理（认领）日期", "closed, and never accepted",
                                 "不进按受理统计的数，其他照算", "in no number by acceptance, in the others"),
    "before_accepted": Doubt("化解或办结早于受理", "resolved or closed before it was accepted",
                             "照状态和日期算", "by its state and its days"),
    "due_before_accepted": Doubt("办理时限早于受理", "due before it was accepted",
                                 "照写明的时限算", "by the due day as it stands"),
    "success_not_resolved": Doubt("结果为成功，状态不是化解", "a success, and a state that is not resolved",
                                  "以状态为准，不算化解", "by its state: not resolved"),
    "resolved_not_success": Doubt("状态已化解，结果不是成功", "resolved, with an outcome that is no success",
                                  "以结果为准，不算化解", "by its outcome: not resolved"),
    "no_outcome": Doubt("状态已化解，没有记录结果", "resolved, without an outcome on record",
                        "按状态算化解", "by its state: resolved"),
    "log_differs": Doubt("登记的状态与办理步骤不一致", "the register says otherwise than the last step",
                         "以办理步骤为准", "by its steps"),
}  # fmt: skip
"""By kind, as `geo.case_doubts` finds them. Days in the future, and days in the wrong order within one row of a ledger,
refuse the row and are not here."""
