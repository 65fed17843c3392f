"""The audit page: whether the record is whole, how many events, filters, files, for administrators only."""

import re
from collections.abc import Callable

import pandas as pd
from streamlit.testing.v1 import AppTest

from data import audit
from data.audit_store import open_audit

Open = Callable[..., AppTest]


def html_of(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def fill(url: str) -> None:
    engine = open_audit(url)
    for batch in (1, 2, 3):
        audit.append(engine, "load", actor="cli", object=f"batch:{batch}", details={"read": 48, "refused": 1})
    audit.append(engine, "refused", actor="session:1a", role="leader", area_code="422825", object="page:intake")


def frame(app: AppTest) -> pd.DataFrame:
    (found,) = [element.value for element in app.dataframe if "event_no" in element.value]
    return found


def test_a_whole_record_says_so(open_page: Open, tiny_store: str) -> None:
    fill(tiny_store)
    app = open_page("audit", role="admin")
    assert not app.exception
    # Three loads, a refusal and this sign-in.
    assert "审计：完整 5 / 5 条，载入 3 次" in html_of(app)
    table = frame(app)
    assert table["event_no"].tolist() == [6, 5, 4, 3, 2, 1]
    assert table["what"].tolist() == ["查阅审计", "登录", "访问被拒", "载入", "载入", "载入"]
    assert table.iloc[3].to_dict() == {
        **table.iloc[3].to_dict(), "object": "batch:3", "actor": "cli", "role": "—", "details": "read:48,refused:1",
    }  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", table["at"][0])


def test_reading_the_record_is_recorded_once(open_page: Open, tiny_store: str) -> None:
    app = open_page("audit", role="admin")
    app.run()
    app.run()
    assert audit.count(open_audit(tiny_store))["audit_read"] == 1
    assert "完整 2 / 2 条" in html_of(app)


def test_a_record_that_was_changed_names_the_first_event(open_page: Open, tiny_store: str) -> None:
    fill(tiny_store)
    with open_audit(tiny_store).begin() as conn:
        conn.exec_driver_sql("UPDATE audit_event SET actor = 'nobody' WHERE event_no = 2")
    app = open_page("audit", role="admin")
    assert "审计：不完整，第 2 条被改动" in html_of(app)
    assert "前 1 条完好，共 5 条" in app.error[0].value


def test_what_could_not_be_noted_is_said(open_page: Open, tiny_store: str) -> None:
    fill(tiny_store)
    audit.lose(open_audit(tiny_store), "sign_in")
    app = open_page("audit", role="admin")
    assert "审计：未被改动 6 / 6 条，但有 1 件事没能记下，载入 3 次" in html_of(app)
    assert "未能留痕" in frame(app)["what"].tolist()


def test_a_log_that_was_emptied_is_not_whole(open_page: Open, tiny_store: str) -> None:
    fill(tiny_store)
    with open_audit(tiny_store).begin() as conn:
        conn.exec_driver_sql("DELETE FROM audit_event")
        conn.exec_driver_sql("DELETE FROM audit_head")
    assert "审计：不完整，第 2 条起到末尾被删除" in html_of(open_page("audit", role="admin"))


def test_filters_stand_in_the_address(open_page: Open, tiny_store: str) -> None:
    fill(tiny_store)
    app = open_page("audit", role="admin", action="load")
    assert set(frame(app)["what"]) == {"载入"}
    assert "3 / 3 条" in html_of(app)
    app.selectbox(key="choose_days").set_value("").run()
    assert app.query_params["days"] in ("", [""])
    assert len(frame(app)) == 3
    assert len(frame(open_page("audit", role="admin", action="nonsense", days="x"))) == 8
