"""Rolling statistics: exact references, error bounds, an outside implementation."""

from fractions import Fraction

import numpy as np
import pytest
import talib
from hypothesis import given, settings
from hypothesis import strategies as st

from aurelius_engine.domain.panel import Floats
from aurelius_engine.domain.strategies import indicators

UNIT = Fraction(1, 2**53)
WINDOWS = (2, 3, 5, 20, 63, 100, 250)


def walk(bars: int, seed: int = 7) -> Floats:
    draws = np.random.default_rng(seed)
    return np.asarray(100.0 * np.cumprod(1.0 + draws.normal(0.0, 0.01, bars)))


def exact(x: Floats) -> list[Fraction]:
    return [Fraction(float(value)) for value in x]


numbers = st.floats(-1e6, 1e6, allow_nan=False).filter(lambda x: x == 0.0 or abs(x) > 1e-100)
series = st.lists(numbers, min_size=1, max_size=40)


@given(values=series, bars=st.integers(1, 45))
@settings(max_examples=200, deadline=None)
def test_a_sum_is_within_two_roundings_of_the_exact_one(values: list[float], bars: int) -> None:
    found = indicators.rolling_sum(np.array(values), bars)

    assert np.isnan(found[: bars - 1]).all()
    for i in range(bars - 1, len(values)):
        window = exact(np.array(values[i - bars + 1 : i + 1]))
        size = sum(abs(value) for value in window)
        bound = 2 * UNIT * abs(sum(window)) + (4 * bars * UNIT) ** 2 * size
        assert abs(Fraction(float(found[i])) - sum(window)) <= bound


@given(values=series, offset=st.sampled_from([0.0, 1e3, 1e9]), bars=st.integers(2, 45))
@settings(max_examples=200, deadline=None)
def test_a_variance_keeps_its_error_bound(values: list[float], offset: float, bars: int) -> None:
    x = np.array(values) + offset

    means, variances = indicators.rolling_moments(x, bars)

    for i in range(bars - 1, x.size):
        window = exact(x[i - bars + 1 : i + 1])
        mean = sum(window) / bars
        want = sum((value - mean) ** 2 for value in window) / (bars - 1)
        assert abs(Fraction(float(variances[i])) - want) <= 12 * (bars + 1) * UNIT * want
        size = max(abs(value) for value in window)
        assert abs(Fraction(float(means[i])) - mean) <= 8 * UNIT * size


def test_a_deviation_does_not_drift_over_a_million_bars() -> None:
    x = walk(1_000_000)
    bars = 20

    found = indicators.rolling_deviation(x, bars)

    for i in (19, 500_000, 999_980, 999_999):
        window = exact(x[i - bars + 1 : i + 1])
        mean = sum(window) / bars
        want = sum((value - mean) ** 2 for value in window) / (bars - 1)
        assert found[i] == pytest.approx(float(want) ** 0.5, rel=1e-14)


def test_the_deviation_of_equal_values_is_zero() -> None:
    assert (indicators.rolling_deviation(np.full(50, 0.1), 7)[6:] == 0.0).all()


@given(values=series, bars=st.integers(1, 45))
@settings(max_examples=200, deadline=None)
def test_extremes_are_those_of_the_window(values: list[float], bars: int) -> None:
    x = np.array(values)

    top, bottom = indicators.rolling_max(x, bars), indicators.rolling_min(x, bars)

    assert np.isnan(top[: bars - 1]).all()
    assert np.isnan(bottom[: bars - 1]).all()
    for i in range(bars - 1, x.size):
        assert top[i] == max(values[i - bars + 1 : i + 1])
        assert bottom[i] == min(values[i - bars + 1 : i + 1])


@given(values=series, bars=st.integers(2, 12), seed=st.integers(0, 99))
@settings(max_examples=100, deadline=None)
def test_no_bar_outside_the_window_changes_a_bit(values: list[float], bars: int, seed: int) -> None:
    x, other = np.array(values), np.array(values)
    cut = seed % x.size
    other[:cut] = np.random.default_rng(seed).normal(0.0, 1e5, cut)

    for statistic in (
        indicators.rolling_sum,
        indicators.rolling_mean,
        indicators.rolling_deviation,
        indicators.rolling_max,
        indicators.rolling_min,
    ):
        whole, changed = statistic(x, bars), statistic(other, bars)
        np.testing.assert_array_equal(whole[cut + bars - 1 :], changed[cut + bars - 1 :])
        np.testing.assert_array_equal(whole[:cut], statistic(x[:cut], bars))


def test_a_part_of_a_series_has_the_sums_of_the_whole() -> None:
    x, room = walk(100), np.empty(9)
    whole = indicators.rolling_sum(x, 9)

    for begin, end in ((0, 5), (3, 30), (9, 18), (40, 41), (50, 100)):
        part = np.empty(end - begin)
        indicators.window_sums(x, 9, begin, end, room.copy(), room.copy(), part)
        np.testing.assert_array_equal(part, whole[begin:end])


@given(
    values=st.lists(st.tuples(numbers, numbers, numbers), min_size=2, max_size=30),
    bars=st.integers(2, 12),
)
@settings(max_examples=100, deadline=None)
def test_products_of_several_series_are_exact_to_their_bound(
    values: list[tuple[float, float, float]], bars: int
) -> None:
    points = np.array(values).T.copy()
    n = points.shape[1]

    for start in range(0, n, bars):
        end = min(start + bars, n)
        means, products = indicators.window_comoments(points, start, end, bars)
        for i in range(start, end):
            if i < bars - 1:
                assert np.isnan(products[i - start]).all()
                continue
            windows = [exact(points[p, i - bars + 1 : i + 1]) for p in range(3)]
            centres = [sum(window) / bars for window in windows]
            squares = [
                sum((v - centre) ** 2 for v in window)
                for window, centre in zip(windows, centres, strict=True)
            ]
            for p in range(3):
                size = max(abs(v) for v in windows[p])
                assert abs(Fraction(float(means[i - start, p])) - centres[p]) <= 8 * UNIT * size
                for q in range(3):
                    want = sum(
                        (a - centres[p]) * (b - centres[q])
                        for a, b in zip(windows[p], windows[q], strict=True)
                    )
                    off = abs(Fraction(float(products[i - start, p, q])) - want)
                    assert off**2 <= (12 * (bars + 1) * UNIT) ** 2 * squares[p] * squares[q]


@pytest.mark.parametrize("bars", WINDOWS)
def test_indicators_agree_with_talib(bars: int) -> None:
    x = walk(3000)
    # TA-Lib subtracts large squares: it is compared where that costs it least.
    small = x - float(np.mean(x))

    pairs = {
        "SMA": (indicators.rolling_mean(x, bars), talib.SMA(x, bars)),
        "SUM": (indicators.rolling_sum(x, bars), talib.SUM(x, bars)),
        "MAX": (indicators.rolling_max(x, bars), talib.MAX(x, bars)),
        "MIN": (indicators.rolling_min(x, bars), talib.MIN(x, bars)),
        "ROCP": (indicators.change_ratio(x, bars), talib.ROCP(x, bars)),
        "MOM": (indicators.change_ratio(x, bars)[bars:] * x[:-bars], talib.MOM(x, bars)[bars:]),
    }
    if bars >= 20:  # of fewer bars TA-Lib itself is off by more
        scale = ((bars - 1) / bars) ** 0.5  # its divisor is the number of bars
        mine = indicators.rolling_deviation(small, bars) * scale
        pairs["STDDEV"] = (mine, talib.STDDEV(small, bars))

    for name, (mine, theirs) in pairs.items():
        np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12, err_msg=name)
