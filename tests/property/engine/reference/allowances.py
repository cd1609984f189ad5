"""What volume and limits leave of an order (execution 5.4 and 5.5)."""

from dataclasses import dataclass
from decimal import Decimal

from tests.property.engine.reference.account import Account
from tests.property.engine.reference.costs import Costs
from tests.property.engine.reference.exact import DUST, ZERO, Doubts
from tests.property.engine.reference.terms import NO_LIMIT, Terms


@dataclass(frozen=True)
class Allowance:
    """The most units that may be opened, and the limit that says so."""

    units: Decimal
    reason: str


@dataclass(frozen=True)
class _After:
    """The account, at the valuation's prices, after an order's closing part."""

    cash: Decimal
    long: Decimal
    short: Decimal

    @property
    def equity(self) -> Decimal:
        return self.cash + (self.long - self.short)


@dataclass(frozen=True)
class Allowances:
    """Checks orders against the account before they fill."""

    terms: Terms
    account: Account
    costs: Costs
    doubts: Doubts

    def by_volume(self, units: Decimal, volume: Decimal, used: Decimal) -> Decimal:
        """Returns the signed units that the bar's volume leaves."""
        if self.terms.participation == NO_LIMIT:
            return units
        return self.within(units, self.terms.participation * volume, used)

    def within(self, units: Decimal, part: Decimal, used: Decimal) -> Decimal:
        """Returns the signed units that a part, of which some are used, leaves."""
        left = part - used
        if left <= DUST * part:
            return ZERO
        if self.doubts.reaches(left, abs(units), "a part", part):
            return units
        return self.doubts.lots_down(left, self.terms.lot).copy_sign(units)

    def to_open(self, symbol: int, side: int, closing: Decimal, price: Decimal) -> Allowance:
        """Returns the most units to open on a side after `closing` units, above 0, closed."""
        if side < 0 and not self.terms.long_short:
            return Allowance(ZERO, "short_not_allowed")
        after = self._after(symbol, side, closing, price)
        found = [
            Allowance(self._units(room, price, reason), reason)
            for room, reason in (
                (self._position_room(after, symbol, side), "position_limit"),
                (self._net_room(after, side), "net_limit"),
            )
            if room is not None
        ]
        budget = after.cash - 2 * after.short + (self.terms.max_gross - 1) * after.equity
        self.doubts.near(budget, ZERO, self.account.stake, "a budget")
        power = Allowance(self.costs.most_units(budget, price), "buying_power")
        tightest = power
        for other in found:
            if self.doubts.above(tightest.units, other.units, "the tightest limit"):
                tightest = other
        return tightest

    def _after(self, symbol: int, side: int, closing: Decimal, price: Decimal) -> "_After":
        """Returns the account as it is after closing units, their commission by rate paid."""
        account, prices = self.account, self.account.value_at
        cash = account.cash - side * closing * price - self.costs.by_rate(closing, price)
        worth = closing * prices[symbol]
        return _After(
            cash=cash,
            long=account.long(prices) - (worth if side < 0 else ZERO),
            short=account.short(prices) - (worth if side > 0 else ZERO),
        )

    def _position_room(self, after: "_After", symbol: int, side: int) -> Decimal | None:
        if self.terms.max_position == NO_LIMIT:
            return None
        held = max(self.account.held[symbol] * side, ZERO)
        return self.terms.max_position * after.equity - held * self.account.value_at[symbol]

    def _net_room(self, after: "_After", side: int) -> Decimal | None:
        if self.terms.max_net == NO_LIMIT:
            return None
        return self.terms.max_net * after.equity - side * (after.long - after.short)

    def _units(self, room: Decimal, price: Decimal, what: str) -> Decimal:
        self.doubts.near(room, ZERO, self.account.stake, what)
        if room <= 0 or price <= 0:
            return ZERO
        return self.doubts.lots_down(room / price, self.terms.lot)
