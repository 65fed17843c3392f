"""Cohort rates as they stood at a period's own end: counted by hand from the files, kept beside the present ones."""

import shutil
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Engine, delete, select

from data import schema
from data.registry import indicators
from data.settings import settings
from data.store import open_store, reading, writing
from etl.case_days import marked_days
from etl.lineage import read_lineage
from etl.plan import read_plan
from etl.refresh import fact_changes
from etl.verify import rebuild, state_of, verify
from geo.as_stood import AT_END, COURSES
from portal import compared, reads
from portal.identity import Viewer
from tests.support.hand_count import Sample

COUNTY, EDITION = "422825", settings().edition
QUARTERS = {"2020-Q3": (date(2020, 7, 1), date(2020, 9, 30)), "2020-Q4": (date(2020, 10, 1), date(2020, 12, 31))}


def stored(engine: Engine, indicator: str, period: str) -> tuple[float, float]:
    t, codes = schema.fact, schema.area_code
    with engine.connect() as conn:
        area = conn.execute(select(codes.c.area_id).where(codes.c.code == COUNTY)).scalars().first()
        found = conn.execute(
            select(t.c.numerator, t.c.denominator).where(
                t.c.indicator == indicator, t.c.period == period, t.c.area_id == area
            )
        ).one()
    return tuple(found)


def test_disputes_of_two_quarters_at_equal_age_counted_by_hand(county_engine: Engine, sample_dir: Path) -> None:
    hand = Sample(sample_dir)
    found = {period: hand.stood(*days) for period, days in QUARTERS.items()}
    assert found == {"2020-Q3": (24, 36), "2020-Q4": (39, 59)}
    for period, pair in found.items():
        assert stored(county_engine, "DIS-03" + AT_END, period) == pair
    # The number of the period itself stays: resolved by the data date. Q4 ends with it.
    assert stored(county_engine, "DIS-03", "2020-Q3") == (32, 36)
    assert stored(county_engine, "DIS-03", "2020-Q4") == (39, 59)


@pytest.mark.usefixtures("county_settings")
def test_the_change_is_that_of_equal_age() -> None:
    leader = Viewer("leader", (COUNTY,), "internal")
    rule = indicators()["DIS-03"]
    before, now = compared.both(leader, rule, "2020-Q3", "2020-Q4", [COUNTY])
    assert (before[COUNTY].numerator, before[COUNTY].denominator) == (24, 36)
    step = (now[COUNTY].rate or 0) - (before[COUNTY].rate or 0)
    assert f"{100 * step:.1f}" == "-0.6"
    shown = reads.measures(leader, "DIS-03", "2020-Q3", [COUNTY])[COUNTY]
    assert (shown.numerator, shown.denominator) == (32, 36)
    assert compared.words(leader, rule)[0] == "按期末时点比"
    # Where nothing comes later, the numbers compared are those shown.
    vis = indicators()["VIS-01"]
    assert compared.both(leader, vis, "2020-Q3", "2020-Q4", [COUNTY])[1] == reads.measures(
        leader, "VIS-01", "2020-Q4", [COUNTY]
    )
    assert compared.is_unripe(rule, "2020-12") and not compared.is_unripe(rule, "2020-11")


@pytest.mark.usefixtures("county_settings")
@pytest.mark.parametrize("code", list(COURSES))
def test_who_is_shown_hidden_numbers_sees_none_as_it_stood(code: str) -> None:
    """One beside the present one would tell how many came after: not served, so that no difference is small."""
    screen = Viewer("screen", (COUNTY,), "public")
    rule, periods = indicators()[code], reads.periods(screen)
    codes = [
        a.code for level in ("county", "township", "community", "grid") for a in reads.below(screen, COUNTY, level)
    ]
    assert len(periods) > 10 and len(codes) > 40
    assert all(m == reads.HIDDEN for some in reads.as_stood(screen, code, periods, codes).values() for m in some)
    found = compared.trends(screen, rule, periods, codes)
    assert not any(m.numerator or m.denominator for some in found.values() for m in some if m.part == "known")
    assert all(m.rate is None for some in found.values() for m in some)


