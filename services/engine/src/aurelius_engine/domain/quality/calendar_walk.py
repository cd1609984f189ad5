"""Bars against the sessions of their calendar: gaps, strays, coverage by month."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled, compiled_without_memory
from aurelius_engine.domain.quality.checks import place_of
from aurelius_engine.domain.quality.findings import Findings, end_run, extend, tell
from aurelius_engine.domain.quality.grid import Grid
from aurelius_engine.domain.quality.policy import QualityPolicy
from aurelius_engine.domain.quality.rows import DAY_NS, MINUTE_NS, Clock, Rows, local, reset

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_CALENDAR_UNKNOWN = place_of("calendar_unknown")
_MISSING_SESSION = place_of("missing_session")
_MISSING_BAR = place_of("missing_bar")
_LOW_COVERAGE = place_of("low_coverage")
_LOST_SESSIONS = place_of("lost_sessions")
_REPEATED_SESSION = place_of("repeated_session")
_WEEKEND_BAR = place_of("weekend_bar")
_HOLIDAY_BAR = place_of("holiday_bar")
_OUTSIDE_HOURS = place_of("outside_hours")
_OFF_GRID = place_of("off_grid")
_MIXED_INTERVAL = place_of("mixed_interval")
_FEWEST_GAPS = 20
_SHORTEST_MONTH_NS = 28 * DAY_NS
# A longer gap has no rows in the coverage: two bars would make hundreds.
_LISTED_MONTHS = 24
# Where a walk over one symbol stands.
_PERIOD, _SLOT, _TIME, _ROW, _EXPECTED, _PRESENT, _SESSIONS, _KEPT, _FIRST = range(9)


class Coverage(NamedTuple):
    """Bars by symbol and month, in that order. Each array has shape (n,)."""

    symbol: Ints
    month: Ints
    expected: Ints
    present: Ints


def walk_calendar(
    findings: Findings, time: Ints, rows: Rows, grid: Grid, clock: Clock, policy: QualityPolicy
) -> tuple[Coverage, Bytes]:
    """Compares every bar with its session.

    Returns:
        The coverage; and shape (n_rows,) in the order of `rows`: 1 where a bar is the
        symbol's first of its local day, as one is after a night.
    """
    first = time[rows.order[rows.starts[:-1]]]
    last = time[rows.order[rows.starts[1:] - 1]]
    months = last // _SHORTEST_MONTH_NS - first // _SHORTEST_MONTH_NS + 3
    bars = rows.starts[1:] - rows.starts[:-1]
    room = int(np.minimum(months, (_LISTED_MONTHS + 1) * bars).sum())
    coverage = Coverage(*(np.zeros(room, np.int64) for _ in range(4)))
    fresh = np.zeros(time.size, np.uint8)
    limits = (
        policy.low_coverage_ratio,
        policy.lost_sessions_ratio,
        float(policy.coverage_min_count),
    )
    used = _walk(findings, time, rows, grid, clock, coverage, fresh, limits)
    return Coverage(*(values[:used].copy() for values in coverage)), fresh


@compiled
def _walk(
    findings: Findings,
    time: Ints,
    rows: Rows,
    grid: Grid,
    clock: Clock,
    coverage: Coverage,
    fresh: Bytes,
    limits: tuple[float, float, float],
) -> int:
    used = 0
    at = np.zeros(9, np.int64)
    for symbol in range(rows.starts.size - 1):
        begin, end = rows.starts[symbol], rows.starts[symbol + 1]
        reset(clock)
        at[:] = 0
        at[_PERIOD], at[_ROW] = -1, used - 1
        before = np.iinfo(np.int64).min
        short = long = 0
        for k in range(begin, end):
            now = time[rows.order[k]]
            day, minute = local(clock, now)
            fresh[k], before = day != before, day
            if k > begin:
                gap = now - time[rows.order[k - 1]]
                short += gap < grid.least * MINUTE_NS
                long += gap >= grid.limit * MINUTE_NS
            period = _period(grid, day)
            _stray(findings, symbol, now, day, period, _outside(grid, period, minute))
            if period >= 0 and not _outside(grid, period, minute):
                used = _arrive(findings, symbol, now, period, minute, grid, coverage, at, used)
        for check in (_CALENDAR_UNKNOWN, _WEEKEND_BAR, _HOLIDAY_BAR, _OUTSIDE_HOURS, _OFF_GRID):
            end_run(findings, check, symbol, 1)
        first, last = time[rows.order[begin]], time[rows.order[end - 1]]
        gaps = end - begin - 1
        if gaps >= _FEWEST_GAPS and 2 * max(short, long) > gaps:
            share = float(max(short, long)) / float(gaps)
            tell(findings, _MIXED_INTERVAL, symbol, first, last, end - begin, share, 0.5)
        _judge_coverage(findings, symbol, first, last, at, limits)
    return used


@compiled_without_memory
def _period(grid: Grid, day: int) -> int:
    """Returns the period of a day; -1: no session; -2: the calendar is not known there."""
    place = day - grid.first_day
    if place < 0 or place >= grid.place.size:
        return -2
    return int(grid.place[place])


@compiled_without_memory
def _outside(grid: Grid, period: int, minute: int) -> bool:
    if grid.step == 0 or period < 0:
        return False
    since = minute - grid.label
    return bool(since < grid.opens[period] or since >= grid.closes[period])


@compiled_without_memory
def _stray(findings: Findings, symbol: int, now: int, day: int, period: int, outside: bool) -> None:
    """Puts a bar where no session is into its run, and ends the runs that it is not of."""
    weekend = (day + 3) % 7 >= 5
    for check, is_one in (
        (_CALENDAR_UNKNOWN, period == -2),
        (_WEEKEND_BAR, period == -1 and weekend),
        (_HOLIDAY_BAR, period == -1 and not weekend),
        (_OUTSIDE_HOURS, outside),
    ):
        if is_one:
            extend(findings, check, now)
        else:
            end_run(findings, check, symbol, 1)


@compiled_without_memory
def _month_row(coverage: Coverage, symbol: int, month: int, used: int, at: Ints) -> int:
    """Opens the row of a symbol's month unless it is the one that is open."""
    row = at[_ROW]
    if row < 0 or at[_PERIOD] < 0 or coverage.month[row] != month:
        row = used
        coverage.symbol[row], coverage.month[row] = symbol, month
        used += 1
        at[_ROW] = row
    return used


