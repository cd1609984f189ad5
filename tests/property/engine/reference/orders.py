"""Orders, and what lets one fill (execution 3.5, 3.6 and 4)."""

from dataclasses import dataclass
from decimal import Decimal

from tests.property.engine.reference.exact import ONE, ZERO, Doubts
from tests.property.engine.reference.market import Bar
from tests.property.engine.reference.terms import Plan

FREE_OF_SLIPPAGE = ("limit", "stop_limit")
STOPS = ("stop", "trailing_stop", "stop_limit")
PRICED = ("limit", *STOPS)


@dataclass
class Order:
    """An order and how far it came. Prices of 0 are none; `side` is 1 to buy, -1 to sell."""

    sent: int
    symbol: int
    kind: str
    time_in_force: str
    amount_kind: str  # weight, units, quantity, close_position
    amount: Decimal
    side: int
    limit: Decimal | None = None
    stop: Decimal | None = None
    group: int = 0
    number: int = -1
    # Of a guard: open, inside or close, where the fill was that it guards.
    guards_fill_at: str = ""
    trail: Decimal = ZERO
    best: Decimal = ZERO
    is_margin_call: bool = False
    is_triggered: bool = False
    triggered_inside_at: int = -1
    # Signed units still to fill, once a rule let it fill.
    rest: Decimal | None = None
    # Signed units that it had to fill, when that was fixed.
    total: Decimal = ZERO
    filled: Decimal = ZERO
    state: str = "open"
    reason: str = ""
    ended: int = -1
    # Execution 3.4: of a target's order with a limit or a stop.
    keeps_side: bool = False
    # Listed or on ticks: a price that equals one of a bar equals it in binary too.
    has_given_prices: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may still fill."""
        return self.state == "open"

    @property
    def quantity(self) -> Decimal | None:
        """Signed units that it was for, known once a rule let it fill."""
        return None if self.rest is None else self.total

    def end(self, step: int, state: str, reason: str = "") -> None:
        """Ends it."""
        self.state, self.reason, self.ended = state, reason, step

    def split(self, ratio: Decimal) -> None:
        """Multiplies its units and divides its prices (execution 7.1)."""
        if self.amount_kind in ("units", "quantity"):
            self.amount *= ratio
        self.total *= ratio
        self.rest = None if self.rest is None else self.rest * ratio
        self.limit = None if self.limit is None else self.limit / ratio
        self.stop = None if self.stop is None else self.stop / ratio
        self.best /= ratio
        self.has_given_prices = False


@dataclass(frozen=True)
class Chance:
    """A rule lets an order fill, at a reference price."""

    rule: str
    reference: Decimal


def planned_prices(
    plan: Plan, close: Decimal, side: int, tick: Decimal, doubts: Doubts
) -> tuple[Decimal | None, Decimal | None]:
    """Returns the limit and the stop of an order that a target makes (execution 3.5)."""
    limit = stop = None
    if plan.kind in ("limit", "stop_limit"):
        limit = doubts.on_tick(close * (ONE - side * plan.limit_offset), tick, up=side < 0)
    if plan.kind in ("stop", "stop_limit"):
        stop = doubts.on_tick(close * (ONE + side * plan.stop_offset), tick, up=side > 0)
    return limit, stop


def at_open(order: Order, bar: Bar, doubts: Doubts) -> Chance | None:
    """Returns what lets an order fill at the open; a stop-limit order may be triggered."""
    if order.is_margin_call:
        return Chance("margin_call", bar.open)
    if order.kind in ("market", "on_open"):
        return Chance("next_open", bar.open)
    if order.kind == "on_close":
        return None
    if order.kind == "stop_limit":
        if not order.is_triggered:
            order.is_triggered = _stop_reached(order, bar.open, doubts)
        if order.is_triggered and reaches_limit(order, bar.open, doubts):
            return Chance("stop_limit_at_open", bar.open)
        return None
    if order.kind == "limit":
        reached = reaches_limit(order, bar.open, doubts)
    else:
        reached = _stop_reached(order, bar.open, doubts)
    return Chance(f"{order.kind}_at_open", bar.open) if reached else None


def stop_inside(order: Order, bar: Bar, step: int, doubts: Doubts) -> Chance | None:
    """Returns what lets a stop fill inside the bar."""
    if order.kind not in STOPS or (order.kind == "stop_limit" and order.is_triggered):
        return None
    assert order.stop is not None
    if not _stop_reached(order, bar.high if order.side > 0 else bar.low, doubts):
        return None
    at = order.stop
    if order.kind == "stop_limit":
        order.is_triggered, order.triggered_inside_at = True, step
        if not reaches_limit(order, at, doubts):
            return None
    # Execution 4.7: a stop beyond the open, or beyond what the bar can still give.
    if order.sent == step and order.guards_fill_at:
        worst = bar.open
        if order.guards_fill_at == "inside":
            worst = bar.high if order.side < 0 else bar.low
        at = max(at, worst) if order.side > 0 else min(at, worst)
    return Chance(f"{order.kind}_touched", at)


def limit_inside(order: Order, bar: Bar, step: int, doubts: Doubts) -> Chance | None:
    """Returns what lets a limit, or a triggered stop-limit order, fill inside the bar."""
    if order.kind == "stop_limit":
        if not order.is_triggered or order.triggered_inside_at == step:
            return None
    elif order.kind != "limit" or (order.guards_fill_at == "inside" and order.sent == step):
        return None
    if not reaches_limit(order, bar.low if order.side > 0 else bar.high, doubts):
        return None
    assert order.limit is not None
    return Chance(f"{order.kind}_touched", order.limit)


def reaches_limit(order: Order, price: Decimal, doubts: Doubts) -> bool:
    """Returns whether a price is at the limit or better."""
    assert order.limit is not None
    return reaches(order, price, order.limit, -order.side, doubts, "a limit")


def _stop_reached(order: Order, price: Decimal, doubts: Doubts) -> bool:
    assert order.stop is not None
    return reaches(order, price, order.stop, order.side, doubts, "a stop")


def reaches(
    order: Order, price: Decimal, level: Decimal, side: int, doubts: Doubts, what: str
) -> bool:
    """Returns whether a price is at the level or beyond it: above for a side of 1."""
    if not order.has_given_prices:
        doubts.near(price, level, ZERO, what)
    return side * price >= side * level
