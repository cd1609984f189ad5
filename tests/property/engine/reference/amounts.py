"""How many units an order wants, fixed when a rule first lets it fill (execution 5.2)."""

from dataclasses import dataclass
from decimal import Decimal

from tests.property.engine.reference.account import Account
from tests.property.engine.reference.costs import Costs
from tests.property.engine.reference.exact import DUST, ZERO, Doubts
from tests.property.engine.reference.orders import Order
from tests.property.engine.reference.terms import Terms


@dataclass(frozen=True)
class Amounts:
    """Turns what orders were told into units."""

    terms: Terms
    account: Account
    costs: Costs
    doubts: Doubts

    def wanted(self, order: Order, reference: Decimal) -> Decimal:
        """Returns signed units; 0 where it is nothing (5.3)."""
        held = self.account.held[order.symbol]
        if order.amount_kind == "close_position":
            return -held
        if order.amount_kind == "quantity":
            return self._whole(order)
        if order.amount_kind == "units":
            return self._whole(order) - held
        if not order.amount:
            return -held
        worth = max(abs(order.amount) * self.account.equity, ZERO)
        units = self._by_weight(order, reference, worth)
        value = abs(units) * reference
        self.doubts.near(value, DUST * worth, ZERO, "dust")
        return units if value > DUST * worth else ZERO

    def _whole(self, order: Order) -> Decimal:
        return self.doubts.lots_down(order.amount, self.terms.lot)

    def _by_weight(self, order: Order, reference: Decimal, worth: Decimal) -> Decimal:
        held = self.account.held[order.symbol]
        side = 1 if order.amount > 0 else -1
        if held and (held > 0) != (side > 0):
            return -held + side * self._most(order, reference, side, worth)
        value = abs(held) * reference
        if self.doubts.above(value, worth, "a weight's side"):
            fewer = self.doubts.lots_down(worth / reference, self.terms.lot)
            return side * fewer - held
        return side * self._most(order, reference, side, worth - value)

    def _most(self, order: Order, reference: Decimal, side: int, budget: Decimal) -> Decimal:
        price = self.costs.fixed_price(order, reference, side)
        return self.costs.most_units(budget, price)