@compiled_without_memory
def _arrive(
    findings: Findings,
    symbol: int,
    now: int,
    period: int,
    minute: int,
    grid: Grid,
    coverage: Coverage,
    at: Ints,
    used: int,
) -> int:
    """Counts a bar within a session, and what is missing since the one before."""
    slot = 0
    if grid.step > 0:
        since = minute - grid.label - grid.opens[period]
        slot = since // grid.step
        begin = minute - grid.label
        if now % MINUTE_NS != 0 or (since % grid.step != 0 and begin % grid.step != 0):
            extend(findings, _OFF_GRID, now)
        else:
            end_run(findings, _OFF_GRID, symbol, 1)
    width = grid.step * MINUTE_NS
    last = at[_PERIOD]
    if last < 0:
        used = _month_row(coverage, symbol, grid.month[period], used, at)
        at[_SESSIONS] += 1
        at[_KEPT] += 1
        _count(coverage, at, 1, 1)
    elif period < last:  # a date among times of day: time_zone_shift and odd_label tell of it
        return used
    elif period == last:
        missing = slot - at[_SLOT] - 1
        if missing > 0:
            _missing(findings, symbol, now - missing * width, now - width, missing)
        if slot > at[_SLOT]:
            _count(coverage, at, missing + 1, 1)
        elif grid.single:
            tell(findings, _REPEATED_SESSION, symbol, at[_TIME], now, 2, 2.0, 1.0)
    else:
        behind = grid.slots[last] - 1 - at[_SLOT]
        if behind > 0:
            done = at[_TIME]
            _missing(findings, symbol, done + width, done + behind * width, behind)
        _count(coverage, at, behind, 0)
        lost = period - last - 1
        if lost > 0:
            first, end = grid.start[last + 1] * DAY_NS, grid.start[period - 1] * DAY_NS
            tell(findings, _MISSING_SESSION, symbol, first, end, lost, float(lost), 0.0)
        listed = grid.month[period] - grid.month[last] <= _LISTED_MONTHS
        for between in range(last + 1, period):
            if listed:
                used = _month_row(coverage, symbol, grid.month[between], used, at)
                _count(coverage, at, grid.slots[between], 0)
            else:
                at[_EXPECTED] += grid.slots[between]
        used = _month_row(coverage, symbol, grid.month[period], used, at)
        if slot > 0:
            _missing(findings, symbol, now - slot * width, now - width, slot)
        _count(coverage, at, slot + 1, 1)
        at[_SESSIONS] += lost + 1
        at[_KEPT] += 1
    at[_PERIOD], at[_SLOT], at[_TIME] = period, slot, now
    return used


@compiled_without_memory
def _count(coverage: Coverage, at: Ints, expected: int, present: int) -> None:
    coverage.expected[at[_ROW]] += expected
    coverage.present[at[_ROW]] += present
    at[_EXPECTED] += expected
    at[_PRESENT] += present


@compiled_without_memory
def _missing(findings: Findings, symbol: int, first: int, last: int, count: int) -> None:
    tell(findings, _MISSING_BAR, symbol, first, last, count, float(count), 0.0)


@compiled_without_memory
def _judge_coverage(
    findings: Findings,
    symbol: int,
    first: int,
    last: int,
    at: Ints,
    limits: tuple[float, float, float],
) -> None:
    low, lost, fewest = limits
    if at[_EXPECTED] >= fewest:
        share = float(at[_PRESENT]) / float(at[_EXPECTED])
        if share < low:
            missing = at[_EXPECTED] - at[_PRESENT]
            tell(findings, _LOW_COVERAGE, symbol, first, last, missing, share, low)
    if at[_SESSIONS] >= fewest:
        share = float(at[_KEPT]) / float(at[_SESSIONS])
        if share < lost:
            missing = at[_SESSIONS] - at[_KEPT]
            tell(findings, _LOST_SESSIONS, symbol, first, last, missing, share, lost)
