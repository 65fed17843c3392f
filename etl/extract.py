"""Opening files (读取): workbook, CSV, or a layer of any usual kind → raw sheets. Runs in a reading process.

Files come from outside, so they are opened by processes of their own with limits on memory and time and without a
network (etl.sandbox): one that is built to bring the reader down costs a clear sentence and nothing else. GDAL would
follow a file that only names other files (a .gpkg that is a virtual layer); its drivers are therefore cut down to those
below before it starts, and the first bytes of a file must be those of its kind. Imports are local, so that a process
loads only what its files need.
"""

import csv
import io
import json
import multiprocessing
import os
import re
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from etl.columns import Block, Coded, Rows, by_column
from etl.encodings import decode
from etl.errors import LoadError
from etl.files import LAYERS, SHEETS, Found, InputFile, check_entities, check_zip, damaged
from etl.sandbox import allow, confine

DRIVERS = ("ESRI Shapefile", "FlatGeobuf", "GPKG", "MEM")
"""What GDAL may open here; GeoJSON, KML and GeoParquet are read without it."""

SKIPPED_DRIVERS = (
    "ADBC,AIVector,AVCBin,AVCE00,AmigoCloud,CSV,CSW,Carto,DGN,DXF,EDIGEO,EEDA,ESRIJSON,Elasticsearch,"
    "GDALG,GML,GPSBabel,GPX,GTFS,GeoJSON,GeoJSONSeq,GeoRSS,HTTP,Idrisi,JML,JSONFG,KML,LIBKML,LVBAG,MBTiles,"
    "MVT,MapInfo File,MapML,MiraMonVector,NGW,OAPIF,ODS,OGCAPI,OGR_GMT,OGR_PDS,OGR_VRT,OSM,"
    "OpenFileGDB,PCIDSK,PDF,PDS4,PGDUMP,PLSCENES,PMTiles,S57,SQLite,SXF,Selafin,"
    "TopoJSON,VDV,VFK,VICAR,WAsP,WFS,XLSX"
)
LARGE_TEXT = 2**20
"""Bytes from which on a text is worth the start of a faster reader."""
WIDEST_PLAIN = 1_000
"""Columns up to which that reader is quick; a line of millions of commas would hold it up for a minute."""

_OLE = b"\xd0\xcf\x11\xe0"
_MAGIC = {".shp": b"\x00\x00\x27\x0a", ".gpkg": b"SQLite format 3\x00", ".fgb": b"fgb", ".parquet": b"PAR1"}


@dataclass
class RawSheet:
    """One sheet or layer as it stands in the file.

    rows : cells as the file gives them; None where empty; many rows of one width are kept by column. numbers : for each
    row what a reader would call it (the Excel row, the line of a CSV, the feature from 1). headings : known for layers,
    else still to be found in rows. shapes : WKB per row for layers, in `crs`, which is None when the file does not say.
    is_1904 : its days are counted from 1904, as old programs for the Macintosh did.
    """

    sheet: str
    rows: Rows
    numbers: Sequence[int]
    headings: list[str] | None = None
    shapes: list[bytes | None] | None = None
    crs: str | None = None
    is_1904: bool = False


