"""One cell → one value (单元格清洗), by the type its column has. Pure; raises BadCell with a sentence for the reader.

Ledgers write the same thing in many ways: dates as Excel dates, serials or text, digits in full width, yes as 是 or √,
counts with their unit behind. What is meant is accepted; what could be two things is refused.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from etl.personal import is_number_of_person, masked
from etl.sources import Column
from etl.units import PREFIXES

EXCEL_EPOCH = date(1899, 12, 30)
LATER_EPOCH_DAYS = 1462
"""How many days later a workbook begins to count that was made for the 1904 system."""
SERIALS = (20_000, 80_000)
"""Numbers between 1954 and 2119 counted as Excel counts days; smaller or larger ones are no dates."""
YES = frozenset({"是", "有", "√", "✓", "✔", "☑", "✅", "v", "1", "y", "yes", "true", "t", "对", "已", "是的", "已有"})
NO = frozenset(
    {"否", "无", "×", "✗", "✘", "╳", "☐", "□", "x", "0", "n", "no", "false", "f", "未", "没有", "不", "不是"}
)
LONGEST = 120
LONGEST_ID = 32
"""Characters of a ledger's own number."""
LARGEST = 1e12
"""No number of a ledger is as large."""

_DATE = re.compile(
    r"(民国|\d)(\d{0,3})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?"
    r"(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?\s*(?:\(?(?:周|星期)[一二三四五六日天]\)?)?"
)
_CHINESE_DATE = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]"
)
_DIGITS = {sign: str(value) for value, sign in enumerate("〇一二三四五六七八九")} | {"○": "0", "零": "0"}
ROC_EPOCH = 1911
"""Year 0 of 民国 dates, which are written with three digits (109/5/3) or with the word."""
ROC_YEARS = (100, 199)
EXACT_FLOAT = 1e15
"""Excel keeps fifteen digits: a longer number has lost its end."""
_STROKE = re.compile(r"\s*(?:[-—–－]{1,4}|[/\\／]{1,2})\s*")
_WRECKED = re.compile(r"[+-]?\d+(?:\.\d+)?e[+-]?\d+", re.IGNORECASE)
_COUNT = re.compile(
    r"(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?\s*([十百千万亿]*)\s*(?:户|人|名|个|栋|幢|层|次|套|单元|处|件|户次|人次)?"
)
_ABOUT = re.compile(r"[约余多近几]|左右|上下|以上|以下|不少于|不足|超过")
_ID_NUMBER = re.compile(r"\d{17}[\dXx]|\d{15}")


