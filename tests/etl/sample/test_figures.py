"""The published figures that the sample has to meet (F30 to F35, F62, F66, F67), read from its files."""

import re
import unicodedata
from pathlib import Path

import pandas as pd
import pyogrio
import pytest
from python_calamine import CalamineWorkbook

from tests.etl.sample.conftest import Reader

URBAN = ("工农街社区", "上湖塘社区", "双龙湖社区", "白鹤井社区", "兴隆街社区")


def folded(cells: pd.Series) -> pd.Series:
    """Digits in half width, blanks as missing."""
    return cells.astype("str").map(lambda text: unicodedata.normalize("NFKC", text)).replace("", pd.NA)


@pytest.fixture(scope="module")
def buildings(sample_dir: Path) -> pd.DataFrame:
    return pyogrio.read_dataframe(sample_dir / "楼栋街道.gpkg", layer="楼栋")


@pytest.fixture(scope="module")
def register(ledger: Reader, buildings: pd.DataFrame) -> pd.DataFrame:
    """The sound rows of the urban register."""
    rows = ledger("户登记台账_珠山镇.xlsx", "户登记")
    rows["户编号"], rows["楼栋编码"] = rows["户编号"].replace("", pd.NA), folded(rows["楼栋编码"])
    rows["人口数"] = pd.to_numeric(folded(rows["人口数"]), errors="coerce")
    is_sound = rows["户编号"].notna() & rows["楼栋编码"].isin(buildings["楼栋编码"]) & (rows["户编号"] != "H190002")
    return rows[is_sound]


@pytest.fixture(scope="module")
def visits(ledger: Reader) -> pd.DataFrame:
    return pd.concat([ledger(f"走访台账_{name}.xlsx", "走访").assign(place=name) for name in URBAN], ignore_index=True)


def test_thirty_grids_in_five_communities_and_nine_inferred_ones(sample_dir: Path) -> None:
    grids = pyogrio.read_dataframe(sample_dir / "网格边界.shp", encoding="GBK")
    assert grids["网格类型"].value_counts().to_dict() == {"城市网格": 30, "农村网格": 9}
    assert grids.loc[grids["是否推定"] == "否", "所属社区"].value_counts().to_dict() == dict(
        zip(URBAN, (6, 7, 5, 6, 6), strict=True)
    )
    assert grids["网格编码"].is_unique
    assert (grids["网格编码"].str[:12] == grids["社区代码"]).all()


def test_homes_and_the_groups_that_cover_them(ledger: Reader, buildings: pd.DataFrame) -> None:
    homes = buildings[buildings["用途"].isin(["住宅", "商住"]) & buildings["所属社区"].isin(URBAN)]
    covers = ledger("楼栋党小组台账.xlsx", "覆盖楼栋")
    covers["楼栋编码"] = folded(covers["楼栋编码"])
    covered = covers[covers["楼栋编码"].isin(homes["楼栋编码"])]
    assert len(homes) == 1600
    assert len(covered) == covered["楼栋编码"].nunique() == 1540
    assert covered.groupby("党小组编号").size().between(5, 10).all()
    groups = ledger("楼栋党小组台账.xlsx", "党小组")
    assert len(groups) == groups["党小组编号"].nunique() == 205
    assert set(covered["党小组编号"]) == set(groups["党小组编号"])


def test_branches_and_relocation_organisations(ledger: Reader) -> None:
    branches = ledger("网格党支部台账.xlsx", "党支部")
    assert branches["组织类型"].value_counts().to_dict() == {"网格党支部": 30, "易迁社区党组织": 9, "社区党委": 5}
    own = branches[branches["组织类型"] == "网格党支部"]
    assert folded(own["网格编码"]).nunique() == 30
    assert (own["是否组建"] == "是").all()
    moved = branches[branches["组织类型"] == "易迁社区党组织"]
    assert set(moved["覆盖方式"]) == {"延伸"}
    assert set(moved["是否组建"]) == {"否"}


