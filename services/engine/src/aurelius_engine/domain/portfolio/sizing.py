"""Target positions of every sizing and schedule. docs/explanation/sizing.md says each rule."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.core.decisions import Decisions
from aurelius_engine.domain.errors import RunCancelled, SpecContradiction
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.portfolio import shares as sharing
from aurelius_engine.domain.portfolio.ranks import ranks_at
from aurelius_engine.domain.portfolio.schedules import due_steps
from aurelius_engine.domain.portfolio.shares import Bars, Rule, new_state, shares
from aurelius_engine.domain.portfolio.sides import sides_at, sides_on_change
from aurelius_engine.domain.portfolio.signal_weights import (
    DOLLAR_NEUTRAL,
    GROSS,
    NONE,
    signal_weights,
)
from aurelius_engine.domain.portfolio.tables import Table
from aurelius_engine.domain.spec import BacktestSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NORMALISATIONS = {
    "NORMALISATION_NONE": NONE,
    "NORMALISATION_GROSS": GROSS,
    "NORMALISATION_DOLLAR_NEUTRAL": DOLLAR_NEUTRAL,
}
_METHODS = {
    "equalWeight": sharing.EQUAL_WEIGHT,
    "inverseVolatility": sharing.INVERSE_VOLATILITY,
    "volatilityTarget": sharing.VOLATILITY_TARGET,
    "kellyFraction": sharing.KELLY_FRACTION,
}
_DAY_NS = 86_400_000_000_000
# How long a symbol without a bar counts as it was at its last one: longer than any
# closure of an exchange, and three bars of the longer intervals.
_FRESH_NS = {"WEEK": 21 * _DAY_NS, "MONTH": 93 * _DAY_NS}
_FRESH_MOST_NS = 14 * _DAY_NS
# Between two questions whether to stop: values that are read, some tenths of a second.
_BLOCK_VALUES = 1 << 27


def refuse_contradictions(spec: BacktestSpec) -> None:
    """Refuses a sizing that the direction excludes.

    Raises:
        SpecContradiction: The sizing sells short and the direction does not.
    """
    if spec.long_short:
        return
    parameters = spec.sizing.parameters
    if spec.sizing.name == "rank" and spec.sizing.bars("bottomCount") > 0:
        short, allowed = "rank.bottom_count is above 0", "0, or DIRECTION_LONG_SHORT"
        found: str | int = spec.sizing.bars("bottomCount")
    elif parameters.get("normalisation") == "NORMALISATION_DOLLAR_NEUTRAL":
        short = "signal_weights.normalisation is NORMALISATION_DOLLAR_NEUTRAL"
        found, allowed = "NORMALISATION_DOLLAR_NEUTRAL", "another, or DIRECTION_LONG_SHORT"
    else:
        return
    raise SpecContradiction(
        f"{short}, which sells short, and the direction is DIRECTION_LONG_FLAT",
        found=found,
        allowed=allowed,
    )


def decisions(
    spec: BacktestSpec,
    panel: Panel,
    signals: Floats,
    periods_per_year: float,
    should_stop: Callable[[], bool] = lambda: False,
) -> Decisions:
    """Returns the target positions of a run.

    A target at a step rests on nothing after it. No symbol has one where it has no bar.

    Args:
        spec: Resolved.
        panel: Of the run.
        signals: Shape (n_steps, n_symbols): the sign is a side, the size a score; NaN
            where there is none.
        periods_per_year: Bars of a year, above 0.
        should_stop: Whether to give up, asked now and then.

    Raises:
        SpecContradiction: See `refuse_contradictions`.
        RunCancelled: `should_stop` said so.
    """
    refuse_contradictions(spec)
    name, on_change = spec.sizing.name, spec.rebalance.schedule == "ON_CHANGE"
    signals, close = np.ascontiguousarray(signals), np.ascontiguousarray(panel.close)
    due = None if on_change else due_steps(spec.rebalance, panel.times, signals)
    if name in ("equityFraction", "fixedUnits"):
        return _sides(spec, signals, close, due)
    if name == "rank":
        every = np.arange(panel.times.size) if due is None else due
        top, bottom = spec.sizing.bars("topCount"), spec.sizing.bars("bottomCount")
        gross = spec.sizing.number("grossRatio")
        return _decisions(ranks_at(signals, close, every, top, bottom, gross, not on_change))
    marked = np.zeros(0 if due is None else panel.times.size, np.bool_)
    if due is not None:
        marked[due] = True
    fresh = _FRESH_NS.get(spec.bar_interval, _FRESH_MOST_NS)
    if name == "signalWeights":
        kind = _NORMALISATIONS[spec.sizing.parameters["normalisation"]]
        gross, times = spec.sizing.number("grossRatio"), panel.times
        long_short = spec.long_short
        return _decisions(
            signal_weights(signals, close, times, marked, long_short, kind, gross, fresh)
        )
    return _shared(spec, panel, signals, marked, _rule(spec, periods_per_year, fresh), should_stop)


def _sides(spec: BacktestSpec, signals: Floats, close: Floats, due: Ints | None) -> Decisions:
    in_units = spec.sizing.name == "fixedUnits"
    if in_units:
        size = spec.sizing.number("units")
    else:
        size = spec.sizing.number("ratio") / signals.shape[1]
    if due is None:
        table = sides_on_change(signals, close, spec.long_short, size)
    else:
        table = sides_at(signals, close, due, spec.long_short, size)
    return _decisions(table, in_units=in_units)


def _rule(spec: BacktestSpec, periods_per_year: float, fresh_ns: int) -> Rule:
    sizing, name = spec.sizing, spec.sizing.name
    if name in ("equalWeight", "inverseVolatility"):
        scale = sizing.number("grossRatio")
    elif name == "volatilityTarget":
        scale = sizing.number("annualVolatilityRatio") / math.sqrt(periods_per_year)
    else:
        scale = sizing.number("fraction")
    return Rule(
        method=_METHODS[name],
        long_short=spec.long_short,
        scale=scale,
        cap=float(sizing.parameters.get("maxRatio", math.inf)),
        lookback=int(sizing.parameters.get("lookbackBars", 0)),
        fresh_ns=fresh_ns,
    )


def _shared(
    spec: BacktestSpec,
    panel: Panel,
    signals: Floats,
    marked: NDArray[np.bool_],
    rule: Rule,
    should_stop: Callable[[], bool],
) -> Decisions:
    none = np.empty((0, 0))
    dividend, split_ratio = panel.dividend, panel.split_ratio
    if not spec.actions_applied or dividend is None or split_ratio is None:
        dividend = split_ratio = none
    bars = Bars(
        times=panel.times,
        close=np.ascontiguousarray(panel.close),
        dividend=np.ascontiguousarray(dividend),
        split_ratio=np.ascontiguousarray(split_ratio),
    )
    state = new_state(rule, bars)
    steps, width = signals.shape
    block = max(1, _BLOCK_VALUES // (width * (rule.lookback + 1)))
    tables: list[Table] = []
    for first in range(0, steps, block):
        if should_stop():
            raise RunCancelled("a caller cancelled the run")
        end = min(first + block, steps)
        tables.append(shares(signals, bars, marked, rule, state, first, end))
    if len(tables) == 1:
        return _decisions(tables[0])
    at, symbols, targets = zip(*tables, strict=True)
    return _decisions((np.concatenate(at), np.concatenate(symbols), np.concatenate(targets)))


def _decisions(table: Table, *, in_units: bool = False) -> Decisions:
    steps, symbols, targets = table
    return Decisions(step=steps, symbol=symbols, target=targets, in_units=in_units)
