"""Whether two tables are of one history, whatever they are called and wherever they are cut."""

import numpy as np
import pytest
from numpy.typing import NDArray

from aurelius_engine.domain.lineage import containment, prints_of, same_bars, shared
from aurelius_engine.domain.market_table import MarketTable

Floats = NDArray[np.float64]
DAY = 86_400_000_000_000


def walk(seed: int, bars: int, symbols: int, *, deviation: float = 0.01) -> Floats:
    """Closes of shape (bars, symbols), rounded to cents as exchanges do."""
    steps = np.random.default_rng(seed).normal(0.0, deviation, (bars, symbols))
    return np.round(100.0 * np.cumprod(1.0 + steps, axis=0), 2)


def table_of(closes: Floats, *, names: str = "S", first_day: int = 15_000) -> MarketTable:
    bars, symbols = closes.shape
    time = np.repeat((np.arange(bars) + first_day) * DAY, symbols)
    flat = closes.ravel()
    columns = dict.fromkeys(("open", "high", "low", "close"), flat)
    return MarketTable.build(
        time=time,
        symbol=[f"{names}{number:03d}" for number in range(symbols)] * bars,
        bars=columns | {"volume": np.ones(flat.size)},
    )


def alike(one: Floats, other: MarketTable) -> float:
    return containment(prints_of(table_of(one)), prints_of(other))


CLOSES = walk(1, 3000, 5)


@pytest.mark.parametrize(
    ("change", "least"),
    [
        pytest.param(table_of(CLOSES, names="X"), 1.0, id="other names"),
        pytest.param(table_of(CLOSES[:, ::-1]), 1.0, id="names swapped"),
        pytest.param(table_of(CLOSES, first_day=9_000), 1.0, id="other times"),
        pytest.param(table_of(CLOSES[:1500]), 0.95, id="the first half"),
        pytest.param(table_of(CLOSES[1500:]), 0.95, id="the second half"),
        pytest.param(table_of(CLOSES[:, 2:3]), 0.95, id="one symbol of five"),
        pytest.param(table_of(CLOSES * 0.37), 0.9, id="other scale"),
        pytest.param(table_of(np.round(CLOSES * 3.1, 4)), 0.5, id="scaled and rounded"),
        pytest.param(table_of(CLOSES * (1 + 1e-7 * np.sin(CLOSES * 1e6))), 0.5, id="at 1e-7"),
        pytest.param(table_of(np.repeat(CLOSES, 2, axis=0)), 0.95, id="each bar twice"),
    ],
)
def test_the_same_history_is_recognised(change: MarketTable, least: float) -> None:
    assert alike(CLOSES, change) >= least


@pytest.mark.parametrize("deviation", [0.01, 0.0005])
def test_other_walks_share_nothing(deviation: float) -> None:
    """Also those of a tick of 1e-4, of which a change says little."""
    one = walk(1, 3000, 40, deviation=deviation)
    other = walk(2, 3000, 40, deviation=deviation)

    assert alike(one, table_of(other)) < 0.01


def test_a_small_part_of_a_large_table_is_recognised_whatever_their_sizes() -> None:
    large = walk(3, 2000, 600)

    assert alike(large, table_of(large[1000:1060, 7:8])) == 1.0


def test_a_table_without_a_change_is_like_no_other() -> None:
    still = table_of(np.full((100, 2), 50.0))

    assert prints_of(still).size == 0
    assert alike(CLOSES, still) == 0.0


def test_prints_are_those_of_all_bars_rising_and_once_each() -> None:
    part = walk(5, 800, 1)
    prints = prints_of(table_of(np.repeat(part, 50, axis=1)))

    assert np.all(prints[1:] > prints[:-1])
    assert prints.tolist() == prints_of(table_of(part)).tolist()
    assert shared(prints, prints[::3]) == len(prints[::3])


def test_the_same_bars_are_found_at_other_times_under_other_names_and_in_a_part() -> None:
    table = table_of(CLOSES)
    other = table_of(CLOSES[1000:, ::-1] * 0.37, names="X", first_day=100)
    mine, theirs = same_bars(table, np.arange(table.time.size), other)

    assert 1900 < mine.size <= 2000
    assert np.all(mine - theirs == (15_000 + 1000 - 100) * DAY)
    assert np.all(theirs[1:] > theirs[:-1])


def test_the_same_bars_are_those_of_the_rows_though_the_history_is_repeated() -> None:
    twice = table_of(np.concatenate((CLOSES[:500], CLOSES[:500])))
    second = np.arange(500 * 5, 1000 * 5)
    mine, theirs = same_bars(twice, second, table_of(CLOSES[:500]))

    assert mine.size > 480
    assert np.all(mine - theirs == 500 * DAY)


def test_two_tables_of_other_walks_have_no_bars_in_common() -> None:
    one, other = table_of(CLOSES), table_of(walk(9, 3000, 5))
    mine, theirs = same_bars(one, np.arange(one.time.size), other)

    assert mine.size == theirs.size == 0
