"""In which encoding a text stands (字符编码): UTF-8, UTF-16 with or without mark, GB 18030 (holds GBK), Big5."""

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
SAMPLED = 200_000
USUAL = 0.85
"""The share of usual characters from which on a reading is taken for right."""


def decode(content: bytes) -> str | None:
    """The text of some bytes; None when it is none. A mark decides, then UTF-8, then the reading that makes sense."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    if b"\x00" in content[:SAMPLED]:
        text = _decoded(content, _wide(content[:SAMPLED]))
        return text if text and _is_table(text[:SAMPLED]) else None
    if (text := _decoded(content, "utf-8-sig")) is not None:
        return text
    simplified = _decoded(content, "gb18030")
    traditional = _decoded(content, "big5hkscs")
    if simplified is None or traditional is None:
        return simplified if traditional is None else traditional
    # Most pairs of bytes are characters in both; only in the right one are they usual ones.
    if _usual(traditional, "big5", 0xA4, 0xC6) >= USUAL > _usual(simplified, "gb2312", 0xB0, 0xD7):
        return traditional
    return simplified


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _wide(content: bytes) -> str:
    """UTF-16 without a mark: commas, digits and line ends have their empty byte behind or in front."""
    return "utf-16-le" if content[1::2].count(0) >= content[::2].count(0) else "utf-16-be"


def _is_table(text: str) -> bool:
    """Whether a guess made sense: separated values, and no sign that nobody can see."""
    return any(sign in text for sign in ",\t;") and all(sign.isprintable() or sign in "\t\r\n" for sign in text)


def _usual(text: str, encoding: str, first: int, last: int) -> float:
    """The share of characters beyond ASCII that an old standard counts among the frequent ones."""
    wide = [sign for sign in text[:SAMPLED] if ord(sign) > 127 and sign.isalpha()]
    if not wide:
        return 0.0
    codes = (sign.encode(encoding, "ignore") for sign in wide)
    return sum(len(code) == 2 and first <= code[0] <= last for code in codes) / len(wide)
