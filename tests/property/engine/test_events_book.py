"""The book before a bar is what a plain replay of the events before it leaves."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.domain.errors import DerivationRefused
from aurelius_engine.domain.events.bars import TRADE_COUNT, BarRule, bars_of_trades, chosen_trades
from aurelius_engine.domain.events.book import with_book
from aurelius_engine.domain.events.schema import MarketEventType
from aurelius_engine.domain.market_table import BOOK_COLUMNS, LEVEL, MarketTable
from tests.property.engine.test_event_laws import BEGIN, read

COLUMNS = ["event_type", "event_time", "symbol", "sequence", "price", "size", "side", *LEVEL]
MINUTES = BarRule(end="interval", interval="MINUTE")
MINUTE = 60_000_000_000
Change = tuple[int, str, str, float, float]  # time, symbol, side, price, size
Quote = tuple[int, str, tuple[float, ...]]


def row(kind: str, time: int, symbol: str, sequence: int, **cells: object) -> str:
    own = {"event_type": kind, "event_time": time, "symbol": symbol, "sequence": sequence} | cells
    return ",".join(str(own.get(name, "")) for name in COLUMNS)


def bars_with_book(rows: list[str]) -> tuple[MarketTable, list[int]]:
    """Bars of a minute with their book, and when the first trade of each was."""
    events = read(rows, COLUMNS)
    table, opened = bars_of_trades(
        chosen_trades(events.tables[MarketEventType.TRADE], MINUTES, ()),
        MINUTES,
        zone=packaged_calendars().zone("XNYS"),
        as_of_time=BEGIN + 100 * MINUTE,
    )
    return with_book(table, opened, events), opened.tolist()


def trade_rows(chance: random.Random) -> list[str]:
    return [
        row("TRADE", BEGIN + chance.randint(0, 3 * MINUTE), chance.choice("AB"), n, price=5, size=1)
        for n in range(chance.randint(1, 8))
    ]


def book_of(changes: list[Change], symbol: str, before: int) -> list[float]:
    """Ten levels by the words of the specification."""
    rests: dict[str, dict[float, float]] = {"bid": {}, "ask": {}}
    for time, own, side, price, size in changes:
        if own == symbol and time < before:
            rests[side][price] = size
    alive = {side: {p: s for p, s in own.items() if s} for side, own in rests.items()}
    bids = sorted(alive["bid"].items(), reverse=True)
    asks = sorted(alive["ask"].items())
    if bids and asks and bids[0][0] > asks[0][0]:
        return [0.0] * 40
    ten = range(10)
    levels = [(*(bids[i : i + 1] or [(0.0, 0.0)]), *(asks[i : i + 1] or [(0.0, 0.0)])) for i in ten]
    return [value for bid, ask in levels for value in (*bid, *ask)]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=80, deadline=None)
def test_each_bar_has_the_book_of_all_changes_before_its_first_trade(seed: int) -> None:
    chance = random.Random(seed)
    top = chance.choice([6, 15])  # with prices to 6 books often cross
    changes: list[Change] = []
    for _ in range(chance.randint(1, 120)):
        side = chance.choice(["bid", "ask"])
        price = float(chance.randint(1, top) + (15 if side == "ask" and top == 15 else 0))
        time = BEGIN + chance.randint(-MINUTE, 3 * MINUTE)
        changes.append((time, chance.choice("AB"), side, price, float(chance.randint(0, 4))))
    changes.sort(key=lambda change: change[0])
    rows = trade_rows(chance) + [
        row("BOOK_UPDATE", time, symbol, n, side=side, price=price, size=size)
        for n, (time, symbol, side, price, size) in enumerate(changes)
    ]
    chance.shuffle(rows)

    table, opened = bars_with_book(rows)

    found = np.column_stack(table.book).tolist()
    names = [table.symbol.text(place) for place in range(len(opened))]
    assert found == [book_of(changes, own, at) for own, at in zip(names, opened, strict=True)]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_each_bar_has_the_last_quote_before_its_first_trade(seed: int) -> None:
    chance = random.Random(seed)
    times = sorted(BEGIN + chance.randint(-MINUTE, 3 * MINUTE) for _ in range(30))
    sides = [(9.0, 5.0, 10.0, 7.0), (10.0, 1.0, 10.0, 2.0), (11.0, 1.0, 10.0, 2.0), (0, 0, 9.5, 1)]
    quotes: list[Quote] = [(time, chance.choice("AB"), chance.choice(sides)) for time in times]
    rows = trade_rows(chance) + [
        row("QUOTE", time, symbol, n, **dict(zip(LEVEL, own, strict=True)))
        for n, (time, symbol, own) in enumerate(quotes)
    ]
    chance.shuffle(rows)

    table, opened = bars_with_book(rows)

    for place, at in enumerate(opened):
        symbol = table.symbol.text(place)
        known = [own for time, name, own in quotes if name == symbol and time < at]
        last = known[-1] if known else (0, 0, 0, 0)
        want = (0, 0, 0, 0) if last[0] > last[2] > 0 else last
        assert tuple(values[place] for values in table.book) == want


def test_a_quote_of_the_moment_of_the_first_trade_is_not_used() -> None:
    quote = {"bid_price": 9, "bid_size": 1, "ask_price": 10, "ask_size": 2}
    rows = [
        row("QUOTE", BEGIN, "A", 0, **quote),
        row("TRADE", BEGIN, "A", 0, price=10, size=1),
        row("TRADE", BEGIN + MINUTE, "A", 1, price=10, size=1),
    ]

    table, _ = bars_with_book(rows)

    assert [values.tolist() for values in table.book] == [[0, 9], [0, 1], [0, 10], [0, 2]]


def test_a_source_without_quotes_has_no_book() -> None:
    with pytest.raises(DerivationRefused) as refused:
        bars_with_book([row("TRADE", BEGIN, "A", 0, price=10, size=1)])

    assert (refused.value.facts["found"], refused.value.facts["allowed"]) == (
        "TRADE",
        "BOOK_UPDATE or QUOTE",
    )


def test_bars_of_a_count_have_their_own_book() -> None:
    """Their time is that of their first trade."""
    rule = BarRule(end=TRADE_COUNT, threshold=1.0)
    rows = [
        row("BOOK_UPDATE", BEGIN, "A", 0, side="ask", price=10, size=3),
        row("TRADE", BEGIN + 1, "A", 0, price=10, size=3),
        row("BOOK_UPDATE", BEGIN + 1, "A", 1, side="ask", price=10, size=0),
        row("BOOK_UPDATE", BEGIN + 2, "A", 2, side="ask", price=11, size=4),
        row("TRADE", BEGIN + 3, "A", 1, price=11, size=1),
    ]
    events = read(rows, COLUMNS)
    trades = chosen_trades(events.tables[MarketEventType.TRADE], rule, ())
    zone = packaged_calendars().zone("XNYS")
    table, opened = bars_of_trades(trades, rule, zone=zone, as_of_time=BEGIN + MINUTE)

    found = with_book(table, opened, events)

    asks = {name: values.tolist() for name, values in zip(BOOK_COLUMNS, found.book, strict=True)}
    assert (asks["ask_price_1"], asks["ask_size_1"]) == ([10, 11], [3, 4])
    assert asks["ask_price_2"] == [0, 0]
