"""The way of the price through a bar, and what it reaches (execution 4.9)."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise

from tests.property.engine.reference.exact import ZERO, Doubts
from tests.property.engine.reference.fills import Desk
from tests.property.engine.reference.market import Bar
from tests.property.engine.reference.orders import (
    PRICED,
    STOPS,
    Chance,
    Order,
    reaches,
    reaches_limit,
)


@dataclass(frozen=True)
class _Reached:
    """An order, and the price at which its turn comes."""

    order: Order
    price: Decimal
    is_exact: bool


def walk(
    desk: Desk, symbol: int, bar: Bar, step: int, turns: list[Decimal], doubts: Doubts
) -> None:
    """Lets the price go from the open by its turns to the close."""
    for start, end in pairwise([bar.open, *turns, bar.close]):
        _leg(desk, symbol, bar, step, (start, end), doubts)
        for order in desk.open_of(symbol):
            if order.kind == "trailing_stop":
                desk.trail(order, end)


def _leg(
    desk: Desk, symbol: int, bar: Bar, step: int, ends: tuple[Decimal, Decimal], doubts: Doubts
) -> None:
    """Gives each order at most one turn, the nearest to the price first, then the earliest."""
    here, end = ends
    had: set[int] = set()
    while True:
        near = [
            found
            for order in desk.open_of(symbol)
            if order.kind in PRICED and order.number not in had
            if (found := _reached(order, here, end, doubts)) is not None
        ]
        for a, b in combinations(near, 2):
            if not (a.is_exact and b.is_exact):
                doubts.near(a.price, b.price, ZERO, "which order is nearer")
        if not near:
            return
        first = min(near, key=lambda found: (abs(found.price - here), found.order.number))
        here = first.price
        had.add(first.order.number)
        chance = _chance(first.order, here, doubts)
        if chance is not None:
            desk.fill(first.order, chance, bar, step, during="inside")


def _is_stop(order: Order) -> bool:
    return order.kind in STOPS and not order.is_triggered


def _reached(order: Order, here: Decimal, end: Decimal, doubts: Doubts) -> _Reached | None:
    level = order.stop if _is_stop(order) else order.limit
    assert level is not None
    side = order.side if _is_stop(order) else -order.side
    if reaches(order, here, level, side, doubts, "a level"):
        return _Reached(order, here, is_exact=True)
    if reaches(order, end, level, side, doubts, "a level"):
        return _Reached(order, level, is_exact=order.has_given_prices)
    return None


def _chance(order: Order, here: Decimal, doubts: Doubts) -> Chance | None:
    if not _is_stop(order):
        assert order.limit is not None
        return Chance(f"{order.kind}_touched", order.limit)
    if order.kind != "stop_limit":
        return Chance(f"{order.kind}_touched", here)
    assert order.stop is not None
    order.is_triggered = True
    within = reaches_limit(order, order.stop, doubts)
    return Chance("stop_limit_touched", order.stop) if within else None
