"""One cell → one value (单元格清洗), by the type its column has. Pure; raises BadCell with a sentence for the reader.

Ledgers write the same thing in many ways: dates as Excel dates, serials or text, digits in full width, yes as 是 or √,
counts with their unit behind. What is meant is accepted; what could be two things is refused.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Any

from etl.sources import Column

EXCEL_EPOCH = date(1899, 12, 30)
SERIALS = (20_000, 80_000)
"""Numbers between 1954 and 2119 counted as Excel counts days; smaller or larger ones are no dates."""
YES = frozenset({"是", "有", "√", "✓", "✔", "1", "y", "yes", "true", "t", "对", "已"})
NO = frozenset({"否", "无", "×", "✗", "✘", "x", "0", "n", "no", "false", "f", "未", "没有"})
LONGEST = 120

_DATE = re.compile(
    r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_WRECKED = re.compile(r"[+-]?\d+(?:\.\d+)?e[+-]?\d+", re.IGNORECASE)
_COUNT = re.compile(r"(\d+)(?:\.0+)?\s*(?:户|人|名|个|栋|幢|层|次|套|单元)?")
_ID_NUMBER = re.compile(r"\d{17}[\dXx]|\d{15}")


class BadCell(Exception):
    """A cell that does not say what its column asks for; `code` is one of terms.PROBLEMS."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.code, self.zh, self.en = code, zh, en


def clean_text(cell: Any, column: Column) -> str:
    """Text in one line with half-width letters and digits."""
    text = " ".join(unicodedata.normalize("NFKC", _written(cell)).split())
    if len(text) > LONGEST:
        raise BadCell("BAD_CODE", f"超过{LONGEST}个字", f"is longer than {LONGEST} characters")
    return text


def clean_code(cell: Any, column: Column) -> str:
    """A code of digits, whole: a number that Excel has rounded is refused, because its end is lost."""
    text = _joined(cell)
    if _WRECKED.fullmatch(text) or (isinstance(cell, float) and abs(cell) >= 2**53):
        raise BadCell(
            "BAD_CODE",
            "是科学计数法,末尾几位已丢失;请把该列设为文本格式后重新填写",
            "is in scientific notation and has lost its last digits; set the column to text and type it again",
        )
    if not re.fullmatch(r"[0-9]+", text):
        raise BadCell("BAD_CODE", "编码只能由数字组成", "is not made of digits only")
    if column.digits and len(text) != column.digits:
        raise BadCell(
            "BAD_CODE",
            f"应为{column.digits}位数字,现为{len(text)}位",
            f"must have {column.digits} digits, not {len(text)}",
        )
    if len(text) > 20:
        raise BadCell("BAD_CODE", "位数过多", "has too many digits")
    return text


def clean_number_id(cell: Any, column: Column) -> str:
    """A ledger's own number, letters and digits as it likes, without spaces."""
    text = _joined(cell)
    if _WRECKED.fullmatch(text) or len(text) > 32:
        raise BadCell("BAD_CODE", "编号格式不对", "is not a well-formed number")
    return text


def clean_pseudonym(cell: Any, column: Column) -> str:
    """A person's number: letters and digits. A name, an identity number or a phone number is refused, not stored."""
    text = clean_number_id(cell, column)
    digits = re.sub(r"[^0-9Xx]", "", text)
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text) or _ID_NUMBER.fullmatch(digits) or re.fullmatch(r"1[3-9]\d{9}", text):
        raise BadCell(
            "BAD_CODE",
            "应填人员编号(字母和数字),不得填写姓名、证件号或电话",
            "must be a person's number (letters and digits), never a name, identity number or phone",
        )
    return text


def clean_date(cell: Any, column: Column) -> date:
    """A day: an Excel date or serial, 2020-05-03, 2020.5.3, 2020/5/3, 2020年5月3日 or 20200503."""
    if isinstance(cell, datetime):
        return _sensible(cell.date())
    if isinstance(cell, date):
        return _sensible(cell)
    text = unicodedata.normalize("NFKC", _written(cell)).strip()
    found = _DATE.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        if found:
            return _sensible(date(int(found[1]), int(found[2]), int(found[3])))
        if re.fullmatch(r"\d{5}(?:\.\d+)?", text) and SERIALS[0] <= float(text) < SERIALS[1]:
            return EXCEL_EPOCH + timedelta(days=int(float(text)))
    except ValueError:
        pass
    raise BadCell("BAD_DATE", "不是日期;请写成 2020-05-03", "is not a date; write it as 2020-05-03")


def _sensible(day: date) -> date:
    if not 1900 <= day.year <= 2100:
        raise BadCell("BAD_DATE", "年份不合理", "has an impossible year")
    return day


def clean_count(cell: Any, column: Column) -> int:
    """A whole number from 0, its unit allowed behind it; 约 and 余 are refused: they say it is not known."""
    found = _COUNT.fullmatch(unicodedata.normalize("NFKC", _written(cell)).strip())
    if not found or int(found[1]) > 2**31 - 1:
        raise BadCell("BAD_NUMBER", "应为不小于0的整数", "must be a whole number from 0")
    return int(found[1])


def clean_year(cell: Any, column: Column) -> int:
    """A year of four digits."""
    found = re.fullmatch(r"(\d{4})年?", unicodedata.normalize("NFKC", _written(cell)).strip())
    if not found or not 1800 <= int(found[1]) <= 2100:
        raise BadCell("BAD_NUMBER", "应为四位年份", "must be a year of four digits")
    return int(found[1])


def clean_number(cell: Any, column: Column) -> float:
    """A decimal number."""
    try:
        number = float(unicodedata.normalize("NFKC", _written(cell)).strip())
    except ValueError:
        raise BadCell("BAD_NUMBER", "不是数字", "is not a number") from None
    if not abs(number) < 1e12:
        raise BadCell("BAD_NUMBER", "不是合理的数字", "is not a sensible number")
    return number


def clean_yes_no(cell: Any, column: Column) -> bool:
    """是/否 in the ways ledgers write it."""
    text = unicodedata.normalize("NFKC", _written(cell)).strip().casefold()
    if text in YES:
        return True
    if text in NO:
        return False
    raise BadCell("UNKNOWN_VALUE", "应填“是”或“否”", "must be yes or no")


def clean_term(cell: Any, column: Column) -> str:
    """One of the allowed values, by code, label or synonym."""
    text = _folded(_written(cell))
    for word, code in column.words().items():
        if _folded(word) == text:
            return code
    allowed = "、".join(column.labels())
    raise BadCell("UNKNOWN_VALUE", f"不在允许的选项内;可填:{allowed}", f"is not one of the allowed values: {allowed}")


CLEANERS = {
    "text": clean_text, "code": clean_code, "number_id": clean_number_id, "pseudonym": clean_pseudonym,
    "date": clean_date, "count": clean_count, "year": clean_year, "number": clean_number, "yes_no": clean_yes_no,
    "term": clean_term,
}  # fmt: skip


def _folded(word: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", word)).casefold()


def _joined(cell: Any) -> str:
    """A number of letters and digits in half width without spaces or the quote mark that keeps Excel from counting."""
    return "".join(unicodedata.normalize("NFKC", _written(cell)).split()).lstrip("'")


def _written(cell: Any) -> str:
    """A cell as a reader would type it; whole numbers without .0."""
    if type(cell) is str:
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell)
