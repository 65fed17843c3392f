"""Files as they may come (语料): every format we read × odd shapes, hostile content, and damaged copies.

`recipes(full)` lists them by name without making any; each recipe writes its file into a folder and returns its path.
The names are stable, so that one that fails can be made again by itself.
"""

import csv
import io
import json
import random
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from openpyxl import Workbook

from tests.etl import tiny
from tests.support.hostile_files import HOSTILE
from tests.support.old_excel import workbook as old_workbook

Cells = list[list[Any]]


@dataclass(frozen=True)
class Recipe:
    """One file to be made: `write(folder)` returns its path."""

    name: str
    write: Callable[[Path], Path]


# --- tables -----------------------------------------------------------------------------------------------------------

TABLES: dict[str, tuple[Sequence[str], Sequence[Sequence[Any]]]] = {
    "走访台账": (tiny.VISIT_HEADINGS, tiny.VISITS),
    "户登记台账": (tiny.HOUSEHOLD_HEADINGS, tiny.HOUSEHOLDS),
    "矛盾纠纷台账": (tiny.DISPUTE_HEADINGS, tiny.DISPUTES),
    "配套设施": (("设施编号", "设施类别", "所属社区", "经度", "纬度", "坐标系", "状态"),
                 [("F1", "文化广场", "新居社区", 109.43, 29.905, "GCJ-02", "在用")]),
    "楼栋点位": (("楼栋编码", "用途", "经度", "纬度", "坐标系"),
                 [(f"{tiny.A}00006", "住宅", 109.405, 29.905, "WGS-84")]),
}  # fmt: skip


def _each_cell(change: Callable[[Any, random.Random], Any]) -> Callable[[Cells, random.Random], Cells]:
    """A twist that changes about one cell in four below the heading."""

    def twist(cells: Cells, rng: random.Random) -> Cells:
        return [cells[0], *[[change(c, rng) if rng.random() < 0.25 else c for c in row] for row in cells[1:]]]

    return twist


def _put(value: Any) -> Callable[[Cells, random.Random], Cells]:
    return _each_cell(lambda cell, rng: value)


WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
TWISTS: dict[str, Callable[[Cells, random.Random], Cells]] = {
    "plain": lambda cells, rng: cells,
    "no rows": lambda cells, rng: cells[:1],
    "nothing": lambda cells, rng: [],
    "blank": lambda cells, rng: [[None] * 9 for _ in range(40)],
    "one cell": lambda cells, rng: [["台账"]],
    "title and notes": lambda cells, rng: [["台账"], ["填报单位:某社区"], [], *cells, ["合计", 3], ["注:截至月底"]],
    "heading at 14": lambda cells, rng: [*[["说明", str(n)] for n in range(13)], *cells],
    "heading at 40": lambda cells, rng: [*[["说明", str(n)] for n in range(39)], *cells],
    "two headings": lambda cells, rng: [["基本情况", *[None] * (len(cells[0]) - 1)], *cells],
    "heading again": lambda cells, rng: [*cells, *cells, *cells],
    "totals within": lambda cells, rng: [*cells[:2], ["小计", "", 7], *cells[2:], ["合计", "", 99]],
    "same heading twice": lambda cells, rng: [[*cells[0], *cells[0]], *[[*row, *row] for row in cells[1:]]],
    "heading of one word": lambda cells, rng: [["走访"] * len(cells[0]), *cells[1:]],
    "starred and spaced": lambda cells, rng: [[f" *{str(c)[:1]} {str(c)[1:]} " for c in cells[0]], *cells[1:]],
    "columns reversed": lambda cells, rng: [list(reversed(row)) for row in cells],
    "a column missing": lambda cells, rng: [row[1:] for row in cells],
    "ragged": lambda cells, rng: [cells[0], *[row[: rng.randrange(len(row) + 1)] for row in cells[1:]]],
    "wide": lambda cells, rng: [[*row, *[None] * 400, "x"] for row in cells],
    "many rows": lambda cells, rng: [cells[0], *[[f"{row[0]}-{n}", *row[1:]] for n in range(700) for row in cells[1:]]],
    "every row twice": lambda cells, rng: [cells[0], *[row for row in cells[1:] for _ in (0, 1)]],
    "rows shuffled": lambda cells, rng: [cells[0], *rng.sample(cells[1:], len(cells) - 1)],
    "gaps between rows": lambda cells, rng: [line for row in cells for line in (row, [None] * len(row), [""])],
    "numbers as text": _each_cell(lambda cell, rng: f"'{cell}" if isinstance(cell, int | float) else cell),
    "full width": _each_cell(lambda cell, rng: str(cell).translate(WIDE)),
    "roc years": _put("109/5/3"),
    "chinese days": _put("二〇二〇年五月三日"),
    "serials": _put(44000.75),
    "day too large": _put(2_958_466),
    "day negative": _put(-1),
    "number with words": _put("约3户"),
    "very large": _put(1e308),
    "very long number": _put("1" * 400),
    "not a number": _put("nan"),
    "infinite": _put("inf"),
    "booleans": _put(True),
    "error cells": _put("#REF!"),
    "formulas": _put("=1+1"),
    "commands": _put("=cmd|'/C calc'!A1"),
    "dashes": _put("——"),
    "long text": _put("长" * 30_000),
    "markup": _put("<script>alert(1)</script>${1+1}"),
    "quotes": _put("'; DROP TABLE visit; --"),
    "right to left": _put("\u202e走访\u2066"),
    "no width": _put("\u200b\ufeff走\u200d访"),
    "outside the plane": _put("𠮷𡈽👩‍👩‍👧"),
    "lines within": _put("一\n二\r\n三"),
    "surrogate look": _put("\ufffd\ufffe"),
    "identity number": _put("42282519" + "9001011234"),
    "phone": _put("138" + "12345678"),
}  # fmt: skip


