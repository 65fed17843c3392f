"""Periods: every written form, the days in it, and which ones are kept."""

from datetime import date

import pytest

from geo.errors import GeoError
from geo.periods import kept_periods, parse_period, period_label


@pytest.mark.parametrize(
    ("text", "start", "end", "kind"),
    [
        ("2020", date(2020, 1, 1), date(2021, 1, 1), "year"),
        ("2020-Q1", date(2020, 1, 1), date(2020, 4, 1), "quarter"),
        ("2020-Q4", date(2020, 10, 1), date(2021, 1, 1), "quarter"),
        ("2020-02", date(2020, 2, 1), date(2020, 3, 1), "month"),
        ("2020-12", date(2020, 12, 1), date(2021, 1, 1), "month"),
        ("ytd:2020-12-31", date(2020, 1, 1), date(2021, 1, 1), "ytd"),
        ("ytd:2020-01-01", date(2020, 1, 1), date(2020, 1, 2), "ytd"),
        ("last30:2020-03-01", date(2020, 2, 1), date(2020, 3, 2), "last30"),
        ("last90:2020-12-31", date(2020, 10, 3), date(2021, 1, 1), "last90"),
        ("last365:2020-12-31", date(2020, 1, 2), date(2021, 1, 1), "last365"),
        ("todate:2020-12-31", None, date(2021, 1, 1), "todate"),
    ],
)
def test_every_form(text, start, end, kind):
    period = parse_period(text)
    assert (period.text, period.start, period.end, period.kind) == (text, start, end, kind)


@pytest.mark.parametrize(
    "text",
    ["", "20", "2020-13", "2020-00", "2020-Q5", "2020-1", "2020-12-31", "ytd:2020", "last7:2020-12-31",
     "last090:2020-12-31", "last:2020-12-31", "ytd:2020-02-30", "todate:", "2020 ", "２０２０", "0000", "9999"],
)  # fmt: skip
def test_anything_else_is_refused_in_both_languages(text):
    with pytest.raises(GeoError) as error:
        parse_period(text)
    assert "统计期" in error.value.zh
    assert "Unknown period" in error.value.en


def test_last_day_is_inside():
    assert parse_period("2020-02").last_day == date(2020, 2, 29)


def test_a_full_year_keeps_77_periods():
    texts = [period.text for period in kept_periods(date(2020, 1, 7), date(2020, 12, 31))]
    assert len(texts) == len(set(texts)) == 12 + 4 + 1 + 12 * 5
    assert texts[:2] == ["2020-01", "2020-02"]
    assert {"2020-Q1", "2020-Q4", "2020", "ytd:2020-01-31", "last365:2020-06-30", "todate:2020-12-31"} <= set(texts)


def test_data_date_inside_a_month_is_an_as_of_day_and_its_month_end_is_not():
    texts = [period.text for period in kept_periods(date(2019, 12, 20), date(2020, 1, 15))]
    assert texts == [
        "2019-12", "2020-01", "2019-Q4", "2020-Q1", "2019", "2020",
        "ytd:2019-12-31", "last30:2019-12-31", "last90:2019-12-31", "last365:2019-12-31", "todate:2019-12-31",
        "ytd:2020-01-15", "last30:2020-01-15", "last90:2020-01-15", "last365:2020-01-15", "todate:2020-01-15",
    ]  # fmt: skip


def test_no_periods_when_nothing_happened_yet():
    assert kept_periods(date(2021, 1, 1), date(2020, 12, 31)) == []


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("2020", "2020年", "2020"),
        ("2020-Q4", "2020年第四季度", "Q4 2020"),
        ("2020-12", "2020年12月", "December 2020"),
        ("ytd:2020-12-31", "2020年1月1日至12月31日", "1 January to 31 December 2020"),
        ("last90:2020-12-31", "截至2020年12月31日的90天", "90 days to 31 December 2020"),
        ("todate:2020-12-31", "截至2020年12月31日", "Up to 31 December 2020"),
    ],
)
def test_labels(text, zh, en):
    assert period_label(text) == zh
    assert period_label(text, "en") == en
