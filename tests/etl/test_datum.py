"""What system a file is in is found out from the store; a load warns of a wrong one and names the command."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, select

import etl.datum
from data import schema
from data.store import reading
from etl.datum import find_datum
from etl.datum_report import datum_lines, map_lines
from etl.errors import LoadError
from etl.extract import extract_file
from etl.load import Outcome
from etl.maps import read_map
from geo.crs import gcj02_to_bd09, wgs84_to_gcj02
from tests.etl.tiny import BUILDINGS, A, write_buildings, write_csv, write_sheet

Load = Callable[..., Outcome]
MIDDLES = [(b[0], b[4].centroid.x, b[4].centroid.y) for b in BUILDINGS]
USE = "住宅"


@pytest.fixture
def ready(sqlite_engine: Engine, load: Load, county: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The tiny county with its footprints; files are read in this process."""
    load(sqlite_engine, county)
    monkeypatch.setattr(etl.datum, "extract_files", lambda files: [extract_file(file.path) for file in files])
    return sqlite_engine


def points(folder: Path, headings: tuple[str, ...] = ("楼栋编码", "用途", "经度", "纬度"), **options: Any) -> Path:
    """A table of the five buildings in GCJ-02; `is_swapped` with the axes exchanged, `datum` in another."""
    rows = []
    for code, lon, lat in MIDDLES:
        x, y = (float(v) for v in wgs84_to_gcj02(lon, lat))
        if options.get("datum") == "BD-09":
            x, y = (float(v) for v in gcj02_to_bd09(x, y))
        rows.append((f"'{code}", USE, y, x) if options.get("is_swapped") else (f"'{code}", USE, x, y))
    return write_csv(folder / "楼栋点位.csv", headings, rows)


def test_the_system_is_told_with_the_line_for_the_map(ready: Engine, tmp_path: Path) -> None:
    (found,) = find_datum(ready, points(tmp_path), edition="NBS2020")
    sentence, write, line = datum_lines(found, "zh")
    assert sentence.startswith("楼栋点位.csv:坐标是GCJ-02;与各自的楼栋(区域)相比,偏差中位数 0.0 米")
    assert "其次" in sentence and (write, line) == ("列映射里写:", '    crs = "GCJ-02"')
    assert datum_lines(found, "en")[0].startswith("楼栋点位.csv: the coordinates are GCJ-02; beside the own building")


def test_exchanged_axes_are_told_with_the_columns_to_name(ready: Engine, tmp_path: Path) -> None:
    (found,) = find_datum(ready, points(tmp_path, datum="BD-09", is_swapped=True), edition="NBS2020")
    assert map_lines(found) == ['crs = "BD-09"', "[columns]", 'source_lon = "纬度"', 'source_lat = "经度"']


def test_a_ledger_with_headings_of_its_own_is_read_as_a_draft_would_or_by_its_map(
    ready: Engine, tmp_path: Path
) -> None:
    path = points(tmp_path, ("楼栋代码", "用途", "X坐标", "Y坐标"))
    (drafted,) = find_datum(ready, path, edition="NBS2020")
    text = (
        'kind = "building"\ncrs = "请填写"\n[columns]\nbuilding_code = "楼栋代码"\nbuilding_use = "用途"\n'
        'source_lon = "X坐标"\nsource_lat = "Y坐标"\n'
    )
    map_ = tmp_path / "m.toml"
    map_.write_text(text, encoding="utf-8")
    with pytest.raises(LoadError, match="python -m etl datum"):
        read_map(map_)
    (mapped,) = find_datum(ready, path, edition="NBS2020", maps=(read_map(map_, believes_crs=False),))
    assert drafted.finding.best == mapped.finding.best
    assert map_lines(mapped) == ['crs = "GCJ-02"']


def test_a_layer_without_a_system_is_refused_with_the_command_and_told_by_it(
    ready: Engine, load: Load, tmp_path: Path
) -> None:
    frame = gpd.GeoDataFrame(
        {"楼栋编码": [b[0] for b in BUILDINGS], "用途": USE}, geometry=[b[4] for b in BUILDINGS], crs="EPSG:4490"
    ).to_crs("EPSG:4525")
    path = tmp_path / "楼栋.shp"
    frame.to_file(path, driver="ESRI Shapefile", encoding="GBK")
    path.with_suffix(".prj").unlink()
    with pytest.raises(LoadError, match="python -m etl datum 楼栋") as error:
        load(ready, path)
    assert error.value.code == "NO_CRS"
    (found,) = find_datum(ready, path, edition="NBS2020")
    assert map_lines(found) == ['crs = "EPSG:4525"']


