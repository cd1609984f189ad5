"""Each template against its rule, written plainly from the definition in strategy.proto."""

import math
from typing import Any

import numpy as np
import pytest

from aurelius_engine.domain.panel import Floats, Panel
from aurelius_engine.domain.strategies import indicators, signals, trend
from tests.unit.engine.strategy_panels import (
    CASES,
    PERIODS,
    made_panel,
    panel_from,
    spec_of,
)


def signals_of(name: str, panel: Panel, parameters: dict[str, Any], **fields: Any) -> Floats:
    return signals(spec_of(name, parameters, **fields), panel, PERIODS)


def column(values: list[float]) -> Floats:
    return np.array(values, dtype=np.float64)[:, None]


def own(panel: Panel, place: int) -> tuple[Floats, Floats]:
    rows = np.flatnonzero(~np.isnan(panel.close[:, place]))
    return rows, panel.close[rows, place]


def side(held: float, score: float, entry: float, leave: float) -> float:
    if score <= -entry:
        return 1.0
    if score >= entry:
        return -1.0
    if held == 1.0 and score >= -leave:
        return 0.0
    return 0.0 if held == -1.0 and score <= leave else held


def test_buy_and_hold_is_long_wherever_there_is_a_bar() -> None:
    panel = made_panel(30, 3, 1, holes=0.2)

    found = signals_of("buyAndHold", panel, {})

    np.testing.assert_array_equal(found, np.where(np.isnan(panel.close), np.nan, 1.0))


def test_momentum_is_the_past_return_of_the_symbols_own_bars() -> None:
    panel = made_panel(60, 3, 2, holes=0.2)

    found = signals_of("tsMomentum", panel, {"lookbackBars": 7})

    for place in range(3):
        rows, close = own(panel, place)
        assert np.isnan(found[rows[:7], place]).all()
        want = close[7:] / close[:-7] - 1.0
        np.testing.assert_allclose(found[rows[7:], place], want, rtol=1e-12, atol=1e-14)


def test_momentum_sees_a_difference_of_one_bit() -> None:
    price = math.nextafter(2.0, 0.0)

    found = signals_of("tsMomentum", panel_from(column([price, 2.0, price])), {"lookbackBars": 1})

    assert found[1, 0] > 0.0 > found[2, 0]


def test_trend_keeps_its_side_while_the_means_are_level() -> None:
    close = column([1.0, 1.0, 2.0, 2.0, 2.0, 1.0, 1.0, 1.0])

    found = signals_of("trendFollowing", panel_from(close), {"fastBars": 1, "slowBars": 2})

    np.testing.assert_array_equal(found[:, 0], [np.nan, 0, 1, 1, 1, -1, -1, -1])


def test_trend_over_parts_is_the_cross_of_the_whole_means() -> None:
    close = made_panel(10_000, 1, 3).close[:, 0]

    for fast, slow in ((20, 100), (300, 5000)):
        quick, steady = indicators.rolling_mean(close, fast), indicators.rolling_mean(close, slow)
        crossed = np.empty(close.size)
        last = trend.sma_cross(quick, steady, 0.0, crossed)
        np.testing.assert_array_equal(trend.trend_following(close, fast, slow), crossed)
        np.testing.assert_array_equal(crossed[slow - 1 :], np.sign(quick - steady)[slow - 1 :])
        assert last == crossed[-1]


def test_trend_keeps_its_side_from_part_to_part() -> None:
    close = np.concatenate([[1.0, 2.0], np.full(9000, 3.0)])

    found = trend.trend_following(close, 1, 2)

    assert (found[1:] == 1.0).all()


def test_mean_reversion_fades_the_score() -> None:
    panel = made_panel(200, 3, 4, holes=0.1)

    found = signals_of("meanReversion", panel, CASES["meanReversion"][0])

    for place in range(3):
        rows, close = own(panel, place)
        held = 0.0
        for i, row in enumerate(rows):
            if i < 5:
                assert np.isnan(found[row, place])
                continue
            window = close[i - 5 : i + 1]
            score = float((close[i] - np.mean(window)) / np.std(window, ddof=1))
            held = side(held, score, 1.2, 0.3)
            assert found[row, place] == held
    assert set(np.unique(found[~np.isnan(found)])) == {-1.0, 0.0, 1.0}


