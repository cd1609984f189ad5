"""The steps of a run, one class of events after the other (execution 2, 3, 7 to 9)."""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from tests.property.engine.reference.account import Account, Flow
from tests.property.engine.reference.books import Books
from tests.property.engine.reference.costs import Costs
from tests.property.engine.reference.exact import DUST, NEARLY_WHOLE, ZERO, Doubts
from tests.property.engine.reference.fills import Desk
from tests.property.engine.reference.market import Bar, Market
from tests.property.engine.reference.orders import (
    Chance,
    Order,
    at_open,
    limit_inside,
    planned_prices,
    stop_inside,
)
from tests.property.engine.reference.paths import walk
from tests.property.engine.reference.terms import Terms

_YEAR = Decimal(365 * 86_400) * 1_000_000_000


@dataclass(frozen=True)
class Target:
    """A decision at a close: a weight, or signed units."""

    symbol: int
    amount: Decimal


@dataclass(frozen=True)
class Sent:
    """One order of a list. Prices are None where its type has none."""

    symbol: int
    kind: str
    time_in_force: str
    quantity: Decimal
    limit: Decimal | None
    stop: Decimal | None
    group: int


@dataclass(frozen=True)
class Marks:
    """The account after a close."""

    cash: Decimal
    long: Decimal
    short: Decimal
    equity: Decimal


