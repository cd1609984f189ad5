"""A view as of a time knows no later action, and changes nothing but the scale of prices."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurelius_engine.adapters.market_files import FileFormat, read_market_file
from aurelius_engine.domain import errors
from aurelius_engine.domain.adjustment import adjusted_as_of
from aurelius_engine.domain.market_table import BARS, OPTIONAL, PRICES, MarketTable
from aurelius_engine.domain.streams import stream
from aurelius_engine.domain.validation.futures import poisoned
from tests.conftest import REPOSITORY
from tests.unit.engine.runs import DAY_NS, FIRST_NS, market
from tests.unit.engine.universes import universe

POLICIES: list[Any] = ["RAW", "SPLITS", "SPLITS_AND_DIVIDENDS"]


def acting(seed: int, symbols: int = 3, days: int = 30) -> MarketTable:
    """Returns walks with holes, splits and dividends."""
    draws = np.random.default_rng(seed)
    bars = {}
    for place in range(symbols):
        close = 50.0 * np.cumprod(1.0 + draws.normal(0.0, 0.03, days))
        split = np.where(draws.random(days) < 0.1, draws.choice([0.5, 2.0, 3.0], days), 1.0)
        paid = np.where(draws.random(days) < 0.1, 0.7, 0.0)
        bars[f"S{place}"] = [
            None if draws.random() < 0.1 else (p, p * 1.01, p * 0.99, p, 1e4, d, r)
            for p, d, r in zip(close.tolist(), paid.tolist(), split.tolist(), strict=True)
        ]
    bars["S0"][0] = (50.0, 51.0, 49.0, 50.0, 1e4, 0.0, 2.0)  # there are actions, and a first bar
    return market(bars)


def cut(table: MarketTable, time: int) -> MarketTable:
    end = int(np.searchsorted(table.time, time, side="right"))
    columns = {
        n: getattr(table, n)[:end] for n in (*BARS, *OPTIONAL) if getattr(table, n) is not None
    }
    return MarketTable.build(time=table.time[:end], symbol=table.symbol.texts()[:end], bars=columns)


@pytest.mark.parametrize("policy", POLICIES)
@given(seed=st.integers(0, 10_000), day=st.integers(0, 29))
@settings(max_examples=40, deadline=None)
def test_a_view_is_the_view_of_the_table_cut_there(policy: Any, seed: int, day: int) -> None:
    table, time = acting(seed), FIRST_NS + day * DAY_NS

    view = adjusted_as_of(table, time, policy)

    assert view.data_hash() == adjusted_as_of(cut(table, time), time, policy).data_hash()
    other = poisoned(table, time, stream(seed, "adjustment"))
    assert view.data_hash() == adjusted_as_of(other, time, policy).data_hash()
    for column in view.columns():
        assert len(column.data) == len(view.time)


@pytest.mark.parametrize("policy", POLICIES)
@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_without_actions_a_view_is_the_table(policy: Any, seed: int) -> None:
    table = acting(seed)
    calm = replace(
        table,
        dividend=np.zeros(len(table.time)),
        split_ratio=np.ones(len(table.time)),
    )

    assert adjusted_as_of(calm, int(table.time[-1]), policy).data_hash() == calm.data_hash()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_returns_of_a_view_are_what_a_holder_earned(seed: int) -> None:
    table = acting(seed)
    assert table.dividend is not None
    assert table.split_ratio is not None
    split = adjusted_as_of(table, int(table.time[-1]), "SPLITS")
    total = adjusted_as_of(table, int(table.time[-1]), "SPLITS_AND_DIVIDENDS")

    for code in range(len(table.symbols)):
        rows = np.flatnonzero(table.symbol.data == code)
        close, ratio, paid = table.close[rows], table.split_ratio[rows], table.dividend[rows]
        np.testing.assert_allclose(
            split.close[rows][1:] / split.close[rows][:-1],
            close[1:] * ratio[1:] / close[:-1],
            rtol=1e-12,
        )
        # A holder sells the dividend's worth at the price before: CRSP's factor.
        np.testing.assert_allclose(
            total.close[rows][1:] / total.close[rows][:-1],
            close[1:] / (close[:-1] / ratio[1:] - paid[1:]),
            rtol=1e-12,
        )
        assert split.close[rows[-1]] == total.close[rows[-1]] == close[-1]
        np.testing.assert_allclose(
            (split.close * split.volume)[rows], (table.close * table.volume)[rows], rtol=1e-12
        )
    for view in (split, total):
        for name in PRICES:
            assert (view.low <= getattr(view, name)).all()
            assert (getattr(view, name) <= view.high).all()
        assert (np.asarray(view.split_ratio) == 1.0).all()


def test_a_split_of_apple_is_known_from_its_day_on() -> None:
    data = (REPOSITORY / "data/us_equities_with_actions.parquet").read_bytes()
    table = read_market_file(data, FileFormat.PARQUET)
    apple = table.symbols.index("AAPL")

    def first_close(day: str) -> float:
        time = int(np.datetime64(day, "ns").astype(np.int64))
        view = adjusted_as_of(table, time, "SPLITS")
        return float(view.close[view.symbol.data == view.symbols.index("AAPL")][0])

    raw = float(table.close[table.symbol.data == apple][0])
    assert first_close("2000-06-20") == raw
    assert first_close("2000-06-21") == raw / 2.0
    assert first_close("2005-02-25") == raw / 2.0
    assert first_close("2005-02-28") == raw / 4.0


def test_a_delisting_return_is_known_once_the_data_goes_on() -> None:
    table = universe({"A": [1.0] * 4, "B": [1.0] * 2}, {"A": [1] * 4, "B": [1] * 2}, {"B": -0.5})

    at, after = (adjusted_as_of(table, FIRST_NS + day * DAY_NS, "RAW") for day in (1, 2))

    assert at.delisting_return is not None
    assert not at.delisting_return.any()
    assert after.delisting_return is not None
    assert after.delisting_return.tolist() == [0, 0, 0, -0.5, 0]


def test_symbols_that_come_later_are_not_in_a_view() -> None:
    table = market({"A": [None, None, 5.0], "B": [7.0, 7.0, 7.0], "C": [None, 3.0, 3.0]})

    view = adjusted_as_of(table, FIRST_NS + DAY_NS, "RAW")

    assert view.symbols == ("B", "C")
    assert view.symbol.texts() == ["B", "B", "C"]


def test_what_no_factor_adjusts_for_is_refused() -> None:
    bar = (10.0, 10.0, 10.0, 10.0, 1.0)
    table = market({"X": [(*bar, 0.0, 1.0), (*bar, 5.0, 2.0)]})
    late = int(table.time[-1])

    with pytest.raises(errors.AdjustmentImpossible) as refusal:
        adjusted_as_of(table, late, "SPLITS_AND_DIVIDENDS")
    assert refusal.value.facts["found"] == "10.0"
    assert refusal.value.facts["allowed"] == "below 10.0"
    assert adjusted_as_of(table, late, "SPLITS").close.tolist() == [5.0, 10.0]
    with pytest.raises(errors.WindowEmpty):
        adjusted_as_of(table, FIRST_NS - 1, "RAW")
    with pytest.raises(errors.DataColumnMissing):
        adjusted_as_of(market({"X": [1.0, 2.0]}), late, "SPLITS")
