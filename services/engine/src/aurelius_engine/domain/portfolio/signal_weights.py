"""Targets that are the signals themselves, after a normalisation."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.portfolio.tables import LEVEL, Table, empty_table, told, with_room

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NONE, GROSS, DOLLAR_NEUTRAL = range(3)


@compiled
def signal_weights(
    signals: Floats,
    close: Floats,
    times: Ints,
    due: NDArray[np.bool_],
    long_short: bool,
    normalisation: int,
    gross: float,
    fresh_ns: int,
) -> Table:
    """Returns the targets of symbols with a bar.

    Args:
        signals: Shape (n_steps, n_symbols). What is not finite is no signal.
        close: Shape (n_steps, n_symbols), NaN where a symbol has no bar.
        times: Shape (n_steps,), int64 ns.
        due: Shape (n_steps,), the steps of a schedule, each with every target; or empty:
            at each step the targets that differ from the last.
        long_short: Whether weights below 0 are short, else they are 0.
        normalisation: NONE, GROSS or DOLLAR_NEUTRAL.
        gross: What the normalisations aim at.
        fresh_ns: How long a symbol without a bar counts with the signal of its last one.

    Returns:
        Steps, symbols and targets, by step, then symbol.
    """
    table, rows = empty_table(), 0
    width = signals.shape[1]
    scores, weights = np.full(width, np.nan), np.empty(width)
    seen, memory = np.zeros(width, np.int64), np.full(width, np.nan)
    for t in range(signals.shape[0]):
        news = t == 0  # whether any weight can differ from those of the step before
        for j in range(width):
            before = scores[j]
            if close[t, j] == close[t, j]:
                score = signals[t, j] if np.isfinite(signals[t, j]) else np.nan
                scores[j], seen[j] = score if long_short or not score < 0.0 else 0.0, times[t]
                news = news or close[t - 1, j] != close[t - 1, j]
            elif times[t] - seen[j] > fresh_ns:
                scores[j] = np.nan
            news = news or (scores[j] != before and (scores[j] == scores[j] or before == before))
        if (due.size and not due[t]) or (not due.size and not news):
            continue
        _normalise(scores, weights, normalisation, gross)
        for j in range(width):
            if close[t, j] != close[t, j]:
                weights[j] = np.nan
        if table[0].size < rows + width:
            table = with_room(table, rows + width)
        rows = told(table, rows, t, weights, memory, due.size > 0)
    return table[0][:rows], table[1][:rows], table[2][:rows]


@compiled
def _normalise(scores: Floats, weights: Floats, normalisation: int, gross: float) -> None:
    largest, count = 0.0, 0
    for j in range(scores.size):
        if scores[j] == scores[j]:
            largest, count = max(largest, abs(scores[j])), count + 1
    if largest == 0.0:
        weights[:] = 0.0
        return
    if normalisation == NONE:
        for j in range(scores.size):
            weights[j] = scores[j] + 0.0 if scores[j] == scores[j] else 0.0
        return
    for j in range(scores.size):  # as parts of the largest, which no sum can carry too far
        weights[j] = scores[j] / largest if scores[j] == scores[j] else 0.0
    if normalisation == DOLLAR_NEUTRAL:
        mean = _sum(weights, False) / count
        for j in range(scores.size):
            if scores[j] == scores[j]:
                away = weights[j] - mean
                weights[j] = away if abs(away) > LEVEL else 0.0
    total = _sum(weights, True)
    for j in range(scores.size):
        weights[j] = gross * (weights[j] / total) + 0.0 if total > 0.0 else 0.0


@compiled
def _sum(values: Floats, sizes: bool) -> float:
    """Returns the sum of values, or of their sizes; Neumaier (1974)."""
    total, lost = 0.0, 0.0
    for value in values:
        term = abs(value) if sizes else value
        new = total + term
        if abs(total) >= abs(term):
            lost += (total - new) + term
        else:
            lost += (term - new) + total
        total = new
    return total + lost