def test_which_are_compared_so_is_data_and_each_has_its_number() -> None:
    at_end = {code for code, rule in indicators().items() if rule.is_at_end and not rule.is_index}
    assert at_end == set(COURSES)
    # Every rate whose result is seen up to the data date is one of them.
    assert {code for code, rule in indicators().items() if "截至数据日期" in rule.numerator_zh} <= at_end


def test_never_more_than_the_present_number(county_engine: Engine) -> None:
    with county_engine.connect() as conn:
        facts = pd.DataFrame(conn.execute(select(schema.fact)).mappings())
    keys = ["area_id", "period"]
    for code in COURSES:
        now = facts[facts["indicator"] == code].set_index(keys)[["numerator", "denominator"]]
        stood = facts[facts["indicator"] == code + AT_END].set_index(keys)[["numerator", "denominator"]]
        both = stood.join(now.add_suffix("_now"))
        assert len(both) and (both["numerator"] <= both["numerator_now"]).all()
        assert (both["denominator"] <= both["denominator_now"]).all()
        if code not in ("DIS-02", "DIS-05", "CAS-04"):
            assert stood["denominator"].sort_index().equals(now["denominator"].sort_index())


def test_the_rows_of_a_number_as_it_stood(county_engine: Engine) -> None:
    found = read_lineage(county_engine, "DIS-03" + AT_END, COUNTY, "2020-Q3", EDITION, with_rows=True, lang="zh")
    assert (found["numerator"], found["denominator"], found["agrees"]) == (24, 36, True)
    assert sum(row["numerator"] for row in found["rows"]) == 24
    assert found["without_day"] == 0 and "期末" in found["numerator_words"]


def test_a_store_of_before_has_them_after_the_next_load_or_roll_up(county_folder: Path, tmp_path: Path) -> None:
    shutil.copy(county_folder / "county.db", tmp_path / "county.db")
    engine = open_store(f"sqlite:///{tmp_path / 'county.db'}", must_exist=True)
    with writing(engine) as conn:
        conn.execute(delete(schema.fact).where(schema.fact.c.indicator.endswith(AT_END)))
    with reading(engine) as conn:
        _, data_on = state_of(conn)
        changes = fact_changes(conn, read_plan(conn), data_on, data_on)
        assert {c.code for c in changes.whole if c.code.endswith(AT_END)} == {code + AT_END for code in COURSES}
    assert verify(engine, EDITION).different > 0
    rebuild(engine, EDITION)
    assert verify(engine, EDITION).different == 0
    engine.dispose()


def test_the_days_come_from_the_log_and_at_the_latest_from_the_case_itself() -> None:
    day = pd.Timestamp
    cases = pd.DataFrame({
        "case_id": [1, 2, 3], "is_resolved": [True, False, False], "is_closed": [True, False, False],
        "resolved_on": [day("2020-05-09"), pd.NaT, day("2020-05-09")], "closed_on": [day("2020-05-12"), pd.NaT, pd.NaT],
    })  # fmt: skip
    steps = pd.DataFrame(
        [(2, "mediate", "2020-05-03", "30"), (2, "mediate", "2020-05-02", "30"), (2, "close", "2020-05-04", "50"),
         (2, "reopen", "2020-05-06", "90"), (2, "return", None, "30"), (9, "mediate", "2020-05-01", "30")],
        columns=["case_id", "step_op", "step_on", "lifecycle_after"],
    )  # fmt: skip
    found = marked_days(cases, steps.assign(step_on=pd.to_datetime(steps["step_on"])))
    assert {name: [str(one) for one in days] for name, days in found.items()} == {
        "handled_on": ["2020-05-09", "2020-05-02", "NaT"],
        "disposed_on": ["2020-05-09", "2020-05-04", "NaT"],
        "reopened_on": ["NaT", "2020-05-06", "NaT"],
        "reworked_on": ["NaT", "2020-05-06", "NaT"],
        "settled_on": ["2020-05-09", "2020-05-04", "NaT"],
    }
