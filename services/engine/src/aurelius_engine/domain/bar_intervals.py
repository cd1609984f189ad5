"""Whether the bars of a window are as long as the specification says."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.calendars import INTERVAL_MINUTES, TRADED, Calendars
from aurelius_engine.domain.errors import BarIntervalMismatch
from aurelius_engine.domain.panel import Panel
from aurelius_engine.domain.spec import BacktestSpec

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MINUTE_NS = 60_000_000_000
_DAY_NS = 1440 * _MINUTE_NS
# What most gaps between the bars of a symbol must be: at least, and below.
_GAPS_NS = {
    "DAY": (_DAY_NS // 2, 4 * _DAY_NS),
    "WEEK": (4 * _DAY_NS, 14 * _DAY_NS),
    "MONTH": (20 * _DAY_NS, 62 * _DAY_NS),
    TRADED: (1, 2**63 - 1),
} | {
    name: (minutes * _MINUTE_NS, 2 * minutes * _MINUTE_NS)
    for name, minutes in INTERVAL_MINUTES.items()
}
_FEWEST_GAPS, _MOST_GAPS = 20, 256
_LENGTHS_NS = {"DAY": _DAY_NS, "WEEK": 7 * _DAY_NS, "MONTH": 31 * _DAY_NS, TRADED: 1} | {
    name: minutes * _MINUTE_NS for name, minutes in INTERVAL_MINUTES.items()
}


def periods_per_year(spec: BacktestSpec, calendars: Calendars) -> float:
    """Returns the bars of a year. Raises: CalendarMismatch: The calendar is not known."""
    return calendars.periods_per_year(
        spec.calendar, spec.calendar_version, spec.bar_interval, spec.bars_per_session
    )


def window_end(spec: BacktestSpec, panel: Panel) -> int:
    """Returns when a window is over, ns UTC: at its end, or a bar after its last bar began."""
    last = int(panel.times[-1]) + _LENGTHS_NS[spec.bar_interval]
    return last if spec.end_ns is None else min(last, spec.end_ns)


def refuse_other_interval(spec: BacktestSpec, panel: Panel) -> None:
    """Refuses data whose bars are clearly of another length than annualisation assumes.

    Of each symbol the first 256 gaps between its bars are looked at, if it has 20 or
    more. Most must be at least as long as an interval and shorter than two; daily bars
    half a day and four, weekly bars 4 days and 14, monthly bars 20 days and 62.

    Raises:
        BarIntervalMismatch: More than half of a symbol's gaps are too short, or too long.
    """
    least, limit = _GAPS_NS[spec.bar_interval]
    place = _misfit(panel.times, np.ascontiguousarray(panel.close), least, limit)
    if place < 0:
        return
    gaps = np.diff(panel.times[~np.isnan(panel.close[:, place])][: _MOST_GAPS + 1])
    middle = _length(int(np.sort(gaps)[gaps.size // 2]))
    raise BarIntervalMismatch(
        f"bar_interval is {spec.bar_interval} and the bars of {panel.symbols[place]} are "
        f"mostly {middle} apart",
        found=middle,
        allowed=f"at least {_length(least)}, below {_length(limit)}",
        symbol=panel.symbols[place],
    )


@compiled
def _misfit(times: Ints, close: Floats, least: int, limit: int) -> int:
    """Returns the first symbol of which most gaps are too short or too long, or -1."""
    for j in range(close.shape[1]):
        gaps = short = long = 0
        last = -1
        for t in range(times.size):
            if close[t, j] == close[t, j]:
                if last >= 0:
                    gap = times[t] - times[last]
                    gaps, short, long = gaps + 1, short + (gap < least), long + (gap >= limit)
                    if gaps == _MOST_GAPS:
                        break
                last = t
        if gaps >= _FEWEST_GAPS and 2 * max(short, long) > gaps:
            return j
    return -1


def _length(nanoseconds: int) -> str:
    """Returns a length of time in its largest whole unit."""
    for unit, size in (("day", _DAY_NS), ("minute", _MINUTE_NS), ("second", _MINUTE_NS // 60)):
        if nanoseconds % size == 0:
            count = nanoseconds // size
            return f"{count} {unit}" + ("" if count == 1 else "s")
    return f"{nanoseconds} ns"
