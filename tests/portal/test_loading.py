"""Ledgers that come in by the page: what is taken, what is understood, tried, loaded and remembered, and who may."""

import io
import json
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from data import schema
from data.audit import read
from data.audit_store import open_audit
from data.errors import StoreError
from data.registry import indicators
from data.store import open_store, reading
from etl.__main__ import app
from portal import children, jobs, loading
from portal.identity import NotAllowedError, Viewer
from portal.jobs import Job
from tests.etl import odd_ledgers, tiny
from tests.support.loaded_county import loaded_county, store

__all__ = ["loaded_county", "store"]
STEWARD = Viewer("steward", "422825", "internal")
runner = CliRunner()


def ended(viewer: Viewer = STEWARD) -> Job:
    """The last job, once it has ended."""
    for _ in range(600):
        found = loading.job(viewer)
        assert found is not None
        if not found.is_running:
            return found
        time.sleep(0.1)
    raise AssertionError("the job does not end")


def hand_in(path: Path) -> None:
    loading.put(STEWARD, path.name, path.read_bytes())


def put_right(name: str, map_: dict[str, Any]) -> dict[str, Any]:
    """What a steward puts right, laid down as the page does; returns what was understood before."""
    found = loading.proposal(STEWARD, name, kind=map_["kind"])
    whole = {**map_, "sheet": found["sheet"], "heading_rows": found["heading_rows"], "mode": "append"}
    loading.set_maps(STEWARD, {name: (found["signature"], whole)})
    return found


def load() -> dict[str, Any]:
    """A trial run, then the load; returns what it said."""
    loading.start_trial(STEWARD)
    tried = ended().result
    assert tried is not None and "error" not in tried, tried
    loading.start_load(STEWARD)
    result = ended().result
    assert result is not None
    return result


ODD = [
    (odd_ledgers.write_calls, "敲门登记.xlsx", odd_ledgers.CALLS, (4, 2, 2)),
    (odd_ledgers.write_places, "配套.csv", odd_ledgers.PLACES, (2, 2, 0)),
    (odd_ledgers.write_register, "花名册.xlsx", odd_ledgers.REGISTER, (3, 2, 1)),
]


@pytest.mark.parametrize(("write", "name", "map_", "counts"), ODD)
def test_a_ledger_unlike_ours_is_loaded_and_remembered(
    write: Any, name: str, map_: dict[str, Any], counts: tuple[int, int, int], store: str, tmp_path: Path
) -> None:
    hand_in(write(tmp_path / name))
    assert loading.files(STEWARD) == [name]
    assert put_right(name, map_)["kept"] is None
    result = load()
    assert (result["totals"]["read"], result["totals"]["loaded"], result["totals"]["refused"]) == counts
    assert loading.files(STEWARD) == [], "what was loaded is taken off the desk"
    # The ledger of next month, in a file of another name: understood without a word.
    hand_in(write(tmp_path / f"一月{name}"))
    found = loading.proposal(STEWARD, f"一月{name}")
    assert found["kind"] == map_["kind"] and found["kept"] is not None and not found["missing"]
    assert found["kept"]["columns"] == map_["columns"] and found["kept"]["words"] == map_["words"]


def test_a_known_ledger_needs_no_map_and_nothing_is_written_by_a_trial(store: str, tmp_path: Path) -> None:
    visits = [*tiny.VISITS, ("V7", "H3", "2020-12-20", "W01", "入户", "见面", 1, "有", "有")]
    hand_in(tiny.write_visits(tmp_path, visits))
    found = loading.proposal(STEWARD, "走访台账.xlsx")
    assert [entry["kind"] for entry in found["recognised"]] == ["visit"]
    loading.start_trial(STEWARD)
    result = ended().result
    assert result is not None and result["is_trial"] and result["totals"]["loaded"] == 1
    with reading(open_store(store)) as conn:
        assert len(conn.execute(select(schema.batch)).all()) == 1
    moved = {move["indicator"]: move for move in loading.moves(STEWARD, result)}
    assert moved["VIS-01"]["after"]["numerator"] == moved["VIS-01"]["before"]["numerator"] + 1


def test_a_load_is_of_what_was_tried(store: str, tmp_path: Path) -> None:
    hand_in(tiny.write_visits(tmp_path))
    with pytest.raises(StoreError, match="再试装一次"):
        loading.start_load(STEWARD)
    loading.start_trial(STEWARD)
    assert loading.is_tried(STEWARD, ended())
    hand_in(tiny.write_plots(tmp_path))
    assert not loading.is_tried(STEWARD, ended())
    with pytest.raises(StoreError, match="再试装一次"):
        loading.start_load(STEWARD)


