"""A result as one sequence of events: what prefix digests commit to.

docs/specs/determinism.md, section 5. Two runs with equal digests before a time did the
same until then, so the first step where they part is found by bisection.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.domain.table_hash import Column

Ints = NDArray[np.int64]
# After every time: rows that belong to no step, such as those of metrics.
AT_THE_END = np.iinfo(np.int64).max
_CANONICAL_NAN = np.uint64(0x7FF8000000000000)
# Within a step, in the order of events: what acted at the open, fills and what they left,
# the mark at the close, then the orders that were sent at it.
_ORDER = ("flows", "fills", "positions", "orders.ended", "equity", "orders.submitted")
# What of an order is known when it is sent. The rest happens to it until it ends: its
# units are known when it first could fill, and the stop of a trailing one moves.
_SUBMITTED = frozenset(
    (
        "order_id",
        "submitted_time",
        "symbol",
        "type",
        "time_in_force",
        "amount_kind",
        "amount",
        "group",
    )
)
_IN_BOTH = ("order_id", "symbol")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Columns of a table as events in the order of time.

    Attributes:
        table: The table's name.
        columns: The columns that take part, in schema order.
        rows: Shape (n_rows,). The rows of the table, by time; of one time, as they stand.
        times: Shape (n_rows,). Their times in ns, rising; AT_THE_END for none.
    """

    table: str
    columns: tuple[Column, ...]
    rows: Ints
    times: Ints

    def rows_at(self, time: int) -> Ints:
        """Returns the rows of the table whose time is `time`."""
        first = int(np.searchsorted(self.times, time, side="left"))
        last = int(np.searchsorted(self.times, time, side="right"))
        return self.rows[first:last]


def views_of(tables: Mapping[str, Sequence[Column]]) -> list[View]:
    """Lays tables out as views, in the order of events within a step.

    A table with a column `time` is one view; `orders` is two, by the time of sending and
    by that of ending; any other table comes after every step.
    """
    views: dict[str, View] = {}
    for name, table in sorted(tables.items()):
        times = {column.name: column.data.astype(np.int64) for column in table if _is_time(column)}
        if name == "orders" and {"submitted_time", "ended_time"} <= times.keys():
            ended = times["ended_time"]
            views["orders.ended"] = _view(
                name,
                [c for c in table if c.name in _IN_BOTH or c.name not in _SUBMITTED],
                np.where(ended < 0, AT_THE_END, ended),
            )
            sent = [column for column in table if column.name in _SUBMITTED]
            views["orders.submitted"] = _view(name, sent, times["submitted_time"])
        elif "time" in times:
            views[name] = _view(name, table, times["time"])
        else:
            rows = len(table[0].data) if table else 0
            views[name] = _view(name, table, np.full(rows, AT_THE_END, dtype=np.int64))
    first = [views[name] for name in _ORDER if name in views]
    return first + [view for name, view in views.items() if name not in _ORDER]


def _is_time(column: Column) -> bool:
    return column.type == "int64" and column.name in ("time", "submitted_time", "ended_time")


def _view(name: str, columns: Sequence[Column], times: Ints) -> View:
    rows = np.arange(times.size, dtype=np.int64)
    if times.size and bool(np.any(times[1:] < times[:-1])):
        rows = np.argsort(times, kind="stable").astype(np.int64)
        times = times[rows]
    return View(table=name, columns=tuple(columns), rows=rows, times=times)


def bits(column: Column) -> NDArray[np.uint64]:
    """Returns a column as words that are equal exactly if the values are.

    Returns:
        Shape (n_rows, 1) for numbers, every NaN the same; (n_rows, 4) for texts: their
        SHA-256, as codes differ from run to run.
    """
    if column.values is not None:
        digests = b"".join(hashlib.sha256(text.encode()).digest() for text in column.values)
        words = np.frombuffer(digests, dtype="<u8").reshape(len(column.values), 4)
        return words[column.data].astype(np.uint64)
    if column.data.dtype == np.float64:
        found = column.data.astype("<f8").view("<u8").astype(np.uint64)
        found[np.isnan(column.data)] = _CANONICAL_NAN
        return found.reshape(-1, 1)
    return column.data.astype("<i8").view("<u8").astype(np.uint64).reshape(-1, 1)


def _in_order(words: NDArray[np.uint64], rows: Ints) -> NDArray[np.uint64]:
    """Returns the words of the rows, little-endian and contiguous."""
    sorted_rows = bool(np.all(rows[1:] > rows[:-1]))
    return np.ascontiguousarray(words if sorted_rows else words[rows], dtype="<u8")


def times_of(traces: Sequence["Trace"]) -> Ints:
    """Returns the distinct times of all events of all traces, rising."""
    found = [view.times for trace in traces for view in trace.views]
    times = np.sort(np.concatenate([np.empty(0, np.int64), *found]), kind="stable")
    new = np.append(True, times[1:] != times[:-1])[: times.size]
    distinct: Ints = times[new]
    return distinct


class Trace:
    """The events of one result, ready to be committed to."""

    def __init__(self, tables: Mapping[str, Sequence[Column]]) -> None:
        """Orders the events and encodes their values."""
        self.views = views_of(tables)
        self._blocks = [
            [_in_order(bits(column), view.rows) for column in view.columns] for view in self.views
        ]

    def chain(self, start: int, ends: Ints) -> list[bytes]:
        """Returns a digest an end: each commits to every event from `start` up to it.

        Args:
            start: The first time that is covered, in ns.
            ends: Shape (n,), rising, none below `start`. A digest covers its end too.
        """
        edges = [
            [
                int(np.searchsorted(view.times, start, side="left")),
                *np.searchsorted(view.times, ends, side="right").tolist(),
            ]
            for view in self.views
        ]
        state, chain = hashlib.sha256(b"aurelius.trace.v1\n").digest(), []
        for at in range(ends.size):
            link = hashlib.sha256(state)
            for view, places, blocks in zip(self.views, edges, self._blocks, strict=True):
                first, last = places[at], places[at + 1]
                link.update(f"{view.table} {last - first}\n".encode())
                for block in blocks:
                    link.update(block[first:last].data)
            state = link.digest()
            chain.append(state)
        return chain