def test_mean_reversion_keeps_its_side_while_nothing_moves() -> None:
    close = column([10.0, 10.0, 10.0, 7.0, 7.0, 7.0, 7.0])

    found = signals_of(
        "meanReversion",
        panel_from(close),
        {"lookbackBars": 3, "entryZscore": 1, "exitZscore": 0},
    )

    np.testing.assert_array_equal(found[:, 0], [np.nan, np.nan, 0, 1, 1, 1, 1])


def test_breakout_holds_until_the_shorter_channel_breaks() -> None:
    panel = made_panel(200, 3, 5, holes=0.1)

    found = signals_of("breakout", panel, {"entryBars": 7, "exitBars": 4})

    for place in range(3):
        rows, close = own(panel, place)
        high, low = panel.high[rows, place], panel.low[rows, place]
        held = 0.0
        for i in range(7, rows.size):
            if close[i] > max(high[i - 7 : i]):
                held = 1.0
            if close[i] < min(low[i - 7 : i]):
                held = -1.0
            left = close[i] < min(low[i - 4 : i]) if held == 1.0 else False
            left = close[i] > max(high[i - 4 : i]) if held == -1.0 else left
            held = 0.0 if left else held
            assert found[rows[i], place] == held
    assert set(np.unique(found[~np.isnan(found)])) == {-1.0, 0.0, 1.0}


def test_a_close_at_the_edge_of_the_channel_is_inside() -> None:
    close = column([10.0, 10.0, 10.0, 10.5, 10.0, 9.5, 10.0])
    panel = panel_from(close, spread=0.0)
    panel.high[2], panel.low[2] = 10.5, 9.5

    found = signals_of("breakout", panel, {"entryBars": 3, "exitBars": 3})

    np.testing.assert_array_equal(found[3:, 0], [0.0, 0.0, 0.0, 0.0])


def test_a_pair_trades_the_residual_of_its_line() -> None:
    panel = made_panel(400, 2, 6, holes=0.1)
    bars, entry, leave = 9, 1.1, 0.2

    found = signals_of("pairsTrading", panel, CASES["pairsTrading"][0])

    rows = np.flatnonzero(~np.isnan(panel.close).any(axis=1))
    x, y = np.log(panel.close[rows]).T
    held, hedge, openings = 0.0, 0.0, 0
    for i in range(bars - 1, rows.size):
        window = slice(i - bars + 1, i + 1)
        slope, intercept = np.polyfit(y[window], x[window], 1)
        rest = x[window] - slope * y[window] - intercept
        wanted = side(held, rest[-1] / np.std(rest, ddof=1), entry, leave)
        if wanted != held:
            held = wanted if slope > 0.0 else 0.0
            hedge = slope
            openings += held != 0.0
        assert found[rows[i], 0] == held
        assert found[rows[i], 1] == pytest.approx(-held * hedge, rel=1e-9, abs=0)
    assert openings > 10


def test_a_symbol_of_a_pair_keeps_its_signal_where_the_other_has_no_bar() -> None:
    panel = made_panel(60, 2, 7)
    alone = panel.close.copy()
    alone[40:50, 0] = np.nan

    found = signals_of("pairsTrading", panel_from(alone), CASES["pairsTrading"][0])

    assert np.isnan(found[40:50, 0]).all()
    assert (found[40:50, 1] == found[39, 1]).all()


def test_a_pair_on_one_line_is_never_opened() -> None:
    first = made_panel(60, 1, 8).close
    beside = first * (1.0 + 1e-9 * np.random.default_rng(8).normal(size=first.shape))

    for second in (3.0 * first, beside):
        panel = panel_from(np.hstack([first, second]))
        found = signals_of("pairsTrading", panel, CASES["pairsTrading"][0])
        assert (found[8:] == 0.0).all()


