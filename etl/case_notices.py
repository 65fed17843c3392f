"""What a load says of the state of its cases (状态的提醒): nothing is refused for it, every number follows one rule."""

from data import schema, terms
from etl.clean import Ledger
from etl.plan import Plan
from etl.totals import Notice


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
