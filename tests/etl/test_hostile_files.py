"""What files may not do (H3 to H8): unpack without end, expand entities, read others, reach a network, climb out."""

import itertools
import json
import re
import socket
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import Engine

import etl.sandbox
from etl.encodings import decode
from etl.errors import LoadError
from etl.extract import extract_file, extract_files
from etl.files import find_files
from etl.load import Outcome
from etl.personal import is_identity_number, masked
from etl.sandbox import HOOK, NAMESPACE
from tests.etl import tiny
from tests.support.hostile_files import HOSTILE, SECRET

Load = Callable[..., Outcome]
BOMBS = ("ratio", "sheet of blanks", "many entries", "overlapping entries", "zips in a zip", "kmz bomb")
ENTITIES = [name for name in HOSTILE if "entity" in name or "laughs" in name]
VIRTUAL = [name for name in HOSTILE if name.startswith(("virtual", "address", "view"))]
CLIMBING = [
    name for name in HOSTILE if name.startswith(("kmz climbing", "kmz absolute", "kmz symlink", "xlsx climbing"))
]


def refused(path: Path) -> LoadError:
    with pytest.raises(LoadError) as error:
        extract_file(path)
    return error.value


# --- H3 ---------------------------------------------------------------------------------------------------------------


def test_bombs_are_refused_before_they_are_opened(tmp_path: Path) -> None:
    slowest, most = 0.0, 0
    for name in BOMBS:
        path = HOSTILE[name](tmp_path)
        began = time.process_time()
        assert refused(path).code in ("TOO_BIG", "UNREADABLE"), name
        slowest = max(slowest, time.process_time() - began)
        tracemalloc.start()
        refused(path)
        most = max(most, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    print(f"H3: {len(BOMBS)} bombs refused, the slowest in {slowest:.2f} s with at most {most / 2**20:.0f} MB")
    assert slowest < 1 and most < 100 * 2**20


# --- H4 ---------------------------------------------------------------------------------------------------------------


@contextmanager
def listening() -> Iterator[list[str]]:
    """A listener on the address that hostile files name; what it heard."""
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 9)) as server:
        server.settimeout(0.2)
        yield heard
        try:
            while True:
                connection, _ = server.accept()
                heard.append("hit")
                connection.close()
        except TimeoutError:
            return


@pytest.mark.xdist_group("listener")
def test_entities_are_refused_and_nobody_is_asked(tmp_path: Path) -> None:
    slowest = 0.0
    with listening() as heard:
        for name in ENTITIES:
            path = HOSTILE[name](tmp_path)
            began = time.perf_counter()
            assert refused(path).code == "UNREADABLE", name
            slowest = max(slowest, time.perf_counter() - began)
    print(f"H4: {len(ENTITIES)} files with entities, all refused within {slowest:.2f} s, {len(heard)} requests")
    assert heard == [] and slowest < 1


def test_a_document_type_in_any_part_and_any_encoding_is_found(tmp_path: Path) -> None:
    sound = tiny.write_visits(tmp_path)
    for part, text in itertools.product(("xl/styles.xml", "docProps/app.xml"), ("utf-8", "utf-16")):
        path = tmp_path / "台账.xlsx"
        with zipfile.ZipFile(sound) as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                content = old.read(name)
                new.writestr(
                    name,
                    ("<!--" + "x" * 9000 + '--><!DOCTYPE a [<!ENTITY b "c">]><a/>').encode(text)
                    if name == part
                    else content,
                )
        assert "文档类型" in refused(path).zh


# --- H5, H6 -----------------------------------------------------------------------------------------------------------


@pytest.mark.xdist_group("listener")
def test_a_file_reads_only_itself_and_reaches_nobody(tmp_path: Path) -> None:
    """Read as every upload is, by processes of their own."""
    read = 0
    with listening() as heard:
        for name in VIRTUAL:
            path = HOSTILE[name](tmp_path)
            try:
                (sheets,) = extract_files(find_files([path]).files)
            except LoadError as error:
                assert SECRET not in error.zh + error.en
                continue
            read += 1
            assert SECRET not in json.dumps([sheet.rows for sheet in sheets], ensure_ascii=False, default=str)
    figure = f"{len(VIRTUAL)} files that name others, {read} read as plain text"
    print(f"H5, H6: {figure}, 0 foreign bytes, {len(heard)} requests")
    assert heard == []


def _tries(port: int) -> tuple[str, list[str]]:
    """In a confined process: how it is cut off, and what became of three ways out."""
    import ctypes
    import struct
    import urllib.request

    how = etl.sandbox.without_network()
    found = []
    for way in (
        lambda: socket.create_connection(("127.0.0.1", port), 2),
        lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2),
    ):
        try:
            way()
            found.append("out")
        except OSError as error:
            found.append(type(error).__name__)
    # As a library in C would, below anything that Python sees.
    library = ctypes.CDLL(None, use_errno=True)
    handle = library.socket(2, 1, 0)
    address = struct.pack("<H", 2) + struct.pack(">H", port) + bytes([127, 0, 0, 1]) + bytes(8)
    found.append("out" if library.connect(handle, address, 16) == 0 else "OSError")
    return how, found