class ReferenceEngine:
    """Runs targets and listed orders over a market."""

    def __init__(
        self,
        terms: Terms,
        market: Market,
        targets: Mapping[int, Sequence[Target]],
        listed: Mapping[int, Sequence[Sent]],
        *,
        in_units: bool,
    ) -> None:
        """Holds cash alone.

        Args:
            terms: The specification.
            market: The bars.
            targets: By step, in the order of symbols.
            listed: By step, in the order of the list.
            in_units: Whether targets are units.
        """
        self.doubts = Doubts()
        self.terms, self.market = terms, market
        self.targets, self.listed, self.in_units = targets, listed, in_units
        symbols = len(market.bars)
        self.account = Account(terms.initial_cash, symbols)
        books = Books(terms, market)
        self.costs = Costs(terms, market, books, self.doubts)
        self.desk = Desk(terms, self.account, self.costs, books, self.doubts, symbols)
        self.flows: list[Flow] = []
        self.marks: list[Marks] = []
        self._ends = [market.last_bar(symbol) for symbol in range(symbols)]
        self._symbols = range(symbols)

    def run(self) -> "ReferenceEngine":
        """Takes every step."""
        for step in range(len(self.market.times)):
            month = datetime.fromtimestamp(self.market.times[step] // 10**9, tz=UTC)
            self.costs.begin_step(month.strftime("%Y-%m"))
            self.doubts.step = step
            self.desk.begin_step(step)
            self._act_corporately(step)
            self._finance(step)
            self._trade_at_open(step)
            self._trade_inside(step)
            self._trade_at_close(step)
            self._expire(step)
            self._trail(step)
            if self.terms.same_close:
                self._value(step, "close")
                self._decide(step, self.account.equity)
                self._trade_same_close(step)
            self._mark(step)
            if not self.terms.same_close:
                self._decide(step, self.marks[-1].equity)
        return self

    def _bar(self, symbol: int, step: int) -> Bar | None:
        return self.market.bars[symbol][step]

    def _value(self, step: int, price: str) -> None:
        bars = [self._bar(symbol, step) for symbol in self._symbols]
        self.account.value(lambda s: None if bars[s] is None else getattr(bars[s], price))

    # Class 1: ends, splits, dividends.

    def _act_corporately(self, step: int) -> None:
        for symbol in self._symbols:
            last = self._ends[symbol]
            if last is not None and step == last + 1:
                self.desk.cancel_all(symbol, step, "symbol_ended")
                if self.account.held[symbol]:
                    self.desk.close_ended(symbol, step)
        if not self.terms.actions_applied:
            return
        for symbol in self._symbols:
            bar = self._bar(symbol, step)
            if bar is not None and bar.split != 1:
                self._split(symbol, step, bar.split)
        for symbol in self._symbols:
            bar, held = self._bar(symbol, step), self.account.held[symbol]
            if bar is not None and bar.dividend > 0 and held:
                self._flow(step, symbol, "dividend", held * bar.dividend)

    def _split(self, symbol: int, step: int, ratio: Decimal) -> None:
        account = self.account
        account.marks[symbol] /= ratio
        for order in self.desk.open_of(symbol):
            order.split(ratio)
            self.desk.round_split(order, step)
        held = account.held[symbol]
        if not held:
            return
        units = held * ratio
        whole = self.doubts.lots_down(units, self.terms.lot)
        account.held[symbol] = whole
        self.flows.append(Flow(step, symbol, "split", ZERO, whole - held))
        if abs(units - whole) > NEARLY_WHOLE * max(abs(units), self.terms.lot):
            self._flow(step, symbol, "cash_in_lieu", (units - whole) * account.marks[symbol])
        if not whole:
            self.desk.position_closed(symbol, step)

    def _flow(self, step: int, symbol: int, kind: str, amount: Decimal) -> None:
        self.account.cash += amount
        self.flows.append(Flow(step, symbol, kind, amount, ZERO))

    # Class 2.

    def _finance(self, step: int) -> None:
        if step == 0:
            return
        terms, cash = self.terms, self.account.cash
        years = Decimal(self.market.times[step] - self.market.times[step - 1]) / _YEAR
        short = self.account.short(self.account.marks)
        self.doubts.near(cash, ZERO, self.account.stake, "cash at financing")
        self.doubts.near(cash, short, self.account.stake, "cash at financing")
        for kind, amount in (
            ("borrow_fee", -short * terms.borrow_fee * years),
            ("margin_interest", min(cash, ZERO) * terms.margin_interest * years),
            ("cash_interest", max(cash - short, ZERO) * terms.cash_interest * years),
        ):
            if amount:
                self._flow(step, -1, kind, amount)

    # Classes 3 to 6.

    def _trade_at_open(self, step: int) -> None:
        self._value(step, "open")
        self._two_passes(
            step, "open", lambda o, bar: at_open(o, bar, self.doubts) if o.sent < step else None
        )

    def _trade_at_close(self, step: int) -> None:
        self._value(step, "close")
        self._two_passes(
            step,
            "close",
            lambda o, bar: (
                Chance("on_close", bar.close) if o.kind == "on_close" and o.sent < step else None
            ),
        )

    def _trade_same_close(self, step: int) -> None:
        self._two_passes(
            step,
            "close",
            lambda o, bar: (
                Chance("same_close", bar.close) if o.kind == "market" and o.sent == step else None
            ),
        )

    def _two_passes(
        self, step: int, during: str, chance_of: Callable[[Order, Bar], Chance | None]
    ) -> None:
        """Lets the orders that reduce or turn a position fill, then the others."""
        for only_reductions in (True, False):
            for symbol in self._symbols:
                bar = self._bar(symbol, step)
                if bar is None:
                    continue
                for order in self.desk.open_of(symbol):
                    if not order.is_open:  # another of its group filled
                        continue
                    chance = chance_of(order, bar)
                    if chance is None:
                        continue
                    if not only_reductions or self.desk.reduces(order, chance):
                        self.desk.fill(order, chance, bar, step, during=during)

    def _trade_inside(self, step: int) -> None:
        if self.terms.intrabar_path == "stops_first":
            self._trade_by_class(step)
            return
        for symbol in self._symbols:
            bar = self._bar(symbol, step)
            if bar is not None and self.desk.open_of(symbol):
                turns = self._turns(symbol, bar, step)
                walk(self.desk, symbol, bar, step, turns, self.doubts)

    def _turns(self, symbol: int, bar: Bar, step: int) -> list[Decimal]:
        """Returns the prices between open and close, in the order that the run assumes."""
        path, high_first, low_first = (
            self.terms.intrabar_path,
            [bar.high, bar.low],
            [bar.low, bar.high],
        )
        if path in ("open_high_low_close", "open_low_high_close"):
            return high_first if path == "open_high_low_close" else low_first
        worths, scale = [], ZERO
        for turns in (high_first, low_first):
            shared = {id(one): one for one in (self.market, self.terms, self.doubts)}
            desk, account = copy.deepcopy((self.desk, self.account), shared)
            walk(desk, symbol, bar, step, turns, self.doubts)
            value = account.held[symbol] * bar.close
            worths.append(account.cash + value)
            scale = scale or (abs(account.cash) + abs(value)) * DUST
        gain = worths[1] - worths[0]
        if gain and abs(gain) <= 2 * scale:
            self.doubts.found.append((step, "which path is worse"))
        takes_low = gain < -scale if path == "adverse" else gain > scale
        return low_first if takes_low else high_first

    def _trade_by_class(self, step: int) -> None:
        sent = self._inside(step, stop_inside, after=-1)
        self._inside(step, limit_inside, after=-1)
        self._inside(step, stop_inside, after=sent)

    def _inside(
        self,
        step: int,
        lets: Callable[[Order, Bar, int, Doubts], Chance | None],
        *,
        after: int,
    ) -> int:
        """Lets orders with a number above `after` fill, and returns the last order's number."""
        for symbol in self._symbols:
            bar = self._bar(symbol, step)
            if bar is None:
                continue
            # The queue grows by the guards of what fills, and its end is looked at too.
            for order in self.desk.queue(symbol):
                is_due = order.sent < step or order.guards_fill_at
                if order.is_open and is_due and order.number > after:
                    chance = lets(order, bar, step, self.doubts)
                    if chance is not None:
                        self.desk.fill(order, chance, bar, step, during="inside")
        return len(self.desk.orders) - 1

    def _expire(self, step: int) -> None:
        sessions = self.market.sessions
        session_ends = step + 1 == len(sessions) or sessions[step + 1] != sessions[step]
        for symbol in self._symbols:
            has_bar = self._bar(symbol, step) is not None
            for order in self.desk.open_of(symbol):
                if order.sent == step:
                    continue
                if order.kind in ("on_open", "on_close") and has_bar:
                    order.end(step, "cancelled", "expired")
                elif order.time_in_force == "ioc" and has_bar:
                    order.end(step, "cancelled", "not_immediate")
                elif order.time_in_force == "day" and session_ends:
                    order.end(step, "cancelled", "expired")

    def _trail(self, step: int) -> None:
        for symbol in self._symbols:
            bar = self._bar(symbol, step)
            if bar is None:
                continue
            for order in self.desk.open_of(symbol):
                if order.kind != "trailing_stop":
                    continue
                extreme = bar.high if order.side < 0 else bar.low
                if order.sent == step:
                    if order.guards_fill_at == "close":
                        continue
                    if order.guards_fill_at == "inside":
                        extreme = bar.close
                self.desk.trail(order, extreme)

    # Classes 7 and 8.

    def _mark(self, step: int) -> None:
        account = self.account
        for symbol in self._symbols:
            bar = self._bar(symbol, step)
            if bar is not None:
                account.marks[symbol] = bar.close
        equity = account.equity_at(account.marks)
        long, short = account.long(account.marks), account.short(account.marks)
        self.marks.append(Marks(account.cash, long, short, equity))
        gross = long + short
        if not gross:
            return
        self.doubts.near(equity, ZERO, account.stake, "equity at a mark")
        self.doubts.near(equity, self.terms.maintenance * gross, account.stake, "margin")
        if equity <= 0 or equity < self.terms.maintenance * gross:
            for symbol in self._symbols:
                if not self.desk.is_liquidated(symbol):
                    self.desk.cancel_all(symbol, step, "liquidated")
            for symbol in self._symbols:
                if account.held[symbol] and not self.desk.is_liquidated(symbol):
                    self.desk.liquidate(symbol, step)

    def _decide(self, step: int, equity: Decimal) -> None:
        for target in self.targets.get(step, ()):
            for order in self.desk.open_of(target.symbol):
                if order.amount_kind in ("weight", "units"):
                    order.end(step, "cancelled", "replaced")
            self._send_target(target, step, equity)
        for sent in self.listed.get(step, ()):
            side = 1 if sent.quantity > 0 else -1
            tick, doubts = self.terms.tick, self.doubts
            limit = None if sent.limit is None else doubts.on_tick(sent.limit, tick, up=side < 0)
            stop = None if sent.stop is None else doubts.on_tick(sent.stop, tick, up=side > 0)
            order = Order(
                step,
                sent.symbol,
                sent.kind,
                sent.time_in_force,
                "quantity",
                sent.quantity,
                side,
                limit,
                stop,
                sent.group,
                has_given_prices=True,
            )
            self.desk.send(order, equity)

    def _send_target(self, target: Target, step: int, equity: Decimal) -> None:
        symbol, amount = target.symbol, target.amount
        bar, held = self._bar(symbol, step), self.account.held[symbol]
        assert bar is not None, "a decision without a bar"
        if not amount and not held:
            return
        value, has = amount * (bar.close if self.in_units else equity), held * bar.close
        room = self.terms.tolerance * equity
        stake = self.account.stake
        if room:
            self.doubts.near(abs(value - has), room, stake, "tolerance")
        self.doubts.near(abs(value), abs(has), stake, "entry or exit")
        if amount and self.terms.tolerance and abs(value - has) <= room:
            return
        enters = abs(value) > abs(has) or value * has < 0
        plan = self.terms.entry if enters else self.terms.exit
        side = 1 if value > has else -1
        limit, stop = planned_prices(plan, bar.close, side, self.terms.tick, self.doubts)
        kind = "units" if self.in_units else "weight"
        order = Order(step, symbol, plan.kind, plan.time_in_force, kind, amount, side, limit, stop)
        order.has_given_prices = self.terms.tick > 0
        order.keeps_side = limit is not None or stop is not None
        self.desk.send(order, equity)
