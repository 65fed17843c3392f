from pathlib import Path

import pytest

from data import schema
from etl import sources as package
from etl.sources import Source, sources


def test_what_others_refer_to_comes_first() -> None:
    order = list(sources())
    for earlier, later in (
        ("area_name", "area_shape"), ("area_shape", "grid"), ("grid", "building"), ("building", "household"),
        ("household", "visit"), ("grid_branch", "building_group"), ("building_group", "group_cover"),
        ("dispute", "case_step"), ("suggestion", "case_step"),
    ):  # fmt: skip
        assert order.index(earlier) < order.index(later)


@pytest.mark.parametrize("source", sources().values(), ids=list(sources()))
def test_a_column_map_is_whole(source: Source) -> None:
    assert source.table in schema.metadata.tables
    assert source.key and all(source.columns[name].required for name in source.key)
    assert any(column.required for column in source.columns.values())
    for column in source.columns.values():
        assert (column.type == "term") == bool(column.words()), f"{column.name}: a list of values goes with type term"
        assert not column.into or column.into in schema.metadata.tables[source.table].c


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ('type = "datum"', "unknown type 'datum'"),
        ('type = "term"\nvocabulary = "nothing"', "unknown vocabulary 'nothing'"),
    ],
)
def test_a_faulty_map_is_named(fault: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    head = 'kind="n"\nzh="新"\nen="New"\ntable="street"\norder=1\nmode="append"\nkey=["no"]\n'
    head += '[columns.no]\nheadings=["号"]\n'
    path.write_text(head + fault, "utf-8")
    with pytest.raises(ValueError, match=message):
        package._source(path)
    path.write_text(head.replace('["no"]', '["other"]') + 'type="text"', "utf-8")
    with pytest.raises(ValueError, match="no such column: other"):
        package._source(path)
    path.write_text(head.replace("append", "guess") + 'type="text"', "utf-8")
    with pytest.raises(ValueError, match="mode 'guess'"):
        package._source(path)
