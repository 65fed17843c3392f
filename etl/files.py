"""Which files a load reads (找文件): paths and folders → one entry per file, with its checksum.

A shapefile is one entry under its .shp; the files beside it (.dbf, .shx, .prj, .cpg) belong to it. A file named on
the command line must be one we can read; in a folder what we cannot read is listed as skipped.
"""

import hashlib
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from etl.errors import LoadError

SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
TEXTS = (".csv", ".tsv")
LAYERS = (".shp", ".gpkg", ".geojson", ".kml", ".kmz", ".fgb", ".parquet")
READABLE = (*SHEETS, *TEXTS, *LAYERS)
SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg")
SAMPLE_NOTE = "样例说明.json"
SAMPLE_WORDS = "示例数据"
"""What stands in the title or the cells of invented ledgers, which may come without their note."""

MAX_FILE_BYTES = 500 * 2**20
MAX_ENTRY_BYTES = 50 * 2**20
MAX_SHEET_BYTES = 180 * 2**20
"""A sheet of 200,000 rows is some 120 MB of text; other parts of a workbook are never large."""
MAX_ZIP_BYTES = 200 * 2**20
MAX_ENTRIES = 1000
MAX_RATIO = 100
RATIO_FROM_BYTES = 2**20
"""Small parts compress extremely well by nature; the ratio is asked of parts above this size."""


@dataclass(frozen=True)
class InputFile:
    """One file to read."""

    path: Path
    sha256: str
    size_bytes: int

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(frozen=True)
class Found:
    """What the paths of a load led to; `skipped` holds (file, reason zh, reason en)."""

    files: list[InputFile]
    skipped: list[tuple[str, str, str]]
    sample_note: Path | None


def find_files(paths: list[Path]) -> Found:
    """The files behind some paths, each content once, sorted by name. Raises LoadError for one that cannot be read."""
    chosen: dict[Path, None] = {}
    skipped: list[tuple[str, str, str]] = []
    note: Path | None = None
    for path in paths:
        if not path.exists():
            raise LoadError(
                "NO_FILE",
                f"找不到文件或文件夹“{path.name}”;请检查路径。",
                f"There is no file or folder {path.name!r}; check the path.",
                inner=str(path),
            )
        inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in inside:
            if file.name == SAMPLE_NOTE:
                note = file
            elif file.suffix.lower() in READABLE and not file.name.startswith(("~$", ".")):
                chosen[file] = None
            elif path.is_dir():
                if not _belongs_to_shapefile(file):
                    skipped.append((file.name, "不是可读取的文件类型", "not a kind of file that is read"))
            else:
                raise _unreadable_kind(file)
        if path.is_dir() and not any(p.suffix.lower() in READABLE for p in inside):
            raise LoadError(
                "NO_FILE",
                f"文件夹“{path.name}”里没有可读取的台账;可读取:{'、'.join(READABLE)}。",
                f"There is no ledger to read in the folder {path.name!r}; we read {', '.join(READABLE)}.",
                inner=str(path),
            )
    files: dict[str, InputFile] = {}
    for path in sorted(chosen, key=lambda p: (p.name, str(p))):
        found = InputFile(path, *_fingerprint(path))
        if (first := files.setdefault(found.sha256, found)) is not found:
            skipped.append((path.name, f"与{first.name}内容相同", f"the same content as {first.name}"))
    return Found(list(files.values()), skipped, note)


_SHEET = re.compile(r"xl/worksheets/[\w.-]+\.xml|content\.xml")


def check_zip(path: Path) -> None:
    """Refuse a workbook that would unpack to far more than it is, before anything is unpacked. Raises LoadError."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise damaged(path.name) from error
    if sum(e.compress_size for e in entries) > path.stat().st_size:
        # Entries that share one body, as in the largest bombs.
        raise damaged(path.name)
    big = [
        e for e in entries
        if e.file_size > (MAX_SHEET_BYTES if _SHEET.fullmatch(e.filename) else MAX_ENTRY_BYTES)
        or (e.file_size > RATIO_FROM_BYTES and e.file_size > MAX_RATIO * max(e.compress_size, 1))
    ]  # fmt: skip
    if big or len(entries) > MAX_ENTRIES or sum(e.file_size for e in entries) > MAX_ZIP_BYTES:
        raise LoadError(
            "TOO_BIG",
            f"文件“{path.name}”解压后过大(一张表上限180 MB、其他部分50 MB、合计200 MB),未打开;请拆分后再载入。",
            f"The file {path.name!r} unpacks to too much (180 MB a sheet, 50 MB another part, 200 MB in all) and was "
            "not opened; split it.",
        )


def check_entities(path: Path) -> None:
    """Refuse a workbook that declares entities in its XML: none of ours needs a document type. Raises LoadError."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if not entry.filename.endswith((".xml", ".rels", ".vml")):
                    continue
                with archive.open(entry) as stream:
                    head = stream.read(_PROLOGUE).replace(b"\0", b"")
                if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                    raise LoadError(
                        "UNREADABLE",
                        f"文件“{path.name}”声明了文档类型(DTD),未打开;请用原软件另存后再载入。",
                        f"The file {path.name!r} declares a document type and was not opened; save it anew and retry.",
                    )
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise damaged(path.name) from error


_PROLOGUE = 64 * 1024
"""A document type stands before the first element."""


def damaged(name: str) -> LoadError:
    """The error for a file that cannot be read."""
    return LoadError(
        "UNREADABLE",
        f"文件“{name}”无法读取,可能已损坏或扩展名与内容不符;请用原软件重新保存后再载入。",
        f"The file {name!r} cannot be read: it is damaged or its extension is wrong; save it again and retry.",
    )


def _unreadable_kind(path: Path) -> LoadError:
    if path.suffix.lower() in SHAPEFILE_PARTS:
        return LoadError(
            "WRONG_KIND",
            f"“{path.name}”是 Shapefile 的附属文件;请指定同名的 .shp 文件。",
            f"{path.name!r} is a part of a shapefile; name the .shp file instead.",
        )
    return LoadError(
        "WRONG_KIND",
        f"文件“{path.name}”不是可读取的类型;可读取:{'、'.join(READABLE)}。",
        f"The file {path.name!r} is not of a kind we read; we read {', '.join(READABLE)}.",
    )


def _belongs_to_shapefile(path: Path) -> bool:
    return path.suffix.lower() in SHAPEFILE_PARTS and any(
        path.with_suffix(suffix).exists() for suffix in (".shp", ".SHP")
    )


def _fingerprint(path: Path) -> tuple[str, int]:
    """Checksum and size; of a shapefile over all its parts, because attributes and projection lie beside it."""
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts += [p for p in sorted(path.parent.iterdir()) if p.stem == path.stem and _belongs_to_shapefile(p)]
    digest, size = hashlib.sha256(), 0
    try:
        for part in parts:
            size += part.stat().st_size
            if size > MAX_FILE_BYTES:
                raise LoadError(
                    "TOO_BIG",
                    f"文件“{path.name}”超过 500 MB,未打开;请拆分后再载入。",
                    f"The file {path.name!r} is larger than 500 MB and was not opened; split it.",
                )
            with part.open("rb") as stream:
                while block := stream.read(2**20):
                    digest.update(block)
    except OSError as error:
        raise LoadError(
            "UNREADABLE",
            f"无法打开文件“{path.name}”:{error.strerror};请检查权限。",
            f"Cannot open the file {path.name!r}: {error.strerror}; check its rights.",
        ) from error
    return digest.hexdigest(), size
