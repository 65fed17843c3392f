"""The refused rows of a load as a workbook (拒收清单): where each stands, why, and its cells; persons' cells masked."""

from pathlib import Path

from data.cells import neutral
from etl.clean import Ledger

HEADINGS = ("文件 File", "工作表 Sheet", "行 Row", "列 Column", "原因 Reason", "Reason in English")


def write_refused(path: Path, ledgers: list[Ledger]) -> bool:
    """One line for each refused row, its own cells behind the reasons; no file where nothing was refused.

    Every cell is neutral text, so nothing in it is a formula. Returns whether there is a file.
    """
    import xlsxwriter

    if not any(ledger.reasons for ledger in ledgers):
        return False
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    for ledger in ledgers:
        if not ledger.reasons:
            continue
        sheet = book.add_worksheet(ledger.source.kind[:31])
        kept = {row: ledger.kept_cells(row) for row in sorted(ledger.reasons)}
        cells = list(dict.fromkeys(name for of in kept.values() for name in of))
        for column, heading in enumerate([*HEADINGS, *cells]):
            sheet.write_string(0, column, neutral(heading))
        for line, (row, of) in enumerate(kept.items(), 1):
            about, reasons = ledger.sheets[ledger.sheet_of[row]], ledger.reasons[row]
            place = (about.file.name, about.name, ledger.row_of[row])
            told = ("、".join(dict.fromkeys(r.column for r in reasons)),
                    ";".join(r.zh for r in reasons), "; ".join(r.en for r in reasons))  # fmt: skip
            for column, text in enumerate([*place, *told, *(of.get(name, "") for name in cells)]):
                sheet.write_string(line, column, neutral(text))
        sheet.freeze_panes(1, 0)
    book.close()
    return True
