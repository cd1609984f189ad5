"""The desk: sends orders, fills them, and sends and ends the guards of positions."""

from decimal import Decimal

from tests.property.engine.reference.account import Account, Fill
from tests.property.engine.reference.allowances import Allowance, Allowances
from tests.property.engine.reference.amounts import Amounts
from tests.property.engine.reference.books import Books
from tests.property.engine.reference.costs import Costs
from tests.property.engine.reference.exact import DUST, ONE, ZERO, Doubts
from tests.property.engine.reference.market import Bar
from tests.property.engine.reference.orders import Chance, Order
from tests.property.engine.reference.terms import Terms


class Desk:
    """Every order, in the sequence in which it was sent, and every fill."""

    def __init__(
        self,
        terms: Terms,
        account: Account,
        costs: Costs,
        books: Books,
        doubts: Doubts,
        symbols: int,
    ) -> None:
        """Holds no order."""
        self._books = books
        self._terms, self._account, self._costs, self._doubts = terms, account, costs, doubts
        self._amounts = Amounts(terms, account, costs, doubts)
        self._allowances = Allowances(terms, account, costs, doubts)
        self.orders: list[Order] = []
        self.fills: list[Fill] = []
        self._queues: list[list[Order]] = [[] for _ in range(symbols)]
        self._used = [ZERO] * symbols

    def begin_step(self, step: int) -> None:
        """Gives every bar its whole volume and its book."""
        self._books.begin_step(step)
        self._used = [ZERO] * len(self._used)

    def queue(self, symbol: int) -> list[Order]:
        """Returns the orders of a symbol; the list grows when a fill sends guards."""
        return self._queues[symbol]

    def open_of(self, symbol: int) -> list[Order]:
        """Returns the open orders of a symbol, as they are now."""
        return [order for order in self._queues[symbol] if order.is_open]

    def send(self, order: Order, equity: Decimal) -> None:
        """Sends an order of the strategy, or rejects it (execution 3.7)."""
        self._place(order)
        self._doubts.near(equity, ZERO, self._account.stake, "equity of an order")
        if equity <= 0:
            order.end(order.sent, "rejected", "no_equity")
        elif self.is_liquidated(order.symbol):
            order.end(order.sent, "rejected", "liquidated")

    def liquidate(self, symbol: int, step: int) -> None:
        """Sends the order of a margin call (execution 9.1)."""
        order = self._closing(symbol, step)
        order.is_margin_call = True
        self._place(order)

    def is_liquidated(self, symbol: int) -> bool:
        """Returns whether a margin call's order is open."""
        return any(order.is_margin_call for order in self.open_of(symbol))

    def round_split(self, order: Order, step: int) -> None:
        """Rounds what a split made of an order's fixed units to lots (execution 7.1)."""
        if order.rest is None or order.amount_kind == "close_position":
            return
        order.rest = self._doubts.lots_down(order.rest, self._terms.lot)
        if not order.rest and order.filled:
            order.end(step, "filled")
        elif not order.rest:
            order.end(step, "rejected", "below_one_lot")

    def close_ended(self, symbol: int, step: int) -> None:
        """Closes a position at its mark (execution 7.3)."""
        order = self._closing(symbol, step)
        self._place(order)
        units, mark = -self._account.held[symbol], self._account.marks[symbol]
        order.rest = order.total = units
        self._book(order, Chance("symbol_end", mark), units, mark, step, during="close")

    def cancel_all(self, symbol: int, step: int, reason: str) -> None:
        """Cancels the open orders of a symbol."""
        for order in self.open_of(symbol):
            order.end(step, "cancelled", reason)

    def position_closed(self, symbol: int, step: int) -> None:
        """Ends the guards of a position that is no more (execution 4.7)."""
        for order in self.open_of(symbol):
            if order.guards_fill_at or order.is_margin_call:
                order.end(step, "cancelled", "position_closed")

    def trail(self, order: Order, extreme: Decimal) -> None:
        """Moves a trailing stop to its ratio from the best price, never back (4.8)."""
        assert order.stop is not None
        side = -order.side  # of the position
        order.best = max(order.best, extreme) if side > 0 else min(order.best, extreme)
        stop = self._doubts.on_tick(
            order.best * (ONE - side * order.trail), self._terms.tick, up=side < 0
        )
        order.stop = max(order.stop, stop) if side > 0 else min(order.stop, stop)

    def reduces(self, order: Order, chance: Chance) -> bool:
        """Returns whether an order's side is against the position (execution 2.3)."""
        held = self._account.held[order.symbol]
        return held != 0 and (held > 0) != self._buys(order, chance.reference)

    def _buys(self, order: Order, reference: Decimal) -> bool:
        held = self._account.held[order.symbol]
        if order.amount_kind == "close_position":
            return held < 0
        if order.rest is not None:
            return order.rest > 0
        if order.amount_kind == "quantity" or order.keeps_side:
            return order.side > 0
        if order.amount_kind == "units":
            return order.amount > held
        worth = order.amount * self._account.equity
        return self._doubts.above(worth, held * reference, "a side", self._account.stake)

    def fill(self, order: Order, chance: Chance, bar: Bar, step: int, *, during: str) -> None:
        """Fills what may be filled of an order that a rule lets fill (execution 5 and 6)."""
        if self._books.prices(order):
            side = 1 if self._buys(order, chance.reference) else -1
            if self._books.best(order.symbol, side) is None:
                return
        if not self._fixed(order, chance, step):
            return
        assert order.rest is not None
        symbol = order.symbol
        if not self._costs.can_price(order, bar, step):
            return
        units = self._allowances.by_volume(order.rest, bar.volume, self._used[symbol])
        if units and self._books.prices(order):
            side = 1 if units > 0 else -1
            shown, taken = self._books.shown(symbol, side), self._books.taken(symbol, side)
            units = self._allowances.within(units, shown, taken)
        if not units:
            return
        side = 1 if units > 0 else -1
        held = self._account.held[symbol]
        if held * side < 0 and abs(units + held) <= DUST * abs(units):
            units = -held
        closing = min(abs(units), abs(held)) if held * side < 0 else ZERO
        opening = abs(units) - closing
        tight = None
        if opening:
            price = self._costs.price(order, chance.reference, units, bar, step)
            tight = self._tightened(symbol, side, closing, opening, price)
            opening = opening if tight is None else tight.units
        units = side * (closing + opening)
        if units:
            price = self._costs.price(order, chance.reference, units, bar, step)
            self._book(order, chance, units, price, step, during=during)
        if tight is not None and order.is_open:
            order.end(step, "cancelled" if order.filled else "rejected", tight.reason)

    def _fixed(self, order: Order, chance: Chance, step: int) -> bool:
        """Fixes an order's units, or ends it where that is nothing (5.2, 5.3)."""
        if order.rest is not None and order.amount_kind != "close_position":
            return True
        equity, held = self._account.equity, self._account.held[order.symbol]
        if order.amount_kind == "weight" and order.amount:
            self._doubts.near(equity, ZERO, self._account.stake, "equity of a weight")
            if equity <= 0:
                order.end(step, "rejected", "no_equity")
                return False
        units = self._amounts.wanted(order, chance.reference)
        is_past = order.keeps_side and units * order.side < 0
        if units and not is_past:
            order.rest = units
            order.total = order.total or units
            return True
        is_listed = order.amount_kind == "quantity"
        if is_past or (not is_listed and (held or not order.amount)):
            order.end(step, "cancelled", "already_there")
        else:
            order.end(step, "rejected", "below_one_lot" if self._terms.lot else "buying_power")
        return False

    def _tightened(
        self, symbol: int, side: int, closing: Decimal, opening: Decimal, price: Decimal
    ) -> Allowance | None:
        """Returns the limit that leaves less than all of an opening part (5.5, 5.6)."""
        allowed = self._allowances.to_open(symbol, side, closing, price)
        least = opening * (ONE - DUST)
        # The threshold is itself only 2^-40 from a common case: all of a budget.
        self._doubts.near(allowed.units, least, ZERO, "an allowance", within=DUST / 8)
        if allowed.units >= least:
            return None
        self._doubts.near(allowed.units, DUST * opening, ZERO, "a dusty allowance")
        return Allowance(allowed.units if allowed.units > DUST * opening else ZERO, allowed.reason)

    def _book(
        self,
        order: Order,
        chance: Chance,
        units: Decimal,
        price: Decimal,
        step: int,
        *,
        during: str,
    ) -> None:
        assert order.rest is not None
        symbol, before = order.symbol, self._account.held[order.symbol]
        paid = self._costs.commission(units, price)
        fill = Fill(step, order.number, symbol, units, price, chance.reference, paid, chance.rule)
        self._account.trade(fill)
        self._costs.book(abs(units) * price)
        self.fills.append(fill)
        if chance.rule in ("next_open", "margin_call"):
            self._books.take(symbol, units)
        self._used[symbol] += abs(units)
        order.rest -= units
        order.filled += units
        if abs(order.rest) <= DUST * abs(order.total):
            order.end(step, "filled")
        if order.group:
            for other in self.orders:
                if other.group == order.group and other is not order and other.is_open:
                    other.end(step, "cancelled", "other_filled")
        after = self._account.held[symbol]
        if before and (not after or before * after < 0):
            self.position_closed(symbol, step)
        if after and (not before or before * after < 0):
            self._guard(symbol, 1 if after > 0 else -1, price, step, during)

    def _guard(self, symbol: int, side: int, price: Decimal, step: int, during: str) -> None:
        """Sends the guards of a position that a fill opened or turned (execution 4.7)."""
        terms, on_tick = self._terms, self._doubts.on_tick
        for kind, ratio in (
            ("stop", terms.stop_loss),
            ("trailing_stop", terms.trailing_stop),
            ("limit", terms.take_profit),
        ):
            if not ratio:
                continue
            order = self._closing(symbol, step)
            order.kind, order.guards_fill_at = kind, during
            order.has_given_prices = terms.tick > 0
            if kind == "limit":
                order.limit = on_tick(price * (ONE + side * ratio), terms.tick, up=side > 0)
            else:
                order.stop = on_tick(price * (ONE - side * ratio), terms.tick, up=side < 0)
            if kind == "trailing_stop":
                order.trail, order.best = ratio, price
            self._place(order)

    def _closing(self, symbol: int, step: int) -> Order:
        side = -1 if self._account.held[symbol] > 0 else 1
        return Order(step, symbol, "market", "gtc", "close_position", ZERO, side)

    def _place(self, order: Order) -> None:
        order.number = len(self.orders)
        self.orders.append(order)
        self._queues[order.symbol].append(order)
