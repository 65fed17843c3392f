"""A value as the text of a spreadsheet cell that runs nothing (公式中和): for every CSV and workbook that leaves.

A spreadsheet runs a cell that begins like a formula. Text that begins so gets an apostrophe in front; plain numbers
such as -5 stay what they are.
"""

import re
from typing import Any

_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")
_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
# What some programs leave out before they look at the first character.
_UNSEEN = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u202a\u202b\u202c\u202d\u202e\x00"


def neutral(value: Any) -> str:
    """A value as text that no spreadsheet takes for a formula; missing is empty.

    >>> neutral("=1+1"), neutral("-5"), neutral("－A1"), neutral(" @x"), neutral("3栋"), neutral(None)
    ("'=1+1", '-5', "'－A1", "' @x", '3栋', '')
    """
    if value is None or (isinstance(value, float) and value != value):
        return ""
    text = str(value)
    if text.isascii() and _NUMBER.fullmatch(text):
        return text
    # Some programs strip blanks before they look at the first character; tab and line break are dangerous themselves.
    seen = text.strip().strip(_UNSEEN).strip()
    return f"'{text}" if text.startswith(_STARTS) or seen.startswith(_STARTS) else text
