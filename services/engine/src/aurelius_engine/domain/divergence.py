"""Where two results part first."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from aurelius_engine.domain.results import Table
from aurelius_engine.domain.table_hash import Column


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first cell that differs; a missing row or column is an empty text."""

    table: str
    row: int
    column: str
    left: str
    right: str


def first_difference(left: Mapping[str, Table], right: Mapping[str, Table]) -> Difference | None:
    """Returns the first differing cell by table name, then row, then column; or None."""
    for name in sorted(left.keys() | right.keys()):
        found = _first_in_table(name, left.get(name, ()), right.get(name, ()))
        if found is not None:
            return found
    return None


def _first_in_table(name: str, left: Table, right: Table) -> Difference | None:
    best: Difference | None = None
    names = [column.name for column in left]
    names += [column.name for column in right if column.name not in names]
    left_by, right_by = {c.name: c for c in left}, {c.name: c for c in right}
    for column in names:
        a, b = left_by.get(column), right_by.get(column)
        row = _first_row(a, b)
        if row is not None and (best is None or row < best.row):
            best = Difference(
                table=name, row=row, column=column, left=_text(a, row), right=_text(b, row)
            )
    return best


def _first_row(a: Column | None, b: Column | None) -> int | None:
    if a is None or b is None or a.type != b.type:
        return 0
    shared = min(len(a.data), len(b.data))
    if a.values is not None:
        pairs = zip(a.texts()[:shared], b.texts()[:shared], strict=True)
        rows = np.flatnonzero([mine != theirs for mine, theirs in pairs])
    else:
        x, y = a.data[:shared], b.data[:shared]
        if x.dtype == np.float64:
            both_nan = np.isnan(x) & np.isnan(y)
            rows = np.flatnonzero((x.view(np.uint64) != y.view(np.uint64)) & ~both_nan)
        else:
            rows = np.flatnonzero(x != y)
    if rows.size:
        return int(rows[0])
    return shared if len(a.data) != len(b.data) else None


def _text(column: Column | None, row: int) -> str:
    if column is None or row >= len(column.data):
        return ""
    if column.values is not None:
        return column.values[int(column.data[row])]
    return repr(column.data[row].item())
