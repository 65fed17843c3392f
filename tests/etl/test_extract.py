"""Files as they come from outside: odd encodings, damaged, locked, hostile. Each ends in rows or in one sentence."""

import json
import multiprocessing
import os
import sqlite3
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from etl.encodings import decode
from etl.errors import LoadError
from etl.extract import DRIVERS, RawSheet, extract_file, extract_files, import_pyogrio
from etl.files import MAX_ENTRY_BYTES, check_zip, find_files
from tests.etl import tiny


def read(path: Path) -> list[list[object]]:
    return extract_file(path)[0].rows


def refused(path: Path) -> LoadError:
    with pytest.raises(LoadError) as error:
        extract_file(path)
    assert path.name in error.value.zh and path.name in error.value.en
    return error.value


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_text_in_any_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("编号,名称\r\n1,珠山镇\r\n".encode(encoding))
    assert read(path) == [["编号", "名称"], ["1", "珠山镇"]]


def test_what_is_no_text_is_no_csv(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\x00\x01\x02\xff\xfe" * 40)
    assert refused(path).code == "UNREADABLE"
    assert decode(b"\xff") is None


def test_a_record_over_several_lines_has_the_number_of_its_first(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a;b\n"x\ny";1\n;\nz;2\n', "utf-8")
    sheet = extract_file(path)[0]
    assert sheet.numbers == [1, 2, 4, 5]
    assert sheet.rows[1] == ["x\ny", "1"] and sheet.rows[2] == [None, None]


def test_rows_of_a_workbook_are_counted_from_the_first(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["B3"] = "标题"
    book.active["B5"] = 1
    book.save(tmp_path / "a.xlsx")
    sheet = extract_file(tmp_path / "a.xlsx")[0]
    assert list(sheet.numbers) == [1, 2, 3, 4, 5]
    assert sheet.rows[2] == [None, "标题"] and sheet.rows[4] == [None, 1.0]


def test_damaged_locked_and_disguised_workbooks_are_named(tmp_path: Path) -> None:
    whole = tiny.write_visits(tmp_path)
    for name, content in {
        "截断.xlsx": whole.read_bytes()[:2000], "空白.xlsx": b"", "网页.xls": b"<html><table></table></html>",
        "文本.xlsx": "户编号,走访日期".encode(), "旧版.xls": b"\xd0\xcf\x11\xe0" + bytes(600),
    }.items():  # fmt: skip
        path = tmp_path / name
        path.write_bytes(content)
        assert refused(path).code == "UNREADABLE", name
    locked = tmp_path / "加密.xlsx"
    locked.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(500) + "EncryptedPackage".encode("utf-16-le"))
    assert refused(locked).code == "PASSWORD" and "密码" in refused(locked).zh


def test_a_workbook_that_unpacks_to_too_much_is_not_opened(tmp_path: Path) -> None:
    bomb = tmp_path / "膨胀.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (20 * 2**20))
    assert bomb.stat().st_size < 50_000
    assert refused(bomb).code == "TOO_BIG"
    many = tmp_path / "碎片.xlsx"
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.xml", b"")
    assert refused(many).code == "TOO_BIG"
    check_zip(tiny.write_visits(tmp_path))


@pytest.mark.parametrize(("part", "is_fine"), [("xl/worksheets/sheet1.xml", True), ("xl/media/image1.png", False)])
def test_a_sheet_of_many_rows_is_no_bomb(tmp_path: Path, part: str, is_fine: bool) -> None:
    path = tmp_path / "二十万行.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(part, bytes(MAX_ENTRY_BYTES + 1))
    if is_fine:
        check_zip(path)
    else:
        with pytest.raises(LoadError, match="180 MB"):
            check_zip(path)


def test_a_layer_that_names_other_files_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "别处.csv"
    secret.write_text("网格编码,网格名称\n机密,机密\n", "utf-8")
    virtual = f'<OGRVRTLayer name="别处"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer>'
    virtual = f"<OGRVRTDataSource>{virtual}</OGRVRTDataSource>"
    for name in (
        "网格.gpkg",
        "网格.geojson",
        "网格.shp",
        "网格.csv.gpkg",
        "网格.kml",
        "网格.kmz",
        "网格.fgb",
        "网格.parquet",
    ):
        path = tmp_path / name
        path.write_text(virtual, "utf-8")
        assert refused(path).code == "UNREADABLE"


def _drivers() -> set[str]:
    return set(import_pyogrio().list_drivers())


def test_only_the_drivers_we_need_are_there() -> None:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(_drivers).result() <= set(DRIVERS)


@pytest.mark.parametrize("cpg", ["GBK", "GB2312", "CP936", "UTF-8", "HTML", None])
def test_names_of_a_shapefile_arrive_whole_whatever_the_cpg_says(tmp_path: Path, cpg: str | None) -> None:
    path = tiny.write_grids(tmp_path)
    if cpg is None:
        path.with_suffix(".cpg").unlink()
    else:
        path.with_suffix(".cpg").write_text(cpg, "ascii")
    sheet = extract_file(path)[0]
    assert sheet.headings and sheet.headings[:3] == ["网格编码", "网格名称", "社区代码"]
    assert [row[1] for row in sheet.rows] == ["东门一", "东门二", "新居一"]
    assert sheet.crs == "EPSG:4525" and list(sheet.numbers) == [1, 2, 3]


def test_a_shapefile_without_its_parts_is_named(tmp_path: Path) -> None:
    path = tiny.write_grids(tmp_path)
    path.with_suffix(".dbf").unlink()
    assert ".dbf" in refused(path).zh


def test_layers_of_a_geopackage_are_sheets(tmp_path: Path) -> None:
    sheets = extract_file(tiny.write_areas(tmp_path)[1])
    assert [sheet.sheet for sheet in sheets] == ["县", "乡镇", "社区村", "邻县"]
    assert all(sheet.crs == "EPSG:4490" and sheet.shapes for sheet in sheets)


@pytest.mark.filterwarnings("ignore:GPKG")
def test_a_database_that_is_no_geopackage_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (a)")
    assert refused(path).code == "UNREADABLE"


def test_geojson_is_read_with_its_nulls(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"网格编码": ["1", None]}, geometry=[tiny.cell(0, 0), None], crs="EPSG:4326")
    path = tmp_path / "网格.geojson"
    path.write_text(frame.to_json(), "utf-8")
    sheet = extract_file(path)[0]
    assert (sheet.headings, sheet.rows, sheet.crs) == (["网格编码"], [["1"], [None]], "EPSG:4326")
    assert sheet.shapes and shapely.from_wkb(sheet.shapes[0]).equals(tiny.cell(0, 0)) and sheet.shapes[1] is None
    path.write_text(json.dumps({"type": "Topology"}), "utf-8")
    assert refused(path).code == "UNREADABLE"


def dies_of_it(path: Path) -> list[RawSheet]:
    """Stands for a reader that a crafted file brings down, process and all."""
    if path.name == "致命.xls":
        os.abort()
    return extract_file(path)


def test_a_file_that_kills_its_reader_is_found_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.csv", "b.csv", "致命.xls"):
        (tmp_path / name).write_text(name, "utf-8")
    monkeypatch.setattr("etl.extract.extract_file", dies_of_it)
    with pytest.raises(LoadError, match=r"致命\.xls"):
        extract_files(find_files([tmp_path]).files)


def test_readers_of_their_own_bring_the_same_and_survive_a_crash(tmp_path: Path) -> None:
    tiny.write_visits(tmp_path)
    tiny.write_register(tmp_path)
    files = find_files([tmp_path]).files
    heard: list[str] = []
    assert extract_files(files, heard.append) == [extract_file(file.path) for file in files]
    assert heard == [file.name for file in files]
    (tmp_path / "坏.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    with pytest.raises(LoadError, match=r"坏\.xls"):
        extract_files(find_files([tmp_path]).files)
