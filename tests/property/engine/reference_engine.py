"""A second engine: slow, in exact signals and 60-digit accounts, one symbol's bars at a time.

It shares no code with the engine. It is written from the contract's comments
(backtest_spec.proto, strategy.proto), docs/specs/metrics.md and the docstrings of
kernel.py, and is the oracle of test_reference.py.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

DIGITS = 60
# Closer to a boundary than this, binary rounding may take the other side.
NEAR = Decimal("1e-11")
EXACT = Decimal("1e-40")
# Level with a mean, and dust beside an order: signals.py, kernel.py.
LEVEL = Fraction(1, 2**40)
DUST = Decimal(2) ** -40
ZERO = Decimal(0)


@dataclass(frozen=True)
class Bar:
    """One symbol's bar."""

    time: int
    open: float
    high: float
    low: float
    close: float


@dataclass
class Order:
    """What a decision became."""

    submitted: int
    symbol: str
    target: int
    state: str = "open"
    filled: Decimal = ZERO
    ended: int = -1


@dataclass(frozen=True)
class Fill:
    """A trade at an open."""

    time: int
    symbol: str
    quantity: Decimal
    price: Decimal
    fee: Decimal


@dataclass
class Book:
    """The state of the account, and its history."""

    cash: Decimal
    held: dict[str, Decimal]
    marks: dict[str, Decimal] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    equity: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    exposed: int = 0
    peak: Decimal = ZERO
    doubtful: bool = False


def signals(strategy: Mapping[str, Any], bars: Sequence[Bar]) -> list[int]:
    """Returns what a template wants at each close, from its rule in strategy.proto."""
    ((name, of),) = strategy.items()
    close = [Fraction(bar.close) for bar in bars]
    high = [Fraction(bar.high) for bar in bars]
    low = [Fraction(bar.low) for bar in bars]
    wants: list[int] = []
    now = 0
    for i in range(len(bars)):
        if name == "buyAndHold":
            now = 1
        elif name == "tsMomentum":
            back = i - of["lookbackBars"]
            now = _sign(close[i] - close[back]) if back >= 0 else 0
        elif name == "trendFollowing":
            if i + 1 >= of["slowBars"]:
                slow = _mean(close, i, of["slowBars"])
                gap = _mean(close, i, of["fastBars"]) - slow
                now = _sign(gap) if abs(gap) > slow * LEVEL else now
        elif name == "meanReversion":
            if i + 1 >= of["lookbackBars"]:
                now = _reverting(close[i + 1 - of["lookbackBars"] : i + 1], of, now)
        else:
            entry, leave = of["entryBars"], of["exitBars"]
            if i >= max(entry, leave):
                if close[i] > max(high[i - entry : i]):
                    now = 1
                elif close[i] < min(low[i - entry : i]):
                    now = -1
                elif (now > 0 and close[i] < min(low[i - leave : i])) or (
                    now < 0 and close[i] > max(high[i - leave : i])
                ):
                    now = 0
        wants.append(now)
    return wants


def _sign(x: Fraction) -> int:
    return (x > 0) - (x < 0)


def _mean(values: Sequence[Fraction], last: int, bars: int) -> Fraction:
    return sum(values[last + 1 - bars : last + 1], Fraction(0)) / bars


def _reverting(window: Sequence[Fraction], of: Mapping[str, Any], now: int) -> int:
    """Compares score with distance without a root: sign(d) d^2 against sign(z) z^2 s^2."""
    mean = sum(window, Fraction(0)) / len(window)
    variance = sum(((x - mean) ** 2 for x in window), Fraction(0)) / (len(window) - 1)
    if variance <= (mean * LEVEL) ** 2:
        return now
    away = window[-1] - mean
    away = away if abs(away) > mean * LEVEL else Fraction(0)
    score = _sign(away) * away * away / variance
    entry, leave = Fraction(of["entryZscore"]) ** 2, Fraction(of["exitZscore"]) ** 2
    if score <= -entry:
        return 1
    if score >= entry:
        return -1
    if (now > 0 and score >= -leave) or (now < 0 and score <= leave):
        return 0
    return now


