"""Numbers of 60 digits, and whether binary rounding could decide otherwise."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, getcontext

DIGITS = 60
ZERO, ONE = Decimal(0), Decimal(1)
# Execution 5.3, 5.6, 5.7: a part this small is nothing.
DUST = Decimal(2) ** -40
# Execution 3.6: a count of ticks or lots this near to a whole number is whole.
NEARLY_WHOLE = Decimal("1e-9")
# Two amounts this near, for their size, may be the other way round in binary.
NEAR = Decimal("1e-11")


class Doubts:
    """Remembers where two amounts were so near that binary rounding may decide."""

    def __init__(self) -> None:
        """Starts without doubts, and with 60 digits in this thread."""
        getcontext().prec = DIGITS
        self.step = 0
        self.found: list[tuple[int, str]] = []

    def near(
        self, a: Decimal, b: Decimal, scale: Decimal, what: str, within: Decimal = NEAR
    ) -> None:
        """Notes that `what` hangs on a comparison of a and b, amounts of size `scale`."""
        if abs(a - b) <= within * max(abs(a), abs(b), abs(scale)):
            self.found.append((self.step, what))

    def above(self, a: Decimal, b: Decimal, what: str, scale: Decimal = ZERO) -> bool:
        """Returns whether a is above b."""
        self.near(a, b, scale, what)
        return a > b

    def reaches(self, a: Decimal, b: Decimal, what: str, scale: Decimal = ZERO) -> bool:
        """Returns whether a is at least b."""
        self.near(a, b, scale, what)
        return a >= b

    def lots_down(self, units: Decimal, lot: Decimal) -> Decimal:
        """Returns units of either sign rounded toward zero to lots; a lot of 0 rounds nothing."""
        if not lot:
            return units
        lots = abs(units) / lot
        near = self._whole(lots)
        return ((lots.to_integral_value(ROUND_FLOOR) if near is None else near) * lot).copy_sign(
            units
        )

    def on_tick(self, price: Decimal, tick: Decimal, *, up: bool) -> Decimal:
        """Returns a price on the tick above or below it (execution 3.6)."""
        if not tick:
            return price
        count = price / tick
        near = self._whole(count)
        if near is None:
            near = count.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
        return near * tick

    def _whole(self, count: Decimal) -> Decimal | None:
        """Returns the whole number that a count of lots or ticks is near to, or None."""
        nearest = count.to_integral_value()
        room = NEARLY_WHOLE * max(abs(count), ONE)
        self.near(abs(count - nearest), room, ZERO, "a whole number", within=Decimal("1e-4"))
        return nearest if abs(count - nearest) <= room else None
