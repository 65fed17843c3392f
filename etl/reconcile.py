"""The published figures beside the ledger, for the command line (对账): `python -m etl reconcile`."""

from typing import Any

from sqlalchemy import Engine

from data import terms
from data.published import DIFFERS, NO_LEDGER, number_words, place_name
from data.reconcile import Reconciled, reconcile
from data.store import reading


def read_reconciliation(engine: Engine, lang: str) -> dict[str, Any]:
    """`summary` (figures by verdict, `rules` among them, `with_ledger`) and `figures`, in the order of the article."""
    with reading(engine) as conn:
        rows = reconcile(conn)
    summary: dict[str, Any] = {code: sum(row.verdict == code for row in rows) for code in terms.VERDICTS}
    summary |= {
        "figures": len(rows),
        "with_ledger": sum(row.verdict != NO_LEDGER for row in rows),
        "rules": sum(row.figure.is_rule for row in rows),
    }
    return {"summary": summary, "figures": [_figure(row, lang) for row in rows]}


def _figure(row: Reconciled, lang: str) -> dict[str, Any]:
    figure = row.figure
    return {
        "figure_no": figure.figure_no, "place": figure.place, "place_name": place_name(figure.place, lang),
        "text": figure.text, "name": figure.name(lang), "metric": figure.metric, "period": figure.period,
        "area_code": figure.area, "area_name": row.area_name, "is_rule": figure.is_rule,
        "values": [
            {
                "value": value.value, "unit": value.unit, "qualifier": value.qualifier,
                "lowest": value.interval.lowest, "highest": value.interval.highest, "ledger": found,
            }
            for value, found in zip(figure.values, row.found, strict=True)
        ],
        "verdict": row.verdict, "verdict_name": terms.VERDICTS.label(row.verdict, lang),
        "ledger": None if row.ledger is None or row.verdict == NO_LEDGER else {
            "words": row.ledger.zh if lang == "zh" else row.ledger.en,
            "indicator": row.ledger.indicator or None, "part": row.ledger.part or None,
        },
        "look_alikes": list(figure.look_alikes), "sentence": figure.sentence,
    }  # fmt: skip


def differs(result: dict[str, Any]) -> bool:
    """Whether any figure does not agree with the ledger."""
    return bool(result["summary"][DIFFERS])


def print_reconciliation(result: dict[str, Any], lang: str) -> None:
    """The figures with a ledger as a table, worst first, and the sums of all."""
    from rich.console import Console
    from rich.table import Table

    from data.published import figures

    zh = lang == "zh"
    table = Table(
        *(("编号", "公开数", "指标", "台账数", "结论") if zh else ("No.", "Published", "Of", "Ledger", "Verdict"))
    )
    order = ["differs", "within", "same"]
    with_ledger = [row for row in result["figures"] if row["verdict"] != NO_LEDGER]
    for row in sorted(with_ledger, key=lambda row: order.index(row["verdict"])):
        figure = figures()[row["figure_no"]]
        published = "; ".join(number_words(value, lang) for value in figure.values)
        counted = "; ".join("—" if value["ledger"] is None else f"{value['ledger']:,}" for value in row["values"])
        table.add_row(row["figure_no"], published, row["name"], counted, row["verdict_name"])
    console = Console()
    console.print(table)
    s = result["summary"]
    console.print(
        f"{s['figures']} 个公开数,{s['with_ledger']} 个有台账:一致 {s['same']},区间内 {s['within']},"
        f"不符 {s['differs']};无台账 {s['no_ledger']}。"
        if zh
        else f"{s['figures']} published figures, {s['with_ledger']} with a ledger: {s['same']} the same, "
        f"{s['within']} within, {s['differs']} differ; {s['no_ledger']} without a ledger.",
        soft_wrap=True,
    )
