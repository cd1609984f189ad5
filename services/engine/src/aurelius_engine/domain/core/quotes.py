"""What the book before an open gives to an order. docs/specs/execution.md section 12.

A row of `book` is of one symbol at one step, row step * n_symbols + symbol, and has
LEVEL of market_table.py for each level, the best one first; 0 where nothing is shown.
"""

from aurelius_engine.compilation import compiled_without_memory
from aurelius_engine.domain.core import codes
from aurelius_engine.domain.core import layout as at
from aurelius_engine.domain.core.layout import Run

_LEVEL = 4
_BID, _ASK, _SIZE = 0, 2, 1


@compiled_without_memory
def prices(r: Run, rule: int) -> bool:
    """Whether fills of a rule are priced by the book."""
    return at.book(r).shape[1] > 0 and (rule == codes.AT_OPEN or rule == codes.MARGIN_CALL)


@compiled_without_memory
def _row(r: Run, step: int, symbol: int) -> int:
    return int(step * at.open(r).shape[1] + symbol)


@compiled_without_memory
def best(r: Run, step: int, symbol: int, buys: bool) -> float:
    """The ask to buy, the bid to sell; 0 if there is none."""
    return float(at.book(r)[_row(r, step, symbol), _ASK if buys else _BID])


@compiled_without_memory
def shown(r: Run, step: int, symbol: int, buys: bool) -> float:
    """The units that all levels of a side show."""
    row, units = _row(r, step, symbol), 0.0
    for place in range(_ASK if buys else _BID, at.book(r).shape[1], _LEVEL):
        units += at.book(r)[row, place + _SIZE]
    return float(units)


@compiled_without_memory
def taken(r: Run, step: int, symbol: int, buys: bool) -> float:
    """The units that fills of the step took of a side."""
    if at.positions(r)[at.USED_STEP, symbol] != step:
        return 0.0
    return float(at.positions(r)[at.BOUGHT if buys else at.SOLD, symbol])


@compiled_without_memory
def take(r: Run, symbol: int, buys: bool, units: float) -> None:
    """Takes the units of a fill, after it was booked, off its side."""
    at.positions(r)[at.BOUGHT if buys else at.SOLD, symbol] += units


@compiled_without_memory
def average(r: Run, step: int, symbol: int, buys: bool, units: float) -> float:
    """The price of a fill: of `units` > 0 behind those that are taken, level after level.

    What is beyond the last level, which rounding alone makes, has its price.
    """
    row, gone = _row(r, step, symbol), taken(r, step, symbol, buys)
    left, value, price = units, 0.0, 0.0
    for place in range(_ASK if buys else _BID, at.book(r).shape[1], _LEVEL):
        size = at.book(r)[row, place + _SIZE]
        if size <= 0.0:
            break
        price = at.book(r)[row, place]
        if gone >= size:
            gone -= size
            continue
        part = min(size - gone, left)
        if part == units:  # one level: its price, whatever the units
            return float(price)
        gone = 0.0
        value += part * price
        left -= part
        if left <= 0.0:
            break
    return float((value + left * price) / units)


@compiled_without_memory
def worst(r: Run, step: int, symbol: int, buys: bool) -> float:
    """The price of the last level of a side that shows units; 0 if there is none."""
    row, price = _row(r, step, symbol), 0.0
    for place in range(_ASK if buys else _BID, at.book(r).shape[1], _LEVEL):
        if at.book(r)[row, place + _SIZE] > 0.0:
            price = at.book(r)[row, place]
    return float(price)
