"""Calendar months and rolling windows, against dates and windows taken one by one."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from aurelius_engine.domain.metrics import (
    compute_metrics,
    monthly_returns_table,
    rolling_table,
)
from aurelius_engine.domain.metrics.returns import month_of, start_of_month
from aurelius_engine.domain.table_hash import Column
from tests.unit.engine.made_runs import DAY, run_with_equity

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nanoseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


def columns(table: tuple[Column, ...]) -> dict[str, list[float]]:
    return {column.name: column.data.tolist() for column in table}


def test_months_are_those_of_the_calendar_as_far_as_nanoseconds_reach() -> None:
    days = [datetime(1678, 1, 1, tzinfo=UTC) + timedelta(days=13 * i) for i in range(16_000)]
    for year in range(1700, 2300, 100):
        days += [datetime(year, 2, 27, tzinfo=UTC) + timedelta(days=i) for i in range(4)]

    for day in days:
        if day.year < 2262:
            month = day.year * 12 + day.month - 1
            assert month_of(nanoseconds(day)) == month
            assert start_of_month(month) == nanoseconds(day.replace(day=1))


def test_the_last_nanosecond_of_a_month_belongs_to_it() -> None:
    start = nanoseconds(datetime(2024, 3, 1, tzinfo=UTC))

    assert (month_of(start - 1), month_of(start)) == (2024 * 12 + 1, 2024 * 12 + 2)


def test_monthly_returns_by_hand() -> None:
    days = [(2024, 1, 30), (2024, 1, 31), (2024, 2, 1), (2024, 4, 2), (2024, 4, 30)]
    times = [nanoseconds(datetime(*day, tzinfo=UTC)) for day in days]
    run = run_with_equity([100.0, 105.0, 110.0, 99.0, 99.0, 148.5], times)

    table = columns(monthly_returns_table(run))
    metrics = {
        metric.id: value
        for metric, value in compute_metrics(
            run, periods_per_year=252.0, risk_free_ratio=0.0, benchmark=None
        )
    }

    assert table["year"] == [2024, 2024, 2024]
    assert table["month"] == [1, 2, 4]
    assert table["bars"] == [2, 1, 2]
    assert table["return_ratio"] == pytest.approx([0.1, -0.1, 0.5], rel=1e-14)
    assert metrics["best_month_ratio"] == 0.5
    assert metrics["worst_month_ratio"] == pytest.approx(-0.1, rel=1e-14)
    assert metrics["positive_month_ratio"] == 2 / 3


def test_an_account_below_zero_has_no_months_and_no_windows() -> None:
    run = run_with_equity([100.0, -1.0, 5.0])

    rolling = rolling_table(
        run, periods_per_year=252.0, risk_free_ratio=0.0, benchmark=None, window_bars=2
    )

    assert columns(monthly_returns_table(run))["year"] == []
    assert columns(rolling)["time"] == []


def test_windows_are_what_each_gives_alone() -> None:
    chance = random.Random(4)
    equity, benchmark = [1000.0], [50.0]
    for _ in range(300):
        equity.append(equity[-1] * (1.0 + chance.gauss(0.001, 0.02)))
        benchmark.append(benchmark[-1] * (1.0 + chance.gauss(0.0, 0.01)))
    closes = np.array(benchmark[1:])
    closes[:40] = np.nan
    window = 60

    table = columns(
        rolling_table(
            run_with_equity(equity),
            periods_per_year=252.0,
            risk_free_ratio=0.02,
            benchmark=closes,
            window_bars=window,
        )
    )

    marks = np.array(equity)
    r = np.diff(marks) / marks[:-1]
    b = np.concatenate(([np.nan], np.diff(closes) / closes[:-1]))
    assert table["time"] == [step * DAY for step in range(window - 1, 300)]
    for row, end in enumerate(range(window, 301)):
        part = r[end - window : end]
        deviation = np.std(part, ddof=1)
        sharpe = (part.mean() - 0.02 / 252.0) / deviation * np.sqrt(252.0)
        assert table["return_ratio"][row] == pytest.approx(marks[end] / marks[end - window] - 1.0)
        assert table["annual_volatility_ratio"][row] == pytest.approx(
            deviation * np.sqrt(252.0), rel=1e-12
        )
        assert table["sharpe_ratio"][row] == pytest.approx(sharpe, rel=1e-10, abs=1e-12)
        beside = b[end - window : end]
        if np.isnan(beside).any():
            assert np.isnan(table["beta"][row])
        else:
            beta = np.cov(part, beside)[0, 1] / np.var(beside, ddof=1)
            assert table["beta"][row] == pytest.approx(beta, rel=1e-11)


def test_a_window_without_moves_has_no_sharpe_ratio_whatever_came_before() -> None:
    run = run_with_equity([100.0, 150.0, 90.0, *([110.0] * 8)])

    table = columns(
        rolling_table(
            run, periods_per_year=252.0, risk_free_ratio=0.0, benchmark=None, window_bars=4
        )
    )

    assert table["annual_volatility_ratio"][-4:] == [0.0] * 4
    assert np.isnan(table["sharpe_ratio"][-4:]).all()
    assert table["sharpe_ratio"][0] > 0.0


def test_a_window_of_equal_returns_has_no_risk() -> None:
    run = run_with_equity([100.0 * 1.01**bar for bar in range(40)])

    table = columns(
        rolling_table(
            run, periods_per_year=252.0, risk_free_ratio=0.0, benchmark=None, window_bars=7
        )
    )

    assert table["annual_volatility_ratio"] == [0.0] * 33
    assert np.isnan(table["sharpe_ratio"]).all()


def test_a_run_shorter_than_its_window_has_no_rows() -> None:
    table = rolling_table(
        run_with_equity([1.0, 2.0]), periods_per_year=252.0, risk_free_ratio=0.0, benchmark=None
    )

    assert columns(table)["time"] == []