def _clean(cell: Any) -> Any:
    """A cell as a workbook takes it."""
    if isinstance(cell, str):
        return "".join(c for c in cell if c >= " " or c in "\n\r\t")[:32_000]
    return cell


def _write_excel(path: Path, cells: Cells, rng: random.Random) -> None:
    book = Workbook()
    sheet = book.active
    for row in cells:
        sheet.append([_clean(cell) for cell in row])
    if len(cells) > 2 and rng.random() < 0.3:
        sheet.row_dimensions[2].hidden = True
        book.create_sheet("备用").sheet_state = "hidden"
    book.save(path)


def _write_old_excel(path: Path, cells: Cells, rng: random.Random) -> None:
    path.write_bytes(
        old_workbook([[_clean(c) if not hasattr(c, "year") else c.isoformat() for c in row] for row in cells])
    )


def _write_ods(path: Path, cells: Cells, rng: random.Random) -> None:
    def tag(cell: Any) -> str:
        if cell is None:
            return "<table:table-cell/>"
        text = str(_clean(str(cell))).replace("&", "&amp;").replace("<", "&lt;")
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return f"<table:table-cell office:value-type='float' office:value='{cell}'/>"
        return f"<table:table-cell office:value-type='string'><text:p>{text}</text:p></table:table-cell>"

    rows = "".join(f"<table:table-row>{''.join(map(tag, row))}</table:table-row>" for row in cells)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", ODS.format(rows=rows))


ODS = (
    "<?xml version='1.0' encoding='UTF-8'?><office:document-content "
    "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' "
    "xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' "
    "xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0'><office:body><office:spreadsheet>"
    "<table:table table:name='台账'>{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
)


def _write_text(path: Path, cells: Cells, rng: random.Random, *, encoding: str) -> None:
    stream = io.StringIO(newline="")
    delimiter = "\t" if path.suffix == ".tsv" else ","
    csv.writer(stream, delimiter=delimiter).writerows([["" if c is None else c for c in row] for row in cells])
    path.write_bytes(stream.getvalue().encode(encoding, "replace"))


def _write_parquet(path: Path, cells: Cells, rng: random.Random) -> None:
    heads, rows = (cells[0], cells[1:]) if cells else ([], [])
    names = [f"{name}" if list(heads).count(name) == 1 else f"{name}{n}" for n, name in enumerate(heads)]
    columns = {
        name: [None if n >= len(row) or row[n] is None else str(row[n]) for row in rows] for n, name in enumerate(names)
    }
    pd.DataFrame(columns).to_parquet(path)


WRITERS: dict[str, tuple[str, Callable[[Path, Cells, random.Random], None]]] = {
    "xlsx": (".xlsx", _write_excel), "xlsm": (".xlsm", _write_excel), "xls": (".xls", _write_old_excel),
    "ods": (".ods", _write_ods), "csv": (".csv", partial(_write_text, encoding="utf-8-sig")),
    "csv gbk": (".csv", partial(_write_text, encoding="gb18030")),
    "csv utf-16": (".csv", partial(_write_text, encoding="utf-16")),
    "csv big5": (".csv", partial(_write_text, encoding="big5")),
    "tsv": (".tsv", partial(_write_text, encoding="utf-8")), "parquet": (".parquet", _write_parquet),
}  # fmt: skip


