"""The quality report on splits and dividends: stated and shown, unstated, unseen."""

from dataclasses import replace

import pytest

from tests.unit.engine.quality_tables import changed, daily, found_in, moment, report_of, table_of


def test_a_stated_split_is_no_jump_and_no_outlier() -> None:
    day, last = "2019-03-05T00:00", "2020-12-31T00:00"
    halved = changed(daily(), "AAA", day, last, lambda bar: bar.scaled(0.5))
    stated = changed(halved, "AAA", day, day, lambda bar: replace(bar, split_ratio=2.0))

    assert found_in(report_of(table_of(stated, actions=True))) == []


@pytest.mark.parametrize(("factor", "ratio"), [(1.0, 2.0), (1.0, 0.1), (0.5, 0.5), (2.0, 2.0)])
def test_a_split_that_no_price_shows_or_that_goes_the_other_way_is_an_error(
    factor: float, ratio: float
) -> None:
    day, last = "2019-03-05T00:00", "2020-12-31T00:00"
    moved = changed(daily(), "AAA", day, last, lambda bar: bar.scaled(factor))
    stated = changed(moved, "AAA", day, day, lambda bar: replace(bar, split_ratio=ratio))

    report = report_of(table_of(stated, actions=True))

    assert found_in(report) == [("unseen_action", "AAA", "2019-03-05", "2019-03-05", 1)]
    assert report.document["clean"] is False


def test_a_split_stated_a_day_late_is_both_a_jump_and_an_error() -> None:
    day, late, last = "2019-03-05T00:00", "2019-03-06T00:00", "2020-12-31T00:00"
    halved = changed(daily(), "AAA", day, last, lambda bar: bar.scaled(0.5))
    stated = changed(halved, "AAA", late, late, lambda bar: replace(bar, split_ratio=2.0))

    found = {(item[0], item[2]) for item in found_in(report_of(table_of(stated, actions=True)))}

    assert {("split_like_jump", "2019-03-05"), ("unseen_action", "2019-03-06")} <= found


def test_a_split_and_a_dividend_of_one_bar_are_worth_what_the_engine_pays() -> None:
    day, last = "2019-03-05T00:00", "2020-12-31T00:00"
    before = next(bar for bar in daily() if bar.time == moment("2019-03-04T00:00")).close
    # A tenth for each of ten, and a dividend of a twentieth on each of the ten.
    moved = changed(daily(), "AAA", day, last, lambda bar: bar.scaled(0.05))
    stated = changed(
        moved, "AAA", day, day, lambda bar: replace(bar, split_ratio=10.0, dividend=before / 20.0)
    )
    wrong = changed(
        moved, "AAA", day, day, lambda bar: replace(bar, split_ratio=10.0, dividend=before / 2.0)
    )

    assert found_in(report_of(table_of(stated, actions=True))) == []
    assert found_in(report_of(table_of(wrong, actions=True))) != []


@pytest.mark.parametrize("part", [0.1, 0.5, 2.0])
def test_a_dividend_that_no_price_shows_is_an_error(part: float) -> None:
    day = "2019-03-05T00:00"
    stated = changed(daily(), "AAA", day, day, lambda bar: replace(bar, dividend=part * bar.close))

    report = report_of(table_of(stated, actions=True))

    assert ("unseen_action", "AAA", "2019-03-05", "2019-03-05", 1) in found_in(report)


@pytest.mark.parametrize(("ratio", "news"), [(1.5, 1.25), (1.05, 1.3), (1.25, 1.15), (0.1, 0.8)])
def test_news_on_the_day_of_a_split_is_an_outlier_alone(ratio: float, news: float) -> None:
    day, last = "2019-03-05T00:00", "2020-12-31T00:00"
    moved = changed(daily(), "AAA", day, last, lambda bar: bar.scaled(news / ratio))
    stated = changed(moved, "AAA", day, day, lambda bar: replace(bar, split_ratio=ratio))

    report = report_of(table_of(stated, actions=True))

    assert {item[0] for item in found_in(report)} == {"outlier_return"}


def test_a_stated_dividend_of_half_the_price_is_no_jump_and_no_outlier() -> None:
    day, last = "2019-03-05T00:00", "2020-12-31T00:00"
    before = next(bar for bar in daily() if bar.time == moment("2019-03-04T00:00")).close
    paid = changed(daily(), "AAA", day, last, lambda bar: bar.scaled(0.5))
    stated = changed(paid, "AAA", day, day, lambda bar: replace(bar, dividend=before / 2.0))

    assert {item[0] for item in found_in(report_of(table_of(paid, actions=True)))} == {
        "outlier_return",
        "unstated_split",
    }
    assert found_in(report_of(table_of(stated, actions=True))) == []
