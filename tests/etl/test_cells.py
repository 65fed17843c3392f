from datetime import date, datetime
from typing import Any

import pytest

from etl.cells import CLEANERS, BadCell, is_stroke
from etl.sources import Column


def clean(cell: Any, kind: str, **options: Any) -> Any:
    return CLEANERS[kind](cell, Column("c", ("列",), kind, **options))


@pytest.mark.parametrize(
    "cell",
    [
        datetime(2020, 5, 3, 9, 30),  # noqa: DTZ001 (Excel knows no zones)
        date(2020, 5, 3), "2020-05-03", "2020.5.3", "2020/5/3", "2020年5月3日",
        "２０２０年５月３日", " 2020 年 5 月 3 日 ", "20200503", 20200503, 20200503.0, 43954, 43954.0, "43954",
        "2020-05-03 09:30:00", "2020-5-3T09:30", "2020-05-03 09:30:00+08:00", "2020年5月3号",
        "二〇二〇年五月三日", "二○二○年五月三日", "民国109年5月3日",
        "109年5月3日", "109/5/3", "109.05.03", "109-05-03", "2020/05/03 周日",
    ],
)  # fmt: skip
def test_a_day_is_understood_however_it_is_written(cell: Any) -> None:
    assert clean(cell, "date") == date(2020, 5, 3)


@pytest.mark.parametrize(
    "cell",
    [
        "2020-02-30",
        "2020-13-01",
        "2020年5月",
        "去年",
        "20.5.3",
        "98/5/3",
        "民国0年1月1日",
        "309.5.3",
        "1/2/2020",
        2020,
        0,
        "3020-01-01",
        True,
    ],
)
def test_what_could_be_no_day_or_two_is_refused(cell: Any) -> None:
    with pytest.raises(BadCell) as bad:
        clean(cell, "date")
    assert bad.value.code == "BAD_DATE"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("422825100001", "422825100001"), ("４２２８２５１００００１", "422825100001"), (422825100001, "422825100001"),
        (422825100001.0, "422825100001"), (" 422825 100001 ", "422825100001"), ("'422825100001", "422825100001"),
    ],
)  # fmt: skip
def test_a_code_is_text_of_digits(cell: Any, code: str) -> None:
    assert clean(cell, "code", digits=12) == code


@pytest.mark.parametrize("cell", ["4.22825E+14", "4.22825e+14", 4.22825100001e16, "42282510000A", "42282510000", "甲"])
def test_a_wrecked_code_is_refused(cell: Any) -> None:
    with pytest.raises(BadCell) as bad:
        clean(cell, "code", digits=12)
    assert bad.value.code == "BAD_CODE"


@pytest.mark.parametrize("cell", ["/", "—", "－", "--", " - ", "——", "\\", "／"])
def test_a_stroke_is_an_empty_cell(cell: str) -> None:
    assert is_stroke(cell)


@pytest.mark.parametrize("cell", ["-1", "0", "a/b", "/////", "无", "", None, -1])
def test_what_is_no_stroke(cell: Any) -> None:
    assert not is_stroke(cell)


def test_a_code_that_excel_rounded_says_what_to_do() -> None:
    with pytest.raises(BadCell, match="文本格式"):
        clean("4.22825E+14", "code")


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        (3, 3),
        (3.0, 3),
        ("3", 3),
        ("３户", 3),
        ("12人", 12),
        (0, 0),
        ("1.00", 1),
        ("1,234", 1234),
        ("１，２３４户", 1234),
        ("1.2万", 12_000),
        ("1.2万人", 12_000),
        ("3千户", 3000),
    ],
)
def test_a_count_may_carry_its_unit(cell: Any, count: int) -> None:
    assert clean(cell, "count") == count


@pytest.mark.parametrize(
    "cell", ["约120", "120余", "三", -1, 2.5, "", "99999999999", "1e3", "1,23", "3亩", "1.00005万"]
)
def test_a_count_that_is_not_known_is_refused(cell: Any) -> None:
    with pytest.raises(BadCell) as bad:
        clean(cell, "count")
    assert bad.value.code == "BAD_NUMBER"


@pytest.mark.parametrize("cell", ["约120", "120余", "120多户", "近百户", "100左右", "大约5人", "不少于3户"])
def test_a_count_that_is_about_right_says_why_it_is_refused(cell: str) -> None:
    with pytest.raises(BadCell, match="不是确数;请填确数,不知道就留空"):
        clean(cell, "count")


@pytest.mark.parametrize("cell", ["4.22825E+14", 4.22825100001e16, 1234567890123456.0])
def test_a_number_of_a_ledger_that_excel_rounded_is_refused_as_a_code_is(cell: Any) -> None:
    for kind in ("code", "number_id", "pseudonym"):
        with pytest.raises(BadCell, match="末尾几位已丢失;请把该列设为文本格式"):
            clean(cell, kind)


@pytest.mark.parametrize("cell", ["☑", "✅", "V", "v", "是的", "已有"])
def test_other_ticks(cell: str) -> None:
    assert clean(cell, "yes_no") is True


@pytest.mark.parametrize("cell", ["☐", "□", "╳", "不是", "不"])
def test_other_crosses(cell: str) -> None:
    assert clean(cell, "yes_no") is False


@pytest.mark.parametrize("cell", ["是", "√", "1", 1, True, "Y", "有", " 是 ", "１"])
def test_yes(cell: Any) -> None:
    assert clean(cell, "yes_no") is True


@pytest.mark.parametrize("cell", ["否", "×", "0", 0, False, "no", "无", "未"])
def test_no(cell: Any) -> None:
    assert clean(cell, "yes_no") is False


def test_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(BadCell) as bad:
        clean("也许", "yes_no")
    assert bad.value.code == "UNKNOWN_VALUE"


@pytest.mark.parametrize("word", ["见面", "已见面", "met", "Met", " 见面 "])
def test_a_term_is_known_by_label_code_and_synonym(word: str) -> None:
    assert clean(word, "term", vocabulary="visit_result") == "met"


def test_brackets_of_either_width_are_the_same() -> None:
    assert clean("达成协议（待履行）", "term", vocabulary="lifecycle") == "40"


def test_a_word_outside_the_list_is_refused_with_the_list() -> None:
    with pytest.raises(BadCell, match="见面、未见面、拒访、空置") as bad:
        clean("不在家吧", "term", vocabulary="visit_result")
    assert bad.value.code == "UNKNOWN_VALUE"


@pytest.mark.parametrize("cell", ["张三", "422825" + "19900101" + "1234", "1381234" + "5678", "W 张"])
def test_a_persons_number_is_no_name_no_identity_number_no_phone(cell: str) -> None:
    with pytest.raises(BadCell) as bad:
        clean(cell, "pseudonym")
    assert bad.value.code == "BAD_CODE" and cell not in bad.value.zh


def test_a_pseudonym_is_kept() -> None:
    assert clean("Ｗ０１２", "pseudonym") == "W012"


def test_numbers_years_and_text() -> None:
    assert clean("109.482", "number") == 109.482
    assert clean("2016年", "year") == 2016
    assert clean(" 东门\n 一支部 ", "text") == "东门 一支部"
    assert clean(3.0, "number_id") == "3"
    for cell, kind in (("东经", "number"), ("16", "year"), ("长" * 121, "text"), ("号" * 33, "number_id")):
        with pytest.raises(BadCell):
            clean(cell, kind)
