"""Each template over a panel: its parameters, the columns it reads, its kernel.

Every function takes the resolved specification, the panel with comparable prices, the bars
of a year and `should_stop`, and returns signals as __init__.py states them.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain import errors
from aurelius_engine.domain.fixed_math import fixed_exp
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import BacktestSpec
from aurelius_engine.domain.strategies import (
    classifier,
    residuals,
    reversion,
    trend,
    volatility,
)
from aurelius_engine.domain.strategies.prices import by_symbol, refuse_stopped
from aurelius_engine.domain.universe import members_only

Floats = NDArray[np.float64]
Stop = Callable[[], bool]


def buy_and_hold(spec: BacktestSpec, panel: Panel, periods: float, should_stop: Stop) -> Floats:
    """Long at every bar."""
    kernel = trend.buy_and_hold
    return by_symbol(panel.close, [panel.close], lambda close: kernel(close), should_stop)


def ts_momentum(spec: BacktestSpec, panel: Panel, periods: float, should_stop: Stop) -> Floats:
    """The past return."""
    lookback = spec.strategy.bars("lookbackBars")
    return by_symbol(
        panel.close,
        [panel.close],
        lambda close: trend.ts_momentum(close, lookback),
        should_stop,
    )


def trend_following(spec: BacktestSpec, panel: Panel, periods: float, should_stop: Stop) -> Floats:
    """The side of the fast moving average."""
    fast, slow = spec.strategy.bars("fastBars"), spec.strategy.bars("slowBars")
    return by_symbol(
        panel.close,
        [panel.close],
        lambda close: trend.trend_following(close, fast, slow),
        should_stop,
    )


def mean_reversion(spec: BacktestSpec, panel: Panel, periods: float, should_stop: Stop) -> Floats:
    """The side against the z-score."""
    bars = spec.strategy.bars("lookbackBars")
    entry, leave = spec.strategy.number("entryZscore"), spec.strategy.number("exitZscore")
    return by_symbol(
        panel.close,
        [panel.close],
        lambda close: reversion.mean_reversion(close, bars, entry, leave),
        should_stop,
    )


def breakout(spec: BacktestSpec, panel: Panel, periods: float, should_stop: Stop) -> Floats:
    """The side of the last breakout."""
    entry, leave = spec.strategy.bars("entryBars"), spec.strategy.bars("exitBars")
    return by_symbol(
        panel.close,
        [panel.close, panel.high, panel.low],
        lambda close, high, low: trend.breakout(close, high, low, entry, leave),
        should_stop,
    )


def pairs_trading(spec: BacktestSpec, panel: Panel, periods: float, should_stop: Stop) -> Floats:
    """The two sides of the spread, on the bars that both symbols have.

    Raises:
        LookbackTooLong: The symbols have too few bars in common.
        RunCancelled: `should_stop` said so.
    """
    bars = spec.strategy.bars("lookbackBars")
    entry, leave = spec.strategy.number("entryZscore"), spec.strategy.number("exitZscore")
    refuse_stopped(should_stop)
    rows = np.flatnonzero(~np.isnan(panel.close[:, 0]) & ~np.isnan(panel.close[:, 1]))
    if rows.size < bars:
        raise errors.LookbackTooLong(
            f"pairsTrading needs {bars} common bars of its symbols, the window has {rows.size}",
            found=bars,
            allowed=f"at most {rows.size}",
            symbol=panel.symbols[1],
        )
    first, second = (np.ascontiguousarray(panel.close[rows, place]) for place in range(2))
    out = np.full(panel.close.shape, np.nan)
    out[rows] = reversion.pairs_trading(first, second, bars, entry, leave)
    reversion.held_between(out, panel.close)
    return out


def stat_arb(spec: BacktestSpec, panel: Panel, periods: float, should_stop: Stop) -> Floats:
    """The side against the residual's s-score."""
    bars = spec.strategy.bars("lookbackBars")
    entry, leave = spec.strategy.number("entryScore"), spec.strategy.number("exitScore")
    limit = fixed_exp(-2.0 / bars)  # the mean time of reversion is below half the look-back
    refuse_stopped(should_stop)
    market = np.repeat(
        residuals.market_returns(panel.close, members_only(panel.close, panel))[:, None],
        len(panel.symbols),
        axis=1,
    )
    return by_symbol(
        panel.close,
        [panel.close, market],
        lambda close, market: residuals.stat_arb(close, market, bars, entry, leave, limit),
        should_stop,
    )


def market_neutral(spec: BacktestSpec, panel: Panel, periods: float, should_stop: Stop) -> Floats:
    """The return of the market of the run less each symbol's."""
    bars = spec.strategy.bars("lookbackBars")
    growth = by_symbol(
        panel.close,
        [panel.close],
        lambda close: reversion.growth_ratio(close, bars),
        should_stop,
    )
    return reversion.market_neutral(members_only(growth, panel))


def volatility_trading(
    spec: BacktestSpec, panel: Panel, periods: float, should_stop: Stop
) -> Floats:
    """The slow variance over the fast one."""
    fast, slow = spec.strategy.bars("fastBars"), spec.strategy.bars("slowBars")
    exit_ratio = spec.strategy.number("exitRatio")
    return by_symbol(
        panel.close,
        [panel.close],
        lambda close: volatility.volatility_trading(close, fast, slow, exit_ratio),
        should_stop,
    )


def carry(spec: BacktestSpec, panel: Panel, periods: float, should_stop: Stop) -> Floats:
    """The dividend yield less the risk-free rate."""
    if panel.dividend is None:
        raise ValueError("refuse_unfit was not asked")
    bars, risk_free = spec.strategy.bars("lookbackBars"), spec.risk_free_ratio
    return by_symbol(
        panel.close,
        [panel.close, panel.dividend],
        lambda close, paid: volatility.carry(close, paid, bars, periods, risk_free),
        should_stop,
    )


def ml_classifier(spec: BacktestSpec, panel: Panel, periods: float, should_stop: Stop) -> Floats:
    """The lead of the probability of a higher close."""
    features, train = spec.strategy.bars("featureCount"), spec.strategy.bars("trainBars")
    retrain = spec.strategy.bars("retrainBars")
    margin, ridge = spec.strategy.number("marginRatio"), spec.strategy.number("ridgeRatio")
    return by_symbol(
        panel.close,
        [panel.close],
        lambda close: classifier.ml_classifier(
            close, features, train, retrain, margin, ridge, should_stop
        ),
        should_stop,
    )
