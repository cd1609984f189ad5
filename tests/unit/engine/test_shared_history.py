"""Whether data tells prices of one history, whatever its interval, and where chance ends."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from aurelius_engine.domain.events.bars import (
    DAY,
    INTERVAL,
    TRADE_COUNT,
    UNITS,
    VALUE,
    BarRule,
    bars_of_trades,
    chosen_trades,
)
from aurelius_engine.domain.events.schema import MarketEventType, fields_of
from aurelius_engine.domain.events.tables import EventTables, event_table
from aurelius_engine.domain.market_table import MarketTable
from aurelius_engine.domain.shared_history import History
from aurelius_engine.domain.table_hash import Column, string_column
from aurelius_engine.domain.time_zones import DAY_NS, Zone

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MINUTE_NS = 60_000_000_000
YORK = Zone(name="America/New_York", offsets=((0, -18_000),))
SYDNEY = Zone(name="Australia/Sydney", offsets=((0, 39_600),))
FIRST_DAY, DAYS, SESSION = 15_000, 40, 390
OPENS_AT = 14 * 60 + 30


def walk(seed: int, bars: int, symbols: int = 1, *, deviation: float = 0.0005) -> Floats:
    """Closes of shape (bars, symbols), rounded to cents as exchanges do."""
    steps = np.random.default_rng(seed).normal(0.0, deviation, (bars, symbols))
    return np.round(100.0 * np.cumprod(1.0 + steps, axis=0), 2)


def ticking(seed: int, bars: int, symbols: int = 1) -> Floats:
    """Closes near 5 that mostly move by one cent or stay."""
    moves = np.random.default_rng(seed).integers(-1, 2, (bars, symbols))
    return np.maximum(500 + np.cumsum(moves, axis=0), 100) / 100.0


def bouncing(seed: int, bars: int, symbols: int = 1) -> Floats:
    """Closes near 5 that are bids and asks by chance, a cent apart."""
    draw = np.random.default_rng(seed)
    moves = draw.choice([-1, 0, 1], (bars, symbols), p=(0.01, 0.98, 0.01))
    side = draw.integers(0, 2, (bars, symbols))
    return np.maximum(500 + np.cumsum(moves, axis=0) + side, 100) / 100.0


def bars_at(time: Ints, closes: Floats, names: str = "S") -> MarketTable:
    bars, symbols = closes.shape
    flat = closes.ravel()
    columns = dict.fromkeys(("open", "high", "low", "close"), flat)
    return MarketTable.build(
        time=np.repeat(time, symbols),
        symbol=[f"{names}{number}" for number in range(symbols)] * bars,
        bars=columns | {"volume": np.ones(flat.size)},
    )


def session_minutes(opens_at: int = OPENS_AT) -> Ints:
    days = (FIRST_DAY + np.arange(DAYS)) * DAY_NS
    return (days[:, None] + (opens_at + np.arange(SESSION)) * MINUTE_NS).ravel()


def every(minutes: int) -> tuple[Ints, Ints]:
    """The begins of bars of so many minutes, and the places of their last minutes."""
    begin = np.arange(0, SESSION, minutes)
    last = np.minimum(begin + minutes, SESSION) - 1
    day = np.arange(DAYS)[:, None] * SESSION
    return (day + begin).ravel(), (day + last).ravel()


CLOSES = walk(1, DAYS * SESSION, 2)
MINUTES = session_minutes()
DATES = (FIRST_DAY + np.arange(DAYS)) * DAY_NS
LONG = (FIRST_DAY + np.arange(400)) * DAY_NS
YEAR = walk(8, 400, 1, deviation=0.01)
DAILY = CLOSES.reshape(DAYS, SESSION, 2)[:, -1]


def of_minutes(count: int) -> MarketTable:
    begin, last = every(count)
    return bars_at(MINUTES[begin], CLOSES[last])


def shared(sealed: MarketTable, other: MarketTable | EventTables, zone: Zone = YORK) -> int:
    return History(sealed, zone).shared_with(History(other, zone))


@pytest.mark.parametrize(
    ("sealed", "other"),
    [
        pytest.param(bars_at(DATES, DAILY), bars_at(MINUTES, CLOSES), id="minutes of sealed days"),
        pytest.param(bars_at(MINUTES, CLOSES), bars_at(DATES, DAILY), id="days of sealed minutes"),
        pytest.param(of_minutes(60), bars_at(MINUTES, CLOSES), id="minutes of sealed hours"),
        pytest.param(bars_at(MINUTES, CLOSES), of_minutes(60), id="hours of sealed minutes"),
        pytest.param(of_minutes(10), of_minutes(15), id="quarters beside tens of minutes"),
        pytest.param(
            bars_at(DATES, DAILY), bars_at(MINUTES + MINUTE_NS, CLOSES), id="labelled by the end"
        ),
        pytest.param(of_minutes(60), bars_at(MINUTES + MINUTE_NS, CLOSES), id="hours by the begin"),
        pytest.param(
            bars_at(DATES, DAILY), bars_at(MINUTES, CLOSES[:, 1:] * 0.37, "X"), id="one, scaled"
        ),
        pytest.param(
            bars_at(DATES, DAILY),
            bars_at(MINUTES[: 12 * SESSION], CLOSES[: 12 * SESSION]),
            id="twelve days of forty",
        ),
        pytest.param(
            bars_at(LONG[6::7] - 6 * DAY_NS, YEAR[6::7]),
            bars_at(LONG, YEAR),
            id="days of sealed weeks",
        ),
    ],
)
def test_bars_of_another_interval_are_recognised(sealed: MarketTable, other: MarketTable) -> None:
    assert shared(sealed, other) > 0


def test_a_day_is_that_of_the_venue() -> None:
    """Sydney's sessions begin on the date before in UTC."""
    minutes = session_minutes(opens_at=-60)

    assert shared(bars_at(DATES, DAILY), bars_at(minutes, CLOSES), SYDNEY) > 0


