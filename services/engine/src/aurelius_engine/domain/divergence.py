"""Where two results part first: by time, then by the order of events, row and column.

docs/specs/determinism.md, section 5. Digests of prefixes are compared, not cells: of a
million steps, ten for the block, ten for the step, then the tables of that one step.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from aurelius_engine.domain.table_hash import Column
from aurelius_engine.domain.trace import AT_THE_END, Ints, Trace, View, bits, times_of

Table = Sequence[Column]
BLOCK_TIMES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first cell that differs; a missing row or column is an empty text.

    Attributes:
        table: The table.
        row: The row of the table, from 0.
        column: The column.
        left: The left result's value.
        right: The right result's value.
        step: The place of the time among all times of both results, from 0; -1 if the
            difference belongs to no step: a metric, or an order that is still open.
        time_ns: The time, nanoseconds since 1970 in UTC; -1 if it belongs to no step.
        symbol: The row's symbol; empty if it has none.
    """

    table: str
    row: int
    column: str
    left: str
    right: str
    step: int = -1
    time_ns: int = -1
    symbol: str = ""


@dataclass(slots=True)
class Count:
    """How many pairs of digests or rows of one step were compared."""

    comparisons: int = 0


def first_difference(
    left: Mapping[str, Table], right: Mapping[str, Table], count: Count | None = None
) -> Difference | None:
    """Returns where two results part first, or None.

    A table, a column or a type that only one side has comes before every step.
    """
    count = count or Count()
    for name in sorted(left.keys() | right.keys()):
        found = _other_schema(name, left.get(name, ()), right.get(name, ()))
        if found is not None:
            return found
    traces = Trace(left), Trace(right)
    times = times_of(traces)
    place = _first_time(traces, times, count)
    if place is None:
        return None
    time = int(times[place])
    found = _at_time(traces, time, count)
    if time == AT_THE_END:
        return found
    return replace(found, step=place, time_ns=time)


def _first_time(traces: tuple[Trace, Trace], times: Ints, count: Count) -> int | None:
    """Returns the place of the first time at which the traces differ: blocks, then times."""
    if times.size == 0:
        return None
    blocks = [times[at : at + BLOCK_TIMES] for at in range(0, times.size, BLOCK_TIMES)]
    ends = np.array([block[-1] for block in blocks])
    at = _first_unequal(traces, int(times[0]), ends, count)
    if at is None:
        return None
    block = blocks[at]
    place = _first_unequal(traces, int(block[0]), block, count)
    if place is None:
        raise AssertionError("a block differs and none of its times does")
    return at * BLOCK_TIMES + place


def _first_unequal(traces: tuple[Trace, Trace], start: int, ends: Ints, count: Count) -> int | None:
    left, right = (trace.chain(start, ends) for trace in traces)

    def differs(place: int) -> bool:
        count.comparisons += 1
        return left[place] != right[place]

    return _bisect(len(left), differs)


def _bisect(size: int, differs: Callable[[int], bool]) -> int | None:
    """Returns the first place that differs, if each place after it does too."""
    if not differs(size - 1):
        return None
    low, high = 0, size - 1
    while low < high:
        middle = (low + high) // 2
        if differs(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _at_time(traces: tuple[Trace, Trace], time: int, count: Count) -> Difference:
    for mine, theirs in zip(traces[0].views, traces[1].views, strict=True):
        count.comparisons += 1
        found = _in_views(mine, theirs, mine.rows_at(time), theirs.rows_at(time))
        if found is not None:
            return found
    raise AssertionError("a time differs and none of its rows does")


def _in_views(mine: View, theirs: View, left: Ints, right: Ints) -> Difference | None:
    """Returns the first difference of the rows of one step, or None."""
    shared = min(left.size, right.size)
    best: tuple[int, int] | None = None
    for place, (a, b) in enumerate(zip(mine.columns, theirs.columns, strict=True)):
        unequal = np.any(_bits(a, left[:shared]) != _bits(b, right[:shared]), axis=1)
        rows = np.flatnonzero(unequal)
        if rows.size and (best is None or int(rows[0]) < best[0]):
            best = int(rows[0]), place
    if best is None:
        if left.size == right.size:
            return None
        best = shared, 0
    at, place = best
    row_left = int(left[at]) if at < left.size else -1
    row_right = int(right[at]) if at < right.size else -1
    holder, row = (mine, row_left) if row_left >= 0 else (theirs, row_right)
    return Difference(
        table=mine.table,
        row=row,
        column=mine.columns[place].name,
        left=_text(mine.columns[place], row_left),
        right=_text(theirs.columns[place], row_right),
        symbol=next((_text(c, row) for c in holder.columns if c.name == "symbol"), ""),
    )


def _bits(column: Column, rows: Ints) -> Ints:
    return bits(replace(column, data=column.data[rows])).view(np.int64)


def _other_schema(name: str, left: Table, right: Table) -> Difference | None:
    """Returns the first column that one side lacks or has with another type, or None."""
    sides = {c.name: c for c in left}, {c.name: c for c in right}
    for column in [c.name for c in (*left, *right)]:
        a, b = sides[0].get(column), sides[1].get(column)
        if a is None or b is None or a.type != b.type:
            return Difference(table=name, row=0, column=column, left=_text(a, 0), right=_text(b, 0))
    if [c.name for c in left] != [c.name for c in right]:
        pairs = zip(left, right, strict=True)
        a, b = next((a, b) for a, b in pairs if a.name != b.name)
        return Difference(table=name, row=0, column=a.name, left=a.name, right=b.name)
    return None


def _text(column: Column | None, row: int) -> str:
    if column is None or row < 0 or row >= len(column.data):
        return ""
    if column.values is not None:
        return column.values[int(column.data[row])]
    return repr(column.data[row].item())