def test_a_reading_process_has_no_network() -> None:
    context = get_context("spawn")
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        ProcessPoolExecutor(1, mp_context=context, initializer=etl.sandbox.confine) as pool,
    ):
        how, found = pool.submit(_tries, server.getsockname()[1]).result()
    print(f"H6: a reading process is cut off by: {how}")
    assert how in (NAMESPACE, HOOK) and "out" not in found[:2]
    # What only the kernel can refuse.
    assert how == HOOK or "out" not in found


def test_readers_leave_nothing_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    from etl.extract import import_pyogrio

    monkeypatch.delenv("OGR_SKIP", raising=False)
    import_pyogrio()
    assert "OGR_SKIP" not in os.environ
    monkeypatch.setenv("OGR_SKIP", "mine")
    import_pyogrio()
    assert os.environ["OGR_SKIP"] == "mine"


# --- H7 ---------------------------------------------------------------------------------------------------------------


def test_names_inside_a_file_steer_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in CLIMBING:
        path = HOSTILE[name](folder)
        try:
            extract_file(path)
        except LoadError as error:
            assert "root:" not in error.zh
    outside = [path for path in tmp_path.iterdir() if path != folder]
    outside += list(Path("/tmp").glob("wangge-climbed*"))
    print(f"H7: {len(CLIMBING)} files with names that climb, {len(outside)} files outside their folder")
    assert outside == []


# --- H8 ---------------------------------------------------------------------------------------------------------------

NAMES = ["赓续璆琳", "东门社区居民委员会", "㛃㙍", "龘𠮷", "·网格—一号", "㎡与℃"]
SIMPLE = ["东门社区居民委员会", "网格一号", "走访台账", "易地扶贫搬迁"]
TRADITIONAL = ["東門社區居民委員會", "網格一號", "走訪臺賬"]


def encoded() -> Iterator[tuple[str, bytes, list[str]]]:
    """(how, the bytes, the names in them) for texts in every encoding that files come in."""
    for names, encodings in (
        (NAMES, ("utf-8", "utf-8-sig", "utf-16", "gb18030")),
        (SIMPLE, ("gbk", "utf-16-le", "utf-16-be", "gb18030")), (TRADITIONAL, ("big5", "utf-8")),
    ):  # fmt: skip
        for encoding in encodings:
            yield (
                encoding,
                "\r\n".join(
                    [
                        "编号,名称" if names is not TRADITIONAL else "編號,名稱",
                        *(f"{n},{name}" for n, name in enumerate(names)),
                    ]
                ).encode(encoding),
                names,
            )


def test_every_name_arrives_as_it_was_written(tmp_path: Path) -> None:
    count = 0
    for number, (encoding, content, names) in enumerate(encoded()):
        path = tmp_path / f"{number}.csv"
        path.write_bytes(content)
        (sheet,) = extract_file(path)
        assert [row[1] for row in sheet.rows[1:]] == names, encoding
        count += len(names)
    print(f"H8: {count} names in {number + 1} files, every one equal, 0 replaced characters")


def test_a_text_cut_in_a_letter_is_not_guessed() -> None:
    for encoding in ("gbk", "utf-8", "big5"):
        cut = "编号,名称\n1,东门社区\n".encode(encoding, "ignore")[:-2]
        text = decode(cut)
        assert text is None or "\ufffd" not in text


# --- persons ----------------------------------------------------------------------------------------------------------


def identity(front: str) -> str:
    """A number with the right last digit, never written down in one piece."""
    return next(front + digit for digit in "0123456789X" if is_identity_number(front + digit))


PERSON, PHONE = identity("422825" + "1990" + "0101123"), "139" + "00001234"


def test_numbers_of_persons_are_masked_and_counted(
    sqlite_engine: Engine, load: Load, county: Path, tmp_path: Path
) -> None:
    text = f"来电 {PHONE} 反映,证件{PERSON}。"
    assert masked(text) == ("来电 *** 反映,证件***。", 2)
    wrong = PERSON[:-1] + ("1" if PERSON[-1] != "1" else "2")
    assert masked(wrong) == (wrong, 0) and masked("42282510000100001")[1] == 0
    load(sqlite_engine, county)
    headings = (*tiny.DISPUTE_HEADINGS, "来源", "当事人姓名", "联系电话")
    rows = [(*tiny.DISPUTES[0], text, "张三", PHONE), (PERSON, *tiny.DISPUTES[1][1:], "热线", "李四", PHONE)]
    outcome = load(sqlite_engine, tiny.write_sheet(tmp_path / "纠纷.xlsx", headings, rows))
    (notice,) = (n for n in outcome.notices if "个人信息" in n.zh)
    assert notice.zh == "个人信息2列(当事人姓名、联系电话)没有读取;1格文字里的身份证号、手机号已遮盖"
    (reasons,) = outcome.ledgers[0].reasons.values()
    assert "手机号,不得作编号" in reasons[0].zh
    told = json.dumps([reasons[0].zh, outcome.ledgers[0].kept_cells(1)], ensure_ascii=False)
    content = Path(str(sqlite_engine.url.database)).read_bytes()
    with sqlite_engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    for number in (PERSON, PHONE, "张三", "李四"):
        assert number not in told and number.encode() not in content
    assert re.search(r"来电 \*\*\*", Path(str(sqlite_engine.url.database)).read_bytes().decode("utf-8", "ignore"))