class ReferenceEngine:
    """One run of a resolved document over bars by symbol."""

    def __init__(self, document: Mapping[str, Any], market: Mapping[str, Sequence[Bar]]) -> None:
        """Takes the document and each symbol's bars, oldest first."""
        self.document = document
        self.symbols = sorted(market, key=lambda name: name.encode())
        self.bars = {name: {bar.time: bar for bar in market[name]} for name in market}
        self.times = sorted({bar.time for bars in market.values() for bar in bars})
        short = document["direction"] == "DIRECTION_LONG_SHORT"
        self.wants = {
            name: {
                bar.time: want if short else max(want, 0)
                for bar, want in zip(
                    market[name], signals(document["strategy"], market[name]), strict=True
                )
            }
            for name in market
        }
        self.whole = document["units"] == "UNITS_INTEGER"
        rates = document["commission"]
        self.rate, self.per_unit, self.minimum = (
            Decimal(float(rates[key])) for key in ("valueRatio", "perUnit", "minimum")
        )
        self.fraction = Decimal(float(document["equityFractionRatio"]))

    def run(self) -> Book:
        """Goes through the clock once."""
        with localcontext() as context:
            context.prec = DIGITS
            book = Book(
                cash=Decimal(float(self.document["initialCash"])),
                held=dict.fromkeys(self.symbols, ZERO),
            )
            book.equity.append((book.cash, ZERO))
            last = dict.fromkeys(self.symbols, 0)
            waiting: dict[str, Order] = {}
            for time in self.times:
                self._open(book, time, waiting)
                self._close(book, time)
                self._decide(book, time, last, waiting)
            return book

    def _open(self, book: Book, time: int, waiting: dict[str, Order]) -> None:
        prices = {s: Decimal(self.bars[s][time].open) for s in self.symbols if time in self.bars[s]}
        worth = book.cash + sum(
            (book.held[s] * prices.get(s, book.marks.get(s, ZERO)) for s in self.symbols), ZERO
        )
        gross = sum((abs(u) * prices.get(s, ZERO) for s, u in book.held.items()), ZERO)
        book.peak = max(book.peak, abs(book.cash) + gross)
        share = worth * self.fraction / len(self.symbols)
        mine = [s for s in self.symbols if s in waiting and s in prices]
        buying = {
            s: waiting[s].target > 0 or (waiting[s].target == 0 and book.held[s] < 0) for s in mine
        }
        for symbol in sorted(mine, key=lambda s: buying[s]):  # sales first, then by symbol
            order = waiting[symbol]
            self._fill(book, time, order, prices[symbol], share)
            if order.state != "open":
                del waiting[symbol]

    def _fill(self, book: Book, time: int, order: Order, price: Decimal, share: Decimal) -> None:
        held = book.held[order.symbol]
        asked = max(share, -held * price)
        if order.target >= 0 and book.cash <= NEAR * book.peak and asked <= book.peak / 100:
            book.doubtful = True  # crumbs of a fortune can pay the orders of a poor account
        change = self._change(book, order.target, held, price, share)
        waits = False
        if change > 0:
            most = self._affordable(book, book.cash, price)
            most = most if most >= change * DUST else ZERO
            waits = order.target >= 0 and held < 0 and held + min(change, most) < 0
            if change != most and abs(change - most) <= NEAR * change:
                book.doubtful = True
            change = min(change, most)
        fee = self._fee(change, price)
        left = book.cash - change * price - fee
        scale = abs(book.cash) + abs(change) * price + fee
        if abs(left) <= EXACT * scale:  # all-in: what is left of 60 digits
            left = ZERO
        elif change and abs(left) <= NEAR * scale:
            book.doubtful = True
        if change and left >= 0:
            book.cash = left
            rest = held + change
            book.held[order.symbol] = rest if abs(rest) > EXACT * abs(change) else ZERO
            book.fills.append(Fill(time, order.symbol, change, price, fee))
            order.filled += change
            order.state = "open" if waits else "filled"
        elif not change and (held * order.target > 0 or (order.target == 0 and held == 0)):
            order.state = "cancelled"
        elif not (order.target >= 0 and held < 0):
            order.state = "rejected"
        if order.state != "open":
            order.ended = time

    def _change(
        self, book: Book, target: int, held: Decimal, price: Decimal, share: Decimal
    ) -> Decimal:
        if target == 0:
            return -held
        if target < 0:
            units = self._units(book, share / price) if share > 0 else ZERO
            return -(max(held, ZERO) + max(units + min(held, ZERO), ZERO))
        cover = max(-held, ZERO)
        room = share - max(held, ZERO) * price
        budget = min(room, book.cash - cover * price - self._fee(cover, price))
        more = self._affordable(book, budget, price)
        return cover + (more if more * price > share * DUST else ZERO)

    def _affordable(self, book: Book, budget: Decimal, price: Decimal) -> Decimal:
        scale = abs(book.cash) + sum((abs(u) * price for u in book.held.values()), ZERO)
        if budget != 0 and abs(budget) <= NEAR * scale:
            book.doubtful = True
        if budget <= 0:
            return ZERO
        by_rate = budget / (price * (1 + self.rate) + self.per_unit)
        by_minimum = (budget - self.minimum) / price
        if by_minimum != 0 and abs(by_minimum) * price <= NEAR * budget:
            book.doubtful = True
        return self._units(book, max(min(by_rate, by_minimum), ZERO))

    def _units(self, book: Book, units: Decimal) -> Decimal:
        if not self.whole:
            return units
        if units and abs(units - units.to_integral_value()) <= NEAR * max(units, Decimal(1)):
            book.doubtful = True
        return Decimal(math.floor(units))

    def _fee(self, quantity: Decimal, price: Decimal) -> Decimal:
        if quantity == 0:
            return ZERO
        size = abs(quantity)
        return max(size * price * self.rate + size * self.per_unit, self.minimum)

    def _close(self, book: Book, time: int) -> None:
        for symbol in self.symbols:
            if time in self.bars[symbol]:
                book.marks[symbol] = Decimal(self.bars[symbol][time].close)
        value = sum((u * book.marks.get(s, ZERO) for s, u in book.held.items()), ZERO)
        book.equity.append((book.cash, value))
        book.exposed += any(book.held.values())

    def _decide(
        self, book: Book, time: int, last: dict[str, int], waiting: dict[str, Order]
    ) -> None:
        for symbol in self.symbols:
            want = self.wants[symbol].get(time)
            if want is None or want == last[symbol]:
                continue
            last[symbol] = want
            before = waiting.pop(symbol, None)
            if before is not None:
                before.state, before.ended = "cancelled", time
                if want == 0 and book.held[symbol] == 0:
                    continue
            waiting[symbol] = Order(time, symbol, want)
            book.orders.append(waiting[symbol])


