"""Laws of events and of bars made of them: one order, nothing lost, nothing of the future."""

import random
from fractions import Fraction
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurelius_engine.adapters.event_files import adapted_events
from aurelius_engine.adapters.package_files import packaged_calendars
from aurelius_engine.application.records import FileFormat
from aurelius_engine.domain.errors import DerivationRefused
from aurelius_engine.domain.events import bars
from aurelius_engine.domain.events.order import merged, selected
from aurelius_engine.domain.events.schema import MarketEventType
from aurelius_engine.domain.events.tables import EventTables, events_hash

MINUTE = 60_000_000_000
BEGIN = 1_577_975_400_000_000_000  # 2020-01-02T14:30Z
ENVELOPE = ["event_type", "event_time", "symbol", "sequence", "quality_flags"]
QUOTE = ["bid_price", "bid_size", "ask_price", "ask_size"]
CONTRACT = ["option_kind", "expiry_time", "strike", "open_interest", "underlying_price"]
BAR = ["open", "high", "low", "close", "volume"]
REPORTED = ["item", "period_end_time", "value"]
COLUMNS = [*ENVELOPE, "price", "size", "side", *QUOTE, *CONTRACT, *BAR, *REPORTED]
CLASSES = ["MACRO", "FUNDAMENTALS", "BOOK_UPDATE", "QUOTE", "OPTIONS_CHAIN", "TRADE", "BAR"]
CALENDARS = packaged_calendars()
# A trade: time, sequence, price and size, as exact numbers of float64.
Trade = tuple[int, int, float, float]


def payload(kind: str, chance: random.Random) -> list[dict[str, object]]:
    """The payloads of one event: of a snapshot up to three lines."""
    quote = {"bid_price": 9.5, "bid_size": 3, "ask_price": 10.5, "ask_size": 4}
    match kind:
        case "TRADE":
            return [{"price": chance.randint(1, 9), "size": chance.randint(1, 9)}]
        case "QUOTE":
            return [quote]
        case "BOOK_UPDATE":
            return [{"side": chance.choice(["bid", "ask"]), "price": 5, "size": 0}]
        case "BAR":
            return [{"open": 2, "high": 3, "low": 1, "close": 2, "volume": 7}]
        case "OPTIONS_CHAIN":
            rest = {"expiry_time": BEGIN, "volume": 0, "open_interest": 1, "underlying_price": 10}
            return [
                {"option_kind": "put", "strike": strike} | rest | quote
                for strike in chance.sample(range(1, 9), chance.randint(1, 3))
            ]
    return [
        {"item": item, "period_end_time": BEGIN, "value": chance.randint(-3, 3)}
        for item in chance.sample(["cpi", "eps", "gdp"], chance.randint(1, 3))
    ]


def rows_of(seed: int) -> list[str]:
    """Rows of events of all types, of few times and symbols, so that many tie."""
    chance, rows, keys = random.Random(seed), [], set()
    for _ in range(chance.randint(1, 30)):
        kind = chance.choice([each.value for each in MarketEventType])
        key = (kind, BEGIN + chance.randint(0, 2), chance.choice("ABé"), chance.randint(0, 3))
        if key in keys:
            continue
        keys.add(key)
        flags = chance.choice(["", "b,a", "a,b", "late"])
        for own in payload(kind, chance):
            cells = own | {
                "event_type": kind,
                "event_time": key[1],
                "symbol": key[2],
                "sequence": key[3],
                "quality_flags": f'"{flags}"' if flags else "",
            }
            rows.append(",".join(str(cells.get(name, "")) for name in COLUMNS))
    return rows


def read(rows: list[str], columns: list[str] = COLUMNS) -> EventTables:
    data = "\n".join([",".join(columns), *rows]).encode()
    events = adapted_events(data, FileFormat.CSV, max_rows=10_000).table
    assert isinstance(events, EventTables)
    return events