def _table(folder: Path, *, kind: str, twist: str, writer: str) -> Path:
    rng = random.Random(f"{kind}/{twist}/{writer}")
    heads, rows = TABLES[kind]
    suffix, write = WRITERS[writer]
    path = folder / f"{kind}{suffix}"
    write(path, TWISTS[twist]([list(heads), *map(list, rows)], rng), rng)
    return path


# --- layers -----------------------------------------------------------------------------------------------------------

BOWTIE = shapely.Polygon([(109.40, 29.90), (109.41, 29.91), (109.41, 29.90), (109.40, 29.91)])
SQUARE = tiny.cell(0, 0, 1, 1)
NESTED = shapely.MultiPolygon([SQUARE, tiny.cell(0.2, 0.2, 0.2, 0.2)])
FINE = shapely.Point(109.405, 29.905).buffer(0.004, quad_segs=5000)
SHAPES: dict[str, Any] = {
    "plain": SQUARE, "missing": None, "empty": shapely.Polygon(), "bowtie": BOWTIE, "nested parts": NESTED,
    "hole outside": shapely.Polygon(SQUARE.exterior.coords, [tiny.cell(3, 1, 0.5, 0.5).exterior.coords]),
    "holed": shapely.difference(SQUARE, tiny.cell(0.4, 0.4, 0.1, 0.1)),
    "parts": shapely.MultiPolygon([SQUARE, tiny.cell(3, 0, 0.5, 0.5)]), "point": shapely.Point(109.405, 29.905),
    "line": shapely.LineString([(109.40, 29.90), (109.41, 29.91)]),
    "collection": shapely.GeometryCollection([SQUARE, shapely.Point(109.4, 29.9)]),
    "height": shapely.force_3d(SQUARE, 1e300), "far": shapely.box(0, 0, 1, 1),
    "huge": shapely.box(-1e9, -1e9, 1e9, 1e9),
    "swapped": shapely.transform(SQUARE, lambda x, y: (y, x), interleaved=False), "fine": FINE,
    "sliver": shapely.Polygon([(109.40, 29.90), (109.41, 29.90), (109.405, 29.90)]),
}  # fmt: skip
LAYERS: dict[str, dict[str, Any]] = {
    "网格": {"网格编码": tiny.A1, "网格名称": "东门一", "社区代码": tiny.A},
    "楼栋": {"楼栋编码": f"{tiny.A}00006", "用途": "住宅"},
    "社区村": {"代码": tiny.A, "名称": "东门社区"},
    "街道": {"街道编码": "S1", "街道名称": "解放路"},
}
SYSTEMS = ("EPSG:4490", "EPSG:4326", "EPSG:4525", "EPSG:3857", "")


def _layer(folder: Path, *, kind: str, shape: str, suffix: str, crs: str) -> Path:
    path = folder / f"{kind}{suffix}"
    if suffix in (".kml", ".kmz"):
        return _write_kml(path, LAYERS[kind], SHAPES[shape])
    if suffix == ".geojson":
        return _write_geojson(path, LAYERS[kind], SHAPES[shape], crs)
    frame = gpd.GeoDataFrame(
        {k: [v, v + "9"] for k, v in LAYERS[kind].items()}, geometry=[SHAPES[shape], SQUARE], crs="EPSG:4490"
    )
    if crs and crs != "EPSG:4490":
        frame = frame.to_crs(crs)
    frame = frame if crs else frame.set_crs(None, allow_override=True)
    try:
        if suffix == ".parquet":
            frame.to_parquet(path)
        elif suffix == ".shp":
            frame.to_file(path, driver="ESRI Shapefile", encoding="GBK")
        elif suffix == ".fgb":
            frame.to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="NO")
        else:
            frame.to_file(path, driver="GPKG")
    except Exception:
        # What a format cannot hold at all is left as a file that breaks off.
        path.write_bytes((path.read_bytes() if path.exists() else b"")[:64])
    return path