class Opened:
    """Files that other processes read from now on, while this one does something else; let go of with its block."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self._pool = _readers(min(2, len(found.files)))
        self._waiting = {
            file.path: self._pool.submit(_in_time, extract_file, file.path, file.size_bytes)
            for file in sorted(found.files, key=lambda f: -f.size_bytes)
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failed: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def sheets(self, done: Callable[[str], None] = lambda name: None) -> list[list[RawSheet]]:
        """The sheets of every file, in their order; `done` hears of each file read. Raises LoadError.

        The processes end with it: what they hold of the files is not kept twice.
        """
        files = self.found.files
        try:
            with self._pool:
                results = []
                for file in files:
                    results.append(self._waiting.pop(file.path).result())
                    done(file.name)
                return results
        except BrokenProcessPool as error:
            if len(files) == 1:
                raise damaged(files[0].name) from error
            # A reading process died and took its queue with it: find the file by reading one at a time.
            return [_extract_alone(file) for file in files]


def extract_files(files: list[InputFile], done: Callable[[str], None] = lambda name: None) -> list[list[RawSheet]]:
    """The sheets of every file, in the order of `files`; `done` hears of each file read. Raises LoadError."""
    with Opened(Found(files, [], None)) as opened:
        return opened.sheets(done)


def _extract_alone(file: InputFile) -> list[RawSheet]:
    try:
        with _readers(1) as pool:
            return pool.submit(_in_time, extract_file, file.path, file.size_bytes).result()
    except BrokenProcessPool as error:
        raise damaged(file.name) from error


def _in_time(read: Callable[[Path], list[RawSheet]], path: Path, size_bytes: int) -> list[RawSheet]:
    allow(size_bytes)
    return read(path)


def _readers(count: int) -> ProcessPoolExecutor:
    # spawn: a fork would inherit open connections and the threads of the progress bar.
    return ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn"), initializer=confine)


def extract_file(path: Path) -> list[RawSheet]:
    """The sheets of one file. Raises LoadError when it cannot be read."""
    suffix = path.suffix.lower()
    try:
        if suffix in SHEETS:
            return _extract_workbook(path)
        if suffix in LAYERS:
            return _LAYER_READERS.get(suffix, _extract_layers)(path)
        return _extract_text(path)
    except (LoadError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        # The readers below raise many kinds, a panic of calamine is not even an Exception: all mean the same here.
        raise damaged(path.name) from error


def _extract_workbook(path: Path) -> list[RawSheet]:
    from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum

    head = path.read_bytes()[:4]
    if head == _OLE and "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        raise _locked(path)
    if path.suffix.lower() != ".xls":
        if head[:2] != b"PK":
            raise damaged(path.name)
        check_zip(path)
        check_entities(path)
    elif head != _OLE:
        raise damaged(path.name)
    try:
        workbook = CalamineWorkbook.from_path(path)
    except PasswordError as error:
        raise _locked(path) from error
    is_1904 = head[:2] == b"PK" and _counts_from_1904(path)
    sheets = []
    for about in workbook.sheets_metadata:
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        # Rows from the first of the sheet on, so that a position is the row number that Excel shows.
        rows = workbook.get_sheet_by_name(about.name).to_python(skip_empty_area=False)
        cells = by_column(rows, _filled)
        sheets.append(RawSheet(about.name, cells, range(1, len(cells) + 1), is_1904=is_1904))
    return sheets


def _counts_from_1904(path: Path) -> bool:
    """Whether a workbook says so; the reader minds it where a cell is marked as a date, not where it is a number."""
    with zipfile.ZipFile(path) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return False
        return re.search(rb"date1904=[\"'](?:1|true)[\"']", archive.read("xl/workbook.xml")) is not None


def _locked(path: Path) -> LoadError:
    return LoadError(
        "PASSWORD",
        f"文件“{path.name}”有打开密码,无法读取;请取消密码后再载入。",
        f"The file {path.name!r} is protected by a password; remove it and load again.",
    )


def _extract_text(path: Path) -> list[RawSheet]:
    text = decode(path.read_bytes())
    if text is None or "\x00" in text:
        raise damaged(path.name)
    delimiter = max(",\t;", key=text[:20_000].count)
    if (block := read_plain(text, delimiter)) is not None:
        return [RawSheet("", block, range(1, len(block) + 1))]
    rows, numbers = _read_quoted(text, delimiter)
    return [RawSheet("", by_column(rows, _filled), numbers)]


def _read_quoted(text: str, delimiter: str) -> tuple[list[list[Any]], list[int]]:
    """The records of any text of separated values as they stand there, and the line on which each begins."""
    csv.field_size_limit(2**20)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[Any]] = []
    numbers = []
    before = 0
    for row in reader:
        rows.append(row)
        # A quoted cell may run over several lines; the record is named by its first.
        numbers.append(before + 1)
        before = reader.line_num
    return rows, numbers


def read_plain(text: str, delimiter: str, *, least: int = LARGE_TEXT) -> Block | None:
    """The records of a large text without quotes, all of one width, by Arrow in a fifth of the time; else None."""
    if len(text) < least or '"' in text or text.count("\r") != text.count("\r\n"):
        return None
    import pyarrow
    from pyarrow import csv as arrow

    width = text[: text.find("\n")].count(delimiter) + 1
    if width > WIDEST_PLAIN:
        return None
    names = [str(number) for number in range(width)]
    try:
        table = arrow.read_csv(
            pyarrow.py_buffer(text.rstrip("\r\n").encode()),
            arrow.ReadOptions(column_names=names),
            arrow.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            arrow.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.string()), strings_can_be_null=False),
        )
    except pyarrow.ArrowInvalid:
        return None
    with ThreadPoolExecutor(2) as pool:
        return Block(list(pool.map(_coded_text, table.columns)))


def _coded_text(column: Any) -> Coded:
    """An Arrow column of text by its different cells, those with nothing to see in them as missing."""
    from pyarrow import compute

    found = column.combine_chunks().dictionary_encode()
    words = found.dictionary
    # What begins with a visible sign of ASCII says something; the few others are looked at one by one.
    doubtful = compute.or_(compute.less(words, "!"), compute.greater(words, "\x7f"))
    if any(_filled(word) is None for word in words.filter(doubtful).to_pylist()):
        words = [_filled(word) for word in words.to_pylist()]
    return Coded(words, found.indices.to_numpy(zero_copy_only=False).astype("int32", copy=False))


def _extract_layers(path: Path) -> list[RawSheet]:
    suffix = path.suffix.lower()
    _check_magic(path)
    encoding = None
    if suffix == ".shp":
        _check_parts(path)
        encoding = _dbf_encoding(path)
    if suffix == ".gpkg":
        _check_tables(path)
    pyogrio = import_pyogrio()
    sheets = []
    for layer, _ in pyogrio.list_layers(path):
        meta, _, shapes, fields = pyogrio.raw.read(path, layer=layer, encoding=encoding, force_2d=True)
        columns = [_plain_list(values) for values in fields]
        count = len(columns[0]) if columns else (0 if shapes is None else len(shapes))
        rows = [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in range(count)]
        wkb = None if shapes is None else [None if s is None else bytes(s) for s in shapes]
        headings = [str(name) for name in meta["fields"]]
        name = "" if suffix in (".shp", ".fgb") else str(layer)
        sheets.append(RawSheet(name, rows, range(1, count + 1), headings, wkb, meta["crs"]))
    return sheets


def _check_magic(path: Path) -> None:
    with path.open("rb") as stream:
        if not stream.read(16).startswith(_MAGIC[path.suffix.lower()]):
            raise damaged(path.name)


def _check_tables(path: Path) -> None:
    """Refuse a GeoPackage whose layers are views: a view is a program, which may run without end."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        views = (
            "SELECT count(*) FROM sqlite_master WHERE type = 'view' AND name IN (SELECT table_name FROM gpkg_contents)"
        )
        if connection.execute(views).fetchone()[0]:
            raise LoadError(
                "UNREADABLE",
                f"文件“{path.name}”里的图层是视图,未打开;请把图层另存为普通图层后再载入。",
                f"A layer of {path.name!r} is a view and was not opened; save it as an ordinary layer first.",
            )


