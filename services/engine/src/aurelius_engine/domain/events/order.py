"""All events of some tables in their one order. docs/specs/data_events.md section 3."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.events.schema import SCHEMAS, MarketEventType
from aurelius_engine.domain.events.tables import EventTables, Table

Ints = NDArray[np.int64]
_TIME, _SYMBOL, _SEQUENCE = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The rows [start, end) of a type's table: one row, or all of a snapshot."""

    type: MarketEventType
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The events of a type that are asked for: rows [starts, ends), in the type's order."""

    starts: Ints
    ends: Ints


def selected(
    tables: EventTables,
    *,
    types: frozenset[MarketEventType],
    symbols: frozenset[str],
    start: int | None,
    end: int | None,
) -> dict[MarketEventType, Selection]:
    """Returns the events of a window, by type in the order of classes.

    Args:
        tables: Checked and sorted.
        types: Which; empty means all.
        symbols: Which; empty means all.
        start: The first event time; None means the data's.
        end: The time after the last; None means after the data's.
    """
    found = {}
    for kind in SCHEMAS:
        if kind in tables.tables and (not types or kind in types):
            found[kind] = _within(tables.tables[kind], kind, symbols, start, end)
    return found


def _within(
    table: Table,
    kind: MarketEventType,
    symbols: frozenset[str],
    start: int | None,
    end: int | None,
) -> Selection:
    time, symbol = table[_TIME].data, table[_SYMBOL]
    low = 0 if start is None else int(np.searchsorted(time, start, side="left"))
    high = time.size if end is None else int(np.searchsorted(time, end, side="left"))
    high = max(low, high)
    first = np.ones(high - low, np.bool_)  # whether a row begins an event
    if SCHEMAS[kind].key:
        first[1:] = False
        for column in (table[_TIME], symbol, table[_SEQUENCE]):
            part = column.data[low:high]
            first[1:] |= part[1:] != part[:-1]
    starts = np.flatnonzero(first) + low
    ends = np.append(starts[1:], high)[: starts.size]
    if symbols:
        wanted = np.array([text in symbols for text in symbol.values or ("",)], np.bool_)
        kept = wanted[symbol.data[starts]]
        starts, ends = starts[kept], ends[kept]
    return Selection(starts=starts, ends=ends)


def merged(
    tables: EventTables,
    selections: Mapping[MarketEventType, Selection],
    passed: Sequence[int],
    limit: int,
) -> list[Event]:
    """Returns the next events in replay order.

    Args:
        tables: Those of the selections.
        selections: By type, in the order of classes.
        passed: How many events of each selection came before.
        limit: How many events at most.
    """
    rank_of = {text: rank for rank, text in enumerate(tables.symbols)}
    candidates: list[tuple[int, int, int, int, int, Event]] = []
    for place, kind in enumerate(kind for kind in SCHEMAS if kind in selections):
        selection = selections[kind]
        time, symbol, sequence = tables.tables[kind][:3]
        part = slice(passed[place], passed[place] + limit)
        for start, end in zip(
            selection.starts[part].tolist(), selection.ends[part].tolist(), strict=True
        ):
            candidates.append(
                (
                    int(time.data[start]),
                    place,
                    rank_of[symbol.text(start)],
                    int(sequence.data[start]),
                    start,
                    Event(type=kind, start=start, end=end),
                )
            )
    candidates.sort(key=lambda each: each[:5])
    return [each[-1] for each in candidates[:limit]]