def trips(book: Book) -> list[tuple[Decimal, Decimal]]:
    """Returns (entry value, profit) of each closed round trip, in the order of their ends."""
    with localcontext() as context:
        context.prec = DIGITS
        return _trips(book)


def _trips(book: Book) -> list[tuple[Decimal, Decimal]]:
    units: dict[str, Decimal] = {}
    entry: dict[str, Decimal] = {}
    flow: dict[str, Decimal] = {}
    closed: list[tuple[Decimal, Decimal]] = []
    for fill in book.fills:
        s, held = fill.symbol, units.get(fill.symbol, ZERO)
        ends = ZERO
        if held * fill.quantity < 0:
            ends = -held if abs(fill.quantity) >= abs(held) else fill.quantity
        opens = fill.quantity - ends
        each = fill.fee / abs(fill.quantity)
        if ends:
            flow[s] += -ends * fill.price - each * abs(ends)
            units[s] = held + ends if abs(held + ends) > EXACT * abs(ends) else ZERO
            if units[s] == 0:
                closed.append((entry.pop(s), flow.pop(s)))
        if abs(opens) > EXACT * abs(fill.quantity):
            units[s] = units.get(s, ZERO) + opens
            entry[s] = entry.get(s, ZERO) + abs(opens) * fill.price
            flow[s] = flow.get(s, ZERO) - opens * fill.price - each * abs(opens)
    return closed


