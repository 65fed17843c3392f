"""The numbers of a view as files: equal to the screen, hidden where it hides, whose and of what kind they are."""

import io
import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from portal import area_export, reads
from portal.area_export import MAKERS, Asked, maker
from portal.identity import NotAllowedError, Viewer
from portal.watermark import Mark
from tests.portal.tiny_county import COMMUNITIES, COUNTY, GRIDS, TOWN

pytestmark = pytest.mark.usefixtures("tiny_store")
LEADER = Viewer("leader", COUNTY, "internal")
PUBLIC = Viewer("leader", COUNTY, "public")
MARK = Mark("zhao", ("宣恩县",), date(2020, 12, 31), True)
GRID_VISITS = Asked(COUNTY, "grid", "VIS-01", "2020")


def made(viewer: Viewer, kind: str, asked: Asked = GRID_VISITS) -> bytes:
    return maker(viewer, asked, MARK, kind)()


def test_a_workbook_and_a_csv_hold_the_numbers_of_the_screen() -> None:
    book = pd.read_excel(io.BytesIO(made(LEADER, "xlsx")), dtype={"代码": str}, engine="openpyxl")
    text = pd.read_csv(io.BytesIO(made(LEADER, "csv")), comment="#", dtype={"代码": str})
    for table in (book, text):
        first = table.set_index("代码").loc[GRIDS[0]]
        assert (first["名称"], first["所属"], first["分子"], first["分母"], first["数值"]) == (
            "第1网格", "兴隆社区", 9, 10, "9 / 10",
        )  # fmt: skip
        assert table["分子"].sum() == 36 and table["分母"].sum() == 47
        # 未落格 of three communities has no number, which is not zero.
        unplaced = table[table["名称"] == "未落格"]
        assert len(unplaced) == 3 and unplaced["分子"].isna().all() and set(unplaced["说明"]) == {"无可统计"}
        assert first["说明"] == "数太少"


def test_what_is_hidden_on_screen_is_hidden_in_every_file() -> None:
    on_screen = reads.measures(PUBLIC, "VIS-01", "2020", GRIDS)
    assert all(measure.part == "hidden" for measure in on_screen.values())
    table = pd.read_csv(io.BytesIO(made(PUBLIC, "csv")), comment="#", dtype=str).set_index("代码").loc[list(GRIDS)]
    assert set(table["数值"]) == {"＊"} and table[["分子", "分母"]].isna().all(axis=None)
    features = json.loads(made(PUBLIC, "geojson"))["features"]
    assert all(f["properties"]["分子"] is None for f in features)


def test_geojson_has_every_area_with_its_outline_and_its_mark() -> None:
    found = json.loads(made(LEADER, "geojson"))
    assert found["about"]["导出人"] == "zhao" and found["about"]["数据性质"] == "示例数据，非真实"
    shapes = {f["properties"]["代码"]: f["geometry"] for f in found["features"]}
    assert shapes[GRIDS[0]]["type"] == "Polygon" and shapes[f"{COMMUNITIES[0]}000"] is None
    assert min(x for x, _ in shapes[GRIDS[0]]["coordinates"][0]) == pytest.approx(109.40)


def test_a_geopackage_opens_with_its_shapes_and_says_whose_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.gpkg"
    file.write_bytes(made(LEADER, "gpkg", Asked(TOWN, "community", "VIS-01", "2020")))
    table = gpd.read_file(file, layer="areas")
    assert table["名称"].tolist() == ["兴隆社区", "双龙湖社区"] and table["分子"].tolist() == [17, 13]
    assert table.crs.to_epsg() == 4490 and not table.geometry.is_empty.any()
    about = gpd.read_file(file, layer="about")
    assert ["导出人", "zhao"] in about[["heading", "text"]].to_numpy().tolist()


def test_an_index_has_points_and_no_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    index = {code: reads.Measure(83.41, 100.0, "known") for code in GRIDS}
    index |= {f"{code}000": reads.UNKNOWN for code in COMMUNITIES}
    monkeypatch.setattr(area_export.reads, "measures", lambda *_: index)
    table = area_export.rows(LEADER, Asked(COUNTY, "grid", "CAS-05", "2020"), "en")
    assert table["value"].tolist()[0] == "83.4" and table["numerator"].isna().all()


@pytest.mark.parametrize("viewer", [Viewer("screen", COUNTY, "public"), Viewer("leader", TOWN, "internal")])
def test_others_get_nothing(viewer: Viewer) -> None:
    for kind in MAKERS:
        with pytest.raises(NotAllowedError):
            made(viewer, kind)
