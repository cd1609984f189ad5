"""Times against the clock of the venue: whole hours, days and daylight saving off."""

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled, compiled_without_memory
from aurelius_engine.domain.quality.checks import place_of
from aurelius_engine.domain.quality.findings import Findings, end_run, extend, tell
from aurelius_engine.domain.quality.grid import DAY, Grid
from aurelius_engine.domain.quality.policy import QualityPolicy
from aurelius_engine.domain.quality.rows import DAY_NS, Clock, Rows, local, reset

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_TIME_ZONE_SHIFT = place_of("time_zone_shift")
_DAYLIGHT_SAVING_SHIFT = place_of("daylight_saving_shift")
_ODD_LABEL = place_of("odd_label")
_DAY_MINUTES = 1440
_NO_SHIFT = 99


def walk_zones(
    findings: Findings,
    time: Ints,
    rows: Rows,
    grid: Grid,
    clock: Clock,
    policy: QualityPolicy,
    *,
    interval: str,
    hours: tuple[int, int],
) -> None:
    """Looks for times that were written in another zone.

    Args:
        findings: Where they go.
        time: The table's.
        rows: Of its symbols.
        grid: Of the interval.
        clock: Of the calendar's zone.
        policy: The thresholds.
        interval: Of the table.
        hours: The regular open and close, in minutes of the local day.
    """
    limits = (policy.zone_misfit_ratio, policy.zone_fit_ratio, float(policy.zone_min_bars))
    within = (clock.pairs[:, 0] <= time[-1]) & (np.append(clock.pairs[1:, 0], time[-1]) >= time[0])
    standard = int(clock.pairs[within, 1].min(initial=int(clock.pairs[-1, 1])))
    if interval == DAY:
        _dates(findings, time, rows, grid, clock, hours, standard, limits)
    elif grid.step and hours[1] - hours[0] < _DAY_MINUTES:
        labels = (hours[0] + grid.label, hours[1] + grid.label)
        _hours(findings, time, rows, clock, labels, standard, limits)


@compiled
def _hours(
    findings: Findings,
    time: Ints,
    rows: Rows,
    clock: Clock,
    hours: tuple[int, int],
    standard: int,
    limits: tuple[float, float, float],
) -> None:
    """Compares the minutes of each symbol with those of labels, summer and winter apart."""
    minutes = np.zeros((2, _DAY_MINUTES), np.int64)
    spans = np.zeros((2, 3), np.int64)
    for symbol in range(rows.starts.size - 1):
        begin, end = rows.starts[symbol], rows.starts[symbol + 1]
        minutes[:] = 0
        spans[:] = 0
        reset(clock)
        for k in range(begin, end):
            now = time[rows.order[k]]
            _, minute = local(clock, now)
            season = 1 if clock.state[3] != standard else 0
            minutes[season, minute] += 1
            if spans[season, 2] == 0:
                spans[season, 0] = now
            spans[season, 1] = now
            spans[season, 2] += 1
        winter = _best_shift(minutes[0], spans[0, 2], hours, limits)
        summer = _best_shift(minutes[1], spans[1, 2], hours, limits)
        if winter != _NO_SHIFT and summer != _NO_SHIFT and winter != summer:
            season = 0 if winter != 0 else 1
            first, last, count = spans[season, 0], spans[season, 1], spans[season, 2]
            hour = float(winter if season == 0 else summer)
            tell(findings, _DAYLIGHT_SAVING_SHIFT, symbol, first, last, count, hour, 0.0)
            continue
        shift = winter if winter != _NO_SHIFT else summer
        if shift not in (0, _NO_SHIFT):
            first, last = time[rows.order[begin]], time[rows.order[end - 1]]
            tell(findings, _TIME_ZONE_SHIFT, symbol, first, last, end - begin, float(shift), 0.0)


@compiled
def _best_shift(
    minutes: Ints, count: int, hours: tuple[int, int], limits: tuple[float, float, float]
) -> int:
    """Returns the hours to add so that the bars fit the session; 0 where they fit as they are."""
    misfit, fit, fewest = limits
    if count < fewest:
        return _NO_SHIFT
    if _inside(minutes, hours, 0) >= misfit * count:
        return 0
    for size in range(1, 13):
        for shift in (-size, size):
            if _inside(minutes, hours, shift) >= fit * count:
                return shift
    return _NO_SHIFT


