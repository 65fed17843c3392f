"""Numbers of persons in a ledger (个人信息): what is not read is counted, what stands in a text is masked.

An identity number is one whose last digit is the right one for the others; a mobile number has eleven digits and begins
with 13 to 19. Columns of names, identity numbers and phones are none of ours, so they are never read.
"""

import re
from collections.abc import Iterable
from typing import Any

from etl.headings import plain

MASKED = "***"
_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
)
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_HEADINGS = re.compile(
    "姓名|户主|当事人|申请人|被申请人|身份证|证件号|公民身份|电话|手机|联系方式|微信|QQ|出生|银行卡|民族|宗教|血型|病史"
)


def is_identity_number(text: str) -> bool:
    """Whether a text is an identity number of the second generation, by its last digit."""
    if not _IDENTITY.fullmatch(text):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return _CHECKS[total % 11] == text[17].upper()


def masked(text: str) -> tuple[str, int]:
    """A text with the numbers of persons in it masked, and how many there were."""
    count = 0

    def hide(found: re.Match[str], sure: bool) -> str:
        nonlocal count
        if sure or is_identity_number(found[0]):
            count += 1
            return MASKED
        return found[0]

    text = _IDENTITY.sub(lambda found: hide(found, False), text)
    return _MOBILE.sub(lambda found: hide(found, True), text), count


def is_number_of_person(text: str) -> bool:
    """Whether a text is nothing but an identity number or a mobile number."""
    return is_identity_number(text) or _MOBILE.fullmatch(text) is not None


def personal_headings(headings: Iterable[Any]) -> list[str]:
    """The headings that speak of persons, as the file writes them."""
    return [str(heading) for heading in headings if heading and _HEADINGS.search(plain(heading))]
