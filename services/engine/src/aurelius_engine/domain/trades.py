"""Round trips: what fills and the flows of their symbols amount to from flat to flat."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aurelius_engine.compilation import compiled
from aurelius_engine.domain.core.codes import CASH_IN_LIEU, SPLIT
from aurelius_engine.domain.core.log import Simulation
from aurelius_engine.domain.lane_sums import add_one

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_SYMBOL, _SIDE, _ENTRY, _EXIT = range(4)
_ENTRY_VALUE, _EXIT_VALUE, _COMMISSION, _INCOME, _PROFIT, _UNITS = range(6)
# Units up to this part of a fill are none: a split's product and its difference round apart.
_DUST = 2.0**-40


@dataclass(frozen=True, slots=True, kw_only=True)
class Trades:
    """Positions from their opening to their end. Shape (n_trades,), amounts in quote currency.

    The closed ones come first, in the order of their ends; then those still open, in the
    order of the symbols, as if sold at the last close without cost. A fill that turns a
    position around ends one trade and begins the next; its commission is divided by units.

    Attributes:
        closed: How many are closed.
        unattributed: Flows that belong to no trade: financing of the whole account.
        symbol: Its place among the panel's symbols.
        side: 1 for long, -1 for short.
        entry_step: The step of the opening fill.
        exit_step: The step of the end, -1 for none.
        entry_value: Units that opened or added, times their prices.
        exit_value: Units that were closed, times their prices; and the value still open.
        commission: Paid by its fills.
        income: Dividends and cash in lieu of units, below 0 paid.
        profit: Net of commission, with income.
    """

    closed: int
    unattributed: float
    symbol: Ints
    side: Ints
    entry_step: Ints
    exit_step: Ints
    entry_value: Floats
    exit_value: Floats
    commission: Floats
    income: Floats
    profit: Floats


def round_trips(run: Simulation) -> Trades:
    """Returns the trades of a run."""
    fills, flows = run.fills, run.flows
    closed, unattributed, ints, floats = _trips(
        fills.step,
        fills.symbol,
        fills.quantity,
        fills.price,
        fills.commission,
        flows.step,
        flows.symbol,
        flows.kind,
        flows.amount,
        flows.units,
        run.panel.close,
    )
    return Trades(
        closed=closed,
        unattributed=unattributed,
        symbol=ints[_SYMBOL],
        side=ints[_SIDE],
        entry_step=ints[_ENTRY],
        exit_step=ints[_EXIT],
        entry_value=floats[_ENTRY_VALUE],
        exit_value=floats[_EXIT_VALUE],
        commission=floats[_COMMISSION],
        income=floats[_INCOME],
        profit=floats[_PROFIT],
    )


@compiled
def _finish(
    row: int, symbol: int, step: int, since: Ints, book: Floats, ints: Ints, floats: Floats
) -> None:
    """Writes a symbol's trade into column `row` and forgets it."""
    ints[_SYMBOL, row], ints[_EXIT, row] = symbol, step
    ints[_SIDE, row], ints[_ENTRY, row] = since[symbol, 1], since[symbol, 0]
    for item in range(_UNITS):
        floats[item, row] = book[symbol, item]
    book[symbol, :] = 0.0


@compiled
def _part(symbol: int, units: float, price: float, fee: float, opens: bool, book: Floats) -> None:
    """Books the part of a fill that opens, or that closes, signed units of a position."""
    book[symbol, _UNITS] += units
    book[symbol, _ENTRY_VALUE if opens else _EXIT_VALUE] += abs(units) * price
    book[symbol, _COMMISSION] += fee
    book[symbol, _PROFIT] += -units * price - fee


@compiled
def _last_close(close: Floats, symbol: int) -> float:
    step = close.shape[0] - 1
    while step > 0 and math.isnan(close[step, symbol]):
        step -= 1
    last: float = close[step, symbol]
    return last


@compiled
def _book_flow(
    flow: int, symbol: Ints, kind: Ints, amount: Floats, units: Floats, book: Floats
) -> int:
    """Books a flow with its symbol's trade, and with a split what it paid for parts of lots.

    Returns the next flow.
    """
    place = symbol[flow]
    splits = True
    while splits:
        book[place, _INCOME] += amount[flow]
        book[place, _PROFIT] += amount[flow]
        book[place, _UNITS] += units[flow]
        splits = (
            kind[flow] == SPLIT
            and flow + 1 < symbol.size
            and symbol[flow + 1] == place
            and kind[flow + 1] == CASH_IN_LIEU
        )
        flow += 1
    return flow


@compiled
def _value_open(
    row: int, close: Floats, since: Ints, book: Floats, ints: Ints, floats: Floats
) -> int:
    """Writes the open trades at their symbols' last closes; returns the next row."""
    for place in range(close.shape[1]):
        units = book[place, _UNITS]
        if units != 0.0:
            value = units * _last_close(close, place)
            book[place, _EXIT_VALUE] += abs(value)
            book[place, _PROFIT] += value
            _finish(row, place, -1, since, book, ints, floats)
            row += 1
    return row


