"""Unpacking an archive that was handed in (解压): a shapefile travels as a zip of its parts.

Only files of kinds that we read leave it, under their bare names; sizes are checked before and counted while unpacking.
"""

import zipfile
from pathlib import Path, PurePosixPath

from etl.errors import LoadError
from etl.files import MAX_ENTRY_BYTES, MAX_ZIP_BYTES, READABLE, SHAPEFILE_PARTS, check_zip, damaged

_UTF8_NAMES = 0x800


def unpack(path: Path, folder: Path) -> list[Path]:
    """Unpack the ledgers and layers of a zip into a folder; those to load, sorted by name.

    Raises LoadError for an archive that is damaged, unpacks to too much, is locked, or holds nothing to read.
    """
    check_zip(path)
    found: dict[str, zipfile.ZipInfo] = {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = PurePosixPath(_name(entry).replace("\\", "/")).name
            is_ours = Path(name).suffix.lower() in (*READABLE, *SHAPEFILE_PARTS)
            if entry.is_dir() or not is_ours or name.startswith(("._", "~$", ".")):
                continue
            if name in found:
                raise LoadError(
                    "WRONG_KIND",
                    f"压缩包“{path.name}”里有两个“{name}”;请分开打包后再上传。",
                    f"The archive {path.name!r} holds two files {name!r}; pack them apart and upload again.",
                )
            found[name] = entry
        if not any(Path(name).suffix.lower() in READABLE for name in found):
            raise LoadError(
                "NO_FILE",
                f"压缩包“{path.name}”里没有可读取的台账或图层;可读取:{'、'.join(READABLE)}。",
                f"The archive {path.name!r} holds no ledger or layer to read; we read {', '.join(READABLE)}.",
            )
        folder.mkdir(parents=True, exist_ok=True)
        left = MAX_ZIP_BYTES
        for name, entry in found.items():
            left -= _write(archive, entry, folder / name, min(MAX_ENTRY_BYTES, left), path)
    return sorted(folder / name for name in found if Path(name).suffix.lower() in READABLE)


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; Chinese systems write GBK where the standard has an old American code."""
    if entry.flag_bits & _UTF8_NAMES:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return entry.filename


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, most: int, path: Path) -> int:
    size = 0
    try:
        with archive.open(entry) as stream, target.open("wb") as out:
            while block := stream.read(2**20):
                size += len(block)
                if size > most:
                    raise LoadError(
                        "TOO_BIG",
                        f"压缩包“{path.name}”解压后过大,已停止;请拆分后再上传。",
                        f"The archive {path.name!r} unpacks to too much; split it.",
                    )
                out.write(block)
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        # RuntimeError is how zipfile says that an entry has a password.
        raise damaged(path.name) from error
    return size
