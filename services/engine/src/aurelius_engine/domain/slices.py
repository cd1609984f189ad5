"""A part of a table as data of its own, and the proof that it is one.

docs/specs/identity.md sections 3 and 6.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from aurelius_engine.domain import errors
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.table_hash import (
    CHUNK_ROWS,
    Column,
    chunk_hashes,
    coded_column,
    header_text,
    merkle_root,
    table_hash,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceProof:
    """What the rows of symbols in a window are, against the digest of the whole table.

    Rows [first_row, end_row) are those of the covering chunks; `symbols` is empty for all.
    """

    header: str
    symbols: tuple[str, ...]
    start: int
    end: int
    first_row: int
    end_row: int
    sibling_hashes: tuple[bytes, ...]
    slice_hash: str
    slice_row_count: int


def slice_hash(table: MarketTable, symbols: Sequence[str], start: int, end: int) -> str:
    """Returns the data hash that the rows of symbols in a window have as a table of their own.

    Args:
        table: Checked and sorted.
        symbols: Of the table; empty means all.
        start: The first time, inclusive, in ns since 1970.
        end: The time after the last, exclusive.
    """
    return table_hash(slice_columns(table, symbols, start, end))


def slice_columns(
    table: MarketTable, symbols: Sequence[str], start: int, end: int
) -> tuple[Column, ...]:
    """Returns the columns of the rows of symbols in a window; see `slice_hash`."""
    low, high = np.searchsorted(table.time, [start, end], side="left").tolist()
    rows: slice | np.ndarray[tuple[int], np.dtype[np.int64]] = slice(low, high)
    chosen = frozenset(symbols)
    if chosen and not chosen.issuperset(table.symbols):
        wanted = np.array([name in chosen for name in table.symbols], dtype=np.bool_)
        rows = low + np.flatnonzero(wanted[table.symbol.data[low:high]])
    columns = []
    for column in table.columns():
        if column.values is None:
            columns.append(replace(column, data=column.data[rows]))
        else:
            places = column.data[rows].astype(np.int64)
            columns.append(coded_column(column.name, places, column.values))
    return tuple(columns)


def slice_proof(table: MarketTable, symbols: Sequence[str], start: int, end: int) -> SliceProof:
    """Returns the proof of a slice. Its cost is one hash of the whole table.

    Raises:
        SymbolUnknown: The table has no such symbol.
        WindowReversed, WindowEmpty: No row lies in the window.
    """
    first_row, end_row = covering_rows(table, symbols, start, end)
    chosen = slice_columns(table, symbols, start, end)
    rows = len(chosen[0].data)
    if rows == 0:
        raise _empty(table, start, end)
    whole = table.columns()
    leaves = chunk_hashes(whole)
    covering = range(first_row // CHUNK_ROWS, -(-end_row // CHUNK_ROWS))
    return SliceProof(
        header=header_text(whole).decode(),
        symbols=tuple(sorted(set(symbols), key=lambda text: text.encode())),
        start=start,
        end=end,
        first_row=first_row,
        end_row=end_row,
        sibling_hashes=tuple(_siblings(leaves, 0, len(leaves), covering)),
        slice_hash=table_hash(chosen),
        slice_row_count=rows,
    )


def covering_rows(
    table: MarketTable, symbols: Sequence[str], start: int, end: int
) -> tuple[int, int]:
    """Returns the rows of the chunks that cover a window, as [first, end).

    They hold the row before the window and the row after it, where there are such: sorted
    rows beyond both ends show that none of the window was left out.

    Raises:
        SymbolUnknown: The table has no such symbol.
        WindowReversed, WindowEmpty: No row lies in the window.
    """
    known = set(table.symbols)
    unknown = [name for name in symbols if name not in known]
    if unknown:
        raise errors.SymbolUnknown(
            f"the data has no symbol {unknown[0]}",
            found=unknown[0],
            allowed=", ".join(table.symbols)[:200],
        )
    if end <= start:
        raise errors.WindowReversed(
            "the end of the window is not after its start",
            found=str(np.datetime64(end, "ns")),
            allowed=f"after {np.datetime64(start, 'ns')}",
        )
    low, high = np.searchsorted(table.time, [start, end], side="left").tolist()
    if low == high:
        raise _empty(table, start, end)
    total = table.time.size
    first = max(low - 1, 0) // CHUNK_ROWS * CHUNK_ROWS
    chunks = -(-min(high + 1, total) // CHUNK_ROWS)
    return first, min(chunks * CHUNK_ROWS, total)


def rows_of(table: MarketTable, first: int, end: int) -> tuple[Column, ...]:
    """Returns the columns of rows [first, end); texts keep the codes of the whole table."""
    return tuple(replace(column, data=column.data[first:end]) for column in table.columns())


def _siblings(leaves: Sequence[bytes], start: int, end: int, covering: range) -> Iterator[bytes]:
    """Returns the roots of the greatest subtrees outside `covering`, left to right."""
    if end <= covering.start or start >= covering.stop:
        yield merkle_root(leaves[start:end])
    elif end - start > 1:
        split = start + (1 << ((end - start - 1).bit_length() - 1))
        yield from _siblings(leaves, start, split, covering)
        yield from _siblings(leaves, split, end, covering)


def _empty(table: MarketTable, start: int, end: int) -> errors.WindowEmpty:
    first, last = np.datetime64(int(table.time[0]), "ns"), np.datetime64(int(table.time[-1]), "ns")
    return errors.WindowEmpty(
        "no bar lies in the window",
        found=f"{np.datetime64(start, 'ns')} to {np.datetime64(end, 'ns')}",
        allowed=f"a window with a bar, within {first} to {last}",
    )