def test_hours_of_a_session_are_recognised_in_minutes_of_the_whole_day() -> None:
    """Between two sessions the price goes on, and no bar of the hours has it."""
    time = (FIRST_DAY * DAY_NS) + np.arange(DAYS * 1440) * MINUTE_NS
    closes = walk(2, time.size)
    day = np.arange(DAYS)[:, None] * 1440
    begin = (day + OPENS_AT + 60 * np.arange(6)).ravel()

    assert shared(bars_at(time[begin], closes[begin + 59]), bars_at(time, closes)) > 0
    assert shared(bars_at(time[begin] + 60 * MINUTE_NS, closes[begin + 59]), bars_at(time, closes))


@pytest.mark.parametrize("labelled", [0, MINUTE_NS], ids=["by the begin", "by the end"])
@pytest.mark.parametrize("opened", [0, 1, 20], ids=["alone", "of two", "of many"])
def test_dates_of_a_session_are_recognised_in_minutes_before_and_after_it(
    labelled: int, opened: int
) -> None:
    time = (FIRST_DAY * DAY_NS) + np.arange(DAYS * 1440) * MINUTE_NS
    closes = walk(2, time.size, opened + 1)
    ends = np.arange(DAYS) * 1440 + OPENS_AT + SESSION - 1

    sealed = bars_at(DATES, closes[ends][:, -1:])

    assert shared(sealed, bars_at(time + labelled, closes)) > 0
    assert shared(sealed, bars_at(time + labelled, walk(3, time.size))) == 0


def test_a_session_ends_by_the_clocks_of_the_venue() -> None:
    """They change after five of ten dates, and the data goes on after the session."""
    change = FIRST_DAY + 5
    zone = Zone(name="East", offsets=((0, -18_000), (change * 86_400, -14_400)))
    time = FIRST_DAY * DAY_NS + np.arange(12 * 1440) * MINUTE_NS
    closes = walk(4, time.size)
    ends = [day * 1440 + (21 if day < 5 else 20) * 60 - 1 for day in range(10)]

    assert shared(bars_at(DATES[:10], closes[ends]), bars_at(time, closes), zone) > 0


def test_a_day_is_recognised_under_another_calendar() -> None:
    minutes = History(bars_at(session_minutes(opens_at=-60), CLOSES), YORK)

    assert History(bars_at(DATES, DAILY), SYDNEY).shared_with(minutes) > 0


def events_of(
    kind: MarketEventType,
    time: Ints,
    payload: Mapping[str, NDArray[Any]],
    **texts: list[str],
) -> EventTables:
    """Events of one symbol, in their order."""
    columns: dict[str, Column] = {
        "event_time": Column(name="event_time", data=time),
        "symbol": string_column("symbol", ["OTHER"] * time.size),
        "sequence": Column(name="sequence", data=np.arange(time.size, dtype=np.int64)),
        "ingest_time": Column(name="ingest_time", data=np.full(time.size, -1)),
    }
    for field in fields_of(kind):
        if field.name in payload:
            columns[field.name] = Column(name=field.name, data=payload[field.name])
        elif field.name not in columns:
            given = texts.get(field.name, [""] * time.size)
            columns[field.name] = string_column(field.name, given)
    return EventTables(tables={kind: event_table(kind, columns, np.arange(time.size))})


def trades(seed: int, flags: list[str] | None = None) -> EventTables:
    draw = np.random.default_rng(seed)
    count = 24_000
    time = FIRST_DAY * DAY_NS + np.sort(draw.integers(0, 20 * DAY_NS, count))
    payload = {"price": walk(seed, count)[:, 0], "size": draw.integers(1, 9, count).astype(float)}
    return events_of(MarketEventType.TRADE, time, payload, quality_flags=flags or [""] * count)


def made(events: EventTables, rule: BarRule) -> MarketTable:
    chosen = chosen_trades(events.tables[MarketEventType.TRADE], rule, ())
    return bars_of_trades(chosen, rule, zone=YORK, as_of_time=30_000 * DAY_NS)[0]


