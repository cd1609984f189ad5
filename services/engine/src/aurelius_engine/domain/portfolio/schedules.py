"""At which closes a run rebalances. docs/explanation/sizing.md."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.spec import Rebalance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DAY_NS = 86_400_000_000_000


def due_steps(rebalance: Rebalance, times: Ints, signals: Floats) -> Ints:
    """Returns the steps at whose close a schedule rebalances, rising.

    Args:
        rebalance: With any schedule but ON_CHANGE.
        times: Shape (n_steps,), int64 ns UTC, rising.
        signals: Shape (n_steps, n_symbols), NaN for none; the schedule starts at the
            first step that has one.
    """
    first = _first_signal(signals)
    if rebalance.schedule == "EVERY_BARS":
        return np.arange(first, times.size, rebalance.interval_bars, dtype=np.int64)
    return _first_of_periods(times, first, rebalance.schedule == "MONTHLY")


@compiled
def _first_signal(signals: Floats) -> int:
    for t in range(signals.shape[0]):
        for j in range(signals.shape[1]):
            if signals[t, j] == signals[t, j]:
                return t
    return int(signals.shape[0])


@compiled
def _first_of_periods(times: Ints, first: int, monthly: bool) -> Ints:
    due = np.empty(times.size, np.int64)
    count, end = 0, 0
    for t in range(first, times.size):
        if count == 0 or times[t] >= end:
            day = int(times[t] // _DAY_NS)
            # 1970-01-01 was a Thursday: weeks from Monday end 4 days after a multiple of 7.
            end = (_month_end(day) if monthly else (day + 3) // 7 * 7 + 4) * _DAY_NS
            due[count] = t
            count += 1
    return due[:count]


@compiled
def _month_end(day: int) -> int:
    """Returns the first day of the month after that of a day, both counted from 1970-01-01.

    Years are counted from March, so that the leap day is their last; Richards (2013).
    """
    shifted = day + 719_468  # from 0000-03-01
    era = shifted // 146_097
    of_era = shifted - era * 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153 + 1  # the next one, 0 is March
    if month == 12:
        year, month = year + 1, 0
    start = 365 * year + year // 4 - year // 100 + year // 400
    return era * 146_097 + start + (153 * month + 2) // 5 - 719_468