def test_facilities_of_no_named_building_are_held_against_the_nearest(ready: Engine, tmp_path: Path) -> None:
    rows = [(f"F{n}", *(float(v) for v in wgs84_to_gcj02(lon, lat))) for n, (_, lon, lat) in enumerate(MIDDLES)]
    path = write_csv(tmp_path / "设施.csv", ("设施编号", "经度", "纬度"), rows)
    (found,) = find_datum(ready, path, edition="NBS2020")
    assert found.finding.way == "nearest" and map_lines(found) == ['crs = "GCJ-02"']


def test_what_cannot_be_told_is_said(ready: Engine, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "x.csv", ("设施编号", "经度", "纬度"), [("F1", 121.5, 31.2)])
    (found,) = find_datum(ready, path, edition="NBS2020")
    assert map_lines(found) == [] and "没有一种坐标系符合" in datum_lines(found, "zh")[0]
    path = write_csv(tmp_path / "y.csv", ("设施编号", "名称"), [("F1", "甲")])
    with pytest.raises(LoadError, match="没有找到坐标"):
        find_datum(ready, path, edition="NBS2020")


DISPUTES = ("纠纷编号", "所属社区", "楼栋编码", "经度", "纬度", "坐标系", "纠纷类型", "受理日期", "状态")


def disputes(folder: Path, datum: str) -> Path:
    """A dispute at each of the first four buildings, in GCJ-02 whatever the ledger says."""
    rows = [
        (
            f"N{n}",
            "东门社区",
            code,
            *(float(v) for v in wgs84_to_gcj02(lon, lat)),
            datum,
            "邻里",
            "2020-05-02",
            "调解中",
        )
        for n, (code, lon, lat) in enumerate(MIDDLES[:4])
    ]
    return write_sheet(folder / "纠纷.xlsx", DISPUTES, rows)


def test_a_wrong_label_is_a_warning_at_load(ready: Engine, load: Load, tmp_path: Path) -> None:
    outcome = load(ready, disputes(tmp_path, "CGCS2000"))
    (notice,) = (n for n in outcome.notices if "坐标系" in n.zh)
    assert (notice.file, notice.row, notice.column) == ("纠纷.xlsx", 4, "坐标系")
    assert "按GCJ-02与库中楼栋只差 0 米" in notice.zh and "GCJ-02" in notice.en
    assert not any(ledger.reasons for ledger in outcome.ledgers), "a warning refuses nothing"


def test_a_right_label_is_none_and_the_coordinates_of_the_file_are_kept(
    ready: Engine, load: Load, tmp_path: Path
) -> None:
    outcome = load(ready, disputes(tmp_path, "GCJ-02"))
    assert not [n for n in outcome.notices if "坐标系" in n.zh]
    t = schema.case_file
    with reading(ready) as conn:
        row = conn.execute(select(t).where(t.c.case_no == "N0")).one()
    assert row.source_crs == "GCJ-02" and 0.004 < row.source_lon - row.lon < 0.006
    assert (row.lon, row.lat) == pytest.approx(MIDDLES[0][1:], abs=1e-8)


def test_footprints_under_a_wrong_label_are_a_warning(ready: Engine, load: Load, tmp_path: Path) -> None:
    def shift(shape: Any) -> Any:
        return shapely.transform(shape, wgs84_to_gcj02, interleaved=False)

    shifted = [(*b[:4], shift(b[4])) for b in BUILDINGS[:4]]
    outcome = load(ready, write_buildings(tmp_path, shifted))
    (notice,) = (n for n in outcome.notices if "坐标系" in n.zh)
    assert "写明的坐标系是“EPSG:4490”,但按GCJ-02" in notice.zh


def test_a_stated_shift_of_shapes_is_undone_and_remembered(ready: Engine, load: Load, tmp_path: Path) -> None:
    code, name, community, use, shape = BUILDINGS[0]
    shape = shapely.transform(shape, wgs84_to_gcj02, interleaved=False)
    path = write_buildings(tmp_path, [(code, name, community, use, shape)])
    map_ = tmp_path / "m.toml"
    map_.write_text('kind = "building"\ncrs = "GCJ-02"\n[columns]\nbuilding_code = "楼栋编码"\nbuilding_use = "用途"\n')
    given = replace(read_map(map_), sheet="楼栋")
    outcome = load(ready, path, maps=[given])
    assert outcome.notices == []
    t = schema.building
    with reading(ready) as conn:
        row = conn.execute(select(t).where(t.c.building_code == f"{A}00001")).one()
    assert row.source_crs == "GCJ-02"
    assert shapely.from_wkb(row.geom).equals_exact(BUILDINGS[0][4], 1e-9)
