"""Long tables: searched and ordered as a whole, shown a page at a time."""

import pandas as pd
from streamlit.testing.v1 import AppTest

from pages.components.paged import PAGE, matching, ordered


def test_rows_are_found_by_every_word_in_any_text() -> None:
    rows = pd.DataFrame({"name": ["东门网格", "西门 A", "东湖网格"], "parent": ["兴隆", "兴隆", None], "n": [1, 2, 3]})
    assert matching(rows, "东 兴")["name"].tolist() == ["东门网格"]
    assert matching(rows, "a")["name"].tolist() == ["西门 A"]
    assert len(matching(rows, "  ")) == 3
    assert matching(rows, "(").empty


def test_texts_that_are_numbers_are_ordered_by_number() -> None:
    rows = pd.DataFrame(
        {"value": ["9.5 %", "—", "91.4 %", "+0.5", "−3.0"], "of": ["1,024 / 2,000", "—", "9 / 10", "", "7"]}
    )
    assert ordered(rows, "value", True)["value"].tolist() == ["91.4 %", "9.5 %", "+0.5", "−3.0", "—"]
    assert ordered(rows, "value", False)["value"].tolist()[-1] == "—"
    assert ordered(rows, "of", True)["of"].tolist()[0] == "1,024 / 2,000"
    assert ordered(rows, "", True) is rows


def _page() -> None:
    import pandas as pd

    from pages.components.first_map import draw_table

    rows = pd.DataFrame({"name": [f"第{i}网格" for i in range(250)], "n": range(250)})
    draw_table(rows, height=300, key="long", column_config={"name": "区域", "n": "户数"})


def test_a_long_table_is_sent_a_page_at_a_time() -> None:
    page = AppTest.from_function(_page).run()
    assert page.dataframe[0].value["n"].tolist() == list(range(PAGE))
    page.number_input[0].set_value(3).run()
    assert page.dataframe[0].value["n"].tolist() == list(range(200, 250))
    page.selectbox[0].set_value("n").run()
    assert page.dataframe[0].value["n"].tolist() == list(range(249, 149, -1))
    page.text_input[0].set_value("第24").run()
    assert page.dataframe[0].value["n"].tolist() == [249, 248, 247, 246, 245, 244, 243, 242, 241, 240, 24]
    page.text_input[0].set_value("没有").run()
    assert not page.dataframe and "没有记录" in page.get("html")[0].proto.body and not page.exception
