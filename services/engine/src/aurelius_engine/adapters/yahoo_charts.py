"""Yahoo's charts, as its chart API answers them: JSON, one symbol an answer.

`chart.result[0]` has `meta`, `timestamp`, `indicators.quote[0]`, `indicators.adjclose[0]` and
`events`. A bar is stamped with its begin in seconds, a day's with the open of its session.
Source: Yahoo publishes no reference; its page of historical prices says that the close is
adjusted for splits and the adjusted close for dividends too, and so are open, high, low and
the dividends (quantmod issue 218, yfinance issue 1749). So a split is never applied again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.adapters.bounded_files import MAX_ROWS
from aurelius_engine.adapters.vendor_bars import (
    Floats,
    Ints,
    Series,
    refuse_early,
    refuse_mixed,
    refuse_more,
    table_of,
)
from aurelius_engine.adapters.vendor_json import (
    array_at,
    malformed,
    member,
    number_at,
    object_at,
    pages_of,
    parsed,
    text_at,
    whole_at,
)
from aurelius_engine.adapters.yahoo_events import Dated, dividends_of, events_of
from aurelius_engine.application.market_adapters import (
    Adapted,
    AssetClass,
    Capabilities,
    MarketEventType,
)
from aurelius_engine.application.records import FileFormat
from aurelius_engine.domain.errors import CalendarMismatch
from aurelius_engine.domain.market_table import ACTIONS, BARS, PRICES
from aurelius_engine.domain.quality.flags import flags_of
from aurelius_engine.domain.time_zones import Zone

_INTERVALS = {
    "1m": "MINUTE",
    "5m": "FIVE_MINUTES",
    "15m": "FIFTEEN_MINUTES",
    "30m": "THIRTY_MINUTES",
    "60m": "HOUR",
    "1h": "HOUR",
    "1d": "DAY",
}
_SECONDS = {"1m": 60, "5m": 300, "15m": 900, "30m": 1800, "60m": 3600, "1h": 3600}
_CLASSES: Mapping[str, AssetClass] = {
    "EQUITY": AssetClass.EQUITY,
    "ETF": AssetClass.FUND,
    "CRYPTOCURRENCY": AssetClass.CRYPTO,
    "INDEX": AssetClass.INDEX,
    "CURRENCY": AssetClass.CURRENCY,
    "FUTURE": AssetClass.FUTURE,
    "OPTION": AssetClass.OPTION,
}
_OTHER_EVENTS = {
    "optionChain": MarketEventType.OPTIONS_CHAIN,
    "quoteResponse": MarketEventType.QUOTE,
    "quoteSummary": MarketEventType.FUNDAMENTALS,
    "timeseries": MarketEventType.FUNDAMENTALS,
}
_FLAGS = (
    "time_labelled_by_session",
    "empty_bar_dropped",
    "partial_bar_dropped",
    "live_bar_dropped",
    "volume_missing_as_zero",
    "action_missing_as_none",
    "adjusted_close_ignored",
    "split_already_applied",
    "dividend_moved",
    "dividend_outside_bars",
    "capital_gain_ignored",
)


class YahooCharts:
    """Implements the port `MarketAdapter`."""

    capabilities = Capabilities(
        file_format=FileFormat.YAHOO_CHART_JSON,
        version=1,
        summary="Answers of Yahoo's chart API: one, or an array of them.",
        asset_classes=(AssetClass.EQUITY, AssetClass.FUND, AssetClass.CRYPTO),
        event_types=(MarketEventType.BAR,),
        tiers=("FIDELITY_TIER_BARS",),
        adjustments=("ADJUSTMENT_SPLITS",),
        intervals=tuple(dict.fromkeys(_INTERVALS.values())),
        columns=("time", "symbol", *BARS),
        optional_columns=ACTIONS,
        flags=_FLAGS,
        max_rows=min(MAX_ROWS, 1_000_000),
        max_bytes=128 * 1024 * 1024,
    )

    def read(self, data: bytes, *, zone: Zone, max_rows: int) -> Adapted:
        """See the port."""
        charts = [
            self._chart(path, page) for path, page in pages_of(parsed(data, max_rows=max_rows))
        ]
        refuse_more(sum(len(chart.stamps) for chart in charts), max_rows)
        metas = [
            object_at(member(chart.result, chart.path, "meta"), f"{chart.path}.meta")
            for chart in charts
        ]
        refuse_mixed(
            [
                text_at(meta["currency"], f"{chart.path}.meta.currency")
                for chart, meta in zip(charts, metas, strict=True)
                if meta.get("currency") is not None
            ]
        )
        read = [self._bars(chart, meta, zone) for chart, meta in zip(charts, metas, strict=True)]
        acting = any(each.dividend is not None for each in read)
        found = [flag for each in read for flag in each.flags]
        series = []
        for each in read:
            columns = dict(each.columns)
            if acting:
                paid = each.dividend
                if paid is None:
                    found.append(("action_missing_as_none", each.time))
                columns["dividend"] = np.zeros(each.time.size) if paid is None else paid
                columns["split_ratio"] = np.ones(each.time.size)
            series.append(
                Series(
                    symbol=each.symbol,
                    time=each.time,
                    columns=columns,
                    path_of=_path_of(each.path, each.kept),
                )
            )
        return Adapted(table=table_of(series), flags=flags_of(found))

    def _chart(self, path: str, page: dict[str, Any]) -> "_Chart":
        """Returns the one result of an answer."""
        if "chart" not in page:
            for name, event in _OTHER_EVENTS.items():
                if name in page:
                    self.capabilities.require_event_type(event)
        chart = object_at(member(page, path, "chart"), f"{path}.chart")
        error = chart.get("error")
        if error is not None:
            raise malformed(f"{path}.chart.error", error, "null, no error of the vendor")
        where = f"{path}.chart.result"
        (result,) = array_at(member(chart, f"{path}.chart", "result"), where, length=1)
        where += "[0]"
        stamps = object_at(result, where).get("timestamp", [])
        return _Chart(where, result, array_at(stamps, f"{where}.timestamp"))

    def _bars(self, chart: "_Chart", meta: dict[str, Any], zone: Zone) -> "_Bars":
        """Returns the bars of one answer, labelled, and what was done to them."""
        path, where = chart.path, f"{chart.path}.meta"
        symbol = text_at(member(meta, where, "symbol"), f"{where}.symbol")
        kind = text_at(member(meta, where, "instrumentType"), f"{where}.instrumentType")
        if kind not in _CLASSES:
            allowed = [each.value for each in self.capabilities.asset_classes]
            self.capabilities.require("asset_class", kind[:40], allowed)
        self.capabilities.require_asset_class(_CLASSES[kind])
        step = text_at(member(meta, where, "dataGranularity"), f"{where}.dataGranularity")
        self.capabilities.require("bar_interval", step[:40], tuple(_INTERVALS))
        _refuse_other_zone(
            text_at(member(meta, where, "exchangeTimezoneName"), f"{where}.exchangeTimezoneName"),
            zone,
        )
        times = _times(chart)
        days = zone.session_labels(times)
        labels = days if step == "1d" else times
        columns, missing = _quotes(chart)
        empty, partial = missing == len(PRICES), (missing > 0) & (missing < len(PRICES))
        live = _live(meta, where, times, days, step, zone)
        kept = np.flatnonzero(~(empty | partial | live))
        without = np.isnan(columns["volume"])
        columns["volume"][without] = 0.0
        adjusted = _adjusted(chart)
        differs = ~np.isnan(adjusted) & (adjusted != columns["close"])
        events = events_of(chart.result, path, str(meta.get("currency")))
        flags = [
            ("time_labelled_by_session", labels[kept][labels[kept] != times[kept]]),
            ("empty_bar_dropped", labels[empty & ~live]),
            ("partial_bar_dropped", labels[partial & ~live]),
            ("live_bar_dropped", labels[live]),
            ("volume_missing_as_zero", labels[kept][without[kept]]),
            ("adjusted_close_ignored", labels[kept][differs[kept]]),
            ("split_already_applied", _labelled(events.splits, zone)),
            ("capital_gain_ignored", _labelled(events.gains, zone)),
        ]
        paid = None
        if events.dividends:
            paid, more = dividends_of(events.dividends, days[kept], zone)
            flags += more
        return _Bars(
            path=path,
            symbol=symbol,
            time=labels[kept],
            columns={name: values[kept] for name, values in columns.items()},
            dividend=paid,
            kept=kept,
            flags=flags,
        )


@dataclass(frozen=True, slots=True)
class _Chart:
    """The result of an answer, its path, and its time stamps."""

    path: str
    result: dict[str, Any]
    stamps: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bars:
    """The bars of an answer; `kept` are their places in it."""

    path: str
    symbol: str
    time: Ints
    columns: dict[str, Floats]
    dividend: Floats | None
    kept: Ints
    flags: list[tuple[str, Ints]]


def _refuse_other_zone(found: str, zone: Zone) -> None:
    if found != zone.name:
        raise CalendarMismatch(
            f"the bars are of {found[:60]}, the calendar's zone is {zone.name}",
            found=found[:60],
            allowed=zone.name,
        )


def _times(chart: _Chart) -> Ints:
    """Returns the begins of bars in ns. Raises: FileMalformed: They fall, or are none."""
    times = np.empty(len(chart.stamps), dtype=np.int64)
    before = 0
    for place, stamp in enumerate(chart.stamps):
        where = f"{chart.path}.timestamp[{place}]"
        time = refuse_early(whole_at(stamp, where) * 1_000_000_000, where)
        if time < before:
            raise malformed(where, stamp, f"at least the one before, {before // 1_000_000_000}")
        times[place] = before = time
    return times


def _quotes(chart: _Chart) -> tuple[dict[str, Floats], Ints]:
    """Returns the columns, NaN where they are null, and how many prices each bar lacks."""
    path = f"{chart.path}.indicators"
    indicators = member(chart.result, chart.path, "indicators")
    (quote,) = array_at(member(indicators, path, "quote"), f"{path}.quote", length=1)
    where = f"{path}.quote[0]"
    if not chart.stamps and not object_at(quote, where):
        return {name: np.empty(0) for name in BARS}, np.empty(0, dtype=np.int64)
    columns = {
        name: _floats(member(quote, where, name), f"{where}.{name}", len(chart.stamps))
        for name in BARS
    }
    missing = np.zeros(len(chart.stamps), dtype=np.int64)
    for name in PRICES:
        missing += np.isnan(columns[name])
    return columns, missing


def _adjusted(chart: _Chart) -> Floats:
    """Returns the adjusted closes, NaN where there is none."""
    count = len(chart.stamps)
    found = object_at(chart.result["indicators"], f"{chart.path}.indicators").get("adjclose")
    path = f"{chart.path}.indicators.adjclose"
    if found is None or not count:
        return np.full(count, np.nan)
    (only,) = array_at(found, path, length=1)
    return _floats(member(only, f"{path}[0]", "adjclose"), f"{path}[0].adjclose", count)


def _floats(values: object, path: str, count: int) -> Floats:
    found = np.empty(count)
    for place, value in enumerate(array_at(values, path, length=count)):
        if type(value) is float:
            found[place] = value
        elif value is None:
            found[place] = np.nan
        else:
            found[place] = number_at(value, f"{path}[{place}]")
    return found


def _live(
    meta: dict[str, Any], path: str, times: Ints, days: Ints, step: str, zone: Zone
) -> NDArray[np.bool_]:
    """Marks bars that are no finished ones of their own.

    While a session runs, or nothing says that it does not, its day's bar goes on, and so
    does the shorter one of the latest quote. Yahoo may stamp a last row with that quote:
    beside a bar of the day it is the newer one of both, within the day it is no bar.
    """
    live = np.zeros(times.size, dtype=np.bool_)
    quoted = meta.get("regularMarketTime")
    if not times.size or quoted is None:
        return live
    where = f"{path}.regularMarketTime"
    second = whole_at(quoted, where)
    quote = refuse_early(second * 1_000_000_000, where)
    over = _over(meta, path, second)
    if step == "1d":
        live[:] = days == zone.session_labels(np.array([quote]))[0]
        live[-1] &= not over
        return live
    if not over:
        live[:] = times + _SECONDS[step] * 1_000_000_000 > quote
    live[-1] |= times[-1] == quote
    return live


def _over(meta: dict[str, Any], path: str, second: int) -> bool:
    """Whether a quote is known to be outside the current regular hours, at their end or after."""
    periods = meta.get("currentTradingPeriod")
    if periods is None:
        return False
    path += ".currentTradingPeriod"
    regular = member(periods, path, "regular")
    path += ".regular"
    start = whole_at(member(regular, path, "start"), f"{path}.start")
    end = whole_at(member(regular, path, "end"), f"{path}.end")
    return not start <= second < end


def _labelled(events: Sequence[Dated], zone: Zone) -> Ints:
    times = np.array([event.time for event in events], dtype=np.int64)
    return zone.session_labels(times) if times.size else times


def _path_of(path: str, kept: Ints) -> Any:
    def place(column: str, row: int) -> str:
        at = int(kept[row])
        if column in BARS:
            return f"{path}.indicators.quote[0].{column}[{at}]"
        names = {"time": f"timestamp[{at}]", "symbol": "meta.symbol"}
        return f"{path}.{names.get(column, 'events.dividends')}"

    return place
