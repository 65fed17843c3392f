"""A minimal .xls (BIFF8 in a compound file), which no library of ours writes: cells are texts and numbers."""

import struct
from collections.abc import Sequence
from typing import Any

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _bof(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def biff(rows: Sequence[Sequence[Any]], sheet: str = "Sheet1") -> bytes:
    """The stream of a workbook with one sheet."""
    name = sheet.encode("utf-16-le")
    end = _record(0x000A, b"")
    head = _bof(0x0005)
    about = (
        struct.pack("<IBB", len(head) + 4 + 8 + len(name) + len(end), 0, 0) + struct.pack("<BB", len(sheet), 1) + name
    )
    cells = b""
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            if cell is None or cell == "":
                continue
            if isinstance(cell, int | float):
                cells += _record(0x0203, struct.pack("<HHHd", y, x, 0, float(cell)))
            else:
                text = str(cell)[:4000]
                cells += _record(0x0204, struct.pack("<HHHHB", y, x, 0, len(text), 1) + text.encode("utf-16-le"))
    return head + _record(0x0085, about) + end + _bof(0x0010) + cells + end


def compound(stream: bytes, name: str = "Workbook") -> bytes:
    """A compound file that holds one stream."""
    stream = stream.ljust(4096, b"\0")
    stream += b"\0" * (-len(stream) % SECTOR)
    count = len(stream) // SECTOR
    fats = -(-(count + 1 + -(-(count + 2) // 128)) // 128)
    chain = [*range(1, count), END, END, *([FAT] * fats)]
    chain += [FREE] * (fats * 128 - len(chain))

    def entry(title: str, kind: int, child: int, start: int, size: int) -> bytes:
        words = title.encode("utf-16-le")
        return (
            words.ljust(64, b"\0") + struct.pack("<HBB", len(words) + 2 if title else 0, kind, 1)
            + struct.pack("<III", FREE, FREE, child) + b"\0" * 36 + struct.pack("<IQ", start, size)
        )  # fmt: skip

    folder = entry("Root Entry", 5, 1, END, 0) + entry(name, 2, FREE, 0, len(stream)) + entry("", 0, FREE, 0, 0) * 2
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
        + struct.pack("<IIIIIIIII", 0, fats, count, 0, 4096, END, 0, END, 0)
        + struct.pack("<109I", *range(count + 1, count + 1 + fats), *([FREE] * (109 - fats)))
    )  # fmt: skip
    return head + stream + folder + struct.pack(f"<{len(chain)}I", *chain)


def workbook(rows: Sequence[Sequence[Any]], sheet: str = "Sheet1") -> bytes:
    """A whole .xls."""
    return compound(biff(rows, sheet))
