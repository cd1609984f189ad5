"""Round trips: what fills amount to from flat to flat."""

from dataclasses import dataclass

from aurelius_engine.domain.simulation import Simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """A position from its opening to its end. Amounts in quote currency.

    A fill that turns a position around ends one trip and begins the next; its
    commission is divided by units.
    """

    symbol: str
    side: int
    entry_value: float
    profit: float


@dataclass(slots=True)
class _Holding:
    units: float = 0.0
    entry_value: float = 0.0
    flow: float = 0.0


def round_trips(run: Simulation) -> list[RoundTrip]:
    """Returns the closed round trips, in the order of their ends."""
    holdings = [_Holding() for _ in run.panel.symbols]
    closed: list[RoundTrip] = []
    for _, _, place, quantity, price, fee in run.fills.tolist():
        symbol = int(place)
        holding = holdings[symbol]
        ending = 0.0
        if holding.units * quantity < 0.0:
            ending = -holding.units if abs(quantity) >= abs(holding.units) else quantity
        opening = quantity - ending
        if ending != 0.0:
            holding.flow += -ending * price - fee * (ending / quantity)
            side = 1 if holding.units > 0 else -1
            holding.units += ending
            if holding.units == 0.0:
                closed.append(
                    RoundTrip(
                        symbol=run.panel.symbols[symbol],
                        side=side,
                        entry_value=holding.entry_value,
                        profit=holding.flow,
                    )
                )
                holding.entry_value = holding.flow = 0.0
        if opening != 0.0:
            holding.units += opening
            holding.entry_value += abs(opening) * price
            holding.flow += -opening * price - fee * (opening / quantity)
    return closed