def test_two_loads_never_run_at_once_and_a_stopped_one_leaves_no_trace(store: str, tmp_path: Path) -> None:
    hand_in(tiny.write_visits(tmp_path))
    loading.start_trial(STEWARD)
    with pytest.raises(jobs.BusyError, match="正在进行"):
        loading.put(STEWARD, "a.csv", b"a,b\n")
    with pytest.raises(jobs.BusyError):
        loading.start_undo(STEWARD, 1)
    loading.end(STEWARD)
    result = ended().result
    assert result is not None and result["error"]["code"] == "STOPPED"


def test_a_load_is_taken_back(store: str, tmp_path: Path) -> None:
    hand_in(tiny.write_visits(tmp_path, [*tiny.VISITS, ("V7", "H3", "2020-12-20", "W01", "入户", "见面", 1, "", "")]))
    assert load()["batch_id"] == 2
    assert sum(loading.undoing(STEWARD, 2)["removed"].values()) >= 1
    loading.start_undo(STEWARD, 2)
    result = ended().result
    assert result is not None and result["undone"] == 2 and result["batch_id"] == 3
    (event,) = read(open_audit(store), actions=["undo"], limit=2)
    assert (event.actor, event.object) == (STEWARD.actor, "batch:2")


def test_every_step_is_noted_in_the_name_of_the_steward(store: str, tmp_path: Path) -> None:
    hand_in(odd_ledgers.write_calls(tmp_path / "敲门.xlsx"))
    put_right("敲门.xlsx", odd_ledgers.CALLS)
    load()
    events = read(open_audit(store), limit=20)
    found = {(event.action, event.actor) for event in events if event.actor == STEWARD.actor}
    assert found == {(action, STEWARD.actor) for action in ("upload", "trial", "keep_map", "load")}
    assert not any("敲门" in f"{event.object}{event.details}" for event in events)


def zipped(*files: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return made.getvalue()


def test_a_shapefile_comes_as_a_zip(store: str, tmp_path: Path) -> None:
    tiny.write_grids(tmp_path)
    parts = [(f"网格/{part.name}", part.read_bytes()) for part in sorted(tmp_path.glob("网格边界.*"))]
    assert loading.put(STEWARD, "网格.zip", zipped(*parts)) == ["网格边界.shp"]
    found = loading.proposal(STEWARD, "网格边界.shp")
    assert [entry["kind"] for entry in found["recognised"]] == ["grid"]
    (tmp_path / "边.dbf").write_bytes(b"\x03")
    hand_in(tmp_path / "边.dbf")
    assert loading.files(STEWARD) == ["网格边界.shp"] and loading.parts_alone(STEWARD) == ["边.dbf"]
    loading.take_away(STEWARD, "边.dbf")
    loading.take_away(STEWARD, "网格边界.shp")
    assert loading._lying(STEWARD) == [], "its parts go with it"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.exe", b"MZ", "不是可读取的文件类型"),
        ("../a.csv", b"a,b", "文件名不合规"),
        ("a.xlsx", b"a,b", "内容与扩展名不符"),
        ("a.zip", zipped(("a.exe", b"MZ")), "没有可读取的台账"),
        ("a.zip", zipped(("a.csv", b"0" * 30_000_000)), "解压后过大"),
        ("a.zip", b"PK\x03\x04" + b"x" * 600, "无法读取"),
        ("a.zip", zipped(("x/a.csv", b"a"), ("y/a.csv", b"b")), "两个“a.csv”"),
    ],
    # Of their own: an archive holds the time it was made, which the processes of a test run do not share.
    ids=["program", "path", "content", "empty", "bomb", "damaged", "twice"],
)
def test_what_is_not_taken_costs_one_sentence(name: str, content: bytes, says: str, store: str) -> None:
    with pytest.raises(StoreError, match=says):
        loading.put(STEWARD, name, content)
    assert loading.files(STEWARD) == []


def test_what_is_not_understood_costs_one_sentence(store: str) -> None:
    loading.put(STEWARD, "a.csv", "甲,乙\n1,2\n".encode())
    with pytest.raises(StoreError, match="哪种台账"):
        loading.proposal(STEWARD, "a.csv")
    loading.put(STEWARD, "b.xlsx", b"PK\x03\x04" + b"x" * 600)
    with pytest.raises(StoreError, match="无法读取"):
        loading.proposal(STEWARD, "b.xlsx")


