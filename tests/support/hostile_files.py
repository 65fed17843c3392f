"""Files made to do harm: bombs, entities, layers that name other files, names that climb, headers that lie."""

# ruff: noqa: E501 (what is written into a file stands as it is written)

import json
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

SECRET = "机密-7F3A"
"""Stands in a file beside the corpus; it must appear in no result."""
BEACON = "http://127.0.0.1:9/beacon"

VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{path}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
XXE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd"><!ENTITY b SYSTEM "' + BEACON + '">]>'
LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)
) + "]>"  # fmt: skip

SPREAD = {
    "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    "</Types>",
    "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/worksheets/sheet1.xml": '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '{before}<sheetData>{rows}</sheetData></worksheet>',
}  # fmt: skip
ROW = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>走访编号</t></is></c><c r="B1" t="inlineStr"><is><t>户编号</t></is></c>'
    '<c r="C1" t="inlineStr"><is><t>走访日期</t></is></c><c r="D1" t="inlineStr"><is><t>走访结果</t></is></c></row>'
)


def _zip(path: Path, parts: dict[str, str | bytes], level: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", level) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def excel(folder: Path, rows: str = ROW, before: str = "", head: str = "", **changed: str | bytes) -> Path:
    """A workbook by hand. head : put in place of the XML declaration of the sheet."""
    parts: dict[str, str | bytes] = {
        name: text.replace("{rows}", rows).replace("{before}", before) for name, text in SPREAD.items()
    }
    if head:
        sheet = "xl/worksheets/sheet1.xml"
        parts[sheet] = str(parts[sheet]).replace('<?xml version="1.0"?>', head)
    return _zip(folder / "台账.xlsx", parts | {name.replace("__", "/"): text for name, text in changed.items()})


def _bytes(name: str, content: bytes, folder: Path) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _virtual(name: str, folder: Path) -> Path:
    secret = folder / "secret.csv"
    secret.write_text(f"网格编码,网格名称\n422825100001001,{SECRET}\n", "utf-8")
    path = folder / name
    path.write_text(VRT.format(path=secret), "utf-8")
    return path


def _overlapping(folder: Path) -> Path:
    """A zip whose entries share one body, as the larger zip bombs do."""
    path = _zip(folder / "台账.xlsx", {"xl/workbook.xml": "<workbook/>", "xl/worksheets/sheet1.xml": b" " * 900_000})
    data = path.read_bytes()
    at = data.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack("<HII", data[at + 10 : at + 20])
    entries = data[start : start + size]
    last = entries[entries.rindex(b"PK\x01\x02") :]
    many = entries + last * 900
    tail = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count + 900, count + 900, len(many), start, 0)
    return _bytes(path.name, data[:start] + many + tail, folder)


def _link(folder: Path) -> Path:
    path = folder / "图.kmz"
    with zipfile.ZipFile(path, "w") as archive:
        about = zipfile.ZipInfo("doc.kml")
        about.external_attr = 0o120777 << 16
        archive.writestr(about, "/etc/passwd")
    return path


def _nested(folder: Path) -> Path:
    inner = _zip(folder / "inner.zip", {"x": b"\0" * 50_000_000})
    return _zip(folder / "台账.xlsx", {f"xl/embeddings/{n}.zip": inner.read_bytes() for n in range(50)})


def _geopackage(script: str, folder: Path) -> Path:
    path = folder / "网格.gpkg"
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE gpkg_spatial_ref_sys(srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT, "
        "organization_coordsys_id INTEGER, definition TEXT, description TEXT);"
        "INSERT INTO gpkg_spatial_ref_sys VALUES('u',-1,'NONE',-1,'u',''),('u',0,'NONE',0,'u',''),('w',4326,'EPSG',4326,'','');"
        "CREATE TABLE gpkg_contents(table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, description TEXT, "
        "last_change TEXT, min_x REAL, min_y REAL, max_x REAL, max_y REAL, srs_id INTEGER);"
        "CREATE TABLE gpkg_geometry_columns(table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, "
        "z INTEGER, m INTEGER);"
        "PRAGMA application_id=1196444487; PRAGMA user_version=10300;" + script
    )
    connection.commit()
    connection.close()
    return path


