"""What the book before an open gives (execution 12)."""

from decimal import Decimal

from tests.property.engine.reference.exact import ZERO
from tests.property.engine.reference.market import Level, Market
from tests.property.engine.reference.orders import Order
from tests.property.engine.reference.terms import Terms


class Books:
    """The books of one step, and what was taken of them."""

    def __init__(self, terms: Terms, market: Market) -> None:
        """Starts before the first step."""
        self._terms, self._market = terms, market
        self._step = -1
        self._taken: dict[tuple[int, int], Decimal] = {}

    def begin_step(self, step: int) -> None:
        """Shows the books of a step, whole."""
        self._step, self._taken = step, {}

    def prices(self, order: Order) -> bool:
        """Returns whether the book prices an order (12.2)."""
        return self._terms.fill_source != "bars" and order.kind in ("market", "on_open")

    def best(self, symbol: int, side: int) -> Decimal | None:
        """Returns the best price to buy (1) or sell (-1) at, None if nothing is shown."""
        levels = self._levels(symbol, side)
        return levels[0][0] if levels else None

    def shown(self, symbol: int, side: int) -> Decimal:
        """Returns the units that a side shows."""
        return sum((size for _, size in self._levels(symbol, side)), ZERO)

    def taken(self, symbol: int, side: int) -> Decimal:
        """Returns the units that the step's fills took of a side."""
        return self._taken.get((symbol, side), ZERO)

    def take(self, symbol: int, units: Decimal) -> None:
        """Takes the signed units of a fill."""
        side = 1 if units > 0 else -1
        self._taken[symbol, side] = self.taken(symbol, side) + abs(units)

    def price(self, symbol: int, units: Decimal) -> Decimal:
        """Returns the average price of signed units behind those that are taken (12.6)."""
        side = 1 if units > 0 else -1
        first = self.taken(symbol, side)
        last = first + abs(units)
        value, start, price = ZERO, ZERO, ZERO
        for price, size in self._levels(symbol, side):
            end = start + size
            value += price * max(min(end, last) - max(start, first), ZERO)
            start = end
        value += price * max(last - max(start, first), ZERO)
        return value / abs(units)

    def _levels(self, symbol: int, side: int) -> list[Level]:
        bar = self._market.bars[symbol][self._step]
        if bar is None:
            return []
        found = [level for level in (bar.asks if side > 0 else bar.bids) if level[1]]
        return found[:1] if self._terms.fill_source == "quotes" else found
