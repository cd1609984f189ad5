"""The bars of a vendor's answers, series by series, as one table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.application.errors import FileMalformed, UploadTooLarge
from aurelius_engine.domain.errors import CurrencyMixed, DatasetEmpty, RowRefused
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.table_hash import coded_column

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
FIRST_NS, END_NS = 0, 2**63 - 2**55  # 1970 to 2261: what nanoseconds can count, and clocks shift


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Bars of one symbol. `path_of` says where a column of the k-th of them is in the file."""

    symbol: str
    time: Ints
    columns: dict[str, Floats]
    path_of: Callable[[str, int], str]


def table_of(series: Sequence[Series]) -> MarketTable:
    """Returns the checked table of series that have the same columns.

    Raises:
        DatasetEmpty: There is no bar.
        RowRefused: A bar cannot be true; with its path.
    """
    if not any(each.time.size for each in series):
        raise DatasetEmpty("the file has no bar", found=0, allowed="at least 1 bar")
    names = sorted({each.symbol for each in series})
    codes = np.concatenate(
        [np.full(each.time.size, names.index(each.symbol), dtype=np.int64) for each in series]
    )
    bars = {
        name: np.concatenate([each.columns[name] for each in series]) for name in series[0].columns
    }
    time = np.concatenate([each.time for each in series])
    try:
        return MarketTable.taking(time=time, symbol=coded_column("symbol", codes, names), bars=bars)
    except RowRefused as refusal:
        raise _placed(refusal, series) from refusal


def refuse_more(rows: int, max_rows: int) -> None:
    """Raises: UploadTooLarge: There are more bars than allowed."""
    if rows > max_rows:
        raise UploadTooLarge(
            f"the file has {rows} bars or more, the limit is {max_rows}",
            found=rows,
            allowed=max_rows,
            unit="rows",
        )


def refuse_mixed(currencies: Sequence[str]) -> None:
    """Raises: CurrencyMixed: There are several: nothing converts one into another."""
    found = sorted(set(currencies))
    if len(found) > 1:
        shown = ", ".join(text[:16] for text in found[:5])
        raise CurrencyMixed(
            f"the prices are in {len(found)} currencies: {shown}",
            found=shown,
            allowed="one currency",
        )


def refuse_early(time: int, path: str) -> int:
    """Returns a time in ns. Raises: FileMalformed: It is none of 1970 to 2261."""
    if not FIRST_NS <= time < END_NS:
        raise FileMalformed(
            f"{path} is {time} ns, allowed a time from 1970 to 2261",
            found=time,
            allowed="a time from 1970 to 2261",
            path=path,
        )
    return time


def _placed(refusal: RowRefused, series: Sequence[Series]) -> RowRefused:
    """Returns a refusal that says where in the file the row is."""
    facts = refusal.facts
    row = int(facts["row"])
    for each in series:
        if row < each.time.size:
            path = each.path_of(str(facts["column"]), row)
            break
        row -= each.time.size
    return type(refusal)(
        row=int(facts["row"]),
        symbol=str(facts["symbol"]),
        column=str(facts["column"]),
        found=str(facts["found"]),
        allowed=str(facts["allowed"]),
        path=path,
    )
