"""The canonical table of each event type. docs/specs/data_events.md section 2."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[Any]


class MarketEventType(Enum):
    """What happened in a market."""

    BAR = "BAR"
    TRADE = "TRADE"
    QUOTE = "QUOTE"
    BOOK_UPDATE = "BOOK_UPDATE"
    OPTIONS_CHAIN = "OPTIONS_CHAIN"
    FUNDAMENTALS = "FUNDAMENTALS"
    MACRO = "MACRO"


class Kind(Enum):
    """What a column is of."""

    INTEGER = "int64"
    NUMBER = "float64"
    TEXT = "string"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column. `bad` says of values which cannot be true; texts are told one by one.

    `none` is what the table has where a file says nothing; None means that it must say.
    """

    name: str
    kind: Kind
    allowed: str
    bad: Callable[[Values], NDArray[np.bool_]]
    none: int | float | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSchema:
    """The payload of an event type.

    Events have one row each, and `key` is empty; a snapshot has one row for each distinct
    `key`, the names of columns, and all rows of one (event_time, symbol, sequence) are it.
    """

    payload: tuple[Field, ...]
    key: tuple[str, ...] = ()


def _finite(values: Values) -> NDArray[np.bool_]:
    return ~np.isfinite(values)


def _not_above_zero(values: Values) -> NDArray[np.bool_]:
    return ~(values > 0.0) | np.isinf(values)


def _below_zero(values: Values) -> NDArray[np.bool_]:
    return ~np.isfinite(values) | np.signbit(values)


def _before_1970(values: Values) -> NDArray[np.bool_]:
    bad: NDArray[np.bool_] = values < 0
    return bad


def _never(values: Values) -> NDArray[np.bool_]:
    return np.zeros(values.size, np.bool_)


def _none_of(*texts: str) -> Callable[[Values], NDArray[np.bool_]]:
    return lambda values: ~np.isin(values, texts)


def _empty(values: Values) -> NDArray[np.bool_]:
    return np.array([not text.strip() or not text.isprintable() for text in values], np.bool_)


def _no_flags(values: Values) -> NDArray[np.bool_]:
    """Which texts are no flags: ids of lower-case letters, digits and _, divided by commas."""

    def is_id(text: str) -> bool:
        return text.isascii() and text.replace("_", "a").isalnum() and text == text.lower()

    return np.array(
        [bool(text) and not all(is_id(part) for part in text.split(",")) for text in values],
        np.bool_,
    )


def _price(name: str) -> Field:
    return Field(name=name, kind=Kind.NUMBER, allowed="finite and above 0", bad=_not_above_zero)


def _at_least_zero(name: str) -> Field:
    return Field(
        name=name,
        kind=Kind.NUMBER,
        allowed="finite and at least 0, without a sign",
        bad=_below_zero,
    )


def _number(name: str) -> Field:
    return Field(name=name, kind=Kind.NUMBER, allowed="a finite number", bad=_finite)


def _time(name: str) -> Field:
    return Field(name=name, kind=Kind.INTEGER, allowed="a time from 1970 on", bad=_before_1970)


def _one_of(name: str, *texts: str, none: str | None = None) -> Field:
    return Field(
        name=name,
        kind=Kind.TEXT,
        allowed=", ".join(text or "nothing" for text in texts),
        bad=_none_of(*texts),
        none=none,
    )


EVENT_TYPE, EVENT_TIME, SYMBOL, SEQUENCE = "event_type", "event_time", "symbol", "sequence"
# Where a file says no ingest time.
UNKNOWN_TIME = -1
ENVELOPE = (
    _time(EVENT_TIME),
    Field(name=SYMBOL, kind=Kind.TEXT, allowed="a symbol", bad=_empty),
    Field(name=SEQUENCE, kind=Kind.INTEGER, allowed="at least 0", bad=_before_1970),
    Field(
        name="ingest_time",
        kind=Kind.INTEGER,
        allowed="a time from 1970 on, or nothing",
        bad=lambda values: values < UNKNOWN_TIME,
        none=UNKNOWN_TIME,
    ),
    Field(name="source", kind=Kind.TEXT, allowed="a text, or nothing", bad=_never, none=""),
    Field(
        name="quality_flags",
        kind=Kind.TEXT,
        allowed="ids of a-z, 0-9 and _, divided by commas",
        bad=_no_flags,
        none="",
    ),
)
_SIDES = ("bid_price", "bid_size", "ask_price", "ask_size")
_REPORTED = EventSchema(
    payload=(
        Field(name="item", kind=Kind.TEXT, allowed="what is reported", bad=_empty),
        _time("period_end_time"),
        _number("value"),
    ),
    key=("item", "period_end_time"),
)
# In the order of their classes: at one time, what stands earlier here comes first.
SCHEMAS: Mapping[MarketEventType, EventSchema] = {
    MarketEventType.MACRO: _REPORTED,
    MarketEventType.FUNDAMENTALS: _REPORTED,
    MarketEventType.BOOK_UPDATE: EventSchema(
        payload=(_one_of("side", "bid", "ask"), _price("price"), _at_least_zero("size"))
    ),
    MarketEventType.QUOTE: EventSchema(payload=tuple(_at_least_zero(name) for name in _SIDES)),
    MarketEventType.OPTIONS_CHAIN: EventSchema(
        payload=(
            _one_of("option_kind", "call", "put"),
            _time("expiry_time"),
            _price("strike"),
            *(_at_least_zero(name) for name in _SIDES),
            _at_least_zero("volume"),
            _at_least_zero("open_interest"),
            _price("underlying_price"),
        ),
        key=("expiry_time", "strike", "option_kind"),
    ),
    MarketEventType.TRADE: EventSchema(
        payload=(
            _price("price"),
            _price("size"),
            _one_of("aggressor", "buy", "sell", "", none=""),
        )
    ),
    MarketEventType.BAR: EventSchema(
        payload=(
            *(_price(name) for name in ("open", "high", "low", "close")),
            _at_least_zero("volume"),
        )
    ),
}


def fields_of(event_type: MarketEventType) -> tuple[Field, ...]:
    """Returns the columns of a type's table, in schema order."""
    return (*ENVELOPE, *SCHEMAS[event_type].payload)


# Every column that a file of events may have, by name; a name is of one kind in all types.
COLUMNS: Mapping[str, Kind] = {EVENT_TYPE: Kind.TEXT} | {
    field.name: field.kind for event_type in SCHEMAS for field in fields_of(event_type)
}


class Tier(Enum):
    """How fine data is: the names of the enum FidelityTier, coarsest first."""

    BARS = "FIDELITY_TIER_BARS"
    TRADES_AND_QUOTES = "FIDELITY_TIER_TRADES_AND_QUOTES"
    BOOK = "FIDELITY_TIER_BOOK"


def tier_of(event_types: frozenset[MarketEventType]) -> Tier:
    """Returns the tier of the finest of some event types; snapshots are as coarse as bars."""
    if MarketEventType.BOOK_UPDATE in event_types:
        return Tier.BOOK
    if event_types & {MarketEventType.TRADE, MarketEventType.QUOTE}:
        return Tier.TRADES_AND_QUOTES
    return Tier.BARS
