"""The figures of the sample county counted straight from its files, sharing no code with the loader.

Only what a careful reader with a spreadsheet would do: find the heading, read the rows below it, leave out totals,
notes and rows that make no sense, count. Buildings are placed into grids by a point inside them.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from python_calamine import load_workbook

from data.terms import DISPUTE_CATEGORIES
from geo.crs import gcj02_to_wgs84

YEAR = 2020
LAST_DAY = date(2020, 12, 31)
TOWN = "422825100"
LIVED_IN = ("住宅", "商住")
RESOLVED = ("已化解", "已化解(待回访)", "已归档", "归档")
NOT_ACCEPTED = ("不予受理", "作废", "重复", "不予受理/作废/重复")

FIRST_HEADINGS = {
    **{
        "党支部": "支部编号",
        "党小组": "党小组编号",
        "覆盖楼栋": "党小组编号",
        "网格员": "岗位编号",
        "楼栋长": "岗位编号",
    },
    **{
        "户登记": "户编号",
        "走访": "走访编号",
        "纠纷登记": "纠纷编号",
        "建议登记": "建议编号",
        "微心愿": "微心愿编号",
        "菜地分配": "社区代码",
    },
    "办理步骤": "步骤序号",
}

RESULTS = {"见面": "met", "已见面": "met", "未见面": "absent", "无人": "absent", "未见面(无人)": "absent",
           "拒访": "refused", "空置": "vacant"}  # fmt: skip

Row = dict[str, Any]


def text(cell: object) -> str:
    """A cell as plain text: half-width, without spaces; a whole number without its '.0'."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return unicodedata.normalize("NFKC", str(cell if cell is not None else "")).replace(" ", "").strip()