def plain_score(r: Floats, f: Floats) -> tuple[float, float]:
    """The persistence and the s-score from the definition, NaN without a reversion in time."""
    bars = r.size
    slope, drift = np.polyfit(f, r, 1)
    rest = r - drift - slope * f
    process = np.concatenate([[0.0], np.cumsum(rest)])
    persistence, shift = np.polyfit(process[:-1], process[1:], 1)
    if not 0.0 < persistence < math.exp(-2.0 / bars):
        return persistence, math.nan
    noise = process[1:] - persistence * process[:-1] - shift
    mean = shift / (1.0 - persistence)
    deviation = math.sqrt(np.sum(noise**2) / (bars - 2) / (1.0 - persistence**2))
    return persistence, float((process[-1] - mean) / deviation)


@pytest.mark.parametrize(
    ("bars", "wave", "lowest", "highest"),
    [(5, 0.0, -9.0, 0.0), (12, 0.0, 0.0, 0.8), (30, 0.1, math.exp(-2.0 / 30), 1.0)],
)
def test_stat_arb_trades_the_score_of_the_residual(
    bars: int, wave: float, lowest: float, highest: float
) -> None:
    panel = made_panel(250, 4, 9, holes=0.08)
    swings = np.cumprod(1.0 + wave * np.sin(np.arange(250) / 8.0))  # of a slow residual
    panel = panel_from(panel.close * np.column_stack([swings, np.ones((250, 3))]))
    entry, leave = 0.4, 0.1
    persistences = []
    last = np.full(4, np.nan)
    market = np.full(250, np.nan)
    for t in range(250):
        moves = [
            panel.close[t, s] / last[s] - 1.0
            for s in range(4)
            if not np.isnan(panel.close[t, s] + last[s])
        ]
        market[t] = np.mean(moves) if moves else np.nan
        last = np.where(np.isnan(panel.close[t]), last, panel.close[t])

    found = signals_of(
        "statArb", panel, {"lookbackBars": bars, "entryScore": entry, "exitScore": leave}
    )

    for place in range(4):
        rows, close = own(panel, place)
        returns = close[1:] / close[:-1] - 1.0
        held = 0.0
        assert np.isnan(found[rows[:bars], place]).all()
        for i in range(bars, rows.size):
            own_market = market[rows[i - bars + 1 : i + 1]]
            persistence, score = plain_score(returns[i - bars : i], own_market)
            persistences.append(persistence)
            held = 0.0 if math.isnan(score) else side(held, score, entry, leave)
            assert found[rows[i], place] == held
    assert set(np.unique(found[~np.isnan(found)])) == {-1.0, 0.0, 1.0}
    assert any(lowest < persistence < highest for persistence in persistences)


def test_stat_arb_leaves_alone_what_moves_with_the_market() -> None:
    one = made_panel(80, 1, 10).close
    beside = one * (1.0 + 1e-9 * np.random.default_rng(10).normal(size=one.shape))

    for other in (7.0 * one, beside):
        panel = panel_from(np.hstack([one, 2.0 * one, other]))
        found = signals_of("statArb", panel, CASES["statArb"][0])
        assert (found[12:] == 0.0).all()


def test_market_neutral_is_how_far_a_symbol_is_behind_the_market() -> None:
    panel = made_panel(120, 4, 11, holes=0.1)

    found = signals_of("marketNeutral", panel, {"lookbackBars": 5})

    growth = np.full(panel.close.shape, np.nan)
    for place in range(4):
        rows, close = own(panel, place)
        growth[rows[5:], place] = close[5:] / close[:-5]
    known = ~np.isnan(growth).all(axis=1)
    want = np.nanmean(growth[known], axis=1)[:, None] - growth[known]
    np.testing.assert_allclose(found[known], want, rtol=0, atol=1e-14)
    np.testing.assert_allclose(np.nansum(found, axis=1), 0.0, atol=1e-14)


def test_market_neutral_wants_nothing_of_symbols_that_move_alike() -> None:
    one = made_panel(30, 1, 12).close

    found = signals_of("marketNeutral", panel_from(np.hstack([one, 3 * one])), {"lookbackBars": 2})

    assert (found[2:] == 0.0).all()