def import_pyogrio() -> Any:
    """pyogrio with GDAL's drivers cut down to DRIVERS; works only before pyogrio is imported elsewhere."""
    before = os.environ.get("OGR_SKIP")
    os.environ["OGR_SKIP"] = SKIPPED_DRIVERS
    try:
        import pyogrio
        import pyogrio.raw
    finally:
        # Read once, when the drivers are registered: what this process starts later is its own business.
        if before is None:
            del os.environ["OGR_SKIP"]
        else:
            os.environ["OGR_SKIP"] = before
    return pyogrio


def _check_parts(path: Path) -> None:
    names = {p.name.lower() for p in path.parent.iterdir()}
    missing = [suffix for suffix in (".shx", ".dbf") if path.stem.lower() + suffix not in names]
    if missing:
        raise LoadError(
            "UNREADABLE",
            f"“{path.name}”缺少附属文件 {'、'.join(missing)};请把同名文件放在一起再载入。",
            f"{path.name!r} lacks its part {', '.join(missing)}; keep the files of one name together.",
        )


def _dbf_encoding(path: Path) -> str:
    """Encoding of the attributes: what the .cpg or the table itself says if that fits, else UTF-8 or GBK."""
    table = next(p for p in path.parent.iterdir() if p.stem == path.stem and p.suffix.lower() == ".dbf").read_bytes()
    stated = [
        p.read_text("ascii", errors="ignore").strip()
        for p in path.parent.iterdir()
        if p.stem == path.stem and p.suffix.lower() == ".cpg"
    ]
    if len(table) > 29 and table[29] == 0x4D:
        stated.append("GBK")
    text = table[int.from_bytes(table[8:10], "little") :] + table[32 : int.from_bytes(table[8:10], "little")]
    faults: dict[str, int] = {}
    for name in [*stated, "UTF-8", "GBK"]:
        # Chinese systems say GB2312, CP936 or 936 and mean all of GBK.
        python_name = "gb18030" if name.upper().lstrip("CP") in ("GBK", "GB2312", "936", "GB18030") else name
        try:
            # A fixed width may cut a character in two, so a few faults are no proof against an encoding.
            faults.setdefault(name, text.decode(python_name, errors="replace").count("\ufffd"))
        except LookupError:
            continue
    best = min(faults, key=lambda name: faults[name])
    return "CP936" if best.upper().lstrip("CP") in ("GBK", "GB2312", "936", "GB18030") else best


