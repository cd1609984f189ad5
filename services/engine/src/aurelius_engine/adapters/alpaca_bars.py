"""Alpaca's historical stock bars, as its market data API answers them: JSON pages.

A page is `{"bars": {SYMBOL: [bar, ...]}, "next_page_token": ...}` of several symbols, or
`{"bars": [bar, ...], "symbol": SYMBOL, "next_page_token": ...}` of one; a bar has `t`, its
begin in UTC, `o`, `h`, `l`, `c`, `v`, and `n` and `vw`, which are not read. A day's bar begins
at midnight in New York. Source: docs.alpaca.markets, reference of `stockbars`; the answer
does not say how prices are adjusted, which is a parameter of the question.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

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
)
from aurelius_engine.application.errors import PagesIncomplete
from aurelius_engine.application.market_adapters import (
    Adapted,
    AssetClass,
    Capabilities,
    MarketEventType,
)
from aurelius_engine.application.records import FileFormat
from aurelius_engine.domain.errors import CalendarMismatch
from aurelius_engine.domain.market_table import BARS
from aurelius_engine.domain.quality.flags import flags_of
from aurelius_engine.domain.time_zones import DAY_NS, Zone

_ZONE = "America/New_York"
_FIELDS = {"open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)
_TIME_ALLOWED = "a time in UTC such as 2024-01-02T05:00:00Z"
# OCC's name of an option: root, expiry, call or put, strike.
_OPTION = re.compile(r"[A-Z0-9.]{1,6} {0,5}\d{6}[CP]\d{8}", re.ASCII)
_OTHER_EVENTS = {
    "trades": MarketEventType.TRADE,
    "quotes": MarketEventType.QUOTE,
    "auctions": MarketEventType.TRADE,
    "orderbooks": MarketEventType.BOOK_UPDATE,
    "snapshots": MarketEventType.QUOTE,
}


class AlpacaBars:
    """Implements the port `MarketAdapter`."""

    capabilities = Capabilities(
        file_format=FileFormat.ALPACA_BARS_JSON,
        version=1,
        summary="Pages of Alpaca's historical stock bars, whole: one, or an array of them.",
        asset_classes=(AssetClass.EQUITY, AssetClass.FUND),
        event_types=(MarketEventType.BAR,),
        tiers=("FIDELITY_TIER_BARS",),
        adjustments=(
            "ADJUSTMENT_RAW",
            "ADJUSTMENT_SPLITS",
            "ADJUSTMENT_SPLITS_AND_DIVIDENDS",
        ),
        intervals=(
            "MINUTE",
            "FIVE_MINUTES",
            "FIFTEEN_MINUTES",
            "THIRTY_MINUTES",
            "HOUR",
            "DAY",
            "WEEK",
            "MONTH",
        ),
        columns=("time", "symbol", *BARS),
        optional_columns=(),
        flags=("time_labelled_by_session",),
        max_rows=min(MAX_ROWS, 1_000_000),
        max_bytes=128 * 1024 * 1024,
    )

    def read(self, data: bytes, *, zone: Zone, max_rows: int) -> Adapted:
        """See the port.

        Raises:
            PagesIncomplete: A page goes on where none follows, or ends before the last.
            EngineError: See the port.
        """
        pages = pages_of(parsed(data, max_rows=max_rows))
        self._refuse_others(pages)
        _refuse_incomplete(pages)
        refuse_mixed(
            [
                text_at(page["currency"], f"{path}.currency")
                for path, page in pages
                if page.get("currency") is not None
            ]
        )
        runs = [run for path, page in pages for run in _runs(path, page)]
        refuse_more(sum(len(bars) for _, _, bars in runs), max_rows)
        for path, symbol, _ in runs:
            self._refuse_class(symbol, path)
        if zone.name != _ZONE:
            raise CalendarMismatch(
                f"the bars are of {_ZONE}, the calendar's zone is {zone.name}",
                found=zone.name,
                allowed=_ZONE,
            )
        times = [_times(bars, path) for path, _, bars in runs]
        labels, moved = _labels(times, zone)
        series = [
            Series(
                symbol=symbol,
                time=time,
                columns={name: _numbers(bars, path, field) for name, field in _FIELDS.items()},
                path_of=_path_of(path),
            )
            for (path, symbol, bars), time in zip(runs, labels, strict=True)
        ]
        table = table_of(series)
        return Adapted(table=table, flags=flags_of([("time_labelled_by_session", moved)]))

    def _refuse_others(self, pages: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Refuses answers that hold no bars."""
        for path, page in pages:
            if "bars" in page:
                continue
            for name, event in _OTHER_EVENTS.items():
                if name in page:
                    self.capabilities.require_event_type(event)
            if "message" in page:
                raise malformed(f"{path}.message", page["message"], "bars, no error of the vendor")
            member(page, path, "bars")

    def _refuse_class(self, symbol: str, path: str) -> None:
        if _OPTION.fullmatch(symbol):
            self.capabilities.require_asset_class(AssetClass.OPTION)
        if "/" in symbol:  # a pair such as BTC/USD
            self.capabilities.require_asset_class(AssetClass.CRYPTO)
        text_at(symbol, path)


