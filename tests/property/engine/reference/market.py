"""Bars on one clock, and what they say of the time before them."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from tests.property.engine.reference.exact import ONE, ZERO

# A price and the units that it is shown for.
Level = tuple[Decimal, Decimal]


@dataclass(frozen=True)
class Bar:
    """One symbol's bar; `split` is units after over units before, `dividend` a unit's.

    `bids` and `asks` are the book before its open, the best level first.
    """

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    dividend: Decimal = ZERO
    split: Decimal = ONE
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()


@dataclass
class Market:
    """The bars of symbols in the order of their bytes.

    `times` are ns UTC; `bars[symbol]` has a bar or None for each of them; `sessions`
    numbers the session of each.
    """

    times: list[int]
    bars: list[list[Bar | None]]
    sessions: list[int]

    def last_bar(self, symbol: int) -> int | None:
        """Returns the last step at which the symbol has a bar."""
        steps = [t for t, bar in enumerate(self.bars[symbol]) if bar is not None]
        return steps[-1] if steps else None

    def deviation(
        self, symbol: int, step: int, returns: int, *, follow_splits: bool
    ) -> Decimal | None:
        """Returns the sample deviation of the last returns before a step (execution 6.2)."""
        bars = [bar for bar in self.bars[symbol][:step] if bar is not None]
        found = [
            bar.close * (bar.split if follow_splits else 1) / before.close - 1
            for before, bar in pairwise(bars)
        ][-returns:]
        if len(found) < 2:
            return None
        mean = sum(found, ZERO) / len(found)
        return (sum(((x - mean) ** 2 for x in found), ZERO) / (len(found) - 1)).sqrt()