def order_of(events: EventTables) -> list[tuple[object, ...]]:
    """What a replay sees of each event: its key and how many lines it has."""
    every = selected(events, types=frozenset(), symbols=frozenset(), start=None, end=None)
    return [
        (
            each.type,
            events.tables[each.type][0].data[each.start],
            events.tables[each.type][1].text(each.start),
            events.tables[each.type][2].data[each.start],
            each.end - each.start,
        )
        for each in merged(events, every, [0] * len(every), 1_000)
    ]


@given(st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_any_order_of_rows_is_the_same_data_in_the_same_order(
    seed: int, chance: random.Random
) -> None:
    rows = rows_of(seed)
    first = read(rows)
    chance.shuffle(rows)

    again = read(rows)

    assert events_hash(again.digests()) == events_hash(first.digests())
    assert order_of(again) == order_of(first)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_the_order_is_by_time_class_symbol_and_sequence_and_total(seed: int) -> None:
    events = read(rows_of(seed))
    classes = [MarketEventType[name] for name in CLASSES]

    keys = [
        (time, classes.index(kind), str(symbol).encode(), sequence)  # type: ignore[arg-type]
        for kind, time, symbol, sequence, _ in order_of(events)
    ]

    assert keys == sorted(set(keys))
    assert sum(lines for *_, lines in order_of(events)) == events.row_count  # type: ignore[misc]


def trades_of(seed: int) -> list[Trade]:
    """Trades of which some share a time; prices and sizes are of few binary digits or of many."""
    chance, time, trades = random.Random(seed), BEGIN, []
    for sequence in range(chance.randint(1, 60)):
        time += chance.choice([0, 0, 1, MINUTE // 7, MINUTE, 3 * MINUTE])
        price = chance.choice([chance.randint(1, 400) / 8, chance.uniform(1e-3, 1e6)])
        size = chance.choice([float(chance.randint(1, 300)), chance.uniform(1e-9, 1e9)])
        trades.append((time, sequence, price, size))
    return trades


RULES = st.one_of(
    st.sampled_from(["MINUTE", "FIVE_MINUTES", "HOUR"]).map(
        lambda name: bars.BarRule(end=bars.INTERVAL, interval=name)
    ),
    st.integers(1, 9).map(lambda n: bars.BarRule(end=bars.TRADE_COUNT, threshold=float(n))),
    st.sampled_from([1.0, 250.0, 1e9]).map(lambda n: bars.BarRule(end=bars.UNITS, threshold=n)),
    st.sampled_from([5.0, 1e4, 1e12]).map(lambda n: bars.BarRule(end=bars.VALUE, threshold=n)),
)
Bar = tuple[int, float, float, float, float, float]


def bars_of(trades: list[Trade], rule: bars.BarRule, as_of: int) -> list[Bar]:
    """The bars that the engine makes, none if it refuses."""
    rows = [f"TRADE,{t},A,{n},{p!r},{s!r}" for t, n, p, s in trades]
    columns = ["event_type", "event_time", "symbol", "sequence", "price", "size"]
    table = read(rows, columns).tables[MarketEventType.TRADE]
    try:
        found, _ = bars.bars_of_trades(
            bars.chosen_trades(table, rule, ()),
            rule,
            zone=CALENDARS.zone("XNYS"),
            as_of_time=as_of,
        )
    except DerivationRefused:
        return []
    return list(
        zip(
            *(each.tolist() for each in (found.time, found.open, found.high, found.low)),
            *(each.tolist() for each in (found.close, found.volume)),
            strict=True,
        )
    )


def parted(trades: list[Trade], rule: bars.BarRule, as_of: int) -> list[list[Trade]]:
    """The trades of each bar, from the words of the specification and in exact numbers."""
    if rule.end == bars.INTERVAL:
        length = {"MINUTE": 1, "FIVE_MINUTES": 5, "HOUR": 60}[rule.interval] * MINUTE
        by = groupby(trades, key=lambda trade: trade[0] // length)
        return [list(own) for place, own in by if (place + 1) * length <= as_of]
    found: list[list[Trade]] = []
    going: list[Trade] = []
    for time, own in groupby(trades, key=lambda trade: trade[0]):
        going += own
        reached = {
            bars.TRADE_COUNT: Fraction(len(going)),
            bars.UNITS: sum((Fraction(size) for *_, size in going), Fraction(0)),
            # Each product is rounded once, as the specification says.
            bars.VALUE: sum((Fraction(price * size) for *_, price, size in going), Fraction(0)),
        }[rule.end]
        if reached >= Fraction(rule.threshold) and time < as_of:
            found.append(going)
            going = []
    return found


def test_a_value_that_no_float_holds_ends_a_bar() -> None:
    sizes = [1e200, 1e200, 1.0, 1.0]
    trades = [(BEGIN + n, n, 1e200, size) for n, size in enumerate(sizes)]

    found = bars_of(trades, bars.BarRule(end=bars.VALUE, threshold=1e201), BEGIN + MINUTE)

    assert [(bar[0] - BEGIN, bar[5]) for bar in found] == [(0, 1e200), (1, 1e200)]


@given(st.integers(0, 2**32 - 1), RULES, st.sampled_from([0, 1, MINUTE, 90 * MINUTE]))
@settings(max_examples=150, deadline=None)
def test_bars_have_the_trades_that_the_rule_gives_them_and_no_others(
    seed: int, rule: bars.BarRule, later: int
) -> None:
    trades = trades_of(seed)
    as_of = trades[-1][0] + later

    found = bars_of(trades, rule, as_of)

    own = parted(trades, rule, as_of)
    assert [bar[1:5] for bar in found] == [
        (each[0][2], max(t[2] for t in each), min(t[2] for t in each), each[-1][2]) for each in own
    ]
    if rule.end != bars.INTERVAL:
        assert [bar[0] for bar in found] == [each[0][0] for each in own]
    for bar, each in zip(found, own, strict=True):
        assert bar[5] == pytest.approx(float(sum(Fraction(t[3]) for t in each)), rel=1e-15, abs=0)


@given(st.integers(0, 2**32 - 1), st.sampled_from(["MINUTE", "HOUR"]))
@settings(max_examples=60, deadline=None)
def test_no_unit_and_no_value_is_lost_or_made(seed: int, interval: str) -> None:
    """With sizes of few binary digits every sum is exact, so that they are compared exactly."""
    trades = [
        (t, n, round(p * 8) / 8 + 1, float(int(s) % 997 + 1)) for t, n, p, s in trades_of(seed)
    ]
    rule = bars.BarRule(end=bars.INTERVAL, interval=interval)
    flat = [(t, n, 2.0, p * s) for t, n, p, s in trades]  # a size that is the value of a trade

    volume = sum(bar[5] for bar in bars_of(trades, rule, trades[-1][0] + 90 * MINUTE))
    value = sum(bar[5] for bar in bars_of(flat, rule, trades[-1][0] + 90 * MINUTE))

    assert Fraction(volume) == sum(Fraction(s) for *_, s in trades)
    assert Fraction(value) == sum(Fraction(p) * Fraction(s) for *_, p, s in trades)


@given(st.integers(0, 2**32 - 1), RULES, st.data())
@settings(max_examples=100, deadline=None)
def test_no_later_trade_changes_a_bar(seed: int, rule: bars.BarRule, data: st.DataObject) -> None:
    trades = trades_of(seed)
    cut = data.draw(st.integers(1, len(trades)))
    known = [trade for trade in trades if trade[0] <= trades[cut - 1][0]]
    whole = bars_of(trades, rule, trades[-1][0] + 90 * MINUTE)

    early = bars_of(known, rule, known[-1][0])

    assert early == whole[: len(early)]
