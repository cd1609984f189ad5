"""The quality report of events: docs/specs/data_quality.md section 7."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.calendars import Calendars
from aurelius_engine.domain.events.book import sides_of
from aurelius_engine.domain.events.schema import MarketEventType, fields_of
from aurelius_engine.domain.events.tables import EventTables
from aurelius_engine.domain.quality.calendar_walk import Coverage, walk_calendar
from aurelius_engine.domain.quality.checks import EVENT_CHECKS
from aurelius_engine.domain.quality.event_walk import (
    first_of_days,
    walk_book,
    walk_ingest,
    walk_quotes,
)
from aurelius_engine.domain.quality.findings import Findings, no_findings
from aurelius_engine.domain.quality.flags import QualityFlag
from aurelius_engine.domain.quality.grid import grid_of
from aurelius_engine.domain.quality.policy import DEFAULT_POLICY, QualityPolicy
from aurelius_engine.domain.quality.report import About, QualityReport, report_of
from aurelius_engine.domain.quality.rows import DAY_NS, clock_of, rows_by_symbol
from aurelius_engine.domain.table_hash import Column

Ints = NDArray[np.int64]
# What is published when no venue is open is compared with no session.
_PUBLISHED = (MarketEventType.FUNDAMENTALS, MarketEventType.MACRO)


def quality_of_events(
    events: EventTables,
    calendars: Calendars,
    *,
    data_hash: str,
    calendar: str,
    adjustment: str,
    flags: Sequence[QualityFlag] = (),
    policy: QualityPolicy = DEFAULT_POLICY,
) -> QualityReport:
    """Returns the report of events.

    Args:
        events: Checked and sorted.
        calendars: The table of calendars.
        data_hash: That of the events.
        calendar: An exchange code of it.
        adjustment: Of the prices, a name of the enum Adjustment.
        flags: The fallbacks of the adapter that read the file, in their order.
        policy: The thresholds.
    """
    findings = no_findings(policy.findings_max_count)
    coverage = _walk_sessions(findings, events, calendars, calendar, policy)
    places = {text: place for place, text in enumerate(events.symbols)}
    for kind in events.types:
        names = [field.name for field in fields_of(kind)]
        column = dict(zip(names, events.tables[kind], strict=True))
        codes = _recoded(column["symbol"], places).astype(np.int32)
        rows = rows_by_symbol(codes, len(places))
        time = column["event_time"].data.astype(np.int64, copy=False)
        walk_ingest(findings, time, column["ingest_time"].data.astype(np.int64, copy=False), rows)
        if kind is MarketEventType.QUOTE:
            bid, ask = (column[name].data.astype(np.float64) for name in ("bid_price", "ask_price"))
            walk_quotes(findings, time, bid, ask, rows)
        if kind is MarketEventType.BOOK_UPDATE:
            price, size = (column[name].data.astype(np.float64) for name in ("price", "size"))
            walk_book(findings, time, sides_of(column["side"]), price, size, rows)
    return report_of(
        findings,
        coverage,
        EVENT_CHECKS,
        About(
            data_hash=data_hash,
            calendar=calendar,
            calendar_version=calendars.version,
            adjustment=adjustment,
            interval="NONE",
            label="BAR_LABEL_SESSION",
            row_count=events.row_count,
            symbols=events.symbols,
        ),
        flags,
        policy,
    )


def _walk_sessions(
    findings: Findings,
    events: EventTables,
    calendars: Calendars,
    calendar: str,
    policy: QualityPolicy,
) -> Coverage:
    """Compares the days on which each symbol has events with the sessions."""
    zone, every = calendars.zone(calendar), events.symbols
    places = {text: place for place, text in enumerate(every)}
    found = [np.empty((0, 2), np.int64)]
    for kind in events.types:
        if kind not in _PUBLISHED:
            times, symbol = events.tables[kind][0].data, events.tables[kind][1]
            days = zone.local(times.astype(np.int64, copy=False)) // DAY_NS
            codes = _recoded(symbol, places)
            first = first_of_days(days, codes, len(places))
            found.append(np.column_stack((days[first], codes[first])))
    pairs = np.unique(np.concatenate(found), axis=0)
    if pairs.size == 0:
        return Coverage(*(np.empty(0, np.int64) for _ in range(4)))
    time = pairs[:, 0] * DAY_NS
    present, codes = np.unique(pairs[:, 1], return_inverse=True)
    offsets = np.array(calendars.offsets[calendars.time_zones[calendar]], dtype=np.int64)
    offsets *= 1_000_000_000
    clock = clock_of(offsets, dated=True)
    grid = grid_of(calendars.sessions[calendar], "DAY", 0, time, clock)
    rows = rows_by_symbol(codes.astype(np.int32), present.size)
    coverage, _ = walk_calendar(findings, time, rows, grid, clock, policy)
    findings.places[:, :, 0] = present[findings.places[:, :, 0]]
    return coverage._replace(symbol=present[coverage.symbol])


def _recoded(symbol: Column, places: dict[str, int]) -> Ints:
    """Returns the place of each row's symbol among all."""
    own = np.array([places[text] for text in symbol.values or ()], np.int64)
    codes: Ints = own[symbol.data]
    return codes
