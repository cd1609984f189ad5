"""Where bars are expected: the interval of a table, and the sessions, weeks or months of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.quality.rows import DAY_NS, MINUTE_NS, Clock, Codes, local, reset
from aurelius_engine.domain.sessions import Sessions

Ints = NDArray[np.int64]

UNKNOWN, IRREGULAR, DAY, WEEK, MONTH = "UNKNOWN", "IRREGULAR", "DAY", "WEEK", "MONTH"
_DAY_MINUTES = 1440
_LONGEST = 62 * _DAY_MINUTES
# Gaps of each class, in minutes: from, and below.
_CLASSES = {
    DAY: (720, 4 * _DAY_MINUTES),
    WEEK: (4 * _DAY_MINUTES, 14 * _DAY_MINUTES),
    MONTH: (20 * _DAY_MINUTES, _LONGEST),
}
# Of the gaps below half a day so many must be of the most frequent length.
_FEWEST_OF_STEP = 0.2


class Grid(NamedTuple):
    """The periods that one bar, or `slots` bars, of each symbol are expected in.

    Attributes:
        first_day: Of `place`, in days since 1970.
        place: The period of each day, or -1: no session.
        start: Of each period its first session, in days since 1970.
        month: Of each period, 12 * year + month - 1 of that day.
        opens: Minutes of the local day at which the period's session begins.
        closes: At which it ends.
        slots: Bars that it has.
        step: Minutes of a bar; 0: one bar in a period.
        label: Minutes after its begin at which a bar is labelled: 0 or `step`.
        least: Minutes that most gaps have at least.
        limit: Minutes that most gaps stay below.
        dated: Whether times may be dates.
        single: Whether a period has one bar.
    """

    first_day: int
    place: Codes
    start: Ints
    month: Ints
    opens: Ints
    closes: Ints
    slots: Ints
    step: int
    label: int
    least: int
    limit: int
    dated: bool
    single: bool


def interval_of(time: Ints, codes: Codes, symbols: int) -> tuple[str, int]:
    """Returns the interval of a table's bars, and its minutes where it is below half a day.

    The class that most gaps between the bars of a symbol are of; below half a day the most
    frequent length in whole minutes, the shorter of two.
    """
    gaps = _gaps(time, codes, symbols)
    if not gaps.any():
        return UNKNOWN, 0
    counts = {"MINUTES": int(gaps[:720].sum())}
    counts |= {name: int(gaps[low:high].sum()) for name, (low, high) in _CLASSES.items()}
    name = max(counts, key=lambda key: counts[key])
    if counts[name] == 0:
        return IRREGULAR, 0
    if name != "MINUTES":
        return name, 0
    step = int(np.argmax(gaps[:720]))
    if step == 0 or gaps[step] < _FEWEST_OF_STEP * counts[name]:
        return IRREGULAR, 0
    return f"{step}_MINUTES", step


@compiled
def _gaps(time: Ints, codes: Codes, symbols: int) -> Ints:
    """Returns how many gaps have each length in whole minutes; longer ones are the last."""
    counts = np.zeros(_LONGEST + 1, np.int64)
    last, seen = np.zeros(symbols, np.int64), np.zeros(symbols, np.bool_)
    for i in range(time.size):
        s = codes[i]
        if seen[s]:
            gap = time[i] - last[s]
            # Of centuries the difference overflows and is negative.
            counts[min(gap // MINUTE_NS, _LONGEST) if gap >= 0 else _LONGEST] += 1
        last[s], seen[s] = time[i], True
    return counts


def grid_of(sessions: Sessions, interval: str, step: int, time: Ints, clock: Clock) -> Grid:
    """Returns the periods of an interval.

    Args:
        sessions: Of the calendar.
        interval: As of `interval_of`.
        step: Its minutes.
        time: The table's, to see whether bars are labelled at their begin or their end.
        clock: Of the calendar's zone.
    """
    starts, place = _periods(sessions, interval)
    span = sessions.closes - sessions.opens
    slots = -(-span // step) if step else np.ones(starts.size, np.int64)
    least, limit = _CLASSES.get(interval, (step, 720) if step else (0, _LONGEST + 1))
    within_day = step > 0 or interval == IRREGULAR
    chosen = np.searchsorted(sessions.days, starts)
    return Grid(
        first_day=sessions.first_day,
        place=place,
        start=starts,
        month=_months(starts),
        opens=sessions.opens[chosen],
        closes=sessions.closes[chosen],
        slots=slots,
        step=step,
        label=step if step and _labelled_at_end(sessions, step, time, clock) else 0,
        least=least,
        limit=limit,
        dated=not within_day,
        single=not within_day,
    )


def _periods(sessions: Sessions, interval: str) -> tuple[Ints, Codes]:
    """Returns the first session of each period, and the period of each day that is known."""
    every = np.arange(sessions.first_day, sessions.last_day + 1, dtype=np.int64)
    if interval not in (WEEK, MONTH):
        place = np.full(every.size, -1, np.int32)
        place[sessions.days - sessions.first_day] = np.arange(sessions.days.size, dtype=np.int32)
        return sessions.days, place
    # Day 0 was a Thursday: weeks begin on Mondays.
    numbers = (every + 3) // 7 if interval == WEEK else _months(every)
    of_sessions = numbers[sessions.days - sessions.first_day]
    known, firsts = np.unique(of_sessions, return_index=True)
    place = np.searchsorted(known, numbers).astype(np.int32)
    found = np.isin(numbers, known)
    return sessions.days[firsts], np.where(found, place, np.int32(-1))


def _months(days: Ints) -> Ints:
    """Returns 12 * year + month - 1 of days since 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) + 1970 * 12


def regular_hours(sessions: Sessions, first_day: int, last_day: int) -> tuple[int, int]:
    """Returns the most frequent open and close of the sessions of some days."""
    within = (sessions.days >= first_day) & (sessions.days <= last_day)
    if not within.any():
        within[:] = True
    hours = sessions.opens[within] * 2048 + sessions.closes[within]
    found, counts = np.unique(hours, return_counts=True)
    chosen = int(found[np.argmax(counts)])
    return chosen // 2048, chosen % 2048


def _labelled_at_end(sessions: Sessions, step: int, time: Ints, clock: Clock) -> bool:
    """Whether bars lie on the regular close, and none on the open or a step after the close."""
    opened, closed = regular_hours(sessions, int(time[0]) // DAY_NS, int(time[-1]) // DAY_NS)
    minutes = _minutes(time, clock)
    on_open, on_close, after = (
        int(minutes[minute % _DAY_MINUTES]) for minute in (opened, closed, closed + step)
    )
    return on_open == 0 and on_close > 0 and after == 0


@compiled
def _minutes(time: Ints, clock: Clock) -> Ints:
    """Returns how many bars lie in each minute of the local day."""
    counts = np.zeros(1440, np.int64)
    reset(clock)
    for i in range(time.size):
        _, minute = local(clock, time[i])
        counts[minute] += 1
    return counts