def test_households_registered_and_met(register: pd.DataFrame, visits: pd.DataFrame) -> None:
    registered = register[register["迁出日期"] == ""]
    met = set(visits.loc[visits["走访结果"] == "见面", "户编号"])
    seen = registered[registered["户编号"].isin(met)]
    assert registered["户编号"].is_unique
    assert len(registered) == 16_901
    assert len(seen) == 15_447
    assert met == set(seen["户编号"]), "somebody was met who is not registered"
    assert seen["人口数"].sum() == 34_012


def test_every_grid_is_covered_between_78_and_99_per_cent(register: pd.DataFrame, visits: pd.DataFrame) -> None:
    registered = register[register["迁出日期"] == ""]
    met = registered["户编号"].isin(visits.loc[visits["走访结果"] == "见面", "户编号"])
    share = met.groupby(registered["所属网格"]).mean()
    assert len(share) == 30
    assert share.between(0.78, 0.99).all()
    assert share.min() < 0.82


def test_the_year_of_visits(visits: pd.DataFrame) -> None:
    assert 27_000 <= len(visits) <= 33_000
    assert set(visits["走访结果"]) == {"见面", "未见面", "未见面(无人)", "拒访", "空置"}
    days = pd.to_datetime(visits["走访日期"], errors="coerce")
    sound = days[days < "2031-01-01"].dropna()
    assert (sound.min().year, sound.max()) == (2020, pd.Timestamp("2020-12-31"))
    months = sound.dt.month.value_counts()
    quiet = months[[1, 4, 5, 6, 8, 9, 10, 11]].max()
    assert (months[[2, 3, 7, 12]] > quiet).all(), "February, March, July and December are the busy months"


def test_disputes_and_suggestions(ledger: Reader) -> None:
    disputes = ledger("矛盾纠纷台账.xlsx", "纠纷登记")
    disputes = disputes[~disputes["纠纷编号"].str.startswith("MD2020-9") & disputes["所属社区"].isin(URBAN)]
    accepted = disputes[(disputes["受理日期"] != "") & (disputes["状态"] != "不予受理")]
    assert len(accepted) == 150
    assert (accepted["状态"].isin(["已化解", "已归档"]) & (accepted["结果"] == "成功")).sum() == 125
    assert (accepted["化解日期"] != "").sum() == 125
    assert {"调解中", "达成协议", "调解不成", "已受理", "反复"} <= set(accepted["状态"])
    assert ((accepted["楼栋编码"] == "") & (accepted["经度"] != "")).sum() >= 5
    assert ((accepted["楼栋编码"] == "") & (accepted["经度"] == "")).sum() >= 3
    suggestions = ledger("意见建议台账.xlsx", "建议登记")
    suggestions = suggestions[(suggestions["建议编号"] != "") & suggestions["所属社区"].isin(URBAN)]
    assert ((suggestions["受理日期"] != "") & (suggestions["状态"] != "不予受理")).sum() == 104


def test_wishes(ledger: Reader) -> None:
    wishes = ledger("微心愿台账.xlsx", "微心愿")
    wishes = wishes[~wishes["微心愿编号"].str.startswith("XY2020-9")]
    assert wishes["状态"].value_counts()["已实现"] == (wishes["实现日期"] != "").sum() == 165
    assert set(wishes["所属社区"]) == set(URBAN)
    assert (wishes.loc[wishes["实现日期"] != "", "认领日期"] != "").all()


def test_positions_of_visits(visits: pd.DataFrame, ledger: Reader) -> None:
    assert "经度" not in ledger("走访台账_兴隆街社区.xlsx", "走访")
    kept = visits[visits["place"] != "兴隆街社区"]
    home = kept["走访方式"].isin(["入户", "入户走访"])
    located = kept["经度"].astype("str") != ""
    assert 0.88 < located[home].mean() < 0.92 and not located[~home].any()
    assert set(kept.loc[located, "坐标系"]) == {"GCJ-02"}