def _refuse_incomplete(pages: Sequence[tuple[str, dict[str, Any]]]) -> None:
    last = len(pages) - 1
    for place, (path, page) in enumerate(pages):
        token = member(page, path, "next_page_token")
        if token is not None:
            text_at(token, f"{path}.next_page_token")
        if (token is None) != (place == last):
            found = "null" if token is None else f"the token {str(token)[:40]!r}"
            allowed = "null" if place == last else "a token, as pages follow"
            what = "the next page is missing" if place == last else "it ends before the last page"
            raise PagesIncomplete(
                f"{path}.next_page_token is {found}: {what}",
                path=f"{path}.next_page_token",
                found=found,
                allowed=allowed,
            )


def _runs(path: str, page: dict[str, Any]) -> list[tuple[str, str, list[Any]]]:
    """Returns the path, symbol and bars of each array of a page; null is an empty one."""
    bars = page["bars"]
    if bars is None:
        return []
    if isinstance(bars, list):
        symbol = text_at(member(page, path, "symbol"), f"{path}.symbol")
        return [(f"{path}.bars", symbol, bars)]
    found = object_at(bars, f"{path}.bars")
    return [
        (
            f"{path}.bars.{symbol}",
            symbol,
            [] if own is None else array_at(own, f"{path}.bars.{symbol}"),
        )
        for symbol, own in found.items()
    ]


def _times(bars: Sequence[Any], path: str) -> Ints:
    times = np.empty(len(bars), dtype=np.int64)
    for place, bar in enumerate(bars):
        text = member(bar, f"{path}[{place}]", "t")
        where = f"{path}[{place}].t"
        if not isinstance(text, str) or not _TIME.fullmatch(text):
            raise malformed(where, text, _TIME_ALLOWED)
        try:
            second = int(np.datetime64(text[:19], "s").astype(np.int64))
        except ValueError as error:
            raise malformed(where, text, _TIME_ALLOWED) from error
        fraction = int(text[20:-1].ljust(9, "0")) if len(text) > 20 else 0
        times[place] = refuse_early(second * 1_000_000_000 + fraction, where)
    return times


def _labels(times: Sequence[Ints], zone: Zone) -> tuple[list[Ints], Ints]:
    """Returns labels and those that are others than the vendor's.

    If every bar begins at midnight there, the bars are of days or longer, and a session's
    label is midnight UTC of its date.
    """
    every = np.concatenate([np.empty(0, dtype=np.int64), *times])
    if not every.size or (zone.local(every) % DAY_NS != 0).any():
        return list(times), np.empty(0, dtype=np.int64)
    labels = zone.session_labels(every)
    ends = np.cumsum([part.size for part in times])[:-1]
    return list(np.split(labels, ends)), labels


def _numbers(bars: Sequence[Any], path: str, field: str) -> Floats:
    values = np.empty(len(bars))
    for place, bar in enumerate(bars):
        value = bar.get(field)
        if type(value) is float:
            values[place] = value
        else:
            where = f"{path}[{place}]"
            values[place] = number_at(member(bar, where, field), f"{where}.{field}")
    return values


def _path_of(path: str) -> Any:
    def place(column: str, row: int) -> str:
        return path if column == "symbol" else f"{path}[{row}].{_FIELDS.get(column, 't')}"

    return place