@compiled
def _trips(
    step: Ints,
    symbol: Ints,
    quantity: Floats,
    price: Floats,
    commission: Floats,
    flow_step: Ints,
    flow_symbol: Ints,
    flow_kind: Ints,
    flow_amount: Floats,
    flow_units: Floats,
    close: Floats,
) -> tuple[int, float, Ints, Floats]:
    """Walks through fills and flows; at one step the flows come first, as in the core."""
    symbols = close.shape[1]
    most = 2 * step.size + symbols + 1
    ints, floats = np.empty((4, most), np.int64), np.empty((_UNITS, most))
    since, book = np.zeros((symbols, 2), np.int64), np.zeros((symbols, _UNITS + 1))
    row, flow, total, lost = 0, 0, 0.0, 0.0
    for fill in range(step.size + 1):
        until = step[fill] if fill < step.size else close.shape[0]
        while flow < flow_step.size and flow_step[flow] <= until:
            place = flow_symbol[flow]
            if place < 0 or book[place, _UNITS] == 0.0:
                total, lost = add_one(total, lost, flow_amount[flow])
                flow += 1
                continue
            flow = _book_flow(flow, flow_symbol, flow_kind, flow_amount, flow_units, book)
            if book[place, _UNITS] == 0.0:
                _finish(row, place, flow_step[flow - 1], since, book, ints, floats)
                row += 1
        if fill == step.size:
            break
        place, amount, fee = symbol[fill], quantity[fill], commission[fill]
        held, ending = book[place, _UNITS], 0.0
        if held * amount < 0.0:
            ending = -held if abs(amount) >= abs(held) * (1.0 - _DUST) else amount
        opening = amount - ending
        if abs(opening) <= _DUST * abs(amount):
            opening = 0.0
        if ending != 0.0:
            share = ending / amount if opening != 0.0 else 1.0
            _part(place, ending, price[fill], fee * share, False, book)
            if book[place, _UNITS] == 0.0:
                _finish(row, place, step[fill], since, book, ints, floats)
                row += 1
        if opening != 0.0:
            if book[place, _UNITS] == 0.0:
                since[place, 0], since[place, 1] = step[fill], 1 if opening > 0.0 else -1
            share = opening / amount if ending != 0.0 else 1.0
            _part(place, opening, price[fill], fee * share, True, book)
    closed = row
    row = _value_open(row, close, since, book, ints, floats)
    return closed, total + lost, ints[:, :row].copy(), floats[:, :row].copy()


class TradeFacts(NamedTuple):
    """What the trades amount to; profits in quote currency.

    Ratios are of profit to entry value. Everything but `open_profit` is of closed trades.
    """

    trades: int
    won: int
    lost: int
    won_profit: float
    lost_profit: float
    profit: float
    ratio_sum: float
    best: float
    worst: float
    holding_bars: int
    losing_run: int
    open_profit: float


@compiled
def _facts(
    closed: int, entry: Ints, leave: Ints, entry_value: Floats, profit: Floats
) -> TradeFacts:
    won = lost = bars = run = longest = 0
    wins, wins_lost, losses, losses_lost = 0.0, 0.0, 0.0, 0.0
    ratios, ratios_lost, whole, whole_lost = 0.0, 0.0, 0.0, 0.0
    best, worst = -math.inf, math.inf
    for i in range(closed):
        gain = profit[i]
        whole, whole_lost = add_one(whole, whole_lost, gain)
        run = run + 1 if gain < 0.0 else 0
        longest = max(longest, run)
        if gain > 0.0:
            won += 1
            wins, wins_lost = add_one(wins, wins_lost, gain)
        elif gain < 0.0:
            lost += 1
            losses, losses_lost = add_one(losses, losses_lost, -gain)
        ratio = gain / entry_value[i]
        ratios, ratios_lost = add_one(ratios, ratios_lost, ratio)
        best, worst = max(best, ratio), min(worst, ratio)
        bars += leave[i] - entry[i]
    still, still_lost = 0.0, 0.0
    for i in range(closed, profit.size):
        still, still_lost = add_one(still, still_lost, profit[i])
    return TradeFacts(
        closed,
        won,
        lost,
        wins + wins_lost,
        losses + losses_lost,
        whole + whole_lost,
        ratios + ratios_lost,
        best,
        worst,
        bars,
        longest,
        still + still_lost,
    )


def trade_facts(trades: Trades) -> TradeFacts:
    """Gathers the facts of the trades."""
    return _facts(
        trades.closed, trades.entry_step, trades.exit_step, trades.entry_value, trades.profit
    )
