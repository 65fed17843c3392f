"""What a load says of the state of its cases (状态的提醒): nothing is refused for it, every number follows one rule."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from data import schema, terms
from data.case_doubts import DOUBTS
from etl.clean import Ledger
from etl.plan import Plan
from etl.totals import Notice
from geo.case_doubts import LOG_DIFFERS, NO_OUTCOME, case_doubts

BY_STEPS = (LOG_DIFFERS, "before_accepted")
"""What steps alone bring about, where the register of their cases is not in the load."""
NEEDED = (
    "case_no", "case_kind", "lifecycle", "stated_lifecycle", "outcome", "accepted_on", "due_on", "resolved_on",
    "closed_on",
)  # fmt: skip


def case_notices(ledgers: list[Ledger], plan: Plan) -> list[Notice]:
    """What contradicts itself in the cases of a load once their steps have decided: one notice for each sheet and kind,
    with how many and one example, and one for a ledger without outcomes."""
    told = [ledger for ledger in ledgers if ledger.source.table in ("case_file", "case_step")]
    if not told:
        return []
    cases = plan.columns(schema.case_file, *NEEDED)
    found = case_doubts(cases.assign(**_days(cases)), terms.CASE_CODES)
    doubts = pd.DataFrame(found, index=pd.Index(cases["case_no"], dtype=object))
    notices, seen = [], set[str]()
    for ledger in told:
        silent = unknown_outcomes(ledger, plan)
        notices += [*silent, *_of_ledger(ledger, doubts, seen, has_outcomes=not silent)]
        if ledger.source.table == "case_file":
            seen |= set(ledger.good()["case_no"])
    return notices


def _days(cases: pd.DataFrame) -> dict[str, pd.Series]:
    return {name: pd.to_datetime(cases[name]) for name in cases.columns if name.endswith("_on")}


def _of_ledger(ledger: Ledger, doubts: pd.DataFrame, seen: set[str], *, has_outcomes: bool) -> Iterator[Notice]:
    good = ledger.good().drop_duplicates("case_no")
    is_steps = ledger.source.table == "case_step"
    if is_steps:
        good = good[~good["case_no"].isin(seen)]
    rows = doubts.reindex(good["case_no"]).fillna(value=False)
    sheets = np.array(ledger.sheet_of)[good.index.to_numpy(np.int64)]
    for kind, doubt in DOUBTS.items():
        if (is_steps and kind not in BY_STEPS) or (kind == NO_OUTCOME and not has_outcomes):
            continue
        odd = rows[kind].to_numpy(bool)
        for number in np.unique(sheets[odd]).tolist():
            at = np.flatnonzero(odd & (sheets == number))
            row, sheet = good.index[at[0]], ledger.sheets[number]
            no = rows.index[at[0]]
            yield Notice(
                sheet.file.name, sheet.name, ledger.row_of[row], ledger.heading(row, "case_no"),
                f"有{len(at):,}件{_half(doubt.zh)},如“{no}”:{_half(doubt.rule_zh)};请核对",
                f"{len(at):,} cases: {doubt.en}, e.g. {no}; counted: {doubt.rule_en}; check them",
            )  # fmt: skip


def _half(words: str) -> str:
    """The words of a screen in the punctuation of messages."""
    return words.translate(str.maketrans("，（）", ",()"))


def unknown_outcomes(ledger: Ledger, plan: Plan) -> list[Notice]:
    """One notice for a ledger of disputes that holds no outcome at all: its states alone say what is resolved."""
    if ledger.source.constants.get("case_kind") not in terms.CASE_CODES["judged"]:
        return []
    good = ledger.good()
    if good.empty or good["outcome"].notna().any():
        return []
    states = plan.columns(schema.case_file, "case_no", "lifecycle").set_index("case_no")["lifecycle"]
    is_resolved = states.reindex(good["case_no"]).isin(terms.CASE_CODES["resolved"]).to_numpy(bool)
    many = int(is_resolved.sum())
    if not many:
        return []
    row = good.index[is_resolved][0]
    sheet, source = ledger.sheets[ledger.sheet_of[row]], ledger.source
    heading = ledger.heading(row, "outcome")
    words = "、".join(term.zh for term in terms.OUTCOMES.values())
    zh = (
        f"{source.zh}没有“{heading}”:状态为已化解、已归档的{many:,}起都按化解计,归了档但没有化解的分不出来;"
        f"请补上“{heading}”一列({words}),或在列映射的 [words.lifecycle] 里把这样的状态写成“调解不成”"
    )
    en = (
        f"{source.en} holds no {heading}: all {many:,} whose state is resolved or archived count as resolved, and "
        "those archived unresolved cannot be told; add that column, or name such states 调解不成 in [words.lifecycle] "
        "of a column map"
    )
    return [Notice(sheet.file.name, sheet.name, ledger.row_of[row], heading, zh, en)]
