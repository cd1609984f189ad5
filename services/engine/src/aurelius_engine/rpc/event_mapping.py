"""Market events as messages, and the rules of bars."""

from collections.abc import Callable, Mapping
from typing import Any

from aurelius.engine.v1 import backtest_spec_pb2, market_event_pb2, market_event_service_pb2
from aurelius_engine.domain.events import bars
from aurelius_engine.domain.events.order import Event
from aurelius_engine.domain.events.schema import (
    ENVELOPE,
    UNKNOWN_TIME,
    MarketEventType,
    fields_of,
)
from aurelius_engine.domain.events.tables import EventTables
from aurelius_engine.domain.table_hash import Column
from aurelius_engine.rpc.mapping import timestamp

Row = Mapping[str, Any]
EVENT_TYPES: Mapping[MarketEventType, market_event_pb2.MarketEventType] = {
    MarketEventType.BAR: market_event_pb2.MARKET_EVENT_TYPE_BAR,
    MarketEventType.TRADE: market_event_pb2.MARKET_EVENT_TYPE_TRADE,
    MarketEventType.QUOTE: market_event_pb2.MARKET_EVENT_TYPE_QUOTE,
    MarketEventType.BOOK_UPDATE: market_event_pb2.MARKET_EVENT_TYPE_BOOK_UPDATE,
    MarketEventType.OPTIONS_CHAIN: market_event_pb2.MARKET_EVENT_TYPE_OPTIONS_CHAIN,
    MarketEventType.FUNDAMENTALS: market_event_pb2.MARKET_EVENT_TYPE_FUNDAMENTALS,
    MarketEventType.MACRO: market_event_pb2.MARKET_EVENT_TYPE_MACRO,
}
AGGRESSORS = {
    "": market_event_pb2.AGGRESSOR_UNSPECIFIED,
    "buy": market_event_pb2.AGGRESSOR_BUY,
    "sell": market_event_pb2.AGGRESSOR_SELL,
}
SIDES = {"bid": market_event_pb2.BOOK_SIDE_BID, "ask": market_event_pb2.BOOK_SIDE_ASK}
OPTION_KINDS = {
    "call": market_event_pb2.OPTION_CONTRACT_KIND_CALL,
    "put": market_event_pb2.OPTION_CONTRACT_KIND_PUT,
}
INTERVALS: Mapping[int, str] = {
    backtest_spec_pb2.BarInterval.Value(f"BAR_INTERVAL_{name}"): name for name in bars.INTERVALS
}


def event_to_proto(tables: EventTables, event: Event) -> market_event_pb2.MarketEvent:
    """Returns the message of an event."""
    columns = dict(
        zip((each.name for each in fields_of(event.type)), tables.tables[event.type], strict=True)
    )
    rows = [_row(columns, place) for place in range(event.start, event.end)]
    first = rows[0]
    message = market_event_pb2.MarketEvent(
        type=EVENT_TYPES[event.type],
        symbol=first["symbol"],
        event_time=timestamp(first["event_time"]),
        source=first["source"],
        sequence=first["sequence"],
        quality_flags=[flag for flag in first["quality_flags"].split(",") if flag],
    )
    if first["ingest_time"] != UNKNOWN_TIME:
        message.ingest_time.CopyFrom(timestamp(first["ingest_time"]))
    _PAYLOADS[event.type](message, rows)
    return message


def rule_from_proto(message: market_event_service_pb2.BarRule) -> bars.BarRule:
    """Returns the rule of a request that passed its checks."""
    excluded = tuple(sorted(message.excluded_quality_flags))
    end = str(message.WhichOneof("end"))
    if end == bars.INTERVAL:
        interval = INTERVALS[message.interval]
        return bars.BarRule(end=end, interval=interval, excluded_flags=excluded)
    threshold = float(getattr(message, end))
    return bars.BarRule(end=end, threshold=threshold, excluded_flags=excluded)


def _row(columns: Mapping[str, Column], place: int) -> Row:
    return {
        name: column.data[place].item() if column.values is None else column.text(place)
        for name, column in columns.items()
    }


def _plain(name: str, **coded: Mapping[str, Any]) -> Callable[[Any, list[Row]], None]:
    """Returns what fills a payload that has the columns of its one row."""

    def fill(message: Any, rows: list[Row]) -> None:
        payload = getattr(message, name)
        payload.SetInParent()
        for key, value in _payload_of(rows[0]).items():
            setattr(payload, key, coded[key][value] if key in coded else value)

    return fill


def _payload_of(row: Row) -> Row:
    envelope = {field.name for field in ENVELOPE}
    return {name: value for name, value in row.items() if name not in envelope}


def _chain(message: Any, rows: list[Row]) -> None:
    for row in rows:
        fields = dict(_payload_of(row))
        kind = OPTION_KINDS[fields.pop("option_kind")]
        expiry = timestamp(fields.pop("expiry_time"))
        message.options_chain.contracts.add(kind=kind, expiry_time=expiry, **fields)


def _reported(name: str) -> Callable[[Any, list[Row]], None]:
    def fill(message: Any, rows: list[Row]) -> None:
        for row in rows:
            getattr(message, name).values.add(
                item=row["item"],
                period_end_time=timestamp(row["period_end_time"]),
                value=row["value"],
            )

    return fill


_PAYLOADS: Mapping[MarketEventType, Callable[[Any, list[Row]], None]] = {
    MarketEventType.BAR: _plain("bar"),
    MarketEventType.TRADE: _plain("trade", aggressor=AGGRESSORS),
    MarketEventType.QUOTE: _plain("quote"),
    MarketEventType.BOOK_UPDATE: _plain("book_update", side=SIDES),
    MarketEventType.OPTIONS_CHAIN: _chain,
    MarketEventType.FUNDAMENTALS: _reported("fundamentals"),
    MarketEventType.MACRO: _reported("macro"),
}
