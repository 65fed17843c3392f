"""A folder loads what is dropped into it: once it stands still, once, and again after any kill."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine

import etl.watch
from etl.errors import LoadError
from etl.extract import extract_file
from etl.load import Outcome
from etl.watch import Watch, only_one, run
from tests.etl import tiny
from tests.support.server import ROOT

Load = Callable[..., Outcome]


class Clock:
    """Seconds that pass when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "投递"
    (made / "maps").mkdir(parents=True)
    return made


@pytest.fixture
def watch(sqlite_engine: Engine, load: Load, county: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Watch:
    """A watch of the folder over the tiny county; files are read in this process and no event is noted."""
    load(sqlite_engine, county)
    monkeypatch.setattr(etl.watch, "extract_files", lambda files: [extract_file(file.path) for file in files])
    monkeypatch.setattr(etl.watch.audit, "note_load", lambda url, outcome: "")
    return Watch(folder, sqlite_engine, edition="NBS2020", url="", still_seconds=5)


def visits(folder: Path, *numbers: str, name: str = "走访.xlsx") -> Path:
    return tiny.write_visits(
        folder, [(n, "H1", "2020-11-03", "W01", "入户", "见面", 1, "有", "√") for n in numbers], name
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def looked(watch: Watch) -> list[str]:
    """The names taken by two looks, far enough apart."""
    clock = Clock()
    assert watch.look(clock) == []
    clock.now = 6
    return [taken.name for taken in watch.look(clock)]


def test_a_file_is_loaded_with_its_results_beside_it(watch: Watch, folder: Path, sqlite_engine: Engine) -> None:
    good, bad = (("V90", "H1", "2020-11-03", "W01"), ("V91", "H99", "2020-11-03", "张三"))
    rest = ("入户", "见面", 1, "有", "√")
    tiny.write_visits(folder, [tiny.VISITS[0], (*good, *rest), (*bad, *rest)], "走访.xlsx")
    assert looked(watch) == ["走访.xlsx"]
    assert names(folder) == ["done", "maps"]
    assert names(folder / "done") == [
        "走访.xlsx", "走访.xlsx.refused.xlsx", "走访.xlsx.result.json", "走访.xlsx.result.txt",
    ]  # fmt: skip
    result = json.loads((folder / "done" / "走访.xlsx.result.json").read_text("utf-8"))
    assert result["is_loaded"] and result["error"] is None
    assert {name: result["load"]["totals"][name] for name in ("read", "loaded", "unchanged", "refused")} == {
        "read": 3, "loaded": 1, "unchanged": 1, "refused": 1,
    }  # fmt: skip
    text = (folder / "done" / "走访.xlsx.result.txt").read_text("utf-8")
    assert text.startswith("走访.xlsx:读到 3,新增 1,更新 0,未变 1,拒收 1;第 2 批\n走访.xlsx: 3 read, 1 new")
    book = CalamineWorkbook.from_path(folder / "done" / "走访.xlsx.refused.xlsx")
    rows = book.get_sheet_by_name("visit").to_python()
    assert rows[1][:4] == ["走访.xlsx", "Sheet1", "6", "走访人编号、户编号"]
    assert "H99" in rows[1] and "***" in rows[1] and "张三" not in str(rows)


def test_a_file_that_still_grows_waits(watch: Watch, folder: Path) -> None:
    clock = Clock()
    path = visits(folder, "V90")
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    for now in (0, 6, 12):
        clock.now = now
        path.write_bytes(whole[: 100 + now])
        assert watch.look(clock) == []
    path.write_bytes(whole)
    clock.now = 14
    assert watch.look(clock) == []
    clock.now = 18.9
    assert watch.look(clock) == []
    clock.now = 19.1
    assert [taken.name for taken in watch.look(clock)] == ["走访.xlsx"]


def test_what_cannot_be_used_goes_aside_with_the_reason(watch: Watch, folder: Path) -> None:
    (folder / "坏.xlsx").write_bytes(b"no workbook")
    tiny.write_csv(folder / "名单.csv", ("甲", "乙"), [("1", "2")])
    (folder / "说明.docx").write_bytes(b"left where it is")
    (folder / "~$走访.xlsx").write_bytes(b"open in Excel")
    assert looked(watch) == ["名单.csv", "坏.xlsx"]
    assert names(folder) == ["maps", "refused", "~$走访.xlsx", "说明.docx"]
    result = json.loads((folder / "refused" / "坏.xlsx.result.json").read_text("utf-8"))
    assert (result["is_loaded"], result["error"]["code"], result["load"]) == (False, "UNREADABLE", None)
    assert "没有载入:" in (folder / "refused" / "名单.csv.result.txt").read_text("utf-8")


MAP = (
    'kind = "visit"\n{file}[columns]\nvisit_no = "{no}"\nhousehold_no = "户"\nvisited_on = "日"\nvisit_result = "果"\n'
)


def strange(folder: Path, name: str, number: str = "次") -> Path:
    return tiny.write_sheet(folder / name, (number, "户", "日", "果"), [(f"N-{name}", "H1", "2020-11-03", "见面")])


def test_maps_are_those_that_fit(watch: Watch, folder: Path) -> None:
    maps = folder / "maps"
    (maps / "甲.toml").write_text(MAP.format(file="", no="次"), "utf-8")
    (maps / "乙.toml").write_text(MAP.format(file="", no="别的"), "utf-8")
    (maps / "丙.toml").write_text(MAP.format(file='file = "丙*"\n', no="次"), "utf-8")
    strange(folder, "一.xlsx")
    strange(folder, "二.xlsx", "单号")
    (folder / "二.toml").write_text(MAP.format(file="", no="单号"), "utf-8")
    visits(folder, "V90", name="三.xlsx")
    assert looked(watch) == ["一.xlsx", "三.xlsx", "二.xlsx"]
    used = {
        name: json.loads((folder / "done" / f"{name}.xlsx.result.json").read_text("utf-8"))["maps"] for name in "一二三"
    }
    assert used == {"一": ["甲.toml"], "二": ["二.toml"], "三": []}
    assert (folder / "done" / "二.toml").exists() and (maps / "甲.toml").exists()


def test_the_same_name_again_keeps_both(watch: Watch, folder: Path) -> None:
    visits(folder, "V90")
    assert looked(watch) == ["走访.xlsx"]
    visits(folder, "V90", "V91")
    assert looked(watch) == ["走访.xlsx"]
    assert sum(name.endswith(".xlsx") for name in names(folder / "done")) == 2


def test_a_shapefile_goes_with_its_parts(watch: Watch, folder: Path) -> None:
    tiny.write_grids(folder)
    assert looked(watch) == ["网格边界.shp"]
    assert names(folder) == ["done", "maps"]
    assert {Path(name).suffix for name in names(folder / "done")} >= {".shp", ".shx", ".dbf", ".prj"}


def test_what_is_not_the_fault_of_a_file_leaves_it(
    watch: Watch, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def busy(*args: object, **options: object) -> None:
        raise LoadError("CHANGED", "有另一次装载。", "Another load.")

    visits(folder, "V90")
    with monkeypatch.context() as patched:
        patched.setattr(etl.watch, "load", busy)
        assert looked(watch) == []
        assert not watch.is_waiting(), "once ends all the same"
    assert "Another load" in capsys.readouterr().err and names(folder) == ["maps", "走访.xlsx"]
    clock = Clock()
    clock.now = 100
    assert [taken.name for taken in watch.look(clock)] == ["走访.xlsx"]


def test_a_fault_of_the_program_does_not_stop_the_others(
    watch: Watch, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = etl.watch.load

    def faulty(engine: Engine, paths: list[Path], **options: object) -> Outcome:
        if paths[0].name == "一.xlsx":
            raise ZeroDivisionError
        return real(engine, paths, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(etl.watch, "load", faulty)
    visits(folder, "V90", name="一.xlsx")
    visits(folder, "V91", name="二.xlsx")
    assert looked(watch) == ["一.xlsx", "二.xlsx"]
    assert (folder / "refused" / "一.xlsx").exists() and (folder / "done" / "二.xlsx").exists()


def test_a_file_loaded_but_not_put_away_changes_nothing_the_second_time(
    watch: Watch, folder: Path, sqlite_engine: Engine, load: Load
) -> None:
    """As after a kill between the load and the move."""
    load(sqlite_engine, visits(folder, "V90"))
    assert looked(watch) == ["走访.xlsx"]
    result = json.loads((folder / "done" / "走访.xlsx.result.json").read_text("utf-8"))
    assert result["load"]["batch_id"] is None and result["load"]["totals"]["unchanged"] == 1


def test_one_folder_has_one_watch(folder: Path, tmp_path: Path) -> None:
    with only_one(folder), pytest.raises(LoadError, match="另一个程序"), only_one(folder):
        pass
    with only_one(folder):
        pass
    with pytest.raises(LoadError, match="没有文件夹"), only_one(tmp_path / "none"):
        pass


def test_once_ends_when_all_is_done(watch: Watch, folder: Path) -> None:
    visits(folder, "V90")
    said: list[str] = []
    slow = Watch(folder, watch._engine, edition="NBS2020", url="", still_seconds=0.1)
    run(slow, is_once=True, every_seconds=0.05, still_seconds=0.1, said=said.append)
    assert len(said) >= 2 and names(folder) == ["done", "maps"]


def test_a_county_dropped_at_once_is_loaded_in_the_order_that_it_needs(
    sqlite_url: str, county: Path, tmp_path: Path
) -> None:
    """By the command, killed on its way and begun again."""
    folder = tmp_path / "投递"
    folder.mkdir()
    for path in county.iterdir():
        path.rename(folder / path.name)
    command = [sys.executable, "-m", "etl", "watch", str(folder), "--still", "0", "--every", "0.1", "--database"]
    first = subprocess.Popen([*command, sqlite_url], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    began = time.monotonic()
    while not (folder / "done").exists() and time.monotonic() - began < 60:
        time.sleep(0.05)
    first.kill()
    first.wait()
    done = subprocess.run([*command, sqlite_url, "--once"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert names(folder) == [".watch.lock", "done"]
    results = [json.loads(path.read_text("utf-8")) for path in (folder / "done").glob("*.result.json")]
    assert len(results) == 12 and all(result["is_loaded"] for result in results)
    assert sum(result["load"]["totals"]["refused"] for result in results) == 0