def test_many_files_are_understood_by_one_command(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    answer = children.answer

    def heard(args: list[str], **how: Any) -> Any:
        asked.append(args)
        return answer(args, **how)

    monkeypatch.setattr(children, "answer", heard)
    for file in (tiny.write_visits(tmp_path), tiny.write_register(tmp_path), tiny.write_plots(tmp_path)):
        loading.put(STEWARD, file.name, file.read_bytes())
    loading.put(STEWARD, "甲.csv", "甲,乙\n1,2\n".encode())
    loading.understand(STEWARD)
    assert [args[0] for args in asked] == ["plan"]
    assert loading.proposal(STEWARD, "走访台账.xlsx")["recognised"][0]["kind"] == "visit"
    assert loading.proposal(STEWARD, "户登记台账.xlsx")["recognised"][0]["kind"] == "household"
    for _ in range(2):
        with pytest.raises(StoreError, match="哪种台账"):
            loading.proposal(STEWARD, "甲.csv")
    assert len(asked) == 1, "what is known is not asked again"
    loading.put(STEWARD, "乙.xlsx", b"PK\x03\x04" + b"x" * 600)
    loading.put(STEWARD, "走访台账.xlsx", tiny.write_visits(tmp_path, tiny.VISITS[:2]).read_bytes())
    loading.understand(STEWARD)
    assert len(asked) == 2
    assert loading.proposal(STEWARD, "走访台账.xlsx")["row_count"] == 4, "another file of the name; two rows and notes"
    with pytest.raises(StoreError, match="无法读取"):
        loading.proposal(STEWARD, "乙.xlsx")
    assert len(asked) == 2


def test_files_are_asked_about_in_portions(tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.csv" for n in range(5)]
    for file, size in zip(files, (6, 6, 6, 20, 1), strict=True):
        with file.open("wb") as opened:
            opened.truncate(size * 2**20)
    assert loading.portions(files) == [files[:2], files[2:3], files[3:4], files[4:]]


def test_only_a_steward_of_the_county_may(store: str) -> None:
    for viewer in (Viewer("leader", "422825", "internal"), Viewer("steward", tiny.A, "internal")):
        steps: list[Any] = [
            lambda v: loading.put(v, "a.csv", b"a,b\n"), loading.files, loading.clear, loading.start_trial,
            loading.start_load, loading.job, loading.end, lambda v: loading.start_undo(v, 1),
            lambda v: loading.undoing(v, 1), lambda v: loading.set_maps(v, {}),
            lambda v: loading.proposal(v, "a.csv"), loading.understand,
        ]  # fmt: skip
        for step in steps:
            with pytest.raises(NotAllowedError):
                step(viewer)


@pytest.mark.parametrize(
    ("is_sensitive", "before", "after", "is_hidden"),
    [
        (False, (1, 5), (2, 5), False),
        (True, (100, 300), (103, 303), True),
        (True, (100, 300), (120, 340), False),
        (True, (3, 300), (20, 340), True),
    ],
)
def test_small_moves_of_sensitive_topics_are_hidden(
    is_sensitive: bool, before: tuple[int, int], after: tuple[int, int], is_hidden: bool, monkeypatch: Any
) -> None:
    one = replace(indicators()["DIS-03"], is_sensitive=is_sensitive)
    monkeypatch.setattr(loading, "indicators", lambda: {"DIS-03": one})
    sides = {side: {"numerator": n, "denominator": d} for side, (n, d) in (("before", before), ("after", after))}
    result = {"trial": {"numbers": [{"indicator": "DIS-03", "is_moved": True, **sides}]}}
    assert [move["is_hidden"] for move in loading.moves(STEWARD, result)] == [is_hidden]


def test_what_was_handed_in_and_forgotten_is_taken_away(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    loading.put(STEWARD, "a.csv", b"a,b\n")
    loading.sweep()
    assert loading.files(STEWARD) == ["a.csv"]
    monkeypatch.setattr(loading, "KEPT_DAYS", -1)
    loading.sweep()
    assert loading.files(STEWARD) == []


def test_progress_is_told_line_by_line(store: str, tmp_path: Path) -> None:
    file = tiny.write_visits(tmp_path)
    done = runner.invoke(app, ["load", str(file), "--dry-run", "--json", "--progress", "--database", store])
    assert json.loads(done.stdout)["is_trial"]
    assert json.loads(done.stderr.splitlines()[0]) == {"stage": "read", "done": 0, "of": 1}