def test_managed_volatility_is_slow_over_fast_variance() -> None:
    panel = made_panel(150, 3, 13, holes=0.1)

    found = signals_of("volatilityTrading", panel, CASES["volatilityTrading"][0])

    seen = set()
    for place in range(3):
        rows, close = own(panel, place)
        returns = close[1:] / close[:-1] - 1.0
        assert np.isnan(found[rows[:11], place]).all()
        for i in range(11, rows.size):
            fast = np.std(returns[i - 4 : i], ddof=1)
            slow = np.std(returns[i - 11 : i], ddof=1)
            calm = fast <= 1.1 * slow
            want = min((slow / fast) ** 2, 100.0) * (1.0 if calm else -1.0)
            assert found[rows[i], place] == pytest.approx(want, rel=1e-10)
            seen.add(calm)
    assert seen == {True, False}


def test_managed_volatility_is_bounded_where_prices_stand_still() -> None:
    moving = made_panel(20, 1, 14).close[:, 0]
    close = np.concatenate([moving, np.full(30, moving[-1])])[:, None]

    found = signals_of("volatilityTrading", panel_from(close), CASES["volatilityTrading"][0])

    assert found[24, 0] == 100.0
    assert found[-1, 0] == 1.0


def test_carry_is_the_yearly_yield_less_the_risk_free_rate() -> None:
    panel = made_panel(80, 3, 15, holes=0.1)
    assert panel.dividend is not None

    found = signals_of("carry", panel, {"lookbackBars": 10}, riskFreeRatio=0.03)

    for place in range(3):
        rows, close = own(panel, place)
        paid = panel.dividend[rows, place]
        assert np.isnan(found[rows[:9], place]).all()
        for i in range(9, rows.size):
            want = float(np.sum(paid[i - 9 : i + 1])) / close[i] * PERIODS / 10 - 0.03
            assert found[rows[i], place] == pytest.approx(want, rel=1e-12, abs=1e-15)


def test_carry_at_the_risk_free_rate_is_flat() -> None:
    panel = panel_from(np.full((4, 1), 3.0), dividend=np.full((4, 1), 0.001))
    rate = 0.001 / 3.0 * 252.0

    at_it = signals_of("carry", panel, {"lookbackBars": 3}, riskFreeRatio=rate)
    below = signals_of("carry", panel, {"lookbackBars": 3}, riskFreeRatio=rate * (1 + 1e-9))

    assert (at_it[2:] == 0.0).all()
    assert (below[2:] < 0.0).all()


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_split_moves_no_signal_when_corporate_actions_are_applied(name: str) -> None:
    parameters, symbols = CASES[name]
    whole = made_panel(80, symbols, 16)
    assert whole.dividend is not None
    factor = np.where(np.arange(80) < 40, 1.0, 4.0)[:, None]  # powers of two lose no bit
    ratio = np.ones(whole.close.shape)
    ratio[40] = 4.0
    raw = panel_from(whole.close / factor, dividend=whole.dividend / factor, split_ratio=ratio)
    plain = panel_from(whole.close, dividend=whole.dividend, split_ratio=np.ones(ratio.shape))
    applied = {"corporateActions": "CORPORATE_ACTIONS_APPLIED"}

    found = signals_of(name, raw, parameters, **applied)

    np.testing.assert_array_equal(found, signals_of(name, plain, parameters, **applied))
    if name != "buyAndHold":
        assert not np.array_equal(found, signals_of(name, raw, parameters), equal_nan=True)


def test_a_symbol_with_too_few_bars_has_no_signal_and_changes_nothing_else() -> None:
    panel = made_panel(40, 3, 19)
    late = panel.close.copy()
    late[:35, 2] = np.nan

    found = signals_of("trendFollowing", panel_from(late), CASES["trendFollowing"][0])

    whole = signals_of("trendFollowing", panel, CASES["trendFollowing"][0])
    assert np.isnan(found[:, 2]).all()
    np.testing.assert_array_equal(found[:, :2], whole[:, :2])
    assert not np.isnan(found[7:, :2]).any()


@pytest.mark.parametrize("symbols", [1, 15, 16, 17, 40])
def test_many_symbols_are_each_as_one_alone(symbols: int) -> None:
    panel = made_panel(60, symbols, 20, holes=0.1)

    found = signals_of("meanReversion", panel, CASES["meanReversion"][0])

    for place in range(symbols):
        alone = panel_from(panel.close[:, [place]])
        one = signals_of("meanReversion", alone, CASES["meanReversion"][0])
        np.testing.assert_array_equal(found[:, [place]], one)
