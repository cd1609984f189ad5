"""The engine against the reference engine, over small markets of every kind."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurelius_engine.domain import errors
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.metrics import compute_metrics, statistics
from aurelius_engine.domain.simulation import Simulation, simulate
from aurelius_engine.domain.spec import spec_from_document
from tests.property.engine.reference_engine import Bar, Book, ReferenceEngine, metrics, trips

DAY = 86_400_000_000_000
STATES = ("open", "filled", "cancelled", "rejected")
STRATEGIES: Sequence[dict[str, Any]] = (
    {"buyAndHold": {}},
    {"tsMomentum": {"lookbackBars": 1}},
    {"tsMomentum": {"lookbackBars": 3}},
    {"trendFollowing": {"fastBars": 1, "slowBars": 3}},
    {"trendFollowing": {"fastBars": 3, "slowBars": 6}},
    {"meanReversion": {"lookbackBars": 3, "entryZscore": 0.5, "exitZscore": 0.1}},
    {"meanReversion": {"lookbackBars": 5, "entryZscore": 1.2, "exitZscore": 0.0}},
    {"breakout": {"entryBars": 1, "exitBars": 1}},
    {"breakout": {"entryBars": 3, "exitBars": 2}},
    {"breakout": {"entryBars": 2, "exitBars": 4}},
)
# How far a bar moves, and to how many digits its prices are written.
STYLES = ((0.3, 0), (0.03, 2), (0.01, 1), (0.05, 12), (0.9, 12))


def one_symbol(chance: random.Random, days: int, move: float, digits: int) -> list[Bar]:
    """Bars of a symbol that may list late, end early and miss days."""
    first = chance.choice([0, 0, chance.randint(0, days // 3)])
    last = days - chance.choice([0, 0, chance.randint(0, days // 3)])
    missing = chance.choice([0.0, 0.0, 0.1, 0.4])
    price, bars = chance.choice([1.0, 10.0, 100.0]), []
    for day in range(first, last):
        if chance.random() < missing:
            continue
        opened, closed = (
            max(round(price * math.exp(chance.gauss(0, move)), digits), 10.0**-digits)
            for _ in range(2)
        )
        high = max(opened, closed) * chance.choice([1.0, 1.25])
        low = min(opened, closed) * chance.choice([1.0, 0.75])
        bars.append(Bar(day * DAY, opened, high, low, closed))
        price = min(max(closed, 0.05), 1e5)
    return bars


def scene(chance: random.Random) -> tuple[dict[str, Any], dict[str, list[Bar]]]:
    """A specification and a market."""
    names = ["A", "B", "a", "é"][: chance.choice([1, 1, 2, 3, 4])]
    days, (move, digits) = chance.randint(8, 40), chance.choice(STYLES)
    document = {
        "strategy": chance.choice(STRATEGIES),
        "symbols": [],
        "calendar": "XNYS",
        "calendarVersion": "",
        "direction": chance.choice(["DIRECTION_LONG_FLAT", "DIRECTION_LONG_SHORT"]),
        "units": chance.choice(["UNITS_FRACTIONAL", "UNITS_INTEGER"]),
        "equityFractionRatio": chance.choice([1.0, 0.95, 0.35]),
        "initialCash": chance.choice([100.0, 1000.0, 1e6]),
        "riskFreeRatio": chance.choice([0.0, 0.02, -0.01]),
        "commission": {
            "valueRatio": chance.choice([0.0, 0.002, 0.3]),
            "perUnit": chance.choice([0.0, 0.01, 1.0]),
            "minimum": chance.choice([0.0, 1.0, 15.0]),
        },
    }
    market = {name: one_symbol(chance, days, move, digits) for name in names}
    return document, {name: bars for name, bars in market.items() if bars}


def table_of(market: Mapping[str, Sequence[Bar]]) -> MarketTable:
    rows = [(name, bar) for name, bars in market.items() for bar in bars]
    bars = {
        name: np.array([getattr(bar, name) for _, bar in rows])
        for name in ("open", "high", "low", "close")
    }
    return MarketTable.build(
        time=np.array([bar.time for _, bar in rows], dtype=np.int64),
        symbol=[name for name, _ in rows],
        bars=bars | {"volume": np.ones(len(rows))},
    )


def near(ours: float, want: object, scale: float, *, rel: float = 1e-9) -> bool:
    other = float(want)  # type: ignore[arg-type]
    return abs(ours - other) <= rel * (max(abs(ours), abs(other)) + scale)


def check_run(run: Simulation, book: Book) -> None:
    """Orders and their states exactly; amounts within 1e-9 of what was at stake."""
    times, names = run.panel.times.tolist(), run.panel.symbols
    scale = float(max(abs(cash) + abs(value) for cash, value in book.equity))
    assert [
        (times[int(o[0])], names[int(o[1])], int(o[2]), STATES[int(o[3])], int(o[5]))
        for o in run.orders.tolist()
    ] == [
        (o.submitted, o.symbol, o.target, o.state, times.index(o.ended) if o.ended >= 0 else -1)
        for o in book.orders
    ]
    fills = run.fills.tolist()
    assert [(times[int(f[0])], names[int(f[2])], f[4]) for f in fills] == [
        (fill.time, fill.symbol, float(fill.price)) for fill in book.fills
    ]
    for ours, want in zip(fills, book.fills, strict=True):
        assert near(ours[3], want.quantity, scale / ours[4]), want
        assert near(ours[5], want.fee, scale), want
    for step, (cash, value) in enumerate(book.equity):
        assert near(run.equity[step, 0], cash, scale), step
        assert near(run.equity[step, 1], value, scale), step


def check_metrics(run: Simulation, book: Book, risk_free_ratio: float) -> None:
    facts = statistics(run, periods_per_year=252.0, risk_free_ratio=risk_free_ratio)
    ours = {metric.id: value for metric, value in compute_metrics(facts)}
    want = metrics(book, periods=252, risk_free_ratio=risk_free_ratio)
    assert ours.keys() == want.keys()
    for name, value in ours.items():
        if isinstance(value, str) or isinstance(want[name], str):
            assert value == want[name], name
        else:
            assert near(value, want[name], 1e-3, rel=1e-7), name


def rounding_decides(book: Book) -> bool:
    """Whether a count or a reason hangs on the last digits: an even trade, a lost account."""
    equity = [cash + value for cash, value in book.equity]
    peak = float(max(map(abs, equity)))
    even = any(abs(profit) <= entry * 10**-9 for entry, profit in map(_floats, trips(book)))
    broke = any(abs(float(e)) <= 1e-9 * peak for e in equity)
    return even or broke


def _floats(trip: tuple[Any, Any]) -> tuple[float, float]:
    return float(trip[0]), float(trip[1])


@pytest.mark.timeout(120)
@settings(max_examples=400, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_engine_and_the_reference_agree(seed: int) -> None:
    document, market = scene(random.Random(seed))
    if not market:
        return
    try:
        run = simulate(spec_from_document(document), table_of(market))
    except errors.LookbackTooLong:
        return
    book = ReferenceEngine(document, market).run()
    if book.doubtful:
        return

    check_run(run, book)
    if not rounding_decides(book):
        check_metrics(run, book, document["riskFreeRatio"])


def test_most_scenes_are_compared() -> None:
    checked = 0
    for seed in range(200):
        document, market = scene(random.Random(seed))
        book = ReferenceEngine(document, market).run()
        checked += not book.doubtful and len(book.fills) > 0

    assert checked > 120
