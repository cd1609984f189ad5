"""Rows of events as checked, sorted, columnar tables, one for each type."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain import errors
from aurelius_engine.domain.canonical_json import digest
from aurelius_engine.domain.events.schema import (
    EVENT_TIME,
    SCHEMAS,
    SEQUENCE,
    SYMBOL,
    Field,
    Kind,
    MarketEventType,
    Values,
    fields_of,
)
from aurelius_engine.domain.market_table import SYMBOL_MAX_CHARACTERS, SYMBOLS_MAX_COUNT
from aurelius_engine.domain.table_hash import Column, coded_column, table_hash

Ints = NDArray[np.int64]
Table = tuple[Column, ...]
_TEXT_MAX_CHARACTERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTables:
    """The tables of the event types that there are, each of at least one row.

    Each has the columns of `fields_of`, sorted by (event_time, symbol, sequence, key).
    """

    tables: Mapping[MarketEventType, Table]

    def digests(self) -> Mapping[MarketEventType, str]:
        """Returns the digest of each table."""
        return {kind: table_hash(self.tables[kind]) for kind in self.types}

    @property
    def types(self) -> tuple[MarketEventType, ...]:
        """The types that there are, in the order of their classes."""
        return tuple(kind for kind in SCHEMAS if kind in self.tables)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of all tables, in UTF-8 byte order."""
        found = {text for kind in self.types for text in self.tables[kind][1].values or ()}
        return tuple(sorted(found))  # code points are in the order of their bytes

    @property
    def row_count(self) -> int:
        """Rows of all tables."""
        count = 0
        for kind in self.types:
            count += self.tables[kind][0].data.size
        return count

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last event time."""
        times = [self.tables[kind][0].data for kind in self.types]
        return min(int(each[0]) for each in times), max(int(each[-1]) for each in times)


def events_hash(digests: Mapping[MarketEventType, str]) -> str:
    """Returns the digest of tables by theirs. docs/specs/data_events.md section 4."""
    return digest(
        "aurelius.events.v1", {kind.value: digests[kind] for kind in SCHEMAS if kind in digests}
    )


def event_table(event_type: MarketEventType, columns: Mapping[str, Column], rows: Ints) -> Table:
    """Checks and sorts the rows of one type, given in any order.

    Args:
        event_type: The type.
        columns: Each column of the type, by name; what a file does not say is `Field.none`.
        rows: Shape (n_rows,), the place of each in the file, for refusals.

    Raises:
        EventInvalid, SymbolInvalid, DuplicateEvent: With the first row at fault.
    """
    fields = fields_of(event_type)
    for field in fields:
        _refuse_bad(field, columns, rows)
    columns = {**columns, "quality_flags": _sorted_flags(columns["quality_flags"])}
    _refuse_contradictions(event_type, columns, rows)
    _refuse_too_many(columns[SYMBOL], rows)
    keys = (EVENT_TIME, SYMBOL, SEQUENCE, *SCHEMAS[event_type].key)
    order = np.lexsort([columns[name].data for name in reversed(keys)])
    _refuse_twins(columns, keys, rows, order)
    if SCHEMAS[event_type].key:
        _refuse_divided(columns, rows, order)
    return tuple(_ordered(columns[field.name], order) for field in fields)


def _ordered(column: Column, order: Ints) -> Column:
    data: Any = np.ascontiguousarray(column.data[order])
    return replace(column, data=data)


def _refuse(
    field_name: str, columns: Mapping[str, Column], rows: Ints, bad: Values, allowed: str
) -> None:
    places = np.flatnonzero(bad)
    if places.size == 0:
        return
    place = int(places[np.argmin(rows[places])])
    column = columns[field_name]
    found = repr(column.data[place].item()) if column.values is None else column.text(place)
    raise errors.EventInvalid(
        row=int(rows[place]),
        symbol=columns[SYMBOL].text(place)[:SYMBOL_MAX_CHARACTERS],
        column=field_name,
        found=found[:_TEXT_MAX_CHARACTERS],
        allowed=allowed,
    )


def _refuse_bad(field: Field, columns: Mapping[str, Column], rows: Ints) -> None:
    column = columns[field.name]
    if field.kind is not Kind.TEXT:
        _refuse(field.name, columns, rows, field.bad(column.data), field.allowed)
        return
    texts = np.array(column.values or ("",), dtype=object)
    most = SYMBOL_MAX_CHARACTERS if field.name == SYMBOL else _TEXT_MAX_CHARACTERS
    bad = field.bad(texts) | np.array([len(text) > most for text in texts], np.bool_)
    if field.name == SYMBOL:
        bad |= np.array([text != text.strip() for text in texts], np.bool_)
    allowed = f"{field.allowed}, at most {most} characters"
    _refuse(field.name, columns, rows, bad[column.data], allowed)


def _refuse_contradictions(
    event_type: MarketEventType, columns: Mapping[str, Column], rows: Ints
) -> None:
    """Refuses what no column alone rules out: a side without a size, a bar outside itself."""

    def values(name: str) -> Values:
        return columns[name].data

    if "bid_price" in columns:
        for side in ("bid", "ask"):
            bad = (values(f"{side}_price") == 0.0) != (values(f"{side}_size") == 0.0)
            allowed = f"0 exactly where {side}_size is: a side that nobody quotes"
            _refuse(f"{side}_price", columns, rows, bad, allowed)
    if event_type is MarketEventType.BAR:
        low, high = values("low"), values("high")
        _refuse("high", columns, rows, high < low, "at least the low")
        for name in ("open", "close"):
            bad = (values(name) < low) | (values(name) > high)
            _refuse(name, columns, rows, bad, "within [low, high]")


def _refuse_too_many(symbol: Column, rows: Ints) -> None:
    found = len(symbol.values or ())
    if found > SYMBOLS_MAX_COUNT:
        raise errors.SymbolInvalid(
            row=int(rows.max()),
            symbol=symbol.text(int(rows.argmax())),
            column=SYMBOL,
            found=f"{found} symbols",
            allowed=f"at most {SYMBOLS_MAX_COUNT} symbols",
        )


def _refuse_twins(
    columns: Mapping[str, Column], keys: tuple[str, ...], rows: Ints, order: Ints
) -> None:
    same = np.ones(order.size - 1, np.bool_)
    for name in keys:
        data = columns[name].data[order]
        same &= data[1:] == data[:-1]
    places = np.flatnonzero(same)
    if places.size:
        pairs = np.maximum(rows[order[places]], rows[order[places + 1]])
        which = int(np.argmin(pairs))
        place = int(order[places[which] + (rows[order[places[which] + 1]] == pairs[which])])
        raise errors.DuplicateEvent(
            row=int(rows[place]),
            symbol=columns[SYMBOL].text(place),
            column=SEQUENCE,
            found=str(int(columns[SEQUENCE].data[place])),
            allowed=f"one row a ({', '.join(keys)})",
        )


def _refuse_divided(columns: Mapping[str, Column], rows: Ints, order: Ints) -> None:
    """Refuses a snapshot whose rows have two envelopes: they are of one event."""
    same = np.ones(order.size - 1, np.bool_)
    for name in (EVENT_TIME, SYMBOL, SEQUENCE):
        data = columns[name].data[order]
        same &= data[1:] == data[:-1]
    for name in ("ingest_time", "source", "quality_flags"):
        data = columns[name].data[order]
        other = np.zeros(order.size, np.bool_)
        other[order[1:]] = same & (data[1:] != data[:-1])
        _refuse(name, columns, rows, other, "one for all rows of a snapshot")


def _sorted_flags(column: Column) -> Column:
    """Returns flags in one text for each set of them: distinct, and by their bytes."""
    texts = [",".join(sorted(set(text.split(",")))) for text in column.values or ()]
    distinct = sorted(set(texts))
    place_of = np.array([distinct.index(text) for text in texts], dtype=np.int64)
    return coded_column(column.name, place_of[column.data], distinct)
