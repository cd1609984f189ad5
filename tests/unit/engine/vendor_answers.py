"""Answers of vendors, as small as they can be, and what reads them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aurelius_engine.adapters.market_adapters import shipped_adapters
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application.market_adapters import Adapted
from aurelius_engine.application.records import FileFormat

DAY = 86_400_000_000_000
# 2020-01-02 to 2020-01-08 at 09:30 in New York, in seconds; the 4th and 5th are a weekend.
OPENS = (1577975400, 1578061800, 1578321000, 1578407400, 1578493800)
LABELS = tuple(18263 * DAY + day * DAY for day in (0, 1, 4, 5, 6))
CALENDARS = packaged_calendars()


def read(file_format: FileFormat, answer: object, *, calendar: str = "XNYS") -> Adapted:
    """Reads an answer, or bytes that are none."""
    data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return shipped_adapters().read(file_format, data, CALENDARS.zone(calendar))


def alpaca(answer: object, *, calendar: str = "XNYS") -> Adapted:
    return read(FileFormat.ALPACA_BARS_JSON, answer, calendar=calendar)


def yahoo(answer: object, *, calendar: str = "XNYS") -> Adapted:
    return read(FileFormat.YAHOO_CHART_JSON, answer, calendar=calendar)


def bar(time: str = "2020-01-02T05:00:00Z", **changes: Any) -> dict[str, Any]:
    """A bar of Alpaca's, of 2020-01-02 unless another time is said."""
    known = {"t": time, "o": 10, "h": 12.5, "l": 9, "c": 11, "v": 100, "n": 7, "vw": 10.8}
    return known | changes


def page(bars: object, *, token: str | None = None, **more: Any) -> dict[str, Any]:
    return {"bars": bars, "next_page_token": token, **more}


def chart(
    *,
    stamps: Sequence[object] = OPENS,
    meta: Mapping[str, Any] = {},
    quote: Mapping[str, Any] = {},
    adjclose: Sequence[object] | None = None,
    **result: Any,
) -> dict[str, Any]:
    """A daily chart of A on five sessions whose bars go from 10 to 14."""
    closes = [10.0 + place for place in range(len(stamps))]
    columns = {
        "open": closes,
        "high": [close + 1 for close in closes],
        "low": [close - 1 for close in closes],
        "close": closes,
        "volume": [100 * (1 + place) for place in range(len(stamps))],
    }
    known = {
        "currency": "USD",
        "symbol": "A",
        "instrumentType": "EQUITY",
        "exchangeTimezoneName": "America/New_York",
        "dataGranularity": "1d",
    }
    indicators: dict[str, Any] = {"quote": [columns | dict(quote)]}
    if adjclose is not None:
        indicators["adjclose"] = [{"adjclose": list(adjclose)}]
    found = {"meta": known | dict(meta), "timestamp": list(stamps), "indicators": indicators}
    return {"chart": {"result": [found | result], "error": None}}


def flags_of(adapted: Adapted) -> dict[str, tuple[int, int]]:
    """The flags by id: how often, and when first."""
    return {flag.id: (flag.count, flag.first_time) for flag in adapted.flags}
