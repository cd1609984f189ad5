"""Clean tables of bars on XNYS, and how to plant faults in them."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain.market_table import ACTIONS, BARS, MarketTable
from aurelius_engine.domain.quality.report import FINDINGS, QualityReport, quality_of

NEW_YORK = ZoneInfo("America/New_York")
CALENDARS = packaged_calendars()
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row."""

    time: datetime
    symbol: str
    open: float
    high: float
    low: float
    close: float
    volume: float
    dividend: float = 0.0
    split_ratio: float = 1.0

    def scaled(self, factor: float) -> "Bar":
        """The bar at prices times a factor."""
        prices = {name: getattr(self, name) * factor for name in ("open", "high", "low", "close")}
        return replace(self, **prices)


Bars = list[Bar]


def moment(text: str) -> datetime:
    """Returns a time in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def sessions(first: str, last: str) -> list[date]:
    """Returns the sessions of XNYS from one date to another."""
    known = CALENDARS.sessions["XNYS"].days.tolist()
    days = [EPOCH + timedelta(days=day) for day in known]
    return [day for day in days if first <= day.isoformat() <= last]


def walk(symbol: str, times: Sequence[datetime], *, most: float = 0.01) -> Bars:
    """Returns a bar at each time: returns of at most `most` either way, and honest volumes."""
    chance, close, rows = random.Random(symbol), 100.0, []
    for at in times:
        opened = close
        close = opened * (1.0 + chance.uniform(-most, most))
        high, low = max(opened, close) * 1.001, min(opened, close) * 0.999
        rows.append(
            Bar(
                time=at,
                symbol=symbol,
                open=opened,
                high=high,
                low=low,
                close=close,
                volume=float(chance.randint(100_000, 200_000)),
            )
        )
    return rows


def daily(first: str = "2019-01-02", last: str = "2020-12-31") -> Bars:
    """Returns clean daily bars of AAA and BBB, at midnight UTC of their sessions."""
    times = [datetime.combine(day, time(), UTC) for day in sessions(first, last)]
    return [bar for symbol in ("AAA", "BBB") for bar in walk(symbol, times)]


def half_hours(first: str = "2020-02-03", last: str = "2020-04-30") -> Bars:
    """Returns clean bars of 30 minutes of AAA and BBB, at their begins."""
    times = [
        (datetime.combine(day, time(9, 30), NEW_YORK) + timedelta(minutes=30 * place)).astimezone(
            UTC
        )
        for day in sessions(first, last)
        for place in range(13)
    ]
    return [bar for symbol in ("AAA", "BBB") for bar in walk(symbol, times, most=0.002)]


def without(bars: Bars, unwanted: Callable[[Bar], bool]) -> Bars:
    """Returns the bars that are not unwanted."""
    return [bar for bar in bars if not unwanted(bar)]


def changed(bars: Bars, symbol: str, first: str, last: str, change: Callable[[Bar], Bar]) -> Bars:
    """Returns the bars, those of a symbol from one time to another changed."""
    begin, end = moment(first), moment(last)
    return [
        change(bar) if bar.symbol == symbol and begin <= bar.time <= end else bar for bar in bars
    ]


def table_of(bars: Bars, *, actions: bool = False) -> MarketTable:
    """Returns the table of bars, with the columns of actions or without."""
    names = (*BARS, *(ACTIONS if actions else ()))
    return MarketTable.build(
        time=np.array([nanoseconds(bar.time) for bar in bars], dtype=np.int64),
        symbol=[bar.symbol for bar in bars],
        bars={name: np.array([getattr(bar, name) for bar in bars]) for name in names},
    )


def nanoseconds(at: datetime) -> int:
    """Returns ns since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def report_of(table: MarketTable, **how: Any) -> QualityReport:
    """Returns the report of a table on XNYS, its prices as traded."""
    chosen: dict[str, Any] = {"calendar": "XNYS", "adjustment": "ADJUSTMENT_RAW"}
    return quality_of(table, CALENDARS, data_hash=table.data_hash(), **(chosen | how))


Finding = tuple[str, str, str, str, int]


def found_in(report: QualityReport) -> list[Finding]:
    """Returns check, symbol, first and last time, and count of each listed finding."""
    columns = {column.name: column for column in report.tables[FINDINGS]}
    return list(
        zip(
            columns["check"].texts(),
            columns["symbol"].texts(),
            [_text(at) for at in columns["first_time"].data.tolist()],
            [_text(at) for at in columns["last_time"].data.tolist()],
            columns["count"].data.tolist(),
            strict=True,
        )
    )


def values_in(report: QualityReport, check: str) -> list[float]:
    """Returns the values of a check's listed findings."""
    columns = {column.name: column for column in report.tables[FINDINGS]}
    values = columns["value"].data.tolist()
    pairs = zip(columns["check"].texts(), values, strict=True)
    return [value for name, value in pairs if name == check]


def _text(at: int) -> str:
    return str(np.datetime64(at, "ns"))[:16].removesuffix("T00:00")