@compiled_without_memory
def _inside(minutes: Ints, hours: tuple[int, int], shift: int) -> int:
    """Returns the bars within the session after a shift by hours."""
    found = 0
    for minute in range(hours[0], hours[1]):
        found += minutes[(minute - 60 * shift) % _DAY_MINUTES]
    return found


@compiled
def _dates(
    findings: Findings,
    time: Ints,
    rows: Rows,
    grid: Grid,
    clock: Clock,
    hours: tuple[int, int],
    standard: int,
    limits: tuple[float, float, float],
) -> None:
    """Compares the dates of daily bars with sessions, and their times with labels of one."""
    # Bars of winter and summer; odd ones of either; those an hour off; fits by a day's shift.
    counts = np.zeros(9, np.int64)
    for symbol in range(rows.starts.size - 1):
        begin, end = rows.starts[symbol], rows.starts[symbol + 1]
        counts[:] = 0
        reset(clock)
        first_odd = last_odd = hour = 0
        for k in range(begin, end):
            now = time[rows.order[k]]
            day, minute = local(clock, now)
            for away in range(-1, 2):
                counts[7 + away] += _is_session(grid, day + away)
            if now % DAY_NS == 0:
                continue
            season = 1 if clock.state[3] != standard else 0
            counts[season] += 1
            if _is_label(grid, day, minute, hours):
                continue
            first_odd = now if counts[2] + counts[3] == 0 else first_odd
            last_odd = now
            counts[2 + season] += 1
            for shift in (-1, 1):
                if _is_label(grid, day, (minute + 60 * shift) % _DAY_MINUTES, hours):
                    counts[4] += 1
                    hour = shift
                    break
        odd = counts[2] + counts[3]
        season = 0 if counts[2] else 1
        whole = odd == counts[4] and odd == counts[2 + season] == counts[season]
        if odd > 0 and whole and counts[1 - season] > 0:
            hours_off = float(hour)
            tell(findings, _DAYLIGHT_SAVING_SHIFT, symbol, first_odd, last_odd, odd, hours_off, 0.0)
        elif odd > 0:
            _tell_odd(findings, symbol, time, rows, grid, clock, hours)
        _judge_days(findings, symbol, time, rows, counts[6:9], limits)


@compiled
def _tell_odd(
    findings: Findings,
    symbol: int,
    time: Ints,
    rows: Rows,
    grid: Grid,
    clock: Clock,
    hours: tuple[int, int],
) -> None:
    """Tells of each run of bars whose times are no label of a session."""
    reset(clock)
    for k in range(rows.starts[symbol], rows.starts[symbol + 1]):
        now = time[rows.order[k]]
        day, minute = local(clock, now)
        if now % DAY_NS == 0 or _is_label(grid, day, minute, hours):
            end_run(findings, _ODD_LABEL, symbol, 1)
        else:
            extend(findings, _ODD_LABEL, now)
    end_run(findings, _ODD_LABEL, symbol, 1)


@compiled
def _judge_days(
    findings: Findings,
    symbol: int,
    time: Ints,
    rows: Rows,
    by_day: Ints,
    limits: tuple[float, float, float],
) -> None:
    """Tells of dates that are sessions once a day is added or taken away."""
    misfit, fit, fewest = limits
    begin, end = rows.starts[symbol], rows.starts[symbol + 1]
    count = end - begin
    if count < fewest or by_day[1] >= misfit * count:
        return
    for away in (-1, 1):
        if by_day[1 + away] >= fit * count:
            first, last = time[rows.order[begin]], time[rows.order[end - 1]]
            tell(findings, _TIME_ZONE_SHIFT, symbol, first, last, count, 24.0 * away, 0.0)
            return


@compiled_without_memory
def _is_session(grid: Grid, day: int) -> bool:
    place = day - grid.first_day
    return bool(0 <= place < grid.place.size and grid.place[place] >= 0)


@compiled_without_memory
def _is_label(grid: Grid, day: int, minute: int, hours: tuple[int, int]) -> bool:
    """Whether a minute is midnight, or the open or close of the day's or a regular session."""
    if minute == 0 or minute == hours[0] or minute == hours[1]:
        return True
    place = day - grid.first_day
    if place < 0 or place >= grid.place.size or grid.place[place] < 0:
        return False
    period = grid.place[place]
    return bool(minute == grid.opens[period] or minute == grid.closes[period])