def metrics(book: Book, *, periods: int, risk_free_ratio: float) -> dict[str, Decimal | str]:
    """Returns each metric of docs/specs/metrics.md, or the reason why it has no value."""
    with localcontext() as context:
        context.prec = DIGITS
        return _metrics(book, Decimal(periods), Decimal(float(risk_free_ratio)))


def _metrics(book: Book, p: Decimal, annual_free: Decimal) -> dict[str, Decimal | str]:
    e = [cash + value for cash, value in book.equity]
    n = len(e) - 1
    closed = _trips(book)
    won = [profit for _, profit in closed if profit > 0]
    lost = [profit for _, profit in closed if profit < 0]
    none = "UNDEFINED_NO_TRADES"
    out: dict[str, Decimal | str] = {
        "final_equity": e[-1],
        "total_return_ratio": e[-1] / e[0] - 1,
        "exposure_ratio": Decimal(book.exposed) / n,
        "commission_total": sum((fill.fee for fill in book.fills), ZERO),
        "fill_count": Decimal(len(book.fills)),
        "trade_count": Decimal(len(closed)),
        "win_rate_ratio": Decimal(len(won)) / len(closed) if closed else none,
        "average_trade_ratio": sum((b / a for a, b in closed), ZERO) / len(closed)
        if closed
        else none,
        "profit_factor_ratio": none if not closed else "UNDEFINED_NO_LOSSES",
    }
    if lost:
        out["profit_factor_ratio"] = sum(won, ZERO) / -sum(lost, ZERO)
    rest = (
        "annual_return_ratio",
        "annual_volatility_ratio",
        "sharpe_ratio",
        "sortino_ratio",
        "max_drawdown_ratio",
        "calmar_ratio",
        "turnover_ratio",
    )
    if min(e) <= 0:
        return out | dict.fromkeys(rest, "UNDEFINED_EQUITY_NOT_POSITIVE")
    r = [e[t] / e[t - 1] - 1 for t in range(1, n + 1)]
    f = annual_free / p
    mean = sum(r, ZERO) / n
    year = p.sqrt()
    growth = (e[-1] / e[0]).ln() * p / n
    annual: Decimal | str = growth.exp() - 1 if growth <= 700 else "UNDEFINED_OVERFLOW"
    fall = max(1 - e[t] / max(e[: t + 1]) for t in range(n + 1))
    out |= {"annual_return_ratio": annual, "max_drawdown_ratio": fall}
    out["calmar_ratio"] = annual
    if isinstance(annual, Decimal):
        out["calmar_ratio"] = annual / fall if fall > DUST else "UNDEFINED_NO_DRAWDOWN"
    traded = sum((abs(fill.quantity) * fill.price for fill in book.fills), ZERO)
    out["turnover_ratio"] = traded / (sum(e[1:], ZERO) / n) * p / n
    if n < 2:
        few = ("annual_volatility_ratio", "sharpe_ratio", "sortino_ratio")
        return out | dict.fromkeys(few, "UNDEFINED_TOO_FEW_BARS")
    deviation = (sum(((x - mean) ** 2 for x in r), ZERO) / (n - 1)).sqrt()
    below = (sum((min(x - f, ZERO) ** 2 for x in r), ZERO) / n).sqrt()
    out["annual_volatility_ratio"] = deviation * year
    for name, risk in (("sharpe_ratio", deviation), ("sortino_ratio", below)):
        out[name] = (mean - f) / risk * year if risk > DUST else "UNDEFINED_NO_RISK"
    return out
