"""Small markets whose symbols are members of a universe for a time."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aurelius_engine.domain.market_table import BARS, OPTIONAL, MarketTable
from tests.unit.engine.runs import market


def universe(
    bars: Mapping[str, Sequence[Any]],
    member: Mapping[str, Sequence[int]],
    delisting_return: Mapping[str, float] | None = None,
) -> MarketTable:
    """Returns `market(bars)` with memberships.

    Args:
        bars: As of `market`.
        member: By symbol, one entry a bar.
        delisting_return: Of a symbol's last bar; None: the data has no such column.
    """
    table = market(bars)
    codes = table.symbol.data
    columns = {name: getattr(table, name) for name in (*BARS, *OPTIONAL)}
    columns["member"] = np.zeros(codes.size)
    returned = np.zeros(codes.size)
    for code, symbol in enumerate(table.symbols):
        rows = np.flatnonzero(codes == code)
        columns["member"][rows] = member[symbol]
        returned[rows[-1]] = (delisting_return or {}).get(symbol, 0.0)
    if delisting_return is not None:
        columns["delisting_return"] = returned
    return MarketTable.build(
        time=table.time,
        symbol=table.symbol.texts(),
        bars={name: values for name, values in columns.items() if values is not None},
    )
