"""What each template wants at each close: +1 long, 0 out, -1 short. Causal by construction.

Every function takes one symbol's bars, oldest first, and returns an int8 array
of the same length; before the warm-up the target is 0. Only + - * / sqrt and
comparisons, in a fixed order. What is within 2**-40 of a mean is level with it:
nearer than that, the rounding of the sums would decide.
"""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.spec import Template

Floats = NDArray[np.float64]
Targets = NDArray[np.int8]

_LEVEL = 2.0**-40


@numba.njit(cache=True, nogil=True)
def _rolling_mean(x: Floats, bars: int) -> Floats:
    out = np.full(x.size, np.nan)
    total, lost = 0.0, 0.0  # Neumaier: what the additions lose is carried beside the sum
    for i in range(x.size):
        for j in range(2):
            if j == 1 and i < bars:
                break
            value = x[i] if j == 0 else -x[i - bars]
            new = total + value
            if abs(total) >= abs(value):
                lost += (total - new) + value
            else:
                lost += (value - new) + total
            total = new
        if i >= bars - 1:
            out[i] = (total + lost) / bars
    return out


@numba.njit(cache=True, nogil=True)
def _ts_momentum(close: Floats, lookback: int) -> Targets:
    out = np.zeros(close.size, dtype=np.int8)
    for i in range(lookback, close.size):
        past = close[i - lookback]
        out[i] = 1 if close[i] > past else (-1 if close[i] < past else 0)
    return out


@numba.njit(cache=True, nogil=True)
def _trend_following(close: Floats, fast: int, slow: int) -> Targets:
    out = np.zeros(close.size, dtype=np.int8)
    quick, steady = _rolling_mean(close, fast), _rolling_mean(close, slow)
    for i in range(slow - 1, close.size):
        gap, level = quick[i] - steady[i], steady[i] * _LEVEL
        if gap > level:
            out[i] = 1
        elif gap < -level:
            out[i] = -1
        elif i > 0:
            out[i] = out[i - 1]
    return out


@numba.njit(cache=True, nogil=True)
def _mean_reversion(close: Floats, lookback: int, entry: float, leave: float) -> Targets:
    out = np.zeros(close.size, dtype=np.int8)
    held = 0
    for i in range(lookback - 1, close.size):
        mean = 0.0
        for j in range(i - lookback + 1, i + 1):
            mean += close[j]
        mean /= lookback
        squares = 0.0
        for j in range(i - lookback + 1, i + 1):
            squares += (close[j] - mean) * (close[j] - mean)
        deviation = math.sqrt(squares / (lookback - 1))
        level = mean * _LEVEL
        if deviation > level:
            away = close[i] - mean
            score = away / deviation if abs(away) > level else 0.0
            if score <= -entry:
                held = 1
            elif score >= entry:
                held = -1
            elif (held == 1 and score >= -leave) or (held == -1 and score <= leave):
                held = 0
        out[i] = held
    return out


@numba.njit(cache=True, nogil=True)
def _breakout(close: Floats, high: Floats, low: Floats, entry: int, leave: int) -> Targets:
    out = np.zeros(close.size, dtype=np.int8)
    held = 0
    for i in range(max(entry, leave), close.size):
        top, bottom = high[i - 1], low[i - 1]
        for j in range(i - entry, i):
            top, bottom = max(top, high[j]), min(bottom, low[j])
        roof, floor = high[i - 1], low[i - 1]
        for j in range(i - leave, i):
            roof, floor = max(roof, high[j]), min(floor, low[j])
        if close[i] > top:
            held = 1
        elif close[i] < bottom:
            held = -1
        elif (held == 1 and close[i] < floor) or (held == -1 and close[i] > roof):
            held = 0
        out[i] = held
    return out


def targets(template: Template, *, close: Floats, high: Floats, low: Floats) -> Targets:
    """Returns what the template wants at each close of one symbol, int8 (n_bars,)."""
    if template.name == "buyAndHold":
        return np.ones(close.size, dtype=np.int8)
    if template.name == "tsMomentum":
        return _ts_momentum(close, template.bars("lookbackBars"))
    if template.name == "trendFollowing":
        return _trend_following(close, template.bars("fastBars"), template.bars("slowBars"))
    if template.name == "meanReversion":
        entry, leave = template.parameters["entryZscore"], template.parameters["exitZscore"]
        return _mean_reversion(close, template.bars("lookbackBars"), float(entry), float(leave))
    if template.name == "breakout":
        return _breakout(close, high, low, template.bars("entryBars"), template.bars("exitBars"))
    raise ValueError(f"template {template.name} has no logic")
