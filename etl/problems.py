"""Why a row is refused (问题): reasons in plain words, gathered per row until the load reports them."""

from dataclasses import dataclass
from typing import Any

from data import terms
from data.audit import holds_personal_number

MASK = "***"


@dataclass(frozen=True)
class Reason:
    """One thing wrong with one row. `column` is the heading as the reader knows it, `code` one of terms.PROBLEMS."""

    column: str
    code: str
    zh: str
    en: str

    def __post_init__(self) -> None:
        if self.code not in terms.PROBLEMS:
            raise ValueError(f"{self.code} is not in the vocabulary of problems")

    def stored(self) -> dict[str, str]:
        """As kept in `refused_row.reasons`."""
        return {"column": self.column, "code": self.code, "message_zh": self.zh, "message_en": self.en}


def missing(column: str) -> Reason:
    return Reason(column, "MISSING", f"“{column}”是必填项,不能为空", f"{column} is required and is empty")


def not_found(column: str, value: Any, what_zh: str, what_en: str) -> Reason:
    return Reason(
        column,
        "NOT_FOUND",
        f"“{column}”为“{value}”,没有这个{what_zh};请先载入它,或更正",
        f"{column} is {value}, and there is no such {what_en}; load it first or correct this",
    )


def shorten(value: Any, longest: int = 40) -> str:
    """A cell as quoted in a message: one line, not long; masked where it looks like a number of a person.

    >>> shorten(" 二月  三日 "), shorten("abcdef", 4), shorten("电话 139" + "12345678")
    ('二月 三日', 'abc…', '***')
    """
    text = " ".join(str(value).split())
    if holds_personal_number(text):
        return MASK
    return text if len(text) <= longest else text[: longest - 1] + "…"