def _registered(table: str) -> str:
    return (
        f"INSERT INTO gpkg_contents VALUES('{table}','features','{table}','','2020-01-01',0,0,1,1,4326);"
        f"INSERT INTO gpkg_geometry_columns VALUES('{table}','geom','POLYGON',4326,0,0);"
    )


ENDLESS = (
    "CREATE VIEW grid AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) "
    "SELECT i AS fid, NULL AS geom, i AS 网格编码 FROM n;" + _registered("grid")
)
LOADED = "CREATE VIEW grid AS SELECT 1 AS fid, NULL AS geom, load_extension('/tmp/x') AS 网格编码;" + _registered(
    "grid"
)
ATTACHED = "CREATE VIEW grid AS SELECT 1 AS fid, NULL AS geom, readfile('/etc/passwd') AS 网格编码;" + _registered(
    "grid"
)


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode()


FEATURE = {"type": "Feature", "properties": {"网格编码": "422825100001001", "网格名称": "x"}, "geometry": None}
DEEP = b'{"type":"FeatureCollection","features":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
DEEP_SHAPE = _json({"type": "FeatureCollection", "features": []}).replace(
    b"[]", b'[{"type":"Feature","properties":{},"geometry":{"type":"GeometryCollection","geometries":['
    + b'{"type":"GeometryCollection","geometries":[' * 5000 + b"]}" * 5000 + b"]}}]",
)  # fmt: skip
KML = "<kml><Document>{}</Document></kml>"

VISIT = "走访编号,户编号,走访日期,走访结果\nV1,H1,2020-05-03,见面\n".encode()

