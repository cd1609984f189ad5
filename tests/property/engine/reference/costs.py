"""What a fill costs (execution 6)."""

from decimal import Decimal

from tests.property.engine.reference.books import Books
from tests.property.engine.reference.exact import ONE, ZERO, Doubts
from tests.property.engine.reference.market import Bar, Market
from tests.property.engine.reference.orders import FREE_OF_SLIPPAGE, Order
from tests.property.engine.reference.terms import Rates, Terms


class Costs:
    """Prices and commissions, with the value traded in the month so far."""

    def __init__(self, terms: Terms, market: Market, books: Books, doubts: Doubts) -> None:
        """Starts before the first month."""
        self._terms, self._market, self._doubts = terms, market, doubts
        self._books = books
        self._month = ""
        self._traded = ZERO

    def begin_step(self, month: str) -> None:
        """Forgets what was traded when the month is another."""
        if month != self._month:
            self._month, self._traded = month, ZERO

    @property
    def rates(self) -> Rates:
        """The rates of the next fill (execution 6.4)."""
        rates = self._terms.rates
        for from_value, of_tier in self._terms.tiers:
            if self._doubts.reaches(self._traded, from_value, "a tier"):
                rates = of_tier
        return rates

    def book(self, value: Decimal) -> None:
        """Counts a fill's value."""
        self._traded += value

    def commission(self, units: Decimal, price: Decimal) -> Decimal:
        """Returns what a fill of units, of either sign, pays."""
        rates, size = self.rates, abs(units)
        parts = size * price * rates.value_ratio + size * rates.per_unit + self._terms.per_order
        return max(parts, self._terms.minimum)

    def by_rate(self, units: Decimal, price: Decimal) -> Decimal:
        """Returns the part of a commission that follows the size."""
        rates, size = self.rates, abs(units)
        return size * price * rates.value_ratio + size * rates.per_unit

    def most_units(self, budget: Decimal, price: Decimal) -> Decimal:
        """Returns the most units whose value and commission stay within a budget (6.5)."""
        terms, rates = self._terms, self.rates
        a_unit = price * (ONE + rates.value_ratio) + rates.per_unit
        if budget <= 0 or a_unit <= 0 or price <= 0:
            return ZERO
        most = min((budget - terms.per_order) / a_unit, (budget - terms.minimum) / price)
        units = self._doubts.lots_down(max(most, ZERO), terms.lot)
        while terms.lot and units > 0:
            cost = units * price + self.commission(units, price)
            self._doubts.near(cost, budget, ZERO, "a budget in lots")
            if cost <= budget:
                break
            units -= terms.lot
        return units

    def can_price(self, order: Order, bar: Bar, step: int) -> bool:
        """Returns whether the bar says what the slippage of an order is (6.2)."""
        terms = self._terms
        if order.kind in FREE_OF_SLIPPAGE or not (terms.volume_slip or terms.impact):
            return True
        if self._books.prices(order):
            return True
        if not bar.volume:
            return False
        return not terms.impact or self._deviation(order.symbol, step) is not None

    def fixed_price(self, order: Order, reference: Decimal, side: int) -> Decimal:
        """Returns the price with the fixed part of the slippage alone, or the best one (12.4)."""
        if self._books.prices(order):
            best = self._books.best(order.symbol, side)
            assert best is not None
            return best
        if order.kind in FREE_OF_SLIPPAGE:
            return reference
        return self._slipped(reference, self._terms.fixed_slip, side)

    def price(
        self, order: Order, reference: Decimal, units: Decimal, bar: Bar, step: int
    ) -> Decimal:
        """Returns the price of signed units (6.1, 6.2, 12.6)."""
        if self._books.prices(order):
            return self._books.price(order.symbol, units)
        if order.kind in FREE_OF_SLIPPAGE:
            return reference
        terms, away = self._terms, self._terms.fixed_slip
        if terms.volume_slip or terms.impact:
            share = abs(units) / bar.volume
            away += terms.volume_slip * share * share
            if terms.impact:
                deviation = self._deviation(order.symbol, step)
                assert deviation is not None
                away += terms.impact * deviation * share.sqrt()
        return self._slipped(reference, away, 1 if units > 0 else -1)

    def _deviation(self, symbol: int, step: int) -> Decimal | None:
        return self._market.deviation(
            symbol, step, self._terms.impact_bars, follow_splits=self._terms.actions_applied
        )

    def _slipped(self, reference: Decimal, away: Decimal, side: int) -> Decimal:
        factor = ONE + away if side > 0 else max(ONE - away, ZERO)
        return self._doubts.on_tick(reference * factor, self._terms.tick, up=side > 0)
