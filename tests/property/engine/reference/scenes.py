"""Random small markets and specifications, and what a strategy decides over them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

DAY_NS = 86_400_000_000_000
FIRST_NS = 1_262_304_000_000_000_000  # 2010-01-01
KINDS = ("MARKET", "LIMIT", "STOP", "STOP_LIMIT", "ON_OPEN", "ON_CLOSE")
PATHS = (
    *["STOPS_FIRST"] * 3,
    "OPEN_HIGH_LOW_CLOSE",
    "OPEN_LOW_HIGH_CLOSE",
    "ADVERSE",
    "FAVOURABLE",
)
# How far prices move in a bar, and to how many digits they are written.
STYLES = ((0.02, 2), (0.02, 6), (0.1, 1), (0.3, 3), (0.01, 0))
# One row of a market: open, high, low, close, volume, dividend, split ratio.
Row = tuple[float, ...]
# Prices and sizes of a side of the book, the best first; and the bids and the asks.
Side = tuple[tuple[float, float], ...]
Book = tuple[Side, Side]


@dataclass(frozen=True)
class Scene:
    """A run: proto JSON, one row or None a step and symbol, targets, and sessions of steps.

    `targets` are (step, symbol, amount). `books` has the `levels` levels before each row,
    where the data has any.
    """

    spec: dict[str, Any]
    rows: dict[str, list[Row | None]]
    targets: list[tuple[int, int, float]]
    in_units: bool
    sessions: list[int]
    times: list[int]
    levels: int
    books: dict[str, list[Book]]


def scene(chance: random.Random) -> Scene:
    """Draws a run of 1 to 4 symbols over 8 to 40 steps."""
    names = ["A", "B", "a", "é"][: chance.choice([1, 1, 2, 2, 3, 4])]
    steps, style = chance.randint(8, 40), chance.choice(STYLES)
    acts = chance.random() < 0.4
    volume = chance.choice([1e6, 1e6, 300.0, 30.0])
    rows = {name: _walk(chance, steps, style, volume, acts) for name in names}
    rows[names[0]][0] = rows[names[0]][0] or _bar(chance, 10.0, style, volume, False)
    kept = [t for t in range(steps) if any(line[t] is not None for line in rows.values())]
    rows = {name: [line[t] for t in kept] for name, line in rows.items()}
    rows = {name: line for name, line in rows.items() if any(line)}
    spec = _spec(chance, acts)
    targets: list[tuple[int, int, float]] = []
    in_units = chance.random() < 0.3
    by_list = chance.random() < 0.5
    times = [FIRST_NS + t * DAY_NS * chance.choice([1, 1, 3]) for t in kept[:1]]
    for before, now in pairwise(kept):
        times.append(times[-1] + (now - before) * DAY_NS)
    if by_list:
        spec["strategy"] = {"orderList": {"orders": _list(chance, rows, times)}}
        if not spec["strategy"]["orderList"]["orders"]:
            by_list = False
    if not by_list:
        spec["strategy"] = {"buyAndHold": {}}
        targets = _targets(chance, rows, in_units, spec)
    bars_a_session = chance.choice([1, 1, 2, 3])
    sessions = [t // bars_a_session for t in range(len(kept))]
    levels = 0
    if spec["fillRule"] == "FILL_RULE_NEXT_OPEN" and chance.random() < 0.5:
        source = chance.choice(["QUOTES", "BOOK", "BOOK"])
        spec["fillSource"] = f"FILL_SOURCE_{source}"
        levels = chance.choice([1, 3] if source == "QUOTES" else [2, 3, 10])
    books = {name: [_book(chance, row, levels) for row in line] for name, line in rows.items()}
    return Scene(spec, rows, targets, in_units, sessions, times, levels, books)


def _book(chance: random.Random, row: Row | None, levels: int) -> Book:
    """Levels around the open: none of a side now and then, and sizes that orders exceed."""
    sides: list[Side] = []
    for away in (-1, 1):
        found: list[tuple[float, float]] = []
        factor = 1.0
        many = 0 if row is None or chance.random() < 0.15 else chance.choice([levels, levels, 1])
        for _ in range(min(many, levels)):
            assert row is not None
            factor += away * chance.choice([0.0007, 0.004, 0.02])
            price = round(row[0] * factor, 6)
            if price > 0.0 and (not found or away * price > away * found[-1][0]):
                found.append((price, _size(chance, row[0])))
        sides.append(tuple(found))
    return sides[0], sides[1]


def _walk(
    chance: random.Random, steps: int, style: tuple[float, int], volume: float, acts: bool
) -> list[Row | None]:
    """Bars of a symbol that may list late, end early and miss steps."""
    first = chance.choice([0, 0, chance.randint(0, steps // 3)])
    last = steps - chance.choice([0, 0, chance.randint(0, steps // 2)])
    missing = chance.choice([0.0, 0.0, 0.1, 0.3])
    price = chance.choice([1.0, 10.0, 100.0])
    rows: list[Row | None] = []
    for step in range(steps):
        if not first <= step < last or chance.random() < missing:
            rows.append(None)
            continue
        row = _bar(chance, price, style, volume, acts)
        price = min(max(row[3], 0.05), 1e5) / (row[6] if chance.random() < 0.9 else 1.0)
        rows.append(row)
    return rows


def _bar(
    chance: random.Random, price: float, style: tuple[float, int], volume: float, acts: bool
) -> Row:
    move, digits = style
    opened, closed = (
        max(round(price * (1 + chance.gauss(0, move)), digits), 10.0**-digits) for _ in range(2)
    )
    high = round(max(opened, closed) * (1 + chance.choice([0.0, 0.5, 2.0]) * move), digits)
    low = round(min(opened, closed) * (1 - chance.choice([0.0, 0.3, 0.9]) * move), digits)
    low = max(low, 10.0**-digits)
    dividend = chance.choice([0.1, 0.33, price]) if acts and chance.random() < 0.08 else 0.0
    split = chance.choice([2.0, 0.5, 1.5, 0.1]) if acts and chance.random() < 0.08 else 1.0
    sizes = volume * chance.choice([0.0, 0.1, 1.0, 1.0, 1.0, 1.7]) if volume < 1e6 else volume
    return (
        opened,
        max(high, opened, closed),
        min(low, opened, closed),
        closed,
        sizes,
        dividend,
        split,
    )


def _plan(chance: random.Random) -> dict[str, Any]:
    if chance.random() < 0.4:
        return {}
    return {
        "type": "ORDER_TYPE_" + chance.choice(KINDS),
        "timeInForce": "TIME_IN_FORCE_" + chance.choice(["DAY", "GTC", "GTC", "IOC"]),
        "limitOffsetRatio": chance.choice([0.0, 0.0103, 0.0507, -0.0211]),
        "stopOffsetRatio": chance.choice([0.0, 0.0109, 0.0307]),
    }


def _some(chance: random.Random, often: float, **choices: Sequence[Any]) -> dict[str, Any]:
    """Sets some of the fields, each to one of its choices."""
    return {
        name: chance.choice(values) for name, values in choices.items() if chance.random() < often
    }


def _orders(chance: random.Random) -> dict[str, Any]:
    bracket = _some(
        chance,
        0.5,
        stopLossRatio=[0.0213, 0.0931, 0.31],
        takeProfitRatio=[0.0117, 0.0893, 1.5],
        trailingStopRatio=[0.0311, 0.0977],
    )
    orders: dict[str, Any] = {"entry": _plan(chance), "exit": _plan(chance)}
    if bracket and chance.random() < 0.7:
        orders["bracket"] = bracket
    return orders


def _spec(chance: random.Random, acts: bool) -> dict[str, Any]:
    commission = _some(
        chance,
        0.35,
        valueRatio=[0.001, 0.05, 0.4],
        perUnit=[0.005, 0.7],
        minimum=[1.0, 40.0],
        perOrder=[0.5, 11.0],
    )
    if chance.random() < 0.2:
        commission["tiers"] = [
            {"fromValue": 700.0, "valueRatio": 0.02, "perUnit": 0.01},
            {"fromValue": 5000.0, "valueRatio": 0.0005},
        ]
    limits = _some(
        chance,
        0.35,
        maxGrossRatio=[0.5, 1.7, 3.0, 20.0],
        maxNetRatio=[0.0, 0.4, 1.1],
        maxPositionRatio=[0.3, 0.77],
        maintenanceMarginRatio=[0.25, 0.6],
        maxParticipationRatio=[0.05, 0.5, 1.0],
    )
    slippage = _some(
        chance,
        0.3,
        halfSpreadRatio=[0.0007, 0.02],
        fixedRatio=[0.001, 0.3],
        volumeShareRatio=[0.1, 3.0],
        impactCoefficient=[0.9],
        impactLookbackBars=[2, 5],
    )
    financing = _some(
        chance,
        0.4,
        borrowFeeRatio=[0.03, 7.0],
        marginInterestRatio=[0.08],
        cashInterestRatio=[0.05],
    )
    return {
        "initialCash": chance.choice([100.0, 1000.0, 12_345.67, 1e6]),
        "direction": chance.choice(["DIRECTION_LONG_FLAT", *["DIRECTION_LONG_SHORT"] * 3]),
        "units": chance.choice(["UNITS_FRACTIONAL", "UNITS_INTEGER"]),
        "lotSize": chance.choice([1.0, 1.0, 0.1, 7.0]),
        "tickSize": chance.choice([0.0, 0.0, 0.01, 0.25]),
        "fillRule": "FILL_RULE_" + chance.choice(["NEXT_OPEN", "NEXT_OPEN", "SAME_CLOSE"]),
        "corporateActions": "CORPORATE_ACTIONS_" + ("APPLIED" if acts else "NOT_APPLIED"),
        "commission": commission if chance.random() < 0.7 else {},
        "slippage": slippage if chance.random() < 0.7 else {},
        "financing": financing if chance.random() < 0.6 else {},
        "limits": limits if chance.random() < 0.8 else {},
        "orders": _orders(chance),
        "rebalance": {"toleranceRatio": chance.choice([0.0, 0.01, 0.1])},
        "intrabarPath": "INTRABAR_PATH_" + chance.choice(PATHS),
    }


def _list(
    chance: random.Random, rows: dict[str, list[Row | None]], times: list[int]
) -> list[dict[str, Any]]:
    """Orders near the prices of their time, some in groups."""
    orders = []
    for step, time in enumerate(times):
        while chance.random() < 0.35:
            name = chance.choice(list(rows))
            prices = [row[3] for row in rows[name][: step + 1] if row is not None]
            price = prices[-1] if prices else 10.0
            kind = chance.choice(KINDS)
            order: dict[str, Any] = {
                "symbol": name,
                "quantity": chance.choice([-1, 1]) * _size(chance, price),
                "type": f"ORDER_TYPE_{kind}",
                "timeInForce": "TIME_IN_FORCE_" + chance.choice(["DAY", "GTC", "GTC", "IOC"]),
                "oneCancelsOtherGroup": chance.choice([0, 0, 0, 1, 2]),
                "time": time,
            }
            nears = [row[:4] for row in rows[name][step : step + 3] if row is not None]
            for field, kinds in (
                ("limitPrice", ("LIMIT", "STOP_LIMIT")),
                ("stopPrice", ("STOP", "STOP_LIMIT")),
            ):
                if kind in kinds:
                    order[field] = round(price * chance.uniform(0.95, 1.05), 3)
                    if nears and chance.random() < 0.3:  # exactly a price of a bar
                        order[field] = chance.choice(chance.choice(nears))
            orders.append(order)
    return orders


def _size(chance: random.Random, price: float) -> float:
    value = chance.choice([30.0, 300.0, 3000.0, 30_000.0])
    size = value / price * chance.uniform(0.3, 1.0)
    return float(max(round(size, chance.choice([0, 2, 12])), 0.01))


def _targets(
    chance: random.Random, rows: dict[str, list[Row | None]], in_units: bool, spec: dict[str, Any]
) -> list[tuple[int, int, float]]:
    often = chance.choice([0.1, 0.4, 1.0])
    sizes = [0.2, 0.37, 0.5, 0.9, 1.0, 1.3] if not in_units else [1.0, 3.0, 17.5, 240.0]
    sides = [0, 1, 1, 1] if spec["direction"] == "DIRECTION_LONG_FLAT" else [-1, -1, 0, 1, 1]
    found = []
    steps = len(next(iter(rows.values())))
    for step in range(steps):
        for symbol, line in enumerate(rows.values()):
            if line[step] is not None and chance.random() < often:
                found.append((step, symbol, chance.choice(sides) * chance.choice(sizes)))
    return found