class BadCell(Exception):
    """A cell that does not say what its column asks for; `code` is one of terms.PROBLEMS."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(zh)
        self.code, self.zh, self.en = code, zh, en


def is_stroke(cell: Any) -> bool:
    """Whether a cell holds only a stroke, which is how forms say that there is nothing to fill in."""
    return type(cell) is str and len(cell) <= 6 and _STROKE.fullmatch(cell) is not None


def clean_text(cell: Any, column: Column) -> str:
    """Text in one line with half-width letters and digits; numbers of persons in it are masked."""
    text = " ".join(unicodedata.normalize("NFKC", written(cell)).split())
    if len(text) > LONGEST:
        raise BadCell("BAD_CODE", f"超过{LONGEST}个字", f"is longer than {LONGEST} characters")
    return masked(text)[0]


def clean_code(cell: Any, column: Column) -> str:
    """A code of digits, whole: a number that Excel has rounded is refused, because its end is lost."""
    text = _whole(cell)
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
    """A ledger's own number, letters and digits as it likes, without spaces; a person's is refused, not stored."""
    text = _whole(cell)
    if is_number_of_person(text):
        raise BadCell(
            "BAD_CODE",
            "是身份证号或手机号,不得作编号;请改用台账自己的编号",
            "is a person's identity or mobile number; use one of the ledger's own",
        )
    if len(text) > LONGEST_ID:
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
    """A day: an Excel date or serial, 2020-05-03, 2020.5.3, 2020年5月3日, 二〇二〇年五月三日, 20200503, 109/5/3."""
    if isinstance(cell, datetime):
        return _sensible(cell.date())
    if isinstance(cell, date):
        return _sensible(cell)
    text = unicodedata.normalize("NFKC", written(cell)).strip()
    try:
        if found := _DATE.fullmatch(text):
            return _sensible(date(_year(found[1], found[2]), int(found[3]), int(found[4])))
        if found := re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text):
            return _sensible(date(int(found[1]), int(found[2]), int(found[3])))
        if found := _CHINESE_DATE.fullmatch(re.sub(r"\s", "", text)):
            year = int("".join(_DIGITS[sign] for sign in found[1]))
            return _sensible(date(year, chinese_number(found[2]), chinese_number(found[3])))
        if re.fullmatch(r"\d{5}(?:\.\d+)?", text) and SERIALS[0] <= float(text) < SERIALS[1]:
            return EXCEL_EPOCH + timedelta(days=int(float(text)))
    except ValueError:
        pass
    raise BadCell("BAD_DATE", "不是日期;请写成 2020-05-03", "is not a date; write it as 2020-05-03")


def _year(first: str, rest: str) -> int:
    """A year as written: four digits, or a year of 民国. Raises ValueError for what could be either."""
    if first == "民国":
        if not 1 <= int(rest) <= ROC_YEARS[1]:
            raise ValueError(rest)
        return int(rest) + ROC_EPOCH
    year = int(first + rest)
    if ROC_YEARS[0] <= year <= ROC_YEARS[1]:
        return year + ROC_EPOCH
    if len(rest) != 3:
        raise ValueError(year)
    return year


def chinese_number(text: str) -> int:
    """A number below a hundred in Chinese figures. Raises ValueError for what is none.

    >>> chinese_number("三"), chinese_number("十"), chinese_number("二十三")
    (3, 10, 23)
    """
    tens, ten, ones = text.rpartition("十")
    if any(len(part) > 1 or part not in "一二三四五六七八九" for part in (tens, ones)) or not text:
        raise ValueError(text)
    value = int(_DIGITS[ones]) if ones else 0
    return value + (10 * (int(_DIGITS[tens]) if tens else 1) if ten else 0)


def _sensible(day: date) -> date:
    if not 1900 <= day.year <= 2100:
        raise BadCell("BAD_DATE", "年份不合理", "has an impossible year")
    return day


def clean_count(cell: Any, column: Column) -> int:
    """A whole number from 0, its unit allowed behind it; 约 and 余 are refused: they say it is not known."""
    text = unicodedata.normalize("NFKC", written(cell)).strip()
    found = _COUNT.fullmatch(text)
    if not found and _ABOUT.search(text):
        raise BadCell(
            "BAD_NUMBER",
            "不是确数;请填确数,不知道就留空",
            "is no exact number; give the exact one, or leave it empty when it is not known",
        )
    times = PREFIXES.get(found[3]) if found else None
    number = Fraction(found[1].replace(",", "") + (found[2] or "")) * times if found and times else None
    if number is None or number.denominator != 1 or number > 2**31 - 1:
        raise BadCell("BAD_NUMBER", "应为不小于0的整数", "must be a whole number from 0")
    return int(number)


def clean_year(cell: Any, column: Column) -> int:
    """A year of four digits."""
    found = re.fullmatch(r"(\d{4})年?", unicodedata.normalize("NFKC", written(cell)).strip())
    if not found or not 1800 <= int(found[1]) <= 2100:
        raise BadCell("BAD_NUMBER", "应为四位年份", "must be a year of four digits")
    return int(found[1])


def clean_number(cell: Any, column: Column) -> float:
    """A decimal number."""
    try:
        number = float(cell if type(cell) is str and cell.isascii() else unicodedata.normalize("NFKC", written(cell)))
    except ValueError:
        raise BadCell("BAD_NUMBER", "不是数字", "is not a number") from None
    if not abs(number) < LARGEST:
        raise BadCell("BAD_NUMBER", "不是合理的数字", "is not a sensible number")
    return number


def clean_yes_no(cell: Any, column: Column) -> bool:
    """是/否 in the ways ledgers write it."""
    text = unicodedata.normalize("NFKC", written(cell)).strip().casefold()
    if text in YES:
        return True
    if text in NO:
        return False
    raise BadCell("UNKNOWN_VALUE", "应填“是”或“否”", "must be yes or no")


def clean_term(cell: Any, column: Column) -> str:
    """One of the allowed values, by code, label or synonym."""
    text = _folded(written(cell))
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


def _whole(cell: Any) -> str:
    """A code or number, whole: one that Excel has rounded is refused, because its end is lost."""
    if type(cell) is str and cell.isascii() and cell.isalnum() and "e" not in cell and "E" not in cell:
        return cell  # as nearly all are: nothing to fold, and not in scientific notation
    text = _joined(cell)
    if _WRECKED.fullmatch(text) or (isinstance(cell, float) and abs(cell) >= EXACT_FLOAT):
        raise BadCell(
            "BAD_CODE",
            "是科学计数法,末尾几位已丢失;请把该列设为文本格式后重新填写",
            "is in scientific notation and has lost its last digits; set the column to text and type it again",
        )
    return text


def _joined(cell: Any) -> str:
    """A number of letters and digits in half width without spaces or the quote mark that keeps Excel from counting."""
    return "".join(unicodedata.normalize("NFKC", written(cell)).split()).lstrip("'")


def written(cell: Any) -> str:
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
