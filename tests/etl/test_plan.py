import pandas as pd
import pytest

from data import schema
from etl.plan import INSERT, UPDATE, Plan
from etl.table_rows import Held

COLUMNS = [column.key for column in schema.street.c]


def plan(*rows: tuple[int, str, str, bool]) -> Plan:
    frame = pd.DataFrame(columns=COLUMNS, dtype=object)
    for number, code, row_hash, is_void in rows:
        row = dict.fromkeys(COLUMNS) | {
            "street_id": number,
            "street_code": code,
            "row_hash": row_hash,
            "is_void": is_void,
        }
        frame.loc[len(frame)] = row
    return Plan({"street": Held(frame)})


def street(code: str, row_hash: str, name: str = "街") -> dict[str, str]:
    return {"street_code": code, "row_hash": row_hash, "street_name": name}


def put(plan: Plan, *rows: dict[str, str]) -> list[str]:
    return plan.put(schema.street, pd.DataFrame(rows, dtype=object), ["street_code"], id_name="street_id").tolist()


def test_rows_are_new_changed_or_as_they_were() -> None:
    given = plan((7, "a", "1", False), (8, "b", "1", False), (9, "c", "1", True))
    assert put(given, street("d", "1"), street("a", "1"), street("b", "2"), street("c", "1")) == [
        "loaded", "unchanged", "updated", "updated",
    ]  # fmt: skip
    assert given.changes(schema.street, INSERT)["street_id"].tolist() == [10]
    updates = given.changes(schema.street, UPDATE)
    assert updates["street_code"].tolist() == ["b", "c"] and updates["street_name"].tolist() == ["街", "街"]
    assert given.rows(schema.street)["street_code"].tolist() == ["a", "b", "c", "d"]


def test_nothing_new_is_no_change() -> None:
    given = plan((7, "a", "1", False))
    assert put(given, street("a", "1")) == ["unchanged"] and not given.is_changed()


def test_numbers_go_by_the_key_not_by_the_order_of_the_file() -> None:
    given = plan()
    put(given, street("b", "1"), street("a", "1"))
    rows = given.rows(schema.street)
    assert dict(zip(rows["street_code"], rows["street_id"], strict=True)) == {"a": 1, "b": 2}


def test_a_patch_counts_only_what_differs() -> None:
    given = plan((7, "a", "1", False), (8, "b", "1", False))
    patch = pd.DataFrame({"street_id": [7, 8], "street_name": [None, "新"]}, dtype=object)
    assert given.patch(schema.street, patch) == 1
    assert given.changes(schema.street, UPDATE)["street_id"].tolist() == [8]
    assert given.patch(schema.street, patch) == 0


def test_a_row_planned_in_this_load_stays_an_insert() -> None:
    given = plan()
    put(given, street("a", "1"))
    given.patch(schema.street, pd.DataFrame({"street_id": [1], "street_name": ["新"]}, dtype=object))
    assert given.changes(schema.street, INSERT)["street_name"].tolist() == ["新"]
    assert given.changes(schema.street, UPDATE).empty


def test_others_of_the_same_scope_are_taken_back() -> None:
    given = plan((7, "a", "1", False), (8, "a2", "1", False))
    given.void_others(
        schema.street, pd.DataFrame({"street_name": [None]}, dtype=object), ["street_name"], ["street_code"],
        keep=pd.DataFrame({"street_code": ["a"]}, dtype=object),
    )  # fmt: skip
    assert given.rows(schema.street)["street_code"].tolist() == ["a"]
    assert given.changes(schema.street, UPDATE)["street_code"].tolist() == ["a2"]


def test_a_number_belongs_to_the_kind_that_used_it_first() -> None:
    given = plan()
    assert given.claim(schema.street, "one", [("a",), ("b",)]) == [True, True]
    assert given.claim(schema.street, "two", [("b",), ("c",)]) == [False, True]
    assert given.claim(schema.street, "one", [("a",)]) == [True]


def test_a_patch_of_a_row_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        plan().patch(schema.street, pd.DataFrame({"street_id": [1], "street_name": ["x"]}, dtype=object))
