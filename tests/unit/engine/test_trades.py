"""Round trips, from flat to flat, by hand."""

import random

import numpy as np
import pytest

from aurelius_engine.domain.core import codes
from aurelius_engine.domain.metrics import trades_table
from aurelius_engine.domain.trades import Trades, round_trips
from tests.unit.engine.made_runs import Book, chance_book


def rows(trades: Trades) -> list[tuple[int, int, int, int, float]]:
    columns = (trades.symbol, trades.side, trades.entry_step, trades.exit_step, trades.profit)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_a_fill_that_turns_a_position_around_ends_one_trade_and_begins_the_next() -> None:
    book = Book([[10.0], [12.0], [9.0]], 1000.0)
    book.fill(0, 0, 10.0, 10.0, fee=1.0)
    book.fill(1, 0, -15.0, 12.0, fee=3.0)
    book.fill(2, 0, 5.0, 9.0, fee=0.5)

    trades = round_trips(book.run())

    assert rows(trades) == [(0, 1, 0, 1, 20.0 - 1.0 - 2.0), (0, -1, 1, 2, 15.0 - 1.0 - 0.5)]
    assert trades.entry_value.tolist() == [100.0, 60.0]
    assert trades.exit_value.tolist() == [120.0, 45.0]
    assert trades.commission.tolist() == [3.0, 1.5]


def test_adding_and_reducing_stay_in_one_trade() -> None:
    book = Book([[10.0]] * 4, 1000.0)
    book.fill(0, 0, 10.0, 10.0)
    book.fill(1, 0, 10.0, 14.0)
    book.fill(2, 0, -5.0, 16.0)
    book.fill(3, 0, -15.0, 12.0)

    trades = round_trips(book.run())

    assert rows(trades) == [(0, 1, 0, 3, 80.0 + 180.0 - 240.0)]
    assert trades.closed == 1


def test_an_open_trade_is_valued_at_the_last_close_of_its_symbol() -> None:
    book = Book([[10.0, 50.0], [11.0, None]], 1000.0)
    book.fill(0, 1, -2.0, 40.0)
    book.fill(0, 0, 3.0, 10.0)

    trades = round_trips(book.run())

    assert trades.closed == 0
    assert rows(trades) == [(0, 1, 0, -1, 3.0), (1, -1, 0, -1, -20.0)]


def test_a_split_changes_units_and_no_profit() -> None:
    book = Book([[10.0], [5.0], [5.0]], 1000.0)
    book.fill(0, 0, 10.0, 10.0)
    book.flow(1, 0, codes.SPLIT, 0.0, 10.0)
    book.fill(2, 0, -20.0, 6.0)

    assert rows(round_trips(book.run())) == [(0, 1, 0, 2, 20.0)]


def test_a_split_that_leaves_no_lot_ends_the_trade_with_its_cash() -> None:
    book = Book([[10.0], [100.0], [100.0]], 1000.0)
    book.fill(0, 0, 5.0, 10.0)
    book.flow(1, 0, codes.SPLIT, 0.0, -5.0)
    book.flow(1, 0, codes.CASH_IN_LIEU, 52.0)

    trades = round_trips(book.run())

    assert rows(trades) == [(0, 1, 0, 1, 2.0)]
    assert trades.income.tolist() == [52.0]
    assert trades.unattributed == 0.0


def test_dividends_belong_to_the_trade_and_financing_to_none() -> None:
    book = Book([[10.0]] * 3, 1000.0)
    book.fill(0, 0, -10.0, 10.0)
    book.flow(1, 0, codes.DIVIDEND, -3.0)
    book.flow(1, -1, codes.BORROW_FEE, -0.5)
    book.fill(2, 0, 10.0, 9.0)

    trades = round_trips(book.run())

    assert trades.profit.tolist() == [7.0]
    assert trades.income.tolist() == [-3.0]
    assert trades.unattributed == -0.5


@pytest.mark.parametrize("toward", [0.0, 1.0])
def test_units_that_a_split_left_inexact_still_close(toward: float) -> None:
    book = Book([[10.0]] * 3, 1000.0)
    book.fill(0, 0, 0.1, 10.0)
    book.flow(1, 0, codes.SPLIT, 0.0, 0.1 * 3.0 - 0.1)
    units = 0.1 + (0.1 * 3.0 - 0.1)
    book.fill(2, 0, -float(np.nextafter(units, toward)), 10.0)

    trades = round_trips(book.run())

    assert (trades.closed, trades.profit.size) == (1, 1)


@pytest.mark.parametrize("seed", range(40))
def test_profits_and_flows_of_no_trade_are_the_change_of_equity(seed: int) -> None:
    chance = random.Random(seed)
    run = chance_book(chance, chance.choice([1, 5, 60]), chance.choice([1, 2, 5])).run()

    trades = round_trips(run)

    explained = float(trades.profit.sum()) + trades.unattributed
    assert explained == pytest.approx(float(run.equity[-1] - run.equity[0]), rel=0, abs=1e-7)
    assert trades.side.size >= trades.closed


def test_the_seeds_above_cover_what_they_are_for() -> None:
    runs = [
        chance_book(chance, chance.choice([1, 5, 60]), chance.choice([1, 2, 5])).run()
        for chance in map(random.Random, range(40))
    ]

    trades = [round_trips(run) for run in runs]

    assert sum(t.closed for t in trades) > 200
    assert sum(t.profit.size - t.closed for t in trades) > 20
    assert {kind for run in runs for kind in run.flows.kind.tolist()} == {
        codes.SPLIT,
        codes.DIVIDEND,
        codes.BORROW_FEE,
    }
    turned = [
        int(np.sum(t.exit_step[: t.closed][:-1] == t.entry_step[: t.closed][1:])) for t in trades
    ]
    assert sum(turned) > 20


def test_the_table_of_trades_says_when_and_what() -> None:
    book = Book([[10.0], [12.0], [9.0]], 1000.0, times=[100, 200, 300])
    book.fill(0, 0, 10.0, 10.0)
    book.fill(1, 0, -15.0, 12.0)
    run = book.run()

    table = {column.name: column for column in trades_table(run, round_trips(run))}

    assert table["symbol"].texts() == ["A", "A"]
    assert table["side"].texts() == ["long", "short"]
    assert table["entry_time"].data.tolist() == [100, 200]
    assert table["exit_time"].data.tolist() == [200, -1]
    assert table["profit"].data.tolist() == [20.0, 15.0]