RULES = (
    BarRule(end=INTERVAL, interval="FIVE_MINUTES"),
    BarRule(end=INTERVAL, interval="HOUR"),
    BarRule(end=INTERVAL, interval=DAY),
    BarRule(end=TRADE_COUNT, threshold=50.0),
    BarRule(end=UNITS, threshold=300.0),
    BarRule(end=VALUE, threshold=40_000.0),
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.text)
def test_the_trades_of_sealed_bars_are_recognised_by_every_rule(rule: BarRule) -> None:
    events = trades(3)
    sealed = made(events, rule)

    assert shared(sealed, events) > 0
    assert shared(sealed, trades(4)) == 0


def test_trades_are_recognised_in_bars_without_the_flagged_ones() -> None:
    flags = np.where(np.random.default_rng(5).random(24_000) < 0.6, "odd_lot", "").tolist()
    events = trades(3, flags)
    sealed = made(events, BarRule(end=INTERVAL, interval="HOUR", excluded_flags=("odd_lot",)))

    assert shared(sealed, events) > 0


def _bar_events(time: Ints, price: Floats) -> EventTables:
    prices = dict.fromkeys(("open", "high", "low", "close"), price)
    return events_of(MarketEventType.BAR, time, prices | {"volume": np.ones(price.size)})


def _quotes(time: Ints, price: Floats) -> EventTables:
    size = np.ones(price.size)
    sides = {"bid_price": price - 0.25, "ask_price": price + 0.25}
    return events_of(MarketEventType.QUOTE, time, sides | {"bid_size": size, "ask_size": size})


def _chains(time: Ints, price: Floats) -> EventTables:
    zero = np.zeros(price.size)
    names = ("bid_price", "bid_size", "ask_price", "ask_size", "volume", "open_interest")
    payload: dict[str, NDArray[Any]] = dict.fromkeys(names, zero)
    payload |= {"strike": np.ones(price.size), "underlying_price": price}
    payload["expiry_time"] = np.full(price.size, 40_000 * DAY_NS)
    return events_of(
        MarketEventType.OPTIONS_CHAIN, time, payload, option_kind=["call"] * price.size
    )


def _items(time: Ints, price: Floats) -> EventTables:
    payload = {"value": price, "period_end_time": time}
    return events_of(MarketEventType.MACRO, time, payload, item=["rate"] * price.size)


@pytest.mark.parametrize("events", [_bar_events, _quotes, _chains, _items])
def test_events_that_say_the_sealed_closes_are_recognised(
    events: Callable[[Ints, Floats], EventTables],
) -> None:
    for time, closes in ((MINUTES, CLOSES[:, 0]), (DATES, DAILY[:, 0])):
        assert shared(bars_at(DATES, DAILY), events(time, closes)) > 0
    assert shared(bars_at(DATES, DAILY), events(MINUTES, walk(9, MINUTES.size)[:, 0])) == 0


@pytest.mark.parametrize("kind", [walk, ticking, bouncing])
@pytest.mark.parametrize("seed", range(3))
def test_unrelated_data_shares_nothing(kind: Callable[..., Floats], seed: int) -> None:
    """Also where prices move by one tick, so that most short runs are in both."""
    sealed = bars_at(MINUTES, kind(100 + seed, MINUTES.size, 2))
    other = bars_at(MINUTES, kind(200 + seed, MINUTES.size, 2))

    assert shared(sealed, other) == shared(other, sealed) == 0


def test_two_symbols_of_one_market_share_nothing() -> None:
    market = np.random.default_rng(6).normal(0.0, 0.01, (3000, 1))
    own = np.random.default_rng(7).normal(0.0, 0.001, (3000, 2))
    closes = np.round(50.0 * np.cumprod(1.0 + market + own, axis=0), 2)
    time = (10_000 + np.arange(3000)) * DAY_NS

    assert np.corrcoef(np.diff(np.log(closes), axis=0).T)[0, 1] > 0.98
    assert shared(bars_at(time, closes[:, :1]), bars_at(time, closes[:, 1:])) == 0


@pytest.mark.parametrize(
    ("kind", "begin", "bars"), [(walk, 200, 24), (walk, 200, 100), (ticking, 5_000, 500)]
)
def test_a_short_part_among_much_else_is_recognised(
    kind: Callable[..., Floats], begin: int, bars: int
) -> None:
    sealed, filler = kind(11, 20_000), kind(12, 100_000)
    mixed = filler.copy()
    mixed[50_000 : 50_000 + bars] = sealed[begin : begin + bars]
    time, later = np.arange(20_000) * MINUTE_NS, np.arange(100_000) * MINUTE_NS + 900 * DAY_NS

    found = shared(bars_at(time, sealed), bars_at(later, mixed))

    assert 0 < found < bars
    assert shared(bars_at(time, sealed), bars_at(later, filler)) == 0


def test_bars_that_never_move_share_nothing() -> None:
    still = bars_at(DATES, np.full((DAYS, 1), 5.0))

    assert shared(still, still) == shared(bars_at(DATES, DAILY), still) == 0