def _plain_list(values: Any) -> list[Any]:
    """A numpy column as Python values; None for a missing one."""
    if values.dtype.kind == "M":
        values = values.astype("datetime64[ms]")
    return [None if value != value else _filled(value) for value in values.tolist()]


def _filled(cell: Any) -> Any:
    """A cell, None where there is nothing to see in it; lists and records within it as the text they are written in."""
    if type(cell) is str:
        return None if not cell or cell.isspace() else cell
    if isinstance(cell, list | dict | tuple | set | bytes):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return cell


def _extract_geojson(path: Path) -> list[RawSheet]:
    import shapely

    content = json.loads(path.read_bytes())
    features = content["features"] if content["type"] == "FeatureCollection" else None
    if not isinstance(features, list):
        raise damaged(path.name)
    headings: dict[str, None] = {}
    for feature in features:
        headings.update(dict.fromkeys(feature.get("properties") or {}))
    rows = [[_filled((feature.get("properties") or {}).get(name)) for name in headings] for feature in features]
    texts = [json.dumps(feature["geometry"]) if feature.get("geometry") else None for feature in features]
    shapes = [s if s is None else shapely.to_wkb(shapely.force_2d(s)) for s in shapely.from_geojson(texts)]
    # RFC 7946 knows one system only; older files name theirs.
    crs = (content.get("crs") or {}).get("properties", {}).get("name", "EPSG:4326")
    return [RawSheet("", rows, range(1, len(rows) + 1), [str(name) for name in headings], shapes, str(crs))]


def _extract_kml(path: Path) -> list[RawSheet]:
    from etl.kml import read_kml

    sheets = []
    for folder, placemarks in read_kml(path).items():
        headings = list(dict.fromkeys(name for cells, _ in placemarks for name in cells))
        rows = [[_filled(cells.get(name)) for name in headings] for cells, _ in placemarks]
        numbers = range(1, len(rows) + 1)
        sheets.append(RawSheet(folder, rows, numbers, headings, [shape for _, shape in placemarks], "EPSG:4326"))
    return sheets


def _extract_parquet(path: Path) -> list[RawSheet]:
    """A GeoParquet as a layer, any other Parquet as a plain table."""
    import shapely
    from pyarrow import parquet
    from pyproj import CRS

    _check_magic(path)
    table = parquet.read_table(path, use_threads=False)
    about = json.loads((table.schema.metadata or {}).get(b"geo", b"null"))
    shapes, crs = None, None
    if about:
        column = about["primary_column"]
        if about["columns"][column]["encoding"] != "WKB":
            raise damaged(path.name)
        found = shapely.force_2d(shapely.from_wkb(table[column].to_pylist()))
        shapes = [None if shape is None else bytes(shapely.to_wkb(shape)) for shape in found]
        # Left out, the system is that of RFC 7946; null says that it is not known.
        stated = about["columns"][column].get("crs", "OGC:CRS84")
        crs = stated and CRS.from_user_input(stated).to_string()
        table = table.drop_columns([column])
    columns = [table[name].to_pylist() for name in table.column_names]
    rows = [[_filled(cell) for cell in row] for row in zip(*columns, strict=True)] if columns else []
    if shapes is None:
        rows = [list(table.column_names), *rows]
    headings = None if shapes is None else list(table.column_names)
    return [RawSheet("", rows, range(1, len(rows) + 1), headings, shapes, crs)]


_LAYER_READERS: dict[str, Callable[[Path], list[RawSheet]]] = {
    ".geojson": _extract_geojson, ".kml": _extract_kml, ".kmz": _extract_kml, ".parquet": _extract_parquet,
}  # fmt: skip