def day(cell: object) -> date | None:
    """A date however it was typed; None for an empty cell. Raises ValueError for what is no date."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if not text(cell):
        return None
    if isinstance(cell, int | float):
        return date.fromordinal(date(1899, 12, 30).toordinal() + int(cell))
    numbers = [int(part) for part in re.findall(r"\d+", text(cell))]
    if len(numbers) == 1 and len(text(cell)) == 8:
        numbers = [numbers[0] // 10000, numbers[0] // 100 % 100, numbers[0] % 100]
    if len(numbers) < 3:
        raise ValueError(f"no date: {cell}")
    return date(numbers[0], numbers[1], numbers[2])


def sheet(path: Path, heading: str, name: str | None = None) -> list[Row]:
    """The data rows of a sheet: all below the row with `heading` (one or two levels) but totals and notes."""
    book = load_workbook(path)
    cells = book.get_sheet_by_name(name or book.sheet_names[0]).to_python(skip_empty_area=False)
    top = next(i for i, row in enumerate(cells) if heading in [text(cell) for cell in row])
    names = [text(cell) for cell in cells[top]]
    column = names.index(heading)
    below = [text(cell) for cell in cells[top + 1]]
    first = top + 1
    if not below[column] and any(below):
        names = [low or high for low, high in zip(below, names, strict=True)]
        first = top + 2
    return [dict(zip(names, row, strict=True)) for row in cells[first:] if is_data([text(cell) for cell in row])]


def is_data(cells: list[str]) -> bool:
    """A row of data has several cells and is no total; a note has one."""
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and not re.match("合计|总计|小计", filled[0])


@dataclass
class Sample:
    """The files of the sample, counted on demand."""

    folder: Path

    @cached_property
    def grids(self) -> gpd.GeoDataFrame:
        return gpd.read_file(self.folder / "网格边界.shp").to_crs(4490)

    @cached_property
    def buildings(self) -> pd.DataFrame:
        """Building code, use, and the grid that a point inside it lies in."""
        found = gpd.read_file(self.folder / "楼栋街道.gpkg", layer="楼栋").to_crs(4490)
        found["code"] = found["楼栋编码"].map(text)
        found["use"] = found["用途"].map(text)
        points = found.set_geometry(found.geometry.representative_point())
        inside = gpd.sjoin(points, self.grids[["网格编码", "geometry"]], predicate="within", how="left")
        inside["grid"] = inside["网格编码"].map(lambda cell: "" if pd.isna(cell) else text(cell))
        return pd.DataFrame(inside[["code", "use", "grid"]]).drop_duplicates("code")

    @cached_property
    def grid_of(self) -> dict[str, str]:
        return dict(zip(self.buildings["code"], self.buildings["grid"], strict=True))

    @cached_property
    def households(self) -> dict[str, Row]:
        """Households that live in a known building on the last day, by their number."""
        return {
            number: row for number, row in self.register.items()
            if ((came := day(row["迁入日期"])) is None or came <= LAST_DAY)
            and ((left := day(row["迁出日期"])) is None or left > LAST_DAY)
        }  # fmt: skip

    @cached_property
    def register(self) -> dict[str, Row]:
        """Every household in a known building, also one that has moved away, by its number."""
        found: dict[str, Row] = {}
        for path in sorted(self.folder.glob("户登记台账_*.xlsx")):
            for row in sheet(path, "户编号"):
                number = text(row["户编号"])
                if not number:
                    continue
                try:
                    came, left = day(row["迁入日期"]), day(row["迁出日期"])
                except ValueError:
                    continue
                if text(row["楼栋编码"]) not in self.grid_of or number in found:
                    continue
                if not re.fullmatch(r"\d*", text(row["人口数"])):
                    continue
                if came and left and left < came:
                    continue
                found[number] = {**row, "grid": self.grid_of[text(row["楼栋编码"])]}
        return found

    @cached_property
    def visits(self) -> list[Row]:
        return [row for path in sorted(self.folder.glob("走访台账_*.xlsx")) for row in sheet(path, "走访编号")]

    @cached_property
    def met(self) -> set[str]:
        """Numbers of the households met at least once in the year."""
        return {
            text(row["户编号"]) for row in self.visits
            if text(row["走访结果"]) in ("见面", "已见面") and (on := _day_or_none(row["走访日期"])) and on.year == YEAR
        }  # fmt: skip

    def calls(self, result: str, place: str = "422825") -> int:
        """Calls of the year with a result at the households of a place, also those that have moved away."""
        return sum(words == result for words, on, home in self._calls if home.startswith(place) and on.year == YEAR)

    def calls_on(self, on: date) -> int:
        """Calls of one day in the county."""
        return sum(day == on for _, day, _ in self._calls)

    @cached_property
    def _calls(self) -> list[tuple[str, date, str]]:
        """Result, day and grid of every call that can be read, at a household of the register."""
        found: dict[str, tuple[str, date, str]] = {}
        for row in self.visits:
            on, home = _day_or_none(row["走访日期"]), self.register.get(text(row["户编号"]))
            result = RESULTS.get(text(row["走访结果"]))
            if on and on <= LAST_DAY and home and result and text(row["走访编号"]) not in found:
                found[text(row["走访编号"])] = (result, on, home["grid"])
        return list(found.values())

    def met_within(self, days: int, place: str) -> tuple[int, int]:
        """Households of a place where somebody was met at most so many days before the last day, and all of them."""
        here = {number for number, row in self.households.items() if row["grid"].startswith(place)}
        lately = {
            text(row["户编号"]) for row in self.visits
            if RESULTS.get(text(row["走访结果"])) == "met" and (on := _day_or_none(row["走访日期"]))
            and 0 <= (LAST_DAY - on).days <= days
        }  # fmt: skip
        return len(lately & here), len(here)

    def visited(self, place: str) -> tuple[int, int]:
        """Households met and households registered in the grids whose code begins with `place`."""
        here = [number for number, row in self.households.items() if row["grid"].startswith(place)]
        return len(self.met.intersection(here)), len(here)

    def covered(self, place: str) -> tuple[int, int]:
        """Residential buildings with a group, and residential buildings, in the grids of a place."""
        lived_in = self.buildings[self.buildings["use"].isin(LIVED_IN) & self.buildings["grid"].str.startswith(place)]
        rows = sheet(self.folder / "楼栋党小组台账.xlsx", "党小组编号", "覆盖楼栋")
        return len(set(lived_in["code"]) & {text(row["楼栋编码"]) for row in rows}), len(lived_in)

    def disputes(self) -> tuple[int, int]:
        """Disputes accepted in the year that are resolved, and all accepted in the year."""
        accepted = self._of_the_year()
        return sum(text(row["状态"]) in RESOLVED for row in accepted), len(accepted)

    def days_to_resolution(self) -> list[int]:
        """Days from acceptance to resolution of those accepted in the year and resolved, shortest first."""
        both = [(day(row["受理日期"]), day(row["化解日期"])) for row in self._of_the_year()
                if text(row["状态"]) in RESOLVED]  # fmt: skip
        return sorted((last - first).days for first, last in both if first and last)

    def days_open(self, on: date) -> list[int]:
        """Days since acceptance of the disputes open at the end of a day, by the last step that ended each."""
        ended = {text(step["纠纷编号"]): day(step["办理日期"])
                 for step in sheet(self.folder / "矛盾纠纷台账.xlsx", "步骤序号", "办理步骤")
                 if text(step["办理环节"]) in ("完成", "调解不成")}  # fmt: skip
        found = []
        for row in self._taken_up():
            first, is_closed = day(row["受理日期"]), text(row["状态"]) in (*RESOLVED, "调解不成")
            last = ended.get(text(row["纠纷编号"])) if is_closed else None
            if first and first <= on and not (last and last <= on):
                found.append((on - first).days)
        return found

    def with_step(self, op: str) -> int:
        """Disputes accepted in the year whose log has a step of a kind."""
        steps = sheet(self.folder / "矛盾纠纷台账.xlsx", "步骤序号", "办理步骤")
        had = {text(step["纠纷编号"]) for step in steps if text(step["办理环节"]) == op}
        return len(had & {text(row["纠纷编号"]) for row in self._of_the_year()})

    def of_type(self, place: str, kind: str) -> tuple[int, int]:
        """Disputes of a type accepted in the year in a place (resolved, all), by the code of their stated grid."""
        rows = [row for row in self._of_the_year() if text(row["纠纷类型"]).removesuffix("纠纷") == kind]
        rows = [row for row in rows if text(row["网格编码"]).startswith(place)]
        return sum(text(row["状态"]) in RESOLVED for row in rows), len(rows)

    def answers(self, answer: str) -> int:
        """Disputes closed in the year with an answer."""
        return sum(text(row["满意度"]) == answer and _year(row["办结日期"]) == YEAR for row in self._taken_up())

    def accepted(self, since: str, until: str) -> int:
        """Disputes accepted after a day and up to another, written 2020-09-30."""
        days = [day(row["受理日期"]) for row in self._taken_up()]
        return sum(since < str(on) <= until for on in days if on)

    def stood(self, since: date, until: date) -> tuple[int, int]:
        """Disputes accepted from a day to another: those resolved by the last of them, and all."""
        rows = [row for row in self._taken_up() if since <= (day(row["受理日期"]) or date.min) <= until]
        return (sum(text(row["状态"]) in RESOLVED and (day(row["化解日期"]) or date.max) <= until for row in rows),
                len(rows))  # fmt: skip

    def _of_the_year(self) -> list[Row]:
        return [row for row in self._taken_up() if _year(row["受理日期"]) == YEAR]

    def _taken_up(self) -> list[Row]:
        rows = {text(row["纠纷编号"]): row for row in self._readable_disputes()}
        return [row for row in rows.values() if text(row["状态"]) not in NOT_ACCEPTED]

    def _readable_disputes(self) -> Iterator[Row]:
        for row in sheet(self.folder / "矛盾纠纷台账.xlsx", "纠纷编号", "纠纷登记"):
            try:
                days = [day(row[name]) for name in ("排查日期", "受理日期", "化解日期", "办结日期")]
            except ValueError:
                continue
            known = [on for on in days if on]
            if known == sorted(known) and text(row["纠纷类型"]) in DISPUTE_CATEGORIES.by_word():
                yield row

    def communities(self, edition: str = "NBS2020", *, only_relocation: bool = False) -> set[str]:
        """Codes of the communities of an edition, or of the marked ones."""
        table = pd.read_csv(self.folder / "区划名录.csv", dtype=str, encoding="utf-8-sig")
        table = table[(table["版本"] == edition) & (table["级别"] == "社区(村)")]
        return set(table[table["是否易迁社区"] == "是"]["代码"] if only_relocation else table["代码"])

    def communities_with(self, ledger: str) -> set[str]:
        """Codes of the communities with at least one readable row of a ledger, by the grid or building it states."""
        if ledger == "户登记":
            return {text(row["楼栋编码"])[:12] for row in self.register.values()}
        if ledger == "走访":
            return {home[:12] for _, _, home in self._calls if home}
        if ledger == "网格":
            return set(self.grids["网格编码"].map(text).str[:12])
        if ledger == "设施":
            table = pd.read_csv(self.folder / "配套设施.csv", dtype=str, encoding="utf-8-sig")
            names = pd.read_csv(self.folder / "区划名录.csv", dtype=str, encoding="utf-8-sig")
            names = names[(names["版本"] == "NBS2020") & (names["级别"] == "社区(村)")]
            short = names["名称"].str.replace("居民委员会|村民委员会|居委会|村委会", "", regex=True)
            return set(names["代码"][short.isin(set(table["所属社区"]))])
        book, heading, name = {
            "纠纷": ("矛盾纠纷台账.xlsx", "纠纷编号", "纠纷登记"),
            "建议": ("意见建议台账.xlsx", "建议编号", "建议登记"),
            "微心愿": ("微心愿台账.xlsx", "微心愿编号", "微心愿"),
        }[ledger]
        rows = sheet(self.folder / book, heading, name)
        return {text(row["网格编码"])[:12] for row in rows if text(row["网格编码"])}

    def plots(self) -> tuple[int, int]:
        """Households with a vegetable plot and all households of the relocation communities, at the last count."""
        last: dict[str, Row] = {}
        for row in sheet(self.folder / "菜地分配台账.xlsx", "社区代码"):
            code = text(row["社区代码"])
            if code not in last or (day(row["统计日期"]) or LAST_DAY) > (day(last[code]["统计日期"]) or LAST_DAY):
                last[code] = row
        return (sum(int(text(row["已分配菜地户数"])) for row in last.values()),
                sum(int(text(row["总户数"])) for row in last.values()))  # fmt: skip

    def out_of_reach(self, community: str, kind: str, walk_m: float) -> tuple[int, int]:
        """Households of a community further than a walk from every facility of a kind in use there, and all of them.

        A walk is the straight line times 1.4, from a point in the footprint.
        """
        shapes = gpd.read_file(self.folder / "楼栋街道.gpkg", layer="楼栋").to_crs(4490)
        points = dict(zip(shapes["楼栋编码"].map(text), shapes.representative_point(), strict=True))
        table = pd.read_csv(self.folder / "配套设施.csv", dtype=str, encoding="utf-8-sig")
        table = table[(table["所属社区"] == community) & (table["设施类别"] == kind) & (table["状态"] == "在用")]
        lon, lat = gcj02_to_wgs84(table["经度"].astype(float), table["纬度"].astype(float))
        code = next(text(row["社区代码"]) for row in sheet(self.folder / "菜地分配台账.xlsx", "社区代码")
                    if text(row["所属社区"]) == community)  # fmt: skip
        homes = [points[text(row["楼栋编码"])] for row in self.households.values() if row["grid"].startswith(code)]
        near = [any(1.4 * _metres(home, x, y) <= walk_m for x, y in zip(lon, lat, strict=True)) for home in homes]
        return near.count(False), len(near)

    def own_buildings(self, grid: str) -> int:
        """Residential buildings of a grid."""
        return int((self.buildings["use"].isin(LIVED_IN) & (self.buildings["grid"] == grid)).sum())

    def rows(self) -> int:
        """Data rows of all files: sheets, lines and shapes."""
        total = 0
        for path in sorted(self.folder.iterdir()):
            if path.suffix == ".xlsx":
                for name in load_workbook(path).sheet_names:
                    total += len(sheet(path, FIRST_HEADINGS[name], name))
            elif path.suffix == ".csv":
                total += len(pd.read_csv(path, dtype=str, encoding="utf-8-sig"))
            elif path.suffix in (".gpkg", ".shp"):
                total += sum(len(gpd.read_file(path, layer=name)) for name in gpd.list_layers(path)["name"])
        return total


def _metres(point: Any, lon: float, lat: float) -> float:
    """The way between two points of a town, on a ball."""
    east = math.radians(lon - point.x) * math.cos(math.radians((lat + point.y) / 2))
    return 6_371_008.8 * math.hypot(east, math.radians(lat - point.y))


def _day_or_none(cell: object) -> date | None:
    try:
        return day(cell)
    except ValueError:
        return None


def _year(cell: object) -> int | None:
    found = _day_or_none(cell)
    return found.year if found else None