HOSTILE: dict[str, Callable[[Path], Path]] = {
    # bombs
    "ratio": partial(excel, xl__media=b" " * 30_000_000),
    "sheet of blanks": partial(excel, rows=" " * 40_000_000),
    "rows of nothing": partial(excel, rows="<row/>" * 1_000_000),
    "many entries": lambda folder: _zip(folder / "台账.xlsx", {f"{n}.xml": b"" for n in range(12_000)}),
    "overlapping entries": _overlapping,
    "zips in a zip": _nested,
    "lying dimension": partial(excel, before='<dimension ref="A1:XFD1048576"/>'),
    "cell far out": partial(excel, rows=ROW + '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "row number absurd": partial(excel, rows='<row r="4294967295"><c r="A4294967295"><v>1</v></c></row>'),
    "text of a million": partial(excel, rows=ROW.replace("走访编号", "长" * 1_000_000)),
    "kmz bomb": lambda folder: _zip(folder / "图.kmz", {"doc.kml": b" " * 60_000_000}),
    "ods repeated": lambda folder: _zip(folder / "台账.ods", {"mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": "<manifest/>", "content.xml": "<?xml version='1.0'?><office:document-content "
        "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0'>"
        "<office:body><office:spreadsheet><table:table table:name='a'><table:table-row table:number-rows-repeated='1000000000'>"
        "<table:table-cell office:value-type='float' office:value='1' table:number-columns-repeated='1000000000'/>"
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"}),
    # entities
    "xlsx entity": partial(excel, head=XXE, rows=ROW.replace("走访编号", "&a;&b;")),
    "xlsx laughs": partial(excel, head=LAUGHS, rows=ROW.replace("走访编号", "&j;")),
    "workbook entity": lambda folder: excel(folder, **{"xl__workbook.xml": XXE + "<workbook>&a;</workbook>"}),
    "ods entity": lambda folder: _zip(folder / "台账.ods", {"mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": "<manifest/>", "content.xml": XXE + "<x>&a;</x>"}),
    "kml entity": partial(_bytes, "图.kml", (XXE + KML.format("<Placemark><name>&a;</name></Placemark>")).encode()),
    "kml laughs": partial(_bytes, "图.kml", (LAUGHS + KML.format("<Placemark><name>&j;</name></Placemark>")).encode()),
    "kmz entity": lambda folder: _zip(folder / "图.kmz", {"doc.kml": XXE + KML.format("&a;")}),
    "kml link": partial(_bytes, "图.kml", KML.format(f"<NetworkLink><Link><href>{BEACON}</href></Link></NetworkLink>").encode()),
    "kml deep": partial(_bytes, "图.kml", b"<kml>" + b"<Folder>" * 50_000 + b"</Folder>" * 50_000 + b"</kml>"),
    # layers that name others
    **{f"virtual {name}": partial(_virtual, name) for name in (
        "网格.gpkg", "网格.geojson", "网格.shp", "网格.kml", "网格.kmz", "网格.fgb", "网格.parquet", "网格.csv", "网格.tsv", "网格.xls")},
    **{f"address {n}": partial(_bytes, f"网格{suffix}", text.encode()) for n, (suffix, text) in enumerate([
        (".geojson", "/vsicurl/" + BEACON), (".gpkg", "PG:host=127.0.0.1 dbname=x"), (".shp", "WFS:" + BEACON),
        (".fgb", "OAPIF:" + BEACON), (".geojson", '{"type":"FeatureCollection","features":"' + BEACON + '"}'),
        (".kml", f'<VRTDataset><SourceFilename relativeToVRT="0">{BEACON}</SourceFilename></VRTDataset>'),
        (".geojson", '{"gdal_virtual_file":{"steps":[{"name":"read","input":"/etc/passwd"}]}}')])},
    # databases that are programs
    "endless view": partial(_geopackage, ENDLESS),
    "view that loads": partial(_geopackage, LOADED),
    "view that reads": partial(_geopackage, ATTACHED),
    "no layers": partial(_geopackage, ""),
    "a table for a layer": partial(_geopackage, "CREATE TABLE grid(fid INTEGER PRIMARY KEY, geom BLOB, 网格编码 TEXT);"
        "INSERT INTO grid VALUES(1, x'4750', 'x'),(2, x'47500001000000000103000000ffffffff', 'y');" + _registered("grid")),
    # names that climb
    "kmz climbing": lambda folder: _zip(folder / "图.kmz", {"../../../../tmp/wangge-climbed.kml": KML.format("")}),
    "kmz absolute": lambda folder: _zip(folder / "图.kmz", {"/tmp/wangge-climbed.kml": KML.format("")}),
    "kmz symlink": _link,
    "xlsx climbing": lambda folder: excel(folder, **{"..__..__tmp__wangge-climbed": b"x"}),
    **{f"name {n}": partial(_bytes, name, VISIT) for n, name in enumerate([
        "CON.csv", "\u202evsc.csv", "走" * 80 + ".csv", " .csv", "-rf.csv", "a;b.csv", "a'b\".csv", "a\nb.csv", "%2e%2e.csv"])},
    # headers that lie
    "xls of noise": partial(_bytes, "台账.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 4096),
    "xls of zeros": partial(_bytes, "台账.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024)),
    "xls of its head": partial(_bytes, "台账.xls", b"\xd0\xcf\x11\xe0"),
    "xls locked": partial(_bytes, "台账.xls", b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le")),
    "xlsx locked": partial(_bytes, "台账.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le")),
    "xlsx empty": partial(_bytes, "台账.xlsx", b""),
    "xlsx of its head": partial(_bytes, "台账.xlsx", b"PK\x03\x04"),
    "xlsx without parts": lambda folder: _zip(folder / "台账.xlsx", {"x": b"x"}),
    "xlsx of html": partial(_bytes, "台账.xlsx", b"<html><table><tr><td>1</td></tr></table></html>"),
    "csv of nulls": partial(_bytes, "台账.csv", bytes(4096)),
    "csv of noise": partial(_bytes, "台账.csv", bytes(range(256)) * 64),
    "csv of commas": partial(_bytes, "台账.csv", b"," * 2_000_000),
    "csv of quotes": partial(_bytes, "台账.csv", b'"' * 1_000_001),
    "csv open quote": partial(_bytes, "台账.csv", '走访编号,户编号\n"V1,H1\n'.encode() * 1000),
    "csv of one line": partial(_bytes, "台账.csv", ("走访编号," * 200_000).encode()),
    "csv cut in a letter": partial(_bytes, "台账.csv", "走访编号,户编号,走访日期,走访结果\nV1,H1,2020-05-03,见面".encode("gbk")[:-1]),
    "csv of both encodings": partial(_bytes, "台账.csv", "走访编号,户编号\n".encode() + "甲,乙\n".encode("gbk")),
    "csv of a program": partial(_bytes, "台账.csv", b"\x7fELF\x02\x01\x01" + bytes(200)),
    "csv utf-32": partial(_bytes, "台账.csv", "走访编号,户编号,走访日期,走访结果\nV1,H1,2020-05-03,见面\n".encode("utf-32")),
    "shp of its head": partial(_bytes, "网格.shp", b"\x00\x00\x27\x0a" + bytes(96)),
    "fgb of its head": partial(_bytes, "网格.fgb", b"fgb\x03fgb\x01" + b"\xff" * 64),
    "parquet of its head": partial(_bytes, "网格.parquet", b"PAR1" + b"\xff" * 64 + b"\xff\xff\xff\x7fPAR1"),
    "gpkg of its head": partial(_bytes, "网格.gpkg", b"SQLite format 3\x00" + bytes(84)),
    # json
    "json deep": partial(_bytes, "网格.geojson", DEEP),
    "json deep shape": partial(_bytes, "网格.geojson", DEEP_SHAPE),
    "json of a list": partial(_bytes, "网格.geojson", b"[1,2,3]"),
    "json of a number": partial(_bytes, "网格.geojson", b"9" * 10_000),
    "json features odd": partial(_bytes, "网格.geojson", _json({"type": "FeatureCollection", "features": [1, None, "x"]})),
    "json properties odd": partial(_bytes, "网格.geojson", _json({"type": "FeatureCollection", "features": [FEATURE | {"properties": [1]}]})),
    "json values nested": partial(_bytes, "网格.geojson", _json({"type": "FeatureCollection", "features": [
        FEATURE | {"properties": {"网格编码": {"a": [1]}, "网格名称": [1, 2]}}]})),
    "json not a number": partial(_bytes, "网格.geojson", b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":'
        b'{"\xe7\xbd\x91\xe6\xa0\xbc\xe7\xbc\x96\xe7\xa0\x81":NaN},"geometry":{"type":"Point","coordinates":[NaN,1e999]}}]}'),
    "json shape odd": partial(_bytes, "网格.geojson", _json({"type": "FeatureCollection", "features": [
        FEATURE | {"geometry": {"type": "Polygon", "coordinates": [[[1, 2]]]}}]})),
    "json shape unknown": partial(_bytes, "网格.geojson", _json({"type": "FeatureCollection", "features": [
        FEATURE | {"geometry": {"type": "Blob", "coordinates": "x"}}]})),
    "json crs odd": partial(_bytes, "网格.geojson", _json({"type": "FeatureCollection", "crs": "x", "features": [FEATURE]})),
    "json crs unknown": partial(_bytes, "网格.geojson", _json({"type": "FeatureCollection", "features": [FEATURE],
        "crs": {"type": "name", "properties": {"name": "EPSG:999999"}}})),
    "json broken off": partial(_bytes, "网格.geojson", _json({"type": "FeatureCollection", "features": [FEATURE]})[:-5]),
}  # fmt: skip
