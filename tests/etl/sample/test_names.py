"""The committed names: counts of both editions, what is new in 2020, and a code that changed its village."""

from etl.sample.names import RELOCATION_NAMES, read_names, register_of_names, short_name


def test_counts_of_the_editions() -> None:
    for edition, communities, villages in (("NBS2020", 17, 276), ("NBS2019", 5, 279)):
        areas = read_names(edition)
        units = areas[areas["level"] == "社区(村)"]
        assert units["kind"].value_counts().to_dict() == {"社区": communities, "村": villages}
        assert (areas["level"] == "乡镇").sum() == 9
        assert areas["code"].is_unique


def test_the_nine_relocation_communities_are_the_only_new_names() -> None:
    new, old = (read_names(edition) for edition in ("NBS2020", "NBS2019"))
    stem = {
        edition: set(
            zip(frame["parent_code"], frame["short_name"].str.removesuffix("社区").str.removesuffix("村"), strict=True)
        )
        for edition, frame in (("new", new), ("old", old))
    }
    assert {name for _, name in stem["new"] - stem["old"]} == set(RELOCATION_NAMES)
    assert stem["old"] <= stem["new"]
    assert sorted(new.loc[new["is_relocation"], "short_name"]) == sorted(f"{name}社区" for name in RELOCATION_NAMES)


def test_a_code_may_stand_for_another_village_in_another_edition() -> None:
    named = {edition: read_names(edition).set_index("code")["short_name"] for edition in ("NBS2019", "NBS2020")}
    assert named["NBS2019"]["422825100200"] == "莲花坝村"
    assert named["NBS2020"]["422825100200"] == "七里桥村"


def test_names_as_ledgers_write_them() -> None:
    assert short_name("工农街社区居民委员会") == "工农街社区"
    assert short_name("向家村村民委员会") == "向家村"
    assert short_name("珠山镇") == "珠山镇"


def test_the_register_says_what_was_inferred() -> None:
    rows = register_of_names()
    assert len(rows) == (1 + 9 + 293) + (1 + 9 + 284)
    moved = rows[rows["是否易迁社区"] == "是"]
    assert set(moved["版本"]) == {"NBS2020"}
    assert set(moved["易迁依据"]) == {"推定"}
    assert len(moved) == 9
