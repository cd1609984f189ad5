"""Cash, units and marks, and the valuation in force (execution 1 and 5.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests.property.engine.reference.exact import ZERO


@dataclass(frozen=True)
class Fill:
    """A trade."""

    step: int
    order: int
    symbol: int
    quantity: Decimal
    price: Decimal
    reference: Decimal
    commission: Decimal
    rule: str


@dataclass(frozen=True)
class Flow:
    """What changed the account and is no trade; symbol -1 is the whole account."""

    step: int
    symbol: int
    kind: str
    amount: Decimal
    units: Decimal


class Account:
    """What is owned, and what it was worth at the valuation in force."""

    def __init__(self, cash: Decimal, symbols: int) -> None:
        """Holds cash alone."""
        self.cash = cash
        self.held = [ZERO] * symbols
        self.marks = [ZERO] * symbols
        self.value_at = [ZERO] * symbols
        self.equity = cash
        self.stake = abs(cash)

    def long(self, prices: list[Decimal]) -> Decimal:
        """Returns the value of units above zero."""
        return sum((u * p for u, p in zip(self.held, prices, strict=True) if u > 0), ZERO)

    def short(self, prices: list[Decimal]) -> Decimal:
        """Returns the value of units below zero, as a positive number."""
        return sum((-u * p for u, p in zip(self.held, prices, strict=True) if u < 0), ZERO)

    def equity_at(self, prices: list[Decimal]) -> Decimal:
        """Returns cash + (long - short)."""
        long, short = self.long(prices), self.short(prices)
        self.stake = max(self.stake, abs(self.cash) + long + short)
        return self.cash + (long - short)

    def value(self, price_of: Callable[[int], Decimal | None]) -> None:
        """Makes a valuation: at a price, or at the mark where there is none."""
        for symbol, mark in enumerate(self.marks):
            price = price_of(symbol)
            self.value_at[symbol] = mark if price is None else price
        self.equity = self.equity_at(self.value_at)

    def trade(self, fill: Fill) -> None:
        """Books a fill."""
        self.cash -= fill.quantity * fill.price + fill.commission
        self.held[fill.symbol] += fill.quantity
        self.stake = max(self.stake, abs(self.cash))