def _write_kml(path: Path, cells: dict[str, Any], shape: Any) -> Path:
    data = "".join(f'<Data name="{name}"><value>{value}</value></Data>' for name, value in cells.items())
    rings = ""
    for polygon in [] if shape is None else shapely.get_parts(shape):
        points = " ".join(f"{x},{y},0" for x, y, *_ in shapely.get_coordinates(polygon))
        kind, ring = polygon.geom_type, f"<coordinates>{points}</coordinates>"
        if kind not in ("Point", "LineString"):
            kind, ring = "Polygon", f"<outerBoundaryIs><LinearRing>{ring}</LinearRing></outerBoundaryIs>"
        rings += f"<{kind}>{ring}</{kind}>"
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
        f"<ExtendedData>{data}</ExtendedData><MultiGeometry>{rings}</MultiGeometry></Placemark></Document></kml>"
    )
    if path.suffix == ".kmz":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("doc.kml", text)
    else:
        path.write_text(text, "utf-8")
    return path


def _write_geojson(path: Path, cells: dict[str, Any], shape: Any, crs: str) -> Path:
    geometry = None if shape is None else json.loads(shapely.to_geojson(shape))
    content: dict[str, Any] = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": cells, "geometry": geometry}]}  # fmt: skip
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
    return path


LAYER_SUFFIXES = (".geojson", ".gpkg", ".shp", ".kml", ".kmz", ".fgb", ".parquet")


# --- which ------------------------------------------------------------------------------------------------------------


def recipes(count: int) -> list[Recipe]:
    """Every hostile file, and of the others so many that there are `count`, always the same ones and of every kind."""
    hostile = [Recipe(f"hostile/{name}", write) for name, write in HOSTILE.items()]
    others = [*_tables(), *_layers()]
    random.Random(count).shuffle(others)
    return [*hostile, *others[: max(0, count - len(hostile))]]


def _tables() -> Iterator[Recipe]:
    for kind in TABLES:
        for twist in TWISTS:
            for writer in WRITERS:
                yield Recipe(f"{kind}/{twist}/{writer}", partial(_table, kind=kind, twist=twist, writer=writer))


def _layers() -> Iterator[Recipe]:
    for kind in LAYERS:
        for n, shape in enumerate(SHAPES):
            for suffix in LAYER_SUFFIXES:
                crs = SYSTEMS[n % len(SYSTEMS)]
                yield Recipe(
                    f"{kind}/{shape}/{suffix}", partial(_layer, kind=kind, shape=shape, suffix=suffix, crs=crs)
                )


# --- damaged copies ---------------------------------------------------------------------------------------------------


def seeds() -> list[Recipe]:
    """Sound files of every format; what is plain and in Big5 cannot hold our headings."""
    wanted = ("走访台账", "户登记台账", "楼栋点位", "网格", "楼栋")
    named = [(recipe, recipe.name.split("/")) for recipe in (*_tables(), *_layers())]
    return [r for r, (kind, twist, form) in named if kind in wanted and twist == "plain" and form != "csv big5"]


def damaged(seed: Recipe, number: int) -> Recipe:
    """The n-th damaged copy of a sound file."""

    def write(folder: Path) -> Path:
        path = seed.write(folder)
        rng = random.Random(f"{seed.name}/{number}")
        target = path
        if path.suffix == ".shp":
            target = path.with_suffix(rng.choice([".shp", ".dbf", ".shx", ".prj"]))
        if not target.exists():
            target = path
        if zipfile.is_zipfile(target) and number % 2:
            _damage_inside(target, rng)
        else:
            target.write_bytes(_damage(target.read_bytes(), rng))
        return path

    return Recipe(f"{seed.name}/damaged {number}", write)


def _damage(content: bytes, rng: random.Random) -> bytes:
    data = bytearray(content)
    if not data:
        return b"\0"
    way = rng.randrange(6)
    at, length = rng.randrange(len(data)), rng.randrange(1, 1 + min(len(data), 512))
    if way == 0:
        for _ in range(rng.randrange(1, 40)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    elif way == 1:
        del data[at:]
    elif way == 2:
        data[at:at] = data[at : at + length] * rng.randrange(1, 20)
    elif way == 3:
        data[at : at + length] = bytes(length)
    elif way == 4:
        data[at : at + length] = rng.randbytes(length)
    else:
        # Lengths and counts are where readers trust a file most.
        data[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\0\0\0\0"])
    return bytes(data)


def _damage_inside(path: Path, rng: random.Random) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(parts))
    parts[name] = _damage(parts[name], rng)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def geopackage(path: Path, script: str) -> Path:
    """A SQLite file made by a script."""
    with sqlite3.connect(path) as connection:
        connection.executescript(script)
    return path
