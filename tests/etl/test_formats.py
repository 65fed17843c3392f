"""Every kind of file we say we read, with Chinese words, and shapes where it has them."""

import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely.geometry import Point, Polygon, box

from etl.errors import LoadError
from etl.extract import RawSheet, extract_file
from etl.files import READABLE

HEADINGS = ["走訪編號", "戶編號", "走訪日期"]


def only(path: Path) -> RawSheet:
    (sheet,) = extract_file(path)
    return sheet


def shapes_of(sheet: RawSheet) -> Any:
    return shapely.from_wkb(sheet.shapes)


def test_big5_is_told_from_gbk(tmp_path: Path) -> None:
    path = tmp_path / "走訪.csv"
    traditional = "走訪編號,戶編號,走訪日期\nV1,東門社區居民委員會,2020-05-03\n"
    path.write_bytes(traditional.encode("big5"))
    assert only(path).rows == [HEADINGS, ["V1", "東門社區居民委員會", "2020-05-03"]]
    for text in (
        traditional,
        "走访编号,户编号,走访日期\nV1,东门社区居民委员会,2020-05-03\n",
        "编号,备注\n1,赓续璆琳\n",
    ):
        path.write_bytes(text.encode("gbk"))
        assert [",".join(row) for row in only(path).rows] == text.splitlines()


def test_values_set_apart_by_tabs(tmp_path: Path) -> None:
    path = tmp_path / "走访.tsv"
    path.write_text("编号\t说明\n1\t甲,乙\n", "utf-8")
    assert only(path).rows == [["编号", "说明"], ["1", "甲,乙"]]


def test_an_open_document_sheet(tmp_path: Path) -> None:
    cells = "".join(
        f"<table:table-cell office:value-type='string'><text:p>{word}</text:p></table:table-cell>"
        for word in ("编号", "日期")
    )
    values = (
        "<table:table-cell office:value-type='float' office:value='7'/>"
        "<table:table-cell office:value-type='date' office:date-value='2020-05-03'/>"
    )
    content = (
        "<?xml version='1.0' encoding='UTF-8'?><office:document-content "
        "xmlns:office='urn:oasis:names:tc:opendocument:xmlns:office:1.0' "
        "xmlns:table='urn:oasis:names:tc:opendocument:xmlns:table:1.0' "
        "xmlns:text='urn:oasis:names:tc:opendocument:xmlns:text:1.0'><office:body><office:spreadsheet>"
        f"<table:table table:name='台账'><table:table-row>{cells}</table:table-row><table:table-row>{values}"
        "</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    )
    path = tmp_path / "台账.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    sheet = only(path)
    assert (sheet.sheet, sheet.rows[0], sheet.rows[1][0]) == ("台账", ["编号", "日期"], 7)
    assert str(sheet.rows[1][1])[:10] == "2020-05-03"


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>全县</name>
<Folder><name>网格</name>
<Placemark><name>东门一</name><ExtendedData><Data name="网格编码"><value>422825100001001</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>109.4,29.9,0 109.5,29.9,0 109.5,30,0 109.4,29.9,0</coordinates>
</LinearRing></outerBoundaryIs></Polygon></Placemark>
<Placemark><name>东门二</name><ExtendedData><SchemaData><SimpleData name="网格编码">422825100001002</SimpleData>
</SchemaData></ExtendedData><MultiGeometry><Point><coordinates>109.4,29.9</coordinates></Point>
<Point><coordinates>109.5,29.9</coordinates></Point></MultiGeometry></Placemark></Folder>
<Placemark><name>无图形</name></Placemark>
</Document></kml>"""


def test_kml_and_kmz_with_their_attributes(tmp_path: Path) -> None:
    plain, packed = tmp_path / "网格.kml", tmp_path / "网格.kmz"
    plain.write_text(KML, "utf-8")
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("doc.kml", KML)
    for path in (plain, packed):
        grids, rest = extract_file(path)
        assert (grids.sheet, rest.sheet, grids.crs) == ("网格", "全县", "EPSG:4326")
        assert grids.headings == ["name", "description", "网格编码"]
        assert [row[2] for row in grids.rows] == ["422825100001001", "422825100001002"]
        first, second = shapes_of(grids)
        assert first.equals(Polygon([(109.4, 29.9), (109.5, 29.9), (109.5, 30)])) and second.geom_type == "MultiPoint"
        assert rest.shapes == [None]


@pytest.mark.parametrize(
    "content",
    [
        '<!DOCTYPE kml [<!ENTITY a "b">]><kml><Placemark><name>&a;</name></Placemark></kml>',
        '<?xml version="1.0"?><!DOCTYPE kml SYSTEM "file:///etc/passwd"><kml/>',
        "<html><body/></html>", "<kml><Placemark>", "",
        "<kml><Placemark><Point><coordinates>东</coordinates></Point></Placemark></kml>",
    ],
)  # fmt: skip
def test_a_kml_that_wants_more_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "图.kml"
    path.write_text(content, "utf-8")
    with pytest.raises(LoadError, match=r"图\.kml"):
        extract_file(path)


def test_a_link_to_elsewhere_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "图.kml"
    path.write_text("<kml><NetworkLink><Link><href>file:///etc/passwd</href></Link></NetworkLink></kml>", "utf-8")
    assert extract_file(path) == []


def layer() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"网格编码": ["422825100001001", None], "户数": [3, 4]}, geometry=[box(109, 29, 110, 30), Point(109, 29)],
        crs="EPSG:4545",
    )  # fmt: skip


@pytest.mark.parametrize("name", ["网格.fgb", "网格.parquet"])
def test_layers_of_other_kinds(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("fgb"):
        layer().to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="NO")
    else:
        layer().to_parquet(path)
    sheet = only(path)
    assert (sheet.sheet, sheet.headings) == ("", ["网格编码", "户数"])
    assert sheet.rows == [["422825100001001", 3], [None, 4]]
    assert "4545" in str(sheet.crs) and shapely.equals(shapes_of(sheet), layer().geometry.to_numpy()).all()


def test_a_parquet_without_shapes_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "户.parquet"
    pd.DataFrame({"户编号": ["H1"], "人口数": [3]}).to_parquet(path)
    sheet = only(path)
    assert sheet.headings is None and sheet.rows == [["户编号", "人口数"], ["H1", 3]]


def test_the_document_names_every_kind_of_file() -> None:
    text = (Path(__file__).parents[2] / "docs" / "data-files.md").read_text("utf-8")
    assert [suffix for suffix in READABLE if f"`{suffix}`" not in text] == []