@pytest.mark.parametrize(
    ("book", "sheet", "number"),
    [("矛盾纠纷台账.xlsx", "纠纷登记", "纠纷编号"), ("意见建议台账.xlsx", "建议登记", "建议编号")],
)
def test_a_case_stands_where_its_last_step_left_it(ledger: Reader, book: str, sheet: str, number: str) -> None:
    cases = ledger(book, sheet)
    cases = cases[(cases[number] != "") & ~cases[number].str.contains("-9")].set_index(number)
    steps = ledger(book, "办理步骤")
    steps = steps[steps[number] != "MD2020-8888"]
    assert set(steps[number]) == set(cases.index)
    assert steps.groupby(number)["状态" if "状态" in steps else "办理后状态"].last().eq(cases["状态"]).all()
    assert steps.groupby(number)["办理日期"].apply(lambda days: days.is_monotonic_increasing).all()
    assert steps.groupby(number)["步骤序号"].apply(lambda seq: list(seq) == list(range(1, len(seq) + 1))).all()


def test_facilities_of_villages_and_relocation_communities(sample_dir: Path, ledger: Reader) -> None:
    facilities = pd.read_csv(sample_dir / "配套设施.csv", dtype="str", encoding="utf-8-sig", keep_default_na=False)
    sound = facilities[~facilities["设施编号"].str.startswith("SS-9")]
    centres = sound[sound["设施类别"] == "村综合服务文化中心"]
    assert len(centres) == 128
    assert (centres["状态"] == "在用").all()
    assert not centres.duplicated(["所属乡镇", "所属社区"]).any()
    plots = ledger("菜地分配台账.xlsx", "菜地分配")
    assert len(plots) == 9
    full = set(plots.loc[plots["总户数"] == plots["已分配菜地户数"], "所属社区"])
    in_use = sound[sound["状态"] == "在用"].groupby("所属社区")["设施类别"].agg(set)
    needed = {"便民服务中心", "文化广场", "生活超市", "标准化卫生室", "创业就业空间"}
    complete = [
        name
        for name in plots["所属社区"]
        if needed <= in_use.get(name, set()) and ("菜地" in in_use.get(name, set()) or name in full)
    ]
    assert len(complete) == 6


def test_posts(ledger: Reader, buildings: pd.DataFrame) -> None:
    posts = ledger("岗位台账.xlsx", "网格员")
    now = posts[(posts["离任日期"] == "") & (posts["岗位编号"] != "GW-9001")]
    held = folded(now["网格编码"])
    assert (now["岗位"] == "网格长").groupby(held).sum().eq(1).all()
    assert (now["岗位"] != "网格长").groupby(held).sum().between(1, 2).all()
    leads = ledger("岗位台账.xlsx", "楼栋长")
    homes = buildings[buildings["用途"].isin(["住宅", "商住"])]
    share = homes["楼栋编码"].isin(leads.loc[leads["离任日期"] == "", "楼栋编码"]).mean()
    assert 0.84 < share < 0.92


def test_no_number_looks_like_a_persons(sample_dir: Path, ledger: Reader) -> None:
    identity = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
    mobile = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
    books = {path.name: CalamineWorkbook.from_path(str(path)).sheet_names for path in sample_dir.glob("*.xlsx")}
    texts = [ledger(name, sheet) for name, sheets in books.items() for sheet in sheets]
    texts.append(pd.read_csv(sample_dir / "配套设施.csv", dtype="str", encoding="utf-8-sig"))
    for layer in ("楼栋", "街道", "水系"):
        texts.append(
            pyogrio.read_dataframe(sample_dir / "楼栋街道.gpkg", layer=layer, read_geometry=False).astype("str")
        )
    cells = "\n".join(str(cell) for frame in texts for column in frame for cell in set(frame[column]))
    assert len(cells) > 100_000
    assert not identity.search(cells)
    assert not mobile.search(cells)
